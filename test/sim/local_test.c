/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_test.c - trusted paths, MTUs, memorized addresses and refused networks,
 * as the owner of a node sets them (vl1.md 2.9, 2.11, 7.4.1, 7.5)
 */
#include "test/sim/cast.h"
#include "test/vectors/vector.h"

#define TRUST 0x0123456789abcdefULL

static struct endpoint net_of(uint8_t last, uint16_t bits)
{
	const uint8_t ip[4] = { 10, 0, 0, last };

	return tl_endpoint_ip4(ip, bits);
}

static void set_net(struct endpoint net, uint64_t trusted, size_t mtu)
{
	struct node_local l = { .nets = { { net, trusted, mtu } },
				.n_nets = 1 };

	tl_node_set_local(lone.node, &l, lone.now);
}

/* A packet from A in the clear, its payload four bytes. */
static size_t clear_packet(enum verb verb, uint64_t id)
{
	static const char text[] = "ping";
	size_t n = PACKET_HEADER_LEN + 4;

	a.counter++;
	tl_packet_init(room, a.counter, lone.id.addr, a.id.addr, verb);
	memcpy(room + PACKET_HEADER_LEN, text, 4);
	room[PACKET_AT_FLAGS] = SUITE_TRUSTED_PATH << 3;
	tl_store_be64(room + PACKET_AT_MAC, id);
	return n;
}

static bool is_taken(struct endpoint from, uint64_t id, unsigned int hops)
{
	unsigned int before = lone.n_upper;
	size_t n = clear_packet(VERB_USER_MESSAGE, id);

	room[PACKET_AT_FLAGS] |= (uint8_t)hops;
	lone_give(&lone, &from, tl_bytes(room, n));
	return lone.n_upper > before;
}

static void send_message(size_t n, unsigned int flags)
{
	static const uint8_t text[9000];
	struct packet *p =
		tl_node_packet(lone.node, a.id.addr, VERB_USER_MESSAGE);

	CHECK(p && tl_packet_append(p, tl_bytes(text, n)));
	lone_forget(&lone);
	tl_node_send(lone.node, p, flags, lone.now);
}

static bool is_clear(const struct lone_sent *d)
{
	return tl_packet_suite(d->data) == SUITE_TRUSTED_PATH;
}

TEST(trusted_packets_are_taken_from_the_network_with_that_id_only)
{
	start();
	set_net(net_of(0, 24), TRUST, 0);
	CHECK(is_taken(a.at, TRUST, 0));
	CHECK(!is_taken(a.at, TRUST + 1, 0));
	CHECK(!is_taken(a.at, 0, 0));
	set_net(net_of(128, 25), TRUST, 0);
	CHECK(!is_taken(a.at, TRUST, 0));
	CHECK_EQ(lone_drops(&lone, DROP_TRUSTED_PATH), 3);
	finish();
}

/* vl1.md Appendix D, 5: the reference takes it. */
TEST(trusted_path_id_zero_is_none)
{
	start();
	set_net(net_of(0, 24), 0, 1400);
	CHECK(!is_taken(a.at, 0, 0));
	CHECK_EQ(lone_drops(&lone, DROP_TRUSTED_PATH), 1);
	finish();
}

TEST(trusted_packets_that_a_relay_brought_are_refused)
{
	unsigned int hops;

	start();
	set_net(net_of(0, 24), TRUST, 0);
	for (hops = 1; hops < 8; hops++)
		CHECK(!is_taken(root.at, TRUST, hops));
	CHECK_EQ(lone_drops(&lone, DROP_TRUSTED_PATH), 7);
	finish();
}

