/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multicast_test.c - one frame to many: whom it is sent to, who is asked for
 * listeners, and what waits for them (vl2.md 9.2 to 9.6)
 */
#include "test/sim/lone_net.h"
#include "wire/compress.h"

#define N_ACTORS 4
#define LIMIT 2

static const struct group GROUP = { { { 0x01, 0, 0x5e, 1, 2, 3 } }, 0 };

static struct lone lone;
static struct actor controller; /* and root */
static struct actor members[N_ACTORS];
static struct network *net;
static uint8_t room[PACKET_MAX_LEN];
static uint8_t plain[PACKET_MAX_LEN];

static void start(void)
{
	unsigned int i;

	lone_new(&lone);
	actor_init(&controller, &lone, LONE_ROOT);
	actor_be_root(&controller, &lone);
	net = lone_net_join(&lone, &controller);
	net->conf->multicast_limit = LIMIT;
	for (i = 0; i < N_ACTORS; i++) {
		actor_init(&members[i], &lone,
			   (enum lone_identity)(LONE_A + i));
		actor_meet(&members[i], &lone);
		lone_net_certify(&lone, &members[i], tl_network_id(net),
				 &members[i].id, LONE_NET_MS, &controller.id);
	}
	lone_run(&lone, 2000);
	lone_forget(&lone);
}

static void finish(void)
{
	unsigned int i;

	for (i = 0; i < N_ACTORS; i++)
		actor_fini(&members[i]);
	actor_fini(&controller);
	lone_free(&lone);
}

static void listen(unsigned int i)
{
	lone.vl2->now = lone.now;
	tl_group_add(lone.vl2, tl_network_id(net), GROUP, members[i].id.addr);
}

static void send_to(struct mac dest, uint16_t ethertype, const void *at,
		    size_t n)
{
	struct packet *p = tl_packet_new(&lone.pool);

	CHECK(p);
	CHECK(tl_packet_append(p, tl_bytes(at, n)));
	tl_network_output(net, tl_network_mac(net), dest, ethertype, p,
			  lone.now);
	tl_node_end_pass(lone.node);
}

static void send_frame(void)
{
	send_to(GROUP.mac, 0x0800, "something to all", 16);
}

static unsigned int got(unsigned int i)
{
	return actor_count(&members[i], &lone, VERB_MULTICAST_FRAME);
}

static unsigned int got_in_all(void)
{
	unsigned int n = 0;
	unsigned int i;

	for (i = 0; i < N_ACTORS; i++)
		n += got(i);
	return n;
}

static unsigned int asked(void)
{
	return actor_count(&controller, &lone, VERB_MULTICAST_GATHER);
}

/* The newest packet of @verb to @to, behind the verb. */
static struct reader newest(struct actor *to, enum verb verb)
{
	struct buffer p =
		tl_buffer(room, actor_find(to, &lone, verb, NULL, room));

	CHECK(p.n);
	CHECK_EQ(tl_packet_decompress(&p, TL_BUFFER_OF(plain)), 0);
	return tl_reader(tl_bytes_skip(tl_buffer_bytes(p), PACKET_AT_PAYLOAD));
}

TEST(frame_goes_to_as_many_as_the_limit_says)
{
	unsigned int i;

	start();
	for (i = 0; i < N_ACTORS; i++)
		listen(i);
	send_frame();
	CHECK_EQ(got_in_all(), LIMIT);
	CHECK_EQ(asked(), 0);
	/* Others each time, so that all get some. */
	for (i = 0; i < 40; i++)
		send_frame();
	for (i = 0; i < N_ACTORS; i++)
		CHECK(got(i) > 0);
	CHECK_EQ(got_in_all(), 41 * LIMIT);
	finish();
}

/* Four of the 300 are looked at. */
TEST(frame_goes_to_hundreds_if_the_limit_says_so)
{
	unsigned int sums[N_ACTORS] = { 0 };
	unsigned int i;
	unsigned int k;

	start();
	net->conf->multicast_limit = 1000;
	lone.vl2->now = lone.now;
	for (i = 0; i < 296; i++)
		tl_group_add(lone.vl2, tl_network_id(net), GROUP,
			     (struct address){ 0x1000000000 + i });
	for (i = 0; i < N_ACTORS; i++)
		listen(i);
	for (i = 0; i < 20; i++) {
		lone_forget(&lone);
		send_frame();
		for (k = 0; k < N_ACTORS; k++)
			sums[k] += got(k);
	}
	for (k = 0; k < N_ACTORS; k++)
		CHECK_EQ(sums[k], 20);
	finish();
}

TEST(frame_to_enough_listeners_asks_for_one_more)
{
	struct reader r;

	start();
	listen(0);
	listen(1);
	send_frame();
	r = newest(&members[0], VERB_MULTICAST_FRAME);
	CHECK_EQ(tl_read_be64(&r), tl_network_id(net).v);
	CHECK_EQ(tl_read_u8(&r), 0x02); /* a gather limit, no source */
	CHECK_EQ(tl_read_be32(&r), 1);
	CHECK(tl_mac_equal(tl_read_mac(&r), GROUP.mac));
	CHECK_EQ(tl_read_be32(&r), 0);
	CHECK_EQ(tl_read_be16(&r), 0x0800);
	CHECK_EQ(r.rest.n, 16);
	finish();
}

