/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_test.c - who relays what for whom, and what waits for whom: the rules
 * of vl1.md 10.2 for leaves and roots, and the limits of queues and tables
 */
#include "test/sim/cast.h"

/* A datagram from A to @to. */
static void send_past(struct address to, unsigned int hops)
{
	size_t n = actor_packet(&a, &lone, TL_BUFFER_OF(room), VERB_ECHO,
				tl_bytes(NULL, 0));

	tl_store_be40(room + PACKET_AT_DEST, to.v);
	room[PACKET_AT_FLAGS] =
		(uint8_t)((room[PACKET_AT_FLAGS] & 0xf8) | hops);
	lone_give(&lone, &a.at, tl_bytes(room, n));
}

/* Rule 14 */
TEST(leaf_relays_only_for_paths_of_members)
{
	start();
	send_past(b.id.addr, 0);
	CHECK_EQ(lone.n_sent, 0);
	CHECK_EQ(lone_drops(&lone, DROP_NO_RELAY), 1);
	tl_path_find(&lone.node->paths, 0, &a.at)->last_trusted_ms = lone.now;
	send_past(b.id.addr, 0);
	CHECK_EQ(sent_to(b.at), 2); /* and RENDEZVOUS */
	lone.now += PATH_TRUST_MS;
	lone_forget(&lone);
	send_past(b.id.addr, 0);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

/* The node is a root itself, and the only one. */
static void start_as_root(void)
{
	uint8_t planet[WORLD_WIRE_MAX];
	struct identity own;

	lone_parse(&own, lone_identities[LONE_OWN]);
	lone_start(&lone, &own,
		   tl_bytes(planet,
			    lone_planet(TL_BUFFER_OF(planet), &own, 1)));
	actor_init(&root, &lone, LONE_ROOT);
	actor_init(&a, &lone, LONE_A);
	actor_init(&b, &lone, LONE_B);
	actor_meet(&a, &lone);
	actor_meet(&b, &lone);
	lone_forget(&lone);
}

TEST(root_relays_for_everybody_and_changes_the_hops_only)
{
	struct lone_sent *s;
	uint8_t before[PACKET_HEADER_LEN];

	start_as_root();
	CHECK(tl_node_is_root(lone.node));
	send_past(b.id.addr, 2);
	memcpy(before, room, sizeof(before));
	s = &lone.sent[0];
	CHECK(tl_endpoint_equal(&s->to, &b.at));
	CHECK_EQ(s->n, PACKET_HEADER_LEN);
	CHECK_EQ(s->data[PACKET_AT_FLAGS] & 7, 3);
	before[PACKET_AT_FLAGS]++;
	CHECK_MEM(s->data, before, sizeof(before));
	finish();
}

TEST(hops_end_at_three)
{
	unsigned int hops;

	start_as_root();
	for (hops = 3; hops < 8; hops++)
		send_past(b.id.addr, hops);
	CHECK_EQ(lone.n_sent, 0);
	CHECK_EQ(lone_drops(&lone, DROP_HOPS), 5);
	finish();
}

TEST(fragments_are_relayed_with_their_own_hops)
{
	unsigned int hops;

	start_as_root();
	memset(room, 7, 100);
	tl_store_be40(room + PACKET_AT_DEST, b.id.addr.v);
	room[13] = FRAGMENT_INDICATOR;
	room[14] = 0x21;
	for (hops = 0; hops < 8; hops++) {
		room[15] = (uint8_t)hops;
		lone_give(&lone, &a.at, tl_bytes(room, 100));
	}
	CHECK_EQ(lone.n_sent, 3);
	CHECK_EQ(lone.sent[2].data[15], 3);
	CHECK_EQ(lone_drops(&lone, DROP_HOPS), 5);
	finish();
}

TEST(pair_is_introduced_once_in_thirty_seconds)
{
	start_as_root();
	send_past(b.id.addr, 0);
	CHECK_EQ(actor_count(&a, &lone, VERB_RENDEZVOUS), 1);
	CHECK_EQ(actor_count(&b, &lone, VERB_RENDEZVOUS), 1);
	lone.now += INTRODUCTION_MS - 1;
	send_past(b.id.addr, 0);
	CHECK_EQ(actor_count(&b, &lone, VERB_RENDEZVOUS), 1);
	lone.now += 1;
	send_past(b.id.addr, 0);
	CHECK_EQ(actor_count(&b, &lone, VERB_RENDEZVOUS), 2);
	finish();
}

TEST(root_with_nobody_above_drops_what_it_cannot_deliver)
{
	start_as_root();
	send_past((struct address){ 0x1234567890 }, 0);
	CHECK_EQ(lone.n_sent, 0);
	CHECK_EQ(lone_drops(&lone, DROP_NO_ROUTE), 1);
	finish();
}

TEST(root_answers_whois_without_limit)
{
	uint8_t who[ADDRESS_LEN];
	int i;

	start_as_root();
	tl_store_be40(who, b.id.addr.v);
	for (i = 0; i < 20; i++)
		actor_send(&a, &lone, VERB_WHOIS, TL_BYTES_OF(who));
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 20);
	finish();
}