TEST(trusted_packets_of_strangers_wait_for_their_identity)
{
	struct actor c;
	size_t n;

	start();
	set_net(net_of(0, 29), TRUST, 0);
	actor_init(&c, &lone, LONE_C);
	lone_forget(&lone);
	n = clear_packet(VERB_USER_MESSAGE, TRUST);
	tl_store_be40(room + PACKET_AT_SRC, c.id.addr.v);
	lone_give(&lone, &c.at, tl_bytes(room, n));
	CHECK_EQ(lone.n_upper, 0);
	/* To the root, which is in the network, too. */
	n = lone.n_sent - 1;
	CHECK(is_clear(&lone.sent[n]));
	CHECK_EQ(tl_packet_verb(lone.sent[n].data), VERB_WHOIS);
	answer_whois(&root, tl_packet_id(lone.sent[n].data), &c.id);
	CHECK_EQ(lone.n_upper, 1);
	actor_fini(&c);
	finish();
}

TEST(trusted_hello_of_another_identity_is_dropped)
{
	struct hello h;
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t mask_at;

	start();
	set_net(net_of(0, 24), TRUST, 0);
	clear_packet(VERB_HELLO, TRUST);
	h = actor_hello_fields(&b, &lone);
	w.n = PACKET_HEADER_LEN;
	tl_hello_build(&w, &h, &mask_at);
	lone_give(&lone, &a.at, tl_writer_bytes(&w));
	CHECK_EQ(lone_drops(&lone, DROP_MALFORMED), 1);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

TEST(packets_into_a_trusted_network_are_in_the_clear)
{
	start();
	set_net(net_of(0, 24), TRUST, 0);
	send_message(9, SEND_PLAIN);
	CHECK_EQ(lone.n_sent, 1);
	CHECK(is_clear(&lone.sent[0]));
	CHECK_EQ(lone.sent[0].data[PACKET_AT_FLAGS], SUITE_TRUSTED_PATH << 3);
	CHECK_EQ(tl_load_be64(lone.sent[0].data + PACKET_AT_MAC), TRUST);
	CHECK_EQ(tl_packet_verb(lone.sent[0].data), VERB_USER_MESSAGE);
	set_net(net_of(128, 25), TRUST, 0);
	send_message(9, SEND_PLAIN);
	CHECK(!is_clear(&lone.sent[0]));
	finish();
}

TEST(trusted_packets_are_compressed_and_cut_as_others)
{
	start();
	set_net(net_of(0, 24), TRUST, 0);
	send_message(2000, SEND_PLAIN);
	CHECK_EQ(lone.n_sent, 2);
	CHECK_EQ(lone.sent[0].data[PACKET_AT_FLAGS],
		 PACKET_FLAG_FRAGMENTED | SUITE_TRUSTED_PATH << 3);
	send_message(2000, SEND_COMPRESS);
	CHECK_EQ(lone.n_sent, 1);
	CHECK(lone.sent[0].data[PACKET_AT_VERB] & VERB_FLAG_COMPRESSED);
	/* And the other way round. */
	tl_store_be40(lone.sent[0].data + PACKET_AT_DEST, lone.id.addr.v);
	tl_store_be40(lone.sent[0].data + PACKET_AT_SRC, a.id.addr.v);
	lone_give(&lone, &a.at, tl_bytes(lone.sent[0].data, lone.sent[0].n));
	CHECK_EQ(lone.n_upper, 1);
	CHECK_EQ(lone.n_got, 2000);
	finish();
}

TEST(probes_and_answers_are_never_in_the_clear)
{
	size_t i;

	start();
	set_net(net_of(0, 24), TRUST, 0);
	lone_forget(&lone);
	lone_run(&lone, 70000);
	send_echo(&a);
	CHECK(lone.n_sent > 2);
	for (i = 0; i < lone.n_sent; i++)
		CHECK(!is_clear(&lone.sent[i]));
	finish();
}

TEST(relayed_packets_are_never_in_the_clear)
{
	start();
	set_net(net_of(0, 24), TRUST, 0);
	tl_peer_drop_slot(peer_of(&a), 0);
	send_message(9, SEND_PLAIN);
	CHECK(lone.n_sent);
	CHECK(tl_endpoint_equal(&lone.sent[lone.n_sent - 1].to, &root.at));
	CHECK(!is_clear(&lone.sent[lone.n_sent - 1]));
	finish();
}

/* vl1.md Appendix D, 5: the reference forgets the ID. */
TEST(answers_to_what_went_in_the_clear_are_expected)
{
	start();
	set_net(net_of(0, 24), TRUST, 0);
	send_message(9, SEND_EXPECT_REPLY);
	CHECK(is_clear(&lone.sent[0]));
	send_ok(&a, VERB_USER_MESSAGE, tl_packet_id(lone.sent[0].data),
		tl_bytes(NULL, 0));
	CHECK_EQ(lone_drops(&lone, DROP_UNEXPECTED), 0);
	CHECK_EQ(lone.n_upper, 1);
	finish();
}

TEST(clear_packets_are_as_the_reference_writes_them)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("armor"),
					   "trusted_path"),
			   i, item)
	{
		struct buffer p = tl_vector_buffer(item, "before");

		tl_local_seal(p, tl_vector_u64(item, "trusted_path_id"));
		CHECK_BYTES(tl_buffer_bytes(p),
			    tl_vector_bytes(item, "on_wire"));
	}
}

