/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - hosts' names on the virtual networks
 *
 *	<node>.zt		a member of any joined network
 *	<node>.<network>.zt	of that one
 *	*.<domain>		where a network's configuration names a domain
 *				and DNS servers, and the owner allows it
 *				(allowDNS)
 *
 * with the node's ten and the network's sixteen hexadecimal digits. A member's
 * IPv6 addresses follow from its number where the network gives out RFC4193 or
 * 6PLANE addresses; others are known of members that have been talked to. DNS
 * servers are only named: the program that asks talks to them itself.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define SUFFIX ".zt"
#define NODE_DIGITS 10
#define NETWORK_DIGITS 16
#define NEIGHBOURS_MAX 16

/**
 * struct member_name - What a name of the first two kinds says
 * @network:	0: any
 */
struct member_name {
	struct address node;
	struct network_id network;
};

static bool parse_member(struct member_name *out, const char *name)
{
	size_t n = strlen(name);
	size_t whole = NODE_DIGITS + 1 + NETWORK_DIGITS;

	*out = (struct member_name){ 0 };
	if (n < sizeof(SUFFIX) || strcmp(name + n - 3, SUFFIX) != 0)
		return false;
	n -= 3;
	if (n != NODE_DIGITS && (n != whole || name[NODE_DIGITS] != '.'))
		return false;
	if (n == whole &&
	    tl_network_id_parse(&out->network, tl_bytes(name + NODE_DIGITS + 1,
							NETWORK_DIGITS)))
		return false;
	return tl_address_parse(&out->node, tl_bytes(name, NODE_DIGITS)) == 0;
}

static void add(struct name_lookup *l, uint8_t family, const uint8_t ip[16])
{
	struct rpc_addr a = { .family = family };
	size_t i;

	memcpy(a.ip, ip, sizeof(a.ip));
	for (i = 0; i < l->n; i++) {
		if (l->list[i].family == family &&
		    memcmp(l->list[i].ip, a.ip, sizeof(a.ip)) == 0)
			return;
	}
	if (l->n < RPC_LOOKUP_MAX)
		l->list[l->n++] = a;
}

static void add_own(struct name_lookup *l, const struct network *net)
{
	struct endpoint own[RPC_LOOKUP_MAX];
	size_t n = tl_lan_addresses(net, own, RPC_LOOKUP_MAX);
	size_t i;

	for (i = 0; i < n; i++)
		add(l, own[i].family, own[i].ip);
}

static bool has_own(const struct network *net, const uint8_t ip[16])
{
	struct endpoint own[RPC_LOOKUP_MAX];
	size_t n = tl_lan_addresses(net, own, RPC_LOOKUP_MAX);
	size_t i;

	for (i = 0; i < n; i++) {
		if (own[i].family == 6 && memcmp(own[i].ip, ip, 16) == 0)
			return true;
	}
	return false;
}

/* If we have such an address, so has every member. */
static void add_computed(const struct service *s, struct name_lookup *l,
			 const struct network *net, struct address node)
{
	struct network_id id = tl_network_id(net);
	uint8_t ip[16];

	tl_ip6_rfc4193(ip, id, s->home.id.addr);
	if (has_own(net, ip)) {
		tl_ip6_rfc4193(ip, id, node);
		add(l, 6, ip);
	}
	tl_ip6_6plane(ip, id, s->home.id.addr);
	if (has_own(net, ip)) {
		tl_ip6_6plane(ip, id, node);
		add(l, 6, ip);
	}
}

static void add_member(const struct service *s, struct name_lookup *l,
		       struct network *net, struct address node)
{
	struct mac mac = tl_mac_of_member(tl_network_id(net), node);
	struct ifc_address known[NEIGHBOURS_MAX];
	const struct ifc *ifc = tl_lan_ifc(net);
	size_t n;
	size_t i;

	if (node.v == s->home.id.addr.v) {
		add_own(l, net);
		return;
	}
	n = ifc ? tl_ifc_neighbours_of(ifc, mac.b, known, NEIGHBOURS_MAX) : 0;
	for (i = 0; i < n; i++)
		add(l, known[i].family, known[i].ip);
	add_computed(s, l, net, node);
}

