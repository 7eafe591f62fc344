/* SPDX-License-Identifier: Apache-2.0 */
/* paths_test.c - contact, relay, direct paths, and their loss */
#include "harness.h"
#include "sim.h"

/* An ad-hoc network needs no controller: 11.x.y.z/8 (vl2.md 2.6). */
static const struct network_id NET = { 0xff0b000000000001 };

static const struct sim_options LAN = { .seed = 1, .delay_ms = 5 };

static bool all_online(struct sim *s)
{
	return tl_node_is_online(sim_node(s, 1)->node, sim_now(s)) &&
	       tl_node_is_online(sim_node(s, 2)->node, sim_now(s));
}

static struct sim *three_on_a_network(const struct sim_options *o)
{
	struct sim *s = sim_new(3, o);
	unsigned int i;

	CHECK(sim_run_until(s, all_online, 2000));
	for (i = 1; i < 3; i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, NET,
				     tl_bytes(NULL, 0), sim_now(s)),
			 0);
	sim_run(s, 2000);
	for (i = 1; i < 3; i++)
		CHECK_EQ(tl_network_status(
				 tl_vl2_find(sim_node(s, i)->vl2, NET)),
			 NETWORK_OK);
	return s;
}

static struct mac mac_of(struct sim *s, unsigned int i)
{
	return tl_mac_of_member(NET, sim_node(s, i)->id.addr);
}

static void send_ip(struct sim *s, unsigned int from, unsigned int to, size_t n)
{
	static uint8_t payload[10000];
	size_t i;

	for (i = 0; i < n; i++)
		payload[i] = (uint8_t)(i * 7 + n);
	sim_send(sim_node(s, from), NET, mac_of(s, to), 0x0800, payload, n);
}

static struct path *direct_path(struct sim *s, unsigned int a, unsigned int b)
{
	struct peer *p = tl_node_find_peer(sim_node(s, a)->node,
					   sim_node(s, b)->id.addr);

	return p ? tl_peer_best_path(p, PATHS_USABLE, sim_now(s)) : NULL;
}

TEST(nodes_reach_their_root_at_once)
{
	struct sim *s = sim_new(3, &LAN);

	/* HELLO, OK. */
	sim_run(s, 2 * LAN.delay_ms + 1);
	CHECK(all_online(s));
	sim_free(s);
}

static bool got_one(struct sim *s)
{
	return sim_node(s, 2)->n_frames > 0;
}

TEST(first_frame_to_a_stranger_arrives)
{
	struct sim *s = three_on_a_network(&LAN);

	send_ip(s, 1, 2, 100);
	CHECK(sim_run_until(s, got_one, 1000));
	CHECK_EQ(sim_node(s, 2)->last.n, 100);
	CHECK(tl_mac_equal(sim_node(s, 2)->last.source, mac_of(s, 1)));
	sim_free(s);
}

TEST(direct_path_forms_and_carries_frames)
{
	struct sim *s = three_on_a_network(&LAN);
	uint64_t relayed;

	send_ip(s, 1, 2, 100);
	sim_run(s, 1000);
	CHECK(direct_path(s, 1, 2));
	CHECK(direct_path(s, 2, 1));
	relayed = sim_traffic(s, 0, 2);
	send_ip(s, 1, 2, 1400);
	sim_run(s, 20);
	CHECK_EQ(sim_node(s, 2)->last.n, 1400);
	CHECK_EQ(sim_traffic(s, 0, 2), relayed);
	sim_free(s);
}

TEST(frames_of_all_sizes_arrive_whole)
{
	struct sim *s = three_on_a_network(&LAN);
	size_t n;

	send_ip(s, 1, 2, 1);
	sim_run(s, 1000);
	for (n = 1; n <= 9800; n += 97) {
		size_t i;

		send_ip(s, 1, 2, n);
		sim_run(s, 20);
		CHECK_EQ(sim_node(s, 2)->last.n, n);
		for (i = 0; i < n; i++)
			CHECK_EQ(sim_node(s, 2)->last.payload[i],
				 (uint8_t)(i * 7 + n));
	}
	sim_free(s);
}

TEST(fragments_in_any_order_are_put_together)
{
	struct sim_options jumbled = { .seed = 7,
				       .delay_ms = 5,
				       .jitter_ms = 20 };
	struct sim *s = three_on_a_network(&jumbled);
	unsigned int before;
	int i;

	send_ip(s, 1, 2, 1);
	sim_run(s, 2000);
	before = sim_node(s, 2)->n_frames;
	for (i = 0; i < 200; i++) {
		send_ip(s, 1, 2, 9000);
		sim_run(s, 50);
	}
	CHECK_EQ(sim_node(s, 2)->n_frames - before, 200);
	sim_free(s);
}

