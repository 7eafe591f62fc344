/* SPDX-License-Identifier: Apache-2.0 */
/* tunnel_test.c - when UDP counts as blocked, and paths through a TCP relay */
#include "lone.h"

static struct lone l;
static struct actor root;
static struct actor a;

/* A datagram of an actor's from the relay. */
static void through_tunnel(struct actor *from, enum verb verb,
			   struct bytes payload)
{
	uint8_t room[PACKET_MAX_LEN];
	size_t n = actor_packet(from, &l, TL_BUFFER_OF(room), verb, payload);

	tl_node_on_batch(l.node, PATH_SOCKET_TCP, &from->at, tl_buffer(room, n),
			 n, l.now);
	tl_node_end_pass(l.node);
}

/* Its answer to our newest HELLO, through the tunnel. */
static void answer_by_tunnel(struct actor *from)
{
	uint8_t room[PACKET_MAX_LEN];
	struct ok_hello ok = { .version = { PROTOCOL_VERSION, 1, 14, 1 } };
	struct hello h;
	struct reader r;
	struct writer w;
	size_t n = actor_find(from, &l, VERB_HELLO, NULL, room);

	CHECK(n);
	r = tl_reader(
		tl_bytes(room + PACKET_AT_PAYLOAD, n - PACKET_AT_PAYLOAD));
	CHECK(tl_hello_parse(&r, &h));
	ok.timestamp = h.timestamp;
	ok.seen_at = lone_endpoint(77, 7777);
	w = tl_writer(TL_BUFFER_OF(room));
	w.n = 9;
	tl_store_be64(room + 1, tl_packet_id(room));
	room[0] = VERB_HELLO;
	tl_ok_hello_build(&w, &ok);
	through_tunnel(from, VERB_OK, tl_writer_bytes(&w));
}

/* The actor sends a HELLO through the relay, the node asks back, it answers. */
static void meet_by_tunnel(struct actor *who)
{
	struct hello h = actor_hello_fields(who, &l);
	uint8_t room[PACKET_MAX_LEN];
	size_t n = actor_hello_packet(who, &l, TL_BUFFER_OF(room), &h);

	tl_node_on_batch(l.node, PATH_SOCKET_TCP, &who->at, tl_buffer(room, n),
			 n, l.now);
	tl_node_end_pass(l.node);
	answer_by_tunnel(who);
}

static struct peer *peer_of(const struct actor *who)
{
	struct peer *p = tl_node_find_peer(l.node, who->id.addr);

	CHECK(p);
	return p;
}

static bool uses_tunnel(const struct actor *who)
{
	const struct path *p =
		tl_peer_best_path(peer_of(who), PATHS_USABLE, l.now);

	return p && tl_path_is_tunnel(p);
}

static bool has_path(const struct actor *who)
{
	return tl_peer_best_path(peer_of(who), PATHS_USABLE, l.now);
}

static struct path *first_path(const struct actor *who)
{
	return peer_of(who)->slots[0].path;
}

static bool is_blocked(void)
{
	return tl_node_udp(l.node)->is_blocked;
}

/* How many datagrams to it went that way. */
static unsigned int count_from(const struct actor *to, int socket)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < l.n_sent; i++)
		n += l.sent[i].socket == socket &&
		     tl_address_equal(tl_packet_dest(l.sent[i].data),
				      to->id.addr);
	return n;
}

static void begin(void)
{
	lone_new(&l);
	actor_init(&root, &l, LONE_ROOT);
	actor_init(&a, &l, LONE_A);
}

static void end(void)
{
	actor_fini(&a);
	actor_fini(&root);
	lone_free(&l);
}

/* Online, then no more, and the tunnel has been opened and the root answers
 * through it. */
static void begin_blocked(void)
{
	begin();
	actor_be_root(&root, &l);
	lone_run(&l, 30000);
	CHECK(is_blocked());
	lone_forget(&l);
	tl_node_on_tunnel(l.node, TUNNEL_OPEN, l.now);
	lone_run(&l, 1);
	answer_by_tunnel(&root);
	CHECK(uses_tunnel(&root));
}

TEST(udp_is_blocked_if_no_root_answers_at_the_start)
{
	begin();
	lone_run(&l, UDP_BLOCKED_MS);
	CHECK(!is_blocked());
	lone_run(&l, 20);
	CHECK(is_blocked());
	end();
}

TEST(udp_is_not_blocked_while_a_root_answers)
{
	int i;

	begin();
	actor_be_root(&root, &l);
	for (i = 0; i < 300; i++) {
		lone_forget(&l);
		lone_run(&l, 1000);
		(void)actor_ok_hello(&root, &l);
		if (actor_count(&root, &l, VERB_ECHO))
			actor_hello(&root, &l);
		CHECK(!is_blocked());
	}
	end();
}

