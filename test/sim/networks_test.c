/* SPDX-License-Identifier: Apache-2.0 */
/*
 * networks_test.c - networks of many members: everybody with everybody,
 * multicast, ad-hoc networks, and a real controller
 */
#include "harness.h"
#include "sim.h"
#include "sim_controller.h"

static const struct sim_options LAN = { .seed = 1, .delay_ms = 5 };
static const struct network_id ADHOC = { 0xff0b000000000001 };

static struct network *net_of(struct sim *s, unsigned int i,
			      struct network_id id)
{
	return tl_vl2_find(sim_node(s, i)->vl2, id);
}

static void join(struct sim *s, unsigned int first, unsigned int end,
		 struct network_id id)
{
	unsigned int i;

	for (i = first; i < end; i++)
		CHECK_EQ(tl_vl2_join(sim_node(s, i)->vl2, id, tl_bytes(NULL, 0),
				     sim_now(s)),
			 0);
}

static void send_to(struct sim *s, struct network_id id, unsigned int from,
		    unsigned int to)
{
	static const uint8_t payload[200] = { 0x45 };

	sim_send(sim_node(s, from), id,
		 tl_mac_of_member(id, sim_node(s, to)->id.addr), 0x0800,
		 payload, sizeof(payload));
}

TEST(twelve_nodes_talk_each_to_each)
{
	struct sim *s = sim_new(12, &LAN);
	unsigned int i;
	unsigned int j;

	sim_run(s, 1000);
	join(s, 0, 12, ADHOC);
	sim_run(s, 1000);
	for (i = 0; i < 12; i++) {
		for (j = 0; j < 12; j++) {
			if (i != j)
				send_to(s, ADHOC, i, j);
		}
	}
	sim_run(s, 5000);
	for (i = 0; i < 12; i++)
		CHECK_EQ(sim_node(s, i)->n_frames, 11);
	for (i = 1; i < 12; i++) {
		for (j = 1; j < 12; j++) {
			struct peer *p = tl_node_find_peer(
				sim_node(s, i)->node, sim_node(s, j)->id.addr);

			CHECK(i == j ||
			      tl_peer_best_path(p, PATHS_USABLE, sim_now(s)));
		}
	}
	sim_free(s);
}

/* IPv6 solicitation of node @to, as the stack sends it. */
static void solicit(struct sim *s, struct network_id id, unsigned int from,
		    unsigned int to)
{
	const struct netconf *c = tl_network_config(net_of(s, to, id));
	struct group g = tl_group_of_ipv6(c->addresses[0].ip);
	uint8_t packet[72] = { 0x60 };

	packet[6] = 0x3a;
	packet[40] = 0x87;
	sim_send(sim_node(s, from), id, g.mac, 0x86dd, packet, sizeof(packet));
}

/* Addresses of 6PLANE end alike, so all are in one group. */
TEST(solicitation_reaches_the_members_of_its_group)
{
	struct sim *s = sim_new(6, &LAN);
	unsigned int i;

	sim_run(s, 1000);
	join(s, 1, 6, ADHOC);
	sim_run(s, 1000);
	solicit(s, ADHOC, 1, 3);
	sim_run(s, 1000);
	for (i = 1; i < 6; i++)
		CHECK_EQ(sim_node(s, i)->n_frames, i != 1);
	sim_free(s);
}

TEST(port_range_network_has_no_multicast_and_lets_its_ports_through)
{
	static const struct network_id web = { 0xff00500050000000 };
	struct sim *s = sim_new(3, &LAN);
	uint8_t syn[60] = { 0x60 };
	struct mac to;

	sim_run(s, 1000);
	join(s, 1, 3, web);
	sim_run(s, 1000);
	solicit(s, web, 1, 2);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 0);

	to = tl_mac_of_member(web, sim_node(s, 2)->id.addr);
	syn[6] = 6; /* TCP */
	syn[52] = 0x50;
	syn[53] = 0x02;
	syn[43] = 81;
	sim_send(sim_node(s, 1), web, to, 0x86dd, syn, sizeof(syn));
	send_to(s, web, 1, 2); /* IPv4 */
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 0);
	syn[43] = 80;
	sim_send(sim_node(s, 1), web, to, 0x86dd, syn, sizeof(syn));
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	sim_free(s);
}

