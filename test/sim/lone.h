/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lone.h - one node without a network, and actors who talk to it
 *
 * The node is real; all that it sends is kept, and an actor is nothing but an
 * identity and the keys it shares with the node, so that tests and fuzzers can
 * send what no proper node would. Header only: each user is a program of its
 * own, and fuzzers link no test library.
 */
#ifndef TL_TEST_SIM_LONE_H
#define TL_TEST_SIM_LONE_H

#include "base/alloc.h"
#include "test/harness.h"
#include "vl1/node_impl.h"
#include "vl2/vl2_impl.h"
#include "wire/trace.h"

#define LONE_START_MS INT64_C(1700000000000)
#ifndef LONE_SENT_MAX
#define LONE_SENT_MAX 1024
#endif
#define LONE_POOL 4096

/* Valid identities; the first is the node's own, the second its root's. */
static const char *const lone_identities[] = {
	"f2a805e3d3:0:a5dc7ebfe594c7f62296d8e16614885e10cdd3d7b4ecd013878"
	"05ad2ccb70c1c22feb95706aa01d13f29e4a79ab1cbbe5e93d2dca6800f7a64f"
	"411185e720119:a1c722966fc55cb1cd9c02d9dae4566b0adee9f9b966ac5672"
	"cea668c13b08e9be0d4f8fe349414c772d32cd2c078407ccc92e2ddc6108b9e8"
	"e8d8e88451770f",
	"6c3b46c237:0:5bd9031b7d913b96d40a448e2c972f0e4459d8f426f091f6f4c"
	"27cdca0b3d00a8649b566a06f9912a8f5a275091a1736f7c36fb599f4f1145cd"
	"d6c346a0cff48:d825583e477628de860f5df03f82b3796d70cb115a5d96c458"
	"3964a7ef1214ad99b233776901f40c892ed0f583a82faaff986136e3a8f9295d"
	"9409cf3113bd20",
	"904bd357ec:0:03fbba587e44236584196a908ac2d52c4d7a8299b3377c37d0b"
	"444f54a56ac7cbc60d87dfab330d15285b9077697db9bf2dcb6500815fcfcd76"
	"b39879b6e7665:0696c422d6ce5ff29ad26e01b196de61070d3c504e7f413f7b"
	"e164bffcb27db9613f8a2386f4a6ee5ecd0d7deea5e910e63b85da13fb3f2f35"
	"4d5903cdb8e3dd",
	"9ad3a1ecaf:0:ed7d03a838fff57a0b51f33ac79ad2304827d3df9f9b4686eec"
	"0d5b3a7ddcc150d0ca11f978ce84e2a0b7660800db3c49fd59151a3d025db1ee"
	"c3c8246cf1ceb:e396590591a1eaee7b535d5ee3df93bcec8f984be3c88ab3e8"
	"9ec17f1f854ec27d25fa152c9b635ad6288c98852c06eb2c5bb342095545f7bb"
	"5b82156c1b6939",
	"3f93593e0f:0:ab465a3f4eb71769833a52b6c51f3681cd876011ac97eefef2a"
	"821a940d7a22e36bde1d0d3486ab6af5bc7961a7d313d887ac399e915dec3378"
	"2e6a237c4e7db:bff53bd72596de699a043793a2e0021b162e5a68dc9a33fb3c"
	"5f1e48db5644ddaa842de6d6b1ef5a05011cd3fd197e96b99d5eaa56988515bd"
	"ef711fd06de951",
	"6e31ff82f2:0:a3ea762836f4bf42c4db650dd3681fe4af63053fa0fca8433c8"
	"e9312c295f647d30b61de1a4e57e04361b40cbd8848ee7b422ea74387c38b23b"
	"4071736a02a76:d82b6c0bfc72a37fa6ad578c1dacafe6bd583cad1427479dbf"
	"4a30dab142d43b123ed751e81f1dba406210819d1f8691f31c24b5dfc9e00b80"
	"c494253a5484dc",
};

enum lone_identity {
	LONE_OWN,
	LONE_ROOT,
	LONE_A,
	LONE_B,
	LONE_C,
	LONE_D,
};

/* A datagram the node sent. */
struct lone_sent {
	int socket;
	int ttl;
	struct endpoint to;
	size_t n;
	uint8_t data[PACKET_MAX_LEN];
};

/**
 * struct lone - A node and what it did
 * @sent:	datagrams since lone_forget(), LONE_SENT_MAX at most
 * @is_valid:	what becomes of identities to be validated
 * @is_late:	validation does not answer at once; see lone_validate()
 * @verb, @got:	the newest packet that reached the upper layer
 * @refused:	a network that the host wants no path to
 * @memorized:	where the host says that anybody may be
 */
