/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lan.c - a joined network as an interface of the stack
 *
 * The interface is made with the first configuration and gets the addresses and
 * routes that the owner allows (api.md 2.4). Neighbours whose IPv6 address
 * spells their node (RFC4193, 6PLANE) are reached without asking.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "service/sso.h"
#include "wire/dictionary.h"
#include "wire/rules.h"

#define LAN_NEIGHBOURS_MAX 16
#define SETTINGS_FILE_MAX (4096 + 2 * USERS_TEXT_SIZE)
#define CONF_FILE_MAX NETCONF_DICT_MAX

/**
 * struct lan - What the service keeps with a network
 * @ifc, @port:	where its frames go, one of them; NULL before the first
 *		configuration
 * @counts:	of frames that rules let pass
 */
struct lan {
	struct service *s;
	struct network *net;
	struct ifc *ifc;
	struct eport *port;
	char name[16];
	struct lan_settings settings;
	enum network_status told;
	struct lan_counts counts;
};

static struct lan *lan_of(const struct network *net)
{
	return tl_network_context(net);
}

void tl_lan_look(const struct network *net, struct mac source, struct mac dest,
		 uint16_t ethertype, struct bytes payload, bool is_outbound)
{
	struct lan *lan = lan_of(net);

	/* Connections that end with their network still send a reset. */
	if (!lan)
		return;
	if (is_outbound)
		lan->counts.sent++;
	else
		lan->counts.received++;
	if (lan->s->diag.captures.n_virtual)
		tl_capture_frame(lan->s, &(struct capture_frame){
						 .network = tl_network_id(net),
						 .device = lan->name,
						 .source = source,
						 .dest = dest,
						 .ethertype = ethertype,
						 .payload = payload,
						 .is_outbound = is_outbound,
					 });
}

static void output(void *ctx, const uint8_t dst[6], const uint8_t src[6],
		   uint16_t ethertype, struct packet *p)
{
	struct lan *lan = ctx;
	struct mac to;
	struct mac from;

	memcpy(to.b, dst, MAC_LEN);
	memcpy(from.b, src, MAC_LEN);
	tl_lan_look(lan->net, from, to, ethertype, tl_packet_bytes(p), true);
	tl_network_output(lan->net, from, to, ethertype, p,
			  tl_service_now(lan->s));
}

/* The node that an address of one of our own networks spells, if it does. */
bool tl_lan_node_in_address(const struct network *net, const uint8_t ip[16],
			    struct address *out)
{
	uint8_t own[16];
	struct address self = { 0 };

	tl_ip6_rfc4193(own, tl_network_id(net), self);
	if (memcmp(own, ip, 11) == 0) {
		out->v = tl_load_be40(ip + 11);
		return true;
	}
	tl_ip6_6plane(own, tl_network_id(net), self);
	if (memcmp(own, ip, 5) == 0) {
		out->v = tl_load_be40(ip + 5);
		return true;
	}
	return false;
}

bool tl_lan_resolves(const struct network *net, const uint8_t ip[16],
		     struct address *nodep, struct mac *macp)
{
	const struct netconf *c = tl_network_config(net);

	if (!c || !(c->flags & NETCONF_NDP_EMULATION) ||
	    !tl_lan_node_in_address(net, ip, nodep) ||
	    tl_address_is_reserved(*nodep))
		return false;
	*macp = tl_mac_of_member(tl_network_id(net), *nodep);
	return true;
}

static bool resolve(void *ctx, const uint8_t ip6[16], uint8_t mac[6])
{
	const struct lan *lan = ctx;
	struct address node;
	struct mac m;

	if (!tl_lan_resolves(lan->net, ip6, &node, &m))
		return false;
	memcpy(mac, m.b, MAC_LEN);
	return true;
}