/* Node 0 is root and controller of network 1; all join, authorised or not. */
static struct sim *controlled(unsigned int n, const char *json)
{
	struct sim *s = sim_new(n, &LAN);

	sim_controller_start(sim_node(s, 0));
	sim_controller_post(sim_node(s, 0), 1, NULL, json);
	sim_run(s, 1000);
	join(s, 1, n, sim_controller_network(sim_node(s, 0), 1));
	sim_run(s, 3000);
	return s;
}

static void authorize(struct sim *s, unsigned int i, bool is_authorized)
{
	sim_controller_post(sim_node(s, 0), 1, sim_node(s, i),
			    is_authorized ? "{\"authorized\":true}"
					  : "{\"authorized\":false}");
}

#define POOL                                                                   \
	"\"v4AssignMode\":{\"zt\":true},"                                      \
	"\"routes\":[{\"target\":\"10.7.0.0/16\"}],"                           \
	"\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.7.0.1\","               \
	"\"ipRangeEnd\":\"10.7.0.250\"}]"
#define ACCEPT_ALL "\"rules\":[{\"type\":\"ACTION_ACCEPT\"}]"
#define PRIVATE "{\"private\":true," POOL "," ACCEPT_ALL "}"
#define PUBLIC(limit)                                                          \
	"{\"private\":false,\"multicastLimit\":" limit "," POOL "," ACCEPT_ALL \
	"}"

TEST(private_network_refuses_until_authorised)
{
	struct sim *s = controlled(3, PRIVATE);
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);

	CHECK_EQ(tl_network_status(net_of(s, 1, id)), NETWORK_ACCESS_DENIED);
	CHECK(!tl_network_config(net_of(s, 1, id)));
	authorize(s, 1, true);
	sim_run(s, 1000);
	CHECK_EQ(tl_network_status(net_of(s, 1, id)), NETWORK_OK);
	CHECK_EQ(tl_network_config(net_of(s, 1, id))->n_addresses, 1);
	CHECK_EQ(tl_network_status(net_of(s, 2, id)), NETWORK_ACCESS_DENIED);
	sim_free(s);
}

TEST(members_exchange_certificates_and_frames)
{
	struct sim *s = controlled(3, PRIVATE);
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);

	authorize(s, 1, true);
	authorize(s, 2, true);
	sim_run(s, 2000);
	send_to(s, id, 1, 2);
	sim_run(s, 2000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	send_to(s, id, 2, 1);
	sim_run(s, 2000);
	CHECK_EQ(sim_node(s, 1)->n_frames, 1);
	sim_free(s);
}

TEST(member_that_is_deauthorised_is_cut_off_at_once)
{
	struct sim *s = controlled(4, PRIVATE);
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);
	unsigned int i;

	for (i = 1; i < 4; i++)
		authorize(s, i, true);
	sim_run(s, 2000);
	for (i = 2; i < 4; i++) {
		send_to(s, id, 1, i);
		send_to(s, id, i, 1);
	}
	sim_run(s, 3000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	CHECK_EQ(sim_node(s, 3)->n_frames, 1);

	/* The controller cannot reach node 3: node 2 tells it. */
	send_to(s, id, 2, 3);
	sim_run(s, 2000);
	sim_cut(s, 0, 3, true);
	authorize(s, 1, false);
	sim_run(s, 2000);
	for (i = 2; i < 4; i++)
		sim_node(s, i)->n_frames = 0;
	send_to(s, id, 1, 2);
	send_to(s, id, 1, 3);
	sim_run(s, 6000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 0);
	CHECK_EQ(sim_node(s, 3)->n_frames, 0);
	send_to(s, id, 2, 3);
	sim_run(s, 2000);
	CHECK_EQ(sim_node(s, 3)->n_frames, 1);

	/* And back. */
	sim_cut(s, 0, 3, false);
	authorize(s, 1, true);
	sim_run(s, 7000);
	send_to(s, id, 1, 2);
	sim_run(s, 3000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	sim_free(s);
}

TEST(change_at_the_controller_is_pushed_to_members)
{
	struct sim *s = controlled(3, PUBLIC("32"));
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);

	CHECK_EQ(tl_network_status(net_of(s, 1, id)), NETWORK_OK);
	sim_controller_post(sim_node(s, 0), 1, NULL, "{\"mtu\":1400}");
	sim_run(s, 2000);
	CHECK_EQ(tl_network_config(net_of(s, 1, id))->mtu, 1400);
	CHECK_EQ(tl_network_config(net_of(s, 2, id))->mtu, 1400);
	sim_free(s);
}