struct lone {
	struct identity id;
	struct packet_pool pool;
	struct node *node;
	struct vl2 *vl2;
	int64_t now;
	uint64_t random;
	struct lone_sent *sent;
	size_t n_sent;

	bool is_valid;
	bool is_late;
	struct identity waiting;
	unsigned int n_validations;
	unsigned int n_collisions;
	unsigned int n_worlds;

	unsigned int n_upper;
	unsigned int verb;
	size_t n_got;
	uint8_t got[PACKET_MAX_LEN];
	unsigned int n_frames;
	size_t frame_len;
	unsigned int n_changed;
	unsigned int n_traced;
	struct address traced_by;
	char traced[TRACE_TEXT_MAX];

	struct endpoint refused;
	struct endpoint memorized[4];
	size_t n_memorized;
};

static inline struct endpoint lone_endpoint(uint8_t last, uint16_t port)
{
	const uint8_t ip[4] = { 10, 0, 0, last };

	return tl_endpoint_ip4(ip, port);
}

static inline void lone_parse(struct identity *id, const char *text)
{
	CHECK_EQ(tl_identity_parse(id, tl_bytes_from_str(text)), 0);
}

static inline void lone_record(struct lone *l, int socket,
			       const struct endpoint *to, struct bytes head,
			       struct bytes rest, int ttl)
{
	struct lone_sent *s = &l->sent[l->n_sent];

	if (l->n_sent == LONE_SENT_MAX)
		return;
	l->n_sent++;
	s->socket = socket;
	s->to = *to;
	s->ttl = ttl;
	s->n = head.n + rest.n;
	CHECK(s->n <= sizeof(s->data));
	memcpy(s->data, head.at, head.n);
	if (rest.n)
		memcpy(s->data + head.n, rest.at, rest.n);
}

static inline void lone_on_send(void *ctx, int socket,
				const struct endpoint *to, struct packet *p,
				const struct cuts *cuts)
{
	struct bytes rest = tl_packet_bytes(p);
	uint8_t header[FRAGMENT_HEADER_LEN];
	unsigned int i;

	lone_record(ctx, socket, to, tl_bytes_first(rest, cuts->head_len),
		    tl_bytes(NULL, 0), 0);
	rest = tl_bytes_skip(rest, cuts->head_len);
	for (i = 1; i < cuts->n; i++) {
		tl_fragment_header(header, p->data + p->head, i, cuts->n);
		lone_record(ctx, socket, to, TL_BYTES_OF(header),
			    tl_bytes_first(rest, cuts->part_len), 0);
		rest = tl_bytes_skip(rest, cuts->part_len);
	}
	tl_packet_free(p);
}

static inline void lone_on_raw(void *ctx, int socket, const struct endpoint *to,
			       struct bytes datagram, int ttl)
{
	lone_record(ctx, socket, to, datagram, tl_bytes(NULL, 0), ttl);
}

static inline void lone_on_random(void *ctx, void *out, size_t n)
{
	struct lone *l = ctx;
	uint8_t *o = out;
	size_t i;

	for (i = 0; i < n; i++) {
		l->random =
			l->random * 6364136223846793005u + 1442695040888963407u;
		o[i] = (uint8_t)(l->random >> 56);
	}
}

static inline int lone_on_validate(void *ctx, const struct identity *id)
{
	struct lone *l = ctx;

	l->n_validations++;
	l->waiting = *id;
	if (!l->is_late)
		tl_node_on_validated(l->node, id, l->is_valid, l->now);
	return 0;
}

static inline void lone_on_world(void *ctx, const struct world *world)
{
	struct lone *l = ctx;

	(void)world;
	l->n_worlds++;
}

static inline void lone_on_collision(void *ctx)
{
	struct lone *l = ctx;

	l->n_collisions++;
}

static inline bool lone_may_use(void *ctx, struct address peer TL_UNUSED,
				const struct endpoint *remote)
{
	const struct lone *l = ctx;

	return !tl_endpoint_contains(&l->refused, remote);
}

static inline size_t lone_memorized(void *ctx, struct address peer TL_UNUSED,
				    struct endpoint *out, size_t max)
{
	const struct lone *l = ctx;
	size_t n = TL_MIN(l->n_memorized, max);

	memcpy(out, l->memorized, n * sizeof(*out));
	return n;
}

