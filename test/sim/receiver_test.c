/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receiver_test.c - which test holds which rule (vl1.md 10.2, 4.0)
 *
 * Each fails if its rule is taken out. The first word is the file, without
 * _test; "receiver" is this one, which has what the others leave open.
 *
 *  1 sizes, fragments	security: datagrams_of_no_kind_are_dropped,
 *	impossible_fragments_...; receiver: parts_that_are_too_long_...
 *  2 own address	security: own_address_as_source_is_dropped
 *  3 MAC first	security: packet_with_any_bit_changed_...,
 *	hello_with_a_wrong_mac_..., impostor_without_the_key_...; duel
 *  4 identities	identity (src/wire); receiver: reserved_sender_is_...
 *  5 who is who	security: hello_must_come_from_...,
 *	stranger_becomes_..., known_address_keeps_...,
 *	sealed_hello_with_another_...;
 *	receiver: second_answer_about_somebody_changes_nothing
 *  6 strangers	security: strangers_of_one_..., strangers_from_...,
 *	collisions_are_...; receiver: forged_hellos_cost_no_more_...;
 *	extended: noise_of_one_prefix_..., noise_from_everywhere_...
 *  7 trusted paths	security: trusted_paths_are_refused_when_none_...
 *  8 OK, ERROR	security: ok_that_nobody_..., ok_from_another_...,
 *	ok_comes_too_late_..., only_a_root_may_say_...
 *  9 paths		security: other_packets_than_ok_...,
 *	relayed_packets_..., unknown_paths_are_confirmed_...,
 *	relayed_answers_...; duel
 * 10 worlds		security: planet_from_another_...,
 *	planet_that_is_not_...; worlds: all of "whom to believe" and
 *	"updates"; worlds_rights: "limits"
 * 11 roots' rights	security: rendezvous_is_obeyed_...; questions:
 *	identities_are_taken_from_roots_...;
 *	worlds_rights: the first ones
 * 12 addresses	questions: addresses_that_are_no_paths_...,
 *	root_is_reached_at_its_listed_..., pushed_path_that_is_none_...;
 *	receiver: address_the_host_forbids_...; worlds_rights: root_of_two_...,
 *	peer_that_becomes_a_root_...; redirect: redirect_to_an_address_...
 * 13 gates, 4.0	questions: whois_of_a_peer_..., echo_is_answered_...,
 *	pushed_paths_are_ignored_...; gate: credentials_are_looked_at_...,
 *	frames_of_others_...; receiver: closed_gate_...
 * 14 relay		relay: leaf_relays_only_..., hops_end_at_three
 * 15 limits		relay: all with "queue", peer_has_at_most_64_paths_...;
 *	receiver: full_table_of_..., what_is_pending_..., seen_...
 * 16 decompression	security: payload_that_grows_too_far_is_dropped;
 *	receiver: payload_may_grow_to_the_longest_packet_...; compress
 * 17 lengths		security: verbs_cut_anywhere_do_no_harm;
 *	receiver: each with "cut" in its name
 */
#include "test/sim/cast.h"

static uint64_t malformed(void)
{
	return lone_drops(&lone, DROP_MALFORMED);
}

/* Rule 1: seven parts, each of them possible, that make no packet. */
static void send_parts(struct actor *from, size_t n_last)
{
	uint8_t head[1432] = { 0 };
	uint8_t part[1448 + 1] = { 0 };
	unsigned int no;

	tl_packet_init(head, ++from->counter, lone.id.addr, from->id.addr,
		       VERB_NOP);
	head[PACKET_AT_FLAGS] = PACKET_FLAG_FRAGMENTED;
	lone_give(&lone, &from->at, TL_BYTES_OF(head));
	for (no = 1; no < 7; no++) {
		tl_fragment_header(part, head, no, 7);
		lone_give(&lone, &from->at,
			  tl_bytes(part, no == 6 ? n_last + 16 : 1448));
	}
}

TEST(parts_that_are_too_long_together_are_no_packet)
{
	start();
	send_parts(&a, 1432);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_MAC), 1);
	send_parts(&a, 1433);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_MAC), 1);
	finish();
}

