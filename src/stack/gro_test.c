/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the client has sent is taken off the wire, changed, and brought to the
 * server's interface by hand: joined, or each frame for itself, as the plain
 * twin does it.
 */
#include "stack/transfer_test.h"

#include "stack/internal.h"

#define MTU 2800
#define SEGMENTS_MAX 64

static void add(uint8_t *at, uint32_t change)
{
	tl_store_be32(at, tl_load_be32(at) + change);
}

static size_t n_calls;
static bool pushed;
static uint64_t digest; /* of what came, which changed headers may distort */

static err_t count_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
			err_t err)
{
	struct pbuf *q;
	size_t i;

	n_calls++;
	if (!p)
		return on_recv(arg, pcb, p, err);
	for (q = p; q; q = q->next) {
		for (i = 0; i < q->len; i++)
			digest = digest * 31 + ((uint8_t *)q->payload)[i];
	}
	pushed = p->flags & PBUF_FLAG_PUSH;
	xfer.received += p->tot_len;
	tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
	return ERR_OK;
}

struct segment {
	uint8_t *at;
	size_t n;
	uint16_t type;
	int ifc;
};

/* What is on its way to the server. */
static struct {
	struct segment s[SEGMENTS_MAX];
	size_t n;
} wire;

static void connect_both(uint8_t family)
{
	lan_start(MTU);
	start_transfer(family, 1, 0);
	while (!xfer.connected || !xfer.server)
		lan_pass(1000);
	/* the whole window is told with the first acknowledgement */
	xfer.total = 2000;
	write_more(xfer.client);
	run_transfer(100000, 1000000);
	lan_settle();
	tcp_recv(xfer.server, count_recv);
	xfer.client->cwnd = 1 << 20;
	n_calls = 0;
	digest = 0;
	wire.n = 0;
}

/* Another @n bytes of the stream are put into segments and held here. */
static void take_segments(size_t n)
{
	size_t i;

	xfer.total += n;
	write_more(xfer.client);
	for (i = 0; i < lan.n_frames; i++) {
		struct lan_frame *f = &lan.frames[i];
		struct segment *s = &wire.s[wire.n++];

		CHECK(wire.n <= SEGMENTS_MAX);
		*s = (struct segment){ tl_alloc(f->p->n + 8), f->p->n, f->type,
				       1 };
		CHECK(s->at);
		memset(s->at, 0, s->n + 8);
		memcpy(s->at, tl_packet_bytes(f->p).at, s->n);
	}
	lan_free_frames();
}

static void deliver(bool each)
{
	size_t i;

	(void)tl_stack_run(lan.now_us);
	for (i = 0; i < wire.n; i++) {
		struct segment *s = &wire.s[i];

		(void)tl_ifc_input(lan.ifc[s->ifc], lan_mac[s->ifc],
				   lan_mac[!s->ifc], s->type,
				   tl_buffer(s->at, s->n));
		if (each)
			tl_stack_end_input();
	}
	tl_stack_end_input();
	tl_stack_end_pass();
	while (wire.n)
		tl_free(wire.s[--wire.n].at);
}

static void end_both(void)
{
	run_transfer(1000, 10000000);
	end_transfer();
	lan_stop();
}

static void joins(uint8_t family)
{
	size_t mss = family == 4 ? 2760 : 2740;

	connect_both(family);
	take_segments(8 * mss);
	CHECK_EQ(wire.n, 8);
	deliver(false);
	CHECK_EQ(n_calls, 1);
	CHECK_EQ(xfer.received, xfer.total);
	/* its plain twin */
	n_calls = 0;
	lan_free_frames();
	take_segments(8 * mss);
	CHECK_EQ(wire.n, 8);
	deliver(true);
	CHECK_EQ(n_calls, 8);
	CHECK_EQ(xfer.received, xfer.total);
	end_both();
}

TEST(gro_joins_segments_that_follow_each_other)
{
	joins(4);
}

TEST(gro_joins_segments_over_ip6)
{
	joins(6);
}

TEST(gro_joins_no_more_than_a_packet_holds)
{
	uint32_t from;

	connect_both(4);
	from = xfer.server->rcv_nxt;
	take_segments(40 * 2760);
	CHECK_EQ(wire.n, 40);
	deliver(false);
	CHECK_EQ(n_calls, 2);
	CHECK_EQ(xfer.server->rcv_nxt - from, 40 * 2760);
	CHECK_EQ(xfer.received, xfer.total);
	end_both();
}

