/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/compress.h"

#include "vectors/vector.h"

static uint8_t packet[PACKET_MAX_LEN];
static uint8_t room[PACKET_MAX_LEN];

/* A packet of verb ECHO with @n bytes of payload, to be filled. */
static struct buffer make_packet(size_t n)
{
	tl_packet_init(packet, 1, (struct address){ 2 }, (struct address){ 3 },
		       VERB_ECHO);
	return tl_buffer(packet, PACKET_HEADER_LEN + n);
}

static struct buffer compressed(const char *hex)
{
	struct buffer block = tl_vector_unhex(hex);
	struct buffer p = make_packet(block.n);

	memcpy(p.at + PACKET_HEADER_LEN, block.at, block.n);
	p.at[PACKET_AT_VERB] |= VERB_FLAG_COMPRESSED;
	return p;
}

static enum drop decompress(struct buffer p)
{
	return tl_packet_decompress(&p, TL_BUFFER_OF(room));
}

/* The example of vl1.md 2.7. */
TEST(compress_example_of_the_specification)
{
	struct buffer p = compressed("4f00010203040028500300010203");

	CHECK_EQ(tl_packet_decompress(&p, TL_BUFFER_OF(room)), DROP_NONE);
	CHECK_EQ(p.n, PACKET_HEADER_LEN + 68);
	CHECK_EQ(p.at[PACKET_AT_VERB], VERB_ECHO);
	for (size_t i = 0; i < 68; i++)
		CHECK_EQ(p.at[PACKET_HEADER_LEN + i], i % 4);
}

TEST(compress_round_trip_of_every_length)
{
	for (size_t n = 0; n <= PACKET_MAX_LEN - PACKET_HEADER_LEN; n += 53) {
		struct buffer p = make_packet(n);

		for (size_t i = 0; i < n; i++)
			p.at[PACKET_HEADER_LEN + i] = (uint8_t)(i % 17);
		p.n = tl_packet_compress(p);
		CHECK_EQ(p.n<PACKET_HEADER_LEN + n, n> 64);
		CHECK_EQ(tl_packet_decompress(&p, TL_BUFFER_OF(room)),
			 DROP_NONE);
		CHECK_EQ(p.n, PACKET_HEADER_LEN + n);
		for (size_t i = 0; i < n; i++)
			CHECK_EQ(p.at[PACKET_HEADER_LEN + i], i % 17);
	}
}

TEST(compress_leaves_short_and_random_payloads)
{
	struct buffer p = make_packet(64);
	uint32_t state = 1;

	memset(p.at + PACKET_HEADER_LEN, 'a', 64);
	CHECK_EQ(tl_packet_compress(p), PACKET_HEADER_LEN + 64);
	CHECK_EQ(p.at[PACKET_AT_VERB], VERB_ECHO);

	p = make_packet(1000);
	for (size_t i = 0; i < 1000; i++) {
		state = state * 1664525 + 1013904223;
		p.at[PACKET_HEADER_LEN + i] = (uint8_t)(state >> 24);
	}
	CHECK_EQ(tl_packet_compress(p), PACKET_HEADER_LEN + 1000);
	CHECK_EQ(p.at[PACKET_AT_VERB], VERB_ECHO);
}

TEST(compress_does_not_compress_twice)
{
	struct buffer p = make_packet(1000);

	memset(p.at + PACKET_HEADER_LEN, 'a', 1000);
	p.at[PACKET_AT_VERB] |= VERB_FLAG_COMPRESSED;
	CHECK_EQ(tl_packet_compress(p), p.n);
}

TEST(decompress_without_the_flag_copies_nothing)
{
	struct buffer p = make_packet(100);

	CHECK_EQ(tl_packet_decompress(&p, tl_buffer(NULL, 0)), DROP_NONE);
	CHECK(p.at == packet);
	CHECK_EQ(p.n, PACKET_HEADER_LEN + 100);
}

TEST(decompress_of_nothing_is_nothing)
{
	struct buffer p = compressed("");

	CHECK_EQ(tl_packet_decompress(&p, TL_BUFFER_OF(room)), DROP_NONE);
	CHECK_EQ(p.n, PACKET_HEADER_LEN);
	CHECK(p.at == room);
}

/* Offset 0 in the first, in a later and behind a sequence with long lengths. */
TEST(decompress_refuses_offset_zero_anywhere)
{
	CHECK_EQ(decompress(compressed("14610000507a7a7a7a7a")),
		 DROP_BAD_COMPRESSION);
	CHECK_EQ(decompress(compressed("14610100146100005"
				       "07a7a7a7a7a")),
		 DROP_BAD_COMPRESSION);
	CHECK_EQ(decompress(compressed("1f610100ff00"
				       "14610000507a7a7a7a7a")),
		 DROP_BAD_COMPRESSION);
	CHECK_EQ(
		decompress(compressed("f101616161616161616161616161616161610000"
				      "507a7a7a7a7a")),
		DROP_BAD_COMPRESSION);
	/* The same with offset 1. */
	CHECK_EQ(decompress(compressed("14610100507a7a7a7a7a")), DROP_NONE);
	CHECK_EQ(decompress(compressed("1f610100ff00"
				       "14610100507a7a7a7a7a")),
		 DROP_NONE);
	CHECK_EQ(
		decompress(compressed("f101616161616161616161616161616161610100"
				      "507a7a7a7a7a")),
		DROP_NONE);
}

/* Zeroes where no offset is. */
TEST(decompress_takes_zero_literals)
{
	CHECK_EQ(decompress(compressed("500000000000")), DROP_NONE);
	CHECK_EQ(decompress(compressed("34000000020050000000"
				       "0000")),
		 DROP_NONE);
}
