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
 *
 * Programs in the namespace of the ports see the networks of those only; what
 * is known of neighbours is what the kernel there knows.
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
 * struct asker - Whom a question is answered for
 * @user:	without @only_ports
 * @only_ports:	they have those networks that are devices, whoever they are
 */
struct asker {
	const struct service *s;
	uint32_t user;
	bool only_ports;
};

static bool has(const struct asker *a, const struct network *net)
{
	return a->only_ports ? tl_lan_has_port(net)
			     : tl_share_has(a->s, net, a->user);
}

/* The next network that they have, from *@ip on; NULL at the end. */
static struct network *next_network(const struct asker *a, size_t *ip)
{
	struct network *net;

	do {
		net = tl_vl2_at(a->s->vl2, (*ip)++);
	} while (net && !has(a, net));
	return net;
}

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
	size_t n;
	size_t i;

	if (node.v == s->home.id.addr.v) {
		add_own(l, net);
		return;
	}
	n = tl_lan_neighbours_of(net, mac, known, NEIGHBOURS_MAX);
	for (i = 0; i < n; i++)
		add(l, known[i].family, known[i].ip);
	add_computed(s, l, net, node);
}

static uint32_t find_member(const struct asker *a, struct name_lookup *l,
			    const struct member_name *m)
{
	struct network *net;
	size_t i = 0;

	l->kind = LOOKUP_ADDRESSES;
	while ((net = next_network(a, &i))) {
		if (tl_network_status(net) == NETWORK_OK &&
		    (!m->network.v || m->network.v == tl_network_id(net).v))
			add_member(a->s, l, net, m->node);
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

/* What a network says of names, if it may; else NULL. */
static const struct netconf_dns *dns_of(const struct network *net)
{
	const struct netconf *c = tl_network_config(net);

	return c && tl_lan_allows_dns(net) ? &c->dns : NULL;
}

/* The network whose domain is the longest that fits. */
static uint32_t find_servers(const struct asker *a, struct name_lookup *l)
{
	const struct netconf_dns *best = NULL;
	const struct netconf_dns *dns;
	struct network *net;
	size_t i = 0;

	while ((net = next_network(a, &i))) {
		dns = dns_of(net);
		if (!dns || !is_below(l->name, dns->domain))
			continue;
		if (!best || strlen(dns->domain) > strlen(best->domain))
			best = dns;
	}
	l->kind = LOOKUP_SERVERS;
	return best && add_servers(l, best) ? 0 : RPC_USE_HOST;
}

size_t tl_names_servers(void *ctx, struct rpc_addr *out, size_t max)
{
	const struct asker a = { .s = ctx, .only_ports = true };
	const struct netconf_dns *dns;
	struct name_lookup l = { 0 };
	struct network *net;
	size_t i = 0;

	while ((net = next_network(&a, &i))) {
		dns = dns_of(net);
		if (dns)
			(void)add_servers(&l, dns);
	}
	l.n = TL_MIN(l.n, max);
	memcpy(out, l.list, l.n * sizeof(*out));
	return l.n;
}

/* --- the other way --- */

static void spell(struct name_lookup *l, struct address node)
{
	tl_address_print(l->name, node);
	memcpy(l->name + NODE_DIGITS, SUFFIX, sizeof(SUFFIX));
	l->kind = LOOKUP_NAME;
}

/* Which of the ports' networks has an address in it; NULL: none. */
static struct network *find_port_network(const struct asker *a,
					 const struct endpoint *e,
					 bool *is_ownp)
{
	struct endpoint own[RPC_LOOKUP_MAX];
	struct network *net;
	size_t i = 0, j, n;

	*is_ownp = false;
	while ((net = next_network(a, &i))) {
		n = tl_lan_addresses(net, own, RPC_LOOKUP_MAX);
		for (j = 0; j < n; j++) {
			*is_ownp = tl_endpoint_same_ip(&own[j], e);
			if (*is_ownp ||
			    (own[j].port && tl_endpoint_contains(&own[j], e)))
				return net;
		}
	}
	return NULL;
}

static bool sees(const void *who, const struct ifc *ifc)
{
	const struct asker *a = who;

	return tl_share_sees(a->s, a->user, ifc);
}

/* The same of the networks of our own stack, by their routes too. */
static struct network *find_ifc_network(const struct asker *a,
					const struct rpc_addr *e, bool *is_ownp)
{
	struct ifc *ifc = tl_ifc_of_address_seen(e->family, e->ip, sees, a);

	*is_ownp = ifc != NULL;
	if (!ifc)
		ifc = tl_ifc_route_seen(e->family, e->ip, sees, a);
	if (!ifc)
		return NULL;
	return tl_vl2_find(a->s->vl2,
			   (struct network_id){ tl_ifc_config(ifc)->tag });
}

static struct network *find_network(const struct asker *a,
				    const struct rpc_addr *e, bool *is_ownp)
{
	struct endpoint as = { .family = e->family };

	if (!a->only_ports)
		return find_ifc_network(a, e, is_ownp);
	memcpy(as.ip, e->ip, e->family == 4 ? 4 : 16);
	return find_port_network(a, &as, is_ownp);
}

static uint32_t find_name(const struct asker *a, struct name_lookup *l)
{
	const struct rpc_addr *e = &l->address;
	struct network *net;
	struct address node;
	struct mac mac;
	bool is_own;

	net = find_network(a, e, &is_own);
	if (is_own) {
		spell(l, a->s->home.id.addr);
		return 0;
	}
	if (!net)
		return RPC_USE_HOST;
	if (e->family == 6 && tl_lan_node_in_address(net, e->ip, &node)) {
		spell(l, node);
		return 0;
	}
	if (!tl_lan_neighbour_mac(net, e->family, e->ip, &mac) ||
	    !tl_mac_is_member_of(mac, tl_network_id(net)))
		return ENOENT;
	spell(l, tl_mac_to_member(mac, tl_network_id(net)));
	return 0;
}

static uint32_t look_up(const struct asker *a, struct name_lookup *l)
{
	struct member_name m;

	if (l->name[0] == 0)
		return l->address.family ? find_name(a, l) : ENOENT;
	if (parse_member(&m, l->name))
		return tl_address_is_reserved(m.node) ? ENOENT
						      : find_member(a, l, &m);
	return find_servers(a, l);
}

uint32_t tl_names_lookup(void *ctx, struct name_lookup *l)
{
	const struct asker a = { .s = ctx, .user = l->user };

	return look_up(&a, l);
}

uint32_t tl_names_lookup_ports(void *ctx, struct name_lookup *l)
{
	const struct asker a = { .s = ctx, .only_ports = true };

	return look_up(&a, l);
}
