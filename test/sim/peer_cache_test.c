/* SPDX-License-Identifier: Apache-2.0 */
/* peer_cache_test.c - nodes that are restarted with what was kept of their
 * peers, and without */
#include "harness.h"
#include "sim.h"

static const struct network_id NET = { 0xff0b000000000001 };
static const struct sim_options LAN = { .seed = 1, .delay_ms = 5 };

#define KEPT_MAX 8

/* As on a disk. */
struct kept {
	unsigned int n;
	struct peer_cache peers[KEPT_MAX];
};

static void keep(struct kept *k, struct sim *s, unsigned int i)
{
	struct node *node = sim_node(s, i)->node;
	struct map_walk walk = { 0 };
	struct peer *p;

	while ((p = tl_node_next_unsaved_peer(node, &walk, sim_now(s)))) {
		CHECK(k->n < KEPT_MAX);
		tl_peer_remember(p, &k->peers[k->n++], sim_now(s));
	}
}

static void take_up(const struct kept *k, struct sim *s, unsigned int i)
{
	unsigned int j;

	for (j = 0; j < k->n; j++)
		CHECK_EQ(tl_node_add_cached_peer(sim_node(s, i)->node,
						 &k->peers[j], sim_now(s)),
			 0);
}

static void join(struct sim *s, unsigned int i)
{
	CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, NET, tl_bytes(NULL, 0),
			     sim_now(s)),
		 0);
}

static void send_to(struct sim *s, unsigned int from, unsigned int to)
{
	static const uint8_t payload[100];

	sim_send(sim_node(s, from), NET,
		 tl_mac_of_member(NET, sim_node(s, to)->id.addr), 0x0800,
		 payload, sizeof(payload));
}

static struct path *path_between(struct sim *s, unsigned int a, unsigned int b)
{
	struct peer *p = tl_node_find_peer(sim_node(s, a)->node,
					   sim_node(s, b)->id.addr);

	return p ? tl_peer_best_path(p, PATHS_USABLE, sim_now(s)) : NULL;
}

/* Node 1 is an old, idle member that has just pinged the root, node 0; node 2
 * is not there yet. */
static struct sim *idle_member(void)
{
	struct sim *s = sim_new(3, &LAN);
	int64_t before;

	sim_power(s, 2, false);
	sim_run(s, 1000);
	join(s, 1);
	sim_run(s, 30000);
	before = path_between(s, 1, 0)->last_in_ms;
	while (path_between(s, 1, 0)->last_in_ms == before)
		sim_run(s, 100);
	return s;
}

/* How long it takes a new node 2 to reach node 1, sending twice a second. */
static int64_t time_to_reach(struct sim *s)
{
	int64_t start = sim_now(s);

	sim_restart(s, 2);
	join(s, 2);
	while (!sim_node(s, 1)->n_frames && sim_now(s) - start < 60000) {
		send_to(s, 2, 1);
		sim_run(s, 500);
	}
	CHECK(sim_node(s, 1)->n_frames);
	return sim_now(s) - start;
}

TEST(new_member_reaches_an_idle_one_through_a_root_that_kept_its_peers)
{
	struct sim *s = idle_member();
	struct kept k = { 0 };

	keep(&k, s, 0);
	CHECK_EQ(k.n, 1);
	sim_restart(s, 0);
	take_up(&k, s, 0);
	/* The answer to one HELLO is enough. */
	sim_run(s, 20);
	CHECK(path_between(s, 0, 1));
	CHECK(time_to_reach(s) <= 2000);
	sim_free(s);
}

TEST(root_that_kept_its_peers_is_told_of_their_groups_at_once)
{
	static const uint8_t payload[60];
	struct group g = { .mac = { { 0x33, 0x33, 0, 0, 0, 7 } } };
	struct sim *s = idle_member();
	struct kept k = { 0 };

	tl_network_set_groups(tl_vl2_find(sim_node(s, 1)->vl2, NET), &g, 1,
			      sim_now(s));
	sim_run(s, 1000);
	keep(&k, s, 0);
	sim_restart(s, 0);
	take_up(&k, s, 0);
	sim_restart(s, 2);
	join(s, 2);
	sim_run(s, 1000);
	sim_send(sim_node(s, 2), NET, g.mac, 0x86dd, payload, sizeof(payload));
	sim_run(s, 2000);
	CHECK_EQ(sim_node(s, 1)->n_frames, 1);
	sim_free(s);
}

TEST(new_member_waits_for_an_idle_one_if_the_root_kept_nothing)
{
	struct sim *s = idle_member();

	sim_restart(s, 0);
	sim_run(s, 20);
	CHECK(!path_between(s, 0, 1));
	CHECK(time_to_reach(s) > 10000);
	sim_free(s);
}

TEST(restarted_member_meets_the_others_without_a_root)
{
	struct sim *s = sim_new(3, &LAN);
	struct kept k = { 0 };

	sim_run(s, 1000);
	join(s, 1);
	join(s, 2);
	sim_run(s, 1000);
	send_to(s, 1, 2);
	sim_run(s, 1000);
	keep(&k, s, 1);
	CHECK_EQ(k.n, 2);
	sim_power(s, 0, false);
	sim_restart(s, 1);
	take_up(&k, s, 1);
	join(s, 1);
	sim_run(s, 20);
	CHECK(path_between(s, 1, 2));
	send_to(s, 1, 2);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 2);
	sim_free(s);
}

TEST(addresses_that_do_not_answer_do_not_become_paths)
{
	struct sim *s = sim_new(3, &LAN);
	struct kept k = { 0 };

	sim_run(s, 1000);
	keep(&k, s, 0);
	CHECK_EQ(k.n, 2);
	/* Somebody else is at the address of node 1 now. */
	k.peers[0].endpoints[0] = k.peers[1].endpoints[0];
	sim_power(s, 1, false);
	sim_power(s, 2, false);
	sim_restart(s, 0);
	take_up(&k, s, 0);
	sim_run(s, 1000);
	CHECK(tl_node_find_peer(sim_node(s, 0)->node, sim_node(s, 1)->id.addr));
	CHECK(!path_between(s, 0, 1));
	CHECK(!path_between(s, 0, 2));
	sim_free(s);
}

TEST(peers_are_kept_when_their_paths_change_and_once_a_day)
{
	struct sim *s = sim_new(2, &LAN);
	struct node *node = sim_node(s, 0)->node;
	struct kept k = { 0 };
	uint64_t learned;

	CHECK_EQ(tl_node_paths_learned(node), 0);
	keep(&k, s, 0);
	CHECK_EQ(k.n, 0);
	sim_run(s, 1000);
	learned = tl_node_paths_learned(node);
	CHECK(learned > 0);
	keep(&k, s, 0);
	CHECK_EQ(k.n, 1);
	CHECK_EQ(k.peers[0].n_endpoints, 1);
	CHECK(tl_endpoint_equal(&k.peers[0].endpoints[0], &sim_node(s, 1)->at));
	CHECK_EQ(k.peers[0].version.protocol, PROTOCOL_VERSION);
	sim_run(s, 600000);
	CHECK_EQ(tl_node_paths_learned(node), learned);
	keep(&k, s, 0);
	CHECK_EQ(k.n, 1);
	sim_move(s, 1, 100);
	sim_run(s, 30000);
	CHECK(tl_node_paths_learned(node) > learned);
	keep(&k, s, 0);
	CHECK_EQ(k.n, 2);
	sim_run(s, PEER_SAVE_AGAIN_MS);
	keep(&k, s, 0);
	CHECK_EQ(k.n, 3);
	sim_free(s);
}
