/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keepalive.c - who is contacted when nothing else is to be said (vl1.md 7.9)
 *
 * Differences from the reference, on purpose: roots without a path are tried
 * again after 0.25, 0.5, 1, 2 and then every 5 s instead of every 5 s; the
 * binding towards the best root is kept by an ECHO instead of needless WHOIS;
 * and a path that carries our packets in silence is probed and left for the
 * relay (path.h), while its slot stays and is probed on every pass, so that it
 * comes back by itself.
 *
 * Roots are asked when nothing went to them, or nothing came, for so long that
 * a NAT with a timeout of 30 s keeps its binding. An ECHO that is not answered
 * is repeated twice, as HELLO, since a root that was restarted knows us no
 * more; then the path counts as dead and the root is looked for from all
 * sockets.
 */
#include "vl1/node_impl.h"

#define HEARTBEAT_MS 14000
#define FULL_HELLO_MS 60000
#define UPSTREAM_HELLO_MS 224000
#define UPSTREAM_ECHO_MS 20000
#define ROOT_HEARTBEAT_MS 28000
#define ROOT_HELLO_MS 240000
#define LOW_UPSTREAM_HELLO_MS 448000
#define LOW_ECHO_MS 25000
#define LOW_PASS_MS 25000
#define CONTACT_HELLO_MS 28000
#define FIRST_RETRY_MS 250
#define GREET_AT_ONCE 2
#define CONTACTS_MAX 32

/* A root leaves it to its nodes to keep in contact: it would only double what
 * they do. Those that do not are asked before their NAT forgets them. */
static int64_t heartbeat_ms(const struct node *n)
{
	return n->is_root ? ROOT_HEARTBEAT_MS : HEARTBEAT_MS;
}

static int64_t full_hello_ms(const struct node *n)
{
	return n->is_root ? ROOT_HELLO_MS : FULL_HELLO_MS;
}

/* A root does not ask its busy nodes: they notice it themselves. */
static bool is_to_be_asked(const struct node *n, const struct path *path)
{
	return path->n_probes || path->n_asked ||
	       n->now - path->last_out_ms >= heartbeat_ms(n) ||
	       (!n->is_root && n->now - path->proved_ms >= PATH_PROOF_MS);
}

/* vl1.md 7.9.3 */
static void keep_slots(struct node *n, struct peer *peer)
{
	bool is_full = n->now - peer->last_full_hello_ms >= full_hello_ms(n);
	int best_priority = 0;
	unsigned int i;

	if (is_full)
		peer->last_full_hello_ms = n->now;
	for (i = 0; i < peer->n_slots; i++)
		best_priority = TL_MAX(best_priority, peer->slots[i].priority);
	for (i = peer->n_slots; i-- > 0;) {
		struct path_slot *slot = &peer->slots[i];
		struct path *path = slot->path;

		if (n->now - slot->last_receive_ms >= PATH_EXPIRY_MS ||
		    slot->priority < best_priority) {
			tl_peer_drop_slot(peer, i);
			continue;
		}
		if (!is_full && !is_to_be_asked(n, path))
			continue;
		if (tl_path_is_tunnel(path) && tl_peer_has_udp(peer, n->now))
			continue;
		tl_greet_contact(n, peer, path->socket, &path->remote, is_full);
		tl_path_sent(path, n->now);
		tl_path_asked(path, n->now);
	}
}

/* HELLO to two endpoints of @family, beginning at a random place: that both see
 * another port of ours is how a single root shows what NAT we have (nat.h). */
void tl_keepalive_greet_root(struct node *n, struct peer *peer,
			     unsigned int family)
{
	struct endpoint list[ROOT_ENDPOINTS_MAX];
	size_t n_list = tl_worlds_endpoints(n, peer, list, ROOT_ENDPOINTS_MAX);
	unsigned int n_greeted = 0;
	size_t start;
	size_t i;

	if (!n_list)
		return;
	start = (size_t)(tl_node_random(n) % n_list);
	for (i = 0; i < n_list && n_greeted < GREET_AT_ONCE; i++) {
		const struct endpoint *e = &list[(start + i) % n_list];

		if (e->family != family ||
		    !tl_node_may_use(n, peer->id.addr, e))
			continue;
		tl_greet(n, peer, PATH_SOCKET_ANY, e);
		n_greeted++;
	}
}

static bool has_family(const struct node *n, const struct peer *peer,
		       unsigned int family)
{
	unsigned int i;

	for (i = 0; i < peer->n_slots; i++) {
		const struct path_slot *slot = &peer->slots[i];

		if (slot->path->remote.family == family &&
		    n->now - slot->last_receive_ms < PATH_EXPIRY_MS &&
		    !tl_path_is_dead(slot->path, n->now))
			return true;
	}
	return false;
}

static int64_t next_retry(const struct node *n, unsigned int attempts)
{
	return attempts >= 5 ? tl_node_next_beat(n, n->now)
			     : n->now + ((int64_t)FIRST_RETRY_MS << attempts);
}

static int64_t echo_ms(const struct node *n)
{
	return n->local.is_low_bandwidth ? LOW_ECHO_MS : UPSTREAM_ECHO_MS;
}

static int64_t upstream_hello_ms(const struct node *n)
{
	return n->local.is_low_bandwidth ? LOW_UPSTREAM_HELLO_MS
					 : UPSTREAM_HELLO_MS;
}

static bool is_unanswered(const struct peer *peer, const struct path *path)
{
	return peer->asked_ms && path->last_in_ms < peer->asked_ms;
}

