/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/tunnel.h"

#include "base/log.h"
#include "vl1/node_impl.h"

/* Roots answer more often than that, unless they are down. */
#define UDP_FRESH_MS 30000

/* A path heard so lately needs no probe. */
#define UDP_RECENT_MS 1000

/* Through the tunnel roots are greeted only when they have been silent so long:
 * it is UDP that is being tried. */
#define COPY_AFTER_MS 15000

/* Frames that have come for so long without a pause. */
#define STEADY_MS 2000
#define PAUSE_MS 1500

/* What a path has to answer on which the other side does not send any more, and
 * its number of probes from then on. */
#define LEFT_MS 500
#define PATH_LEFT (PATH_PROBES + 1)

/* Peers that learn at once that we are reached by the relay only. */
#define TOLD_MAX 64

const struct udp_watch *tl_node_udp(const struct node *n)
{
	return &n->udp;
}

void tl_tunnel_asked(struct node *n, const struct peer *peer, int socket)
{
	struct udp_watch *w = &n->udp;
	bool is_fresh = n->now - w->heard_ms < UDP_FRESH_MS;

	if (!peer->is_upstream || socket == PATH_SOCKET_TCP || w->asked_ms)
		return;
	if (is_fresh && n->now - peer->last_receive_ms >= UDP_FRESH_MS)
		return;
	w->asked_ms = n->now;
	w->has_doubts = false;
}

/* Datagrams of the LAN say nothing about the way out. */
static bool counts(const struct rx *rx)
{
	if (tl_path_is_tunnel(rx->path))
		return false;
	return rx->path->scope == IP_SCOPE_GLOBAL ||
	       (rx->hops == 0 && rx->peer->is_upstream);
}

static bool is_frame(const struct rx *rx)
{
	return (rx->verb == VERB_FRAME || rx->verb == VERB_EXT_FRAME) &&
	       !tl_path_is_tunnel(rx->path);
}

static void note_frame(struct udp_watch *w, int64_t now)
{
	if (now - w->frame_ms >= PAUSE_MS)
		w->frames_ms = now;
	w->frame_ms = now;
}

/* The sender does not use the direct path that there is: a question that is
 * open has LEFT_MS to be answered, counted from when it was asked. */
static void on_relayed(struct node *n, struct peer *peer)
{
	struct path *path = tl_peer_best_path(peer, PATHS_USABLE, n->now);

	if (!path || peer->is_upstream || path->n_probes >= PATH_LEFT ||
	    n->now - path->last_in_ms < UDP_RECENT_MS)
		return;
	if (!path->n_probes)
		tl_keepalive_probe(n, peer, path);
	path->n_probes = PATH_LEFT;
	path->last_probe_ms -= PATH_PROBE_MS - LEFT_MS;
}

/* UDP is back: peers are told where we are, and those are tried that have told
 * us, or are reached through the tunnel. */
static void try_again(struct node *n)
{
	struct map_walk walk = { 0 };
	struct peer *peer;

	n->next_ping_ms = n->now;
	while ((peer = tl_node_each_peer(n, &walk))) {
		if (peer->is_upstream || !tl_peer_is_active(peer, n->now))
			continue;
		peer->push_sent_ms = 0;
		peer->pushes_sent = 0;
		tl_attempt_soon(n, peer);
	}
}

void tl_tunnel_heard(struct node *n, const struct rx *rx)
{
	struct udp_watch *w = &n->udp;

	if (is_frame(rx))
		note_frame(w, n->now);
	if (rx->hops)
		on_relayed(n, rx->peer);
	if (!counts(rx))
		return;
	w->heard_ms = n->now;
	w->asked_ms = 0;
	if (!w->is_blocked)
		return;
	w->is_blocked = false;
	w->back_ms = n->now;
	try_again(n);
	tl_dbg("UDP gets through again");
}

/* But those that have not answered a question yet. */
static void ask_roots(struct node *n)
{
	unsigned int i;

	for (i = 0; i < n->n_upstreams; i++) {
		struct peer *root = n->upstreams[i];
		struct path *path =
			tl_peer_best_path(root, PATHS_USABLE, n->now);

		if (path && !tl_path_is_tunnel(path) &&
		    root->asked_ms <= path->last_in_ms &&
		    n->now - path->last_in_ms >= UDP_RECENT_MS)
			tl_keepalive_probe(n, root, path);
	}
}

void tl_tunnel_doubt(struct node *n)
{
	if (n->udp.asked_ms || n->now - n->udp.heard_ms < UDP_RECENT_MS)
		return;
	ask_roots(n);
	n->udp.has_doubts = true;
	if (n->udp.asked_ms)
		n->udp.asked_ms = n->now - (UDP_BLOCKED_MS - UDP_ANSWER_MS);
}

/* What still comes in may have nothing to do with what goes out. */
static void ask_other(struct node *n, struct peer *peer, struct path *other)
{
	if (n->now - other->last_in_ms >= UDP_RECENT_MS)
		tl_keepalive_probe(n, peer, other);
	else if (!peer->is_upstream &&
		 n->now - other->proved_ms >= UDP_RECENT_MS)
		tl_keepalive_challenge(n, peer, other);
}

static bool is_heard(const struct node *n, const struct peer *peer)
{
	const struct path *path = tl_peer_best_path(peer, PATHS_USABLE, n->now);

	return path && n->now - path->last_in_ms < UDP_RECENT_MS;
}

/* Who only asks of us would wait for the end of its own probes: that we ask by
 * the relay says it sooner (on_relayed()). */
