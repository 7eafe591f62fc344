/* SPDX-License-Identifier: Apache-2.0 */
/*
 * security_test.c - what a receiver must enforce (vl1.md 10.2), rule by rule,
 * against actors who do what no proper node would
 */
#include "test/sim/cast.h"

/* Rule 1 */
TEST(datagrams_of_no_kind_are_dropped)
{
	size_t n;

	start();
	memset(room, 0, sizeof(room));
	for (n = 1; n < PACKET_HEADER_LEN; n++)
		lone_give(&lone, &a.at, tl_bytes(room, n));
	/* All but the four bytes that open a NAT. */
	CHECK_EQ(lone_drops(&lone, DROP_TOO_SHORT), PACKET_HEADER_LEN - 2);
	lone_give(&lone, &a.at, tl_bytes(room, PACKET_MAX_LEN + 1));
	CHECK_EQ(lone_drops(&lone, DROP_TOO_LONG), 1);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

TEST(longest_packet_is_taken)
{
	static const uint8_t text[PACKET_MAX_LEN - PACKET_HEADER_LEN];

	start();
	actor_send(&a, &lone, VERB_USER_MESSAGE, TL_BYTES_OF(text));
	CHECK_EQ(lone.n_upper, 1);
	CHECK_EQ(lone.n_got, sizeof(text));
	finish();
}

TEST(impossible_fragments_are_dropped)
{
	static const uint8_t bad[] = { 0x10, 0x11, 0x01, 0x20, 0x22, 0x23,
				       0x77, 0x81, 0xf1, 0xff, 0x00 };
	size_t i;

	start();
	for (i = 0; i < sizeof(bad); i++) {
		memset(room, 7, 40);
		tl_store_be40(room + PACKET_AT_DEST, lone.id.addr.v);
		room[13] = FRAGMENT_INDICATOR;
		room[14] = bad[i];
		room[15] = 0;
		lone_give(&lone, &a.at, tl_bytes(room, 40));
	}
	CHECK_EQ(lone_drops(&lone, DROP_BAD_FRAGMENT), sizeof(bad));
	finish();
}

/* Rule 2 */
TEST(own_address_as_source_is_dropped)
{
	size_t n;

	start();
	n = actor_packet(&a, &lone, TL_BUFFER_OF(room), VERB_ECHO,
			 tl_bytes(NULL, 0));
	tl_store_be40(room + PACKET_AT_SRC, lone.id.addr.v);
	lone_give(&lone, &a.at, tl_bytes(room, n));
	CHECK_EQ(lone_drops(&lone, DROP_OWN_ADDRESS), 1);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

/* Rule 3 */
TEST(packet_with_any_bit_changed_is_neither_heard_nor_answered)
{
	static const enum suite suites[] = { SUITE_POLY1305,
					     SUITE_SALSA_POLY1305, SUITE_BEST };
	int64_t heard;
	size_t i;
	size_t n;
	size_t s;

	start();
	heard = peer_of(&a)->last_receive_ms;
	for (s = 0; s < TL_ARRAY_SIZE(suites); s++) {
		a.suite = suites[s];
		n = actor_packet(&a, &lone, TL_BUFFER_OF(room), VERB_ECHO,
				 tl_bytes_from_str("text"));
		/* Not the addresses and not suite, fragment flag and hops. */
		for (i = PACKET_AT_MAC * 8; i < n * 8; i++) {
			room[i / 8] ^= (uint8_t)(1u << i % 8);
			lone_give(&lone, &a.at, tl_bytes(room, n));
			room[i / 8] ^= (uint8_t)(1u << i % 8);
		}
		CHECK_EQ(lone.n_sent, 0);
		CHECK_EQ(peer_of(&a)->last_receive_ms, heard);
	}
	CHECK(lone_drops(&lone, DROP_BAD_MAC) > 0);
	lone_give(&lone, &a.at, tl_bytes(room, n));
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 1);
	finish();
}

TEST(hello_with_a_wrong_mac_is_not_answered)
{
	struct actor c;
	struct hello h;
	size_t n;

	start();
	actor_init(&c, &lone, LONE_C);
	h = actor_hello_fields(&a, &lone);
	n = actor_hello_packet(&a, &lone, TL_BUFFER_OF(room), &h);
	room[PACKET_AT_PAYLOAD + 6] ^= 1;
	lone_give(&lone, &a.at, tl_bytes(room, n));
	h = actor_hello_fields(&c, &lone);
	n = actor_hello_packet(&c, &lone, TL_BUFFER_OF(room), &h);
	room[PACKET_AT_PAYLOAD + 6] ^= 1;
	lone_give(&lone, &c.at, tl_bytes(room, n));
	CHECK_EQ(lone_drops(&lone, DROP_BAD_MAC), 2);
	CHECK_EQ(lone.n_sent, 0);
	CHECK_EQ(lone.n_validations, 2);
	CHECK(!peer_of(&c));
	actor_fini(&c);
	finish();
}

/* Rule 5 */
TEST(hello_must_come_from_the_address_of_its_identity)
{
	struct hello h;
	size_t n;

	start();
	h = actor_hello_fields(&a, &lone);
	h.identity = b.id;
	h.identity.has_priv = false;
	n = actor_hello_packet(&a, &lone, TL_BUFFER_OF(room), &h);
	lone_give(&lone, &a.at, tl_bytes(room, n));
	CHECK_EQ(lone_drops(&lone, DROP_MALFORMED), 1);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

TEST(stranger_becomes_a_peer_only_when_validated)
{
	struct actor c;

	start();
	actor_init(&c, &lone, LONE_C);
	lone.is_late = true;
	actor_hello(&c, &lone);
	CHECK_EQ(lone.n_validations, 3);
	CHECK(!peer_of(&c));
	CHECK_EQ(lone.n_sent, 0);

	tl_node_on_validated(lone.node, &lone.waiting, false, lone.now);
	CHECK(!peer_of(&c));
	CHECK_EQ(lone_drops(&lone, DROP_BAD_IDENTITY), 1);
	CHECK_EQ(lone.n_sent, 0);

	actor_hello(&c, &lone);
	tl_node_on_validated(lone.node, &lone.waiting, true, lone.now);
	CHECK(peer_of(&c));
	CHECK_EQ(actor_count(&c, &lone, VERB_OK), 1);
	actor_fini(&c);
	finish();
}

TEST(copies_of_a_hello_are_validated_once)
{
	struct actor c;
	struct hello h;
	size_t n;
	int i;

	start();
	actor_init(&c, &lone, LONE_C);
	lone.is_late = true;
	h = actor_hello_fields(&c, &lone);
	n = actor_hello_packet(&c, &lone, TL_BUFFER_OF(room), &h);
	for (i = 0; i < 3; i++)
		lone_give(&lone, &c.at, tl_bytes(room, n));
	CHECK_EQ(lone.n_validations, 3);
	CHECK_EQ(lone_drops(&lone, DROP_DUPLICATE), 2);
	actor_fini(&c);
	finish();
}

/* A with another identity but the same address. */
static void impostor(struct actor *x)
{
	struct identity id;

	lone_parse(&id, lone_identities[LONE_C]);
	id.addr = a.id.addr;
	actor_init_id(x, &lone, &id, lone_endpoint(66, 9993));
	x->suite = SUITE_SALSA_POLY1305;
}

TEST(known_address_keeps_its_identity_and_the_newcomer_is_told)
{
	struct actor x;
	size_t n;

	start();
	impostor(&x);
	actor_hello(&x, &lone);
	CHECK_EQ(lone_drops(&lone, DROP_COLLISION), 1);
	CHECK(tl_identity_equal(&peer_of(&a)->id, &a.id));
	n = actor_find(&x, &lone, VERB_ERROR, &x.at, room);
	CHECK_EQ(n, PACKET_AT_PAYLOAD + 10);
	CHECK_EQ(tl_packet_suite(room), SUITE_SALSA_POLY1305);
	CHECK_EQ(room[PACKET_AT_PAYLOAD], VERB_HELLO);
	CHECK(tl_load_be64(room + 29) == x.last_id);
	CHECK_EQ(room[37], ERROR_IDENTITY_COLLISION);
	actor_fini(&x);
	finish();
}

TEST(impostor_without_the_key_is_told_nothing)
{
	struct actor x;
	struct hello h;
	size_t n;

	start();
	impostor(&x);
	h = actor_hello_fields(&x, &lone);
	n = actor_hello_packet(&x, &lone, TL_BUFFER_OF(room), &h);
	room[PACKET_AT_MAC] ^= 1;
	lone_give(&lone, &x.at, tl_bytes(room, n));
	CHECK_EQ(lone.n_sent, 0);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_MAC), 1);
	actor_fini(&x);
	finish();
}

