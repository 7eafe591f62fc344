/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/transfer_test.h"

#define SECOND_US ((int64_t)1000000)
#define LINK_US 50000 /* one way */
#define MTU 2800

/* One frame in so many is lost by chance, of those that carry data. */
static unsigned int one_in;

static bool loses_data(const struct lan_frame *f)
{
	return f->p->n > 1000 && lan_random() % one_in == 0;
}

/* Return: how long the transfer took in virtual time, in us. */
static int64_t take(size_t total, int64_t pass_us, int64_t limit_us)
{
	int64_t began = lan.now_us;

	start_transfer(4, 1, total);
	run_transfer(pass_us, limit_us);
	began = lan.now_us - began;
	end_transfer();
	printf("# %d ms, %zu of %zu frames overflowed\n", (int)(began / 1000),
	       lan.overflowed, lan.sent);
	return began;
}

static void begin(unsigned int loss)
{
	lan_start(MTU);
	lan.overflowed = 0;
	one_in = loss;
	lan.loses = loss ? loses_data : NULL;
}

static void end(void)
{
	lan.rate = 0;
	lan.queue = 0;
	lan_stop();
}

/* A window that is cut for each loss has 3 Mbit/s there, for a minute. */
TEST(congestion_chance_is_no_reason_to_slow_down)
{
	begin(100);
	CHECK(take(20000000, LINK_US, 60 * SECOND_US) < 6 * SECOND_US);
	end();
}

/* Each round is the 256th, and much is lost in it. */
TEST(congestion_counts_rounds_in_a_circle)
{
	begin(4);
	start_transfer(4, 1, 2000000);
	while (xfer.received < xfer.total) {
		CHECK(!xfer.error);
		CHECK(lan.now_us < 600 * SECOND_US);
		xfer.client->path.n_rounds = UINT8_MAX;
		lan_pass(LINK_US);
	}
	end_transfer();
	end();
}

TEST(congestion_more_chance_is_borne_too)
{
	begin(30);
	CHECK(take(10000000, LINK_US, 120 * SECOND_US) < 10 * SECOND_US);
	end();
}

/* The link takes 20 frames in 5 ms and holds 200: 50 ms. */
TEST(congestion_link_with_a_queue_is_full_and_loses_little)
{
	size_t sent;
	int64_t us;

	begin(0);
	lan.rate = 20;
	lan.queue = 200;
	us = take(40000000, 5000, 120 * SECOND_US);
	sent = lan.sent;
	/* 14,500 frames there and their acknowledgements */
	CHECK(us < (int64_t)(40000000 / 2740 / 20 * 5000) * 14 / 10);
	CHECK(lan.overflowed * 50 < sent);
	end();
}

/* A policer: what is too much is lost, and nothing takes longer. */
TEST(congestion_policer_is_not_flooded)
{
	size_t sent;
	int64_t us;

	begin(0);
	lan.rate = 200;
	us = take(40000000, LINK_US, 240 * SECOND_US);
	sent = lan.sent;
	CHECK(us < (int64_t)(40000000 / 2740 / 100 * LINK_US) * 2);
	CHECK(lan.overflowed * 16 < sent);
	end();
}

/* What was known of the path is not true any more. */
TEST(congestion_path_that_becomes_slower_is_noticed)
{
	size_t before;
	size_t sent;

	begin(0);
	lan.rate = 400;
	start_transfer(4, 1, 40000000);
	while (xfer.received < xfer.total / 2)
		lan_pass(LINK_US);
	before = lan.overflowed;
	sent = lan.sent;
	lan.rate = 40;
	run_transfer(LINK_US, 240 * SECOND_US);
	printf("# %zu of %zu frames lost\n", lan.overflowed - before,
	       lan.sent - sent);
	CHECK((lan.overflowed - before) * 8 < lan.sent - sent);
	end_transfer();
	end();
}

/* What it asks for now and then is no measure, and ends no slow start. */
TEST(congestion_application_that_pauses_is_not_slowed_down)
{
	size_t i;

	begin(0);
	start_transfer(4, 1, 0);
	for (i = 0; i < 20; i++) {
		xfer.total += 1000;
		lan_pass(i % 2 ? LINK_US : 700000);
		if (xfer.connected)
			write_more(xfer.client);
	}
	while (xfer.received < xfer.total)
		lan_pass(LINK_US);
	CHECK(xfer.client->ssthresh >= TCP_SND_BUF);
	end_transfer();
	end();
}

TEST(congestion_unknown_path_is_cut_plainly)
{
	struct tcp_pcb pcb = { .cwnd = 100000,
			       .snd_wnd_max = 80000,
			       .mss = 1000 };

	CHECK_EQ(tl_congestion_cut(&pcb), 56000);
	pcb.cwnd = 2500;
	CHECK_EQ(tl_congestion_cut(&pcb), 2000);
}

TEST(congestion_cut_is_to_what_the_path_holds)
{
	struct tcp_pcb pcb = { .cwnd = 100000,
			       .snd_wnd_max = 1000000,
			       .mss = 1000 };

	pcb.path.was_full = 1;
	pcb.path.shortest_us = 100000;
	pcb.path.rates[3] = 900;
	CHECK_EQ(tl_congestion_cut(&pcb), 90000);
	pcb.path.rates[4] = 2000;
	CHECK_EQ(tl_congestion_cut(&pcb), 100000);
	pcb.path.rates[3] = pcb.path.rates[4] = 500;
	CHECK_EQ(tl_congestion_cut(&pcb), 70000);
	pcb.path.rates[4] = 900;
	pcb.path.has_lost = 1;
	CHECK_EQ(tl_congestion_cut(&pcb), 70000);
	pcb.path.has_lost = 0;
	pcb.path.shortest_us = CONGESTION_LONG_US - 1;
	CHECK_EQ(tl_congestion_cut(&pcb), 70000);
}
