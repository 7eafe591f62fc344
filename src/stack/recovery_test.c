/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/link_test.h"

#define MBIT 1000000
#define SECOND_US ((int64_t)1000000)

/* Half of what kernel TCP with BBR has there (bench: 213, 63 and 16 Mbit/s). */
#define HALF_20 (107 * (int64_t)MBIT / 8)
#define HALF_100 (32 * (int64_t)MBIT / 8)
#define HALF_300 (8 * (int64_t)MBIT / 8)

static void begin(unsigned int mtu, int64_t round_trip_us)
{
	link_start(mtu);
	wire.delay_us = round_trip_us / 2;
}

static bool is_data(const struct lan_frame *f)
{
	return f->type == 0x0800 && f->p->n > 60 &&
	       !memcmp(f->src, lan_mac[0], 6);
}

static uint32_t seq_of(const struct lan_frame *f)
{
	return tl_load_be32(tl_packet_bytes(f->p).at + 24);
}

static void carry(int64_t round_trip_us, unsigned int loss_ppm, int64_t rate,
		  int64_t us)
{
	struct stream *s;

	begin(2800, round_trip_us);
	wire.loss_ppm = loss_ppm;
	s = link_stream(SIZE_MAX);
	link_run(us);
	printf("# %d Mbit/s\n", (int)((int64_t)s->received * 8 / us));
	CHECK((int64_t)s->received * SECOND_US / us > rate);
	link_stop();
}

TEST(recovery_bears_5_percent_at_20_ms)
{
	carry(20000, 50000, HALF_20, 5 * SECOND_US);
}

TEST(recovery_bears_5_percent_at_100_ms)
{
	carry(100000, 50000, HALF_100, 15 * SECOND_US);
}

TEST(recovery_bears_5_percent_at_300_ms)
{
	carry(300000, 50000, HALF_300, 40 * SECOND_US);
}