static inline enum rx_outcome lone_on_upper(void *ctx, struct rx *rx)
{
	struct lone *l = ctx;
	struct bytes payload = tl_rx_payload(rx);

	l->n_upper++;
	l->verb = rx->verb;
	l->n_got = payload.n;
	if (payload.n)
		memcpy(l->got, payload.at, payload.n);
	return tl_vl2_upper.receive(l->vl2, rx);
}

static inline size_t lone_on_contacts(void *ctx, struct address *out,
				      size_t max)
{
	struct lone *l = ctx;

	return tl_vl2_upper.contacts(l->vl2, out, max);
}

static inline void lone_on_frame(void *ctx, struct network *net,
				 struct mac source, struct mac dest,
				 uint16_t ethertype, struct buffer payload)
{
	struct lone *l = ctx;

	(void)net;
	(void)source;
	(void)dest;
	(void)ethertype;
	l->n_frames++;
	l->frame_len = payload.n;
}

static inline void lone_on_changed(void *ctx, struct network *net)
{
	struct lone *l = ctx;

	(void)net;
	l->n_changed++;
}

static const struct node_host lone_host = {
	.send = lone_on_send,
	.send_raw = lone_on_raw,
	.random = lone_on_random,
	.validate = lone_on_validate,
	.world_changed = lone_on_world,
	.collision = lone_on_collision,
	.may_use = lone_may_use,
	.memorized = lone_memorized,
};

static const struct node_upper lone_upper = {
	.receive = lone_on_upper,
	.contacts = lone_on_contacts,
};

static inline void lone_on_traced(void *ctx, struct address from,
				  struct bytes dict)
{
	struct lone *l = ctx;

	l->n_traced++;
	l->traced_by = from;
	tl_trace_print(l->traced, dict);
}

static const struct vl2_host lone_vl2_host = {
	.frame = lone_on_frame,
	.changed = lone_on_changed,
	.traced = lone_on_traced,
};

/* A planet with one root, at 10.0.0.1/9993. */
static inline size_t lone_planet(struct buffer out, const struct identity *root,
				 uint64_t timestamp)
{
	struct world *w = tl_alloc_zeroed(sizeof(*w));
	struct writer writer = tl_writer(out);

	CHECK(w);
	w->type = WORLD_PLANET;
	w->id = 1;
	w->timestamp = timestamp;
	memcpy(w->update_key, root->pub, sizeof(w->update_key));
	w->n_roots = 1;
	w->roots[0].identity = *root;
	w->roots[0].n_endpoints = 1;
	w->roots[0].endpoints[0] = lone_endpoint(1, 9993);
	tl_write_world(&writer, w);
	CHECK(tl_writer_ok(&writer));
	tl_free(w);
	return writer.n;
}

/* A node with this identity and planet; empty: with LONE_ROOT as its root. */
static inline void lone_start(struct lone *l, const struct identity *own,
			      struct bytes planet)
{
	uint8_t room[WORLD_WIRE_MAX];
	struct identity root;
	struct node_config c = {
		.identity = own,
		.planet = planet,
		.pool = &l->pool,
		.host = &lone_host,
		.host_ctx = l,
		.upper = &lone_upper,
		.upper_ctx = l,
	};

	memset(l, 0, sizeof(*l));
	l->id = *own;
	l->now = LONE_START_MS;
	l->random = 1;
	l->is_valid = true;
	l->sent = calloc(LONE_SENT_MAX, sizeof(*l->sent));
	CHECK(l->sent);
	tl_packet_pool_init(&l->pool, 64, LONE_POOL);
	if (!planet.n) {
		lone_parse(&root, lone_identities[LONE_ROOT]);
		c.planet = tl_bytes(room,
				    lone_planet(TL_BUFFER_OF(room), &root, 1));
	}
	CHECK_EQ(tl_vl2_new(&l->vl2, &lone_vl2_host, l), 0);
	CHECK_EQ(tl_node_new(&l->node, &c, l->now), 0);
	tl_vl2_attach(l->vl2, l->node, l->now);
}

static inline void lone_new(struct lone *l)
{
	struct identity own;

	lone_parse(&own, lone_identities[LONE_OWN]);
	lone_start(l, &own, tl_bytes(NULL, 0));
}

static inline void lone_free(struct lone *l)
{
	tl_vl2_free(l->vl2);
	tl_node_free(l->node);
	tl_packet_pool_fini(&l->pool);
	free(l->sent);
}

static inline void lone_forget(struct lone *l)
{
	l->n_sent = 0;
}