/* Rule 15 */
TEST(unknown_senders_wait_in_a_queue_that_has_an_end)
{
	uint64_t i;

	start();
	for (i = 1; i <= 1000; i++) {
		size_t n = actor_packet(&a, &lone, TL_BUFFER_OF(room),
					VERB_ECHO, tl_bytes(NULL, 0));

		tl_store_be40(room + PACKET_AT_SRC, 0x2000000000 + i);
		lone_give(&lone, &a.at, tl_bytes(room, n));
	}
	CHECK_EQ(lone.node->n_rx, RX_QUEUE_MAX);
	CHECK_EQ(lone_drops(&lone, DROP_QUEUE_FULL), 1000 - RX_QUEUE_MAX);
	lone_run(&lone, QUEUE_TIMEOUT_MS + QUEUE_RETRY_MS + 1);
	CHECK_EQ(lone.node->n_rx, 0);
	CHECK_EQ(lone_drops(&lone, DROP_QUEUE_TIMEOUT), RX_QUEUE_MAX);
	finish();
}

static void send_as_strangers(unsigned int first, unsigned int count)
{
	unsigned int i;

	for (i = first; i < first + count; i++) {
		size_t n = actor_packet(&a, &lone, TL_BUFFER_OF(room),
					VERB_ECHO, tl_bytes(NULL, 0));

		tl_store_be40(room + PACKET_AT_SRC, 0x2000000000 + i);
		lone_give(&lone, &a.at, tl_bytes(room, n));
	}
}

/* Our root must not be asked for every address that somebody makes up. */
TEST(strangers_cause_so_many_questions_and_no_more)
{
	start();
	send_as_strangers(1, 800);
	CHECK_EQ(actor_count(&root, &lone, VERB_WHOIS), 32);
	lone_forget(&lone);
	lone.now += 100;
	send_as_strangers(1001, 800);
	CHECK_EQ(actor_count(&root, &lone, VERB_WHOIS), 10);
	finish();
}

TEST(newest_unknown_sender_is_the_one_that_waits)
{
	struct actor c;
	uint64_t id;

	start();
	actor_init(&c, &lone, LONE_C);
	/* 32 are asked for at once, the others by 64 in a packet. */
	send_as_strangers(1, 32 + 4 * 64);
	send_echo(&c);
	CHECK_EQ(actor_count(&root, &lone, VERB_WHOIS), 32);
	lone_forget(&lone);
	lone_run(&lone, 45);
	CHECK_EQ(actor_count(&root, &lone, VERB_WHOIS), 4);
	CHECK(actor_find(&root, &lone, VERB_WHOIS, NULL, room));
	CHECK_EQ(tl_load_be40(room + PACKET_AT_PAYLOAD + 63 * 5) >> 16,
		 0x2000000000 >> 16);
	lone_forget(&lone);
	lone_run(&lone, 10);
	CHECK(actor_find(&root, &lone, VERB_WHOIS, NULL, room));
	id = tl_packet_id(room);
	CHECK_EQ(tl_load_be40(room + PACKET_AT_PAYLOAD), c.id.addr.v);
	answer_whois(&root, id, &c.id);
	CHECK_EQ(actor_count(&c, &lone, VERB_OK), 1);
	actor_fini(&c);
	finish();
}

