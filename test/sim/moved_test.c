/* SPDX-License-Identifier: Apache-2.0 */
/* moved_test.c - what a root does for members that come and go */
#include "harness.h"
#include "sim.h"

static const struct network_id NET = { 0xff0b000000000001 };
static const struct sim_options LAN = { .seed = 1, .delay_ms = 5 };

static void send_frame(struct sim *s, unsigned int from, unsigned int to)
{
	sim_send(sim_node(s, from), NET,
		 tl_mac_of_member(NET, sim_node(s, to)->id.addr), 0x0800, "hi",
		 2);
}

/* Members 1 and 2, which only the root connects. */
static struct sim *relayed_pair(void)
{
	struct sim *s = sim_new(3, &LAN);
	unsigned int i;

	sim_cut(s, 1, 2, true);
	sim_run(s, 1000);
	for (i = 1; i < 3; i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, NET,
				     tl_bytes(NULL, 0), sim_now(s)),
			 0);
	sim_run(s, 1000);
	send_frame(s, 1, 2);
	send_frame(s, 2, 1);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	return s;
}

/* Its new path looks worse than the old one, which is still young. */
TEST(root_relays_to_where_a_member_moved_within_five_seconds)
{
	struct link_config slow = { .delay_ms = 30 };
	struct sim *s = relayed_pair();
	unsigned int before;
	unsigned int i;

	sim_set_link(s, 2, &slow);
	sim_readdress(s, 2, true);
	sim_run(s, 200);
	for (i = 0; i < 50; i++) {
		send_frame(s, 1, 2);
		sim_run(s, 100);
	}
	before = sim_node(s, 2)->n_frames;
	send_frame(s, 1, 2);
	sim_run(s, 200);
	CHECK(sim_node(s, 2)->n_frames > before);
	sim_free(s);
}

static bool all_online(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < sim_count(s); i++) {
		if (!tl_node_is_online(sim_node(s, i)->node, sim_now(s)))
			return false;
	}
	return true;
}

TEST(new_root_takes_twenty_strangers_a_second)
{
	struct sim_options o = LAN;
	struct sim *s;

	o.is_internet = true;
	s = sim_new(201, &o);
	CHECK(!sim_run_until(s, all_online, 6000));
	CHECK(sim_run_until(s, all_online, 7000));
	sim_free(s);
}
