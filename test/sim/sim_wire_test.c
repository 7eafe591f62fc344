/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_wire_test.c - the simulated net itself: who hears whom
 *
 * Raw datagrams that no engine takes for its own, counted where they arrive.
 */
#include "harness.h"
#include "sim.h"
#include "sim_impl.h"
#include "sim_pool.h"

static const struct sim_options NET = {
	.seed = 1, .n_sockets = 3, .is_internet = true, .delay_ms = 10
};

static const struct nat_config CONE = { 0 };

/* @n nodes that are silent, so that only the test's datagrams count. */
static struct sim *silent(unsigned int n, const struct sim_options *o)
{
	struct sim *s = sim_new(n, o);
	unsigned int i;

	for (i = 0; i < n; i++)
		sim_node(s, i)->is_down = true;
	sim_run(s, 1);
	for (i = 0; i < n; i++)
		sim_node(s, i)->stalled_until = INT64_MAX;
	return s;
}

static uint64_t received(struct sim *s, unsigned int i)
{
	return sim_node(s, i)->n_backlog;
}

/* Host @i hears, but its node does nothing. */
static void listen_at(struct sim *s, unsigned int i)
{
	sim_node(s, i)->is_down = false;
}

static void say(struct sim *s, unsigned int i, int socket, struct endpoint to,
		int ttl)
{
	sim_node_host.send_raw(sim_node(s, i), socket, &to,
			       tl_bytes_from_str("hi"), ttl);
}

static struct endpoint outside(struct sim_nat *nat, uint16_t port)
{
	struct endpoint e = sim_nat_core(nat)->outside;

	e.port = port;
	return e;
}

TEST(any_socket_is_a_copy_from_each_of_the_family)
{
	struct sim_options o = NET;
	struct sim *s;

	o.has_ip6 = true;
	s = silent(2, &o);
	listen_at(s, 1);
	say(s, 0, PATH_SOCKET_ANY, sim_node(s, 1)->at, 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 1), 3);
	say(s, 0, PATH_SOCKET_ANY, sim_node(s, 1)->at6, 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 1), 6);
	say(s, 0, 1, sim_node(s, 1)->at, 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 1), 7);
	sim_free(s);
}

TEST(only_ports_that_are_open_hear)
{
	struct sim *s = silent(2, &NET);
	struct endpoint to = sim_node(s, 1)->at;
	int i;

	listen_at(s, 1);
	for (i = 0; i < 4; i++) {
		to.port = (uint16_t)(SIM_PORT + i * SIM_PORT_STEP);
		say(s, 0, 0, to, 0);
	}
	sim_run(s, 11);
	CHECK_EQ(received(s, 1), 3);
	sim_free(s);
}

TEST(nat_lets_answers_in_and_strangers_not)
{
	static const struct nat_config strict = {
		.filtering = NAT_ADDRESS_AND_PORT
	};
	struct sim *s = silent(3, &NET);
	struct sim_nat *nat = sim_nat_new(s, &strict, NULL);

	sim_put_behind(s, 0, nat);
	listen_at(s, 0);
	listen_at(s, 1);
	say(s, 0, 0, sim_node(s, 1)->at, 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 1), 1);
	say(s, 1, 0, outside(nat, SIM_PORT), 0);
	say(s, 1, 1, outside(nat, SIM_PORT), 0);
	say(s, 2, 0, outside(nat, SIM_PORT), 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 0), 1);
	sim_free(s);
}

TEST(lan_is_reached_from_inside_only)
{
	struct sim *s = silent(3, &NET);
	struct sim_nat *nat = sim_nat_new(s, &CONE, NULL);
	struct endpoint first;

	sim_put_behind(s, 0, nat);
	sim_put_behind(s, 1, nat);
	first = sim_node(s, 0)->at;
	CHECK_EQ(tl_endpoint_scope(&first), IP_SCOPE_PRIVATE);
	listen_at(s, 0);
	say(s, 2, 0, first, 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 0), 0);
	say(s, 1, 0, first, 1);
	sim_run(s, 1);
	CHECK_EQ(received(s, 0), 1);
	sim_free(s);
}

TEST(lans_have_the_same_addresses)
{
	struct sim *s = silent(2, &NET);
	unsigned int i;

	for (i = 0; i < 2; i++)
		sim_put_behind(s, i, sim_nat_new(s, &CONE, NULL));
	CHECK(tl_endpoint_equal(&sim_node(s, 0)->at, &sim_node(s, 1)->at));
	sim_free(s);
}

static uint64_t hairpins(bool is_able)
{
	struct nat_config c = { .hairpins = is_able };
	struct sim *s = silent(3, &NET);
	struct sim_nat *nat = sim_nat_new(s, &c, NULL);
	uint64_t n;

	sim_put_behind(s, 0, nat);
	sim_put_behind(s, 1, nat);
	listen_at(s, 0);
	say(s, 0, 0, sim_node(s, 2)->at, 0);
	say(s, 1, 0, outside(nat, SIM_PORT), 0);
	sim_run(s, 11);
	n = received(s, 0);
	sim_free(s);
	return n;
}

/* RFC 4787 REQ-9 */
TEST(hairpin_is_what_the_configuration_says)
{
	CHECK_EQ(hairpins(false), 0);
	CHECK_EQ(hairpins(true), 1);
}

