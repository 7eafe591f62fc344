/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - may this frame pass? (vl2.md 10)
 *
 * A pure function of a network's rules, both members' tags, capabilities and
 * certificates of ownership, and one frame. Every frame is asked about twice:
 * by its sender and by its receiver. Nothing is allocated, nothing is kept.
 *
 * The caller prepares one struct filter_policy a network and one struct
 * filter_side a member whenever a configuration or credential changes, so that
 * nothing needs to be looked up for a frame. It sends the copies that the
 * result asks for, in their order.
 */
#ifndef TL_VL2_FILTER_H
#define TL_VL2_FILTER_H

#include "base/drop.h"
#include "wire/address.h"
#include "wire/endpoint.h"
#include "wire/rules.h"

/* Bits of a network configuration's flags that matter here (vl2.md 5.3). */
#define FILTER_FLAG_NDP_EMULATION 0x04
#define FILTER_FLAG_UNSUPPORTED_MATCHES 0x08 /* unknown matches are true */

/* Flags of the EXT_FRAMEs that carry copies (vl2.md 8.3). */
#define FILTER_COPY_TEE_OUT 0x02
#define FILTER_COPY_REDIRECT_OUT 0x04
#define FILTER_COPY_WATCH_OUT 0x16
#define FILTER_COPY_TEE_IN 0x08
#define FILTER_COPY_REDIRECT_IN 0x0a
#define FILTER_COPY_WATCH_IN 0x1c

/* One of a capability, one of the base rules, one redirected frame. */
#define FILTER_COPIES_MAX 3

struct filter_tag {
	uint32_t id;
	uint32_t value;
};

struct filter_capability {
	uint32_t id;
	struct rule_set rules;
};

/* The numbers of vl2.md 6.5. */
enum filter_thing_type {
	FILTER_THING_MAC = 1,
	FILTER_THING_IPV4 = 2,
	FILTER_THING_IPV6 = 3,
};

/**
 * struct filter_thing - What a member is certified to own
 * @value:	6, 4 or 16 bytes, the rest is ignored
 */
struct filter_thing {
	uint8_t type;
	uint8_t value[16];
};

/**
 * struct filter_side - What one member holds; all borrowed
 * @tags:	in ascending order of id
 * @capabilities: in ascending order of id: the order of evaluation
 * @owned:	in any order
 *
 * Of another member, only what tl_filter_is_in_window() and was not revoked.
 */
struct filter_side {
	const struct filter_tag *tags;
	size_t n_tags;
	const struct filter_capability *capabilities;
	size_t n_capabilities;
	const struct filter_thing *owned;
	size_t n_owned;
};

/* A random number for RULE_RANDOM. */
typedef uint32_t (*filter_random_fn)(void *ctx);

#define FILTER_LOG_MAX 1024

/**
 * struct filter_log - How a frame was judged, for remote traces
 * @base:	four bits for each entry of the base rules: see filter_match.h
 * @capability:	likewise of the one that accepted, with @capability_id
 */
struct filter_log {
	uint8_t base[FILTER_LOG_MAX];
	uint8_t capability[FILTER_LOG_MAX];
	bool has_capability;
	uint32_t capability_id;
};

/**
 * struct filter_policy - What is the same for all frames of a network
 * @network:	its ID
 * @own:	our address
 * @flags:	of the configuration
 * @rules:	base rules
 * @side:	our own credentials
 * @addresses:	our managed addresses; borrowed
 * @log:	NULL, or what is noted there, unless the first rule accepts all;
 *		to be zeroed by the caller before each frame
 * @random:	must be set if any rule is RULE_RANDOM; else treated as "never"
 */
struct filter_policy {
	struct network_id network;
	struct address own;
	uint64_t flags;
	struct rule_set rules;
	struct filter_side side;
	const struct endpoint *addresses;
	size_t n_addresses;
	struct filter_log *log;
	filter_random_fn random;
	void *random_ctx;
};

/**
 * struct filter_frame - One Ethernet frame
 * @vlan_id:	0 for untagged
 * @payload:	what follows the Ethernet header; borrowed
 */
struct filter_frame {
	struct mac source;
	struct mac dest;
	uint16_t ethertype;
	uint16_t vlan_id;
	struct bytes payload;
};

enum filter_verdict {
	FILTER_DROP,
	FILTER_ACCEPT,
	FILTER_SUPER_ACCEPT, /* inbound: deliver whatever the MACs are */
};

/**
 * struct filter_copy - An EXT_FRAME to send, with the frame's MACs and type
 * @flags:	FILTER_COPY_...
 * @len:	the first so many bytes of the payload
 */
struct filter_copy {
	struct address to;
	uint8_t flags;
	size_t len;
};

/**
 * struct filter_result - What is to be done with a frame
 * @reason:	why, with FILTER_DROP; DROP_NONE if it was redirected
 * @redirect_to: to whom it goes instead, with FILTER_DROP; 0 if to nobody
 * @copies:	to be sent in this order, a redirected frame included; any that
 *		are there are to be sent, whatever the verdict
 */
struct filter_result {
	enum filter_verdict verdict;
	enum drop reason;
	struct address redirect_to;
	size_t n_copies;
	struct filter_copy copies[FILTER_COPIES_MAX];
};

/**
 * tl_filter_is_in_window() - Does another member's credential count? (6.8)
 * @ts:		its timestamp
 * @config_ts:	timestamp of our configuration
 * @max_delta:	its credential time max delta
 */
bool tl_filter_is_in_window(int64_t ts, int64_t config_ts, int64_t max_delta);

/**
 * tl_filter_outbound() - May we send this frame?
 * @zt_dest:	the recipient; 0 if there are several or none is known yet
 * @remote:	what the recipient holds; NULL if nothing is known of it
 * @no_tee:	suppress TEE and WATCH: the pass for each recipient of a frame
 *		that was already asked about with @zt_dest 0
 */
void tl_filter_outbound(struct filter_result *out,
			const struct filter_policy *policy,
			const struct filter_frame *frame,
			struct address zt_dest,
			const struct filter_side *remote, bool no_tee);

/**
 * tl_filter_inbound() - May this frame be delivered here?
 * @zt_source:	the node that sent it
 * @remote:	what the sender holds; NULL if nothing is known of it
 */
void tl_filter_inbound(struct filter_result *out,
		       const struct filter_policy *policy,
		       const struct filter_frame *frame,
		       struct address zt_source,
		       const struct filter_side *remote);

#endif /* TL_VL2_FILTER_H */
