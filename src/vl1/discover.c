/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/discover.h"

#include "base/log.h"
#include "vl1/node_impl.h"

static void send_beacon(struct node *n)
{
	struct discover *d = &n->discover;
	struct beacon b = { 0 };

	while (!d->instance)
		d->instance = tl_node_random(n);
	d->sent_ms = n->now;
	if (n->upper && n->upper->hints)
		b.n_hints = (unsigned int)n->upper->hints(
			n->upper_ctx, d->instance, b.hints, BEACON_MAX_HINTS);
	if (!b.n_hints)
		return; /* nobody could be interested */
	b.instance = d->instance;
	b.identity = n->id;
	b.identity.has_priv = false;
	tl_wipe(b.identity.priv, sizeof(b.identity.priv));
	n->host->beacon(n->host_ctx, &b);
}

int64_t tl_discover_run(struct node *n)
{
	struct discover *d = &n->discover;
	int64_t longest = tl_node_is_online(n, n->now) ? DISCOVER_ONLINE_MS
						       : DISCOVER_OFFLINE_MS;

	if (!n->host->beacon)
		return INT64_MAX;
	/* The root has gone since the wait began. */
	if (d->wait_ms > longest)
		d->next_ms = TL_MIN(d->next_ms, d->sent_ms + longest);
	if (n->now < d->next_ms)
		return d->next_ms;
	send_beacon(n);
	d->wait_ms = d->wait_ms ? TL_MIN(2 * d->wait_ms, longest)
				: DISCOVER_FIRST_MS;
	d->next_ms = n->now + d->wait_ms;
	return d->next_ms;
}

void tl_node_announce(struct node *n, int64_t now)
{
	n->now = now;
	n->discover.instance = 0;
	n->discover.wait_ms = 0;
	n->discover.next_ms = now;
}

/* Somebody new has to know us, too; not more than one in DISCOVER_ANSWER_MS. */
static void answer(struct node *n)
{
	struct discover *d = &n->discover;

	if (n->now - d->sent_ms >= DISCOVER_ANSWER_MS)
		send_beacon(n);
	else
		d->next_ms =
			TL_MIN(d->next_ms, d->sent_ms + DISCOVER_ANSWER_MS);
}

static bool has_path(const struct node *n, const struct peer *peer, int socket,
		     const struct endpoint *at)
{
	const struct path *path = tl_path_find(&n->paths, socket, at);
	const struct path_slot *slot = path ? tl_peer_slot_of(peer, path)
					    : NULL;

	return slot && n->now - slot->last_receive_ms < PATH_EXPIRY_MS &&
	       !tl_path_is_dead(path, n->now);
}

/* As long as there is a root it is enough to have met once: it tells us where
 * members are. Without, the ways to all neighbours are kept open. */
static void meet(struct node *n, struct peer *peer, const struct sighting *s)
{
	bool is_reached = has_path(n, peer, s->socket, &s->at);
	bool is_new = peer->instance != s->instance;
	struct path path;

	if (!is_new && (is_reached || tl_node_is_online(n, n->now)))
		return;
	tl_path_init(&path, s->socket, &s->at);
	if (tl_peer_may_try(peer, &path, n->now)) {
		peer->instance = s->instance;
		tl_greet(n, peer, s->socket, &s->at);
	} else if (is_new && is_reached) {
		/* Its HELLO was faster than its beacon, and so was ours. */
		peer->instance = s->instance;
		tl_discover_on_answer(n, peer);
	} else {
		tl_node_drop(n, DROP_GATE);
		return;
	}
	if (is_new)
		answer(n);
}

static bool may_validate(struct node *n, const struct endpoint *from)
{
	uint64_t hash = tl_map_hash(&n->paths, TL_BYTES_OF(from->ip));
	struct bucket *b = &n->discover.sources[hash % DISCOVER_SOURCES];

	return tl_bucket_take(b, DISCOVER_SOURCE_MS, DISCOVER_SOURCE_BURST,
			      n->now) &&
	       tl_bucket_take(&n->discover.all, DISCOVER_PERIOD_MS,
			      DISCOVER_BURST, n->now);
}

/* NULL if it is there already, or if there is no room. */
static struct sighting *free_sighting(struct node *n, struct address who)
{
	struct sighting *found = NULL;
	unsigned int i;

	for (i = 0; i < DISCOVER_PENDING; i++) {
		struct sighting *s = &n->discover.pending[i];

		if (s->when_ms && n->now - s->when_ms > PENDING_MS)
			s->when_ms = 0;
		if (!s->when_ms)
			found = s;
		else if (tl_address_equal(s->id.addr, who))
			return NULL;
	}
	return found;
}

static void validate(struct node *n, const struct sighting *seen)
{
	struct sighting *s = free_sighting(n, seen->id.addr);

	if (!s)
		return;
	if (!may_validate(n, &seen->at)) {
		tl_node_drop(n, DROP_STRANGER_GATE);
		return;
	}
	*s = *seen;
	s->when_ms = n->now;
	if (!n->host->validate) {
		tl_node_on_validated(n, &seen->id,
				     tl_identity_validate(&seen->id) == 0,
				     n->now);
	} else if (n->host->validate(n->host_ctx, &seen->id)) {
		tl_node_drop(n, DROP_QUEUE_FULL);
		s->when_ms = 0;
	}
}

void tl_discover_on_validated(struct node *n, const struct identity *id,
			      bool is_valid)
{
	struct peer *peer;
	unsigned int i;

	for (i = 0; i < DISCOVER_PENDING; i++) {
		struct sighting *s = &n->discover.pending[i];

		if (!s->when_ms || !tl_identity_equal(&s->id, id))
			continue;
		s->when_ms = 0;
		if (!is_valid) {
			tl_node_drop(n, DROP_BAD_IDENTITY);
		} else if (tl_node_find_peer(n, id->addr)) {
			return; /* it came by another way meanwhile */
		} else if (tl_node_add_peer(n, &peer, id, n->now)) {
			tl_node_drop(n, DROP_PEER_TABLE_FULL);
		} else {
			tl_dbg("peer %010llx: found on the local network",
			       (unsigned long long)id->addr.v);
			meet(n, peer, s);
			tl_receive_peer_known(n, id->addr);
		}
		return;
	}
}

void tl_discover_on_answer(struct node *n, struct peer *peer)
{
	if (peer->instance && n->upper && n->upper->met)
		n->upper->met(n->upper_ctx, peer, n->now);
}

void tl_node_on_beacon(struct node *n, int socket, const struct endpoint *from,
		       struct bytes datagram, int64_t now)
{
	struct sighting s = { .socket = socket, .at = *from };
	struct beacon b;
	struct peer *peer;

	n->now = now;
	if (!tl_beacon_parse(&b, datagram)) {
		tl_node_drop(n, DROP_MALFORMED);
		return;
	}
	s.at.port = b.port;
	s.id = b.identity;
	s.instance = b.instance;
	if (!n->host->beacon || tl_address_equal(s.id.addr, n->id.addr))
		return;
	if (!tl_endpoint_is_near(&s.at) ||
	    !tl_node_may_use(n, s.id.addr, &s.at)) {
		tl_node_drop(n, DROP_BAD_PATH);
		return;
	}
	if (!n->upper || !n->upper->is_kin ||
	    !n->upper->is_kin(n->upper_ctx, &b, now))
		return;
	peer = tl_node_find_peer(n, s.id.addr);
	if (!peer)
		validate(n, &s);
	else if (tl_identity_equal(&peer->id, &s.id))
		meet(n, peer, &s);
	else
		tl_node_drop(n, DROP_COLLISION);
}