TEST(too_few_listeners_are_gathered_with_our_certificate)
{
	struct com com;
	struct reader r;

	start();
	listen(0);
	send_frame();
	CHECK_EQ(got(0), 1);
	CHECK_EQ(asked(), 1);
	r = newest(&controller, VERB_MULTICAST_GATHER);
	CHECK_EQ(tl_read_be64(&r), tl_network_id(net).v);
	CHECK_EQ(tl_read_u8(&r), 0x01);
	CHECK(tl_mac_equal(tl_read_mac(&r), GROUP.mac));
	CHECK_EQ(tl_read_be32(&r), 0);
	CHECK_EQ(tl_read_be32(&r), LIMIT - 1 + 1);
	tl_read_com(&r, &com);
	CHECK(tl_reader_done(&r));
	CHECK(tl_com_equal(&com, &net->conf->com));
	finish();
}

TEST(gathering_is_repeated_after_a_minute_or_while_nobody_is_known)
{
	start();
	send_frame();
	send_frame();
	CHECK_EQ(asked(), 2);
	listen(0);
	send_frame();
	CHECK_EQ(asked(), 2);
	lone_run(&lone, 59000);
	send_frame();
	CHECK_EQ(asked(), 2);
	lone_run(&lone, 2000);
	send_frame();
	CHECK_EQ(asked(), 3);
	finish();
}

TEST(frame_waits_five_seconds_for_listeners)
{
	start();
	send_frame();
	lone_run(&lone, 4900);
	listen(0);
	CHECK_EQ(got(0), 1);
	/* Once, though it is told again. */
	listen(0);
	CHECK_EQ(got(0), 1);
	lone_run(&lone, 200);
	listen(1);
	CHECK_EQ(got(1), 0);
	finish();
}

TEST(frame_that_waits_goes_to_no_more_than_the_limit)
{
	unsigned int i;

	start();
	send_frame();
	for (i = 0; i < N_ACTORS; i++)
		listen(i);
	CHECK_EQ(got_in_all(), LIMIT);
	finish();
}

TEST(thirty_two_frames_wait_and_the_oldest_goes)
{
	unsigned int i;

	start();
	for (i = 0; i < GROUP_QUEUE_MAX + 5; i++)
		send_frame();
	CHECK_EQ(lone_drops(&lone, DROP_QUEUE_FULL), 5);
	listen(0);
	CHECK_EQ(got(0), GROUP_QUEUE_MAX);
	finish();
}

TEST(answers_to_a_gathering_are_served)
{
	struct writer w = tl_writer(TL_BUFFER_OF(plain));
	uint64_t id;

	start();
	send_frame();
	CHECK(actor_find(&controller, &lone, VERB_MULTICAST_GATHER, NULL,
			 room));
	id = tl_packet_id(room);
	tl_write_u8(&w, VERB_MULTICAST_GATHER);
	tl_write_be64(&w, id);
	tl_write_be64(&w, tl_network_id(net).v);
	tl_write_mac(&w, GROUP.mac);
	tl_write_be32(&w, 0);
	tl_write_be32(&w, 2);
	tl_write_be16(&w, 2);
	tl_write_address(&w, members[0].id.addr);
	tl_write_address(&w, members[3].id.addr);
	actor_send(&controller, &lone, VERB_OK, tl_writer_bytes(&w));
	CHECK_EQ(got(0), 1);
	CHECK_EQ(got(1), 0);
	CHECK_EQ(got(3), 1);
	finish();
}

TEST(credentials_go_before_a_multicast_frame)
{
	start();
	listen(0);
	send_frame();
	CHECK_EQ(actor_count(&members[0], &lone, VERB_NETWORK_CREDENTIALS), 1);
	finish();
}

/* RFC 826: who has 10.1.2.3? */
static void ask_for_address(void)
{
	static const uint8_t request[28] = {
		0, 1, 8, 0, 6, 4, 0, 1, [24] = 10, 1, 2, 3,
	};
	static const struct mac all = { { 255, 255, 255, 255, 255, 255 } };

	send_to(all, 0x0806, request, sizeof(request));
}

TEST(arp_request_goes_to_the_group_of_the_address)
{
	static const uint8_t ip[4] = { 10, 1, 2, 3 };
	struct group g = tl_group_of_ipv4(ip);

	start();
	net->conf->flags = 0; /* although broadcast is disabled */
	tl_group_add(lone.vl2, tl_network_id(net), g, members[2].id.addr);
	ask_for_address();
	CHECK_EQ(got(2), 1);
	CHECK_EQ(got_in_all(), 1);
	send_to((struct mac){ { 255, 255, 255, 255, 255, 255 } }, 0x0800, "x",
		1);
	CHECK_EQ(got_in_all(), 1);
	CHECK_EQ(lone_drops(&lone, DROP_NO_BROADCAST), 1);
	finish();
}