/* One of two datagrams of a frame: twice as often. */
TEST(recovery_bears_10_percent_at_100_ms)
{
	carry(100000, 97500, HALF_100 / 2, 15 * SECOND_US);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* 5 %, 100 ms; kernel TCP: 100 KB in 0.6 s, 1 of 100 in 2.4 to 2.8 s; 1 MB in
 * 1.3 s (BBR) or 14 s (CUBIC), 1 of 100 in 3.4 or 20 s. */
static void finish_soon(size_t total, int64_t half_us, int64_t most_us)
{
	enum {
		N = 200
	};
	static int64_t took_us[N];
	struct stream *s;
	size_t i;

	begin(1400, 100000);
	wire.loss_ppm = 50000;
	for (i = 0; i < N; i++) {
		s = link_stream(total);
		took_us[i] = link_finish(s, 60 * SECOND_US);
		link_cut(s);
		link_run(SECOND_US);
	}
	qsort(took_us, N, sizeof(*took_us), by_value);
	printf("# p50 %d ms, p99 %d ms\n", (int)(took_us[N / 2] / 1000),
	       (int)(took_us[N * 99 / 100] / 1000));
	CHECK(took_us[N / 2] <= half_us);
	CHECK(took_us[N * 99 / 100] <= most_us);
	link_stop();
}

TEST(recovery_of_100_kilobytes_is_soon)
{
	finish_soon(100000, 700000, 3000000);
}

TEST(recovery_of_a_megabyte_is_soon)
{
	finish_soon(1000000, 1700000, 5000000);
}

/* Numbers relative to the first byte of data, and how often to lose them. */
static struct {
	uint32_t from;
	uint32_t until;
	unsigned int times;
	bool has_first;
	uint32_t first;
	size_t n_data; /* frames that carried data */
} hole;

static bool loses_hole(const struct lan_frame *f)
{
	uint32_t at;

	if (!is_data(f))
		return false;
	if (!hole.has_first)
		hole.first = seq_of(f);
	hole.has_first = true;
	hole.n_data++;
	at = seq_of(f) - hole.first;
	if (at < hole.from || at >= hole.until || !hole.times)
		return false;
	hole.times--;
	return true;
}

static struct stream *with_hole(uint32_t from, uint32_t until,
				unsigned int times, size_t total)
{
	memset(&hole, 0, sizeof(hole));
	hole.from = from;
	hole.until = until;
	hole.times = times;
	lan.loses = loses_hole;
	return link_stream(total);
}

/* All that tells is the answer to a probe. */
TEST(recovery_of_a_tail_takes_no_timeout)
{
	struct stream *s;

	begin(1400, 20000);
	/* ARP, the handshake, ten segments, the rest */
	s = with_hole(16 * 1360, 20 * 1360, 4, 20 * 1360);
	link_finish(s, SECOND_US);
	printf("# after %d ms\n", (int)(s->took_us / 1000));
	CHECK(s->took_us && s->took_us < 200000);
	CHECK_EQ(s->client->nrtx, 0);
	link_stop();
}

/* What follows is delivered; time tells. */
TEST(recovery_of_a_segment_lost_four_times_takes_no_timeout)
{
	struct stream *s;

	begin(1400, 20000);
	s = with_hole(30 * 1360, 31 * 1360, 4, 10000000);
	while (s->received <= 30 * 1360) {
		CHECK_EQ(s->client->nrtx, 0);
		link_pass();
	}
	printf("# after %d ms\n", (int)((lan.now_us - s->began_us) / 1000));
	CHECK(lan.now_us - s->began_us < 20000 * 12);
	link_stop();
}

/* Nothing at all gets through for a while. */
TEST(recovery_on_a_short_path_does_not_wait_200_ms)
{
	struct stream *s;
	int64_t lost_us;

	begin(1400, 2000);
	s = link_stream(SIZE_MAX);
	link_run(SECOND_US);
	wire.loss_ppm = 1000000;
	link_run(20000);
	/* what was sent is lost, and so is a probe */
	lost_us = lan.now_us;
	while (!s->client->nrtx)
		link_pass();
	printf("# after %d ms\n", (int)((lan.now_us - lost_us) / 1000));
	CHECK(lan.now_us - lost_us < 110000);
	wire.loss_ppm = 0;
	link_run(SECOND_US);
	CHECK_EQ(s->client->nrtx, 0);
	link_stop();
}

/* Each is acknowledged after 25 to 50 ms. */
TEST(recovery_waits_for_a_late_acknowledgement)
{
	struct stream *s;
	size_t i;

	begin(1400, 2000);
	s = with_hole(0, 0, 0, 0);
	link_run(SECOND_US);
	for (i = 0; i < 20; i++) {
		s->total += 100;
		link_write(s);
		link_run(300000);
	}
	CHECK_EQ(s->received, 2000);
	CHECK_EQ(hole.n_data, 20);
	link_stop();
}

/* One segment is lost until a timeout; all behind it has arrived. */
TEST(recovery_after_a_timeout_repeats_only_what_was_lost)
{
	struct stream *s;

	begin(1400, 20000);
	s = with_hole(100 * 1360, 101 * 1360, 8, 400 * 1360);
	while (!s->client->nrtx) {
		CHECK(lan.now_us - s->began_us < 5 * SECOND_US);
		link_pass();
	}
	CHECK(s->client->sacked > 50 * 1360);
	CHECK(link_finish(s, 10 * SECOND_US) < 5 * SECOND_US);
	CHECK(hole.n_data < 400 + 8 + 8);
	link_stop();
}

/* The peer throws away what it has said it had. */
TEST(recovery_from_a_peer_that_reneges)
{
	struct stream *s;

	begin(1400, 20000);
	s = with_hole(100 * 1360, 101 * 1360, 3, 400 * 1360);
	while (!s->client || s->client->sacked < 20 * 1360) {
		CHECK(lan.now_us - s->began_us < 5 * SECOND_US);
		link_pass();
	}
	tcp_free_ooseq(s->server);
	link_finish(s, 20 * SECOND_US);
	printf("# after %d ms\n", (int)(s->took_us / 1000));
	CHECK(s->took_us && s->took_us < 2 * SECOND_US);
	link_stop();
}

static size_t n_twice;

/* A first block below what is acknowledged. */
static void count_twice(const struct lan_frame *f)
{
	struct bytes b = tl_packet_bytes(f->p);

	if (f->type != 0x0800 || b.n < 52 || memcmp(f->src, lan_mac[1], 6))
		return;
	if (b.at[42] == 5 &&
	    (int32_t)(tl_load_be32(b.at + 48) - tl_load_be32(b.at + 28)) <= 0)
		n_twice++;
}

/* The path becomes longer at once: timers fire, and nothing was lost. */
TEST(recovery_in_vain_is_undone)
{
	struct stream *s;
	tcpwnd_size_t before;

	begin(1400, 10000);
	wire.rate = 10000000;
	wire.queue = 1000000;
	s = link_stream(3000000);
	link_run(100000);
	lan.watch = count_twice;
	n_twice = 0;
	before = s->client->cwnd;
	CHECK(before > 20 * 1360);
	wire.delay_us = 250000;
	while (!s->client->nrtx) {
		CHECK(lan.now_us - s->began_us < SECOND_US);
		link_pass();
	}
	CHECK(s->client->cwnd < before);
	link_run(2 * SECOND_US);
	CHECK(n_twice > 0);
	printf("# %u before, %u after\n", (unsigned int)before,
	       (unsigned int)s->client->cwnd);
	/* and not one segment */
	CHECK(s->client->cwnd >= before / 2);
	link_stop();
}

/* The loop was busy for so long that timers are due, but so is their answer. */
TEST(recovery_looks_at_what_has_come_before_timers)
{
	struct stream *s;
	size_t i;

	begin(1400, 20000);
	s = with_hole(0, 0, 0, 50 * 1360);
	for (i = 0; s->received < s->total; link_pass()) {
		CHECK(lan.now_us - s->began_us < 10 * SECOND_US);
		if (!s->received || !wire.ways[1].n || wire.ways[0].n)
			continue;
		lan.now_us += 500000;
		i++;
	}
	CHECK(i > 0);
	CHECK_EQ(hole.n_data, 50);
	link_stop();
}

/* 20 Mbit/s, 40 ms, a queue of as much as is under way. */
static void share(bool is_plain, unsigned int loss_ppm)
{
	size_t had[2];
	size_t carried;
	struct stream *s[2];
	double part[2];
	size_t i;

	begin(1400, 40000);
	wire.rate = 20 * MBIT / 8;
	wire.queue = 100000;
	wire.loss_ppm = loss_ppm;
	for (i = 0; i < 2; i++) {
		s[i] = link_stream(SIZE_MAX);
		link_run(5 * SECOND_US);
	}
	s[0]->is_plain = is_plain;
	link_run(10 * SECOND_US);
	had[0] = s[0]->received;
	had[1] = s[1]->received;
	carried = wire.n_carried;
	wire.overflowed = 0;
	wire.waited_us = 0;
	link_run(60 * SECOND_US);
	for (i = 0; i < 2; i++)
		part[i] = (double)(s[i]->received - had[i]) /
			  (double)wire.rate / 60;
	carried = wire.n_carried - carried;
	CHECK(carried > 0);
	printf("# %.2f and %.2f of the link, %zu of %zu lost, %d ms waited\n",
	       part[0], part[1], wire.overflowed, carried,
	       (int)(wire.waited_us / (int64_t)carried / 1000));
	CHECK(part[0] > 0.15 && part[1] > 0.15);
	CHECK(part[0] + part[1] > 0.9);
	CHECK(wire.overflowed * 50 < carried);
	/* a full queue is 40 ms */
	CHECK(wire.waited_us / (int64_t)carried < 36000);
	link_stop();
}

TEST(recovery_two_share_a_queue)
{
	share(false, 0);
}

TEST(recovery_leaves_room_for_who_backs_off_plainly)
{
	share(true, 0);
}

TEST(recovery_two_share_a_queue_on_a_lossy_path)
{
	share(false, 20000);
}