TEST(sealed_hello_with_another_identity_is_dropped)
{
	struct hello h;
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t mask_at;

	start();
	h = actor_hello_fields(&a, &lone);
	memcpy(h.identity.pub, b.id.pub, sizeof(h.identity.pub));
	tl_hello_build(&w, &h, &mask_at);
	/* Without its masked end, so that nothing else is wrong with it. */
	actor_send(&a, &lone, VERB_HELLO, tl_bytes(room, mask_at));
	CHECK(tl_identity_equal(&peer_of(&a)->id, &a.id));
	CHECK_EQ(lone.n_sent, 0);
	h.identity = a.id;
	h.identity.has_priv = false;
	w.n = 0;
	tl_hello_build(&w, &h, &mask_at);
	actor_send(&a, &lone, VERB_HELLO, tl_bytes(room, mask_at));
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 1);
	finish();
}

TEST(hello_of_an_old_protocol_is_dropped)
{
	struct hello h;

	start();
	h = actor_hello_fields(&a, &lone);
	h.version.protocol = 3;
	actor_hello_with(&a, &lone, &h);
	CHECK_EQ(lone_drops(&lone, DROP_OLD_VERSION), 1);
	CHECK_EQ(lone.n_sent, 0);
	h.version.protocol = 4;
	actor_hello_with(&a, &lone, &h);
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 1);
	finish();
}

