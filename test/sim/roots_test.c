/* SPDX-License-Identifier: Apache-2.0 */
/* roots_test.c - roots that die, come back and take over; relaying; NAT
 * moves */
#include "harness.h"
#include "sim.h"

static const struct network_id NET = { 0xff0b000000000001 };
static const struct sim_options LAN = { .seed = 1, .delay_ms = 5 };
static const struct sim_options TWO = { .n_roots = 2,
					.seed = 2,
					.delay_ms = 5 };

static bool is_connected(struct sim *s, unsigned int i, unsigned int root)
{
	struct peer *p = tl_node_find_peer(sim_node(s, i)->node,
					   sim_node(s, root)->id.addr);

	return p && tl_peer_best_path(p, PATHS_USABLE, sim_now(s)) &&
	       p->last_receive_ms > sim_now(s) - 1000;
}

static struct path *direct_path(struct sim *s, unsigned int a, unsigned int b)
{
	struct peer *p = tl_node_find_peer(sim_node(s, a)->node,
					   sim_node(s, b)->id.addr);

	return p ? tl_peer_best_path(p, PATHS_USABLE, sim_now(s)) : NULL;
}

static void join_all(struct sim *s, unsigned int first, unsigned int end)
{
	unsigned int i;

	for (i = first; i < end; i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, NET,
				     tl_bytes(NULL, 0), sim_now(s)),
			 0);
	sim_run(s, 2000);
}

static void send_to(struct sim *s, unsigned int from, unsigned int to, size_t n)
{
	static const uint8_t payload[9000];

	sim_send(sim_node(s, from), NET,
		 tl_mac_of_member(NET, sim_node(s, to)->id.addr), 0x0800,
		 payload, n);
}

static bool one_is_connected(struct sim *s)
{
	return is_connected(s, 1, 0);
}

TEST(idle_node_is_back_five_seconds_after_its_root)
{
	struct sim *s = sim_new(2, &LAN);

	sim_run(s, 30000);
	sim_power(s, 0, false);
	sim_run(s, 60000);
	CHECK(!one_is_connected(s));
	sim_power(s, 0, true);
	CHECK(sim_run_until(s, one_is_connected, 5100));
	sim_free(s);
}

TEST(idle_node_is_back_five_seconds_after_its_root_was_restarted)
{
	struct sim *s = sim_new(2, &LAN);

	sim_run(s, 30000);
	sim_power(s, 0, false);
	sim_run(s, 60000);
	sim_restart(s, 0);
	CHECK(sim_run_until(s, one_is_connected, 5100));
	CHECK(tl_node_find_peer(sim_node(s, 0)->node, sim_node(s, 1)->id.addr));
	sim_free(s);
}

TEST(root_that_is_restarted_at_once_learns_its_nodes_again)
{
	struct sim *s = sim_new(2, &LAN);

	sim_run(s, 30000);
	sim_restart(s, 0);
	/* Nothing tells the node before its next ECHO is not answered. */
	sim_run(s, 26000);
	CHECK(tl_node_find_peer(sim_node(s, 0)->node, sim_node(s, 1)->id.addr));
	sim_free(s);
}

TEST(node_without_its_root_for_a_while_is_offline_and_then_online_again)
{
	struct sim *s = sim_new(2, &LAN);

	sim_run(s, 1000);
	CHECK(tl_node_is_online(sim_node(s, 1)->node, sim_now(s)));
	sim_power(s, 0, false);
	sim_run(s, PEER_ACTIVE_MS + 10000);
	CHECK(!tl_node_is_online(sim_node(s, 1)->node, sim_now(s)));
	sim_power(s, 0, true);
	CHECK(sim_run_until(s, one_is_connected, 5100));
	CHECK(tl_node_is_online(sim_node(s, 1)->node, sim_now(s)));
	sim_free(s);
}

static void send_for(struct sim *s, int64_t ms, unsigned int *n_sent)
{
	int64_t end = sim_now(s) + ms;

	while (sim_now(s) < end) {
		send_to(s, 2, 3, 200);
		(*n_sent)++;
		sim_run(s, 100);
	}
}

TEST(second_root_relays_when_the_first_dies)
{
	struct sim *s = sim_new(4, &TWO);
	unsigned int n_sent = 0;
	unsigned int before;
	unsigned int best;

	sim_cut(s, 2, 3, true);
	sim_run(s, 1000);
	join_all(s, 2, 4);
	send_for(s, 2000, &n_sent);
	CHECK(sim_node(s, 3)->n_frames > 0);
	best = tl_address_equal(tl_node_best_upstream(sim_node(s, 2)->node,
						      sim_now(s))
					->id.addr,
				sim_node(s, 0)->id.addr)
		       ? 0
		       : 1;
	sim_power(s, best, false);
	send_for(s, 6000, &n_sent);
	before = sim_node(s, 3)->n_frames;
	n_sent = 0;
	send_for(s, 3000, &n_sent);
	sim_run(s, 100);
	CHECK_EQ(sim_node(s, 3)->n_frames - before, n_sent);
	sim_free(s);
}

TEST(nodes_of_different_roots_meet)
{
	struct sim *s = sim_new(4, &TWO);

	/* Node 2 cannot reach root 1, node 3 cannot reach root 0. */
	sim_cut(s, 2, 1, true);
	sim_cut(s, 3, 0, true);
	sim_run(s, 1000);
	join_all(s, 2, 4);
	send_to(s, 2, 3, 100);
	sim_run(s, 3000);
	CHECK_EQ(sim_node(s, 3)->n_frames, 1);
	CHECK(direct_path(s, 2, 3));
	sim_free(s);
}