static void groups_changed(void *ctx)
{
	struct ifc_group list[NETWORK_GROUPS_MAX];
	struct group groups[NETWORK_GROUPS_MAX];
	struct lan *lan = ctx;
	size_t n;
	size_t i;

	if (!lan->ifc)
		return;
	n = tl_ifc_groups(lan->ifc, list, NETWORK_GROUPS_MAX);
	for (i = 0; i < n; i++) {
		memcpy(groups[i].mac.b, list[i].mac, MAC_LEN);
		groups[i].adi = list[i].adi;
	}
	tl_network_set_groups(lan->net, groups, n, tl_service_now(lan->s));
	tl_service_wake(lan->s);
}

static void on_error(void *ctx, const struct ifc_error *e)
{
	struct lan *lan = ctx;

	if (lan->s->sockets)
		tl_sockets_on_ifc_error(lan->s->sockets, e);
}

static const struct ifc_ops ifc_ops = {
	.output = output,
	.resolve = resolve,
	.groups_changed = groups_changed,
	.error = on_error,
};

static struct ifc_address ifc_address(const struct endpoint *e)
{
	struct ifc_address a = { .family = e->family,
				 .bits = (uint8_t)e->port };

	memcpy(a.ip, e->ip, sizeof(a.ip));
	return a;
}

static bool is_allowed(const struct lan_settings *s, const struct endpoint *e)
{
	if (!s->allow_managed)
		return false;
	if (e->port == 0)
		return s->allow_default;
	switch (tl_endpoint_scope(e)) {
	case IP_SCOPE_PRIVATE:
	case IP_SCOPE_PSEUDO_PRIVATE:
	case IP_SCOPE_SHARED:
		return true;
	case IP_SCOPE_GLOBAL:
		return s->allow_global;
	case IP_SCOPE_NONE:
	case IP_SCOPE_MULTICAST:
	case IP_SCOPE_LOOPBACK:
	case IP_SCOPE_LINK_LOCAL:
		break;
	}
	return false;
}

static void apply_addresses(struct lan *lan, const struct netconf *c)
{
	struct ifc_address list[NETCONF_MAX_ADDRESSES];
	size_t n = 0;
	size_t i;

	for (i = 0; i < c->n_addresses; i++) {
		if (is_allowed(&lan->settings, &c->addresses[i]))
			list[n++] = ifc_address(&c->addresses[i]);
	}
	if (tl_ifc_set_addresses(lan->ifc, list, n))
		tl_warn("network %016llx: its addresses cannot be used",
			(unsigned long long)tl_network_id(lan->net).v);
}

/* A gateway that is ourselves leads nowhere. */
static bool is_own(const struct netconf *c, const struct endpoint *via)
{
	size_t i;

	for (i = 0; i < c->n_addresses; i++) {
		if (tl_endpoint_same_ip(&c->addresses[i], via))
			return true;
	}
	return false;
}

static void apply_routes(struct lan *lan, const struct netconf *c)
{
	struct ifc_route list[NETCONF_MAX_ROUTES];
	size_t n = 0;
	size_t i;

	for (i = 0; i < c->n_routes; i++) {
		const struct route *r = &c->routes[i];

		if (!is_allowed(&lan->settings, &r->target) ||
		    is_own(c, &r->via))
			continue;
		list[n].target = ifc_address(&r->target);
		list[n].via = ifc_address(&r->via);
		n++;
	}
	if (tl_ifc_set_routes(lan->ifc, list, n))
		tl_warn("network %016llx: its routes cannot be used",
			(unsigned long long)tl_network_id(lan->net).v);
}

/* Frames larger than the MTU are for members like us only: bridges pass on what
 * others announce, and rules may show frames to whoever has to take them. */
static bool may_jumbo(const struct netconf *c)
{
	size_t i;

	for (i = 0; i < c->n_specialists; i++) {
		if (c->specialists[i] & SPECIALIST_BRIDGE)
			return false;
	}
	for (i = 0; i < c->n_capabilities; i++) {
		const struct capability *it = &c->capabilities[i];

		if (tl_rules_look_at_size(tl_bytes(it->rules, it->rules_len)))
			return false;
	}
	return !tl_rules_look_at_size(tl_bytes(c->rules, c->rules_len));
}

