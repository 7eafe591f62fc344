/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duel.h - two whole nodes, and an enemy who holds the wire between them
 *
 * Both engines are real, with VL2 on top, on a network that anybody may join.
 * What they send stays on the wire until somebody decides what becomes of it;
 * duel_steps.h lets bytes decide. After each datagram that is given to a node
 * the world checks what no enemy may bring about (duel_check()):
 *
 * - a frame is delivered that the other did not send, or a second time;
 * - a path is learned to where no authentic OK came from, or to no place for a
 *   path at all;
 * - a table, a queue or the pool of packets grows over its limit;
 * - a peer appears that nobody vouched for.
 *
 * It knows what is authentic since it has the key of the pair. Header only, as
 * lone.h: fuzzers link no test library.
 */
#ifndef TL_TEST_SIM_DUEL_H
#define TL_TEST_SIM_DUEL_H

#include "base/siphash.h"
#include "test/sim/lone.h"

#define DUEL_NODES 2
#define DUEL_SOCKETS 2
#define DUEL_WIRE 64 /* datagrams on their way, and as many past ones */
#define DUEL_DATAGRAM 3000
#define DUEL_IDS 4096 /* packets of one node that are remembered */
#define DUEL_FRAMES 1024
#define DUEL_OKS 256
#define DUEL_IDLE_MS 40000 /* a root that restarted is found out */
#define DUEL_MAGIC 0x6475656c

/* A place for packets that nobody uses at the moment: all four queues and
 * tables full, and what one pass may hold. */
#define DUEL_POOL                                                              \
	(DUEL_NODES * (TX_QUEUE_MAX + RX_QUEUE_MAX + PENDING_MAX +             \
		       REASSEMBLY_SLOTS) +                                     \
	 512)

static const struct network_id duel_net = { 0xff0b000000000001 };

struct duel_datagram {
	unsigned int from;
	unsigned int to;
	int socket;
	struct endpoint source;
	size_t n;
	uint8_t data[DUEL_DATAGRAM];
};

/* Where an authentic direct OK to a packet of ours came in. */
struct duel_ok {
	int socket;
	struct endpoint from;
};

/**
 * struct duelist - One of the two
 * @pair:	keys that it shares with the other, for the referee
 * @sent_ids:	packets it made since it was started; only those can be answered
 * @oks:	where it may have learned paths to
 * @seen:	IDs of frames it was given, as replay.h describes it
 * @n_made:	frames it sent in all its lives
 * @got:	frames of the other that it was given since it was started
 * @beacon:	what it last said to all on the wire
 */
struct duelist {
	struct duel *duel;
	unsigned int index;
	struct identity id;
	struct armor *pair;
	struct node *node;
	struct vl2 *vl2;
	uint64_t sent_ids[DUEL_IDS];
	size_t n_sent_ids;
	struct duel_ok oks[DUEL_OKS];
	size_t n_oks;
	uint64_t seen[REPLAY_IDS];
	bool is_protected; /* the packet being handed up is in suite 3 */
	uint32_t n_made;
	uint8_t got[DUEL_FRAMES];
	unsigned int n_got;
	uint8_t beacon[BEACON_MAX_LEN];
	size_t beacon_len;
};

/**
 * struct duel - The world
 * @is_rooted:	the first is root of the second; else the root is nobody
 * @wire:	datagrams on their way, oldest first, and then free ones
 * @past:	a ring of those that were delivered or lost
 */
struct duel {
	struct packet_pool pool;
	int64_t now;
	uint64_t random;
	bool is_rooted;
	struct duelist side[DUEL_NODES];
	struct duel_datagram *store;
	struct duel_datagram *wire[DUEL_WIRE];
	size_t n_wire;
	struct duel_datagram *past[DUEL_WIRE];
	size_t n_past;
	uint8_t planet[WORLD_WIRE_MAX];
	size_t planet_len;
};

static inline struct endpoint duel_at(unsigned int index, int socket)
{
	return lone_endpoint((uint8_t)(index + 1), (uint16_t)(9993 + socket));
}

static inline struct duelist *duel_other(struct duelist *d)
{
	return &d->duel->side[!d->index];
}

static inline uint64_t duel_draw(struct duel *w)
{
	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return w->random ^ w->random >> 29;
}

/* Off the wire and into the past, whose oldest makes way. */
static inline struct duel_datagram duel_take(struct duel *w, size_t i)
{
	struct duel_datagram **past = &w->past[w->n_past++ % DUEL_WIRE];
	struct duel_datagram *d = w->wire[i];

	w->n_wire--;
	memmove(&w->wire[i], &w->wire[i + 1],
		(w->n_wire - i) * sizeof(w->wire[0]));
	w->wire[w->n_wire] = *past;
	*past = d;
	return *d;
}