/* When a root with a path is to be asked the next time. */
static int64_t ask_due(const struct node *n, const struct peer *peer,
		       const struct path *path)
{
	/* The first HELLO was sent from all sockets, and so on no path. */
	int64_t out_ms = path->last_out_ms ? path->last_out_ms
					   : path->last_in_ms;

	if (is_unanswered(peer, path))
		return peer->asked_ms + PATH_SILENCE_MS;
	return TL_MIN(path->last_in_ms, out_ms) + echo_ms(n);
}

static void ask_upstream(struct node *n, struct peer *peer, struct path *path)
{
	bool is_again = is_unanswered(peer, path) || path->n_probes;

	if (is_unanswered(peer, path) && path->n_probes < PATH_PROBES) {
		path->n_probes++;
		path->last_probe_ms = n->now;
	}
	peer->asked_ms = n->now;
	tl_greet_contact(n, peer, path->socket, &path->remote, is_again);
	tl_path_sent(path, n->now);
}

static void keep_upstream(struct node *n, struct peer *peer)
{
	struct path *path = tl_peer_best_path(peer, PATHS_USABLE, n->now);

	if (!path || tl_tunnel_seeks_udp(n, peer)) {
		if (n->now < peer->hello_retry_ms)
			return;
		peer->hello_retry_ms =
			path ? n->now + PING_PASS_MS
			     : next_retry(n, peer->hello_attempts++);
		keep_slots(n, peer);
		tl_keepalive_greet_root(n, peer, 4);
		tl_keepalive_greet_root(n, peer, 6);
		return;
	}
	if (n->now - peer->last_full_hello_ms >= upstream_hello_ms(n)) {
		keep_slots(n, peer);
		if (!has_family(n, peer, 4))
			tl_keepalive_greet_root(n, peer, 4);
		if (!has_family(n, peer, 6))
			tl_keepalive_greet_root(n, peer, 6);
		return;
	}
	if (n->now >= ask_due(n, peer, path) ||
	    (path->n_probes && n->now - path->last_probe_ms >= PATH_PROBE_MS))
		ask_upstream(n, peer, path);
}

static bool is_contact(const struct address *list, size_t n_list,
		       struct address a)
{
	size_t i;

	for (i = 0; i < n_list; i++) {
		if (tl_address_equal(list[i], a))
			return true;
	}
	return false;
}

static void keep_leaves(struct node *n, const struct address *contacts,
			size_t n_contacts)
{
	struct map_walk walk = { 0 };
	struct peer *peer;

	while ((peer = tl_node_each_peer(n, &walk))) {
		if (peer->is_upstream)
			continue;
		if (tl_peer_is_active(peer, n->now) ||
		    is_contact(contacts, n_contacts, peer->id.addr))
			keep_slots(n, peer);
	}
}

/* Nodes the upper layer wants to be in contact with, by a relay at worst. */
static void keep_contacts(struct node *n, const struct address *contacts,
			  size_t n_contacts)
{
	size_t i;

	for (i = 0; i < n_contacts; i++) {
		struct peer *peer = tl_node_find_peer(n, contacts[i]);

		if (!peer)
			tl_node_whois(n, contacts[i], n->now);
		else if (!peer->n_slots &&
			 n->now - peer->last_full_hello_ms > CONTACT_HELLO_MS)
			tl_greet_relayed(n, peer);
	}
}

static int64_t next_pass(const struct node *n)
{
	int64_t ahead = n->local.is_low_bandwidth ? LOW_PASS_MS - NODE_BEAT_MS
						  : 0;
	int64_t next = tl_node_next_beat(n, n->now + ahead);
	unsigned int i;

	if (n->must_confirm)
		next = TL_MIN(next, n->confirmed_ms + CONFIRM_MS);
	for (i = 0; i < n->n_upstreams; i++) {
		const struct peer *p = n->upstreams[i];
		const struct path *path =
			tl_peer_best_path(p, PATHS_USABLE, n->now);

		next = TL_MIN(next, !path || tl_tunnel_seeks_udp(n, p)
					    ? p->hello_retry_ms
					    : ask_due(n, p, path));
	}
	return TL_MAX(next, n->now + 1);
}

void tl_keepalive_pass(struct node *n)
{
	struct address contacts[CONTACTS_MAX];
	size_t n_contacts = 0;
	int64_t seeds_ms;
	unsigned int i;

	tl_confirm_pass(n);
	if (n->upper && n->upper->contacts)
		n_contacts = n->upper->contacts(n->upper_ctx, contacts,
						CONTACTS_MAX);
	for (i = 0; i < n->n_upstreams; i++)
		keep_upstream(n, n->upstreams[i]);
	keep_leaves(n, contacts, n_contacts);
	keep_contacts(n, contacts, n_contacts);
	tl_tunnel_pass(n);
	n->last_pass_ms = n->now;
	seeds_ms = tl_worlds_keep(n);
	n->next_ping_ms = TL_MIN(next_pass(n), seeds_ms);
}

void tl_keepalive_watch(struct node *n, struct peer *peer, struct path *path)
{
	if (!path->waiting_since_ms ||
	    n->now - path->waiting_since_ms < PATH_SILENCE_MS ||
	    path->n_probes >= PATH_PROBES ||
	    (path->n_probes && n->now - path->last_probe_ms < PATH_PROBE_MS))
		return;
	tl_keepalive_probe(n, peer, path);
	if (!peer->is_upstream)
		tl_tunnel_doubt(n);
}

void tl_keepalive_probe(struct node *n, struct peer *peer, struct path *path)
{
	path->n_probes++;
	path->last_probe_ms = n->now;
	tl_greet_contact(n, peer, path->socket, &path->remote, false);
}

void tl_keepalive_challenge(struct node *n, struct peer *peer,
			    struct path *path)
{
	tl_path_asked(path, n->now);
	path->n_asked = PATH_ASKS;
	tl_greet_contact(n, peer, path->socket, &path->remote, false);
}