/* What was sent is lost on the way to one of them: it goes again. */
TEST(change_that_gets_lost_is_pushed_again)
{
	struct sim *s = controlled(3, PUBLIC("32"));
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);

	sim_run(s, 5000);
	sim_cut(s, 0, 1, true);
	sim_controller_post(sim_node(s, 0), 1, NULL, "{\"mtu\":1400}");
	sim_run(s, 500);
	sim_cut(s, 0, 1, false);
	CHECK_EQ(tl_network_config(net_of(s, 1, id))->mtu, 2800);
	CHECK_EQ(tl_network_config(net_of(s, 2, id))->mtu, 1400);
	sim_run(s, 1500);
	CHECK_EQ(tl_network_config(net_of(s, 1, id))->mtu, 1400);
	/* Nobody says that it was heard: it does not go on for ever. */
	sim_cut(s, 0, 2, true);
	sim_controller_post(sim_node(s, 0), 1, NULL, "{\"mtu\":1500}");
	sim_run(s, 20000);
	CHECK_EQ(tl_controller_next_ms(sim_controller_of(sim_node(s, 0))),
		 INT64_MAX);
	sim_free(s);
}

TEST(six_hundred_rules_come_in_chunks)
{
	struct sim *s = controlled(3, PUBLIC("32"));
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);
	char *json = malloc(200000);
	size_t n;
	int i;

	CHECK(json);
	n = (size_t)sprintf(json, "{\"rules\":[");
	for (i = 0; i < 650; i++)
		n += (size_t)sprintf(json + n,
				     "{\"type\":\"MATCH_IP_DEST_PORT_RANGE\","
				     "\"start\":%d,\"end\":%d},",
				     i + 1, i + 2);
	sprintf(json + n, "{\"type\":\"ACTION_ACCEPT\"}]}");
	sim_controller_post(sim_node(s, 0), 1, NULL, json);
	free(json);
	sim_run(s, 3000);
	CHECK_EQ(tl_network_config(net_of(s, 1, id))->n_rules, 651);
	CHECK_EQ(tl_network_config(net_of(s, 2, id))->n_rules, 651);
	sim_free(s);
}

TEST(chunks_survive_reordering)
{
	struct sim_options jumbled = { .seed = 5,
				       .delay_ms = 5,
				       .jitter_ms = 30 };
	struct sim *s = sim_new(2, &jumbled);
	struct network_id id;
	char *json = malloc(200000);
	size_t n;
	int i;

	CHECK(json);
	n = (size_t)sprintf(json, "{\"private\":false,\"rules\":[");
	for (i = 0; i < 650; i++)
		n += (size_t)sprintf(json + n,
				     "{\"type\":\"MATCH_IP_DEST_PORT_RANGE\","
				     "\"start\":%d,\"end\":%d},",
				     i + 1, i + 2);
	sprintf(json + n, "{\"type\":\"ACTION_ACCEPT\"}]}");
	sim_controller_start(sim_node(s, 0));
	sim_controller_post(sim_node(s, 0), 1, NULL, json);
	free(json);
	sim_run(s, 1000);
	id = sim_controller_network(sim_node(s, 0), 1);
	join(s, 1, 2, id);
	sim_run(s, 10000);
	CHECK_EQ(tl_network_status(net_of(s, 1, id)), NETWORK_OK);
	CHECK_EQ(tl_network_config(net_of(s, 1, id))->n_rules, 651);
	sim_free(s);
}