TEST(udp_that_falls_silent_is_blocked_when_a_root_is_asked)
{
	begin();
	actor_be_root(&root, &l);
	/* Nothing was asked yet. */
	lone_run(&l, 15000);
	CHECK(!is_blocked());
	lone_run(&l, 12000);
	CHECK(is_blocked());
	end();
}

TEST(udp_is_back_with_one_datagram_of_a_root)
{
	begin();
	lone_run(&l, 2000);
	CHECK(is_blocked());
	CHECK_EQ(tl_node_udp(l.node)->back_ms, 0);
	CHECK(actor_ok_hello(&root, &l));
	CHECK(!is_blocked());
	CHECK_EQ(tl_node_udp(l.node)->back_ms, l.now);
	end();
}

TEST(udp_is_not_back_with_what_comes_through_the_tunnel)
{
	begin_blocked();
	CHECK(is_blocked());
	CHECK(tl_node_is_online(l.node, l.now));
	end();
}

TEST(udp_on_the_lan_says_nothing_about_the_way_out)
{
	begin();
	lone_run(&l, 2000);
	CHECK(is_blocked());
	actor_meet(&a, &l);
	CHECK(is_blocked());
	a.at = tl_endpoint_ip4((const uint8_t[]){ 9, 9, 9, 9 }, 9993);
	actor_hello(&a, &l);
	CHECK(!is_blocked());
	end();
}

/* Frames come steadily, and then nothing: the node itself asked for nothing. */
TEST(udp_is_doubted_when_steady_frames_end)
{
	static const uint8_t frame[40] = { 0 };
	int i;

	begin();
	actor_be_root(&root, &l);
	actor_meet(&a, &l);
	for (i = 0; i < 40; i++) {
		lone_run(&l, 100);
		actor_send(&a, &l, VERB_FRAME, TL_BYTES_OF(frame));
	}
	lone_forget(&l);
	lone_run(&l, 1400);
	CHECK_EQ(actor_count(&root, &l, VERB_ECHO), 0);
	lone_run(&l, 200);
	CHECK_EQ(actor_count(&root, &l, VERB_ECHO), 1);
	lone_run(&l, 900);
	CHECK(!is_blocked());
	lone_run(&l, 200);
	CHECK(is_blocked());
	end();
}

TEST(udp_is_not_doubted_after_single_frames)
{
	static const uint8_t frame[40] = { 0 };

	begin();
	actor_be_root(&root, &l);
	actor_meet(&a, &l);
	actor_send(&a, &l, VERB_FRAME, TL_BYTES_OF(frame));
	lone_forget(&l);
	lone_run(&l, 4000);
	CHECK_EQ(actor_count(&root, &l, VERB_ECHO), 0);
	CHECK(!is_blocked());
	end();
}

static void send_to(const struct actor *to)
{
	struct packet *p = tl_node_packet(l.node, to->id.addr, VERB_FRAME);

	CHECK(p);
	tl_node_send(l.node, p, SEND_PLAIN, l.now);
}

TEST(silent_path_is_reason_to_ask_the_root)
{
	int i;

	begin();
	actor_be_root(&root, &l);
	actor_meet(&a, &l);
	lone_run(&l, 2000);
	lone_forget(&l);
	for (i = 0; i < 17; i++) {
		send_to(&a);
		lone_run(&l, 100);
	}
	CHECK_EQ(actor_count(&root, &l, VERB_ECHO), 1);
	CHECK(!is_blocked());
	for (i = 0; i < 11; i++) {
		send_to(&a);
		lone_run(&l, 100);
	}
	CHECK(is_blocked());
	end();
}

TEST(tunnel_is_used_for_roots_that_are_silent)
{
	begin_blocked();
	lone_forget(&l);
	send_to(&root);
	CHECK_EQ(count_from(&root, PATH_SOCKET_TCP), 1);
	CHECK_EQ(l.n_sent, 1);
	end();
}

TEST(roots_are_tried_by_udp_while_there_is_a_tunnel)
{
	begin_blocked();
	lone_forget(&l);
	lone_run(&l, 12000);
	CHECK(count_from(&root, PATH_SOCKET_ANY) >= 2);
	CHECK(count_from(&root, PATH_SOCKET_ANY) <= 3);
	end();
}

TEST(udp_takes_over_with_its_first_answer)
{
	begin_blocked();
	lone_forget(&l);
	lone_run(&l, 6000);
	CHECK(uses_tunnel(&root));
	CHECK(actor_ok_hello(&root, &l));
	CHECK(!is_blocked());
	CHECK(!uses_tunnel(&root));
	CHECK(has_path(&root));
	lone_forget(&l);
	send_to(&root);
	CHECK_EQ(count_from(&root, 0), 1);
	end();
}

