/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_test.c - configurations: when they are asked for, kept and passed on
 * (vl2.md 4.4, 4.7, 4.9)
 */
#include "test/sim/lone_net.h"

static struct lone lone;
static struct actor controller; /* and root */
static struct actor member;
static struct actor other;
static struct network *net;
static uint8_t dict[NETCONF_DICT_MAX];

static void start(void)
{
	lone_new(&lone);
	actor_init(&controller, &lone, LONE_ROOT);
	actor_init(&member, &lone, LONE_A);
	actor_init(&other, &lone, LONE_B);
	actor_be_root(&controller, &lone);
	actor_meet(&member, &lone);
	actor_meet(&other, &lone);
}

static void finish(void)
{
	actor_fini(&controller);
	actor_fini(&member);
	actor_fini(&other);
	lone_free(&lone);
}

/* As it is kept on disk. */
static struct bytes dictionary(const struct netconf *c)
{
	struct writer w = tl_writer(TL_BUFFER_OF(dict));

	CHECK_EQ(tl_netconf_build(&w, c), 0);
	return tl_writer_bytes(&w);
}

static void join(struct bytes cached)
{
	CHECK_EQ(tl_vl2_join(lone.vl2, lone_net_id(&controller), cached,
			     lone.now),
		 0);
	net = tl_vl2_find(lone.vl2, lone_net_id(&controller));
}

static unsigned int requests(void)
{
	return actor_count(&controller, &lone, VERB_NETWORK_CONFIG_REQUEST);
}

TEST(configuration_that_was_kept_is_used_at_once_and_fetched_anew)
{
	struct netconf *c;

	start();
	c = lone_net_config(&lone, &controller, LONE_NET_MS);
	join(dictionary(c));
	CHECK_EQ(tl_network_status(net), NETWORK_OK);
	CHECK_EQ(tl_network_config(net)->timestamp, LONE_NET_MS);
	lone_run(&lone, 100);
	CHECK_EQ(requests(), 1);
	/* What comes is the same: nothing to be asked for before a minute. */
	lone_net_push(&lone, &controller, c, 1, &controller.id);
	lone_forget(&lone);
	tl_netconf_free(c);
	finish();
}

TEST(configuration_that_was_kept_for_others_is_not_used)
{
	struct netconf *c;

	start();
	c = lone_net_config(&lone, &controller, LONE_NET_MS);
	c->issued_to = member.id.addr;
	join(dictionary(c));
	CHECK_EQ(tl_network_status(net), NETWORK_REQUESTING);
	CHECK_EQ(tl_vl2_leave(lone.vl2, c->network), 0);
	c->issued_to = lone.id.addr;
	c->network.v++;
	join(dictionary(c));
	CHECK_EQ(tl_network_status(net), NETWORK_REQUESTING);
	CHECK_EQ(tl_vl2_leave(lone.vl2, lone_net_id(&controller)), 0);
	join(tl_bytes_from_str("\n"));
	CHECK_EQ(tl_network_status(net), NETWORK_REQUESTING);
	CHECK_EQ(tl_vl2_leave(lone.vl2, lone_net_id(&controller)), 0);
	join(tl_bytes_from_str("v=7\nnwid=what"));
	CHECK_EQ(tl_network_status(net), NETWORK_REQUESTING);
	tl_netconf_free(c);
	finish();
}

TEST(request_that_nobody_answers_is_repeated_more_and_more_seldom)
{
	static const int64_t at[] = { 1150, 2250, 3350, 4450 };
	unsigned int i;

	start();
	join(tl_bytes(NULL, 0));
	lone_run(&lone, 10);
	CHECK_EQ(requests(), 1);
	for (i = 0; i < TL_ARRAY_SIZE(at); i++) {
		lone_run(&lone, at[i]);
		CHECK_EQ(requests(), i + 2);
	}
	lone_run(&lone, 60000);
	CHECK(requests() >= 5 + 11);
	CHECK(requests() <= 5 + 13);
	finish();
}