/* Let @ms pass; timers fire when they are due. */
static inline void lone_run(struct lone *l, int64_t ms)
{
	int64_t end = l->now + ms;

	for (;;) {
		int64_t a = tl_node_run(l->node, l->now);
		int64_t b = tl_vl2_run(l->vl2, l->now);

		tl_node_end_pass(l->node);
		if (TL_MIN(a, b) >= end)
			break;
		l->now = TL_MIN(a, b);
	}
	l->now = end;
}

/* One datagram, copied. */
static inline void lone_give(struct lone *l, const struct endpoint *from,
			     struct bytes datagram)
{
	uint8_t copy[PACKET_MAX_LEN + 2000];

	CHECK(datagram.n && datagram.n <= sizeof(copy));
	memcpy(copy, datagram.at, datagram.n);
	tl_node_on_batch(l->node, 0, from, tl_buffer(copy, datagram.n),
			 datagram.n, l->now);
	tl_node_end_pass(l->node);
}

static inline uint64_t lone_drops(const struct lone *l, enum drop why)
{
	return tl_node_drops(l->node)->n[why];
}

/**
 * struct actor - Somebody with an identity, at an endpoint
 * @suite:	of what it sends, HELLO excepted
 * @hops:	of what it sends
 * @last_id:	packet ID of what it sent last
 */
struct actor {
	struct identity id;
	struct armor *armor;
	struct endpoint at;
	enum suite suite;
	unsigned int hops;
	uint64_t last_id;
	uint64_t counter;
};

static inline void actor_init_id(struct actor *a, const struct lone *l,
				 const struct identity *id, struct endpoint at)
{
	struct pair_key key;

	*a = (struct actor){ .id = *id, .at = at, .suite = SUITE_BEST };
	a->counter = tl_load_be64(id->pub);
	CHECK_EQ(tl_identity_agree(&key, &a->id, &l->id), 0);
	CHECK_EQ(tl_armor_new(&a->armor, &key), 0);
}

/* At 10.0.0.@which, the root at .1. */
static inline void actor_init(struct actor *a, const struct lone *l,
			      enum lone_identity which)
{
	struct identity id;

	lone_parse(&id, lone_identities[which]);
	actor_init_id(a, l, &id, lone_endpoint((uint8_t)which, 9993));
}

static inline void actor_fini(struct actor *a)
{
	tl_armor_free(a->armor);
}

/* A sealed packet from the actor to the node in @room; its length. */
static inline size_t actor_packet(struct actor *a, const struct lone *l,
				  struct buffer room, enum verb verb,
				  struct bytes payload)
{
	size_t n = PACKET_HEADER_LEN + payload.n;

	CHECK(n <= room.n);
	a->counter = a->counter * 6364136223846793005u + 1;
	tl_packet_init(room.at, a->counter, l->id.addr, a->id.addr, verb);
	if (payload.n)
		memcpy(room.at + PACKET_HEADER_LEN, payload.at, payload.n);
	CHECK_EQ(tl_armor_seal(a->armor, a->suite, tl_buffer(room.at, n)), 0);
	a->last_id = tl_packet_id(room.at);
	room.at[PACKET_AT_FLAGS] |= (uint8_t)a->hops;
	return n;
}

static inline void actor_send(struct actor *a, struct lone *l, enum verb verb,
			      struct bytes payload)
{
	uint8_t room[PACKET_MAX_LEN];
	size_t n = actor_packet(a, l, TL_BUFFER_OF(room), verb, payload);

	lone_give(l, &a->at, tl_bytes(room, n));
}

/* What a HELLO of the actor says by default. */
static inline struct hello actor_hello_fields(const struct actor *a,
					      const struct lone *l)
{
	struct hello h = { .version = { PROTOCOL_VERSION, 1, 14, 1 },
			   .timestamp = (uint64_t)l->now,
			   .identity = a->id,
			   .planet_id = 1,
			   .planet_timestamp = 1 };

	h.identity.has_priv = false;
	return h;
}

static inline size_t actor_hello_packet(struct actor *a, const struct lone *l,
					struct buffer room,
					const struct hello *h)
{
	struct writer w = tl_writer(room);
	struct buffer whole;
	size_t mask_at;

	a->counter = a->counter * 6364136223846793005u + 1;
	tl_packet_init(room.at, a->counter, l->id.addr, a->id.addr, VERB_HELLO);
	w.n = PACKET_HEADER_LEN;
	tl_hello_build(&w, h, &mask_at);
	CHECK(tl_writer_ok(&w));
	whole = tl_buffer(room.at, w.n);
	tl_armor_mask_field(a->armor, whole, mask_at);
	CHECK_EQ(tl_armor_seal(a->armor, SUITE_POLY1305, whole), 0);
	a->last_id = tl_packet_id(room.at);
	room.at[PACKET_AT_FLAGS] |= (uint8_t)a->hops;
	return w.n;
}

