/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/node_impl.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

static void fill_random(struct node *n)
{
	n->host->random(n->host_ctx, n->random, sizeof(n->random));
	n->random_left = sizeof(n->random);
}

void tl_node_random_bytes(struct node *n, void *out, size_t size)
{
	if (size > sizeof(n->random)) {
		n->host->random(n->host_ctx, out, size);
		return;
	}
	if (n->random_left < size)
		fill_random(n);
	n->random_left -= size;
	memcpy(out, n->random + n->random_left, size);
	tl_wipe(n->random + n->random_left, size);
}

uint64_t tl_node_random(struct node *n)
{
	uint8_t b[8];

	tl_node_random_bytes(n, b, sizeof(b));
	return tl_load_be64(b);
}

static void init_tables(struct node *n)
{
	uint64_t key[2];

	tl_node_random_bytes(n, key, sizeof(key));
	tl_map_init(&n->peers, key);
	tl_node_random_bytes(n, key, sizeof(key));
	tl_map_init(&n->paths, key);
	tl_list_init(&n->tx_queue);
	tl_list_init(&n->rx_queue);
	tl_list_init(&n->kept);
	tl_list_init(&n->attempts);
	tl_reassembly_init(&n->reassembly, n->pool);
}

int tl_node_new(struct node **nodep, const struct node_config *c, int64_t now)
{
	struct node *n;
	int r;

	tl_assert(c->identity->has_priv);
	n = tl_alloc_zeroed(sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->id = *c->identity;
	n->pool = c->pool;
	n->allow_loopback = c->allow_loopback;
	n->host = c->host;
	n->host_ctx = c->host_ctx;
	n->upper = c->upper;
	n->upper_ctx = c->upper_ctx;
	n->now = now;
	n->next_ping_ms = now;
	n->next_housekeeping_ms = now + HOUSEKEEPING_MS;
	init_tables(n);
	r = tl_worlds_init(n, c->planet, now);
	if (r) {
		tl_node_free(n);
		return r;
	}
	*nodep = n;
	return 0;
}

static void free_queue(struct list *queue)
{
	tl_list_each(it, next, queue) {
		struct waiting *w = tl_container_of(it, struct waiting, link);

		tl_list_remove(it);
		tl_packet_free(w->packet);
		tl_free(w);
	}
}

static void free_peers(struct node *n)
{
	struct map_walk walk = { 0 };
	struct peer *peer;

	while ((peer = tl_node_each_peer(n, &walk))) {
		tl_map_remove(&n->peers, &peer->node);
		tl_peer_free(peer);
	}
}

static void free_paths(struct node *n, int64_t older_than_ms)
{
	struct map_walk walk = { 0 };
	struct map_node *node;

	while ((node = tl_map_step(&n->paths, &walk))) {
		struct path *p = tl_container_of(node, struct path, node);

		if (p->refs == 0 && p->last_in_ms < older_than_ms)
			tl_path_free(&n->paths, p);
	}
}

void tl_node_keep(struct node *n, struct packet *p)
{
	tl_list_append(&n->kept, &p->link);
}

void tl_node_end_pass(struct node *n)
{
	struct packet *p;

	tl_whois_flush(n);
	while ((p = tl_list_first(&n->kept, struct packet, link))) {
		tl_list_remove(&p->link);
		tl_packet_free(p);
	}
}

void tl_node_free(struct node *n)
{
	unsigned int i;

	if (!n)
		return;
	tl_list_each(it, next, &n->tx_queue) {
		tl_list_remove(it);
		tl_packet_free(tl_container_of(it, struct packet, link));
	}
	free_queue(&n->rx_queue);
	n->n_inquired = 0;
	tl_node_end_pass(n);
	tl_free(n->inquired);
	tl_worlds_fini(n);
	for (i = 0; i < PENDING_MAX; i++)
		tl_packet_free(n->pending[i].packet);
	tl_reassembly_fini(&n->reassembly);
	free_peers(n);
	free_paths(n, INT64_MAX);
	tl_map_fini(&n->peers);
	tl_map_fini(&n->paths);
	tl_identity_wipe(&n->id);
	tl_free(n);
}

struct peer *tl_node_find_peer(const struct node *n, struct address a)
{
	struct map_node *it = tl_map_last(&n->peers);
	struct peer *p;

	if (it) {
		p = tl_container_of(it, struct peer, node);
		if (tl_address_equal(p->id.addr, a))
			return p;
	}
	it = tl_map_first(&n->peers, tl_map_hash_u64(&n->peers, a.v));
	for (; it; it = tl_map_next(it)) {
		p = tl_container_of(it, struct peer, node);
		if (!tl_address_equal(p->id.addr, a))
			continue;
		tl_map_found(&n->peers, it);
		return p;
	}
	return NULL;
}

struct peer *tl_node_each_peer(const struct node *n, struct map_walk *walk)
{
	struct map_node *it = tl_map_step(&n->peers, walk);

	return it ? tl_container_of(it, struct peer, node) : NULL;
}

int tl_node_add_peer(struct node *n, struct peer **peerp,
		     const struct identity *id, int64_t now)
{
	struct peer *p;
	int r;

	if (n->peers.count >= NODE_PEERS_MAX)
		return -ENOBUFS;
	r = tl_peer_new(&p, &n->id, id, now);
	if (r)
		return r;
	r = tl_map_insert(&n->peers, &p->node,
			  tl_map_hash_u64(&n->peers, id->addr.v));
	if (r) {
		tl_peer_free(p);
		return r;
	}
	*peerp = p;
	return 0;
}

static bool scope_is_usable(const struct node *n, const struct endpoint *e)
{
	switch (tl_endpoint_scope(e)) {
	case IP_SCOPE_PRIVATE:
	case IP_SCOPE_PSEUDO_PRIVATE:
	case IP_SCOPE_SHARED:
	case IP_SCOPE_GLOBAL:
		return true;
	case IP_SCOPE_LOOPBACK:
		return n->allow_loopback;
	case IP_SCOPE_NONE:
	case IP_SCOPE_MULTICAST:
	case IP_SCOPE_LINK_LOCAL:
		break;
	}
	return false;
}

bool tl_node_may_use(const struct node *n, struct address peer,
		     const struct endpoint *remote)
{
	/* 2001:470::/32, tunnel addresses that the protocol refuses. */
	static const uint8_t tunnels[4] = { 0x20, 0x01, 0x04, 0x70 };
	const struct peer *p = tl_node_find_peer(n, peer);

	if (remote->port == 0 || !scope_is_usable(n, remote))
		return false;
	if (remote->family == 6 && memcmp(remote->ip, tunnels, 4) == 0)
		return false;
	if (p && !tl_worlds_allow(n, p, remote))
		return false;
	return !n->host->may_use || n->host->may_use(n->host_ctx, peer, remote);
}

int tl_node_add_cached_peer(struct node *n, const struct peer_cache *c,
			    int64_t now)
{
	struct peer *p = tl_node_find_peer(n, c->identity.addr);
	unsigned int i;
	int r;

	n->now = now;
	if (tl_address_equal(c->identity.addr, n->id.addr))
		return -EINVAL;
	if (p && !tl_identity_equal(&p->id, &c->identity))
		return -EEXIST;
	r = p ? 0 : tl_node_add_peer(n, &p, &c->identity, now);
	if (r)
		return r;
	/* What it told us since is newer. */
	if (!p->version.protocol)
		p->version = c->version;
	for (i = 0; i < c->n_endpoints; i++) {
		if (tl_node_may_use(n, p->id.addr, &c->endpoints[i]))
			tl_greet(n, p, PATH_SOCKET_ANY, &c->endpoints[i]);
	}
	tl_receive_peer_known(n, p->id.addr);
	return 0;
}

uint64_t tl_node_paths_learned(const struct node *n)
{
	return n->n_paths_learned;
}

/* Its identity must not be lost, even if it is silent. */
static bool is_needed(const struct node *n, const struct peer *p)
{
	return n->upper && n->upper->needs &&
	       n->upper->needs(n->upper_ctx, p->id.addr);
}

static bool is_unsaved(const struct node *n, const struct peer *p, int64_t now)
{
	return tl_peer_is_unsaved(p, now) ||
	       (!p->saved_ms && !p->is_upstream && tl_peer_is_alive(p, now) &&
		is_needed(n, p));
}

struct peer *tl_node_next_unsaved_peer(const struct node *n,
				       struct map_walk *walk, int64_t now)
{
	struct peer *p;

	do {
		p = tl_node_each_peer(n, walk);
	} while (p && !is_unsaved(n, p, now));
	return p;
}

const struct identity *tl_node_identity(const struct node *n)
{
	return &n->id;
}

struct address tl_node_address(const struct node *n)
{
	return n->id.addr;
}

const struct world *tl_node_planet(const struct node *n)
{
	return &n->planet;
}

struct packet_pool *tl_node_pool(const struct node *n)
{
	return n->pool;
}

bool tl_node_is_root(const struct node *n)
{
	return n->is_root;
}

bool tl_node_is_online(const struct node *n, int64_t now)
{
	return n->is_root || (n->last_upstream_ms &&
			      now - n->last_upstream_ms < PEER_ACTIVE_MS);
}

size_t tl_node_upstreams(const struct node *n, struct address *out, size_t max)
{
	size_t i;

	for (i = 0; i < n->n_upstreams && i < max; i++)
		out[i] = n->upstreams[i]->id.addr;
	return i;
}

/* vl1.md 6.8; lower is better. */
static uint64_t relay_quality(const struct peer *p, int64_t now)
{
	const struct path *best = tl_peer_best_path(p, PATHS_USABLE, now);
	int64_t silence = now - p->last_receive_ms;
	uint64_t latency = PATH_LATENCY_UNKNOWN;

	if (!tl_peer_is_alive(p, now))
		return UINT32_MAX;
	if (best && best->latency_ms)
		latency = (uint64_t)best->latency_ms;
	if (best && tl_path_is_tunnel(best))
		latency += PATH_LATENCY_UNKNOWN;
	return latency * (uint64_t)(silence / 61000 + 1);
}

struct peer *tl_node_best_upstream(const struct node *n, int64_t now)
{
	struct peer *best = NULL;
	uint64_t best_quality = 0;
	unsigned int i;

	for (i = 0; i < n->n_upstreams; i++) {
		uint64_t q = relay_quality(n->upstreams[i], now);

		if (!best || q <= best_quality) {
			best = n->upstreams[i];
			best_quality = q;
		}
	}
	return best;
}

void tl_node_drop(struct node *n, enum drop reason)
{
	n->drops.n[reason]++;
}

const struct drop_counts *tl_node_drops(const struct node *n)
{
	return &n->drops;
}

bool tl_node_is_expected(const struct node *n, const struct rx *rx,
			 uint64_t in_re)
{
	return tl_expect_has(&n->expect, in_re, rx->peer->id.addr, rx->now);
}

/* Peers that have gone leave memory; a later packet finds them by WHOIS. */
static void forget_peers(struct node *n)
{
	struct map_walk walk = { 0 };
	struct peer *p;

	while ((p = tl_node_each_peer(n, &walk))) {
		int64_t newest = TL_MAX(p->last_receive_ms, p->created_ms);

		if (p->is_upstream || n->now - newest < PEER_ACTIVE_MS ||
		    is_needed(n, p))
			continue;
		tl_map_remove(&n->peers, &p->node);
		tl_peer_free(p);
	}
}

static void keep_house(struct node *n)
{
	forget_peers(n);
	free_paths(n, n->now - PATH_EXPIRY_MS);
	tl_surface_expire(n);
	tl_greet_expire(n);
	tl_reassembly_expire(&n->reassembly, n->now);
	n->drops.n[DROP_REASSEMBLY] = n->reassembly.n_lost;
	n->next_housekeeping_ms =
		tl_node_next_beat(n, n->now + HOUSEKEEPING_MS - NODE_BEAT_MS);
}

int64_t tl_node_next_beat(const struct node *n, int64_t now)
{
	int64_t phase = (int64_t)(n->id.addr.v % NODE_BEAT_MS);

	return now + NODE_BEAT_MS - (now + NODE_BEAT_MS - phase) % NODE_BEAT_MS;
}

int64_t tl_node_run(struct node *n, int64_t now)
{
	int64_t next;

	n->now = now;
	if (now >= n->next_ping_ms)
		tl_keepalive_pass(n);
	if ((n->n_tx || n->n_rx) && now >= n->next_retry_ms) {
		n->next_retry_ms = now + QUEUE_RETRY_MS;
		tl_send_retry_queue(n);
		tl_receive_retry_queue(n);
	}
	if (now >= n->next_housekeeping_ms)
		keep_house(n);
	next = TL_MIN(n->next_ping_ms, n->next_housekeeping_ms);
	/* Behind all that may have begun one. */
	next = TL_MIN(next, tl_attempt_run(n));
	next = TL_MIN(next, tl_discover_run(n));
	tl_tunnel_run(n);
	next = TL_MIN(next, tl_node_udp_due(n));
	if (n->n_tx || n->n_rx)
		next = TL_MIN(next, n->next_retry_ms);
	tl_whois_flush(n);
	return TL_MIN(next, tl_whois_due(n));
}
