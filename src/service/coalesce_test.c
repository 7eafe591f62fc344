/* SPDX-License-Identifier: Apache-2.0 */
#include "service/coalesce.h"

#include "harness.h"
#include "service/segment.h"
#include "stack/checksum.h"

#define EMITTED_MAX 64
#define PACKET_MAX 2800

/* What came out, flattened, and the packets that went in. */
static struct {
	uint8_t bytes[70000];
	size_t n;
} out[EMITTED_MAX];
static size_t n_out;
static uint8_t in[128][PACKET_MAX];
static size_t n_in;
static struct coalescer c;
static uint8_t ethernet[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };

static void emit(void *ctx, const struct bytes *parts, size_t n)
{
	size_t i;

	(void)ctx;
	CHECK(n_out < EMITTED_MAX);
	out[n_out].n = 0;
	for (i = 0; i < n; i++) {
		memcpy(out[n_out].bytes + out[n_out].n, parts[i].at,
		       parts[i].n);
		out[n_out].n += parts[i].n;
	}
	n_out++;
}

static void reset(void)
{
	n_out = 0;
	n_in = 0;
	tl_coalesce_init(&c, emit, NULL);
}

struct want {
	bool is_ip6;
	uint8_t port;
	uint32_t seq;
	uint32_t ack;
	size_t data;
	uint8_t flags;
	size_t options;
};

static size_t ip_len(const struct want *w)
{
	return w->is_ip6 ? 40 : 20;
}

static struct bytes build(const struct want *w)
{
	uint8_t *ip = in[n_in++ % 128];
	uint8_t *tcp = ip + ip_len(w);
	size_t n = ip_len(w) + 20 + w->options + w->data;
	size_t i;

	memset(ip, 0, PACKET_MAX);
	if (w->is_ip6) {
		ip[0] = 0x60;
		tl_store_be16(ip + 4, (uint16_t)(n - 40));
		ip[6] = 6;
		ip[7] = 64;
		memset(ip + 8, 0xfd, 32);
	} else {
		ip[0] = 0x45;
		tl_store_be16(ip + 2, (uint16_t)n);
		tl_store_be16(ip + 4, (uint16_t)n_in);
		ip[6] = 0x40;
		ip[8] = 64;
		ip[9] = 6;
		memcpy(ip + 12, "\x0a\1\1\1\x0a\1\1\2", 8);
		tl_store_be16(ip + 10, tl_checksum_of(tl_bytes(ip, 20)));
	}
	tcp[1] = w->port;
	tcp[3] = 80;
	tl_store_be32(tcp + 4, w->seq);
	tl_store_be32(tcp + 8, w->ack);
	tcp[12] = (uint8_t)((20 + w->options) / 4 << 4);
	tcp[13] = w->flags;
	tcp[14] = 1;
	memset(tcp + 20, 1, w->options);
	for (i = 0; i < w->data; i++)
		tcp[20 + w->options + i] = (uint8_t)(w->seq + i);
	tl_store_be16(tcp + 16,
		      tl_checksum_transport(tl_bytes(ip, n), ip_len(w), 6));
	return tl_bytes(ip, n);
}

static void add(const struct want *w)
{
	tl_store_be16(ethernet + 12, w->is_ip6 ? 0x86dd : 0x0800);
	tl_coalesce_add(&c, ethernet, build(w));
}

static struct vnet vnet_of(size_t i)
{
	return tl_vnet_load(out[i].bytes);
}