static uint32_t find_member(const struct service *s, struct name_lookup *l,
			    const struct member_name *m)
{
	struct network *net;
	size_t i;

	l->kind = LOOKUP_ADDRESSES;
	for (i = 0; (net = tl_vl2_at(s->vl2, i)); i++) {
		if (tl_network_status(net) == NETWORK_OK &&
		    (!m->network.v || m->network.v == tl_network_id(net).v) &&
		    tl_share_has(s, net, l->user))
			add_member(s, l, net, m->node);
	}
	return l->n ? 0 : ENOENT;
}

/* Is @name @domain or below it? Domains are not always written in lower case,
 * nor without dots around them. */
static bool is_below(const char *name, const char *domain)
{
	size_t n = strlen(name);
	size_t m;

	while (*domain == '.')
		domain++;
	m = strlen(domain);
	while (m > 0 && domain[m - 1] == '.')
		m--;
	if (m == 0 || n < m || strncasecmp(name + n - m, domain, m) != 0)
		return false;
	return n == m || name[n - m - 1] == '.';
}

static bool add_servers(struct name_lookup *l, const struct netconf_dns *dns)
{
	size_t i;

	for (i = 0; i < NETCONF_MAX_DNS_SERVERS; i++) {
		if (dns->servers[i].family)
			add(l, dns->servers[i].family, dns->servers[i].ip);
	}
	return l->n > 0;
}

/* The network whose domain is the longest that fits. */
static uint32_t find_servers(const struct service *s, struct name_lookup *l)
{
	const struct netconf_dns *best = NULL;
	const struct netconf *c;
	struct network *net;
	size_t i;

	for (i = 0; (net = tl_vl2_at(s->vl2, i)); i++) {
		c = tl_network_config(net);
		if (!c || !tl_lan_allows_dns(net) ||
		    !tl_share_has(s, net, l->user) ||
		    !is_below(l->name, c->dns.domain))
			continue;
		if (!best || strlen(c->dns.domain) > strlen(best->domain))
			best = &c->dns;
	}
	l->kind = LOOKUP_SERVERS;
	return best && add_servers(l, best) ? 0 : RPC_USE_HOST;
}

/* --- the other way --- */

static void spell(struct name_lookup *l, struct address node)
{
	tl_address_print(l->name, node);
	memcpy(l->name + NODE_DIGITS, SUFFIX, sizeof(SUFFIX));
	l->kind = LOOKUP_NAME;
}

struct onlooker {
	const struct service *s;
	uint32_t user;
};

static bool sees(const void *who, const struct ifc *ifc)
{
	const struct onlooker *o = who;

	return tl_share_sees(o->s, o->user, ifc);
}

static uint32_t find_name(const struct service *s, struct name_lookup *l)
{
	const struct rpc_addr *a = &l->address;
	const struct onlooker o = { s, l->user };
	struct network *net;
	struct ifc *ifc;
	struct address node;
	struct mac mac;

	ifc = tl_ifc_of_address_seen(a->family, a->ip, sees, &o);
	if (ifc) {
		spell(l, s->home.id.addr);
		return 0;
	}
	ifc = tl_ifc_route_seen(a->family, a->ip, sees, &o);
	if (!ifc)
		return RPC_USE_HOST;
	net = tl_vl2_find(s->vl2,
			  (struct network_id){ tl_ifc_config(ifc)->tag });
	if (!net)
		return ENOENT;
	if (a->family == 6 && tl_lan_node_in_address(net, a->ip, &node)) {
		spell(l, node);
		return 0;
	}
	if (!tl_ifc_neighbour_mac(ifc, a->family, a->ip, mac.b))
		return ENOENT;
	if (!tl_mac_is_member_of(mac, tl_network_id(net)))
		return ENOENT;
	spell(l, tl_mac_to_member(mac, tl_network_id(net)));
	return 0;
}

uint32_t tl_names_lookup(void *ctx, struct name_lookup *l)
{
	const struct service *s = ctx;
	struct member_name m;

	if (l->name[0] == 0)
		return l->address.family ? find_name(s, l) : ENOENT;
	if (parse_member(&m, l->name))
		return tl_address_is_reserved(m.node) ? ENOENT
						      : find_member(s, l, &m);
	return find_servers(s, l);
}
