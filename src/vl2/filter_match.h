/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_match.h - the inside of filter.h: single matches, single rule sets
 *
 * Used by filter.c and by its tests. A struct filter_eval lives on the stack
 * for one frame; what is costly to find out is found out once.
 */
#ifndef TL_VL2_FILTER_MATCH_H
#define TL_VL2_FILTER_MATCH_H

#include "vl2/filter.h"

/* vl2.md 10.8; the low twelve bits are TCP's. */
#define CHARACTERISTIC_INBOUND 0x8000000000000000u
#define CHARACTERISTIC_MULTICAST 0x4000000000000000u
#define CHARACTERISTIC_BROADCAST 0x2000000000000000u
#define CHARACTERISTIC_IPAUTH 0x1000000000000000u
#define CHARACTERISTIC_MACAUTH 0x0800000000000000u
#define CHARACTERISTIC_TCP 0x0fffu

/**
 * enum filter_truth - What a match says
 *
 * FILTER_NO and FILTER_YES are turned round by RULE_NOT, the hard ones never.
 */
enum filter_truth {
	FILTER_NO,
	FILTER_YES,
	FILTER_HARD_NO,
	FILTER_HARD_YES,
};

/* What one rule set says of a frame (vl2.md 10.3). */
enum filter_outcome {
	FILTER_SET_NO_MATCH,
	FILTER_SET_DROP,
	FILTER_SET_REDIRECT,
	FILTER_SET_ACCEPT,
	FILTER_SET_SUPER_ACCEPT,
};

enum ip6_walk_state {
	IP6_WALK_DUE,
	IP6_WALK_DONE,
	IP6_WALK_FAILED,
};

/**
 * struct filter_eval - A frame under evaluation
 * @policy:	borrowed
 * @frame:	borrowed
 * @remote:	the other member; never NULL (an empty one stands for unknown)
 * @zt_source:	who sent it
 * @zt_dest:	who is to get it; tl_filter_run() sets it to whom it redirects
 * @inbound:	direction
 * @met_unknown: a match that we do not know was asked
 * @super_accept: (one rule set) we are the target of a copy that was not taken
 * @skip_drop:	(one rule set) the next DROP does not count
 * @cc:		(one rule set) to whom a copy goes; 0 for nobody
 * @cc_len:	bytes of the payload to copy
 * @cc_watch:	WATCH, not TEE
 * @walk:	whether @l4_pos and @l4_proto are known
 * @l4_pos:	where the IPv6 header chain ends
 * @l4_proto:	with which protocol
 */
struct filter_eval {
	const struct filter_policy *policy;
	const struct filter_frame *frame;
	const struct filter_side *remote;
	struct address zt_source;
	struct address zt_dest;
	bool inbound;
	bool met_unknown;

	bool super_accept;
	bool skip_drop;
	bool cc_watch;
	struct address cc;
	size_t cc_len;

	enum ip6_walk_state walk;
	uint8_t l4_proto;
	size_t l4_pos;
};

/* One match, without its NOT and OR. */
enum filter_truth tl_filter_match(struct filter_eval *e, const struct rule *r);

/* Is any bit of @mask among the frame's characteristics? */
bool tl_filter_has_characteristic(struct filter_eval *e, uint64_t mask);

/**
 * tl_filter_find_l4() - Where does the header after IP begin?
 * @posp:	offset in the payload, which may lie beyond its end for IPv4
 * @protop:	its protocol number
 *
 * Return: false if the frame is not IP or its headers are cut off.
 */
bool tl_filter_find_l4(struct filter_eval *e, size_t *posp, uint8_t *protop);

/* Evaluate one rule set from its beginning. */
enum filter_outcome tl_filter_run(struct filter_eval *e,
				  const struct rule_set *set);

static inline bool tl_filter_is_ip4(const struct filter_frame *f)
{
	return f->ethertype == 0x0800 && f->payload.n >= 20;
}

static inline bool tl_filter_is_ip6(const struct filter_frame *f)
{
	return f->ethertype == 0x86dd && f->payload.n >= 40;
}

#endif /* TL_VL2_FILTER_MATCH_H */
