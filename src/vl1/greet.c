/* SPDX-License-Identifier: Apache-2.0 */
/*
 * greet.c - HELLO: who is there, and is the path good (vl1.md 4.2)
 *
 * A stranger's HELLO costs a key agreement and, if its MAC is right, a 25 ms
 * validation of the identity. Both are gated: a token bucket for each source
 * prefix, and one for all strangers together, since anyone can make well-formed
 * HELLOs from many prefixes. Validation runs elsewhere; the packet waits. A
 * root has a larger budget, since meeting strangers is what it is there for.
 */
#include "vl1/node_impl.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "wire/extended_armor.h"

/* Per source prefix: one every two seconds, as vl1.md 4.2.2, with a burst,
 * since a household or a test starts many nodes behind one address at once. */
#define STRANGER_PERIOD_MS 2000
#define STRANGER_BURST 16

/* All strangers: 25 ms every 500 ms is 5 % of a core. Strangers are a root's
 * business: with that, 5,000 nodes would wait 40 minutes for one that was
 * started anew. It may spend half a core. */
#define VALIDATION_PERIOD_MS 500
#define VALIDATION_PERIOD_ROOT_MS 50
#define VALIDATION_BURST 64

/* And 0.1 ms for a key agreement every 2 ms, here and now. */
#define AGREEMENT_PERIOD_MS 2
#define AGREEMENT_BURST 256

/* Extended armor is taken off before anything is known of the sender, for known
 * peers too: a key agreement, 0.1 ms. Per source prefix, and for all together:
 * 2 % of a core. */
#define UNWRAP_PERIOD_MS 250
#define UNWRAP_BURST 32
#define UNWRAP_ALL_PERIOD_MS 5
#define UNWRAP_ALL_BURST 256

#define RELAYED_HELLO_MS 20000
#define GREETED_MS 2000

static void fill_hello(const struct node *n, struct hello *h,
		       const struct endpoint *to)
{
	memset(h, 0, sizeof(*h));
	h->version = (struct node_version){ PROTOCOL_VERSION, TL_VERSION_MAJOR,
					    TL_VERSION_MINOR,
					    TL_VERSION_PATCH };
	h->timestamp = (uint64_t)n->now;
	h->identity = n->id;
	if (to)
		h->sent_to = *to;
	tl_worlds_note(n, h);
}

/* A sealed HELLO to @peer; @to is what its address field says. */
static struct packet *make_hello(struct node *n, struct peer *peer,
				 const struct endpoint *to)
{
	struct packet *p = tl_node_packet(n, peer->id.addr, VERB_HELLO);
	struct hello hello;
	struct writer w;
	size_t mask_at;

	if (!p)
		return NULL;
	fill_hello(n, &hello, to);
	w = tl_writer(tl_packet_room(p));
	w.n = PACKET_HEADER_LEN;
	tl_hello_build(&w, &hello, &mask_at);
	tl_assert(tl_writer_ok(&w));
	p->n = (uint32_t)w.n;
	tl_count_sent(n, peer, tl_packet_bytes(p));
	tl_armor_mask_field(peer->armor, tl_packet_buffer(p), mask_at);
	if (tl_armor_seal(peer->armor, SUITE_POLY1305, tl_packet_buffer(p))) {
		tl_packet_free(p);
		return NULL;
	}
	tl_expect_reply(&n->expect, tl_packet_id(p->data + p->head),
			peer->id.addr, to, n->now);
	return p;
}

static void send_whole(struct node *n, int socket, const struct endpoint *to,
		       struct packet *p)
{
	struct cuts cuts = { .n = 1, .head_len = p->n };

	n->host->send(n->host_ctx, socket, to, p, &cuts);
}

void tl_greet(struct node *n, struct peer *peer, int socket,
	      const struct endpoint *to)
{
	struct packet *p = make_hello(n, peer, to);

	tl_tunnel_asked(n, peer, socket);
	if (p)
		send_whole(n, socket, to, p);
}

/* So that a relayed peer learns our version, and we its, before any direct path
 * is there: suite 3 from then on (the reference stays on suite 1). */
void tl_greet_relayed(struct node *n, struct peer *peer)
{
	struct peer *root = tl_node_best_upstream(n, n->now);
	struct path *path;
	struct packet *p;

	if (peer->last_relayed_hello_ms &&
	    n->now - peer->last_relayed_hello_ms < RELAYED_HELLO_MS)
		return;
	if (peer->is_upstream || !root)
		return;
	path = tl_peer_best_path(root, PATHS_USABLE, n->now);
	if (!path)
		return;
	peer->last_relayed_hello_ms = n->now;
	p = make_hello(n, peer, NULL);
	if (p)
		send_whole(n, path->socket, &path->remote, p);
}