TEST(one_source_has_its_share_of_the_queue_and_no_more)
{
	struct actor c;
	int i;

	start();
	actor_init(&c, &lone, LONE_C);
	for (i = 0; i < 100; i++)
		send_echo(&c);
	CHECK_EQ(lone.node->n_rx, 32);
	actor_fini(&c);
	finish();
}

TEST(packets_to_the_unknown_wait_in_a_queue_that_has_an_end)
{
	struct address nobody = { 0x1234567890 };
	int i;

	start();
	for (i = 0; i < 100; i++) {
		struct packet *p =
			tl_node_packet(lone.node, nobody, VERB_USER_MESSAGE);

		CHECK(p);
		tl_node_send(lone.node, p, SEND_PLAIN, lone.now);
	}
	CHECK_EQ(lone.node->n_tx, TX_QUEUE_MAX);
	CHECK_EQ(lone_drops(&lone, DROP_QUEUE_FULL), 100 - TX_QUEUE_MAX);
	CHECK_EQ(actor_count(&root, &lone, VERB_WHOIS), 1);
	lone_run(&lone, QUEUE_TIMEOUT_MS + QUEUE_RETRY_MS + 1);
	CHECK_EQ(lone.node->n_tx, 0);
	/* Twice a second. */
	CHECK_EQ(actor_count(&root, &lone, VERB_WHOIS), 10);
	finish();
}

TEST(peer_has_at_most_64_paths_and_all_tables_keep_their_size)
{
	unsigned int i;

	start();
	for (i = 0; i < 200; i++) {
		const uint8_t ip[4] = { 10, 2, (uint8_t)(i / 100),
					(uint8_t)(i % 100 + 1) };
		struct hello h;

		a.at = tl_endpoint_ip4(ip, 9993);
		lone.now += 1000;
		h = actor_hello_fields(&a, &lone);
		h.sent_to = lone_endpoint((uint8_t)(i % 50 + 1), 1);
		actor_hello_with(&a, &lone, &h);
		CHECK(actor_ok_hello(&a, &lone));
		lone_forget(&lone);
	}
	CHECK_EQ(peer_of(&a)->n_slots, PEER_MAX_SLOTS);
	CHECK(tl_node_surface(lone.node,
			      (struct endpoint[SURFACE_MAX + 1]){ { 0 } },
			      SURFACE_MAX + 1) <= SURFACE_MAX);
	/* Paths that nobody uses any more go. */
	lone_run(&lone, PATH_EXPIRY_MS + 2 * HOUSEKEEPING_MS);
	CHECK(lone.node->paths.count <= PEER_MAX_SLOTS + 2);
	finish();
}

TEST(spoofed_fragments_hold_no_memory_for_ever)
{
	size_t used;
	uint64_t id;

	start();
	used = lone.pool.n_used;
	memset(room, 7, 1400);
	tl_store_be40(room + PACKET_AT_DEST, lone.id.addr.v);
	room[13] = FRAGMENT_INDICATOR;
	room[14] = 0x31;
	room[15] = 0;
	for (id = 0; id < 1000; id++) {
		tl_store_be64(room, id);
		lone_give(&lone, &a.at, tl_bytes(room, 1400));
	}
	CHECK_EQ(lone.pool.n_used - used, REASSEMBLY_SLOTS);
	lone_run(&lone, HOUSEKEEPING_MS + REASSEMBLY_MS + 1);
	CHECK_EQ(lone.pool.n_used, used);
	CHECK_EQ(lone_drops(&lone, DROP_REASSEMBLY), 1000);
	finish();
}
