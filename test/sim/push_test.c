/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push_test.c - when our credentials go to others (vl2.md 7.3)
 */
#include "test/sim/lone_net.h"
#include "test/sim/sim.h"
#include "test/sim/sim_controller.h"
#include "wire/compress.h"

#define N_CAPABILITIES 100

static struct lone lone;
static struct actor controller; /* and root */
static struct actor member;
static struct network *net;

static void start(void)
{
	lone_new(&lone);
	actor_init(&controller, &lone, LONE_ROOT);
	actor_init(&member, &lone, LONE_A);
	actor_be_root(&controller, &lone);
	actor_meet(&member, &lone);
	net = lone_net_join(&lone, &controller);
	lone_net_certify(&lone, &member, tl_network_id(net), &member.id,
			 LONE_NET_MS, &controller.id);
	lone_run(&lone, 2000);
	lone_forget(&lone);
}

static void finish(void)
{
	actor_fini(&controller);
	actor_fini(&member);
	lone_free(&lone);
}

static unsigned int pushes(void)
{
	return actor_count(&member, &lone, VERB_NETWORK_CREDENTIALS);
}

static void send_frame(void)
{
	struct packet *p = tl_packet_new(&lone.pool);

	CHECK(p);
	CHECK(tl_packet_append(p, tl_bytes_from_str("something")));
	tl_network_output(net, tl_network_mac(net),
			  tl_mac_of_member(tl_network_id(net), member.id.addr),
			  0x0800, p, lone.now);
	tl_node_end_pass(lone.node);
}

/* A configuration with other certificates. */
static void change(int64_t timestamp)
{
	struct netconf *c = lone_net_config(&lone, &controller, timestamp);

	lone_net_push(&lone, &controller, c, (uint64_t)timestamp,
		      &controller.id);
	tl_netconf_free(c);
}

TEST(credentials_go_before_the_first_frame_and_not_with_each)
{
	start();
	send_frame();
	CHECK_EQ(pushes(), 1);
	send_frame();
	lone_run(&lone, 40000);
	send_frame();
	CHECK_EQ(pushes(), 1);
	CHECK_EQ(actor_count(&member, &lone, VERB_FRAME), 3);
	finish();
}

TEST(credentials_go_again_after_500_seconds)
{
	start();
	send_frame();
	lone_run(&lone, 499000);
	lone_forget(&lone);
	send_frame();
	CHECK_EQ(pushes(), 0);
	lone_run(&lone, 2000);
	lone_forget(&lone);
	send_frame();
	CHECK_EQ(pushes(), 1);
	finish();
}

TEST(credentials_go_again_when_they_have_changed)
{
	start();
	send_frame();
	lone_run(&lone, 2000);
	change(LONE_NET_MS + 1);
	CHECK_EQ(pushes(), 1);
	send_frame();
	CHECK_EQ(pushes(), 2);
	finish();
}

/* The other side looks at one message a second. */
TEST(credentials_that_change_soon_after_a_push_wait_for_a_second)
{
	start();
	send_frame();
	change(LONE_NET_MS + 1);
	send_frame();
	lone_run(&lone, 500);
	change(LONE_NET_MS + 2);
	send_frame();
	CHECK_EQ(pushes(), 1);
	lone_run(&lone, 700);
	CHECK_EQ(pushes(), 2);
	lone_run(&lone, 5000);
	CHECK_EQ(pushes(), 2);
	finish();
}

/* One that has started anew took our groups for a stranger's, if the pause
 * after the last push let them go first. */
TEST(groups_go_again_to_one_that_did_not_know_us)
{
	uint8_t error[18] = { VERB_FRAME };

	start();
	send_frame();
	error[9] = ERROR_NEED_MEMBERSHIP_CERTIFICATE;
	tl_store_be64(error + 10, tl_network_id(net).v);
	lone_run(&lone, 1001);
	lone_forget(&lone);
	actor_send(&member, &lone, VERB_ERROR, TL_BYTES_OF(error));
	CHECK_EQ(actor_count(&member, &lone, VERB_MULTICAST_LIKE), 0);
	lone_run(&lone, 200);
	CHECK_EQ(pushes(), 1);
	CHECK_EQ(actor_count(&member, &lone, VERB_MULTICAST_LIKE), 1);
	lone_run(&lone, 5000);
	CHECK_EQ(actor_count(&member, &lone, VERB_MULTICAST_LIKE), 1);
	finish();
}