/* Rule 4 */
/* The others, ff..., are fragments. */
TEST(reserved_sender_is_nobody_to_ask_for)
{
	size_t n = PACKET_HEADER_LEN + 10;

	start();
	memset(room, 0, n);
	tl_packet_init(room, 1, lone.id.addr, (struct address){ 0 }, VERB_NOP);
	room[PACKET_AT_FLAGS] = SUITE_AES_GMAC_SIV << 3;
	lone_give(&lone, &a.at, tl_bytes(room, n));
	lone_run(&lone, 2000);
	CHECK_EQ(actor_count(&root, &lone, VERB_WHOIS), 0);
	tl_store_be40(room + PACKET_AT_SRC, 0x1100000001);
	lone_give(&lone, &a.at, tl_bytes(room, n));
	CHECK_EQ(actor_count(&root, &lone, VERB_WHOIS), 1);
	finish();
}

/* Rule 5 */
TEST(second_answer_about_somebody_changes_nothing)
{
	struct identity other;
	struct actor c;
	uint64_t id;
	size_t n;

	start();
	actor_init(&c, &lone, LONE_C);
	send_echo(&c);
	n = actor_find(&root, &lone, VERB_WHOIS, NULL, room);
	CHECK(n);
	id = tl_packet_id(room);
	answer_whois(&root, id, &c.id);
	CHECK_EQ(lone.node->peers.count, 4);
	other = a.id;
	other.addr = c.id.addr;
	answer_whois(&root, id, &other);
	answer_whois(&root, id, &c.id);
	CHECK_EQ(lone.node->peers.count, 4);
	CHECK(tl_identity_equal(&peer_of(&c)->id, &c.id));
	actor_fini(&c);
	finish();
}

/* Rule 6 */
TEST(forged_hellos_cost_no_more_than_true_ones)
{
	struct actor c;
	struct hello h;
	size_t n;
	int i;

	start();
	actor_init(&c, &lone, LONE_C);
	lone.now += 60000;
	h = actor_hello_fields(&c, &lone);
	n = actor_hello_packet(&c, &lone, TL_BUFFER_OF(room), &h);
	room[PACKET_AT_MAC] ^= 1;
	for (i = 0; i < 40; i++)
		lone_give(&lone, &c.at, tl_bytes(room, n));
	CHECK_EQ(lone_drops(&lone, DROP_BAD_MAC), 16);
	CHECK_EQ(lone_drops(&lone, DROP_STRANGER_GATE), 24);
	actor_fini(&c);
	finish();
}

static bool forbid(void *ctx, struct address peer,
		   const struct endpoint *remote)
{
	(void)ctx;
	(void)peer;
	return remote->ip[3] != 77;
}

/* Rule 12 */
TEST(address_the_host_forbids_is_no_path)
{
	struct node_host strict = lone_host;

	start();
	strict.may_use = forbid;
	lone.node->host = &strict;
	a.at = lone_endpoint(77, 1);
	send_echo(&a);
	CHECK_EQ(actor_count(&a, &lone, VERB_HELLO), 0);
	a.at = lone_endpoint(78, 1);
	send_echo(&a);
	CHECK_EQ(actor_count(&a, &lone, VERB_HELLO), 1);
	finish();
}

/* Rule 13: is what A sends taken as a sign of life? */
static bool is_heard(enum verb verb, struct bytes payload)
{
	lone.now++;
	actor_send(&a, &lone, verb, payload);
	return peer_of(&a)->last_receive_ms == lone.now;
}

TEST(closed_gate_for_whois_echo_and_credentials_hears_nothing)
{
	static const uint8_t nothing[8];
	int i;

	start();
	CHECK(is_heard(VERB_WHOIS, tl_bytes(nothing, 5)));
	CHECK(!is_heard(VERB_WHOIS, tl_bytes(nothing, 5)));
	for (i = 0; i < 4; i++)
		CHECK(is_heard(VERB_ECHO, tl_bytes(nothing, 1)));
	CHECK(!is_heard(VERB_ECHO, tl_bytes(nothing, 1)));
	for (i = 0; i < 4; i++)
		CHECK(is_heard(VERB_NETWORK_CREDENTIALS, tl_bytes(nothing, 8)));
	CHECK(!is_heard(VERB_NETWORK_CREDENTIALS, tl_bytes(nothing, 8)));
	finish();
}

