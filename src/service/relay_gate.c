/* SPDX-License-Identifier: Apache-2.0 */
#include "service/relay_gate.h"

#include <string.h>

/* IPv6 addresses that stand for IPv4 ones, which a translator on the way would
 * make of them: mapped (RFC 4291 2.5.5), 64:ff9b::/96 and 64:ff9b:1::/48 (RFC
 * 6052, 8215), 2002::/16 (RFC 3056), 2001::/32 (RFC 4380). */
static const char *const translated[] = { "::/96",	  "::ffff:0:0/96",
					  "64:ff9b::/96", "64:ff9b:1::/48",
					  "2002::/16",	  "2001::/32" };

static bool is_translated(const struct endpoint *e)
{
	struct endpoint net;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(translated); i++) {
		if (tl_endpoint_parse(&net, translated[i]) == 0 &&
		    tl_endpoint_contains(&net, e))
			return true;
	}
	return false;
}

static bool is_own_port(const struct relay_gate *g, uint16_t port)
{
	size_t i;

	for (i = 0; i < g->n_ports; i++) {
		if (g->ports[i] == port)
			return true;
	}
	return false;
}

/* This host: its node only. Its networks: nobody. */
static bool is_near(const struct relay_gate *g, const struct endpoint *to)
{
	bool is_near = false;
	size_t i;

	for (i = 0; i < g->n_nets; i++) {
		if (tl_endpoint_same_ip(&g->nets[i], to))
			return !is_own_port(g, to->port);
		is_near |= tl_endpoint_contains(&g->nets[i], to);
	}
	return is_near;
}

bool tl_relay_may_send(const struct relay_gate *g, const struct endpoint *to)
{
	if (to->port < RELAY_PORT_MIN || is_translated(to))
		return false;
	switch (tl_endpoint_scope(to)) {
	case IP_SCOPE_GLOBAL:
		return g->allow_private || !is_near(g, to);
	case IP_SCOPE_PRIVATE:
	case IP_SCOPE_PSEUDO_PRIVATE:
	case IP_SCOPE_SHARED:
		return g->allow_private;
	case IP_SCOPE_LOOPBACK:
		return g->allow_private && g->allow_loopback;
	case IP_SCOPE_NONE:
	case IP_SCOPE_MULTICAST:
	case IP_SCOPE_LINK_LOCAL:
		break;
	}
	return false;
}

bool tl_relay_same_source(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family &&
	       memcmp(a->ip, b->ip, a->family == 4 ? 3 : 8) == 0;
}