TEST(credentials_that_change_while_they_wait_are_the_newest)
{
	static uint8_t room[PACKET_MAX_LEN];
	static uint8_t plain[PACKET_MAX_LEN];
	struct credentials_parser parser;
	static struct credential c;
	struct buffer packet;

	start();
	send_frame();
	change(LONE_NET_MS + 1);
	send_frame();
	change(LONE_NET_MS + 2);
	lone_forget(&lone);
	lone_run(&lone, 1200);
	CHECK_EQ(pushes(), 1);
	packet = tl_buffer(room,
			   actor_find(&member, &lone, VERB_NETWORK_CREDENTIALS,
				      NULL, room));
	CHECK_EQ(tl_packet_decompress(&packet, TL_BUFFER_OF(plain)), 0);
	parser = tl_credentials_parser(
		tl_bytes_skip(tl_buffer_bytes(packet), PACKET_AT_PAYLOAD));
	CHECK(tl_credentials_next(&parser, &c));
	CHECK_EQ(c.type, CREDENTIAL_COM);
	CHECK_EQ(tl_com_timestamp(&c.com), LONE_NET_MS + 2);
	finish();
}

/* A network whose every member has N_CAPABILITIES of 60 rules. */
static void make_large(struct sim *s)
{
	static char json[N_CAPABILITIES * 60 * 64];
	char list[N_CAPABILITIES * 5 + 64];
	size_t n = 0;
	size_t l = 0;
	int i;
	int j;

	n += (size_t)sprintf(json + n,
			     "{\"rules\":[{\"type\":"
			     "\"ACTION_ACCEPT\"}],\"capabilities\":[");
	l += (size_t)sprintf(list, "{\"authorized\":true,\"capabilities\":[");
	for (i = 0; i < N_CAPABILITIES; i++) {
		n += (size_t)sprintf(json + n, "%s{\"id\":%d,\"rules\":[",
				     i ? "," : "", i);
		l += (size_t)sprintf(list + l, "%s%d", i ? "," : "", i);
		for (j = 0; j < 60; j++)
			n += (size_t)sprintf(json + n,
					     "%s{\"type\":\"MATCH_ETHERTYPE\","
					     "\"etherType\":%d}",
					     j ? "," : "", i + j);
		n += (size_t)sprintf(json + n, "]}");
	}
	sprintf(json + n, "]}");
	sprintf(list + l, "]}");
	sim_controller_start(sim_node(s, 0));
	sim_controller_post(sim_node(s, 0), 1, NULL, json);
	sim_controller_post(sim_node(s, 0), 1, sim_node(s, 1), list);
	sim_controller_post(sim_node(s, 0), 1, sim_node(s, 2), list);
}

static size_t capabilities_of(struct sim *s, unsigned int at,
			      unsigned int about)
{
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);
	struct network *n = tl_vl2_find(sim_node(s, at)->vl2, id);
	struct member *m = tl_member_find(n, sim_node(s, about)->id.addr);

	return m ? m->m.capabilities.n : 0;
}

TEST(credentials_that_do_not_fit_one_packet_go_in_several)
{
	static const struct sim_options lan = { .seed = 1, .delay_ms = 5 };
	struct sim *s = sim_new(3, &lan);
	struct network_id id;
	unsigned int i;

	make_large(s);
	sim_run(s, 1000);
	id = sim_controller_network(sim_node(s, 0), 1);
	for (i = 1; i < 3; i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, id, tl_bytes(NULL, 0),
				     sim_now(s)),
			 0);
	sim_run(s, 5000);
	sim_send(sim_node(s, 1), id,
		 tl_mac_of_member(id, sim_node(s, 2)->id.addr), 0x0800, "some",
		 4);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	CHECK(capabilities_of(s, 2, 1) > 0);
	CHECK(capabilities_of(s, 2, 1) < N_CAPABILITIES);
	sim_run(s, 30000);
	CHECK_EQ(capabilities_of(s, 2, 1), N_CAPABILITIES);
	sim_free(s);
}
