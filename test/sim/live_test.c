/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live_test.c - networks that change while they are in use
 *
 * Node 0 is root and controller, node 1 a controller, too; 2 to 4 are members.
 */
#include "harness.h"
#include "sim.h"
#include "sim_controller.h"

#define N 5
#define PRIVATE "{\"private\":true}"
#define YES "{\"authorized\":true}"
#define NO "{\"authorized\":false}"

static struct sim *s;
static unsigned int from_two; /* frames of node 2 that anybody got */
static unsigned int to_two;
static int64_t last_ms; /* when the last one of either came */

static void count(struct sim_node *to)
{
	if (to->index == 2)
		to_two++;
	else
		from_two++;
	last_ms = sim_now(s);
}

/* A network of each controller, which is number 1 there. */
static struct network_id of(unsigned int controller)
{
	return sim_controller_network(sim_node(s, controller), 1);
}

static struct network *net_of(unsigned int i, unsigned int controller)
{
	return tl_vl2_find(sim_node(s, i)->vl2, of(controller));
}

static void join(unsigned int i, unsigned int controller)
{
	CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, of(controller),
			     tl_bytes(NULL, 0), sim_now(s)),
		 0);
}

static void post(unsigned int controller, unsigned int member, const char *json)
{
	sim_controller_post(sim_node(s, controller), 1,
			    member ? sim_node(s, member) : NULL, json);
}

static void start(void)
{
	static const struct sim_options lan = { .seed = 1,
						.delay_ms = 5,
						.on_frame = count };
	unsigned int c;
	unsigned int i;

	from_two = 0;
	to_two = 0;
	s = sim_new(N, &lan);
	for (c = 0; c < 2; c++) {
		sim_controller_start(sim_node(s, c));
		post(c, 0, PRIVATE);
	}
	sim_run(s, 1000);
	for (c = 0; c < 2; c++) {
		for (i = 2; i < N; i++) {
			post(c, i, YES);
			join(i, c);
		}
	}
	sim_run(s, 5000);
}

static void send(unsigned int from, unsigned int to, unsigned int controller)
{
	static const uint8_t payload[100] = { 0x45 };

	sim_send(sim_node(s, from), of(controller),
		 tl_mac_of_member(of(controller), sim_node(s, to)->id.addr),
		 0x0800, payload, sizeof(payload));
}

/* Frames each way between 2 and 3, ten a second. */
static void talk(int64_t ms, unsigned int controller)
{
	int64_t end = sim_now(s) + ms;

	from_two = 0;
	to_two = 0;
	while (sim_now(s) < end) {
		send(2, 3, controller);
		send(3, 2, controller);
		sim_run(s, 100);
	}
}

TEST(networks_of_two_controllers_are_apart)
{
	start();
	send(2, 3, 0);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 3)->last.net.v, of(0).v);
	send(2, 3, 1);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 3)->last.net.v, of(1).v);
	CHECK_EQ(from_two, 2);
	/* Whoever is put out of one stays in the other. */
	post(0, 2, NO);
	sim_run(s, 2000);
	talk(1000, 1);
	CHECK_EQ(from_two, 10);
	CHECK_EQ(to_two, 10);
	CHECK_EQ(tl_vl2_leave(sim_node(s, 3)->vl2, of(0)), 0);
	talk(1000, 1);
	CHECK_EQ(from_two, 10);
	sim_free(s);
}

TEST(traffic_with_a_member_ends_both_ways_when_it_is_put_out)
{
	int64_t began;

	start();
	talk(3000, 0);
	CHECK_EQ(from_two, 30);
	CHECK_EQ(to_two, 30);
	began = sim_now(s);
	post(0, 2, NO);
	talk(10000, 0);
	CHECK(last_ms < began + 1000);
	/* It knows by itself, too, and keeps its addresses. */
	CHECK_EQ(tl_network_status(net_of(2, 0)), NETWORK_ACCESS_DENIED);
	CHECK(tl_network_config(net_of(2, 0)));
	CHECK_EQ(tl_network_status(net_of(3, 0)), NETWORK_OK);
	/* The others go on. */
	send(4, 3, 0);
	from_two = 0;
	sim_run(s, 1000);
	CHECK_EQ(from_two, 1);
	sim_free(s);
}