TEST(tunnel_is_worse_than_any_path_that_is_alive)
{
	const struct path *udp;
	struct path tunnel;

	begin_blocked();
	meet_by_tunnel(&a);
	CHECK(uses_tunnel(&a));
	actor_hello(&a, &l);
	CHECK(actor_ok_hello(&a, &l));
	CHECK(!uses_tunnel(&a));

	udp = tl_peer_best_path(peer_of(&a), PATHS_USABLE, l.now);
	tunnel = *udp;
	tunnel.socket = PATH_SOCKET_TCP;
	tunnel.latency_ms = 0;
	CHECK(tl_path_score(&tunnel, 1, l.now) > PATH_LATENCY_UNKNOWN * 8);
	CHECK(tl_path_score(udp, 1, l.now) < tl_path_score(&tunnel, 1, l.now));
	end();
}

TEST(closed_tunnel_leaves_no_paths)
{
	begin_blocked();
	meet_by_tunnel(&a);
	CHECK(uses_tunnel(&a));
	tl_node_on_tunnel(l.node, TUNNEL_CLOSED, l.now);
	CHECK(!has_path(&a));
	CHECK_EQ(peer_of(&a)->n_slots, 0);
	CHECK(!uses_tunnel(&root));
	lone_run(&l, 400000);
	end();
}

TEST(addresses_seen_through_the_tunnel_are_not_ours)
{
	struct endpoint seen[4];

	begin();
	lone_run(&l, 2000);
	tl_node_on_tunnel(l.node, TUNNEL_OPEN, l.now);
	lone_run(&l, 1);
	answer_by_tunnel(&root);
	CHECK(uses_tunnel(&root));
	CHECK_EQ(tl_node_surface(l.node, seen, 4), 0);
	end();
}

TEST(probes_through_a_tunnel_that_is_past_are_not_answered)
{
	begin_blocked();
	meet_by_tunnel(&a);
	lone_forget(&l);
	through_tunnel(&a, VERB_ECHO, tl_bytes(NULL, 0));
	CHECK_EQ(actor_count(&a, &l, VERB_OK), 1);

	actor_hello(&a, &l);
	CHECK(actor_ok_hello(&a, &l));
	CHECK(!uses_tunnel(&a));
	lone_forget(&l);
	lone_run(&l, 1000);
	through_tunnel(&a, VERB_ECHO, tl_bytes(NULL, 0));
	CHECK_EQ(actor_count(&a, &l, VERB_OK), 0);
	end();
}

TEST(copies_go_into_the_tunnel_only_while_udp_is_blocked)
{
	begin();
	actor_meet(&a, &l);
	lone_run(&l, 2000);
	CHECK(tl_node_wants_copy(l.node, root.id.addr, l.now));
	CHECK(!tl_node_wants_copy(l.node, a.id.addr, l.now));
	tl_node_on_tunnel(l.node, TUNNEL_OPEN, l.now);
	lone_run(&l, 1);
	answer_by_tunnel(&root);
	/* It is fresh. */
	CHECK(!tl_node_wants_copy(l.node, root.id.addr, l.now));
	CHECK(tl_node_wants_copy(l.node, root.id.addr, l.now + 16000));
	CHECK(actor_ok_hello(&root, &l));
	CHECK(!tl_node_wants_copy(l.node, root.id.addr, l.now + 16000));
	end();
}

TEST(candidates_are_not_probed_through_the_tunnel)
{
	uint8_t push[2 + 11] = { 0, 1, 0, 0, 0, 4, 6, 10, 0, 0, 9, 0x27, 9 };
	uint8_t rendezvous[13] = { 0 };
	struct writer w = tl_writer(TL_BUFFER_OF(rendezvous));
	size_t i;

	begin_blocked();
	meet_by_tunnel(&a);
	lone_forget(&l);
	through_tunnel(&a, VERB_PUSH_DIRECT_PATHS, TL_BYTES_OF(push));
	tl_write_u8(&w, 0);
	tl_write_address(&w, a.id.addr);
	tl_write_be16(&w, 9993);
	tl_write_u8(&w, 4);
	tl_write_be32(&w, 0x0a00000a);
	through_tunnel(&root, VERB_RENDEZVOUS, tl_writer_bytes(&w));
	CHECK(count_from(&a, PATH_SOCKET_ANY) >= 2);
	for (i = 0; i < l.n_sent; i++) {
		if (l.sent[i].socket == PATH_SOCKET_TCP)
			CHECK(tl_endpoint_equal(&l.sent[i].to, &a.at) ||
			      tl_endpoint_equal(&l.sent[i].to, &root.at));
	}
	end();
}

