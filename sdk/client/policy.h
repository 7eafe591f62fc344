/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - which destinations are the host's, and who may call in
 *
 * Rules of one session, from `tapless run`. A value; owns nothing.
 *
 *	host:PREFIX[,PORTS]	these destinations are the host's
 *	route:PREFIX[,PORTS]	these are never the host's
 *	allow:tcp/PORTS		only these ports take what comes in from the
 *	allow:udp/PORTS		virtual networks, if there is any such rule
 *
 * PREFIX is an address with or without /bits; PORTS is a number or two with a
 * '-' between. Among rules for one destination the longest prefix decides, then
 * one with ports, then the first.
 */
#ifndef TL_SDK_CLIENT_POLICY_H
#define TL_SDK_CLIENT_POLICY_H

#include "rpc/proto.h"

#define POLICY_RULES_MAX 64

enum policy_kind {
	POLICY_NONE, /* as the networks' routes say */
	POLICY_HOST,
	POLICY_ROUTE,
	POLICY_ALLOW_TCP,
	POLICY_ALLOW_UDP,
};

struct policy_rule {
	enum policy_kind kind;
	uint8_t family;
	uint8_t bits;
	uint8_t ip[16];
	uint16_t first_port;
	uint16_t last_port;
	bool has_ports;
};

struct policy {
	size_t n;
	struct policy_rule rules[POLICY_RULES_MAX];
};

/* Add the rules in @text, parted by blanks. 0; -EINVAL if one is malformed, and
 * -E2BIG for too many: @p is as it was. */
TL_MUST_USE int tl_policy_parse(struct policy *p, const char *text);

/* POLICY_HOST, POLICY_ROUTE or POLICY_NONE. */
enum policy_kind tl_policy_of(const struct policy *p,
			      const struct rpc_addr *to);

/* Is there any rule that allows? Then all else is closed. */
bool tl_policy_closes(const struct policy *p);

/* May others call this port of ours? */
bool tl_policy_allows(const struct policy *p, bool udp, uint16_t port);

#endif /* TL_SDK_CLIENT_POLICY_H */
