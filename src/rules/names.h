/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - the words that the rule language knows (vl2.md 12.3, 12.4)
 *
 * Tables; own nothing.
 */
#ifndef TL_RULES_NAMES_H
#define TL_RULES_NAMES_H

#include "base/bytes.h"
#include "wire/rules.h"

/* What the arguments of a match are. */
enum match_args {
	ARGS_ZT,
	ARGS_VLAN_ID,
	ARGS_VLAN_PCP,
	ARGS_VLAN_DEI,
	ARGS_ETHERTYPE,
	ARGS_MAC,
	ARGS_NET,
	ARGS_TOS, /* two */
	ARGS_IP_PROTOCOL,
	ARGS_ICMP, /* two */
	ARGS_RANGE,
	ARGS_CHARACTERISTICS,
	ARGS_RANDOM,
	ARGS_TAG, /* two */
};

/**
 * struct match_name - A match of the language
 * @type:	that of the entry; for networks the one of IPv4, to which 2 is
 *		added for IPv6
 * @usage:	its arguments, for messages
 */
struct match_name {
	const char *name;
	uint8_t type;
	uint8_t args;
	const char *usage;
};

/* NULL if there is no such match. */
const struct match_name *tl_match_find(struct bytes word);

/* The match that an entry is written as, or NULL. */
const struct match_name *tl_match_of(enum rule_type type);

size_t tl_match_n_args(const struct match_name *m);

/* Names of EtherTypes, IP protocols and characteristics (those: of bits). */
bool tl_ethertype_find(uint16_t *out, struct bytes word);
bool tl_ip_protocol_find(uint8_t *out, struct bytes word);
bool tl_characteristic_find(unsigned int *bitp, struct bytes word);

/* The first name of a number; NULL if it has none. */
const char *tl_ethertype_name(uint16_t ethertype);
const char *tl_ip_protocol_name(uint8_t protocol);
const char *tl_characteristic_name(unsigned int bit);

/* May nothing be called so? */
bool tl_word_is_reserved(struct bytes word);

/* Does it open a block? Lower case only. */
bool tl_word_opens_block(struct bytes word);

/* What was meant by a word that is none of matches, actions or definitions?
 * NULL if nothing is near. */
const char *tl_word_meant(struct bytes word);

#endif /* TL_RULES_NAMES_H */
