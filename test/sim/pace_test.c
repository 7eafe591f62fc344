/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pace_test.c - changes of a member soon after each other (vl2.md 14.7, 14.8)
 */
#include "sim.h"
#include "sim_controller.h"

#include "harness.h"

#define NET 1

static struct sim *s;
static struct network_id id;

static void post(unsigned int member, const char *json)
{
	sim_controller_post(sim_node(s, 0), NET,
			    member ? sim_node(s, member) : NULL, json);
}

static struct network *net_of(unsigned int i)
{
	return tl_vl2_find(sim_node(s, i)->vl2, id);
}

static bool is_member(unsigned int i)
{
	return tl_network_status(net_of(i)) == NETWORK_OK;
}

static bool are_members(struct sim *sim)
{
	(void)sim;
	return is_member(1) && is_member(2);
}

static bool arrives(unsigned int from, unsigned int to, int64_t ms)
{
	unsigned int before = sim_node(s, to)->n_frames;

	sim_send(sim_node(s, from), id,
		 tl_mac_of_member(id, sim_node(s, to)->id.addr), 0x0800, "some",
		 4);
	sim_run(s, ms);
	return sim_node(s, to)->n_frames > before;
}

/* 0: root and controller; 1, 2: ask to be let in. */
static void start(void)
{
	static const struct sim_options lan = { .seed = 1, .delay_ms = 5 };
	unsigned int i;

	s = sim_new(3, &lan);
	sim_controller_start(sim_node(s, 0));
	post(0, "{\"rules\":[{\"type\":\"ACTION_ACCEPT\"}],\"routes\":[{"
		"\"target\":\"10.9.0.0/16\"}]}");
	id = sim_controller_network(sim_node(s, 0), NET);
	sim_run(s, 1000);
	for (i = 1; i < 3; i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, id, tl_bytes(NULL, 0),
				     sim_now(s)),
			 0);
	sim_run(s, 10000);
	CHECK_EQ(tl_network_status(net_of(1)), NETWORK_ACCESS_DENIED);
}

static void admit_both(void)
{
	post(1, "{\"authorized\":true}");
	post(2, "{\"authorized\":true}");
	CHECK(sim_run_until(s, are_members, 5000));
	sim_run(s, 3000);
	CHECK(arrives(1, 2, 500) && arrives(2, 1, 500));
}

static bool has_address(unsigned int i, unsigned int last)
{
	const struct netconf *c = tl_network_config(net_of(i));

	return c && c->n_addresses == 1 && c->addresses[0].ip[3] == last;
}

TEST(two_changes_100_ms_apart_both_arrive_within_2_s)
{
	start();
	post(1, "{\"authorized\":true}");
	sim_run(s, 100);
	post(1, "{\"ipAssignments\":[\"10.9.0.1\"]}");
	sim_run(s, 1900);
	CHECK(is_member(1));
	CHECK(has_address(1, 1));
	sim_free(s);
}

TEST(of_many_changes_in_a_second_the_last_one_is_in_force_within_2_s)
{
	char json[64];
	unsigned int i;

	start();
	admit_both();
	for (i = 1; i <= 10; i++) {
		snprintf(json, sizeof(json),
			 "{\"ipAssignments\":[\"10.9.0.%u\"]}", i);
		post(1, json);
		sim_run(s, 50);
	}
	sim_run(s, 1500);
	CHECK(has_address(1, 10));
	sim_free(s);
}

static void toggle(unsigned int times, int64_t pause_ms, bool last)
{
	unsigned int i;

	for (i = 0; i < times; i++) {
		bool on = (times - i) % 2 ? last : !last;

		post(1,
		     on ? "{\"authorized\":true}" : "{\"authorized\":false}");
		sim_run(s, pause_ms);
	}
}

TEST(one_that_is_let_out_and_in_quickly_ends_in)
{
	int64_t pause;

	for (pause = 0; pause < 800; pause = 3 * pause + 1) {
		start();
		admit_both();
		toggle(20, pause, true);
		sim_run(s, 5000);
		CHECK(is_member(1));
		CHECK(arrives(1, 2, 1500));
		CHECK(arrives(2, 1, 1500));
		sim_free(s);
	}
}

TEST(one_that_is_let_in_and_out_quickly_ends_out)
{
	int64_t pause;

	for (pause = 0; pause < 800; pause = 3 * pause + 1) {
		start();
		admit_both();
		toggle(21, pause, false);
		sim_run(s, 5000);
		CHECK(!arrives(1, 2, 1500));
		CHECK(!arrives(2, 1, 1500));
		CHECK_EQ(tl_network_status(net_of(1)), NETWORK_ACCESS_DENIED);
		sim_free(s);
	}
}

/* One after the other, within the second in which receivers are deaf. */
TEST(all_that_are_let_out_at_once_are_cut_off_within_5_s)
{
	static const struct sim_options lan = { .seed = 2, .delay_ms = 5 };
	unsigned int i;

	s = sim_new(12, &lan);
	sim_controller_start(sim_node(s, 0));
	post(0, "{\"rules\":[{\"type\":\"ACTION_ACCEPT\"}]}");
	id = sim_controller_network(sim_node(s, 0), NET);
	for (i = 1; i < 12; i++) {
		post(i, "{\"authorized\":true}");
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, id, tl_bytes(NULL, 0),
				     sim_now(s)),
			 0);
	}
	sim_run(s, 15000);
	for (i = 2; i < 12; i++)
		CHECK(arrives(i, 1, 500));
	for (i = 2; i < 12; i++) {
		post(i, "{\"authorized\":false}");
		sim_run(s, 60);
	}
	sim_run(s, 4400);
	for (i = 2; i < 12; i++)
		CHECK(!arrives(i, 1, 500));
	sim_free(s);
}