/* Somebody new at 10.0.@net.@host. */
static void hello_of_stranger(unsigned int number, uint8_t net, uint8_t host)
{
	const uint8_t ip[4] = { 10, 1, net, host };
	struct identity id;
	struct actor x;

	lone_parse(&id, lone_identities[LONE_D]);
	id.addr.v = 0x1000000000 + number;
	actor_init_id(&x, &lone, &id, tl_endpoint_ip4(ip, 9993));
	actor_hello(&x, &lone);
	actor_fini(&x);
}

/* Rule 6 */
TEST(strangers_of_one_prefix_pass_in_a_burst_and_then_slowly)
{
	unsigned int number;
	unsigned int before;

	start();
	lone.now += 60000; /* what A and B took is back */
	lone.is_valid = false;
	before = lone.n_validations;
	for (number = 0; number < 40; number++)
		hello_of_stranger(number, 1, (uint8_t)number);
	CHECK_EQ(lone.n_validations - before, 16);
	CHECK_EQ(lone_drops(&lone, DROP_STRANGER_GATE), 24);

	/* Another prefix is not concerned. */
	hello_of_stranger(++number, 2, 1);
	CHECK_EQ(lone.n_validations - before, 17);

	lone.now += 2000;
	hello_of_stranger(++number, 1, 1);
	hello_of_stranger(++number, 1, 2);
	CHECK_EQ(lone.n_validations - before, 18);
	finish();
}