static int make_ifc(struct lan *lan, const struct netconf *c)
{
	struct ifc_config config = {
		.mtu = c->mtu,
		.tag = tl_network_id(lan->net).v,
		.ops = &ifc_ops,
		.ctx = lan,
	};
	struct mac mac = tl_network_mac(lan->net);

	memcpy(config.name, lan->name, sizeof(config.name));
	memcpy(config.mac, mac.b, MAC_LEN);
	return tl_ifc_new(&lan->ifc, &config);
}

static bool wants_port(const struct lan *lan)
{
	const struct service_options *o = &lan->s->options;

	return o->ports && (!o->port_network ||
			    o->port_network == tl_network_id(lan->net).v);
}

static struct netdev_address netdev_address(const struct endpoint *e)
{
	struct netdev_address a = { .family = e->family,
				    .bits = (uint8_t)e->port };

	memcpy(a.ip, e->ip, sizeof(a.ip));
	return a;
}

/* Networks of addresses are routed to by the kernel itself. */
static bool is_implied(const struct netconf *c, const struct route *r)
{
	size_t i;

	if (r->via.family)
		return false;
	for (i = 0; i < c->n_addresses; i++) {
		if (c->addresses[i].port == r->target.port &&
		    tl_endpoint_contains(&c->addresses[i], &r->target))
			return true;
	}
	return false;
}

static void fill_routes(const struct lan *lan, const struct netconf *c,
			struct netdev_config *dev)
{
	size_t i;

	for (i = 0; i < c->n_routes; i++) {
		const struct route *r = &c->routes[i];

		if (!is_allowed(&lan->settings, &r->target) ||
		    is_own(c, &r->via) || is_implied(c, r))
			continue;
		dev->routes[dev->n_routes++] = (struct netdev_route){
			.target = netdev_address(&r->target),
			.via = netdev_address(&r->via),
			.metric = r->metric,
		};
	}
}

static void fill_dns(const struct netconf *c, struct port_config *p)
{
	const struct endpoint *servers = c->dns.servers;
	size_t i;

	for (i = 0; i < NETCONF_MAX_DNS_SERVERS; i++) {
		if (!tl_endpoint_is_nil(&servers[i]))
			p->servers[p->n_servers++] =
				netdev_address(&servers[i]);
	}
	snprintf(p->domain, sizeof(p->domain), "%s", c->dns.domain);
}

static void fill_port(const struct lan *lan, const struct netconf *c,
		      struct port_config *p)
{
	struct mac mac = tl_network_mac(lan->net);
	size_t i;

	memset(p, 0, sizeof(*p));
	p->network = tl_network_id(lan->net).v;
	memcpy(p->dev.name, lan->name, sizeof(lan->name));
	memcpy(p->dev.mac, mac.b, MAC_LEN);
	p->dev.mtu = c->mtu;
	for (i = 0; i < c->n_addresses; i++) {
		if (is_allowed(&lan->settings, &c->addresses[i]))
			p->dev.addresses[p->dev.n_addresses++] =
				netdev_address(&c->addresses[i]);
	}
	fill_routes(lan, c, &p->dev);
	if (lan->settings.allow_dns)
		fill_dns(c, p);
}

static void port_changed(struct lan *lan, const struct netconf *c)
{
	struct port_config p;
	int r = 0;

	fill_port(lan, c, &p);
	if (!lan->port)
		r = tl_eport_new(&lan->port, lan->s, lan->net, &p);
	if (r) {
		tl_err("network %016llx: no device could be made: %s",
		       (unsigned long long)p.network, strerror(-r));
		return;
	}
	memcpy(lan->name, p.dev.name, sizeof(lan->name));
	tl_eport_configure(lan->port, &p);
}

static const struct lan_settings default_settings = {
	.allow_managed = true,
	.allow_trace = true,
};

static void settings_name(char out[64], const struct network *net)
{
	snprintf(out, 64, "networks.d/%016llx.local.conf",
		 (unsigned long long)tl_network_id(net).v);
}

