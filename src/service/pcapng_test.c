/* SPDX-License-Identifier: Apache-2.0 */
#include "service/pcapng.h"

#include "base/reader.h"
#include "harness.h"

static uint8_t room[1024];

/* The body of the one block in @w, after its frame was found good. */
static struct reader body(const struct writer *w, uint32_t type)
{
	struct reader r = tl_reader(tl_writer_bytes(w));
	uint32_t n;

	CHECK(tl_writer_ok(w));
	CHECK_EQ(tl_read_be32(&r), type);
	n = tl_read_be32(&r);
	CHECK_EQ(n, w->n);
	CHECK_EQ(n % 4, 0);
	CHECK_EQ(tl_load_be32(room + n - 4), n);
	r.rest.n -= 4;
	return r;
}

static void check_option(struct reader *r, unsigned int code,
			 struct bytes value)
{
	struct bytes got;
	size_t n;

	CHECK_EQ(tl_read_be16(r), code);
	n = tl_read_be16(r);
	got = tl_read_slice(r, n);
	CHECK(tl_bytes_equal(got, value));
	while (n++ % 4)
		CHECK_EQ(tl_read_u8(r), 0);
}

static void check_end(struct reader *r)
{
	check_option(r, 0, tl_bytes(NULL, 0));
	CHECK(tl_reader_ok(r));
	CHECK_EQ(r->rest.n, 0);
}

static void check_u64(struct reader *r, unsigned int code, uint64_t v)
{
	uint8_t want[8];

	tl_store_be64(want, v);
	check_option(r, code, TL_BYTES_OF(want));
}

TEST(pcapng_section_tells_its_byte_order)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r;

	tl_pcapng_section(&w, "tapless");
	r = body(&w, 0x0a0d0d0a);
	CHECK_EQ(tl_read_be32(&r), 0x1a2b3c4d);
	CHECK_EQ(tl_read_be16(&r), 1);
	CHECK_EQ(tl_read_be16(&r), 0);
	CHECK_EQ(tl_read_be64(&r), UINT64_MAX);
	check_option(&r, 4, tl_bytes_from_str("tapless"));
	check_end(&r);
}

TEST(pcapng_interface_has_names_and_microseconds)
{
	const struct pcapng_interface i = { PCAPNG_ETHERNET, 2048, "zt0",
					    "network" };
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r;

	tl_pcapng_interface(&w, &i);
	r = body(&w, 1);
	CHECK_EQ(tl_read_be16(&r), 1);
	CHECK_EQ(tl_read_be16(&r), 0);
	CHECK_EQ(tl_read_be32(&r), 2048);
	check_option(&r, 2, tl_bytes_from_str("zt0"));
	check_option(&r, 3, tl_bytes_from_str("network"));
	check_option(&r, 9, tl_bytes_from_str("\6"));
	check_end(&r);
}

static void check_packet(size_t n, bool is_outbound)
{
	static const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct pcapng_packet p = {
		.interface = 3,
		.time_us = INT64_C(0x123456789a),
		.is_outbound = is_outbound,
		.data = tl_bytes(bytes, n),
		.whole_len = 1500,
	};
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	uint8_t flags[4] = { 0, 0, 0, is_outbound ? 2 : 1 };
	struct reader r;

	tl_pcapng_packet(&w, &p);
	CHECK(w.n <= n + PCAPNG_PACKET_EXTRA);
	r = body(&w, 6);
	CHECK_EQ(tl_read_be32(&r), 3);
	CHECK_EQ(tl_read_be32(&r), 0x12);
	CHECK_EQ(tl_read_be32(&r), 0x3456789a);
	CHECK_EQ(tl_read_be32(&r), n);
	CHECK_EQ(tl_read_be32(&r), 1500);
	CHECK(tl_bytes_equal(tl_read_slice(&r, n), p.data));
	for (; n % 4; n++)
		CHECK_EQ(tl_read_u8(&r), 0);
	check_option(&r, 2, TL_BYTES_OF(flags));
	check_end(&r);
}

TEST(pcapng_packets_are_padded_and_have_a_direction)
{
	size_t n;

	for (n = 0; n <= 8; n++) {
		check_packet(n, false);
		check_packet(n, true);
	}
}

TEST(pcapng_stats_count_what_was_lost)
{
	const struct pcapng_stats s = { 7, 100, 200, 50, 9 };
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r;

	tl_pcapng_stats(&w, &s);
	CHECK(w.n <= PCAPNG_STATS_MAX);
	r = body(&w, 5);
	CHECK_EQ(tl_read_be32(&r), 7);
	CHECK_EQ(tl_read_be64(&r), 200);
	check_u64(&r, 2, 100);
	check_u64(&r, 3, 200);
	check_u64(&r, 4, 50);
	check_u64(&r, 5, 9);
	check_end(&r);
}

/* Names are from others: a long one does not make a block of any size. */
TEST(pcapng_long_names_are_cut)
{
	char name[1000];
	const struct pcapng_interface i = { PCAPNG_RAW, 0, name, name };
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	tl_pcapng_interface(&w, &i);
	CHECK(tl_writer_ok(&w));
	CHECK(w.n < 2 * PCAPNG_NAME_MAX + 64);
}

TEST(pcapng_a_block_that_does_not_fit_fails)
{
	const struct pcapng_stats s = { 0 };
	size_t n;

	for (n = 0; n < PCAPNG_STATS_MAX; n++) {
		struct writer w = tl_writer(tl_buffer(room, n));

		tl_pcapng_stats(&w, &s);
		CHECK(!tl_writer_ok(&w) || w.n <= n);
	}
}