TEST(strangers_from_everywhere_share_one_budget)
{
	unsigned int number;
	unsigned int before;

	start();
	/* What A and B took is back. */
	lone.now += 60000;
	lone.is_valid = false;
	before = lone.n_validations;
	for (number = 0; number < 200; number++)
		hello_of_stranger(number, (uint8_t)number, 1);
	CHECK_EQ(lone.n_validations - before, 64);
	lone.now += 5000;
	for (number = 0; number < 200; number++)
		hello_of_stranger(number, (uint8_t)number, 2);
	CHECK_EQ(lone.n_validations - before, 64 + 10);
	finish();
}

/* A wrong MAC costs a key agreement, too. */
TEST(key_agreements_with_strangers_are_limited)
{
	struct bucket full = { .full_at_ms = INT64_MAX / 2 };

	start();
	lone.now += 60000;
	hello_of_stranger(1, 1, 1);
	CHECK_EQ(lone_drops(&lone, DROP_STRANGER_GATE), 0);
	lone.node->agreements = full;
	hello_of_stranger(2, 2, 1);
	CHECK_EQ(lone_drops(&lone, DROP_STRANGER_GATE), 1);
	finish();
}

TEST(collisions_are_answered_through_the_same_gate)
{
	struct actor x;
	int i;

	start();
	impostor(&x);
	lone.now += 60000;
	for (i = 0; i < 40; i++)
		actor_hello(&x, &lone);
	CHECK_EQ(actor_count(&x, &lone, VERB_ERROR), 16);
	actor_fini(&x);
	finish();
}