/* With the flag, signed by @signer: one chunk is enough. */
static void push_to_spread(struct actor *from, uint64_t update_id,
			   const struct identity *signer)
{
	static uint8_t chunk[PACKET_MAX_LEN];
	struct netconf *c = lone_net_config(&lone, &controller,
					    LONE_NET_MS + (int64_t)update_id);
	struct writer w = tl_writer(TL_BUFFER_OF(chunk));
	struct bytes all = dictionary(c);
	struct signature signature;

	CHECK(all.n < CONFIG_CHUNK_MAX);
	tl_write_be64(&w, c->network.v);
	tl_write_be16(&w, (uint16_t)all.n);
	tl_write_bytes(&w, all);
	tl_write_u8(&w, CONFIG_FAST_PROPAGATE);
	tl_write_be64(&w, update_id);
	tl_write_be32(&w, (uint32_t)all.n);
	tl_write_be32(&w, 0);
	tl_identity_sign(&signature, signer, tl_writer_bytes(&w));
	tl_write_u8(&w, 1);
	tl_write_be16(&w, SIGNATURE_LEN);
	tl_write_bytes(&w, TL_BYTES_OF(signature.b));
	actor_send(from, &lone, VERB_NETWORK_CONFIG, tl_writer_bytes(&w));
	tl_netconf_free(c);
}

static unsigned int passed_on(struct actor *to)
{
	return actor_count(to, &lone, VERB_NETWORK_CONFIG);
}

TEST(chunk_that_is_to_spread_goes_once_to_members_but_its_sender)
{
	start();
	net = lone_net_join(&lone, &controller);
	lone_net_certify(&lone, &member, tl_network_id(net), &member.id,
			 LONE_NET_MS, &controller.id);
	lone_net_certify(&lone, &other, tl_network_id(net), &other.id,
			 LONE_NET_MS, &controller.id);
	lone_forget(&lone);
	push_to_spread(&other, 7, &controller.id);
	CHECK_EQ(tl_network_config(net)->timestamp, LONE_NET_MS + 7);
	CHECK_EQ(passed_on(&member), 1);
	CHECK_EQ(passed_on(&other), 0);
	CHECK_EQ(passed_on(&controller), 0);
	push_to_spread(&other, 7, &controller.id);
	push_to_spread(&controller, 7, &controller.id);
	CHECK_EQ(passed_on(&member), 1);
	CHECK_EQ(passed_on(&other), 0);
	finish();
}

/* The first chunk of several. */
static void send_first_chunk(struct actor *from, uint64_t update_id)
{
	uint8_t chunk[PACKET_MAX_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(chunk));

	tl_write_config_chunk(&w, tl_network_id(net), update_id,
			      tl_bytes(dict, 3 * CONFIG_CHUNK_MAX), 0,
			      &controller.id);
	CHECK(tl_writer_ok(&w));
	actor_send(from, &lone, VERB_NETWORK_CONFIG, tl_writer_bytes(&w));
}

TEST(configuration_of_which_a_part_got_lost_is_asked_for)
{
	start();
	net = lone_net_join(&lone, &controller);
	lone_run(&lone, 2000);
	lone_forget(&lone);
	/* Anybody can have kept this one. */
	send_first_chunk(&other, 7);
	lone_run(&lone, 5000);
	CHECK_EQ(requests(), 0);
	send_first_chunk(&controller, 8);
	lone_run(&lone, 1400);
	CHECK_EQ(requests(), 0);
	lone_run(&lone, 200);
	CHECK_EQ(requests(), 1);
	finish();
}

TEST(chunk_that_somebody_else_has_signed_goes_nowhere)
{
	start();
	net = lone_net_join(&lone, &controller);
	lone_net_certify(&lone, &member, tl_network_id(net), &member.id,
			 LONE_NET_MS, &controller.id);
	lone_forget(&lone);
	push_to_spread(&other, 7, &other.id);
	CHECK_EQ(passed_on(&member), 0);
	CHECK_EQ(tl_network_config(net)->timestamp, LONE_NET_MS);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_SIGNATURE), 1);
	finish();
}

/* What a controller says is a number, and no more. */
TEST(configuration_of_a_window_below_zero_is_fetched_as_others)
{
	struct node_local low = { .is_low_bandwidth = true };
	struct netconf *c;

	start();
	tl_node_set_local(lone.node, &low, lone.now);
	c = lone_net_config(&lone, &controller, LONE_NET_MS);
	c->max_delta = INT64_MIN;
	join(dictionary(c));
	CHECK_EQ(tl_network_config(net)->max_delta, INT64_MIN);
	tl_netconf_free(c);
	lone_run(&lone, 100);
	CHECK_EQ(requests(), 1);
	lone_run(&lone, 60000);
	CHECK(requests() > 1);
	finish();
}