TEST(gro_the_newest_acknowledgement_counts)
{
	static const uint8_t some[500];
	uint32_t from;

	connect_both(4);
	from = xfer.server->lastack;
	CHECK_EQ(tcp_write(xfer.server, some, 500, 0), ERR_OK);
	tcp_output(xfer.server);
	lan_free_frames();
	take_segments(3 * 2760);
	add(wire.s[1].at + 28, 300);
	add(wire.s[2].at + 28, 500);
	deliver(false);
	CHECK_EQ(n_calls, 1);
	CHECK_EQ(xfer.server->lastack - from, 500);
	end_both();
}

TEST(gro_a_push_stays)
{
	connect_both(4);
	take_segments(3 * 2760);
	wire.s[1].at[33] |= 8;
	wire.s[2].at[33] &= (uint8_t)~8;
	deliver(false);
	CHECK_EQ(n_calls, 1);
	CHECK(pushed);
	end_both();
}

TEST(gro_what_was_joined_is_acknowledged_at_once)
{
	connect_both(4);
	take_segments(2 * 2760);
	deliver(false);
	CHECK_EQ(n_calls, 1);
	CHECK_EQ(lan.n_frames, 1);
	lan_free_frames();
	/* a single one may wait for another */
	take_segments(2760);
	deliver(false);
	CHECK_EQ(lan.n_frames, 0);
	end_both();
}

static size_t n_duplicates;

static void count_duplicates(const struct lan_frame *f)
{
	n_duplicates += !memcmp(f->src, lan_mac[1], 6);
}

/* The first one is lost: duplicates for @n that come behind it. */
static size_t duplicates_of(size_t n)
{
	connect_both(4);
	take_segments((n + 1) * 2760);
	CHECK_EQ(wire.n, n + 1);
	tl_free(wire.s[0].at);
	memmove(wire.s, wire.s + 1, n * sizeof(wire.s[0]));
	wire.n = n;
	n_duplicates = 0;
	lan.watch = count_duplicates;
	deliver(false);
	lan.watch = NULL;
	CHECK_EQ(xfer.received, 2000);
	end_both();
	return n_duplicates;
}

TEST(gro_a_hole_is_told_as_often_as_starts_a_repair)
{
	CHECK_EQ(duplicates_of(1), 1);
	CHECK_EQ(duplicates_of(2), 2);
	CHECK_EQ(duplicates_of(3), 3);
	CHECK_EQ(duplicates_of(12), 3);
}

/* Of four segments the third is changed: how often is the server told? */
static size_t calls_with(uint8_t family, size_t offset, uint8_t flip)
{
	size_t calls;

	connect_both(family);
	take_segments(4 * (family == 4 ? 2760 : 2740));
	CHECK_EQ(wire.n, 4);
	wire.s[2].at[offset] ^= flip;
	deliver(false);
	calls = n_calls;
	end_both();
	return calls;
}

TEST(gro_joins_only_what_says_the_same)
{
	/* traffic class, fragments, URG, sequence number, address, port */
	CHECK_EQ(calls_with(4, 1, 0x20), 3);
	CHECK_EQ(calls_with(4, 6, 0x20), 1);
	CHECK_EQ(calls_with(4, 33, 0x20), 3);
	CHECK_EQ(calls_with(4, 26, 0x40), 1);
	CHECK_EQ(calls_with(4, 15, 4), 1);
	CHECK_EQ(calls_with(4, 21, 1), 1);
	CHECK_EQ(calls_with(6, 1, 0x10), 3);
	CHECK_EQ(calls_with(6, 46, 0x40), 1);
	CHECK_EQ(calls_with(6, 23, 4), 1);
	/* the hop limit, the window and PSH may differ */
	CHECK_EQ(calls_with(4, 8, 1), 1);
	CHECK_EQ(calls_with(4, 35, 1), 1);
	CHECK_EQ(calls_with(4, 33, 8), 1);
}

/* The first was sent again, and has seen more than what comes behind it. */
TEST(gro_keeps_the_highest_acknowledgement)
{
	size_t i;

	connect_both(4);
	CHECK_EQ(tcp_write(xfer.server, "hello", 5, 0), ERR_OK);
	tcp_output(xfer.server);
	lan_free_frames();
	take_segments(3 * 2760);
	CHECK_EQ(wire.n, 3);
	for (i = 0; i < 2; i++)
		add(wire.s[i].at + 28, 5);
	deliver(false);
	CHECK_EQ(n_calls, 1);
	CHECK_EQ(xfer.server->snd_queuelen, 0);
	end_both();
}

TEST(gro_padding_keeps_a_frame_apart)
{
	connect_both(4);
	take_segments(3 * 2760);
	wire.s[1].n += 4;
	deliver(false);
	CHECK_EQ(n_calls, 3);
	CHECK_EQ(xfer.received, xfer.total);
	end_both();
}