/* Rule 7 */
TEST(trusted_paths_are_refused_when_none_is_configured)
{
	uint64_t id;

	start();
	for (id = 0; id < 2; id++) {
		size_t n = actor_packet(&a, &lone, TL_BUFFER_OF(room),
					VERB_ECHO, tl_bytes(NULL, 0));

		room[PACKET_AT_FLAGS] = SUITE_TRUSTED_PATH << 3;
		tl_store_be64(room + PACKET_AT_MAC, id);
		room[PACKET_AT_VERB] = VERB_ECHO;
		lone_give(&lone, &a.at, tl_bytes(room, n));
	}
	CHECK_EQ(lone_drops(&lone, DROP_TRUSTED_PATH), 2);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

TEST(unassigned_suites_are_dropped)
{
	unsigned int suite;

	start();
	for (suite = 4; suite < 8; suite++) {
		size_t n = actor_packet(&a, &lone, TL_BUFFER_OF(room),
					VERB_ECHO, tl_bytes(NULL, 0));

		room[PACKET_AT_FLAGS] = (uint8_t)(suite << 3);
		lone_give(&lone, &a.at, tl_bytes(room, n));
	}
	CHECK_EQ(lone_drops(&lone, DROP_BAD_SUITE), 4);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

/* Rule 8 */
TEST(ok_that_nobody_asked_for_is_not_even_heard)
{
	int64_t heard;
	uint64_t id;

	start();
	id = be_probed();
	lone.now += 1000;
	heard = peer_of(&a)->last_receive_ms;
	send_ok(&a, VERB_ECHO, id + 1, tl_bytes(NULL, 0));
	send_ok(&a, VERB_ECHO, 0, tl_bytes(NULL, 0));
	CHECK_EQ(lone_drops(&lone, DROP_UNEXPECTED), 2);
	CHECK_EQ(peer_of(&a)->last_receive_ms, heard);
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	send_ok(&a, VERB_ECHO, id, tl_bytes(NULL, 0));
	CHECK_EQ(peer_of(&a)->last_receive_ms, lone.now);
	CHECK_EQ(peer_of(&a)->n_slots, 2);
	finish();
}

TEST(ok_from_another_than_was_asked_is_dropped)
{
	uint64_t id;

	start();
	id = be_probed();
	b.at = lone_endpoint(78, 1);
	send_ok(&b, VERB_ECHO, id, tl_bytes(NULL, 0));
	CHECK_EQ(lone_drops(&lone, DROP_UNEXPECTED), 1);
	CHECK_EQ(peer_of(&b)->n_slots, 1);
	finish();
}

TEST(ok_comes_too_late_after_a_minute)
{
	uint64_t id;

	start();
	id = be_probed();
	lone.now += EXPECT_MS;
	send_ok(&a, VERB_ECHO, id, tl_bytes(NULL, 0));
	CHECK_EQ(lone_drops(&lone, DROP_UNEXPECTED), 1);
	finish();
}

static void send_collision(struct actor *from)
{
	uint8_t payload[10] = { VERB_HELLO };

	payload[9] = ERROR_IDENTITY_COLLISION;
	actor_send(from, &lone, VERB_ERROR, TL_BYTES_OF(payload));
}

TEST(only_a_root_may_say_that_our_identity_is_lost)
{
	start();
	send_collision(&a);
	CHECK_EQ(lone.n_collisions, 0);
	send_collision(&root);
	CHECK_EQ(lone.n_collisions, 1);
	finish();
}

/* Rule 9 */
TEST(other_packets_than_ok_teach_no_path_but_have_it_confirmed)
{
	start();
	a.at = lone_endpoint(77, 1);
	send_echo(&a);
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	CHECK(actor_find(&a, &lone, VERB_HELLO, &a.at, room));
	CHECK(actor_ok_hello(&a, &lone));
	CHECK_EQ(peer_of(&a)->n_slots, 2);
	finish();
}

TEST(relayed_packets_teach_no_path)
{
	start();
	a.at = lone_endpoint(77, 1);
	a.hops = 1;
	send_echo(&a);
	CHECK(!actor_find(&a, &lone, VERB_HELLO, &a.at, room));
	a.hops = 0;
	send_echo(&a);
	a.hops = 1;
	CHECK(actor_ok_hello(&a, &lone));
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	finish();
}

TEST(relayed_packets_say_nothing_about_our_address)
{
	struct endpoint seen = lone_endpoint(200, 5);
	struct endpoint list[4];
	struct hello h;

	start();
	CHECK_EQ(tl_node_surface(lone.node, list, 4), 0);
	h = actor_hello_fields(&a, &lone);
	h.sent_to = seen;
	a.hops = 1;
	actor_hello_with(&a, &lone, &h);
	CHECK_EQ(tl_node_surface(lone.node, list, 4), 0);
	a.hops = 0;
	actor_hello_with(&a, &lone, &h);
	CHECK_EQ(tl_node_surface(lone.node, list, 4), 1);
	CHECK(tl_endpoint_equal(&list[0], &seen));
	finish();
}

TEST(unknown_paths_are_confirmed_once_a_second_and_few_at_a_time)
{
	int i;

	start();
	a.at = lone_endpoint(77, 1);
	send_echo(&a);
	send_echo(&a);
	CHECK_EQ(actor_count(&a, &lone, VERB_HELLO), 1);
	for (i = 0; i < 40; i++) {
		a.at.port++;
		actor_send(&a, &lone, VERB_NOP, tl_bytes(NULL, 0));
	}
	CHECK_EQ(actor_count(&a, &lone, VERB_HELLO), PEER_TRIED_MAX);
	lone.now += 1000;
	actor_send(&a, &lone, VERB_NOP, tl_bytes(NULL, 0));
	CHECK_EQ(actor_count(&a, &lone, VERB_HELLO), PEER_TRIED_MAX + 1);
	finish();
}

TEST(time_that_was_not_ours_measures_nothing)
{
	struct ok_hello ok = { .version = { PROTOCOL_VERSION, 1, 14, 1 } };
	static const uint64_t times[] = { UINT64_MAX, UINT64_MAX / 2 + 1,
					  (uint64_t)LONE_START_MS * 2 };
	struct reader r;
	struct writer w;
	size_t i;

	start();
	for (i = 0; i < TL_ARRAY_SIZE(times); i++) {
		uint64_t id;

		lone.now += 2000;
		lone_forget(&lone);
		id = be_probed();
		ok.timestamp = times[i];
		w = tl_writer(TL_BUFFER_OF(room));
		tl_ok_hello_build(&w, &ok);
		r = tl_reader(tl_writer_bytes(&w));
		send_ok(&a, VERB_HELLO, id, r.rest);
		CHECK_EQ(tl_path_find(&lone.node->paths, 0, &a.at)->latency_ms,
			 PATH_LATENCY_UNKNOWN);
		tl_peer_drop_slot(peer_of(&a), peer_of(&a)->n_slots - 1);
	}
	finish();
}

/* A planet in an OK(HELLO) of @from. */
static void offer(struct actor *from, struct world *w)
{
	static uint8_t wire[WORLD_WIRE_MAX];
	struct writer writer = tl_writer(TL_BUFFER_OF(wire));
	struct ok_hello ok = { .version = { PROTOCOL_VERSION, 1, 14, 1 } };

	tl_write_world(&writer, w);
	ok.worlds = tl_writer_bytes(&writer);
	tl_node_on_rebind(lone.node, lone.now);
	from->at.port ^= 1;
	send_echo(from);
	from->at.port ^= 1;
	lone_run(&lone, 2000);
	CHECK(actor_ok_hello_with(from, &lone, &ok));
	lone_forget(&lone);
}

static struct world *next_planet(uint64_t timestamp)
{
	struct world *w = malloc(sizeof(*w));

	CHECK(w);
	*w = *tl_node_planet(lone.node);
	w->timestamp = timestamp;
	w->n_roots = 2;
	w->roots[1].identity = b.id;
	w->roots[1].identity.has_priv = false;
	w->roots[1].n_endpoints = 0;
	tl_world_sign(w, root.id.pub, root.id.priv);
	return w;
}

TEST(relayed_answers_say_nothing_about_our_address_nor_the_delay)
{
	struct ok_hello ok = { .version = { PROTOCOL_VERSION, 1, 14, 1 },
			       .seen_at = lone_endpoint(200, 5) };
	struct endpoint list[4];
	struct path *path;

	start();
	path = tl_path_find(&lone.node->paths, 0, &a.at);
	path->latency_ms = 5;
	a.at.port++;
	lone.now += PATH_ALIVE_MS;
	send_echo(&a);
	a.at.port--;
	lone.now += 1000;
	a.hops = 1;
	CHECK(actor_ok_hello_with(&a, &lone, &ok));
	CHECK_EQ(path->latency_ms, 5);
	CHECK_EQ(tl_node_surface(lone.node, list, 4), 0);
	a.hops = 0;
	CHECK(actor_ok_hello_with(&a, &lone, &ok));
	CHECK_EQ(path->latency_ms, (5 + 1000) / 2);
	CHECK_EQ(tl_node_surface(lone.node, list, 4), 1);
	finish();
}

TEST(address_is_believed_only_from_where_it_has_a_meaning)
{
	static const uint8_t global[4] = { 8, 8, 8, 8 };
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct endpoint list[4];
	struct hello h;

	start();
	h = actor_hello_fields(&a, &lone);
	/* A is near: it cannot know our address on the Internet. */
	h.sent_to = tl_endpoint_ip4(global, 9993);
	actor_hello_with(&a, &lone, &h);
	a.at = tl_endpoint_ip4(loopback, 9993);
	h.sent_to = tl_endpoint_ip4(loopback, 9993);
	actor_hello_with(&a, &lone, &h);
	CHECK_EQ(tl_node_surface(lone.node, list, 4), 0);
	finish();
}

/* Rule 10 */
TEST(planet_is_replaced_by_a_newer_signed_one_from_a_root)
{
	struct world *w;

	start();
	w = next_planet(2);
	offer(&root, w);
	CHECK_EQ(lone.n_worlds, 1);
	CHECK_EQ(tl_node_planet(lone.node)->timestamp, 2);
	CHECK(tl_node_is_upstream(lone.node, b.id.addr));
	CHECK(peer_of(&b)->is_upstream);
	free(w);
	finish();
}

TEST(planet_from_another_than_a_root_is_ignored)
{
	struct world *w;

	start();
	w = next_planet(2);
	a.at = lone_endpoint(80, 100);
	offer(&a, w);
	CHECK_EQ(lone.n_worlds, 0);
	CHECK_EQ(tl_node_planet(lone.node)->timestamp, 1);
	free(w);
	finish();
}

TEST(planet_that_is_not_newer_or_not_signed_is_refused)
{
	struct world *w;

	start();
	w = next_planet(1);
	offer(&root, w);
	CHECK_EQ(lone.n_worlds, 0);

	w->timestamp = 2; /* after signing */
	offer(&root, w);
	CHECK_EQ(lone.n_worlds, 0);

	w->id = 2;
	tl_world_sign(w, root.id.pub, root.id.priv);
	offer(&root, w);
	CHECK_EQ(lone.n_worlds, 0);

	w->id = 1;
	tl_world_sign(w, a.id.pub, a.id.priv);
	offer(&root, w);
	CHECK_EQ(lone.n_worlds, 0);

	w->type = WORLD_MOON;
	tl_world_sign(w, root.id.pub, root.id.priv);
	offer(&root, w);
	CHECK_EQ(lone.n_worlds, 0);
	CHECK_EQ(tl_node_planet(lone.node)->timestamp, 1);
	free(w);
	finish();
}

TEST(root_that_left_the_planet_loses_its_rights)
{
	struct world *w;

	start();
	w = next_planet(2);
	offer(&root, w);
	w->timestamp = 3;
	w->roots[0] = w->roots[1];
	w->n_roots = 1;
	tl_world_sign(w, root.id.pub, root.id.priv);
	offer(&root, w);
	CHECK_EQ(tl_node_planet(lone.node)->timestamp, 3);
	CHECK(!peer_of(&root)->is_upstream);
	send_collision(&root);
	CHECK_EQ(lone.n_collisions, 0);
	send_collision(&b);
	CHECK_EQ(lone.n_collisions, 1);
	free(w);
	finish();
}

/* Rule 11 */
TEST(rendezvous_is_obeyed_from_roots_only)
{
	struct endpoint at = lone_endpoint(90, 4000);

	start();
	actor_send(&b, &lone, VERB_RENDEZVOUS, rendezvous(&a, at));
	CHECK_EQ(sent_to(at), 0);
	CHECK_EQ(lone_drops(&lone, DROP_NOT_UPSTREAM), 1);

	actor_send(&root, &lone, VERB_RENDEZVOUS, rendezvous(&a, at));
	CHECK_EQ(sent_to(at), 2);
	/* What opens our NAT goes first, and not far. */
	CHECK_EQ(lone.sent[0].n, 4);
	CHECK_EQ(lone.sent[0].ttl, 2);
	CHECK(actor_find(&a, &lone, VERB_ECHO, &at, room));
	finish();
}

TEST(rendezvous_that_makes_no_sense_is_ignored)
{
	struct endpoint at = lone_endpoint(90, 4000);
	struct bytes payload;
	size_t n;

	start();
	payload = rendezvous(&a, at);
	for (n = 0; n < payload.n; n++)
		actor_send(&root, &lone, VERB_RENDEZVOUS,
			   tl_bytes_first(payload, n));
	room[8] = 5; /* length of the IP address */
	actor_send(&root, &lone, VERB_RENDEZVOUS, payload);
	at.port = 0;
	actor_send(&root, &lone, VERB_RENDEZVOUS, rendezvous(&a, at));
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

/* Rule 16 */
TEST(payload_that_grows_too_far_is_dropped)
{
	/* One literal, then a match of 255 * 50 + ... bytes at offset 1. */
	uint8_t bomb[60];

	start();
	memset(bomb, 0xff, sizeof(bomb));
	bomb[0] = 0x1f;
	bomb[1] = 'x';
	bomb[2] = 1;
	bomb[3] = 0;
	bomb[58] = 0x10;
	bomb[59] = 'y';
	actor_send(&a, &lone,
		   (enum verb)(VERB_USER_MESSAGE | VERB_FLAG_COMPRESSED),
		   TL_BYTES_OF(bomb));
	CHECK_EQ(lone_drops(&lone, DROP_BAD_COMPRESSION), 1);
	CHECK_EQ(lone.n_upper, 0);
	finish();
}

/* Rule 17 */
TEST(verbs_cut_anywhere_do_no_harm)
{
	static const uint8_t zeroes[64];
	static const uint8_t ones[64] = { [0 ... 63] = 0xff };
	unsigned int verb;
	size_t n;

	start();
	for (verb = 0; verb < 32; verb++) {
		if (verb == VERB_HELLO)
			continue;
		for (n = 0; n <= 64; n++) {
			actor_send(&a, &lone, (enum verb)verb,
				   tl_bytes(zeroes, n));
			actor_send(&root, &lone, (enum verb)verb,
				   tl_bytes(ones, n));
			lone.now += 200;
		}
		lone_forget(&lone);
	}
	CHECK(peer_of(&a));
	CHECK(tl_node_is_online(lone.node, lone.now));
	finish();
}

TEST(unknown_verbs_count_as_heard_and_multipath_ones_do_not)
{
	start();
	lone.now += 1000;
	actor_send(&a, &lone, VERB_ACK, tl_bytes("1234", 4));
	actor_send(&a, &lone, VERB_QOS_MEASUREMENT, tl_bytes("1234567890", 10));
	actor_send(&a, &lone, VERB_PATH_NEGOTIATION_REQUEST, tl_bytes("12", 2));
	CHECK(peer_of(&a)->last_receive_ms != lone.now);
	actor_send(&a, &lone, (enum verb)0x1f, tl_bytes("x", 1));
	CHECK_EQ(peer_of(&a)->last_receive_ms, lone.now);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

/* vl1.md 10.1: stricter than the reference. */
TEST(replayed_frame_is_delivered_once)
{
	static const struct network_id net = { NETWORK_PUBLIC };
	uint8_t frame[40] = { 0 };
	size_t n;

	start();
	CHECK_EQ(tl_vl2_join(lone.vl2, net, tl_bytes(NULL, 0), lone.now), 0);
	lone_run(&lone, 100);
	tl_store_be64(frame, net.v);
	tl_store_be16(frame + 8, 0x0800);
	n = actor_packet(&a, &lone, TL_BUFFER_OF(room), VERB_FRAME,
			 TL_BYTES_OF(frame));
	lone_give(&lone, &a.at, tl_bytes(room, n));
	CHECK_EQ(lone.n_frames, 1);
	lone_give(&lone, &a.at, tl_bytes(room, n));
	CHECK_EQ(lone.n_frames, 1);
	CHECK_EQ(lone_drops(&lone, DROP_DUPLICATE), 1);
	/* The same content again is no replay. */
	actor_send(&a, &lone, VERB_FRAME, TL_BYTES_OF(frame));
	CHECK_EQ(lone.n_frames, 2);
	finish();
}

TEST(copies_of_a_probe_are_answered_on_each_path)
{
	size_t n;
	int i;

	start();
	n = actor_packet(&a, &lone, TL_BUFFER_OF(room), VERB_ECHO,
			 tl_bytes(NULL, 0));
	for (i = 0; i < 3; i++) {
		a.at.port++;
		lone_give(&lone, &a.at, tl_bytes(room, n));
	}
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 3);
	finish();
}