static inline void actor_hello_with(struct actor *a, struct lone *l,
				    const struct hello *h)
{
	uint8_t room[PACKET_MAX_LEN];
	size_t n = actor_hello_packet(a, l, TL_BUFFER_OF(room), h);

	lone_give(l, &a->at, tl_bytes(room, n));
}

static inline void actor_hello(struct actor *a, struct lone *l)
{
	struct hello h = actor_hello_fields(a, l);

	actor_hello_with(a, l, &h);
}

/* The node's newest packet to the actor's address, opened into @out (at least
 * PACKET_MAX_LEN): verb @verb, to @to if not NULL. Its length, 0 if none. */
static inline size_t actor_find(struct actor *a, const struct lone *l,
				enum verb verb, const struct endpoint *to,
				uint8_t *out)
{
	size_t i;

	for (i = l->n_sent; i-- > 0;) {
		const struct lone_sent *s = &l->sent[i];

		if (s->n < PACKET_HEADER_LEN ||
		    tl_is_fragment(tl_bytes(s->data, s->n)) ||
		    !tl_address_equal(tl_packet_dest(s->data), a->id.addr) ||
		    (to && !tl_endpoint_equal(to, &s->to)))
			continue;
		memcpy(out, s->data, s->n);
		if (tl_armor_open(a->armor, tl_buffer(out, s->n)))
			continue;
		if (tl_packet_verb(out) == verb)
			return s->n;
	}
	return 0;
}

/* How many packets of @verb the node sent to the actor, wherever. */
static inline unsigned int actor_count(struct actor *a, const struct lone *l,
				       enum verb verb)
{
	uint8_t room[PACKET_MAX_LEN];
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < l->n_sent; i++) {
		const struct lone_sent *s = &l->sent[i];

		if (s->n < PACKET_HEADER_LEN ||
		    tl_is_fragment(tl_bytes(s->data, s->n)) ||
		    !tl_address_equal(tl_packet_dest(s->data), a->id.addr))
			continue;
		memcpy(room, s->data, s->n);
		if (!tl_armor_open(a->armor, tl_buffer(room, s->n)) &&
		    tl_packet_verb(room) == verb)
			count++;
	}
	return count;
}

/* Answer the node's newest HELLO to the actor, from where the actor is. */
static inline bool actor_ok_hello_with(struct actor *a, struct lone *l,
				       struct ok_hello *ok)
{
	uint8_t room[PACKET_MAX_LEN];
	struct hello h;
	struct reader r;
	struct writer w;
	size_t n = actor_find(a, l, VERB_HELLO, NULL, room);

	if (!n)
		return false;
	r = tl_reader(
		tl_bytes(room + PACKET_AT_PAYLOAD, n - PACKET_AT_PAYLOAD));
	CHECK(tl_hello_parse(&r, &h));
	ok->timestamp = h.timestamp;
	w = tl_writer(TL_BUFFER_OF(room));
	w.n = 9;
	tl_store_be64(room + 1, tl_packet_id(room));
	room[0] = VERB_HELLO;
	tl_ok_hello_build(&w, ok);
	CHECK(tl_writer_ok(&w));
	actor_send(a, l, VERB_OK, tl_writer_bytes(&w));
	return true;
}

static inline bool actor_ok_hello(struct actor *a, struct lone *l)
{
	struct ok_hello ok = { .version = { PROTOCOL_VERSION, 1, 14, 1 } };

	return actor_ok_hello_with(a, l, &ok);
}

/* Get to know each other, with a direct path. */
static inline void actor_meet(struct actor *a, struct lone *l)
{
	actor_hello(a, l);
	CHECK(actor_ok_hello(a, l));
	CHECK(tl_node_find_peer(l->node, a->id.addr));
	CHECK_EQ(tl_node_find_peer(l->node, a->id.addr)->n_slots, 1);
}

/* The root answers its first HELLO. */
static inline void actor_be_root(struct actor *a, struct lone *l)
{
	lone_run(l, 1);
	CHECK(actor_ok_hello(a, l));
	CHECK(tl_node_is_online(l->node, l->now));
	lone_forget(l);
}

#endif /* TL_TEST_SIM_LONE_H */
