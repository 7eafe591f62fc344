/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag_trace.c - which way packets to a peer take, and what else was tried
 *
 * All times are ages in milliseconds; what never was is left out.
 */
#include "service/service_impl.h"

#include <string.h>

#include "vl1/why.h"

#define ENDPOINTS_MAX 64
#define ROOTS_MAX 64

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

static void put_age(json_t *o, const char *key, int64_t then, int64_t now)
{
	if (then)
		put_int(o, key, TL_MAX(now - then, 0));
}

static void put_node(json_t *o, const char *key, struct address a)
{
	char text[ADDRESS_TEXT_SIZE];

	put_text(o, key, tl_address_print(text, a));
}

static void put_endpoint(json_t *o, const char *key, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_SIZE];

	put_text(o, key, tl_endpoint_print(text, e));
}

static void put_latency(json_t *o, const struct path *path)
{
	if (path->latency_ms != PATH_LATENCY_UNKNOWN)
		put_int(o, "latency", path->latency_ms);
}

/* The root that is reached on @path, NULL if none is. */
static const struct peer *root_on(const struct service *s,
				  const struct path *path)
{
	struct address roots[ROOTS_MAX];
	size_t n = tl_node_upstreams(s->node, roots, ROOTS_MAX);
	size_t i;

	for (i = 0; i < n; i++) {
		const struct peer *root = tl_node_find_peer(s->node, roots[i]);

		if (root && tl_peer_slot_of(root, path))
			return root;
	}
	return NULL;
}

json_t *tl_diag_way(const struct service *s, const struct path *path,
		    bool is_direct)
{
	const struct peer *root = is_direct ? NULL : root_on(s, path);
	json_t *o = json_object();

	put_text(o, "way",
		 !is_direct		   ? "relayed"
		 : tl_path_is_tunnel(path) ? "tcp"
					   : "direct");
	put_endpoint(o, "address", &path->remote);
	if (root)
		put_node(o, "via", root->id.addr);
	return o;
}

/* What a packet to @peer takes now, as tl_send_try() chooses. */
static json_t *way_to(const struct service *s, const struct peer *peer,
		      int64_t now)
{
	struct path *path = tl_peer_best_path(peer, PATHS_USABLE, now);
	struct peer *root;
	json_t *o;

	if (path)
		return tl_diag_way(s, path, true);
	root = tl_node_best_upstream(s->node, now);
	if (root && root != peer)
		path = tl_peer_best_path(root, PATHS_USABLE, now);
	if (path)
		return tl_diag_way(s, path, false);
	o = json_object();
	put_text(o, "way", "none");
	return o;
}

/* False if that socket has been closed. */
static bool find_local(const struct service *s, int socket,
		       struct endpoint *out)
{
	const struct udp_addr *a;
	size_t i;

	for (i = 0; i < WIRES_MAX; i++) {
		const struct wire *w = &s->wires[i];

		if (!w->socket || w->id != socket)
			continue;
		a = tl_udp_local(w->socket);
		*out = (struct endpoint){ .family = a->family,
					  .port = a->port };
		memcpy(out->ip, a->ip, sizeof(out->ip));
		return true;
	}
	return false;
}

static const char *state_of(const struct path_slot *slot, int64_t now)
{
	if (now - slot->last_receive_ms >= PATH_EXPIRY_MS)
		return "expired";
	if (tl_path_is_dead(slot->path, now))
		return "dead";
	return tl_path_is_alive(slot->path, now) ? "alive" : "quiet";
}

static json_t *path_json(const struct service *s, const struct path_slot *slot,
			 bool is_used, int64_t now)
{
	const struct path *path = slot->path;
	struct endpoint local;
	json_t *o = json_object();

	put_endpoint(o, "address", &path->remote);
	if (find_local(s, path->socket, &local))
		put_endpoint(o, "from", &local);
	put_text(o, "state", state_of(slot, now));
	put(o, "used", json_boolean(is_used));
	put_int(o, "score", tl_path_score(path, slot->priority, now));
	put_latency(o, path);
	put_age(o, "received", path->last_in_ms, now);
	put_age(o, "receivedFromPeer", slot->last_receive_ms, now);
	put_age(o, "sent", path->last_out_ms, now);
	put_age(o, "unansweredFor", path->waiting_since_ms, now);
	if (path->n_probes) {
		put_int(o, "probes", path->n_probes);
		put_age(o, "probed", path->last_probe_ms, now);
	}
	return o;
}

static json_t *path_list(const struct service *s, const struct peer *peer,
			 int64_t now)
{
	const struct path *best = tl_peer_best_path(peer, PATHS_USABLE, now);
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < peer->n_slots; i++) {
		const struct path_slot *slot = &peer->slots[i];

		json_array_append_new(list, path_json(s, slot,
						      slot->path == best, now));
	}
	return list;
}

static const char *const kinds[] = {
	[TRIAL_PUSHED] = "pushed",
	[TRIAL_INTRODUCED] = "introduced",
	[TRIAL_MET] = "met",
};

static json_t *trial_json(const struct trial *t, int64_t now)
{
	json_t *o = json_object();

	put_endpoint(o, "address", &t->remote);
	put_text(o, "because", kinds[t->kind]);
	put_int(o, "times", t->n);
	put_age(o, "first", t->first_ms, now);
	put_age(o, "last", t->last_ms, now);
	put_age(o, "answered", t->answered_ms, now);
	return o;
}