TEST(closed_gate_for_pushes_and_wrong_introducers_are_heard)
{
	static const uint8_t nothing[2];
	int i;

	start();
	for (i = 0; i < 12; i++)
		CHECK(is_heard(VERB_PUSH_DIRECT_PATHS, TL_BYTES_OF(nothing)));
	CHECK(lone_drops(&lone, DROP_GATE) > 0);
	CHECK(is_heard(VERB_RENDEZVOUS,
		       rendezvous(&b, lone_endpoint(90, 4000))));
	CHECK_EQ(lone_drops(&lone, DROP_NOT_UPSTREAM), 1);
	finish();
}

/* Rule 15 */
TEST(full_table_of_peers_or_paths_takes_nobody_new)
{
	struct actor c;
	size_t count;

	start();
	actor_init(&c, &lone, LONE_C);
	count = lone.node->peers.count;
	lone.node->peers.count = NODE_PEERS_MAX;
	actor_hello(&c, &lone);
	CHECK(!peer_of(&c));
	CHECK_EQ(lone_drops(&lone, DROP_PEER_TABLE_FULL), 1);
	lone.node->peers.count = count;

	count = lone.node->paths.count;
	lone.node->paths.count = PATH_TABLE_MAX;
	send_ok(&a, VERB_ECHO, be_probed(), tl_bytes(NULL, 0));
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	lone.node->paths.count = count;
	actor_fini(&c);
	finish();
}

TEST(what_is_pending_is_given_up_in_the_end)
{
	struct actor c;
	size_t n_used;

	start();
	actor_init(&c, &lone, LONE_C);
	n_used = lone.pool.n_used;
	lone.is_late = true;
	actor_hello(&c, &lone);
	CHECK_EQ(lone.pool.n_used, n_used + 1);
	lone_run(&lone, PENDING_MS + HOUSEKEEPING_MS + 1);
	CHECK_EQ(lone.pool.n_used, n_used);
	actor_fini(&c);
	finish();
}

TEST(seen_addresses_are_few_and_grow_old)
{
	struct endpoint list[SURFACE_MAX + 1];
	struct hello h;
	int i;

	start();
	h = actor_hello_fields(&a, &lone);
	for (i = 0; i < 3 * SURFACE_MAX; i++) {
		a.at.port++;
		h.sent_to = lone_endpoint(200, (uint16_t)(i + 1));
		actor_hello_with(&a, &lone, &h);
	}
	CHECK_EQ(tl_node_surface(lone.node, list, TL_ARRAY_SIZE(list)),
		 SURFACE_MAX);
	lone_run(&lone, SURFACE_MS + HOUSEKEEPING_MS + 1);
	CHECK_EQ(tl_node_surface(lone.node, list, TL_ARRAY_SIZE(list)), 0);
	finish();
}

/* Rule 16: a literal and a match of offset 1 and any length, and five literals,
 * as LZ4 wants them. */
static struct bytes inflating(uint8_t *out, size_t n)
{
	struct writer w = tl_writer(tl_buffer(out, 100));
	size_t rest = n - 1 - 5 - 4 - 15;

	tl_write_u8(&w, 0x1f);
	tl_write_u8(&w, 'x');
	tl_write_u8(&w, 1);
	tl_write_u8(&w, 0);
	for (; rest >= 255; rest -= 255)
		tl_write_u8(&w, 255);
	tl_write_u8(&w, (uint8_t)rest);
	tl_write_u8(&w, 0x50);
	tl_write_bytes(&w, tl_bytes("abcde", 5));
	return tl_writer_bytes(&w);
}

