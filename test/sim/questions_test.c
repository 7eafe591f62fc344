/* SPDX-License-Identifier: Apache-2.0 */
/*
 * questions_test.c - what is asked of us and by us: WHOIS, ECHO and the paths
 * that peers push, by the rules of vl1.md 10.2
 */
#include "test/sim/cast.h"

/* The node asks its root for C; the ID of the question. */
static uint64_t be_asked_for(const struct actor *c)
{
	size_t n;

	tl_node_whois(lone.node, c->id.addr, lone.now);
	n = actor_find(&root, &lone, VERB_WHOIS, NULL, room);
	CHECK(n);
	return tl_packet_id(room);
}

TEST(identities_are_taken_from_roots_and_only_those_asked_for)
{
	struct actor c;
	struct actor d;
	uint64_t id;

	start();
	actor_init(&c, &lone, LONE_C);
	actor_init(&d, &lone, LONE_D);
	id = be_asked_for(&c);
	answer_whois(&a, id, &c.id);
	CHECK(!peer_of(&c));
	answer_whois(&root, id, &d.id);
	CHECK(!peer_of(&d));
	answer_whois(&root, id, &c.id);
	CHECK(peer_of(&c));

	/* A probe of ours to A may be answered with anything. */
	id = be_probed();
	be_asked_for(&d);
	answer_whois(&a, id, &d.id);
	CHECK(!peer_of(&d));
	CHECK_EQ(lone_drops(&lone, DROP_NOT_UPSTREAM), 1);
	actor_fini(&c);
	actor_fini(&d);
	finish();
}

TEST(strangers_cannot_make_us_forget_what_we_asked)
{
	struct actor c;
	uint64_t id;
	uint64_t i;

	start();
	actor_init(&c, &lone, LONE_C);
	id = be_asked_for(&c);
	for (i = 1; i <= 300; i++)
		tl_node_whois(lone.node, (struct address){ i }, lone.now);
	answer_whois(&root, id, &c.id);
	CHECK(peer_of(&c));
	actor_fini(&c);
	finish();
}

/* Rule 12 */
TEST(addresses_that_are_no_paths_are_never_used)
{
	static const uint8_t bad4[][4] = { { 127, 0, 0, 1 },
					   { 169, 254, 1, 1 },
					   { 224, 0, 0, 1 },
					   { 0, 0, 0, 0 },
					   { 255, 255, 255, 255 } };
	static const uint8_t bad6[][16] = { { 0xfe, 0x80, [15] = 1 },
					    { [15] = 1 },
					    { 0 },
					    { 0xff, 0x02, [15] = 1 },
					    { 0x20, 0x01, 0x04,
					      0x70, [15] = 1 } };
	size_t i;

	start();
	for (i = 0; i < TL_ARRAY_SIZE(bad4); i++) {
		a.at = tl_endpoint_ip4(bad4[i], 9993);
		actor_send(&root, &lone, VERB_RENDEZVOUS, rendezvous(&a, a.at));
		actor_send(&a, &lone, VERB_NOP, tl_bytes(NULL, 0));
	}
	for (i = 0; i < TL_ARRAY_SIZE(bad6); i++) {
		a.at = tl_endpoint_ip6(bad6[i], 9993);
		actor_send(&root, &lone, VERB_RENDEZVOUS, rendezvous(&a, a.at));
		actor_send(&a, &lone, VERB_NOP, tl_bytes(NULL, 0));
	}
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

TEST(root_is_reached_at_its_listed_addresses_only)
{
	struct endpoint listed = root.at;

	start();
	listed = root.at;
	root.at = lone_endpoint(91, 9993);
	send_echo(&root);
	CHECK_EQ(actor_count(&root, &lone, VERB_HELLO), 0);
	CHECK_EQ(peer_of(&root)->n_slots, 1);
	/* Ports are not compared. */
	root.at = listed;
	root.at.port = 1234;
	lone.now += PATH_ALIVE_MS;
	send_echo(&root);
	CHECK_EQ(actor_count(&root, &lone, VERB_HELLO), 1);
	finish();
}

/* Rule 13 */
TEST(whois_of_a_peer_is_answered_ten_times_a_second)
{
	uint8_t who[ADDRESS_LEN];

	start();
	tl_store_be40(who, b.id.addr.v);
	actor_send(&a, &lone, VERB_WHOIS, TL_BYTES_OF(who));
	actor_send(&a, &lone, VERB_WHOIS, TL_BYTES_OF(who));
	lone.now += 99;
	actor_send(&a, &lone, VERB_WHOIS, TL_BYTES_OF(who));
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 1);
	CHECK_EQ(lone_drops(&lone, DROP_GATE), 2);
	lone.now += 1;
	actor_send(&a, &lone, VERB_WHOIS, TL_BYTES_OF(who));
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 2);
	finish();
}

