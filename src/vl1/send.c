/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.c - the general send procedure (vl1.md 7.5)
 *
 * A packet goes on the best path of its destination, or to a root that relays
 * it, or waits for the destination's identity. Unlike the reference, a path
 * that no longer answers is left for the relay within seconds, not minutes.
 */
#include "vl1/node_impl.h"

#include <string.h>

#include "wire/compress.h"

struct packet *tl_node_packet(struct node *n, struct address dest,
			      enum verb verb)
{
	struct packet *p = tl_packet_new(n->pool);

	if (!p) {
		tl_node_drop(n, DROP_NO_MEMORY);
		return NULL;
	}
	tl_packet_init(p->data + p->head, tl_node_random(n), dest, n->id.addr,
		       verb);
	p->n = PACKET_HEADER_LEN;
	return p;
}

bool tl_node_push_header(struct node *n, struct packet *p, struct address dest,
			 enum verb verb)
{
	uint8_t *at = tl_packet_push(p, PACKET_HEADER_LEN);

	if (!at)
		return false;
	tl_packet_init(at, tl_node_random(n), dest, n->id.addr, verb);
	return true;
}

struct packet *tl_node_ok(struct node *n, const struct rx *rx)
{
	struct packet *p = tl_node_packet(n, rx->peer->id.addr, VERB_OK);
	uint8_t *at;

	if (!p)
		return NULL;
	at = p->data + p->head + p->n;
	at[0] = (uint8_t)rx->verb;
	tl_store_be64(at + 1, rx->id);
	p->n += 9;
	return p;
}

struct packet *tl_node_error(struct node *n, const struct rx *rx,
			     enum error_code code)
{
	struct packet *p = tl_node_ok(n, rx);

	if (!p)
		return NULL;
	p->data[p->head + PACKET_AT_VERB] = VERB_ERROR;
	p->data[p->head + p->n++] = (uint8_t)code;
	return p;
}

static size_t mtu_of(const struct node *n, const struct peer *peer,
		     const struct path *path)
{
	/* Roots need not put fragments addressed to them together (vl1.md E.1);
	 * what is relayed through one is another matter. */
	return peer->is_upstream ? PACKET_MAX_LEN
				 : tl_local_mtu(n, &path->remote);
}

/* vl1.md 2.11, but see local.c. */
static int seal(struct node *n, struct peer *peer, const struct path *path,
		struct buffer packet, unsigned int flags)
{
	uint64_t trusted = 0;

	if (flags & SEND_GENERAL && n->local.n_nets &&
	    tl_peer_slot_of(peer, path))
		trusted = tl_local_trusted_path(n, &path->remote);
	if (!trusted)
		return tl_armor_seal(peer->armor, tl_peer_suite(peer), packet);
	tl_local_seal(packet, trusted);
	return 0;
}

void tl_send_on_path(struct node *n, struct peer *peer, struct path *path,
		     struct packet *p, unsigned int flags)
{
	uint8_t *at = p->data + p->head;
	struct cuts cuts;
	bool is_direct;

	tl_count_sent(n, peer, tl_packet_bytes(p));
	if (flags & SEND_COMPRESS)
		p->n = (uint32_t)tl_packet_compress(tl_packet_buffer(p));
	cuts = tl_fragment_plan(p->n, mtu_of(n, peer, path));
	if (!cuts.n) {
		tl_node_drop(n, DROP_TOO_LONG);
		tl_packet_free(p);
		return;
	}
	at[PACKET_AT_FLAGS] = cuts.n > 1 ? PACKET_FLAG_FRAGMENTED : 0;
	if (seal(n, peer, path, tl_packet_buffer(p), flags)) {
		tl_node_drop(n, DROP_NO_MEMORY);
		tl_packet_free(p);
		return;
	}
	is_direct = tl_peer_slot_of(peer, path);
	if (flags & SEND_EXPECT_REPLY)
		tl_expect_reply(&n->expect, tl_packet_id(at), peer->id.addr,
				is_direct ? &path->remote : NULL, n->now);
	if (is_direct)
		tl_keepalive_watch(n, peer, path);
	tl_path_sent(path, n->now);
	peer->last_sent_ms = n->now;
	n->host->send(n->host_ctx, path->socket, &path->remote, p, &cuts);
}