TEST(payload_may_grow_to_the_longest_packet_and_no_further)
{
	const size_t longest = PACKET_MAX_LEN - PACKET_HEADER_LEN;
	const enum verb verb =
		(enum verb)(VERB_USER_MESSAGE | VERB_FLAG_COMPRESSED);
	uint8_t text[100];

	start();
	actor_send(&a, &lone, verb, inflating(text, longest));
	CHECK_EQ(lone.n_got, longest);
	actor_send(&a, &lone, verb, inflating(text, longest + 1));
	CHECK_EQ(lone.n_upper, 1);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_COMPRESSION), 1);
	finish();
}

/* Rule 17. A HELLO in suite 3, so that any length can be sealed. */
TEST(hello_cut_within_a_field_is_not_answered)
{
	struct hello h;
	struct writer w;
	size_t mask_at;
	size_t n;

	start();
	h = actor_hello_fields(&a, &lone);
	h.sent_to = lone_endpoint(5, 6);
	for (n = 0; n < 92; n++) {
		w = tl_writer(TL_BUFFER_OF(room));
		tl_hello_build(&w, &h, &mask_at);
		CHECK_EQ(mask_at, 84 + 7 + 16);
		if (n == 84 || n == 91)
			continue; /* all that is there is whole */
		actor_send(&a, &lone, VERB_HELLO, tl_bytes(room, n));
		CHECK_EQ(lone.n_sent, 0);
	}
	actor_send(&a, &lone, VERB_HELLO, tl_bytes(room, 91));
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 1);
	finish();
}