static bool can_echo(const struct peer *peer)
{
	const struct node_version *v = &peer->version;

	return v->protocol >= 5 &&
	       !(v->major == 1 && v->minor == 1 && v->revision == 0);
}

static void send_echo(struct node *n, struct peer *peer, int socket,
		      const struct endpoint *to)
{
	struct packet *p = tl_node_packet(n, peer->id.addr, VERB_ECHO);

	tl_tunnel_asked(n, peer, socket);
	if (!p)
		return;
	tl_count_sent(n, peer, tl_packet_bytes(p));
	if (tl_armor_seal(peer->armor, tl_peer_suite(peer),
			  tl_packet_buffer(p))) {
		tl_packet_free(p);
		return;
	}
	tl_expect_reply(&n->expect, tl_packet_id(p->data + p->head),
			peer->id.addr, to, n->now);
	send_whole(n, socket, to, p);
}

void tl_greet_contact(struct node *n, struct peer *peer, int socket,
		      const struct endpoint *to, bool is_full)
{
	if (!is_full && can_echo(peer))
		send_echo(n, peer, socket, to);
	else
		tl_greet(n, peer, socket, to);
}

static void answer_hello(struct node *n, const struct rx *rx,
			 const struct hello *hello)
{
	uint8_t worlds[WORLD_WIRE_MAX];
	struct ok_hello ok = {
		.timestamp = hello->timestamp,
		.version = { PROTOCOL_VERSION, TL_VERSION_MAJOR,
			     TL_VERSION_MINOR, TL_VERSION_PATCH },
		.seen_at = rx->path->remote,
	};
	struct packet *p = tl_node_ok(n, rx);
	struct writer w;

	if (!p)
		return;
	if (hello->version.protocol < 5)
		ok.seen_at.port = 0;
	ok.worlds = tl_bytes(worlds,
			     tl_worlds_newer(n, hello, TL_BUFFER_OF(worlds)));
	w = tl_writer(tl_packet_room(p));
	w.n = p->n;
	tl_ok_hello_build(&w, &ok);
	if (!tl_writer_ok(&w)) {
		tl_packet_free(p);
		return;
	}
	p->n = (uint32_t)w.n;
	tl_node_reply(n, rx, p, SEND_PLAIN);
}

static void tell_upper(struct node *n, struct peer *peer)
{
	if (!n->upper || !n->upper->greeted ||
	    n->now - peer->greeted_ms < GREETED_MS)
		return;
	peer->greeted_ms = n->now;
	n->upper->greeted(n->upper_ctx, peer, n->now);
}

/* The MAC was right and the identity is known to be good. */
static void accept_hello(struct node *n, struct peer *peer, struct path *from,
			 struct buffer packet, struct hello *hello,
			 size_t tail_at)
{
	struct rx rx = {
		.peer = peer,
		.path = from,
		.packet = packet,
		.id = tl_packet_id(packet.at),
		.verb = VERB_HELLO,
		.hops = tl_packet_hops(packet.at),
		.now = n->now,
	};

	if (tail_at < packet.n) {
		tl_armor_mask_field(peer->armor, packet, tail_at);
		if (!tl_hello_parse_moons(hello,
					  tl_bytes_skip(tl_buffer_bytes(packet),
							tail_at))) {
			tl_node_drop(n, DROP_MALFORMED);
			return;
		}
	}
	tl_path_heard(from, n->now);
	tl_count_received(n, peer, tl_buffer_bytes(packet));
	if (tl_tunnel_is_past(n, &rx))
		return;
	if (rx.hops == 0 && !tl_endpoint_is_nil(&hello->sent_to))
		tl_surface_report(n, &rx, &hello->sent_to, peer->is_upstream);
	/* The version first: our answer can then be suite 3 at once. */
	peer->version = hello->version;
	answer_hello(n, &rx, hello);
	tl_receive_heard(n, &rx, false);
	tell_upper(n, peer);
}

/* 14 bits of the source prefix, as vl1.md 4.2.2. */
static unsigned int stranger_key(const struct endpoint *from)
{
	const uint8_t *ip = from->ip;
	uint32_t h;

	if (from->family == 4)
		h = (uint32_t)ip[0] << 16 | (uint32_t)ip[1] << 8 | ip[2];
	else
		h = tl_load_be32(ip) ^ (uint32_t)tl_load_be16(ip + 4) << 5;
	return (h ^ h >> 14) % STRANGER_KEYS;
}