TEST(longest_prefix_decides)
{
	struct node_local l = { .nets = { { net_of(0, 8), 1, 2000 },
					  { a.at, 0, 0 },
					  { net_of(0, 24), 2, 1500 } },
				.n_nets = 3 };

	start();
	l.nets[1].net = a.at;
	l.nets[1].net.port = 32;
	tl_node_set_local(lone.node, &l, lone.now);
	CHECK_EQ(tl_local_trusted_path(lone.node, &a.at), 0);
	CHECK_EQ(tl_local_mtu(lone.node, &a.at), MTU_DEFAULT);
	CHECK_EQ(tl_local_trusted_path(lone.node, &b.at), 2);
	CHECK_EQ(tl_local_mtu(lone.node, &b.at), 1500);
	finish();
}

TEST(packets_are_cut_at_the_mtu_of_the_network)
{
	start();
	set_net(net_of(0, 24), 0, MTU_MIN);
	send_message(1420 - PACKET_HEADER_LEN, SEND_PLAIN);
	CHECK_EQ(lone.n_sent, 2);
	CHECK(lone.sent[0].n <= MTU_MIN);
	set_net(net_of(0, 24), 0, 9000);
	send_message(8900, SEND_PLAIN);
	CHECK_EQ(lone.n_sent, 1);
	/* Roots need not put parts together. */
	set_net(net_of(0, 24), 0, 0);
	send_message(1420 - PACKET_HEADER_LEN, SEND_PLAIN);
	CHECK_EQ(lone.n_sent, 1);
	finish();
}

TEST(paths_into_a_network_that_is_refused_now_are_forgotten)
{
	struct node_local l = { 0 };

	start();
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	lone.refused = a.at;
	lone.refused.port = 32;
	tl_node_set_local(lone.node, &l, lone.now);
	CHECK_EQ(peer_of(&a)->n_slots, 0);
	CHECK_EQ(peer_of(&b)->n_slots, 1);
	send_echo(&a);
	CHECK_EQ(peer_of(&a)->n_slots, 0);
	finish();
}

TEST(memorized_addresses_are_tried_where_there_is_no_path)
{
	struct endpoint good = lone_endpoint(70, 5);
	unsigned int i;

	start();
	lone.memorized[0] = good;
	lone.memorized[1] = lone_endpoint(71, 0);
	lone.memorized[2] = lone_endpoint(72, 5);
	lone.n_memorized = 3;
	lone.refused = lone.memorized[2];
	lone.refused.port = 32;
	send_message(9, SEND_PLAIN);
	CHECK_EQ(sent_to(good), 0);
	tl_peer_drop_slot(peer_of(&a), 0);
	for (i = 0; i < 10; i++) {
		send_message(9, SEND_PLAIN);
		CHECK_EQ(sent_to(good), i == 0);
		CHECK_EQ(sent_to(lone.memorized[1]), 0);
		CHECK_EQ(sent_to(lone.memorized[2]), 0);
		lone.now += 2999;
	}
	lone.now += 10;
	send_message(9, SEND_PLAIN);
	CHECK_EQ(sent_to(good), 1);
	a.at = good;
	CHECK(actor_ok_hello(&a, &lone));
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	finish();
}