TEST(hello_whose_list_of_moons_is_cut_is_not_answered)
{
	struct hello h;
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct buffer whole;
	size_t mask_at;

	start();
	h = actor_hello_fields(&a, &lone);
	tl_packet_init(room, ++a.counter, lone.id.addr, a.id.addr, VERB_HELLO);
	w.n = PACKET_HEADER_LEN;
	tl_hello_build(&w, &h, &mask_at);
	tl_store_be16(room + mask_at, 1); /* but there is none */
	whole = tl_buffer(room, w.n);
	tl_armor_mask_field(a.armor, whole, mask_at);
	CHECK_EQ(tl_armor_seal(a.armor, SUITE_POLY1305, whole), 0);
	lone_give(&lone, &a.at, tl_bytes(room, w.n));
	CHECK_EQ(malformed(), 1);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

/* What is behind the nine bytes that each OK begins with, in @out. */
static struct bytes ok_hello(struct buffer out, unsigned int protocol)
{
	struct ok_hello ok = { .timestamp = (uint64_t)lone.now,
			       .version = { (uint8_t)protocol, 1, 14, 1 },
			       .seen_at = lone_endpoint(5, 6) };
	struct writer w = tl_writer(out);

	tl_ok_hello_build(&w, &ok);
	return tl_writer_bytes(&w);
}

TEST(answer_to_hello_that_is_cut_or_old_teaches_nothing)
{
	uint8_t text[100];
	struct bytes ok;
	uint64_t id;
	size_t n;

	start();
	id = be_probed();
	ok = ok_hello(TL_BUFFER_OF(text), PROTOCOL_VERSION);
	for (n = 0; n < ok.n; n++) {
		if (n == 13 || n == 20)
			continue; /* all that is there is whole */
		send_ok(&a, VERB_HELLO, id, tl_bytes_first(ok, n));
		CHECK_EQ(peer_of(&a)->n_slots, 1);
	}
	CHECK_EQ(malformed(), ok.n - 2);
	ok = ok_hello(TL_BUFFER_OF(text), 3);
	send_ok(&a, VERB_HELLO, id, ok);
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	CHECK_EQ(lone_drops(&lone, DROP_OLD_VERSION), 1);
	ok = ok_hello(TL_BUFFER_OF(text), 4);
	send_ok(&a, VERB_HELLO, id, ok);
	CHECK_EQ(peer_of(&a)->n_slots, 2);
	finish();
}

TEST(replies_cut_before_they_say_to_what_are_malformed)
{
	uint8_t text[10] = { VERB_FRAME };
	size_t n;

	start();
	for (n = 0; n < 9; n++)
		CHECK(!is_heard(VERB_OK, tl_bytes(text, n)));
	CHECK_EQ(malformed(), 9);
	for (n = 0; n < 10; n++)
		CHECK(!is_heard(VERB_ERROR, tl_bytes(text, n)));
	CHECK_EQ(malformed(), 19);
	CHECK_EQ(lone.n_upper, 0);
	CHECK(is_heard(VERB_ERROR, TL_BYTES_OF(text)));
	finish();
}

TEST(introduction_cut_or_with_an_odd_address_is_malformed)
{
	struct bytes in;
	size_t n;

	start();
	in = rendezvous(&a, lone_endpoint(90, 4000));
	for (n = 0; n < in.n; n++)
		actor_send(&root, &lone, VERB_RENDEZVOUS,
			   tl_bytes_first(in, n));
	CHECK_EQ(malformed(), in.n);
	memset(room + in.n, 0x20, 16);
	room[8] = 5; /* and more than five bytes follow */
	actor_send(&root, &lone, VERB_RENDEZVOUS, tl_bytes(room, in.n + 16));
	CHECK_EQ(malformed(), in.n + 1);
	CHECK_EQ(lone.n_sent, 0);
	finish();
}

TEST(pushed_path_that_is_cut_is_not_tried_and_told)
{
	static const uint8_t push[] = {
		0, 1, 0, 0, 0, 4, 6, 10, 0, 0, 99, 39, 9
	};
	size_t n;

	start();
	for (n = 2; n < sizeof(push); n++) {
		lone.now += 40000;
		actor_send(&b, &lone, VERB_PUSH_DIRECT_PATHS,
			   tl_bytes(push, n));
	}
	CHECK_EQ(malformed(), sizeof(push) - 2);
	CHECK_EQ(sent_to(lone_endpoint(99, 9993)), 0);
	lone.now += 40000;
	actor_send(&b, &lone, VERB_PUSH_DIRECT_PATHS, TL_BYTES_OF(push));
	CHECK_EQ(sent_to(lone_endpoint(99, 39 << 8 | 9)), 1);
	finish();
}

/* A datagram that comes in on the other socket. */
static void give_second(struct bytes d)
{
	uint8_t copy[PACKET_MAX_LEN];

	memcpy(copy, d.at, d.n);
	tl_node_on_batch(lone.node, 1, &root.at, tl_buffer(copy, d.n), d.n,
			 lone.now);
	tl_node_end_pass(lone.node);
}

/* On the second socket the root answers; what came from the first is lost. */
static void answer_on_second(void)
{
	uint8_t payload[9];
	size_t i;

	for (i = 0; i < lone.n_sent; i++) {
		const struct lone_sent *s = &lone.sent[i];

		if (s->socket != 1 ||
		    !tl_address_equal(tl_packet_dest(s->data), root.id.addr))
			continue;
		payload[0] = VERB_ECHO;
		tl_store_be64(payload + 1, tl_packet_id(s->data));
		give_second(tl_bytes(
			room, actor_packet(&root, &lone, TL_BUFFER_OF(room),
					   VERB_OK, TL_BYTES_OF(payload))));
	}
	lone_forget(&lone);
}

/* Found by the fuzzer: see keepalive.c. */
TEST(idle_node_leaves_the_dead_path_of_its_root_for_another)
{
	int64_t at;
	int i;

	start();
	give_second(
		tl_bytes(room, actor_packet(&root, &lone, TL_BUFFER_OF(room),
					    VERB_ECHO, tl_bytes(NULL, 0))));
	answer_on_second();
	CHECK_EQ(peer_of(&root)->n_slots, 2);
	/* The first is the better one, and silent from now on. */
	peer_of(&root)->slots[0].path->latency_ms = 1;
	peer_of(&root)->slots[1].path->latency_ms = 30000;
	at = lone.now;
	for (i = 0; i < 45; i++) {
		lone_run(&lone, 1000);
		answer_on_second();
	}
	CHECK(peer_of(&root)->slots[1].path->last_in_ms > at + 20000);
	CHECK(tl_peer_best_path(peer_of(&root), PATHS_USABLE, lone.now) ==
	      peer_of(&root)->slots[1].path);
	finish();
}
