/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spread_test.c - revocations go on from member to member (vl2.md 6.6, 7.4)
 */
#include "test/sim/lone_net.h"
#include "wire/compress.h"

static struct lone lone;
static struct actor controller; /* and root */
static struct actor member;
static struct actor other;
static struct network *net;

/* @member is one, @other is whoever is revoked. */
static void start(void)
{
	lone_new(&lone);
	actor_init(&controller, &lone, LONE_ROOT);
	actor_init(&member, &lone, LONE_A);
	actor_init(&other, &lone, LONE_B);
	actor_be_root(&controller, &lone);
	actor_meet(&member, &lone);
	actor_meet(&other, &lone);
	net = lone_net_join(&lone, &controller);
	lone_net_certify(&lone, &member, net->id, &member.id, LONE_NET_MS,
			 &controller.id);
	lone_net_certify(&lone, &other, net->id, &other.id, LONE_NET_MS,
			 &controller.id);
	lone_run(&lone, 2000);
	lone_forget(&lone);
}

static void finish(void)
{
	actor_fini(&controller);
	actor_fini(&member);
	actor_fini(&other);
	lone_free(&lone);
}

static void revoke(const struct identity *who, int64_t threshold)
{
	lone_net_revoke(&lone, &controller, net->id, who, threshold,
			&controller.id);
}

static unsigned int messages(void)
{
	return actor_count(&member, &lone, VERB_NETWORK_CREDENTIALS);
}

/* Thresholds that the last message to the member names; the highest. */
static int64_t last_threshold(unsigned int *n)
{
	static uint8_t room[PACKET_MAX_LEN];
	static uint8_t plain[PACKET_MAX_LEN];
	struct credentials_parser parser;
	static struct credential c;
	struct buffer p = tl_buffer(room, actor_find(&member, &lone,
						     VERB_NETWORK_CREDENTIALS,
						     NULL, room));
	int64_t highest = 0;

	CHECK(p.n);
	CHECK_EQ(tl_packet_decompress(&p, TL_BUFFER_OF(plain)), 0);
	parser = tl_credentials_parser(
		tl_bytes_skip(tl_buffer_bytes(p), PACKET_AT_PAYLOAD));
	for (*n = 0; tl_credentials_next(&parser, &c);) {
		if (c.type != CREDENTIAL_REVOCATION)
			continue;
		highest = TL_MAX(highest, c.revocation.threshold);
		++*n;
	}
	CHECK(tl_credentials_ok(&parser));
	return highest;
}

TEST(several_within_a_second_become_two_messages_and_none_is_lost)
{
	unsigned int n;
	int i;

	start();
	for (i = 0; i < 10; i++) {
		struct identity some = other.id;

		some.addr.v += (uint64_t)i;
		revoke(&some, LONE_NET_MS + i);
		lone_run(&lone, 20);
	}
	CHECK_EQ(messages(), 1);
	lone_run(&lone, 1100);
	CHECK_EQ(messages(), 2);
	CHECK(last_threshold(&n) == LONE_NET_MS + 9);
	CHECK_EQ(n, 9);
	lone_run(&lone, 10000);
	CHECK_EQ(messages(), 2);
	finish();
}

TEST(of_several_of_one_member_the_last_goes_on)
{
	unsigned int n;
	int i;

	start();
	for (i = 0; i < 40; i++)
		revoke(&other.id, LONE_NET_MS + i);
	CHECK_EQ(messages(), 1);
	lone_run(&lone, 1200);
	CHECK_EQ(messages(), 2);
	CHECK(last_threshold(&n) == LONE_NET_MS + 39);
	CHECK_EQ(n, 1);
	finish();
}

/* A controller of the reference sends as many as it has, at once. */
TEST(all_that_the_controller_says_at_once_is_taken)
{
	int i;

	start();
	for (i = 0; i < 60; i++)
		revoke(&other.id, LONE_NET_MS + i);
	CHECK_EQ(lone_drops(&lone, DROP_GATE), 0);
	CHECK(tl_member_find(net, other.id.addr)->m.com_threshold ==
	      LONE_NET_MS + 59);
	finish();
}

TEST(what_a_member_says_at_once_is_not)
{
	int i;

	start();
	for (i = 0; i < 60; i++)
		lone_net_revoke(&lone, &member, net->id, &other.id,
				LONE_NET_MS + i, &controller.id);
	CHECK(lone_drops(&lone, DROP_GATE) >= 55);
	finish();
}

TEST(they_go_with_credentials_that_wait)
{
	struct packet *p;
	unsigned int n;

	start();
	p = tl_packet_new(&lone.pool);
	CHECK(p && tl_packet_append(p, tl_bytes_from_str("something")));
	tl_network_output(net, net->mac,
			  tl_mac_of_member(net->id, member.id.addr), 0x0800, p,
			  lone.now);
	tl_node_end_pass(lone.node);
	CHECK_EQ(messages(), 1); /* our certificate */
	revoke(&other.id, LONE_NET_MS + 1);
	CHECK_EQ(messages(), 1);
	lone_run(&lone, 1200);
	CHECK_EQ(messages(), 2);
	CHECK(last_threshold(&n) == LONE_NET_MS + 1);
	finish();
}

static unsigned int requests(void)
{
	return actor_count(&controller, &lone, VERB_NETWORK_CONFIG_REQUEST);
}

TEST(our_own_makes_us_ask_at_once_unless_it_comes_late)
{
	start();
	revoke(&lone.id, LONE_NET_MS - 1);
	lone_run(&lone, 1500);
	CHECK_EQ(requests(), 0);
	revoke(&lone.id, LONE_NET_MS);
	lone_run(&lone, 1500);
	CHECK(requests() > 0);
	finish();
}