static inline void duel_put(struct duelist *from, int socket,
			    const struct endpoint *to, struct bytes head,
			    struct bytes rest)
{
	struct duel *w = from->duel;
	int socket_of_other = to->port - 9993;
	struct duel_datagram *d;
	struct endpoint at;

	if (socket_of_other < 0 || socket_of_other >= DUEL_SOCKETS)
		return; /* to nobody */
	at = duel_at(!from->index, socket_of_other);
	if (!tl_endpoint_equal(&at, to))
		return;
	if (w->n_wire == DUEL_WIRE)
		(void)duel_take(w, 0);
	d = w->wire[w->n_wire];
	d->from = from->index;
	d->to = !from->index;
	d->socket = socket_of_other;
	d->source = duel_at(from->index, socket);
	d->n = head.n + rest.n;
	CHECK(d->n <= sizeof(d->data));
	memcpy(d->data, head.at, head.n);
	if (rest.n)
		memcpy(d->data + head.n, rest.at, rest.n);
	w->n_wire++;
}

static inline void duel_transmit(struct duelist *from, int socket,
				 const struct endpoint *to, struct bytes head,
				 struct bytes rest)
{
	int i;

	for (i = 0; i < DUEL_SOCKETS; i++) {
		if (socket == PATH_SOCKET_ANY || socket == i)
			duel_put(from, i, to, head, rest);
	}
}

static inline void duel_on_send(void *ctx, int socket,
				const struct endpoint *to, struct packet *p,
				const struct cuts *cuts)
{
	struct bytes rest = tl_packet_bytes(p);
	uint8_t header[FRAGMENT_HEADER_LEN];
	struct duelist *d = ctx;
	unsigned int i;

	d->sent_ids[d->n_sent_ids++ % DUEL_IDS] = tl_packet_id(rest.at);
	duel_transmit(d, socket, to, tl_bytes_first(rest, cuts->head_len),
		      tl_bytes(NULL, 0));
	rest = tl_bytes_skip(rest, cuts->head_len);
	for (i = 1; i < cuts->n; i++) {
		tl_fragment_header(header, p->data + p->head, i, cuts->n);
		duel_transmit(d, socket, to, TL_BYTES_OF(header),
			      tl_bytes_first(rest, cuts->part_len));
		rest = tl_bytes_skip(rest, cuts->part_len);
	}
	tl_packet_free(p);
}

static inline void duel_on_raw(void *ctx, int socket, const struct endpoint *to,
			       struct bytes datagram, int ttl)
{
	(void)ttl;
	duel_transmit(ctx, socket, to, datagram, tl_bytes(NULL, 0));
}

static inline void duel_on_random(void *ctx, void *out, size_t n)
{
	struct duelist *d = ctx;
	uint8_t *o = out;
	size_t i;

	for (i = 0; i < n; i++)
		o[i] = (uint8_t)(duel_draw(d->duel) >> 32);
}

/* An enemy has no valid identity but those of others. */
static inline int duel_on_validate(void *ctx, const struct identity *id)
{
	struct duelist *d = ctx;
	bool is_valid = tl_identity_equal(id, &d->id) ||
			tl_identity_equal(id, &duel_other(d)->id);

	tl_node_on_validated(d->node, id, is_valid, d->duel->now);
	return 0;
}

static inline size_t duel_on_endpoints(void *ctx, struct endpoint *out,
				       size_t max)
{
	const struct duelist *d = ctx;
	size_t i;

	for (i = 0; i < DUEL_SOCKETS && i < max; i++)
		out[i] = duel_at(d->index, (int)i);
	return i;
}

static inline void duel_on_beacon(void *ctx, struct beacon *b)
{
	struct duelist *d = ctx;
	struct writer w = tl_writer(TL_BUFFER_OF(d->beacon));

	b->port = 9993;
	tl_write_beacon(&w, b);
	d->beacon_len = tl_writer_bytes(&w).n;
}

static inline bool duel_is_frame(unsigned int verb)
{
	return verb == VERB_FRAME || verb == VERB_EXT_FRAME ||
	       verb == VERB_MULTICAST_FRAME;
}