static void load_users(struct lan *lan, struct bytes dict)
{
	uint8_t room[USERS_TEXT_SIZE];
	size_t n = 0;

	if (!tl_dict_get(dict, "allowUsers", TL_BUFFER_OF(room), &n))
		return;
	n = tl_users_parse(&lan->settings.users, tl_bytes(room, n));
	if (n)
		tl_warn("network %016llx: %zu of its allowUsers are unknown on "
			"this system, so it is not there for them",
			(unsigned long long)tl_network_id(lan->net).v, n);
}

static void load_settings(struct lan *lan)
{
	struct lan_settings *p = &lan->settings;
	struct buffer text;
	struct bytes dict;
	char name[64];

	*p = default_settings;
	settings_name(name, lan->net);
	if (tl_home_load(&lan->s->home, name, &text, SETTINGS_FILE_MAX))
		return;
	dict = tl_buffer_bytes(text);
	p->allow_managed = tl_dict_get_bool(dict, "allowManaged", true);
	p->allow_global = tl_dict_get_bool(dict, "allowGlobal", false);
	p->allow_default = tl_dict_get_bool(dict, "allowDefault", false);
	p->allow_dns = tl_dict_get_bool(dict, "allowDNS", false);
	p->allow_trace = tl_dict_get_bool(dict, "allowRemoteTrace", true);
	load_users(lan, dict);
	tl_free(text.at);
}

/* 0 or a negative errno. */
static int save_settings(const struct lan *lan, const struct lan_settings *p)
{
	uint8_t text[256 + 2 * USERS_TEXT_SIZE];
	char users[USERS_TEXT_SIZE];
	struct writer w = tl_writer(TL_BUFFER_OF(text));
	char name[64];

	tl_dict_add_bool(&w, "allowManaged", p->allow_managed);
	tl_dict_add_bool(&w, "allowGlobal", p->allow_global);
	tl_dict_add_bool(&w, "allowDefault", p->allow_default);
	tl_dict_add_bool(&w, "allowDNS", p->allow_dns);
	tl_dict_add_bool(&w, "allowRemoteTrace", p->allow_trace);
	if (p->users.n)
		tl_dict_add_text(&w, "allowUsers",
				 tl_users_print(users, &p->users));
	tl_write_u8(&w, '\n');
	settings_name(name, lan->net);
	return tl_home_save(&lan->s->home, name, tl_writer_bytes(&w), 0600);
}

static struct lan *make_lan(struct service *s, struct network *net)
{
	struct lan *lan = tl_alloc_zeroed(sizeof(*lan));

	if (!lan)
		return NULL;
	lan->s = s;
	lan->net = net;
	lan->told = NETWORK_REQUESTING;
	snprintf(lan->name, sizeof(lan->name), "zt%u", s->next_port_number++);
	load_settings(lan);
	tl_network_set_context(net, lan);
	tl_network_allow_trace(net, lan->settings.allow_trace);
	return lan;
}

static void tell(struct lan *lan)
{
	enum network_status now = tl_network_status(lan->net);
	char room[SSO_WHY_SIZE];
	const char *why;

	if (now == lan->told)
		return;
	lan->told = now;
	why = tl_sso_why(room, lan->net);
	tl_info("network %016llx: %s%s%s",
		(unsigned long long)tl_network_id(lan->net).v,
		tl_network_status_name(now), why ? ": " : "", why ? why : "");
}

void tl_lan_changed(struct service *s, struct network *net)
{
	const struct netconf *c = tl_network_config(net);
	struct lan *lan = lan_of(net);

	if (!lan)
		lan = make_lan(s, net);
	if (!lan)
		return;
	tell(lan);
	if (!c || !s->is_stack_up)
		return;
	if (wants_port(lan)) {
		port_changed(lan, c);
		return;
	}
	if (!lan->ifc && make_ifc(lan, c)) {
		tl_err("network %016llx: no interface could be made",
		       (unsigned long long)tl_network_id(net).v);
		return;
	}
	tl_ifc_set_mtu(lan->ifc, c->mtu);
	tl_ifc_set_jumbo(lan->ifc, may_jumbo(c));
	apply_addresses(lan, c);
	apply_routes(lan, c);
	if (s->sockets)
		tl_sockets_on_ifc_changed(s->sockets);
	groups_changed(lan);
}