TEST(controller_is_a_member_of_its_own_network)
{
	struct sim *s = controlled(2, PUBLIC("32"));
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);

	join(s, 0, 1, id);
	sim_run(s, 3000);
	CHECK_EQ(tl_network_status(net_of(s, 0, id)), NETWORK_OK);
	send_to(s, id, 1, 0);
	send_to(s, id, 0, 1);
	sim_run(s, 2000);
	CHECK_EQ(sim_node(s, 0)->n_frames, 1);
	CHECK_EQ(sim_node(s, 1)->n_frames, 1);
	sim_free(s);
}

static void broadcast(struct sim *s, struct network_id id, unsigned int from)
{
	static const struct mac everybody = { { 0xff, 0xff, 0xff, 0xff, 0xff,
						0xff } };
	uint8_t payload[60] = { 0x45 };

	sim_send(sim_node(s, from), id, everybody, 0x0800, payload,
		 sizeof(payload));
}

TEST(broadcast_reaches_all_ten_members_once)
{
	struct sim *s = controlled(12, PUBLIC("32"));
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);
	unsigned int i;

	broadcast(s, id, 1);
	sim_run(s, 6000);
	CHECK_EQ(sim_node(s, 1)->n_frames, 0);
	for (i = 2; i < 12; i++)
		CHECK_EQ(sim_node(s, i)->n_frames, 1);
	broadcast(s, id, 2);
	sim_run(s, 6000);
	for (i = 3; i < 12; i++)
		CHECK_EQ(sim_node(s, i)->n_frames, 2);
	sim_free(s);
}

TEST(broadcast_ends_at_the_limit_of_the_network)
{
	struct sim *s = controlled(12, PUBLIC("3"));
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);
	unsigned int total = 0;
	unsigned int i;

	broadcast(s, id, 1);
	sim_run(s, 6000);
	for (i = 2; i < 12; i++)
		total += sim_node(s, i)->n_frames;
	CHECK_EQ(total, 3);
	/* Now more are known than may get it. */
	broadcast(s, id, 1);
	sim_run(s, 6000);
	total = 0;
	for (i = 2; i < 12; i++)
		total += sim_node(s, i)->n_frames;
	CHECK_EQ(total, 6);
	sim_free(s);
}

TEST(limit_of_zero_is_no_multicast)
{
	struct sim *s = controlled(3, PUBLIC("0"));
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);

	broadcast(s, id, 1);
	sim_run(s, 2000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 0);
	CHECK_EQ(tl_node_drops(sim_node(s, 1)->node)->n[DROP_NO_MULTICAST], 1);
	sim_free(s);
}

TEST(dead_controller_leaves_the_network_running)
{
	struct sim *s = controlled(3, PUBLIC("32"));
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);

	send_to(s, id, 1, 2);
	send_to(s, id, 2, 1);
	sim_run(s, 2000);
	sim_power(s, 0, false);
	sim_run(s, 100000);
	send_to(s, id, 1, 2);
	sim_run(s, 1000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 2);
	CHECK_EQ(tl_network_status(net_of(s, 1, id)), NETWORK_OK);
	sim_power(s, 0, true);
	sim_controller_post(sim_node(s, 0), 1, NULL, "{\"mtu\":1500}");
	sim_run(s, 12000);
	CHECK_EQ(tl_network_config(net_of(s, 1, id))->mtu, 1500);
	sim_free(s);
}

TEST(rule_that_drops_drops)
{
	struct sim *s = controlled(
		3, "{\"private\":false,"
		   "\"rules\":[{\"type\":\"MATCH_ETHERTYPE\","
		   "\"etherType\":2048,\"not\":false,\"or\":false},"
		   "{\"type\":\"ACTION_DROP\"},{\"type\":\"ACTION_ACCEPT\"}]}");
	struct network_id id = sim_controller_network(sim_node(s, 0), 1);
	static const uint8_t payload[60] = { 0x60 };

	send_to(s, id, 1, 2);
	sim_run(s, 2000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 0);
	CHECK_EQ(tl_node_drops(sim_node(s, 1)->node)->n[DROP_RULES_OUT], 1);
	sim_send(sim_node(s, 1), id,
		 tl_mac_of_member(id, sim_node(s, 2)->id.addr), 0x86dd, payload,
		 sizeof(payload));
	sim_run(s, 2000);
	CHECK_EQ(sim_node(s, 2)->n_frames, 1);
	sim_free(s);
}
