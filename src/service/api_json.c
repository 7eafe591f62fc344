/* SPDX-License-Identifier: Apache-2.0 */
#include "service/api_json.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "service/sso.h"
#include "vl1/local.h"
#include "vl1/why.h"

static void put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value);
}

static void put_text(json_t *o, const char *key, const char *text)
{
	put(o, key, json_string(text));
}

static void put_int(json_t *o, const char *key, int64_t value)
{
	put(o, key, json_integer(value));
}

static void put_bool(json_t *o, const char *key, bool value)
{
	put(o, key, json_boolean(value));
}

static void put_version(json_t *o)
{
	char text[32];

	snprintf(text, sizeof(text), "%d.%d.%d", TL_VERSION_MAJOR,
		 TL_VERSION_MINOR, TL_VERSION_PATCH);
	put_text(o, "version", text);
	put_int(o, "versionMajor", TL_VERSION_MAJOR);
	put_int(o, "versionMinor", TL_VERSION_MINOR);
	put_int(o, "versionRev", TL_VERSION_PATCH);
	put_int(o, "versionBuild", 0);
}

static json_t *endpoint_list(const struct endpoint *list, size_t n)
{
	json_t *array = json_array();
	char text[ENDPOINT_TEXT_SIZE];
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(
			array, json_string(tl_endpoint_print(text, &list[i])));
	return array;
}

static json_t *settings_of(const struct service *s)
{
	struct endpoint list[WIRES_MAX];
	json_t *o = json_deep_copy(json_object_get(s->conf.json, "settings"));
	size_t n;

	if (!o)
		o = json_object();
	n = tl_wires_endpoints(s, list, WIRES_MAX);
	put(o, "listeningOn", endpoint_list(list, n));
	n = tl_node_surface(s->node, list, WIRES_MAX);
	put(o, "surfaceAddresses", endpoint_list(list, n));
	put_bool(o, "allowTcpFallbackRelay", s->conf.allow_tcp_relay);
	put_bool(o, "forceTcpRelay", s->conf.force_tcp_relay);
	put_bool(o, "portMappingEnabled", s->natmap != NULL);
	put_int(o, "primaryPort", s->port);
	put_int(o, "secondaryPort", s->second_port);
	put_int(o, "tertiaryPort", s->third_port);
	put_text(o, "homeDir", s->home.path);
	put_text(o, "softwareUpdate", "disable");
	put_text(o, "softwareUpdateChannel", "release");
	return o;
}

static void put_restarts(json_t *o, const struct service_health *h)
{
	put_int(o, "uptime", h->uptime_s);
	put_int(o, "restarts", h->restarts);
}

json_t *tl_api_health(const struct service *s)
{
	struct service_health h;
	json_t *networks = json_object();
	json_t *o = json_object();

	tl_service_health(s, &h);
	put_bool(o, "ok", h.is_ok);
	put_bool(o, "online", h.is_online);
	put_int(networks, "up", (int64_t)h.networks_up);
	put_int(networks, "total", (int64_t)h.networks);
	put(o, "networks", networks);
	put_restarts(o, &h);
	if (!h.is_ok)
		put_text(o, "why", h.why);
	put_int(o, "clock", tl_service_now(s));
	put_version(o);
	return o;
}

/* Who uses what. */
static json_t *user_list(const struct service *s)
{
	json_t *array = json_array();
	struct map_walk walk = { 0 };
	const struct quota_user *u;

	while ((u = tl_sockets_step_user(s->sockets, &walk))) {
		json_t *o = json_object();

		put_int(o, "uid", u->uid);
		put_int(o, "sockets", u->held[QUOTA_SOCKETS]);
		put_int(o, "calls", u->held[QUOTA_CONTROL]);
		put_int(o, "receiveChunks", (int64_t)u->counters[0]);
		put_int(o, "sendChunks", (int64_t)u->counters[1]);
		json_array_append_new(array, o);
	}
	return array;
}

