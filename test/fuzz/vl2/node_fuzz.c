/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that can come to a node, from those it knows and those it does
 * not.
 *
 * The input is a list of steps: what to do, two bytes of length, and that many
 * bytes. Besides raw datagrams there are packets sealed by known peers, so that
 * the handlers of all verbs are reached, and answers to what the node asked.
 */
#define LONE_SENT_MAX 64
#include "test/sim/lone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step {
	STEP_RAW, /* as it is, from A's endpoint */
	STEP_BATCH, /* the same in segments of equal size */
	STEP_ADDRESSED, /* with our address and A's put in */
	STEP_FROM_A, /* verb and payload */
	STEP_FROM_ROOT,
	STEP_FROM_STRANGER,
	STEP_HELLO_OF_A, /* payload of a HELLO; identity put in */
	STEP_HELLO_OF_STRANGER,
	STEP_ANSWER_OF_A, /* verb and payload of an OK to our newest packet */
	STEP_ANSWER_OF_ROOT,
	STEP_RELAYED, /* verb and payload from A with one hop */
	STEP_TIME, /* two bytes: so many ms times 16 */
	STEP_COUNT
};

struct cast {
	struct lone lone;
	struct actor root;
	struct actor a;
	struct actor stranger;
};

static void send_verb(struct cast *c, struct actor *from, struct bytes in)
{
	if (in.n && in.n <= PACKET_MAX_LEN - PACKET_AT_PAYLOAD)
		actor_send(from, &c->lone, (enum verb)(in.at[0] & 0x9f),
			   tl_bytes_skip(in, 1));
}

/* The fields before the identity and those behind it are the input's. */
static void send_hello(struct cast *c, struct actor *from, struct bytes in)
{
	uint8_t payload[PACKET_MAX_LEN - PACKET_HEADER_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(payload));
	enum suite suite = from->suite;

	if (in.n > 2000)
		return;
	tl_write_bytes(&w, tl_bytes_first(in, 13));
	tl_write_identity(&w, &from->id);
	tl_write_bytes(&w, tl_bytes_skip(in, 13));
	from->suite = SUITE_POLY1305;
	actor_send(from, &c->lone, VERB_HELLO, tl_writer_bytes(&w));
	from->suite = suite;
}

static void answer(struct cast *c, struct actor *from, struct bytes in)
{
	uint8_t payload[PACKET_MAX_LEN - PACKET_HEADER_LEN];
	struct bytes rest = tl_bytes_skip(in, 1);
	uint64_t id = 0;
	size_t i;

	if (!in.n || rest.n > sizeof(payload) - 9)
		return;
	for (i = 0; i < c->lone.n_sent; i++) {
		const struct lone_sent *s = &c->lone.sent[i];

		if (s->n >= PACKET_HEADER_LEN &&
		    tl_address_equal(tl_packet_dest(s->data), from->id.addr))
			id = tl_packet_id(s->data);
	}
	payload[0] = in.at[0];
	tl_store_be64(payload + 1, id);
	if (rest.n)
		memcpy(payload + 9, rest.at, rest.n);
	actor_send(from, &c->lone, VERB_OK, tl_bytes(payload, 9 + rest.n));
}

static void give_addressed(struct cast *c, struct bytes in)
{
	uint8_t copy[PACKET_MAX_LEN];

	if (in.n < PACKET_HEADER_LEN || in.n > sizeof(copy))
		return;
	memcpy(copy, in.at, in.n);
	tl_store_be40(copy + PACKET_AT_DEST, c->lone.id.addr.v);
	if (copy[PACKET_AT_SRC] != FRAGMENT_INDICATOR)
		tl_store_be40(copy + PACKET_AT_SRC, c->a.id.addr.v);
	lone_give(&c->lone, &c->a.at, tl_bytes(copy, in.n));
}

static void give_batch(struct cast *c, struct bytes in)
{
	uint8_t copy[UINT16_MAX];
	size_t segment;

	if (in.n < 3)
		return;
	segment = tl_load_be16(in.at) % 1500u + 1;
	in = tl_bytes_skip(in, 2);
	memcpy(copy, in.at, in.n);
	tl_node_on_batch(c->lone.node, 0, &c->a.at, tl_buffer(copy, in.n),
			 segment, c->lone.now);
	tl_node_end_pass(c->lone.node);
}

static void take_step(struct cast *c, unsigned int step, struct bytes in)
{
	switch (step) {
	case STEP_RAW:
		if (in.n && in.n <= PACKET_MAX_LEN + 100)
			lone_give(&c->lone, &c->a.at, in);
		break;
	case STEP_BATCH:
		give_batch(c, in);
		break;
	case STEP_ADDRESSED:
		give_addressed(c, in);
		break;
	case STEP_FROM_A:
		send_verb(c, &c->a, in);
		break;
	case STEP_FROM_ROOT:
		send_verb(c, &c->root, in);
		break;
	case STEP_FROM_STRANGER:
		send_verb(c, &c->stranger, in);
		break;
	case STEP_HELLO_OF_A:
		send_hello(c, &c->a, in);
		break;
	case STEP_HELLO_OF_STRANGER:
		send_hello(c, &c->stranger, in);
		break;
	case STEP_ANSWER_OF_A:
		answer(c, &c->a, in);
		break;
	case STEP_ANSWER_OF_ROOT:
		answer(c, &c->root, in);
		break;
	case STEP_RELAYED:
		c->a.hops = 1;
		send_verb(c, &c->a, in);
		c->a.hops = 0;
		break;
	case STEP_TIME:
		if (in.n >= 2)
			lone_run(&c->lone, 16 * (int64_t)tl_load_be16(in.at));
		break;
	default:
		break;
	}
	if (c->lone.n_sent == LONE_SENT_MAX)
		lone_forget(&c->lone);
}

/* One moon that A is asked for, one that is known and may be updated. */
static void orbit(struct cast *c)
{
	static struct world known;
	struct node *node = c->lone.node;

	known = (struct world){ .type = WORLD_MOON, .id = 2, .n_roots = 1 };
	known.roots[0].identity = c->stranger.id;
	known.roots[0].identity.has_priv = false;
	memcpy(known.update_key, c->a.id.pub, sizeof(known.update_key));
	CHECK_EQ(tl_node_add_moon(node, &known, c->lone.now), 0);
	CHECK_EQ(tl_node_orbit(node, 1, c->a.id.addr, c->lone.now), 0);
	lone_run(&c->lone, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct network_id adhoc = { 0xff0b000000000001 };
	struct reader r = tl_reader(tl_bytes(data, size));
	static struct cast c;

	lone_new(&c.lone);
	actor_init(&c.root, &c.lone, LONE_ROOT);
	actor_init(&c.a, &c.lone, LONE_A);
	actor_init(&c.stranger, &c.lone, LONE_C);
	CHECK_EQ(tl_vl2_join(c.lone.vl2, adhoc, tl_bytes(NULL, 0), c.lone.now),
		 0);
	actor_be_root(&c.root, &c.lone);
	actor_meet(&c.a, &c.lone);
	orbit(&c);
	while (r.rest.n >= 3) {
		unsigned int step = tl_read_u8(&r) % STEP_COUNT;
		size_t n = tl_read_be16(&r);

		take_step(&c, step, tl_read_slice(&r, TL_MIN(n, r.rest.n)));
	}
	lone_run(&c.lone, 100000);
	actor_fini(&c.root);
	actor_fini(&c.a);
	actor_fini(&c.stranger);
	lone_free(&c.lone);
	return 0;
}