/* Cutting a run again gives the packets that it was made of. */
static void check_run(size_t i, struct want w, size_t n, size_t last)
{
	struct vnet v = vnet_of(i);
	static struct packet p;
	struct segmenter g;
	size_t k;

	CHECK_EQ(v.flags, VNET_NEEDS_CSUM);
	CHECK_EQ(v.gso_type, w.is_ip6 ? VNET_GSO_TCP6 : VNET_GSO_TCP4);
	CHECK_EQ(v.gso_size, w.data);
	CHECK_EQ(tl_segment_begin(&g,
				  tl_buffer(out[i].bytes + VNET_LEN,
					    out[i].n - VNET_LEN),
				  &v, PACKET_MAX),
		 DROP_NONE);
	CHECK_EQ(tl_segment_left(&g), n);
	for (k = 0; k < n; k++) {
		struct bytes want;
		size_t size = w.data;

		p.head = PACKET_HEADROOM;
		tl_segment_next(&g, &p);
		if (k + 1 == n)
			w.data = last;
		w.seq += k ? (uint32_t)size : 0;
		want = build(&w);
		CHECK_EQ(p.n, want.n);
		CHECK_MEM(p.data + p.head + ip_len(&w), want.at + ip_len(&w),
			  p.n - ip_len(&w));
	}
}

static void stream(struct want w, size_t n, size_t last)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct want one = w;

		if (i + 1 == n)
			one.data = last;
		add(&one);
		w.seq += (uint32_t)w.data;
	}
}

TEST(coalesce_segments_in_order_become_one)
{
	struct want w = { .data = 1000, .flags = 0x10, .seq = 0xfffffc00 };

	reset();
	stream(w, 20, 1000);
	CHECK_EQ(n_out, 0);
	tl_coalesce_flush(&c);
	CHECK_EQ(n_out, 1);
	check_run(0, w, 20, 1000);
	tl_coalesce_flush(&c);
	CHECK_EQ(n_out, 1);
}

TEST(coalesce_ip6_with_options)
{
	struct want w = {
		.is_ip6 = true, .data = 1001, .flags = 0x10, .options = 12
	};

	reset();
	stream(w, 7, 1001);
	tl_coalesce_flush(&c);
	CHECK_EQ(n_out, 1);
	check_run(0, w, 7, 1001);
}

TEST(coalesce_shorter_segment_ends_a_run)
{
	struct want w = { .data = 1000, .flags = 0x10 };

	reset();
	stream(w, 5, 999);
	CHECK_EQ(n_out, 1);
	check_run(0, w, 5, 999);
}

TEST(coalesce_longer_segment_starts_a_run)
{
	reset();
	add(&(struct want){ .data = 100, .flags = 0x10 });
	add(&(struct want){ .data = 101, .flags = 0x10, .seq = 100 });
	CHECK_EQ(n_out, 1);
	CHECK_EQ(vnet_of(0).gso_type, VNET_GSO_NONE);
	tl_coalesce_flush(&c);
	CHECK_EQ(n_out, 2);
}

TEST(coalesce_push_ends_a_run_and_is_kept)
{
	reset();
	add(&(struct want){ .data = 100, .flags = 0x10 });
	add(&(struct want){ .data = 100, .flags = 0x18, .seq = 100 });
	CHECK_EQ(n_out, 1);
	CHECK_EQ(out[0].bytes[VNET_LEN + 14 + 20 + 13], 0x18);
}

TEST(coalesce_frames_are_full_at_the_limit)
{
	struct want w = { .data = 2000, .flags = 0x10 };

	reset();
	stream(w, 40, 2000);
	tl_coalesce_flush(&c);
	CHECK_EQ(n_out, 2);
	check_run(0, w, 32, 2000);
	w.seq = 64000;
	check_run(1, w, 8, 2000);
}

TEST(coalesce_one_segment_is_what_it_was)
{
	struct bytes p = build(&(struct want){ .data = 77, .flags = 0x10 });

	reset();
	tl_store_be16(ethernet + 12, 0x0800);
	tl_coalesce_add(&c, ethernet, p);
	tl_coalesce_flush(&c);
	CHECK_EQ(n_out, 1);
	CHECK_EQ(out[0].n, VNET_LEN + 14 + p.n);
	CHECK_MEM(out[0].bytes + VNET_LEN + 14, p.at, p.n);
	CHECK_EQ(vnet_of(0).flags, VNET_DATA_VALID);
}

static size_t frames_of_two(struct want a, struct want b)
{
	reset();
	add(&a);
	add(&b);
	tl_coalesce_flush(&c);
	return n_out;
}