/* The way through a root, and what a relayed peer should get to know. */
static struct path *relay_path(struct node *n, struct peer *peer)
{
	struct peer *root = tl_node_best_upstream(n, n->now);
	struct path *path;

	if (!root || root == peer)
		return NULL;
	path = tl_peer_best_path(root, PATHS_USABLE, n->now);
	if (!path)
		return NULL;
	tl_greet_relayed(n, peer);
	/* A relay that has died must be noticed by what it should carry. */
	tl_keepalive_watch(n, root, path);
	return path;
}

bool tl_send_try(struct node *n, struct packet *p, unsigned int flags)
{
	struct address dest = tl_packet_dest(p->data + p->head);
	struct peer *peer = tl_node_find_peer(n, dest);
	struct path *path;

	if (!peer)
		return false;
	path = tl_peer_best_path(peer, PATHS_USABLE, n->now);
	if (!path) {
		tl_local_try(n, peer);
		path = relay_path(n, peer);
	}
	if (!path)
		path = tl_peer_best_path(peer, PATHS_ANY, n->now);
	if (!path)
		return false;
	tl_send_on_path(n, peer, path, p, flags | SEND_GENERAL);
	return true;
}

static void drop_oldest(struct node *n)
{
	struct packet *p = tl_list_first(&n->tx_queue, struct packet, link);

	tl_list_remove(&p->link);
	n->n_tx--;
	tl_node_drop(n, DROP_QUEUE_FULL);
	tl_packet_free(p);
}

/* The send flags wait with the packet, in the byte that the hops will need. */
static void enqueue(struct node *n, struct packet *p, unsigned int flags)
{
	if (n->n_tx >= TX_QUEUE_MAX)
		drop_oldest(n);
	if (!n->n_tx && !n->n_rx)
		n->next_retry_ms = n->now + QUEUE_RETRY_MS;
	p->data[p->head + PACKET_AT_FLAGS] = (uint8_t)flags;
	p->when_ms = n->now;
	tl_list_append(&n->tx_queue, &p->link);
	n->n_tx++;
}

void tl_node_send(struct node *n, struct packet *p, unsigned int flags,
		  int64_t now)
{
	struct address dest = tl_packet_dest(p->data + p->head);

	n->now = now;
	if (tl_address_equal(dest, n->id.addr)) {
		tl_packet_free(p);
		return;
	}
	if (tl_send_try(n, p, flags))
		return;
	enqueue(n, p, flags);
	if (!tl_node_find_peer(n, dest))
		tl_node_whois(n, dest, now);
}

/* Try once more, or wait on; an entry that waited too long goes. */
static void retry_packet(struct node *n, struct packet *p)
{
	uint8_t *at = p->data + p->head;
	unsigned int flags = at[PACKET_AT_FLAGS];
	struct address dest = tl_packet_dest(at);

	if (n->now - p->when_ms >= QUEUE_TIMEOUT_MS) {
		tl_node_drop(n, DROP_QUEUE_TIMEOUT);
		tl_packet_free(p);
		return;
	}
	if (tl_send_try(n, p, flags))
		return;
	tl_list_append(&n->tx_queue, &p->link);
	n->n_tx++;
	if (!tl_node_find_peer(n, dest))
		tl_node_whois(n, dest, n->now);
}

void tl_send_retry_queue(struct node *n)
{
	unsigned int todo = n->n_tx;

	while (todo-- && n->n_tx) {
		struct packet *p =
			tl_list_first(&n->tx_queue, struct packet, link);

		tl_list_remove(&p->link);
		n->n_tx--;
		retry_packet(n, p);
	}
}

void tl_node_reply(struct node *n, const struct rx *rx, struct packet *p,
		   unsigned int flags)
{
	if (p)
		tl_send_on_path(n, rx->peer, rx->path, p, flags);
}