static bool stranger_may_pass(struct node *n, const struct path *from)
{
	struct bucket *b = &n->strangers[stranger_key(&from->remote)];

	if (tl_bucket_take(b, STRANGER_PERIOD_MS, STRANGER_BURST, n->now) &&
	    tl_bucket_take(&n->agreements, AGREEMENT_PERIOD_MS, AGREEMENT_BURST,
			   n->now))
		return true;
	tl_node_drop(n, DROP_STRANGER_GATE);
	return false;
}

bool tl_greet_unwrap(struct node *n, const struct path *from,
		     struct buffer *packet)
{
	struct bucket *b = &n->unwraps[stranger_key(&from->remote)];

	if (!tl_bucket_take(b, UNWRAP_PERIOD_MS, UNWRAP_BURST, n->now) ||
	    !tl_bucket_take(&n->unwraps_all, UNWRAP_ALL_PERIOD_MS,
			    UNWRAP_ALL_BURST, n->now)) {
		tl_node_drop(n, DROP_STRANGER_GATE);
		return false;
	}
	if (tl_extended_armor_open(&n->id, packet) ||
	    tl_packet_verb(packet->at) != VERB_HELLO) {
		tl_node_drop(n, DROP_BAD_MAC);
		return false;
	}
	return true;
}

/* A temporary peer for a key we may not want to keep; NULL if the MAC of
 * @packet is wrong. */
static struct peer *try_key(struct node *n, const struct identity *id,
			    struct buffer packet)
{
	struct peer *peer;
	enum drop why;

	if (tl_peer_new(&peer, &n->id, id, n->now)) {
		tl_node_drop(n, DROP_BAD_IDENTITY);
		return NULL;
	}
	why = tl_armor_open(peer->armor, packet);
	if (!why)
		return peer;
	tl_node_drop(n, why);
	tl_peer_free(peer);
	return NULL;
}

/* Known address, other keys: tell the newcomer if it really has them. */
static void on_collision(struct node *n, struct path *from,
			 struct buffer packet, const struct hello *hello)
{
	struct rx rx = { .path = from,
			 .packet = packet,
			 .id = tl_packet_id(packet.at),
			 .verb = VERB_HELLO,
			 .now = n->now };
	struct packet *p;

	tl_node_drop(n, DROP_COLLISION);
	if (!stranger_may_pass(n, from))
		return;
	rx.peer = try_key(n, &hello->identity, packet);
	if (!rx.peer)
		return;
	p = tl_node_error(n, &rx, ERROR_IDENTITY_COLLISION);
	tl_node_reply(n, &rx, p, SEND_PLAIN);
	tl_peer_free(rx.peer);
}

/* Copies of a HELLO, one from each socket of the sender, are checked once. */
static struct pending *free_pending(struct node *n, const struct identity *id)
{
	struct pending *found = NULL;
	unsigned int i;

	for (i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &n->pending[i];

		if (p->packet && tl_address_equal(p->id.addr, id->addr)) {
			tl_node_drop(n, DROP_DUPLICATE);
			return NULL;
		}
		if (!p->packet)
			found = p;
	}
	if (!found)
		tl_node_drop(n, DROP_QUEUE_FULL);
	return found;
}

/* Keep a copy and have the identity checked. */
static void begin_validation(struct node *n, struct path *from,
			     struct bytes packet, const struct identity *id)
{
	struct pending *slot = free_pending(n, id);

	if (!slot)
		return;
	if (!tl_bucket_take(&n->validation,
			    n->is_root ? VALIDATION_PERIOD_ROOT_MS
				       : VALIDATION_PERIOD_MS,
			    VALIDATION_BURST, n->now)) {
		tl_node_drop(n, DROP_STRANGER_GATE);
		return;
	}
	slot->packet = tl_packet_new(n->pool);
	if (!slot->packet)
		return;
	if (!tl_packet_append(slot->packet, packet)) {
		tl_packet_free(slot->packet);
		slot->packet = NULL;
		return;
	}
	slot->id = *id;
	slot->from = *from;
	slot->from.interned = false;
	slot->from.refs = 0;
	slot->when_ms = n->now;
	if (!n->host->validate) {
		tl_node_on_validated(n, id, tl_identity_validate(id) == 0,
				     n->now);
	} else if (n->host->validate(n->host_ctx, id)) {
		tl_node_drop(n, DROP_QUEUE_FULL);
		tl_packet_free(slot->packet);
		slot->packet = NULL;
	}
}