static void send_often(struct sim *s, int64_t ms, unsigned int *n_sent)
{
	int64_t end = sim_now(s) + ms;

	while (sim_now(s) < end) {
		send_ip(s, 1, 2, 200);
		(*n_sent)++;
		sim_run(s, 100);
	}
}

TEST(dead_direct_path_is_left_for_the_relay_within_five_seconds)
{
	struct sim *s = three_on_a_network(&LAN);
	unsigned int n_sent = 0;
	unsigned int before;

	send_ip(s, 1, 2, 100);
	sim_run(s, 1000);
	CHECK(direct_path(s, 1, 2));

	sim_cut(s, 1, 2, true);
	send_often(s, 5000, &n_sent);
	before = sim_node(s, 2)->n_frames;
	n_sent = 0;
	send_often(s, 5000, &n_sent);
	sim_run(s, 100);
	CHECK_EQ(sim_node(s, 2)->n_frames - before, n_sent);
	sim_free(s);
}

TEST(direct_path_comes_back_when_the_wire_does)
{
	struct sim *s = three_on_a_network(&LAN);
	unsigned int n_sent = 0;
	uint64_t relayed;

	send_ip(s, 1, 2, 100);
	sim_run(s, 1000);
	sim_cut(s, 1, 2, true);
	send_often(s, 20000, &n_sent);
	CHECK(!direct_path(s, 1, 2));
	sim_cut(s, 1, 2, false);
	send_often(s, 10000, &n_sent);
	CHECK(direct_path(s, 1, 2));
	relayed = sim_traffic(s, 0, 2);
	send_often(s, 1000, &n_sent);
	CHECK_EQ(sim_traffic(s, 0, 2), relayed);
	sim_free(s);
}

TEST(relayed_peers_use_suite_3)
{
	struct sim *s = sim_new(3, &LAN);
	struct peer *p;
	unsigned int i;

	sim_cut(s, 1, 2, true);
	CHECK(sim_run_until(s, all_online, 2000));
	for (i = 1; i < 3; i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, NET,
				     tl_bytes(NULL, 0), sim_now(s)),
			 0);
	sim_run(s, 2000);
	send_ip(s, 1, 2, 100);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	p = tl_node_find_peer(sim_node(s, 1)->node, sim_node(s, 2)->id.addr);
	CHECK(p);
	CHECK_EQ(tl_peer_suite(p), SUITE_BEST);
	CHECK(!tl_peer_best_path(p, PATHS_USABLE, sim_now(s)));
	sim_free(s);
}

TEST(loss_delays_contact_but_does_not_prevent_it)
{
	struct sim_options lossy = { .seed = 3,
				     .delay_ms = 20,
				     .loss_percent = 30 };
	struct sim *s = sim_new(3, &lossy);

	CHECK(sim_run_until(s, all_online, 15000));
	sim_free(s);
}

TEST(idle_node_sends_little)
{
	struct sim *s = sim_new(2, &LAN);
	uint64_t before;

	sim_run(s, 10000);
	before = sim_node(s, 1)->n_sent;
	sim_run(s, 600000);
	/* An ECHO every 20 s, a HELLO every 224 s, and their answers. */
	CHECK(sim_node(s, 1)->n_sent - before <=
	      2 * (600 / 20 + 600 / 224 + 3));
	sim_free(s);
}

/* An ARP request for 11.x.y.z, the address of node 2. */
static void send_arp(struct sim *s)
{
	struct network *net = tl_vl2_find(sim_node(s, 2)->vl2, NET);
	const struct netconf *c = tl_network_config(net);
	static const struct mac everybody = { { 0xff, 0xff, 0xff, 0xff, 0xff,
						0xff } };
	uint8_t arp[28] = { 0, 1, 8, 0, 6, 4, 0, 1 };

	CHECK_EQ(c->n_addresses, 2);
	memcpy(arp + 24, c->addresses[1].ip, 4);
	sim_send(sim_node(s, 1), NET, everybody, 0x0806, arp, sizeof(arp));
}

TEST(first_arp_request_reaches_its_target)
{
	struct sim *s = three_on_a_network(&LAN);

	send_arp(s);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	CHECK_EQ(sim_node(s, 2)->last.ethertype, 0x0806);
	sim_free(s);
}

TEST(same_seed_same_run)
{
	struct sim_options lossy = {
		.seed = 11, .delay_ms = 20, .jitter_ms = 10, .loss_percent = 10
	};
	uint64_t sent[2];
	int i;

	for (i = 0; i < 2; i++) {
		struct sim *s = sim_new(3, &lossy);

		sim_run(s, 60000);
		sent[i] = sim_node(s, 1)->n_sent;
		sim_free(s);
	}
	CHECK_EQ(sent[0], sent[1]);
}