static void tell_peers(struct node *n, const struct path *relay)
{
	struct map_walk walk = { 0 };
	unsigned int count = 0;
	struct peer *peer;

	while (count < TOLD_MAX && (peer = tl_node_each_peer(n, &walk))) {
		if (peer->is_upstream || !peer->n_slots ||
		    !tl_peer_is_active(peer, n->now) || is_heard(n, peer))
			continue;
		tl_greet_contact(n, peer, relay->socket, &relay->remote, false);
		count++;
	}
}

void tl_tunnel_learned(struct node *n, struct peer *peer,
		       const struct path *path)
{
	unsigned int i;

	if (n->udp.is_blocked && peer->is_upstream && tl_path_is_tunnel(path))
		tell_peers(n, path);
	for (i = 0; i < peer->n_slots; i++) {
		struct path *other = peer->slots[i].path;

		if (other != path && !other->n_probes &&
		    !tl_path_is_tunnel(other))
			ask_other(n, peer, other);
	}
}

bool tl_tunnel_is_past(const struct node *n, const struct rx *rx)
{
	return tl_path_is_tunnel(rx->path) && rx->hops == 0 &&
	       tl_peer_has_udp(rx->peer, n->now);
}

bool tl_tunnel_seeks_udp(const struct node *n, const struct peer *peer)
{
	return n->udp.state == TUNNEL_OPEN && peer->is_upstream;
}

static const struct path *tunnel_path(const struct peer *peer)
{
	unsigned int i;

	for (i = 0; i < peer->n_slots; i++) {
		if (tl_path_is_tunnel(peer->slots[i].path))
			return peer->slots[i].path;
	}
	return NULL;
}

/* UDP gets through: is there a way to those whom the relay reaches? */
void tl_tunnel_pass(struct node *n)
{
	struct map_walk walk = { 0 };
	struct peer *peer;

	if (n->udp.state != TUNNEL_OPEN || n->udp.is_blocked)
		return;
	while ((peer = tl_node_each_peer(n, &walk))) {
		const struct path *path = tunnel_path(peer);

		if (path && !peer->is_upstream &&
		    !tl_peer_has_udp(peer, n->now))
			tl_greet_contact(n, peer, PATH_SOCKET_ANY,
					 &path->remote, false);
	}
}

bool tl_node_wants_copy(const struct node *n, struct address dest, int64_t now)
{
	const struct peer *peer = tl_node_find_peer(n, dest);
	const struct path *path;

	if (!peer || !peer->is_upstream ||
	    (!n->udp.is_blocked && n->udp.state != TUNNEL_ONLY))
		return false;
	path = tunnel_path(peer);
	return !path || now - path->last_in_ms >= COPY_AFTER_MS;
}

/* Roots that were silent until now are left for the tunnel. */
static void doubt_roots(struct node *n)
{
	unsigned int i;

	for (i = 0; i < n->n_upstreams; i++) {
		struct path *path = tl_peer_best_path(n->upstreams[i],
						      PATHS_USABLE, n->now);

		if (path && !path->n_probes)
			tl_keepalive_probe(n, n->upstreams[i], path);
	}
}

/* A path that has not answered is blocked like those to the roots. */
static void give_up_silent(struct node *n)
{
	struct map_walk walk = { 0 };
	struct peer *peer;
	unsigned int i;

	while ((peer = tl_node_each_peer(n, &walk))) {
		for (i = 0; i < peer->n_slots && !peer->is_upstream; i++) {
			struct path *path = peer->slots[i].path;

			if (!tl_path_is_doubted(path, n->now))
				continue;
			path->n_probes = PATH_PROBES;
			path->last_probe_ms = n->now - PATH_PROBE_MS;
		}
	}
}

void tl_node_on_tunnel(struct node *n, enum tunnel_state state, int64_t now)
{
	n->now = now;
	n->udp.state = state;
	if (state == TUNNEL_CLOSED) {
		tl_node_on_socket_closed(n, PATH_SOCKET_TCP, now);
		n->udp.back_ms = 0;
		return;
	}
	if (n->udp.is_blocked) {
		doubt_roots(n);
		give_up_silent(n);
	}
	tl_node_on_rebind(n, now);
}

/* Frames came steadily until now. */
static bool is_steady(const struct udp_watch *w)
{
	return w->frame_ms && w->frame_ms - w->frames_ms >= STEADY_MS;
}

int64_t tl_node_udp_due(const struct node *n)
{
	const struct udp_watch *w = &n->udp;

	if (w->is_blocked)
		return INT64_MAX;
	if (!w->asked_ms)
		return is_steady(w) ? w->frame_ms + PAUSE_MS : INT64_MAX;
	return w->asked_ms + (w->has_doubts ? UDP_BLOCKED_MS : UDP_DOUBT_MS);
}

void tl_tunnel_run(struct node *n)
{
	struct udp_watch *w = &n->udp;

	if (n->now < tl_node_udp_due(n))
		return;
	if (!w->asked_ms) {
		w->frame_ms = 0;
		tl_tunnel_doubt(n);
		return;
	}
	if (!w->has_doubts) {
		w->has_doubts = true;
		/* They have their time, however late it is. */
		w->asked_ms = n->now - UDP_DOUBT_MS;
		ask_roots(n);
		return;
	}
	w->is_blocked = true;
	w->back_ms = 0;
	tl_dbg("no root has answered by UDP for %d ms",
	       (int)(n->now - w->asked_ms));
}
