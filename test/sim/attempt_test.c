/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt_test.c - what NAT is in front of a node, and which ports it will give
 * it next: what is told to others, and in which order they are probed
 */
#include "test/sim/cast.h"

#include "wire/compress.h"

static const uint8_t nat_ip[4] = { 10, 0, 0, 200 };
static const uint8_t their_ip[4] = { 10, 0, 0, 100 };

static struct endpoint mapping(uint16_t port)
{
	return tl_endpoint_ip4(nat_ip, port);
}

/* @who sees the node at @at. */
static void see(struct actor *who, struct endpoint at)
{
	struct hello h = actor_hello_fields(who, &lone);

	h.sent_to = at;
	actor_hello_with(who, &lone, &h);
}

static enum nat_kind kind(void)
{
	struct nat_view v;

	tl_nat_look(lone.node, &v);
	return v.kind;
}

static void start_behind(uint16_t port_a, uint16_t port_b)
{
	start();
	see(&a, mapping(port_a));
	see(&b, mapping(port_b));
	lone_forget(&lone);
}

/* Endpoints in the newest push to @who, in order, and the kind it tells. */
static size_t pushed(struct actor *who, struct endpoint *out, unsigned int *nat)
{
	static uint8_t plain[PACKET_MAX_LEN];
	struct buffer p = TL_BUFFER_OF(room);
	struct reader r;
	size_t count;
	size_t i;

	p.n = actor_find(who, &lone, VERB_PUSH_DIRECT_PATHS, NULL, room);
	CHECK(p.n);
	if (room[PACKET_AT_VERB] & VERB_FLAG_COMPRESSED)
		CHECK_EQ(tl_packet_decompress(&p, TL_BUFFER_OF(plain)), 0);
	r = tl_reader(tl_bytes_skip(tl_buffer_bytes(p), PACKET_AT_PAYLOAD));
	*nat = 0;
	count = tl_read_be16(&r);
	for (i = 0; i < count; i++) {
		struct bytes extra;

		CHECK_EQ(tl_read_u8(&r), 0);
		extra = tl_read_slice(&r, tl_read_be16(&r));
		if (extra.n == 2 && extra.at[0] == 'N')
			*nat = extra.at[1];
		out[i] = (struct endpoint){ .family = tl_read_u8(&r) };
		CHECK_EQ(tl_read_u8(&r), 6);
		tl_read_copy(&r, out[i].ip, 4);
		out[i].port = tl_read_be16(&r);
	}
	CHECK(tl_reader_done(&r));
	return count;
}

/* A member of a common network, by a relay, says something. */
static void hear_relayed_member(struct actor *who)
{
	peer_of(who)->last_trusted_ms = lone.now;
	who->hops = 1;
	send_echo(who);
	who->hops = 0;
}

static void push_to_node(struct actor *from, const struct endpoint *list,
			 size_t n, unsigned int nat)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t i;

	tl_write_be16(&w, (uint16_t)n);
	for (i = 0; i < n; i++) {
		tl_write_u8(&w, 0);
		tl_write_be16(&w, 2);
		tl_write_u8(&w, 'N');
		tl_write_u8(&w, (uint8_t)nat);
		tl_write_u8(&w, 4);
		tl_write_u8(&w, 6);
		tl_write_bytes(&w, tl_bytes(list[i].ip, 4));
		tl_write_be16(&w, list[i].port);
	}
	from->hops = 1;
	actor_send(from, &lone, VERB_PUSH_DIRECT_PATHS, tl_writer_bytes(&w));
	from->hops = 0;
}

/* The first datagram to @to in what was sent; -1 if there is none. */
static int when_sent(struct endpoint to)
{
	size_t i;

	for (i = 0; i < lone.n_sent; i++) {
		if (tl_endpoint_equal(&lone.sent[i].to, &to))
			return (int)i;
	}
	return -1;
}