TEST(coalesce_headers_must_be_the_same)
{
	struct want a = { .data = 100, .flags = 0x10 };
	struct want b = { .data = 100, .flags = 0x10, .seq = 100 };

	CHECK_EQ(frames_of_two(a, b), 1);
	b.ack = 1;
	CHECK_EQ(frames_of_two(a, b), 2);
	b.ack = 0;
	b.seq = 101;
	CHECK_EQ(frames_of_two(a, b), 2);
	b.seq = 100;
	b.flags = 0x50;
	CHECK_EQ(frames_of_two(a, b), 2);
	b.flags = 0x10;
	b.options = 4;
	CHECK_EQ(frames_of_two(a, b), 2);
	b.options = 0;
	b.port = 9;
	CHECK_EQ(frames_of_two(a, b), 2);
}

static void check_order(uint8_t flags, size_t data)
{
	struct want w = { .data = 100, .flags = 0x10 };
	struct want other = { .data = data, .flags = flags, .seq = 300 };

	reset();
	stream(w, 3, 100);
	add(&other);
	CHECK_EQ(n_out, 2);
	check_run(0, w, 3, 100);
	CHECK_EQ(tl_load_be32(out[1].bytes + VNET_LEN + 14 + 20 + 4), 300);
}

TEST(coalesce_what_is_not_plain_follows_what_came_before)
{
	check_order(0x11, 100); /* FIN */
	check_order(0x14, 0); /* RST */
	check_order(0x30, 10); /* URG */
	check_order(0x10, 0); /* no data */
	check_order(0x00, 50);
}

TEST(coalesce_connections_are_apart)
{
	struct want a = { .data = 100, .flags = 0x10, .port = 1 };
	struct want b = { .data = 200, .flags = 0x10, .port = 2 };
	size_t i;

	reset();
	for (i = 0; i < 5; i++) {
		add(&a);
		add(&b);
		a.seq += 100;
		b.seq += 200;
	}
	CHECK_EQ(n_out, 0);
	tl_coalesce_flush(&c);
	CHECK_EQ(n_out, 2);
	a.seq = 0;
	b.seq = 0;
	check_run(0, a, 5, 100);
	check_run(1, b, 5, 200);
}

TEST(coalesce_more_connections_than_runs)
{
	struct want w = { .data = 100, .flags = 0x10 };
	size_t i;

	reset();
	for (i = 0; i < 3 * COALESCE_RUNS; i++) {
		w.port = (uint8_t)i;
		add(&w);
	}
	CHECK_EQ(n_out, 2 * COALESCE_RUNS);
	tl_coalesce_flush(&c);
	CHECK_EQ(n_out, 3 * COALESCE_RUNS);
}

static void check_alone(struct bytes p, uint16_t ethertype)
{
	reset();
	tl_store_be16(ethernet + 12, ethertype);
	tl_coalesce_add(&c, ethernet, p);
	CHECK_EQ(n_out, 1);
	CHECK_EQ(out[0].n, VNET_LEN + 14 + p.n);
}

TEST(coalesce_what_is_no_tcp_goes_on_at_once)
{
	struct want w = { .data = 100, .flags = 0x10 };
	struct bytes p;
	size_t n;

	reset();
	p = build(&w);
	check_alone(p, 0x0806);
	in[0][6] |= 0x20; /* a fragment */
	check_alone(p, 0x0800);
	p = build(&w);
	in[0][9] = 17;
	check_alone(p, 0x0800);
	p = build(&w);
	in[0][0] = 0x46;
	check_alone(p, 0x0800);
	for (n = 0; n < 140; n++)
		check_alone(tl_bytes_first(build(&w), n), 0x0800);
	w.is_ip6 = true;
	for (n = 0; n < 160; n++) {
		reset();
		check_alone(tl_bytes_first(build(&w), n), 0x86dd);
	}
}

TEST(coalesce_header_length_that_lies_goes_on_at_once)
{
	struct bytes p;

	reset();
	p = build(&(struct want){ .data = 4, .flags = 0x10 });
	in[0][20 + 12] = 0xf0;
	check_alone(p, 0x0800);
	in[0][20 + 12] = 0x40;
	check_alone(p, 0x0800);
}
