/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bridge_test.c - members that are bridges to other networks (vl2.md 8.4, 9.1)
 *
 * Node 0 is root and controller, 1 and 4 are bridges, 2 and 3 plain members.
 */
#include "harness.h"
#include "sim.h"
#include "sim_controller.h"
#include "test/sim/lone_net.h"

#define N 5

static const struct mac BEHIND_1 = { { 0x00, 1, 1, 1, 1, 1 } };
static const struct mac BEHIND_4 = { { 0x00, 4, 4, 4, 4, 4 } };
static const struct group GROUP = { { { 0x01, 0, 0x5e, 1, 2, 3 } }, 0 };

static struct sim *s;
static struct network_id id;

static struct network *net_of(unsigned int i)
{
	return tl_vl2_find(sim_node(s, i)->vl2, id);
}

static void start(void)
{
	static const struct sim_options lan = { .seed = 1, .delay_ms = 5 };
	unsigned int i;

	s = sim_new(N, &lan);
	sim_controller_start(sim_node(s, 0));
	sim_controller_post(sim_node(s, 0), 1, NULL, "{\"private\":true}");
	id = sim_controller_network(sim_node(s, 0), 1);
	sim_run(s, 1000);
	for (i = 1; i < N; i++) {
		sim_controller_post(sim_node(s, 0), 1, sim_node(s, i),
				    i == 1 || i == 4 ? "{\"authorized\":true,"
						       "\"activeBridge\":true}"
						     : "{\"authorized\":true}");
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, id, tl_bytes(NULL, 0),
				     sim_now(s)),
			 0);
	}
	sim_run(s, 5000);
	CHECK(tl_network_is_bridge(net_of(1)));
	CHECK(!tl_network_is_bridge(net_of(2)));
}

static void send(unsigned int from, struct mac source, struct mac dest)
{
	sim_send_as(sim_node(s, from), id, source, dest, 0x0800,
		    tl_bytes_from_str("a frame of some length"));
	sim_run(s, 1000);
}

static struct mac mac_of(unsigned int i)
{
	return tl_mac_of_member(id, sim_node(s, i)->id.addr);
}

static void forget_frames(void)
{
	unsigned int i;

	for (i = 0; i < N; i++)
		sim_node(s, i)->n_frames = 0;
}

TEST(frames_from_behind_a_bridge_keep_their_source)
{
	start();
	send(1, BEHIND_1, mac_of(2));
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	CHECK(tl_mac_equal(sim_node(s, 2)->last.source, BEHIND_1));
	CHECK_EQ(sim_node(s, 3)->n_frames, 0);
	CHECK_EQ(sim_node(s, 4)->n_frames, 0);
	sim_free(s);
}

TEST(mac_that_was_seen_behind_a_bridge_is_sent_there_only)
{
	start();
	send(1, BEHIND_1, mac_of(2));
	send(4, BEHIND_4, mac_of(2));
	forget_frames();
	send(2, mac_of(2), BEHIND_1);
	CHECK_EQ(sim_node(s, 1)->n_frames, 1);
	CHECK(tl_mac_equal(sim_node(s, 1)->last.dest, BEHIND_1));
	CHECK_EQ(sim_node(s, 4)->n_frames, 0);
	send(2, mac_of(2), BEHIND_4);
	CHECK_EQ(sim_node(s, 1)->n_frames, 1);
	CHECK_EQ(sim_node(s, 4)->n_frames, 1);
	/* It was plugged in elsewhere. */
	send(4, BEHIND_1, mac_of(2));
	send(2, mac_of(2), BEHIND_1);
	CHECK_EQ(sim_node(s, 1)->n_frames, 1);
	CHECK_EQ(sim_node(s, 4)->n_frames, 2);
	sim_free(s);
}

TEST(mac_that_nobody_has_seen_is_sent_to_all_bridges)
{
	start();
	send(2, mac_of(2), BEHIND_1);
	CHECK_EQ(sim_node(s, 1)->n_frames, 1);
	CHECK_EQ(sim_node(s, 4)->n_frames, 1);
	CHECK_EQ(sim_node(s, 3)->n_frames, 0);
	sim_free(s);
}

TEST(broadcasts_from_behind_a_bridge_are_learned_from)
{
	static const struct mac all = { { 255, 255, 255, 255, 255, 255 } };

	start();
	send(1, BEHIND_1, all);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	CHECK_EQ(sim_node(s, 3)->n_frames, 1);
	CHECK_EQ(sim_node(s, 4)->n_frames, 1);
	forget_frames();
	send(3, mac_of(3), BEHIND_1);
	CHECK_EQ(sim_node(s, 1)->n_frames, 1);
	CHECK_EQ(sim_node(s, 4)->n_frames, 0);
	sim_free(s);
}

TEST(bridges_get_multicast_of_groups_they_are_not_in)
{
	start();
	send(2, mac_of(2), GROUP.mac);
	CHECK_EQ(sim_node(s, 1)->n_frames, 1);
	CHECK_EQ(sim_node(s, 4)->n_frames, 1);
	CHECK_EQ(sim_node(s, 3)->n_frames, 0);
	sim_free(s);
}

TEST(former_bridge_is_not_listened_to_and_not_used)
{
	start();
	send(1, BEHIND_1, mac_of(2));
	sim_controller_post(sim_node(s, 0), 1, sim_node(s, 1),
			    "{\"activeBridge\":false}");
	sim_run(s, 2000);
	forget_frames();
	send(2, mac_of(2), BEHIND_1);
	CHECK_EQ(sim_node(s, 1)->n_frames, 0);
	CHECK_EQ(sim_node(s, 4)->n_frames, 1);
	send(1, BEHIND_1, mac_of(2));
	CHECK_EQ(sim_node(s, 2)->n_frames, 0);
	CHECK_EQ(tl_node_drops(sim_node(s, 1)->node)->n[DROP_NOT_BRIDGE], 1);
	sim_free(s);
}