TEST(nat_is_unknown_until_two_have_told)
{
	start();
	CHECK_EQ(kind(), NAT_UNKNOWN);
	see(&a, mapping(3000));
	CHECK_EQ(kind(), NAT_UNKNOWN);
	see(&b, mapping(3000));
	CHECK_EQ(kind(), NAT_STABLE);
	finish();
}

TEST(nat_with_a_port_for_each_is_told_by_its_steps)
{
	start_behind(3000, 3001);
	CHECK_EQ(kind(), NAT_COUNTING);
	finish();
	start_behind(3001, 3000);
	CHECK_EQ(kind(), NAT_COUNTING);
	finish();
	start_behind(3000, 3000 + NAT_STEP_MAX);
	CHECK_EQ(kind(), NAT_COUNTING);
	finish();
	start_behind(3000, 3001 + NAT_STEP_MAX);
	CHECK_EQ(kind(), NAT_SCATTERED);
	finish();
}

TEST(nat_with_two_addresses_is_not_taken_for_one_that_counts)
{
	static const uint8_t other[4] = { 10, 0, 0, 201 };

	start();
	see(&a, mapping(3000));
	see(&b, tl_endpoint_ip4(other, 3001));
	CHECK_EQ(kind(), NAT_STABLE);
	finish();
}

TEST(next_ports_are_pushed_first_and_in_order)
{
	struct endpoint list[64];
	unsigned int nat;
	size_t i;

	start_behind(3000, 3002);
	hear_relayed_member(&a);
	CHECK(pushed(&a, list, &nat) > NAT_PREDICTIONS);
	CHECK_EQ(nat, NAT_COUNTING);
	for (i = 0; i < NAT_PREDICTIONS; i++) {
		CHECK_MEM(list[i].ip, nat_ip, 4);
		CHECK_EQ(list[i].port, 3004 + 2 * i);
	}
	finish();
}

TEST(ports_that_probes_have_taken_are_not_predicted)
{
	struct endpoint told[] = { tl_endpoint_ip4(their_ip, 7000),
				   tl_endpoint_ip4(their_ip, 7001) };
	struct endpoint list[64];
	unsigned int nat;

	start_behind(3000, 3001);
	push_to_node(&a, told, 2, NAT_STABLE);
	hear_relayed_member(&a);
	pushed(&a, list, &nat);
	CHECK_EQ(list[0].port, 3004);
	/* Again to the same: that takes no port. */
	lone.now += 16000;
	push_to_node(&a, told, 2, NAT_STABLE);
	hear_relayed_member(&a);
	pushed(&a, list, &nat);
	CHECK_EQ(list[0].port, 3004);
	/* Long after, the NAT has forgotten. */
	lone.now += 40000;
	push_to_node(&a, told, 2, NAT_STABLE);
	hear_relayed_member(&a);
	pushed(&a, list, &nat);
	CHECK_EQ(list[0].port, 3006);
	finish();
}

TEST(ports_at_the_end_of_the_range_are_not_told)
{
	struct endpoint list[64];
	unsigned int nat;
	size_t n, i;

	start_behind(65533, 65534);
	hear_relayed_member(&a);
	n = pushed(&a, list, &nat);
	CHECK_EQ(list[0].port, 65535);
	for (i = 1; i < n; i++)
		CHECK(list[i].port == 65533 || list[i].port == 65534);
	finish();
}

TEST(member_behind_a_counting_nat_is_answered_before_it_is_probed)
{
	struct endpoint told[] = { tl_endpoint_ip4(their_ip, 7005),
				   tl_endpoint_ip4(their_ip, 7004) };
	int first, second;

	start_behind(3000, 3001);
	hear_relayed_member(&a);
	lone.now += 6000;
	lone_forget(&lone);
	push_to_node(&a, told, 2, NAT_COUNTING);
	first = when_sent(told[0]);
	second = when_sent(told[1]);
	CHECK_EQ(actor_count(&a, &lone, VERB_PUSH_DIRECT_PATHS), 1);
	CHECK_EQ(when_sent(a.at), 0);
	CHECK(first > 0);
	/* In the order in which they were told. */
	CHECK_EQ(second, first + 1);
	/* From one socket, or one would take the other's port. */
	CHECK_EQ(lone.sent[first].socket, 0);
	CHECK_EQ(lone.sent[second].socket, 0);
	/* At once: not again when the answer would have been waited for. */
	lone_forget(&lone);
	lone_run(&lone, 2000);
	CHECK_EQ(when_sent(told[0]), -1);
	finish();
}