static void put_trials(json_t *o, const struct peer *peer, int64_t now)
{
	const struct trials *a = peer->trials;
	json_t *list = json_array();
	size_t i;

	for (i = 0; a && i < TRIALS_MAX; i++) {
		if (a->list[i].n)
			json_array_append_new(list,
					      trial_json(&a->list[i], now));
	}
	put(o, "tried", list);
	put_age(o, "pushSent", peer->push_sent_ms, now);
	put_age(o, "pushReceived", peer->push_received_ms, now);
	put_int(o, "introductions",
		a ? (int64_t)a->by_kind[TRIAL_INTRODUCED] : 0);
	if (a)
		put_age(o, "introduced", a->last_ms[TRIAL_INTRODUCED], now);
}

static void put_why(json_t *o, const struct service *s, const struct peer *peer,
		    int64_t now)
{
	struct why why;

	tl_node_why(s->node, peer, now, &why);
	put_text(o, "link", tl_why_state_name(why.state));
	put_text(o, "why", why.text);
}

static json_t *peer_json(const struct service *s, const struct peer *peer,
			 int64_t now)
{
	const struct path *best = tl_peer_best_path(peer, PATHS_USABLE, now);
	json_t *o = json_object();

	put_text(o, "role", peer->is_upstream ? "PLANET" : "LEAF");
	if (peer->version.protocol)
		put_int(o, "protocol", peer->version.protocol);
	put_age(o, "received", peer->last_receive_ms, now);
	put_age(o, "sent", peer->last_sent_ms, now);
	put(o, "alive", json_boolean(tl_peer_is_alive(peer, now)));
	if (best)
		put_latency(o, best);
	put(o, "way", way_to(s, peer, now));
	put_why(o, s, peer, now);
	put(o, "paths", path_list(s, peer, now));
	put_trials(o, peer, now);
	return o;
}

static json_t *root_list(const struct service *s, int64_t now)
{
	struct address roots[ROOTS_MAX];
	size_t n = tl_node_upstreams(s->node, roots, ROOTS_MAX);
	const struct peer *best = tl_node_best_upstream(s->node, now);
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++) {
		const struct peer *p = tl_node_find_peer(s->node, roots[i]);
		json_t *o = p ? peer_json(s, p, now) : json_object();

		put_node(o, "node", roots[i]);
		put(o, "best", json_boolean(p && p == best));
		json_array_append_new(list, o);
	}
	return list;
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

static void put_self(json_t *o, const struct service *s, int64_t now)
{
	struct endpoint list[ENDPOINTS_MAX];
	size_t n;

	put_node(o, "self", tl_node_address(s->node));
	put(o, "online", json_boolean(tl_node_is_online(s->node, now)));
	n = tl_wires_endpoints(s, list, ENDPOINTS_MAX);
	put(o, "sockets", endpoint_list(list, n));
	n = tl_node_surface(s->node, list, ENDPOINTS_MAX);
	put(o, "external", endpoint_list(list, n));
	put(o, "roots", root_list(s, now));
}

/* Who has a virtual address: the node; false if it is not known. */
static bool find_owner(const struct service *s, const struct endpoint *ip,
		       struct address *node, struct network_id *id)
{
	struct network *net;
	struct mac mac;
	size_t i;

	for (i = 0; (net = tl_vl2_at(s->vl2, i)); i++) {
		*id = tl_network_id(net);
		if (ip->family == 6 &&
		    tl_lan_node_in_address(net, ip->ip, node))
			return true;
		if (tl_lan_neighbour_mac(net, ip->family, ip->ip, &mac) &&
		    tl_mac_is_member_of(mac, *id)) {
			*node = tl_mac_to_member(mac, *id);
			return true;
		}
	}
	return false;
}

static void put_network(json_t *o, struct network_id id)
{
	char text[NETWORK_ID_TEXT_SIZE];

	put_text(o, "network", tl_network_id_print(text, id));
}

/* Ten digits, or a virtual address that somebody has; false after saying that
 * it is neither. Adds to @o what was found. */
static bool find_node(const struct service *s, const char *who, json_t *o,
		      struct address *node, struct http_reply *reply)
{
	struct network_id id;
	struct endpoint ip;

	if (tl_address_parse(node, tl_bytes_from_str(who)) == 0) {
		put_node(o, "node", *node);
		return true;
	}
	if (tl_endpoint_parse(&ip, who)) {
		tl_diag_refuse(reply, 400,
			       "neither a node's ten digits nor an IP address");
		return false;
	}
	if (!find_owner(s, &ip, node, &id)) {
		tl_diag_refuse(reply, 404,
			       "no node is known to have this address");
		return false;
	}
	put_node(o, "node", *node);
	put_network(o, id);
	put_text(o, "virtual", who);
	return true;
}

void tl_diag_get_way(struct service *s, const char *ip,
		     struct http_reply *reply)
{
	int64_t now = tl_service_now(s);
	json_t *o = json_object();
	const struct peer *peer;
	struct address node;
	json_t *way;

	if (!find_node(s, ip, o, &node, reply)) {
		json_decref(o);
		return;
	}
	peer = tl_node_find_peer(s->node, node);
	if (peer) {
		way = way_to(s, peer, now);
		json_object_update(o, way);
		json_decref(way);
	} else {
		bool is_self = tl_address_equal(node, tl_node_address(s->node));

		put_text(o, "way", is_self ? "self" : "none");
	}
	tl_diag_answer(reply, o);
}

void tl_diag_get_trace(struct service *s, const char *who,
		       struct http_reply *reply)
{
	int64_t now = tl_service_now(s);
	json_t *o = json_object();
	const struct peer *peer;
	struct address node;

	if (!find_node(s, who, o, &node, reply)) {
		json_decref(o);
		return;
	}
	put_self(o, s, now);
	peer = tl_node_find_peer(s->node, node);
	if (peer)
		put(o, "peer", peer_json(s, peer, now));
	tl_diag_answer(reply, o);
}