static bool knows(unsigned int at, unsigned int who)
{
	struct mc_group *g = tl_group_find(sim_node(s, at)->vl2, id, GROUP);
	size_t i;

	for (i = 0; g && i < g->n_members; i++) {
		if (tl_address_equal(g->members[i].who,
				     sim_node(s, who)->id.addr))
			return true;
	}
	return false;
}

TEST(groups_behind_a_bridge_are_announced_for_twenty_minutes)
{
	unsigned int i;

	start();
	send(2, mac_of(2), GROUP.mac);
	CHECK(!knows(0, 2));
	send(1, BEHIND_1, GROUP.mac);
	CHECK(knows(0, 1));
	CHECK(tl_multicast_in_group(net_of(1), GROUP));
	CHECK_EQ(tl_network_n_groups(net_of(1)), 0);
	/* Said again each minute, or the root would have forgotten. */
	sim_run(s, 15 * 60000);
	CHECK(knows(0, 1));
	send(1, BEHIND_1, GROUP.mac);
	sim_run(s, 15 * 60000);
	CHECK(tl_multicast_in_group(net_of(1), GROUP));
	sim_run(s, 6 * 60000);
	CHECK(!tl_multicast_in_group(net_of(1), GROUP));
	for (i = 0; i < 11; i++)
		sim_run(s, 60000);
	CHECK(!knows(0, 1));
	sim_free(s);
}

/* Of the tables alone: a network and nobody to talk to. */

static struct lone lone;
static struct actor controller;
static struct network *net;

static void start_lone(void)
{
	lone_new(&lone);
	actor_init(&controller, &lone, LONE_ROOT);
	actor_be_root(&controller, &lone);
	net = lone_net_join(&lone, &controller);
}

static void finish_lone(void)
{
	actor_fini(&controller);
	lone_free(&lone);
}

static void make_bridge(uint64_t address)
{
	net->conf->specialists[net->conf->n_specialists++] = address |
							     SPECIALIST_BRIDGE;
}

static struct mac numbered(uint32_t i)
{
	struct mac m = { { 0x00, 7 } };

	tl_store_be32(m.b + 2, i);
	return m;
}

TEST(full_table_forgets_the_bridge_with_the_most_macs)
{
	struct address to[BRIDGE_RECIPIENTS_MAX];
	const struct address noisy = { 0x1100000001 };
	const struct address quiet = { 0x1100000002 };
	uint32_t i;

	start_lone();
	make_bridge(noisy.v);
	make_bridge(quiet.v);
	tl_bridge_learn(net, BEHIND_1, quiet);
	for (i = 0; i < 2 * BRIDGE_ROUTES_MAX; i++)
		tl_bridge_learn(net, numbered(i), noisy);
	CHECK(net->bridges.count <= BRIDGE_ROUTES_MAX);
	CHECK_EQ(tl_bridge_find(net, BEHIND_1, to), 1);
	CHECK(tl_address_equal(to[0], quiet));
	CHECK_EQ(tl_bridge_find(net, numbered(i - 1), to), 1);
	CHECK_EQ(tl_bridge_find(net, numbered(0), to), 2);
	finish_lone();
}

TEST(of_many_bridges_some_are_taken_and_others_each_time)
{
	struct address to[BRIDGE_RECIPIENTS_MAX];
	bool was_used[40] = { false };
	unsigned int n_used = 0;
	size_t i;
	size_t j;

	start_lone();
	for (i = 0; i < 40; i++)
		make_bridge(0x1100000000 + i);
	for (j = 0; j < 20; j++) {
		bool now[40] = { false };

		CHECK_EQ(tl_bridge_find(net, BEHIND_1, to),
			 BRIDGE_RECIPIENTS_MAX);
		for (i = 0; i < BRIDGE_RECIPIENTS_MAX; i++) {
			size_t k = (size_t)(to[i].v - 0x1100000000);

			CHECK(k < 40);
			CHECK(!now[k]);
			now[k] = true;
			n_used += !was_used[k];
			was_used[k] = true;
		}
	}
	CHECK_EQ(n_used, 40);
	finish_lone();
}

TEST(multicast_macs_are_behind_nobody)
{
	start_lone();
	tl_bridge_learn(net, GROUP.mac, (struct address){ 0x1100000001 });
	CHECK_EQ(net->bridges.count, 0);
	finish_lone();
}

TEST(groups_behind_have_a_limit_and_the_oldest_goes)
{
	struct group g = GROUP;
	unsigned int i;

	start_lone();
	for (i = 0; i <= BEHIND_MAX; i++) {
		g.adi = i;
		lone.now++;
		net->v->now = lone.now;
		tl_behind_note(net, g);
	}
	CHECK_EQ(net->n_behind, BEHIND_MAX);
	CHECK(tl_behind_has(net, g));
	g.adi = 0;
	CHECK(!tl_behind_has(net, g));
	g.adi = 1;
	CHECK(tl_behind_has(net, g));
	finish_lone();
}

TEST(groups_and_routes_survive_lack_of_memory)
{
	start_lone();
	tl_alloc_fail_after(0);
	tl_behind_note(net, GROUP);
	tl_alloc_fail_after(0);
	tl_bridge_learn(net, BEHIND_1, (struct address){ 0x1100000001 });
	tl_alloc_fail_after(1);
	tl_bridge_learn(net, BEHIND_1, (struct address){ 0x1100000001 });
	tl_alloc_fail_after(-1);
	CHECK_EQ(net->n_behind, 0);
	finish_lone();
}