void tl_lan_frame(struct service *s, struct network *net, struct mac source,
		  struct mac dest, uint16_t ethertype, struct buffer payload)
{
	struct lan *lan = lan_of(net);
	enum drop why;

	if (lan)
		tl_lan_look(net, source, dest, ethertype,
			    tl_buffer_bytes(payload), false);
	if (lan && lan->port) {
		tl_eport_input(lan->port, source, dest, ethertype, payload);
		return;
	}
	if (!lan || !lan->ifc)
		return;
	why = tl_ifc_input(lan->ifc, dest.b, source.b, ethertype, payload);
	if (why)
		tl_node_drop(s->node, why);
}

void tl_lan_free(struct service *s, struct network *net)
{
	struct lan *lan = lan_of(net);

	if (!lan)
		return;
	tl_network_set_context(net, NULL);
	tl_eport_free(lan->port);
	if (lan->ifc) {
		if (s->sockets)
			tl_sockets_on_ifc_gone(s->sockets, lan->ifc);
		tl_ifc_free(lan->ifc);
	}
	tl_free(lan);
}

size_t tl_lan_addresses(const struct network *net, struct endpoint *out,
			size_t max)
{
	const struct netconf *c = tl_network_config(net);
	const struct lan *lan = lan_of(net);
	size_t n = 0;
	size_t i;

	if (!c || !lan || !(lan->ifc || lan->port))
		return 0;
	for (i = 0; i < c->n_addresses && n < max; i++) {
		if (is_allowed(&lan->settings, &c->addresses[i]))
			out[n++] = c->addresses[i];
	}
	return n;
}

bool tl_lan_is_virtual(const struct service *s, const struct endpoint *e)
{
	struct network *net;
	size_t i;
	size_t j;

	for (i = 0; s->vl2 && (net = tl_vl2_at(s->vl2, i)); i++) {
		const struct netconf *c = tl_network_config(net);

		for (j = 0; c && j < c->n_addresses; j++) {
			if (c->addresses[j].port &&
			    tl_endpoint_contains(&c->addresses[j], e))
				return true;
		}
	}
	return false;
}

struct ifc *tl_lan_ifc(const struct network *net)
{
	const struct lan *lan = lan_of(net);

	return lan ? lan->ifc : NULL;
}

struct lan_counts tl_lan_counts(const struct network *net)
{
	const struct lan *lan = lan_of(net);

	return lan ? lan->counts : (struct lan_counts){ 0 };
}

bool tl_lan_allows_dns(const struct network *net)
{
	const struct lan *lan = lan_of(net);

	return lan && lan->settings.allow_dns;
}

bool tl_lan_is_for(const struct network *net, uint32_t user)
{
	const struct lan *lan = lan_of(net);

	return lan && tl_users_have(&lan->settings.users, user);
}

bool tl_lan_has_port(const struct network *net)
{
	const struct lan *lan = lan_of(net);

	return lan && lan->port;
}

static size_t ask_port(const struct lan *lan,
		       const struct netdev_neighbour *like,
		       struct netdev_neighbour *out, size_t max)
{
	const struct service_options *o = &lan->s->options;

	return o->ports->neighbours(o->ports_ctx, lan->name, like, out, max);
}

size_t tl_lan_neighbours_of(const struct network *net, struct mac mac,
			    struct ifc_address *out, size_t max)
{
	struct netdev_neighbour like = { 0 };
	struct netdev_neighbour known[LAN_NEIGHBOURS_MAX];
	const struct lan *lan = lan_of(net);
	size_t n;
	size_t i;

