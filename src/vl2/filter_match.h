/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_match.h - the inside of filter.h: single matches, single rule sets
 *
 * Used by filter.c, by its tests, and by who explains a verdict. A struct
 * filter_eval lives on the stack for one frame; what is costly to find out is
 * found out once.
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

/* None of the above: the others have been looked at. */
#define FILTER_BITS_KNOWN (1ull << 32)

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

/* What is known of the header behind IP. */
enum filter_l4 {
	FILTER_L4_DUE, /* nobody has asked */
	FILTER_L4_FOUND,
	FILTER_L4_NONE, /* the frame is not IP, or it is cut off */
};

/* Whether the sender owns the address it uses. */
enum filter_ipauth {
	FILTER_IPAUTH_DUE,
	FILTER_IPAUTH_YES,
	FILTER_IPAUTH_NO,
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
 * @bits:	characteristics but for ipauth and macauth; 0: nobody has asked
 * @ipauth:	whether the address is the sender's
 * @l4:		whether @l4_pos and @l4_proto are known
 * @l4_pos:	where the IP headers end
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

	uint64_t bits;
	enum filter_ipauth ipauth;
	enum filter_l4 l4;
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

/* What is noted of an entry, as remote traces have it (vl2.md 13). 0: it was
 * not reached. Neither YES nor NO: an action, or a match that could not
 * matter. */
#define FILTER_LOG_WAS_FALSE 0x01 /* the matches before it, combined */
#define FILTER_LOG_WAS_TRUE 0x02
#define FILTER_LOG_NO 0x04 /* the match itself, with its NOT */
#define FILTER_LOG_YES 0x08

/**
 * tl_filter_run_logged() - tl_filter_run(), and how it went
 * @log:	one for each entry of @set, zeroed
 */
enum filter_outcome tl_filter_run_logged(struct filter_eval *e,
					 const struct rule_set *set,
					 uint8_t *log);

static inline bool tl_filter_is_ip4(const struct filter_frame *f)
{
	return f->ethertype == 0x0800 && f->payload.n >= 20;
}

static inline bool tl_filter_is_ip6(const struct filter_frame *f)
{
	return f->ethertype == 0x86dd && f->payload.n >= 40;
}

#endif /* TL_VL2_FILTER_MATCH_H */