json_t *tl_api_status(const struct service *s)
{
	const struct world *planet = tl_node_planet(s->node);
	json_t *o = json_object();
	json_t *config = json_copy(s->conf.json);
	char text[IDENTITY_TEXT_SIZE];
	struct service_health h;
	struct nat_view nat;

	tl_nat_look(s->node, &nat);
	tl_service_health(s, &h);
	put_bool(o, "online", h.is_online);
	put_text(o, "nat", tl_nat_name(nat.kind));
	put_int(o, "clock", tl_service_now(s));
	put_version(o);
	put_restarts(o, &h);
	put_int(o, "lastWorkerStatus", h.last_status);

	put_text(o, "address",
		 tl_address_print(text, tl_node_address(s->node)));
	put_text(o, "publicIdentity",
		 tl_identity_print(text, tl_node_identity(s->node), false));
	if (s->lost_address[0])
		put_text(o, "identityLost", s->lost_address);
	put(o, "users", user_list(s));
	put(o, "shareGroup",
	    s->is_shared ? json_integer(s->group) : json_null());
	tl_api_put_tcp(o, s);
	put(o, "portMappings", tl_natmap_json(s));
	/* The largest ones are put in later: see api.c. */
	put_int(o, "planetWorldId",
		planet->id > INT64_MAX ? INT64_MIN : (int64_t)planet->id);
	put_int(o, "planetWorldTimestamp", (int64_t)planet->timestamp);
	put(config, "settings", settings_of(s));
	put_text(o, "configError", s->settings.error);
	put(o, "config", config);
	return o;
}

