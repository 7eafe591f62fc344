/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idle_test.c - what a member says in a day when there is nothing to be said,
 * IP and UDP headers included, and whether a NAT would still let packets in
 *
 *	node 1: member  ---- NAT, its bindings last 30 s ----  node 0: root and
 *							       controller
 *
 * The NAT is a rule of this test's own: between datagrams that the member sends
 * to its root there must never be 30 s.
 */
#include <stdio.h>

#include "harness.h"
#include "sim.h"
#include "sim_controller.h"
#include "vl1/node_impl.h"

#define DAY_MS INT64_C(86400000)
#define NAT_MS 30000
#define IP4_UDP_LEN 28
#define LENGTHS_MAX 2048

static const struct sim_options NET = { .seed = 1, .delay_ms = 20 };

/**
 * struct meter - What node 1 has sent
 * @host:	the simulation's own; sending passes through here
 * @longest_ms:	longest silence towards the root
 * @count:	of datagrams, by their length
 */
static struct {
	const struct node_host *host;
	struct node_host metered;
	struct sim *s;
	uint64_t bytes;
	uint64_t datagrams;
	int64_t last_ms;
	int64_t longest_ms;
	uint64_t count[LENGTHS_MAX];
} meter;

static void count(size_t n)
{
	int64_t now = sim_now(meter.s);

	meter.datagrams++;
	meter.bytes += n + IP4_UDP_LEN;
	meter.count[TL_MIN(n, (size_t)LENGTHS_MAX - 1)]++;
	meter.longest_ms = TL_MAX(meter.longest_ms, now - meter.last_ms);
	meter.last_ms = now;
}

static void metered_send(void *ctx, int socket, const struct endpoint *to,
			 struct packet *p, const struct cuts *cuts)
{
	size_t rest = p->n - cuts->head_len;
	unsigned int i;

	count(cuts->head_len);
	for (i = 1; i < cuts->n; i++) {
		size_t part = TL_MIN(rest, cuts->part_len);

		count(part + FRAGMENT_HEADER_LEN);
		rest -= part;
	}
	meter.host->send(ctx, socket, to, p, cuts);
}

static void metered_raw(void *ctx, int socket, const struct endpoint *to,
			struct bytes datagram, int ttl)
{
	count(datagram.n);
	meter.host->send_raw(ctx, socket, to, datagram, ttl);
}

static void begin_metering(struct sim *s)
{
	struct node *n = sim_node(s, 1)->node;

	memset(&meter, 0, sizeof(meter));
	meter.s = s;
	meter.last_ms = sim_now(s);
	meter.host = n->host;
	meter.metered = *n->host;
	meter.metered.send = metered_send;
	meter.metered.send_raw = metered_raw;
	n->host = &meter.metered;
}

static void print_meter(const char *what)
{
	size_t n;

	printf("%s: %llu bytes a day in %llu datagrams, silent for %lld ms at "
	       "most\n",
	       what, (unsigned long long)meter.bytes,
	       (unsigned long long)meter.datagrams,
	       (long long)meter.longest_ms);
	for (n = 0; n < LENGTHS_MAX; n++) {
		if (meter.count[n] >= 10)
			printf("  %6llu of %4zu + %d bytes\n",
			       (unsigned long long)meter.count[n], n,
			       IP4_UDP_LEN);
	}
}

static struct network *network(struct sim *s)
{
	return tl_vl2_find(sim_node(s, 1)->vl2,
			   sim_controller_network(sim_node(s, 0), 1));
}

static void set_low(struct sim *s, bool is_low)
{
	struct node_local l = { .is_low_bandwidth = is_low };

	tl_node_set_local(sim_node(s, 1)->node, &l, sim_now(s));
}

/* An authorized member of a network with an address. */
static struct sim *member(bool is_low)
{
	struct sim *s = sim_new(2, &NET);

	sim_controller_start(sim_node(s, 0));
	sim_controller_post(sim_node(s, 0), 1, NULL,
			    "{\"private\":true,\"v4AssignMode\":{\"zt\":true},"
			    "\"routes\":[{\"target\":\"10.7.0.0/16\"}],"
			    "\"ipAssignmentPools\":[{\"ipRangeStart\":"
			    "\"10.7.0.1\",\"ipRangeEnd\":\"10.7.0.250\"}]}");
	set_low(s, is_low);
	sim_run(s, 1000);
	CHECK_EQ(tl_vl2_join(sim_node(s, 1)->vl2,
			     sim_controller_network(sim_node(s, 0), 1),
			     tl_bytes(NULL, 0), sim_now(s)),
		 0);
	sim_run(s, 2000);
	sim_controller_post(sim_node(s, 0), 1, sim_node(s, 1),
			    "{\"authorized\":true}");
	sim_run(s, 60000);
	CHECK_EQ(tl_network_status(network(s)), NETWORK_OK);
	begin_metering(s);
	return s;
}

/* A change that the controller pushes arrives, and so would any packet. */
static void check_reachable(struct sim *s)
{
	sim_controller_post(sim_node(s, 0), 1, NULL, "{\"mtu\":1400}");
	sim_run(s, 1000);
	CHECK_EQ(tl_network_config(network(s))->mtu, 1400);
}

TEST(idle_member_sends_two_megabytes_a_day_at_most)
{
	struct sim *s = member(false);

	sim_run(s, DAY_MS);
	print_meter("default");
	CHECK(meter.bytes <= 2000000);
	CHECK(meter.longest_ms < NAT_MS);
	check_reachable(s);
	sim_free(s);
}

TEST(idle_member_in_low_bandwidth_mode_sends_400_kilobytes_a_day_at_most)
{
	struct sim *s = member(true);

	sim_run(s, DAY_MS);
	print_meter("low bandwidth");
	CHECK(meter.bytes <= 400000);
	CHECK(meter.longest_ms < NAT_MS);
	check_reachable(s);
	sim_free(s);
}