TEST(gro_another_interface_lets_it_go_first)
{
	connect_both(4);
	take_segments(3 * 2760);
	wire.s[1].ifc = 0; /* for nobody there */
	deliver(false);
	CHECK_EQ(n_calls, 1);
	CHECK_EQ(xfer.received, 2000 + 2760);
	end_both();
}

TEST(gro_an_interface_that_goes_leaves_nothing)
{
	connect_both(4);
	take_segments(3 * 2760);
	(void)tl_ifc_input(lan.ifc[1], lan_mac[1], lan_mac[0], wire.s[0].type,
			   tl_buffer(wire.s[0].at, wire.s[0].n));
	CHECK_EQ(n_calls, 0);
	tl_ifc_free(lan.ifc[1]);
	lan.ifc[1] = NULL;
	CHECK_EQ(n_calls, 1);
	tl_stack_end_pass();
	while (wire.n)
		tl_free(wire.s[--wire.n].at);
	tcp_abort(xfer.client);
	tcp_close(xfer.listener);
	lan_stop();
}

/* --- against the plain twin, with frames of all kinds --- */

/* The numbers of two runs differ, so what is changed is so by a difference. */
static void change_one(struct segment *s)
{
	/* class, fragment, TTL, protocol, address, port, flags, window */
	static const uint8_t at[] = { 1, 6, 8, 9, 15, 21, 33, 35 };
	uint32_t by = lan_random() % 6000;

	switch (lan_random() % 5) {
	case 0:
		s->at[at[by % TL_ARRAY_SIZE(at)]] ^= (uint8_t)(1U << by % 7);
		break;
	case 1: /* overlap, or a hole */
		add(s->at + 24, by - 3000);
		break;
	case 2:
		add(s->at + 28, by - 3000);
		break;
	case 3:
		s->n += 1 + by % 8;
		break;
	default:
		s->n -= by % 30; /* cut off */
		break;
	}
}

static void shuffle(void)
{
	struct segment s;
	size_t i;
	size_t a;
	size_t b;

	for (i = 0; i < wire.n; i++) {
		if (lan_random() % 8 == 0)
			change_one(&wire.s[i]);
	}
	if (lan_random() % 2 || wire.n < 2)
		return;
	a = lan_random() % wire.n;
	b = lan_random() % wire.n;
	s = wire.s[a];
	wire.s[a] = wire.s[b];
	wire.s[b] = s;
}

struct seen {
	size_t received;
	uint64_t digest;
	uint32_t rcv_nxt;
	uint32_t acked;
	uint32_t window;
};

#define ROUNDS 40

static size_t play(bool each, uint64_t seed, struct seen seen[ROUNDS])
{
	uint32_t rcv_base;
	uint32_t ack_base;
	size_t calls;
	size_t round;

	connect_both(4);
	rcv_base = xfer.server->rcv_nxt;
	ack_base = xfer.server->lastack;
	lan.seed = seed;
	for (round = 0; round < ROUNDS && xfer.server; round++) {
		uint64_t now;

		take_segments((1 + lan_random() % 20) * 2760);
		now = lan.seed;
		shuffle();
		deliver(each);
		lan.seed = now + 1;
		seen[round] = (struct seen){ .received = xfer.received,
					     .digest = digest };
		if (xfer.server)
			seen[round] =
				(struct seen){ xfer.received, digest,
					       xfer.server->rcv_nxt - rcv_base,
					       xfer.server->lastack - ack_base,
					       xfer.server->snd_wnd };
		lan_free_frames();
		/* Repairs come as they come: the client begins anew. */
		xfer.client->cwnd = 1 << 20;
		lan.now_us += 1000;
	}
	calls = n_calls;
	tcp_abort(xfer.client);
	if (xfer.server)
		tcp_abort(xfer.server);
	tcp_close(xfer.listener);
	lan_stop();
	return calls;
}

TEST(gro_delivers_what_its_plain_twin_does)
{
	struct seen joined[ROUNDS];
	struct seen plain[ROUNDS];
	size_t fewer = 0;
	uint64_t seed;
	size_t calls;
	size_t i;

	for (seed = 1; seed <= 200; seed++) {
		memset(joined, 0, sizeof(joined));
		memset(plain, 0, sizeof(plain));
		calls = play(false, seed, joined);
		fewer += calls < play(true, seed, plain);
		for (i = 0; i < ROUNDS; i++) {
			CHECK_EQ(joined[i].received, plain[i].received);
			CHECK(joined[i].digest == plain[i].digest);
			CHECK_EQ(joined[i].rcv_nxt, plain[i].rcv_nxt);
			CHECK_EQ(joined[i].acked, plain[i].acked);
			CHECK_EQ(joined[i].window, plain[i].window);
		}
	}
	CHECK(fewer > 100);
}
