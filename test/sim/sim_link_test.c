/* SPDX-License-Identifier: Apache-2.0 */
/* sim_link_test.c - the model of a wire */
#include "sim_link.h"

#include "harness.h"

static struct sim_link link;
static struct sim_random chance;
static int64_t delays[2];

static void start(const struct link_config *c)
{
	link = (struct sim_link){ .config = *c };
	memset(delays, 0, sizeof(delays));
	chance.state = 3;
}

static unsigned int pass(size_t n, int64_t now)
{
	return sim_link_pass(&link, n, now, &chance, delays);
}

TEST(perfect_wire_does_nothing)
{
	start(&(struct link_config){ 0 });
	CHECK_EQ(pass(60000, 5), 1);
	CHECK_EQ(delays[0], 0);
	CHECK_EQ(chance.state, 3);
}

TEST(jitter_stays_within_its_bounds)
{
	int64_t low = 1000;
	int64_t high = 0;
	int i;

	start(&(struct link_config){ .delay_ms = 20, .jitter_ms = 10 });
	for (i = 0; i < 1000; i++) {
		CHECK_EQ(pass(100, i), 1);
		low = delays[0] < low ? delays[0] : low;
		high = delays[0] > high ? delays[0] : high;
	}
	CHECK_EQ(low, 20);
	CHECK_EQ(high, 29);
}

TEST(loss_and_duplication_happen_as_often_as_said)
{
	unsigned int copies[3] = { 0 };
	int i;

	start(&(struct link_config){ .loss_permille = 100,
				     .duplicate_permille = 50 });
	for (i = 0; i < 10000; i++)
		copies[pass(100, i)]++;
	CHECK(copies[0] > 900 && copies[0] < 1100);
	CHECK(copies[2] > 380 && copies[2] < 520);
	CHECK_EQ(link.n_lost, copies[0]);
}

TEST(held_back_datagrams_come_later)
{
	unsigned int late = 0;
	int i;

	start(&(struct link_config){ .reorder_permille = 250,
				     .reorder_ms = 40 });
	for (i = 0; i < 1000; i++) {
		CHECK_EQ(pass(100, i), 1);
		CHECK(delays[0] == 0 || delays[0] == 40);
		late += delays[0] == 40;
	}
	CHECK(late > 200 && late < 300);
}

TEST(rate_spaces_datagrams_and_its_queue_has_an_end)
{
	/* 1,000 bytes with headers are 10 ms; five wait. */
	struct link_config c = { .bytes_per_s = 100000, .queue_bytes = 5000 };
	int i;

	start(&c);
	for (i = 1; i <= 5; i++) {
		CHECK_EQ(pass(1000 - SIM_IP_OVERHEAD, 0), 1);
		CHECK_EQ(delays[0], 10 * i);
	}
	CHECK_EQ(pass(1000 - SIM_IP_OVERHEAD, 0), 0);
	CHECK_EQ(link.n_full, 1);
	/* One is out. */
	CHECK_EQ(pass(1000 - SIM_IP_OVERHEAD, 10), 1);
	CHECK_EQ(delays[0], 50);
	CHECK_EQ(pass(1000 - SIM_IP_OVERHEAD, 1000), 1);
	CHECK_EQ(delays[0], 10);
}

TEST(too_long_datagrams_vanish)
{
	start(&(struct link_config){ .mtu = 1280 });
	CHECK_EQ(pass(1280 - SIM_IP_OVERHEAD, 0), 1);
	CHECK_EQ(pass(1280 - SIM_IP_OVERHEAD + 1, 0), 0);
	CHECK_EQ(link.n_too_long, 1);
}

TEST(same_seed_gives_the_same)
{
	struct link_config c = { .jitter_ms = 50,
				 .loss_permille = 300,
				 .duplicate_permille = 100 };
	uint64_t sums[2] = { 0 };
	int round;
	int i;

	for (round = 0; round < 2; round++) {
		start(&c);
		for (i = 0; i < 100; i++)
			sums[round] = sums[round] * 31 + pass(100, i) +
				      (uint64_t)delays[0];
	}
	CHECK_EQ(sums[0], sums[1]);
}