TEST(two_nats_in_a_row_rewrite_twice)
{
	struct sim *s = silent(2, &NET);
	struct sim_nat *carrier = sim_nat_new(s, &CONE, NULL);
	struct sim_nat *home = sim_nat_new(s, &CONE, carrier);

	CHECK_EQ(sim_nat_core(home)->outside.ip[0], 100);
	sim_put_behind(s, 0, home);
	listen_at(s, 0);
	listen_at(s, 1);
	say(s, 0, 0, sim_node(s, 1)->at, 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 1), 1);
	say(s, 1, 0, outside(carrier, SIM_PORT), 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 0), 1);
	sim_free(s);
}

TEST(small_ttl_opens_the_own_nat_and_goes_no_further)
{
	struct sim *s = silent(2, &NET);
	struct sim_nat *nat = sim_nat_new(s, &CONE, NULL);

	sim_put_behind(s, 0, nat);
	listen_at(s, 0);
	listen_at(s, 1);
	say(s, 0, 0, sim_node(s, 1)->at, 2);
	sim_run(s, 11);
	CHECK_EQ(received(s, 1), 0);
	say(s, 1, 0, outside(nat, SIM_PORT), 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 0), 1);
	sim_free(s);
}

TEST(parted_groups_hear_nothing_of_each_other)
{
	struct sim *s = silent(3, &NET);
	unsigned int i;

	for (i = 1; i < 3; i++)
		listen_at(s, i);
	sim_part(s, 0, 1);
	sim_part(s, 1, 1);
	for (i = 1; i < 3; i++)
		say(s, 0, 0, sim_node(s, i)->at, 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 1), 1);
	CHECK_EQ(received(s, 2), 0);
	sim_part(s, 0, 0);
	say(s, 0, 0, sim_node(s, 2)->at, 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 2), 1);
	sim_free(s);
}

TEST(links_of_both_ends_delay)
{
	struct link_config slow = { .delay_ms = 100 };
	struct sim *s = silent(2, &NET);

	listen_at(s, 1);
	sim_set_link(s, 0, &slow);
	sim_set_link(s, 1, &slow);
	say(s, 0, 0, sim_node(s, 1)->at, 0);
	sim_run(s, 209);
	CHECK_EQ(received(s, 1), 0);
	sim_run(s, 1);
	CHECK_EQ(received(s, 1), 1);
	sim_free(s);
}

TEST(moved_host_is_gone_from_where_it_was)
{
	struct sim *s = silent(2, &NET);
	struct endpoint old = sim_node(s, 1)->at;

	listen_at(s, 1);
	sim_readdress(s, 1, true);
	say(s, 0, 0, old, 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 1), 0);
	say(s, 0, 0, sim_node(s, 1)->at, 0);
	sim_run(s, 11);
	CHECK_EQ(received(s, 1), 1);
	sim_free(s);
}

TEST(stalled_node_has_a_backlog_with_an_end_and_takes_it_up)
{
	struct sim *s = silent(2, &NET);
	struct sim_node *node = sim_node(s, 1);
	int i;

	listen_at(s, 1);
	sim_stall(s, 1, 1000);
	for (i = 0; i < SIM_BACKLOG_MAX + 50; i++)
		say(s, 0, 0, node->at, 0);
	sim_run(s, 999);
	CHECK_EQ(node->n_received, 0);
	CHECK_EQ(received(s, 1), SIM_BACKLOG_MAX);
	sim_run(s, 1);
	CHECK_EQ(node->n_received, SIM_BACKLOG_MAX);
	CHECK_EQ(received(s, 1), 0);
	sim_free(s);
}

static void note(struct sim *s, void *ctx)
{
	*(int64_t *)ctx = sim_now(s);
}

TEST(calls_come_when_they_are_due)
{
	struct sim *s = silent(2, &NET);
	int64_t start = sim_now(s);
	int64_t at[2] = { 0 };

	sim_after(s, 70, note, &at[1]);
	sim_after(s, 30, note, &at[0]);
	sim_run(s, 69);
	CHECK_EQ(at[0], start + 30);
	CHECK_EQ(at[1], 0);
	sim_run(s, 1);
	CHECK_EQ(at[1], start + 70);
	sim_free(s);
}

static uint64_t fingerprint(uint64_t seed)
{
	struct sim_options o = {
		.seed = seed, .delay_ms = 5, .jitter_ms = 9, .loss_percent = 20
	};
	struct sim *s = sim_new(8, &o);
	uint64_t sum = 0;
	unsigned int i;

	sim_run(s, 60000);
	for (i = 0; i < 8; i++)
		sum = sum * 31 + sim_node(s, i)->n_received;
	sim_free(s);
	return sum;
}

TEST(same_seed_is_the_same_run)
{
	CHECK_EQ(fingerprint(4), fingerprint(4));
	CHECK(fingerprint(4) != fingerprint(5));
}

TEST(seed_comes_from_the_environment)
{
	uint64_t five = fingerprint(5);

	CHECK_EQ(sim_first_seed(1), 1);
	CHECK_EQ(sim_n_seeds(10), 10);
	CHECK_EQ(setenv("TL_SEED", "5", 1), 0);
	CHECK_EQ(sim_first_seed(1), 5);
	CHECK_EQ(sim_n_seeds(10), 1);
	CHECK_EQ(fingerprint(4), five);
}

TEST(identities_of_the_pool_are_valid)
{
	unsigned int step = sim_pool_size() / 7;
	struct identity id;
	unsigned int i;

	for (i = 0; i < sim_pool_size(); i += step) {
		sim_pool_identity(&id, i);
		CHECK_EQ(tl_identity_validate(&id), 0);
	}
	CHECK_EQ(i / step, 8);
	sim_pool_keys(&id, 0, 60000);
	CHECK(tl_identity_validate(&id) != 0);
}