TEST(nothing_is_multicast_where_the_limit_is_zero)
{
	start();
	net->conf->multicast_limit = 0;
	listen(0);
	send_frame();
	ask_for_address();
	CHECK_EQ(got_in_all(), 0);
	CHECK_EQ(lone_drops(&lone, DROP_NO_MULTICAST), 2);
	finish();
}

/* From a member, with @gather addresses wanted if that is not 0. */
static void receive(unsigned int from, struct mac source, struct mac dest,
		    uint32_t gather)
{
	struct writer w = tl_writer(TL_BUFFER_OF(plain));

	tl_write_be64(&w, tl_network_id(net).v);
	tl_write_u8(&w, gather ? 0x06 : 0x04);
	if (gather)
		tl_write_be32(&w, gather);
	tl_write_mac(&w, source);
	tl_write_mac(&w, dest);
	tl_write_be32(&w, 0);
	tl_write_be16(&w, 0x0800);
	tl_write_bytes(&w, tl_bytes_from_str("payload"));
	actor_send(&members[from], &lone, VERB_MULTICAST_FRAME,
		   tl_writer_bytes(&w));
}

static struct mac mac_of(unsigned int i)
{
	return tl_mac_of_member(tl_network_id(net), members[i].id.addr);
}

TEST(received_frame_must_be_multicast_and_from_its_sender)
{
	static const struct mac zero;

	start();
	receive(0, mac_of(0), GROUP.mac, 0);
	CHECK_EQ(lone.n_frames, 1);
	receive(0, mac_of(0), tl_network_mac(net), 0);
	receive(0, zero, GROUP.mac, 0);
	receive(0, GROUP.mac, GROUP.mac, 0);
	receive(0, tl_network_mac(net), GROUP.mac, 0);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_FRAME), 4);
	receive(0, mac_of(1), GROUP.mac, 0);
	CHECK_EQ(lone_drops(&lone, DROP_NOT_BRIDGE), 1);
	CHECK_EQ(lone.n_frames, 1);
	net->conf->multicast_limit = 0;
	receive(0, mac_of(0), GROUP.mac, 0);
	CHECK_EQ(lone.n_frames, 1);
	finish();
}

TEST(received_frame_is_answered_with_listeners_if_it_asks)
{
	struct reader r;

	start();
	listen(1);
	listen(2);
	listen(3);
	receive(0, mac_of(0), GROUP.mac, 0);
	CHECK_EQ(actor_count(&members[0], &lone, VERB_OK), 0);
	receive(0, mac_of(0), GROUP.mac, 2);
	r = newest(&members[0], VERB_OK);
	CHECK_EQ(tl_read_u8(&r), VERB_MULTICAST_FRAME);
	CHECK_EQ(tl_read_be64(&r), members[0].last_id);
	tl_read_skip(&r, 18);
	CHECK_EQ(tl_read_u8(&r), 0x02);
	CHECK_EQ(tl_read_be32(&r), 3);
	CHECK_EQ(tl_read_be16(&r), 2);
	CHECK_EQ(r.rest.n, 2 * ADDRESS_LEN);
	finish();
}

TEST(who_wants_no_more_of_a_group_is_taken_out)
{
	uint8_t error[28] = { VERB_MULTICAST_FRAME };

	start();
	listen(0);
	listen(1);
	error[9] = ERROR_UNWANTED_MULTICAST;
	tl_store_be64(error + 10, tl_network_id(net).v);
	memcpy(error + 18, GROUP.mac.b, MAC_LEN);
	actor_send(&members[0], &lone, VERB_ERROR, TL_BYTES_OF(error));
	send_frame();
	CHECK_EQ(got(0), 0);
	CHECK_EQ(got(1), 1);
	finish();
}

TEST(groups_are_announced_in_packets_of_one_datagram_each_minute)
{
	static struct group list[200];
	unsigned int first;
	unsigned int i;

	start();
	for (i = 0; i < TL_ARRAY_SIZE(list); i++)
		list[i] = (struct group){ GROUP.mac, i };
	lone_net_frame(&lone, &members[0], tl_network_id(net));
	lone_forget(&lone);
	tl_network_set_groups(net, list, TL_ARRAY_SIZE(list), lone.now);
	first = actor_count(&controller, &lone, VERB_MULTICAST_LIKE);
	CHECK_EQ(first, 3);
	CHECK_EQ(actor_count(&members[0], &lone, VERB_MULTICAST_LIKE), 3);
	for (i = 0; i < lone.n_sent; i++)
		CHECK(lone.sent[i].n <= 1432);
	lone_forget(&lone);
	lone_run(&lone, 66000);
	CHECK_EQ(actor_count(&controller, &lone, VERB_MULTICAST_LIKE), 3);
	finish();
}
