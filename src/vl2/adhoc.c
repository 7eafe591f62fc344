/* SPDX-License-Identifier: Apache-2.0 */
/* adhoc.c - networks whose number is their configuration (vl2.md 2.6) */
#include "vl2/vl2_impl.h"

#include <stdio.h>
#include <string.h>

#define ADHOC_MAX_DELTA_MS 7200000
#define ADHOC_MULTICAST_LIMIT 1024
#define TCP_SYN 0x02
#define TCP_ACK 0x10

static struct netconf *base_config(struct network_id id, struct address member,
				   int64_t now)
{
	uint8_t ip[16];
	struct netconf *c;

	if (tl_netconf_new(&c))
		return NULL;
	c->network = id;
	c->issued_to = member;
	c->timestamp = now;
	c->max_delta = ADHOC_MAX_DELTA_MS;
	c->revision = 1;
	c->flags = NETCONF_NDP_EMULATION;
	c->is_public = true;
	tl_ip6_6plane(ip, id, member);
	c->addresses[c->n_addresses++] = tl_endpoint_ip6(ip, 40);
	return c;
}

static struct netconf *with_rules(struct netconf *c, const struct rule *rules,
				  size_t n)
{
	uint8_t blob[32 * RULE_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(blob));

	if (tl_rules_build(&w, rules, n) ||
	    tl_netconf_set_rules(c, tl_writer_bytes(&w))) {
		tl_netconf_free(c);
		return NULL;
	}
	return c;
}

/* ffSSSSEEEE000000: IPv6, and TCP connections to ports S to E only. */
static struct netconf *port_range(struct network_id id, struct address member,
				  int64_t now, uint16_t start, uint16_t end)
{
	const struct rule rules[] = {
		{ .t = RULE_ETHERTYPE | RULE_NOT, .v.ethertype = 0x86dd },
		{ .t = RULE_DROP },
		{ .t = RULE_IP_PROTOCOL, .v.ip_protocol = 0x3a },
		{ .t = RULE_ACCEPT },
		{ .t = RULE_IP_PROTOCOL, .v.ip_protocol = 0x11 },
		{ .t = RULE_IP_PROTOCOL | RULE_OR, .v.ip_protocol = 0x06 },
		{ .t = RULE_DEST_PORT, .v.range = { start, end } },
		{ .t = RULE_ACCEPT },
		{ .t = RULE_CHARACTERISTICS | RULE_NOT,
		  .v.characteristics = TCP_SYN },
		{ .t = RULE_ACCEPT },
		{ .t = RULE_CHARACTERISTICS, .v.characteristics = TCP_SYN },
		{ .t = RULE_CHARACTERISTICS, .v.characteristics = TCP_ACK },
		{ .t = RULE_ACCEPT },
		{ .t = RULE_DROP },
	};
	struct netconf *c = base_config(id, member, now);

	if (!c)
		return NULL;
	c->multicast_limit = 0;
	snprintf(c->name, sizeof(c->name), "adhoc-%04x-%04x", start, end);
	return with_rules(c, rules, TL_ARRAY_SIZE(rules));
}

/* ffAAhhhhhhhhhh01: IPv4 AA.x.y.z/8, with a hub that everybody contacts. */
static struct netconf *ipv4(struct network_id id, struct address member,
			    int64_t now)
{
	static const struct rule accept = { .t = RULE_ACCEPT };
	uint64_t hub = id.v >> 8 & SPECIALIST_ADDRESS;
	uint8_t first = (uint8_t)(id.v >> 48);
	uint8_t ip[4] = { first, (uint8_t)(member.v >> 16),
			  (uint8_t)(member.v >> 8), (uint8_t)member.v };
	struct netconf *c = base_config(id, member, now);

	if (!c)
		return NULL;
	c->multicast_limit = ADHOC_MULTICAST_LIMIT;
	snprintf(c->name, sizeof(c->name), "adhoc-%u.0.0.0", first);
	c->addresses[c->n_addresses++] = tl_endpoint_ip4(ip, 8);
	if (hub)
		c->specialists[c->n_specialists++] = hub;
	return with_rules(c, &accept, 1);
}

struct netconf *tl_adhoc_config(struct network_id id, struct address member,
				int64_t now, enum network_status *statusp)
{
	uint16_t start = (uint16_t)(id.v >> 40);
	uint16_t end = (uint16_t)(id.v >> 24);

	if ((id.v & 0xffffff) == 0) {
		if (end >= start)
			return port_range(id, member, now, start, end);
		*statusp = NETWORK_NOT_FOUND;
		return NULL;
	}
	return (id.v & 0xff) == 1 ? ipv4(id, member, now) : NULL;
}
