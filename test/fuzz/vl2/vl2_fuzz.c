/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentic packets of VL2 with any payload, from the controller, from a member
 * and from somebody who is none, on a private network and on a public one.
 *
 * The input is a list of steps: who and what, two bytes of length, and that
 * many bytes. Most payloads begin with a network ID, which is put in.
 */
#define LONE_SENT_MAX 64
#include "test/sim/lone_net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct network_id adhoc = { 0xff0b000000000001 };

static const enum verb verbs[] = {
	VERB_FRAME,
	VERB_EXT_FRAME,
	VERB_MULTICAST_LIKE,
	VERB_NETWORK_CREDENTIALS,
	VERB_NETWORK_CONFIG_REQUEST,
	VERB_NETWORK_CONFIG,
	VERB_MULTICAST_GATHER,
	VERB_MULTICAST_FRAME,
	VERB_ERROR,
	VERB_OK,
	VERB_USER_MESSAGE,
	VERB_REMOTE_TRACE,
};

struct cast {
	struct lone lone;
	struct actor controller;
	struct actor member;
	struct actor other;
};

/* in-re verb and packet ID of our newest packet to @from. */
static void write_in_re(struct cast *c, const struct actor *from,
			struct writer *w, uint8_t verb)
{
	uint64_t id = 0;
	size_t i;

	for (i = 0; i < c->lone.n_sent; i++) {
		const struct lone_sent *s = &c->lone.sent[i];

		if (s->n >= PACKET_HEADER_LEN &&
		    tl_address_equal(tl_packet_dest(s->data), from->id.addr))
			id = tl_packet_id(s->data);
	}
	tl_write_u8(w, verb);
	tl_write_be64(w, id);
}

/* @how: 0..1 network, 2..3 sender, 4..7 verb */
static void take_step(struct cast *c, uint8_t how, struct bytes in)
{
	struct actor *const senders[] = { &c->controller, &c->member, &c->other,
					  &c->member };
	struct actor *from = senders[how >> 2 & 3];
	enum verb verb = verbs[(how >> 4) % TL_ARRAY_SIZE(verbs)];
	uint8_t payload[PACKET_MAX_LEN - PACKET_HEADER_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(payload));

	if (verb == VERB_OK || verb == VERB_ERROR) {
		write_in_re(c, from, &w, in.n ? in.at[0] : 0);
		in = tl_bytes_skip(in, 1);
	}
	if (verb == VERB_ERROR) {
		tl_write_u8(&w, in.n ? in.at[0] : 0);
		in = tl_bytes_skip(in, 1);
	}
	if ((how & 3) < 2)
		tl_write_be64(&w, how & 1 ? adhoc.v
					  : lone_net_id(&c->controller).v);
	tl_write_bytes(&w, in);
	if (tl_writer_ok(&w))
		actor_send(from, &c->lone, verb, tl_writer_bytes(&w));
}

/* A frame from the local port: any destination, any content. */
static void send_out(struct cast *c, struct bytes in)
{
	struct network_id id = lone_net_id(&c->controller);
	struct network *net = tl_vl2_find(c->lone.vl2, id);
	struct packet *p = tl_packet_new(&c->lone.pool);
	struct mac dest = { { 0 } };

	if (in.n)
		memcpy(dest.b, in.at, TL_MIN(in.n, sizeof(dest.b)));
	in = tl_bytes_skip(in, sizeof(dest.b));
	if (!p || in.n < 2 || !tl_packet_append(p, tl_bytes_skip(in, 2))) {
		tl_packet_free(p);
		return;
	}
	tl_network_output(net, tl_network_mac(net), dest, tl_load_be16(in.at),
			  p, c->lone.now);
}

static void run_steps(struct cast *c, struct reader *r)
{
	while (r->rest.n >= 3) {
		uint8_t how = tl_read_u8(r);
		size_t n = tl_read_be16(r);
		struct bytes in = tl_read_slice(r, TL_MIN(n, r->rest.n));

		if (how == 0xff)
			lone_run(&c->lone, (int64_t)n);
		else if (how == 0xfe)
			send_out(c, in);
		else
			take_step(c, how, in);
		if (c->lone.n_sent == LONE_SENT_MAX)
			lone_forget(&c->lone);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	static struct cast c;
	struct network *net;

	lone_new(&c.lone);
	actor_init(&c.controller, &c.lone, LONE_ROOT);
	actor_init(&c.member, &c.lone, LONE_A);
	actor_init(&c.other, &c.lone, LONE_B);
	CHECK_EQ(tl_vl2_join(c.lone.vl2, adhoc, tl_bytes(NULL, 0), c.lone.now),
		 0);
	actor_be_root(&c.controller, &c.lone);
	actor_meet(&c.member, &c.lone);
	actor_meet(&c.other, &c.lone);
	net = lone_net_join(&c.lone, &c.controller);
	lone_net_certify(&c.lone, &c.member, tl_network_id(net), &c.member.id,
			 LONE_NET_MS, &c.controller.id);
	lone_run(&c.lone, 2000);
	run_steps(&c, &r);
	lone_run(&c.lone, 100000);
	actor_fini(&c.controller);
	actor_fini(&c.member);
	actor_fini(&c.other);
	lone_free(&c.lone);
	return 0;
}