static inline enum rx_outcome duel_on_upper(void *ctx, struct rx *rx)
{
	struct duelist *d = ctx;
	uint64_t *seen = &d->seen[rx->id % REPLAY_IDS];

	CHECK(tl_address_equal(rx->peer->id.addr, duel_other(d)->id.addr));
	d->is_protected = tl_packet_suite(rx->packet.at) == SUITE_BEST;
	if (duel_is_frame(rx->verb) && d->is_protected && !rx->is_retry) {
		CHECK(*seen != rx->id);
		*seen = rx->id;
	}
	return tl_vl2_upper.receive(d->vl2, rx);
}

static inline size_t duel_on_contacts(void *ctx, struct address *out,
				      size_t max)
{
	struct duelist *d = ctx;

	return tl_vl2_upper.contacts(d->vl2, out, max);
}

static inline void duel_on_greeted(void *ctx, struct peer *peer, int64_t now)
{
	struct duelist *d = ctx;

	tl_vl2_upper.greeted(d->vl2, peer, now);
}

static inline uint64_t duel_mac(struct bytes b)
{
	static const uint8_t key[16] = "the referee's ow";

	return tl_siphash_24(key, b);
}

/* What a frame says: who sent it, its number, and that this is true. */
static inline void duel_on_frame(void *ctx, struct network *net,
				 struct mac source, struct mac dest,
				 uint16_t ethertype, struct buffer payload)
{
	struct bytes body =
		tl_bytes_first(tl_buffer_bytes(payload), payload.n - 8);
	struct duelist *d = ctx;
	uint32_t number;

	(void)dest;
	CHECK(tl_network_id(net).v == duel_net.v && ethertype == 0x0800);
	CHECK(tl_mac_equal(source,
			   tl_mac_of_member(duel_net, duel_other(d)->id.addr)));
	CHECK(payload.n >= 24 && tl_load_be32(payload.at) == DUEL_MAGIC);
	CHECK(tl_load_be64(payload.at + body.n) == duel_mac(body));
	CHECK_EQ(tl_load_be32(payload.at + 4), !d->index);
	number = tl_load_be32(payload.at + 8);
	CHECK(number < duel_other(d)->n_made);
	d->n_got++;
	if (number >= DUEL_FRAMES)
		return;
	/* Each goes out in one packet to us; its ID was checked above. */
	CHECK(!d->is_protected || d->got[number] < UINT8_MAX);
	d->got[number]++;
}

static inline size_t duel_on_hints(void *ctx, uint64_t instance, uint64_t *out,
				   size_t max)
{
	struct duelist *d = ctx;

	return tl_vl2_upper.hints(d->vl2, instance, out, max);
}

static inline bool duel_on_kin(void *ctx, const struct beacon *b, int64_t now)
{
	struct duelist *d = ctx;

	return tl_vl2_upper.is_kin(d->vl2, b, now);
}

static inline void duel_on_met(void *ctx, struct peer *peer, int64_t now)
{
	struct duelist *d = ctx;

	tl_vl2_upper.met(d->vl2, peer, now);
}

static const struct node_host duel_host = {
	.send = duel_on_send,
	.send_raw = duel_on_raw,
	.random = duel_on_random,
	.validate = duel_on_validate,
	.local_endpoints = duel_on_endpoints,
	.beacon = duel_on_beacon,
};

static const struct node_upper duel_upper = {
	.receive = duel_on_upper,
	.contacts = duel_on_contacts,
	.greeted = duel_on_greeted,
	.hints = duel_on_hints,
	.is_kin = duel_on_kin,
	.met = duel_on_met,
};

static inline void duel_on_changed(void *ctx, struct network *net)
{
	(void)ctx;
	(void)net;
}

static const struct vl2_host duel_vl2_host = {
	.frame = duel_on_frame,
	.changed = duel_on_changed,
};

/* Let it know where the other is, as after a restart with peers.d. */
static inline void duel_introduce(struct duelist *d)
{
	struct peer_cache c = { .identity = duel_other(d)->id };
	int i;

	c.identity.has_priv = false;
	for (i = 0; i < DUEL_SOCKETS; i++) {
		struct endpoint at = duel_at(!d->index, i);

		tl_peer_cache_add(&c, &at);
	}
	CHECK_EQ(tl_node_add_cached_peer(d->node, &c, d->duel->now), 0);
}