TEST(peers_behind_the_tunnel_are_tried_by_udp_when_it_is_back)
{
	begin_blocked();
	meet_by_tunnel(&a);
	lone_forget(&l);
	lone_run(&l, 6000);
	CHECK_EQ(count_from(&a, PATH_SOCKET_ANY), 0);
	CHECK(actor_ok_hello(&root, &l));
	lone_forget(&l);
	lone_run(&l, 1);
	CHECK(count_from(&a, PATH_SOCKET_ANY) >= 1);
	CHECK(actor_find(&a, &l, VERB_ECHO, &a.at,
			 (uint8_t[PACKET_MAX_LEN]){ 0 }));
	end();
}

/* The other side was cut off, and uses the relay. */
TEST(relayed_packets_end_a_direct_path_that_does_not_answer)
{
	begin();
	actor_be_root(&root, &l);
	actor_meet(&a, &l);
	lone_run(&l, 2000);
	actor_hello(&root, &l);
	CHECK(has_path(&a));
	a.hops = 1;
	a.at = root.at;
	lone_forget(&l);
	actor_send(&a, &l, VERB_NOP, tl_bytes(NULL, 0));
	CHECK_EQ(actor_count(&a, &l, VERB_ECHO), 1);
	CHECK(has_path(&a));
	lone_run(&l, 501);
	CHECK(!has_path(&a));
	end();
}

/* It was asked before, and has had its time. */
TEST(relayed_packets_end_a_path_that_was_asked_already)
{
	begin();
	actor_be_root(&root, &l);
	actor_meet(&a, &l);
	lone_run(&l, 2000);
	actor_hello(&root, &l);
	tl_keepalive_probe(l.node, peer_of(&a), first_path(&a));
	lone_run(&l, 501);
	CHECK(has_path(&a));
	a.hops = 1;
	a.at = root.at;
	actor_send(&a, &l, VERB_NOP, tl_bytes(NULL, 0));
	CHECK(!has_path(&a));
	end();
}

/* Whoever asks of us, and is not heard by UDP, learns where to ask. */
TEST(peers_are_told_by_the_relay_that_udp_is_blocked)
{
	begin();
	actor_be_root(&root, &l);
	actor_meet(&a, &l);
	actor_send(&a, &l, VERB_FRAME, tl_bytes(NULL, 0));
	lone_run(&l, 30000);
	CHECK(is_blocked());
	lone_forget(&l);
	tl_node_on_tunnel(l.node, TUNNEL_OPEN, l.now);
	lone_run(&l, 1);
	CHECK_EQ(count_from(&a, PATH_SOCKET_TCP), 0);
	answer_by_tunnel(&root);
	CHECK_EQ(count_from(&a, PATH_SOCKET_TCP), 1);
	CHECK(actor_find(&a, &l, VERB_ECHO, &root.at,
			 (uint8_t[PACKET_MAX_LEN]){ 0 }));
	end();
}

TEST(new_path_has_the_old_ones_probed)
{
	begin();
	actor_be_root(&root, &l);
	actor_meet(&a, &l);
	lone_run(&l, 2000);
	a.at = lone_endpoint(88, 9993);
	lone_forget(&l);
	actor_hello(&a, &l);
	CHECK(actor_ok_hello(&a, &l));
	CHECK_EQ(actor_count(&a, &l, VERB_ECHO), 1);
	lone_run(&l, 501);
	CHECK(tl_endpoint_equal(
		&tl_peer_best_path(peer_of(&a), PATHS_USABLE, l.now)->remote,
		&a.at));
	CHECK_EQ(peer_of(&a)->n_slots, 2);
	end();
}

TEST(peers_are_told_where_we_are_when_udp_is_back)
{
	struct ok_hello ok = { .version = { PROTOCOL_VERSION, 1, 14, 1 },
			       .seen_at = lone_endpoint(77, 7777) };

	begin_blocked();
	meet_by_tunnel(&a);
	peer_of(&a)->last_trusted_ms = l.now;
	peer_of(&a)->last_nontrivial_ms = l.now;
	through_tunnel(&a, VERB_NOP, tl_bytes(NULL, 0));
	lone_run(&l, 6000);
	lone_forget(&l);
	through_tunnel(&a, VERB_NOP, tl_bytes(NULL, 0));
	CHECK_EQ(actor_count(&a, &l, VERB_PUSH_DIRECT_PATHS), 0);
	lone_run(&l, 5000);
	CHECK(actor_ok_hello_with(&root, &l, &ok));
	through_tunnel(&a, VERB_NOP, tl_bytes(NULL, 0));
	CHECK_EQ(actor_count(&a, &l, VERB_PUSH_DIRECT_PATHS), 1);
	end();
}
