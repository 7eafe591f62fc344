/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - a network's filter rules, compiled (vl2.md 10.2)
 *
 * Rules travel as entries of type, length and value. They are checked once,
 * when a configuration or capability arrives, and then kept as an array of
 * values of fixed size, which the filter walks for every frame without looking
 * at a length again. Values; own nothing.
 */
#ifndef TL_WIRE_RULES_H
#define TL_WIRE_RULES_H

#include "base/reader.h"
#include "base/writer.h"
#include "wire/address.h"

#define RULE_NOT 0x80
#define RULE_OR 0x40
#define RULE_TYPE_MASK 0x3f

#define RULES_MAX 1024 /* of a network; further ones are ignored */
#define RULES_MAX_CAPABILITY 64
#define RULE_WIRE_MAX 21 /* longest entry that is written */

/* RULE_ICMP: whether the code counts */
#define RULE_ICMP_CODE 0x01

/* RULE_INTEGER_RANGE: fields of the format */
#define RULE_INTEGER_LITTLE 0x80
#define RULE_INTEGER_WIDTH_MASK 0x3f /* width in bits, less one */

enum rule_type {
	RULE_DROP = 0,
	RULE_ACCEPT = 1,
	RULE_TEE = 2,
	RULE_WATCH = 3,
	RULE_REDIRECT = 4,
	RULE_BREAK = 5,
	RULE_PRIORITY = 6,
	RULE_LAST_ACTION = 15, /* reserved up to here */
	RULE_ZT_SOURCE = 24,
	RULE_ZT_DEST = 25,
	RULE_VLAN_ID = 26,
	RULE_VLAN_PCP = 27,
	RULE_VLAN_DEI = 28,
	RULE_MAC_SOURCE = 29,
	RULE_MAC_DEST = 30,
	RULE_IPV4_SOURCE = 31,
	RULE_IPV4_DEST = 32,
	RULE_IPV6_SOURCE = 33,
	RULE_IPV6_DEST = 34,
	RULE_IP_TOS = 35,
	RULE_IP_PROTOCOL = 36,
	RULE_ETHERTYPE = 37,
	RULE_ICMP = 38,
	RULE_SOURCE_PORT = 39,
	RULE_DEST_PORT = 40,
	RULE_CHARACTERISTICS = 41,
	RULE_FRAME_SIZE = 42,
	RULE_RANDOM = 43,
	RULE_TAGS_DIFFERENCE = 44,
	RULE_TAGS_AND = 45,
	RULE_TAGS_OR = 46,
	RULE_TAGS_XOR = 47,
	RULE_TAGS_EQUAL = 48,
	RULE_TAG_SENDER = 49,
	RULE_TAG_RECEIVER = 50,
	RULE_INTEGER_RANGE = 51,
};

/**
 * struct rule - One entry: a match or an action
 * @t:		type byte as on the wire, with RULE_NOT and RULE_OR
 * @v:		its value; which member, @t says. Types that are not in
 *		enum rule_type have none: what came with them is not kept
 */
struct rule {
	uint8_t t;
	union {
		struct {
			uint64_t address; /* the low 40 bits count */
			uint32_t flags;
			uint16_t len; /* 0: whole frame */
		} copy; /* TEE, WATCH, REDIRECT */
		uint8_t bucket; /* PRIORITY; never transported */
		struct address zt;
		uint16_t vlan_id;
		uint8_t vlan_pcp;
		uint8_t vlan_dei;
		struct mac mac;
		struct {
			uint8_t ip[16]; /* IPv4: the first 4 */
			uint8_t bits;
		} net;
		struct {
			uint8_t mask;
			uint8_t start;
			uint8_t end;
		} tos;
		uint8_t ip_protocol;
		uint16_t ethertype;
		struct {
			uint8_t type;
			uint8_t code;
			uint8_t flags;
		} icmp;
		struct {
			uint16_t start;
			uint16_t end;
		} range; /* ports, frame size */
		uint64_t characteristics;
		uint32_t probability;
		struct {
			uint32_t id;
			uint32_t value;
		} tag;
		struct {
			uint64_t start;
			uint64_t end;
			uint16_t index;
			uint8_t format;
		} integer;
	} v;
};

/**
 * struct rule_set - Rules as they are evaluated
 * @at:		@n compiled rules; borrowed
 * @n:		how many
 * @is_refused:	they could not be parsed: nothing may be accepted by them
 */
struct rule_set {
	const struct rule *at;
	size_t n;
	bool is_refused;
};

static inline enum rule_type tl_rule_type(const struct rule *r)
{
	return (enum rule_type)(r->t & RULE_TYPE_MASK);
}

static inline bool tl_rule_is_action(const struct rule *r)
{
	return (r->t & RULE_TYPE_MASK) <= RULE_LAST_ACTION;
}

/* Length of the value that a type has on the wire; 0 if it has none. */
size_t tl_rule_value_len(enum rule_type type);

/**
 * tl_read_rule() - Read one entry
 * @r:		fails if the entry is cut off or its length is below that of its
 *		type; bytes beyond it are skipped
 */
void tl_read_rule(struct reader *r, struct rule *out);

/* Does an entry show frames to somebody else, or ask for their length? A number
 * in them may be one. */
bool tl_rules_look_at_size(struct bytes blob);

/* The entry in its shortest form: without what tl_read_rule() skipped. */
void tl_write_rule(struct writer *w, const struct rule *rule);

/**
 * tl_rules_parse() - Compile a rule set that fills @blob
 * @out:	room for @max rules; contents undefined on failure
 * @n:		how many there are; those beyond @max are ignored
 *
 * Return: 0, or -EINVAL if an entry is malformed (see tl_read_rule()).
 */
TL_MUST_USE int tl_rules_parse(struct rule *out, size_t max, size_t *n,
			       struct bytes blob);

/* Append @n rules. 0, or -EMSGSIZE if they do not fit. */
TL_MUST_USE int tl_rules_build(struct writer *w, const struct rule *rules,
			       size_t n);

/* Equal in type, flags and value. */
bool tl_rule_equal(const struct rule *a, const struct rule *b);

#endif /* TL_WIRE_RULES_H */