/* A duelist begins a life, knowing nothing but its identity. */
static inline void duel_birth(struct duelist *d)
{
	static const struct group all = { .mac = { { 0xff, 0xff, 0xff, 0xff,
						     0xff, 0xff } } };
	struct duel *w = d->duel;
	struct node_config c = {
		.identity = &d->id,
		.planet = tl_bytes(w->planet, w->planet_len),
		.pool = &w->pool,
		.host = &duel_host,
		.host_ctx = d,
		.upper = &duel_upper,
		.upper_ctx = d,
	};

	d->n_sent_ids = 0;
	d->n_oks = 0;
	memset(d->seen, 0, sizeof(d->seen));
	memset(d->got, 0, sizeof(d->got));
	CHECK_EQ(tl_vl2_new(&d->vl2, &duel_vl2_host, d), 0);
	CHECK_EQ(tl_node_new(&d->node, &c, w->now), 0);
	tl_vl2_attach(d->vl2, d->node, w->now);
	CHECK_EQ(tl_vl2_join(d->vl2, duel_net, tl_bytes(NULL, 0), w->now), 0);
	tl_network_set_groups(tl_vl2_find(d->vl2, duel_net), &all, 1, w->now);
	if (!w->is_rooted)
		duel_introduce(d);
}

static inline void duel_death(struct duelist *d)
{
	tl_vl2_free(d->vl2);
	tl_node_free(d->node);
}

static inline void duel_start(struct duel *w, bool is_rooted)
{
	static const enum lone_identity who[] = { LONE_OWN, LONE_A };
	struct identity nobody;
	struct pair_key key;
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->now = LONE_START_MS;
	w->random = 1;
	w->is_rooted = is_rooted;
	w->store = calloc(2 * (size_t)DUEL_WIRE, sizeof(*w->store));
	CHECK(w->store);
	for (i = 0; i < DUEL_WIRE; i++) {
		w->wire[i] = &w->store[i];
		w->past[i] = &w->store[DUEL_WIRE + i];
	}
	tl_packet_pool_init(&w->pool, 64, DUEL_POOL);
	for (i = 0; i < DUEL_NODES; i++) {
		w->side[i].duel = w;
		w->side[i].index = i;
		lone_parse(&w->side[i].id, lone_identities[who[i]]);
	}
	/* The root is at 10.0.0.1, as the first of the two is. */
	lone_parse(&nobody, lone_identities[LONE_ROOT]);
	w->planet_len = lone_planet(TL_BUFFER_OF(w->planet),
				    is_rooted ? &w->side[0].id : &nobody, 1);
	for (i = 0; i < DUEL_NODES; i++) {
		CHECK_EQ(tl_identity_agree(&key, &w->side[i].id,
					   &w->side[!i].id),
			 0);
		CHECK_EQ(tl_armor_new(&w->side[i].pair, &key), 0);
		duel_birth(&w->side[i]);
	}
}

static inline void duel_end(struct duel *w)
{
	unsigned int i;

	for (i = 0; i < DUEL_NODES; i++) {
		duel_death(&w->side[i]);
		tl_armor_free(w->side[i].pair);
	}
	tl_packet_pool_fini(&w->pool); /* all packets are back */
	free(w->store);
}

static inline bool duel_has_sent(const struct duelist *d, uint64_t id)
{
	size_t i;

	for (i = 0; i < TL_MIN(d->n_sent_ids, (size_t)DUEL_IDS); i++) {
		if (d->sent_ids[i] == id)
			return true;
	}
	return false;
}

/* Did an OK come in there? */
static inline bool duel_has_ok(const struct duelist *d, int socket,
			       const struct endpoint *from)
{
	size_t i;

	for (i = 0; i < d->n_oks; i++) {
		if (d->oks[i].socket == socket &&
		    tl_endpoint_equal(&d->oks[i].from, from))
			return true;
	}
	return false;
}

/* If it is an OK that teaches a path, then that path is legitimate. */
static inline void duel_note_ok(struct duelist *d, int socket,
				const struct endpoint *from, struct bytes in)
{
	uint8_t copy[PACKET_MAX_LEN];

	if (in.n < PACKET_AT_PAYLOAD + 9 || in.n > sizeof(copy) ||
	    tl_is_fragment(in) || tl_packet_hops(in.at) ||
	    !tl_address_equal(tl_packet_source(in.at), duel_other(d)->id.addr))
		return;
	memcpy(copy, in.at, in.n);
	if (tl_armor_open(d->pair, tl_buffer(copy, in.n)) ||
	    tl_packet_verb(copy) != VERB_OK ||
	    !duel_has_sent(d, tl_load_be64(copy + PACKET_AT_PAYLOAD + 1)))
		return;
	if (duel_has_ok(d, socket, from))
		return;
	CHECK(d->n_oks < DUEL_OKS);
	d->oks[d->n_oks].socket = socket;
	d->oks[d->n_oks++].from = *from;
}

