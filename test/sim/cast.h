/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cast.h - the node under test, its root and two peers, for tests of rules
 */
#ifndef TL_TEST_SIM_CAST_H
#define TL_TEST_SIM_CAST_H

#include "test/sim/lone.h"

#define NETWORK_PUBLIC 0xff0b000000000001

static struct lone lone;
static TL_UNUSED struct actor root;
static TL_UNUSED struct actor a;
static TL_UNUSED struct actor b;
static TL_UNUSED uint8_t room[PACKET_MAX_LEN + 2000];

/* The node is online; A and B are known and direct. */
static TL_UNUSED void start(void)
{
	lone_new(&lone);
	actor_init(&root, &lone, LONE_ROOT);
	actor_init(&a, &lone, LONE_A);
	actor_init(&b, &lone, LONE_B);
	actor_be_root(&root, &lone);
	actor_meet(&a, &lone);
	actor_meet(&b, &lone);
	lone_run(&lone, 3000);
	lone_forget(&lone);
}

static TL_UNUSED void finish(void)
{
	actor_fini(&root);
	actor_fini(&a);
	actor_fini(&b);
	lone_free(&lone);
}

static TL_UNUSED struct peer *peer_of(const struct actor *who)
{
	return tl_node_find_peer(lone.node, who->id.addr);
}

static TL_UNUSED void send_echo(struct actor *from)
{
	actor_send(from, &lone, VERB_ECHO, tl_bytes_from_str("ping"));
}

static TL_UNUSED unsigned int sent_to(struct endpoint at)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < lone.n_sent; i++)
		count += tl_endpoint_equal(&lone.sent[i].to, &at);
	return count;
}

/* An OK from @from in reply to packet @id. */
static TL_UNUSED void send_ok(struct actor *from, unsigned int verb,
			      uint64_t id, struct bytes rest)
{
	uint8_t payload[2000];

	payload[0] = (uint8_t)verb;
	tl_store_be64(payload + 1, id);
	if (rest.n)
		memcpy(payload + 9, rest.at, rest.n);
	actor_send(from, &lone, VERB_OK, tl_bytes(payload, 9 + rest.n));
}

/* The node probes A at another address; the ID of its packet. */
static TL_UNUSED uint64_t be_probed(void)
{
	size_t n;

	a.at.port++;
	send_echo(&a);
	a.at.port--;
	lone_forget(&lone);
	a.at = lone_endpoint(77, 1);
	send_echo(&a);
	n = actor_find(&a, &lone, VERB_HELLO, &a.at, room);
	CHECK(n);
	return tl_packet_id(room);
}

static TL_UNUSED struct bytes rendezvous(const struct actor *who,
					 struct endpoint at)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_u8(&w, 0);
	tl_write_address(&w, who->id.addr);
	tl_write_be16(&w, at.port);
	tl_write_u8(&w, (uint8_t)tl_endpoint_ip_len(&at));
	tl_write_bytes(&w, tl_bytes(at.ip, tl_endpoint_ip_len(&at)));
	return tl_writer_bytes(&w);
}

static TL_UNUSED void answer_whois(struct actor *from, uint64_t id,
				   const struct identity *what)
{
	uint8_t wire[IDENTITY_WIRE_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(wire));

	tl_write_identity(&w, what);
	send_ok(from, VERB_WHOIS, id, tl_writer_bytes(&w));
}

#endif /* TL_TEST_SIM_CAST_H */