TEST(member_that_is_let_in_again_is_back_within_seconds)
{
	start();
	talk(1000, 0);
	post(0, 2, NO);
	talk(5000, 0);
	post(0, 2, YES);
	talk(3000, 0);
	CHECK(from_two > 0);
	CHECK(to_two > 0);
	talk(1000, 0);
	CHECK_EQ(from_two, 10);
	CHECK_EQ(to_two, 10);
	CHECK_EQ(tl_network_status(net_of(2, 0)), NETWORK_OK);
	sim_free(s);
}

/* Only the other one sends, so it must find out by itself. */
TEST(member_that_is_let_in_again_is_sent_to_though_it_is_silent)
{
	unsigned int i;

	start();
	talk(1000, 0);
	post(0, 2, NO);
	sim_run(s, 5000);
	post(0, 2, YES);
	to_two = 0;
	for (i = 0; i < 50 && !to_two; i++) {
		send(3, 2, 0);
		sim_run(s, 100);
	}
	CHECK(to_two > 0);
	sim_free(s);
}

/* The controller cannot be reached by 3, which hears of it from 4. */
TEST(revocation_reaches_those_the_controller_does_not_reach)
{
	start();
	talk(1000, 0);
	send(3, 4, 0);
	send(4, 3, 0);
	send(4, 2, 0);
	sim_run(s, 60000);
	send(4, 3, 0);
	send(3, 4, 0);
	sim_run(s, 2000);
	sim_cut(s, 0, 3, true);
	post(0, 2, NO);
	sim_run(s, 1000);
	talk(2000, 0);
	CHECK_EQ(from_two, 0);
	CHECK_EQ(to_two, 0);
	sim_free(s);
}

TEST(mtu_and_names_change_within_a_second)
{
	start();
	post(0, 0,
	     "{\"mtu\":1400,\"name\":\"other\","
	     "\"dns\":{\"domain\":\"a.test\",\"servers\":[\"10.0.0.1\"]}}");
	sim_run(s, 1000);
	CHECK_EQ(tl_network_config(net_of(2, 0))->mtu, 1400);
	CHECK_STR(tl_network_config(net_of(3, 0))->name, "other");
	CHECK_STR(tl_network_config(net_of(3, 0))->dns.domain, "a.test");
	CHECK_EQ(tl_network_config(net_of(2, 1))->mtu, NETCONF_MTU_DEFAULT);
	talk(1000, 0);
	CHECK_EQ(from_two, 10);
	sim_free(s);
}

/* vl2.md 4.4: after 60 s, with the beat of the node. */
TEST(configuration_is_fetched_each_minute_and_certificates_stay_fresh)
{
	int64_t before;
	int64_t after;
	unsigned int i;

	start();
	for (i = 0; i < 50; i++) {
		before = tl_network_config(net_of(2, 0))->timestamp;
		sim_run(s, 66000);
		after = tl_network_config(net_of(2, 0))->timestamp;
		CHECK(after - before >= 59000);
		CHECK(after - before <= 132000);
	}
	talk(1000, 0);
	CHECK_EQ(from_two, 10);
	CHECK_EQ(to_two, 10);
	sim_free(s);
}

TEST(member_that_leaves_and_joins_is_back_at_once)
{
	unsigned int i;

	start();
	for (i = 0; i < 3; i++) {
		talk(1000, 0);
		CHECK_EQ(from_two, 10);
		CHECK_EQ(to_two, 10);
		CHECK_EQ(tl_vl2_leave(sim_node(s, 2)->vl2, of(0)), 0);
		to_two = 0;
		send(3, 2, 0);
		sim_run(s, 1500);
		CHECK_EQ(to_two, 0);
		join(2, 0);
		sim_run(s, 2000);
		CHECK_EQ(tl_network_status(net_of(2, 0)), NETWORK_OK);
	}
	sim_free(s);
}