TEST(whois_is_answered_with_what_is_known_and_the_rest_asked_for)
{
	uint8_t who[3 * ADDRESS_LEN + 2] = { 0 };
	struct reader r;
	struct identity id;
	size_t n;

	start();
	tl_store_be40(who, b.id.addr.v);
	tl_store_be40(who + 5, 0x1234567890);
	tl_store_be40(who + 10, lone.id.addr.v);
	actor_send(&a, &lone, VERB_WHOIS, TL_BYTES_OF(who));
	n = actor_find(&a, &lone, VERB_OK, NULL, room);
	CHECK_EQ(n, PACKET_AT_PAYLOAD + 9 + 2 * IDENTITY_WIRE_LEN);
	r = tl_reader(tl_bytes(room + 37, n - 37));
	tl_read_identity(&r, &id);
	CHECK(tl_identity_equal(&id, &b.id));
	tl_read_identity(&r, &id);
	CHECK(tl_identity_equal(&id, &lone.id));
	CHECK_EQ(actor_count(&root, &lone, VERB_WHOIS), 1);
	finish();
}

TEST(echo_is_answered_six_times_a_second_on_a_path)
{
	int i;

	start();
	for (i = 0; i < 10; i++)
		send_echo(&a);
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 4);
	lone.now += 165;
	send_echo(&a);
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 4);
	lone.now += 1;
	send_echo(&a);
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 5);
	CHECK_EQ(lone_drops(&lone, DROP_GATE), 7);
	finish();
}

TEST(echo_from_ever_new_ports_does_not_open_the_gate)
{
	int i;

	start();
	for (i = 0; i < 100; i++) {
		a.at.port++;
		send_echo(&a);
	}
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 8);
	CHECK_EQ(lone_drops(&lone, DROP_GATE), 92);
	finish();
}

TEST(echo_comes_back_as_it_was)
{
	size_t n;

	start();
	actor_send(&a, &lone, VERB_ECHO, tl_bytes_from_str("some text"));
	n = actor_find(&a, &lone, VERB_OK, &a.at, room);
	CHECK_EQ(n, 37 + 9);
	CHECK_EQ(room[28], VERB_ECHO);
	CHECK(tl_load_be64(room + 29) == a.last_id);
	CHECK_MEM(room + 37, "some text", 9);
	finish();
}

/* One record of PUSH_DIRECT_PATHS. */
static void write_path(struct writer *w, uint8_t flags, struct endpoint e)
{
	tl_write_u8(w, flags);
	tl_write_be16(w, 0);
	tl_write_u8(w, e.family);
	tl_write_u8(w, (uint8_t)(tl_endpoint_ip_len(&e) + 2));
	tl_write_bytes(w, tl_bytes(e.ip, tl_endpoint_ip_len(&e)));
	tl_write_be16(w, e.port);
}

static void push_paths(struct actor *from, unsigned int n, uint8_t flags)
{
	static const uint8_t global[4] = { 8, 8, 8, 8 };
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	unsigned int i;

	tl_write_be16(&w, (uint16_t)(2 * n));
	for (i = 0; i < n; i++) {
		write_path(&w, flags, lone_endpoint(100, (uint16_t)(5000 + i)));
		write_path(&w, flags,
			   tl_endpoint_ip4(global, (uint16_t)(5000 + i)));
	}
	actor_send(from, &lone, VERB_PUSH_DIRECT_PATHS, tl_writer_bytes(&w));
}

TEST(eight_pushed_paths_of_a_kind_are_tried)
{
	start();
	push_paths(&a, 20, 0);
	CHECK_EQ(actor_count(&a, &lone, VERB_ECHO), 16);
	lone_forget(&lone);
	push_paths(&a, 20, 1);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

TEST(pushed_paths_are_ignored_when_they_come_too_often)
{
	int i;

	start();
	for (i = 0; i < 20; i++)
		push_paths(&a, 1, 0);
	CHECK_EQ(actor_count(&a, &lone, VERB_ECHO), 16);
	lone.now += 30001;
	push_paths(&a, 1, 0);
	CHECK_EQ(actor_count(&a, &lone, VERB_ECHO), 18);
	finish();
}

TEST(pushed_path_that_is_known_is_not_tried)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	start();
	tl_write_be16(&w, 1);
	write_path(&w, 0, a.at);
	actor_send(&a, &lone, VERB_PUSH_DIRECT_PATHS, tl_writer_bytes(&w));
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

TEST(pushed_path_that_is_none_is_not_tried)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	start();
	tl_write_be16(&w, 2);
	write_path(&w, 0, tl_endpoint_ip4(loopback, 9993));
	write_path(&w, 0, lone_endpoint(80, 0));
	actor_send(&a, &lone, VERB_PUSH_DIRECT_PATHS, tl_writer_bytes(&w));
	CHECK_EQ(lone.n_sent, 0);
	finish();
}