static void on_stranger(struct node *n, struct path *from, struct buffer packet,
			const struct hello *hello, bool is_validated)
{
	struct bytes sealed = tl_buffer_bytes(packet);
	struct peer *peer;

	if (!is_validated && !stranger_may_pass(n, from))
		return;
	/* Suite 0 leaves the packet as it is, so it can be opened again. */
	peer = try_key(n, &hello->identity, packet);
	if (!peer)
		return;
	tl_peer_free(peer);
	if (!is_validated) {
		begin_validation(n, from, sealed, &hello->identity);
		return;
	}
	if (tl_node_add_peer(n, &peer, &hello->identity, n->now)) {
		tl_node_drop(n, DROP_PEER_TABLE_FULL);
		return;
	}
	tl_greet_on_hello(n, from, packet, false, true);
	tl_receive_peer_known(n, hello->identity.addr);
}

void tl_greet_on_hello(struct node *n, struct path *from, struct buffer packet,
		       bool is_authentic, bool is_validated)
{
	struct reader r = tl_reader(
		tl_bytes_skip(tl_buffer_bytes(packet), PACKET_AT_PAYLOAD));
	struct hello hello;
	struct peer *peer;
	enum drop why;

	if (!tl_hello_parse(&r, &hello) ||
	    !tl_address_equal(hello.identity.addr,
			      tl_packet_source(packet.at))) {
		tl_node_drop(n, DROP_MALFORMED);
		return;
	}
	if (hello.version.protocol < PROTOCOL_VERSION_MIN) {
		tl_node_drop(n, DROP_OLD_VERSION);
		return;
	}
	peer = tl_node_find_peer(n, hello.identity.addr);
	if (!peer) {
		if (!is_authentic)
			on_stranger(n, from, packet, &hello, is_validated);
		return;
	}
	if (!tl_identity_equal(&peer->id, &hello.identity)) {
		if (!is_authentic)
			on_collision(n, from, packet, &hello);
		return;
	}
	why = is_authentic ? DROP_NONE : tl_armor_open(peer->armor, packet);
	if (why) {
		tl_node_drop(n, why);
		return;
	}
	accept_hello(n, peer, from, packet, &hello, packet.n - r.rest.n);
}

void tl_node_on_validated(struct node *n, const struct identity *id,
			  bool is_valid, int64_t now)
{
	unsigned int i;

	n->now = now;
	tl_discover_on_validated(n, id, is_valid);
	for (i = 0; i < PENDING_MAX; i++) {
		struct pending *slot = &n->pending[i];
		struct packet *p = slot->packet;
		struct path *from;

		if (!p || !tl_identity_equal(&slot->id, id))
			continue;
		slot->packet = NULL;
		from = tl_path_find(&n->paths, slot->from.socket,
				    &slot->from.remote);
		if (is_valid)
			tl_greet_on_hello(n, from ? from : &slot->from,
					  tl_packet_buffer(p), false, true);
		else
			tl_node_drop(n, DROP_BAD_IDENTITY);
		tl_packet_free(p);
		return;
	}
}

void tl_greet_expire(struct node *n)
{
	unsigned int i;

	for (i = 0; i < PENDING_MAX; i++) {
		struct pending *slot = &n->pending[i];

		if (slot->packet && n->now - slot->when_ms > PENDING_MS) {
			tl_packet_free(slot->packet);
			slot->packet = NULL;
		}
	}
}

enum rx_outcome tl_greet_on_ok(struct node *n, struct rx *rx, struct reader *r)
{
	struct ok_hello ok;

	if (!tl_ok_hello_parse(r, &ok)) {
		tl_node_drop(n, DROP_MALFORMED);
		return RX_IGNORED;
	}
	if (ok.version.protocol < PROTOCOL_VERSION_MIN) {
		tl_node_drop(n, DROP_OLD_VERSION);
		return RX_IGNORED;
	}
	/* The echo of our own time, if the sender is honest. */
	if (rx->hops == 0 && ok.timestamp <= (uint64_t)n->now) {
		tl_path_measured(rx->path, n->now - (int64_t)ok.timestamp);
		tl_count_latency(n, rx->peer, n->now - (int64_t)ok.timestamp);
	}
	rx->peer->version = ok.version;
	rx->peer->hello_attempts = 0;
	if (rx->hops == 0 && !tl_endpoint_is_nil(&ok.seen_at))
		tl_surface_report(n, rx, &ok.seen_at, rx->peer->is_upstream);
	tl_worlds_offer(n, rx->peer, ok.worlds);
	return RX_DONE;
}