static json_t *route_list(const struct netconf *c)
{
	json_t *array = json_array();
	char text[ENDPOINT_TEXT_SIZE];
	size_t i;

	for (i = 0; c && i < c->n_routes; i++) {
		const struct route *r = &c->routes[i];
		json_t *o = json_object();

		put_text(o, "target", tl_endpoint_print(text, &r->target));
		put(o, "via",
		    tl_endpoint_is_nil(&r->via)
			    ? json_null()
			    : json_string(tl_endpoint_print_ip(text, &r->via)));
		put_int(o, "flags", r->flags);
		put_int(o, "metric", r->metric);
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *group_list(const struct network *net)
{
	json_t *array = json_array();
	struct group *groups;
	char text[MAC_TEXT_SIZE];
	size_t n;
	size_t i;

	groups = tl_alloc_array(NETWORK_GROUPS_MAX, sizeof(*groups));
	if (!groups)
		return array;
	n = tl_network_groups(net, groups, NETWORK_GROUPS_MAX);
	for (i = 0; i < n; i++) {
		json_t *o = json_object();

		put_text(o, "mac", tl_mac_print(text, groups[i].mac));
		put_int(o, "adi", groups[i].adi);
		json_array_append_new(array, o);
	}
	tl_free(groups);
	return array;
}

static json_t *dns_of(const struct netconf *c)
{
	json_t *o = json_object();
	json_t *servers = json_array();
	char text[ENDPOINT_TEXT_SIZE];
	size_t i;

	for (i = 0; c && i < NETCONF_MAX_DNS_SERVERS; i++) {
		const struct endpoint *e = &c->dns.servers[i];

		if (!tl_endpoint_is_nil(e))
			json_array_append_new(
				servers,
				json_string(tl_endpoint_print_ip(text, e)));
	}
	put_text(o, "domain", c ? c->dns.domain : "");
	put(o, "servers", servers);
	return o;
}

static void put_settings(json_t *o, const struct network *net)
{
	struct lan_settings p = tl_lan_settings(net);
	json_t *users = json_array();
	size_t i;

	put_bool(o, "allowManaged", p.allow_managed);
	put_bool(o, "allowGlobal", p.allow_global);
	put_bool(o, "allowDefault", p.allow_default);
	put_bool(o, "allowDNS", p.allow_dns);
	put_bool(o, "allowRemoteTrace", p.allow_trace);
	for (i = 0; i < p.users.n; i++)
		json_array_append_new(users, json_string(p.users.list[i].name));
	put(o, "allowUsers", users);
}

json_t *tl_api_network(const struct network *net)
{
	const struct netconf *c = tl_network_config(net);
	json_t *o = json_object();
	char text[MAC_TEXT_SIZE];

	put_text(o, "id", tl_network_id_print(text, tl_network_id(net)));
	put_text(o, "nwid", text);
	put_text(o, "mac", tl_mac_print(text, tl_network_mac(net)));
	put_text(o, "name", c ? c->name : "");
	put_text(o, "status", tl_network_status_name(tl_network_status(net)));
	put_text(o, "type", c && c->is_public ? "PUBLIC" : "PRIVATE");
	put_int(o, "mtu", c ? c->mtu : NETCONF_MTU_DEFAULT);
	put_bool(o, "dhcp", false);
	put_bool(o, "bridge", tl_network_is_bridge(net));
	put_bool(o, "broadcastEnabled", c && c->flags & NETCONF_BROADCAST);
	put_int(o, "portError", 0);
	put_int(o, "netconfRevision", c ? (int64_t)c->revision : 0);
	put_text(o, "portDeviceName", tl_lan_name(net));
	put(o, "assignedAddresses",
	    endpoint_list(c ? c->addresses : NULL, c ? c->n_addresses : 0));
	put(o, "routes", route_list(c));
	put(o, "multicastSubscriptions", group_list(net));
	put(o, "dns", dns_of(c));
	put_settings(o, net);
	tl_sso_put(o, net);
	return o;
}

static json_t *path_of(const struct service *s, const struct path *path,
		       const struct path *preferred)
{
	char text[ENDPOINT_TEXT_SIZE];
	json_t *o = json_object();

	put_text(o, "address", tl_endpoint_print(text, &path->remote));
	put_int(o, "lastSend", path->last_out_ms);
	put_int(o, "lastReceive", path->last_in_ms);
	put_bool(o, "active", true);
	put_bool(o, "expired", false);
	put_bool(o, "preferred", path == preferred);
	put_int(o, "trustedPathId",
		(int64_t)tl_local_trusted_path(s->node, &path->remote));
	put_int(o, "localSocket", path->socket);
	put_int(o, "localPort", 0);
	put_bool(o, "tcpRelay", tl_path_is_tunnel(path));
	return o;
}

static void put_peer_version(json_t *o, const struct peer *p)
{
	bool known = p->version.protocol != 0;
	char text[32];

	snprintf(text, sizeof(text), "%d.%d.%d", known ? p->version.major : -1,
		 known ? p->version.minor : -1,
		 known ? p->version.revision : -1);
	put_text(o, "version", text);
	put_int(o, "versionMajor", known ? p->version.major : -1);
	put_int(o, "versionMinor", known ? p->version.minor : -1);
	put_int(o, "versionRev", known ? p->version.revision : -1);
}

static const char *role_of(const struct service *s, const struct peer *peer)
{
	switch (tl_node_role(s->node, peer)) {
	case WORLD_PLANET:
		return "PLANET";
	case WORLD_MOON:
		return "MOON";
	case WORLD_NULL:
		break;
	}
	return "LEAF";
}

json_t *tl_api_peer(const struct service *s, const struct peer *peer)
{
	int64_t now = tl_service_now(s);
	const struct path *best = tl_peer_best_path(peer, PATHS_USABLE, now);
	json_t *paths = json_array();
	json_t *o = json_object();
	char text[ADDRESS_TEXT_SIZE];
	struct why why;
	unsigned int i;

	tl_node_why(s->node, peer, now, &why);
	put_text(o, "address", tl_address_print(text, peer->id.addr));
	put_peer_version(o, peer);
	put_int(o, "latency",
		best && best->latency_ms != PATH_LATENCY_UNKNOWN
			? best->latency_ms
			: -1);
	put_text(o, "role", role_of(s, peer));
	put_bool(o, "isBonded", false);
	put_bool(o, "tunneled", best && tl_path_is_tunnel(best));
	put_int(o, "cipherSuite", tl_peer_suite(peer));
	put_text(o, "link", tl_why_state_name(why.state));
	put_text(o, "why", why.text);
	for (i = 0; i < peer->n_slots; i++) {
		if (now - peer->slots[i].last_receive_ms < PATH_EXPIRY_MS &&
		    !tl_path_is_dead(peer->slots[i].path, now))
			json_array_append_new(
				paths, path_of(s, peer->slots[i].path, best));
	}
	put(o, "paths", paths);
	return o;
}

static int by_address(const void *a, const void *b)
{
	const struct peer *const *x = a;
	const struct peer *const *y = b;

	return ((*x)->id.addr.v > (*y)->id.addr.v) -
	       ((*x)->id.addr.v < (*y)->id.addr.v);
}

json_t *tl_api_peers(const struct service *s, const struct page *page)
{
	struct map_walk walk = { 0 };
	json_t *array = json_array();
	const struct peer **list = NULL;
	const struct peer *peer;
	size_t n = 0;
	size_t i;

	while (tl_node_each_peer(s->node, &walk))
		n++;
	list = tl_alloc_array(n, sizeof(*list));
	if (!list)
		return array;
	walk = (struct map_walk){ 0 };
	for (n = 0; (peer = tl_node_each_peer(s->node, &walk)); n++)
		list[n] = peer;
	qsort(list, n, sizeof(*list), by_address);
	for (i = 0; i < n; i++) {
		if (tl_page_has(page, list[i]->id.addr.v,
				json_array_size(array)))
			json_array_append_new(array, tl_api_peer(s, list[i]));
	}
	tl_free(list);
	return array;
}

json_t *tl_api_drops(const struct service *s)
{
	const struct drop_counts *engine = tl_node_drops(s->node);
	const struct drop_counts *stack = tl_stack_drops();
	json_t *o = json_object();
	int i;

	for (i = DROP_NONE + 1; i < DROP_COUNT; i++) {
		uint64_t n = engine->n[i] + stack->n[i];

		if (n)
			put_int(o, tl_drop_name((enum drop)i), (int64_t)n);
	}
	return o;
}