static inline void duel_check(struct duelist *d)
{
	const struct node *n = d->node;
	struct map_walk walk = { 0 };
	struct peer *peer;
	unsigned int i;

	CHECK(n->peers.count <= 2 && n->n_tx <= TX_QUEUE_MAX);
	CHECK(n->n_rx <= RX_QUEUE_MAX && n->paths.count <= d->n_oks);
	CHECK(d->duel->pool.n_used < DUEL_POOL);
	CHECK(d->vl2->groups.count <= 2);
	while ((peer = tl_node_each_peer(n, &walk))) {
		CHECK(peer->n_slots <= PEER_MAX_SLOTS);
		for (i = 0; i < peer->n_slots; i++) {
			const struct path *path = peer->slots[i].path;

			CHECK(duel_has_ok(d, path->socket, &path->remote));
			CHECK(tl_node_may_use(n, peer->id.addr, &path->remote));
		}
	}
}

/* Give the node a datagram, whatever it is. */
static inline void duel_give(struct duelist *d, int socket,
			     const struct endpoint *from, struct bytes in)
{
	uint8_t copy[PACKET_MAX_LEN];

	if (!in.n || in.n > sizeof(copy))
		return;
	memcpy(copy, in.at, in.n);
	duel_note_ok(d, socket, from, in);
	tl_node_on_batch(d->node, socket, from, tl_buffer(copy, in.n), in.n,
			 d->duel->now);
	tl_node_end_pass(d->node);
	duel_check(d);
}

/* The other's beacon, or something like it. */
static inline void duel_give_beacon(struct duelist *d, int socket,
				    const struct endpoint *from, size_t bad_bit)
{
	struct duelist *other = duel_other(d);
	uint8_t copy[BEACON_MAX_LEN];

	memcpy(copy, other->beacon, other->beacon_len);
	if (bad_bit < other->beacon_len * 8)
		copy[bad_bit / 8] ^= (uint8_t)(1u << bad_bit % 8);
	tl_node_on_beacon(d->node, socket, from,
			  tl_bytes(copy, other->beacon_len), d->duel->now);
	duel_check(d);
}

/* As it was sent. */
static inline void duel_deliver(struct duel *w, const struct duel_datagram *d)
{
	duel_give(&w->side[d->to], d->socket, &d->source,
		  tl_bytes(d->data, d->n));
}

/* Send a frame to the other, or to the group. */
static inline void duel_frame(struct duelist *d, size_t n, bool is_group)
{
	static const struct mac all = { { 255, 255, 255, 255, 255, 255 } };
	struct network *net = tl_vl2_find(d->vl2, duel_net);
	struct packet *p = tl_packet_new(&d->duel->pool);
	uint8_t text[2800] = { 0 };

	CHECK(p);
	n = TL_MIN(TL_MAX(n, (size_t)24), sizeof(text));
	tl_store_be32(text, DUEL_MAGIC);
	tl_store_be32(text + 4, d->index);
	tl_store_be32(text + 8, d->n_made++);
	tl_store_be64(text + n - 8, duel_mac(tl_bytes(text, n - 8)));
	CHECK(tl_packet_append(p, tl_bytes(text, n)));
	tl_network_output(net, tl_network_mac(net),
			  is_group ? all
				   : tl_mac_of_member(duel_net,
						      duel_other(d)->id.addr),
			  0x0800, p, d->duel->now);
	duel_check(d);
}

/* Let @ms pass, while the wire stands still. */
static inline void duel_wait(struct duel *w, int64_t ms)
{
	int64_t end = w->now + ms;

	for (;;) {
		int64_t next = end;
		unsigned int i;

		for (i = 0; i < DUEL_NODES; i++) {
			struct duelist *d = &w->side[i];
			int64_t a = tl_node_run(d->node, w->now);
			int64_t b = tl_vl2_run(d->vl2, w->now);

			tl_node_end_pass(d->node);
			CHECK(TL_MIN(a, b) > w->now);
			next = TL_MIN(next, TL_MIN(a, b));
			duel_check(d);
		}
		if (next >= end)
			break;
		w->now = next;
	}
	w->now = end;
}

/* The enemy has gone, and everything arrives. */
static inline void duel_peace(struct duel *w, int64_t ms)
{
	int64_t end = w->now + ms;

	while (w->now < end) {
		while (w->n_wire) {
			struct duel_datagram d = duel_take(w, 0);

			duel_deliver(w, &d);
		}
		duel_wait(w, 50);
	}
}

#endif /* TL_TEST_SIM_DUEL_H */