	if (lan && lan->ifc)
		return tl_ifc_neighbours_of(lan->ifc, mac.b, out, max);
	if (!lan || !lan->port)
		return 0;
	memcpy(like.mac, mac.b, MAC_LEN);
	n = ask_port(lan, &like, known,
		     TL_MIN(max, (size_t)LAN_NEIGHBOURS_MAX));
	for (i = 0; i < n; i++) {
		out[i] = (struct ifc_address){ .family = known[i].family };
		memcpy(out[i].ip, known[i].ip, sizeof(out[i].ip));
	}
	return n;
}

bool tl_lan_neighbour_mac(const struct network *net, uint8_t family,
			  const uint8_t ip[16], struct mac *out)
{
	struct netdev_neighbour like = { .family = family };
	struct netdev_neighbour known;
	const struct lan *lan = lan_of(net);

	if (lan && lan->ifc)
		return tl_ifc_neighbour_mac(lan->ifc, family, ip, out->b);
	if (!lan || !lan->port)
		return false;
	memcpy(like.ip, ip, family == 4 ? 4 : 16);
	if (!ask_port(lan, &like, &known, 1))
		return false;
	memcpy(out->b, known.mac, MAC_LEN);
	return true;
}

const char *tl_lan_name(const struct network *net)
{
	const struct lan *lan = lan_of(net);

	return lan ? lan->name : "";
}

struct lan_settings tl_lan_settings(const struct network *net)
{
	const struct lan *lan = lan_of(net);

	return lan ? lan->settings : default_settings;
}

int tl_lan_set(struct service *s, struct network *net,
	       const struct lan_settings *settings)
{
	struct lan *lan = lan_of(net);
	int r;

	if (!lan)
		return 0;
	r = save_settings(lan, settings);
	if (r)
		return r;
	lan->settings = *settings;
	tl_network_allow_trace(net, settings->allow_trace);
	if (lan->ifc && s->sockets)
		tl_sockets_on_sight(s->sockets, lan->ifc);
	tl_lan_changed(s, net);
	s->is_changed = true;
	tl_service_wake(s);
	return 0;
}

static void conf_name(char out[64], struct network_id id)
{
	snprintf(out, 64, "networks.d/%016llx.conf", (unsigned long long)id.v);
}

int tl_lan_join(struct service *s, struct network_id id)
{
	struct buffer cached = { 0 };
	char name[64];
	int r;

	if (tl_vl2_find(s->vl2, id))
		return -EEXIST;
	conf_name(name, id);
	r = tl_home_load(&s->home, name, &cached, CONF_FILE_MAX);
	if (r == -ENOENT) {
		r = tl_home_save(&s->home, name, tl_bytes_from_str("\n"), 0600);
		if (r)
			return r;
	}
	r = tl_vl2_join(s->vl2, id, tl_buffer_bytes(cached), tl_service_now(s));
	tl_free(cached.at);
	tl_service_wake(s);
	return r;
}

int tl_lan_leave(struct service *s, struct network_id id)
{
	struct network *net = tl_vl2_find(s->vl2, id);
	char name[64];

	if (!net)
		return -ENOENT;
	tl_lan_free(s, net);
	conf_name(name, id);
	tl_home_remove(&s->home, name);
	settings_name(name, net);
	tl_home_remove(&s->home, name);
	s->is_changed = true;
	tl_service_wake(s);
	return tl_vl2_leave(s->vl2, id);
}

void tl_lan_restore(struct service *s)
{
	char path[FILE_PATH_SIZE];
	struct dir_names names;
	size_t i;

	if (tl_path_join(path, s->home.path, "networks.d") ||
	    tl_dir_list(&names, path))
		return;
	for (i = 0; i < names.n; i++) {
		struct bytes name = tl_bytes_from_str(names.names[i]);
		struct network_id id;

		if (name.n != 16 + 5 || strcmp(names.names[i] + 16, ".conf") ||
		    tl_network_id_parse(&id, tl_bytes_first(name, 16)))
			continue;
		if (tl_lan_join(s, id))
			tl_warn("cannot join network %s again", names.names[i]);
	}
	tl_dir_names_fini(&names);
}