TEST(member_that_does_not_answer_is_probed_after_a_moment)
{
	struct endpoint told = tl_endpoint_ip4(their_ip, 7000);

	start_behind(3000, 3001);
	push_to_node(&a, &told, 1, NAT_STABLE);
	lone_forget(&lone);
	hear_relayed_member(&a);
	CHECK_EQ(when_sent(told), -1);
	lone_run(&lone, 1000);
	CHECK(when_sent(told) >= 0);
	finish();
}

/* A probe would take the first of the ports that were told. */
TEST(introduction_waits_while_told_ports_are_to_be_used)
{
	struct endpoint at = tl_endpoint_ip4(their_ip, 7000);

	start_behind(3000, 3001);
	hear_relayed_member(&a);
	lone_forget(&lone);
	actor_send(&root, &lone, VERB_RENDEZVOUS, rendezvous(&a, at));
	CHECK_EQ(when_sent(at), -1);
	lone_run(&lone, 1000);
	CHECK(when_sent(at) >= 0);
	lone_forget(&lone);
	/* None are told any more. */
	at.port = 7001;
	actor_send(&root, &lone, VERB_RENDEZVOUS, rendezvous(&a, at));
	CHECK(when_sent(at) >= 0);
	finish();
}

TEST(behind_other_nats_every_socket_probes)
{
	struct endpoint told = tl_endpoint_ip4(their_ip, 7000);
	struct endpoint list[64];
	unsigned int nat;

	start_behind(3000, 3000);
	push_to_node(&a, &told, 1, NAT_COUNTING);
	CHECK(when_sent(told) >= 0);
	CHECK_EQ(lone.sent[when_sent(told)].socket, PATH_SOCKET_ANY);
	hear_relayed_member(&a);
	CHECK_EQ(pushed(&a, list, &nat), 1);
	CHECK_EQ(nat, NAT_STABLE);
	CHECK_EQ(list[0].port, 3000);
	finish();
}

/* A receiver stops listening after eight that are less than 30 s apart. */
TEST(pushes_to_a_relayed_member_pause)
{
	unsigned int in_a_row = 0;
	unsigned int most = 0;
	int64_t last = 0;
	int i;

	start_behind(3000, 3000);
	for (i = 0; i < 300; i++) {
		lone.now += 1000;
		lone_forget(&lone);
		hear_relayed_member(&a);
		if (!actor_count(&a, &lone, VERB_PUSH_DIRECT_PATHS))
			continue;
		in_a_row = lone.now - last <= 30000 ? in_a_row + 1 : 0;
		most = TL_MAX(most, in_a_row);
		last = lone.now;
	}
	CHECK(most >= 3);
	CHECK(most < 8);
	CHECK(lone.now - last < 40000);
	finish();
}

TEST(third_introduction_tries_the_next_ports)
{
	struct endpoint at = tl_endpoint_ip4(their_ip, 7000);
	struct endpoint next = tl_endpoint_ip4(their_ip, 7003);
	int i;

	start_behind(3000, 3000);
	tl_peer_drop_slot(peer_of(&a), 0);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(when_sent(next), -1);
		lone.now += 30000;
		actor_send(&root, &lone, VERB_RENDEZVOUS, rendezvous(&a, at));
	}
	CHECK(when_sent(at) >= 0);
	CHECK(when_sent(next) >= 0);
	finish();
}