TEST(frames_in_parts_arrive_through_the_relay)
{
	struct sim *s = sim_new(3, &LAN);
	size_t n;

	sim_cut(s, 1, 2, true);
	sim_run(s, 1000);
	join_all(s, 1, 3);
	for (n = 100; n < 9000; n += 890) {
		unsigned int before = sim_node(s, 2)->n_frames;

		send_to(s, 1, 2, n);
		sim_run(s, 1000);
		CHECK_EQ(sim_node(s, 2)->n_frames - before, 1);
		CHECK_EQ(sim_node(s, 2)->last.n, n);
	}
	CHECK(!direct_path(s, 1, 2));
	sim_free(s);
}

TEST(introductions_are_repeated_every_thirty_seconds_at_most)
{
	struct sim *s = sim_new(3, &LAN);
	uint64_t before;
	unsigned int i;

	sim_cut(s, 1, 2, true);
	sim_run(s, 1000);
	join_all(s, 1, 3);
	send_to(s, 1, 2, 100);
	sim_run(s, 5000);
	/* Node 1 tries node 2 directly when introduced, and not otherwise but
	 * for paths pushed to it, every 15 s while relayed. */
	before = sim_traffic(s, 1, 2);
	for (i = 0; i < 600; i++) {
		send_to(s, 1, 2, 100);
		sim_run(s, 100);
	}
	CHECK(sim_traffic(s, 1, 2) - before <= 2 * (2 * 2 + 2 * 4 + 4));
	sim_free(s);
}

TEST(path_that_nothing_comes_in_on_expires)
{
	struct sim *s = sim_new(3, &LAN);
	struct peer *p;

	sim_run(s, 1000);
	join_all(s, 1, 3);
	send_to(s, 1, 2, 100);
	send_to(s, 2, 1, 100);
	sim_run(s, 1000);
	CHECK(direct_path(s, 1, 2));
	sim_cut(s, 1, 2, true);
	sim_run(s, PATH_EXPIRY_MS + 10000);
	p = tl_node_find_peer(sim_node(s, 1)->node, sim_node(s, 2)->id.addr);
	CHECK(!p || p->n_slots == 0);
	sim_free(s);
}

TEST(quiet_link_between_members_stays_up)
{
	struct sim *s = sim_new(3, &LAN);

	sim_run(s, 1000);
	join_all(s, 1, 3);
	send_to(s, 1, 2, 100);
	sim_run(s, 1000);
	sim_run(s, 400000);
	CHECK(direct_path(s, 1, 2));
	CHECK(tl_path_is_alive(direct_path(s, 1, 2), sim_now(s)));
	sim_free(s);
}

TEST(member_whose_address_changes_is_reached_again_soon)
{
	struct sim *s = sim_new(3, &LAN);
	unsigned int before;
	unsigned int i;

	sim_run(s, 1000);
	join_all(s, 1, 3);
	send_to(s, 1, 2, 100);
	sim_run(s, 1000);
	sim_move(s, 2, 200);
	for (i = 0; i < 50; i++) {
		send_to(s, 1, 2, 100);
		send_to(s, 2, 1, 100);
		sim_run(s, 100);
	}
	before = sim_node(s, 2)->n_frames;
	send_to(s, 1, 2, 100);
	sim_run(s, 100);
	CHECK_EQ(sim_node(s, 2)->n_frames - before, 1);
	CHECK_EQ(direct_path(s, 1, 2)->remote.ip[3], 200);
	sim_free(s);
}

TEST(changed_address_that_the_root_reports_resets_all_paths)
{
	struct sim *s = sim_new(3, &LAN);
	struct endpoint seen[8];
	unsigned int i;
	size_t n;

	sim_run(s, 1000);
	join_all(s, 1, 3);
	send_to(s, 1, 2, 100);
	sim_run(s, 1000);
	CHECK(direct_path(s, 1, 2));
	sim_move(s, 1, 201);
	sim_cut(s, 1, 2, true);
	tl_node_on_rebind(sim_node(s, 1)->node, sim_now(s));
	sim_run(s, 500);
	n = tl_node_surface(sim_node(s, 1)->node, seen, 8);
	CHECK_EQ(n, 1);
	CHECK_EQ(seen[0].ip[3], 201);
	/* Not confirmed, so not used, though it was alive a moment ago. */
	CHECK(!direct_path(s, 1, 2));
	sim_cut(s, 1, 2, false);
	/* The root introduces them again within 30 s. */
	for (i = 0; i < 62; i++) {
		send_to(s, 1, 2, 100);
		sim_run(s, 500);
	}
	CHECK(direct_path(s, 1, 2));
	sim_free(s);
}

TEST(restarted_member_is_talked_to_again)
{
	struct sim *s = sim_new(3, &LAN);

	sim_run(s, 1000);
	join_all(s, 1, 3);
	send_to(s, 1, 2, 100);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	sim_restart(s, 2);
	sim_run(s, 200);
	CHECK_EQ(tl_vl2_join(sim_node(s, 2)->vl2, NET, tl_bytes(NULL, 0),
			     sim_now(s)),
		 0);
	sim_run(s, 500);
	send_to(s, 1, 2, 100);
	sim_run(s, 3000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 2);
	send_to(s, 2, 1, 100);
	sim_run(s, 3000);
	CHECK_EQ(sim_node(s, 1)->n_frames, 1);
	sim_free(s);
}
