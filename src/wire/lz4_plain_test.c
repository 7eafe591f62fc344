/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/lz4.h"

#include "vectors/vector.h"

static uint8_t room[300];

static size_t decode(const char *hex)
{
	struct buffer b = tl_vector_unhex(hex);

	memset(room, 0xee, sizeof(room));
	return tl_lz4_decode_plain(TL_BUFFER_OF(room), tl_buffer_bytes(b));
}

TEST(lz4_plain_takes_literals_alone)
{
	CHECK_EQ(decode("50"
			"68656c6c6f"),
		 5);
	CHECK_EQ(memcmp(room, "hello", 5), 0);
}

/* The example of vl1.md 2.7: a match that overlaps itself. */
TEST(lz4_plain_takes_matches_that_overlap)
{
	CHECK_EQ(decode("4f00010203040028500300010203"), 68);
	for (size_t i = 0; i < 68; i++)
		CHECK_EQ(room[i], i % 4);
}

TEST(lz4_plain_takes_long_lengths)
{
	/* 15 + 255 + 5 of the same byte, by a match. */
	CHECK_EQ(decode("1f"
			"61"
			"0100"
			"ff05"
			"00"),
		 1 + 4 + 15 + 255 + 5);
	for (size_t i = 0; i < 280; i++)
		CHECK_EQ(room[i], 'a');
	CHECK_EQ(room[280], 0xee);
}

TEST(lz4_plain_refuses_what_is_cut_off)
{
	const char *whole = "4f00010203040028500300010203";
	struct buffer b = tl_vector_unhex(whole);
	size_t n;

	for (n = 0; n < b.n; n++) {
		/* Where it ends with literals it is a whole block. */
		size_t is = n == 5 ? 4 : 0;

		CHECK_EQ(tl_lz4_decode_plain(TL_BUFFER_OF(room),
					     tl_bytes(b.at, n)),
			 is);
	}
}

TEST(lz4_plain_refuses_matches_before_the_beginning)
{
	CHECK_EQ(decode("1461010050"
			"7a7a7a7a7a"),
		 14);
	CHECK_EQ(decode("1461020050"
			"7a7a7a7a7a"),
		 0);
	CHECK_EQ(decode("1461ffff50"
			"7a7a7a7a7a"),
		 0);
	CHECK_EQ(decode("1461000050"
			"7a7a7a7a7a"),
		 0);
	CHECK_EQ(decode("04000050"
			"7a7a7a7a7a"),
		 0);
}

TEST(lz4_plain_refuses_what_does_not_fit)
{
	/* 1 + 4 + 15 + 255 + 24 bytes, and one more. */
	CHECK_EQ(decode("1f"
			"61"
			"0100"
			"ff18"
			"00"),
		 299);
	CHECK_EQ(decode("1f"
			"61"
			"0100"
			"ff19"
			"00"),
		 300);
	CHECK_EQ(decode("1f"
			"61"
			"0100"
			"ff1a"
			"00"),
		 0);
	CHECK_EQ(decode("1f"
			"61"
			"0100"
			"ff19"
			"10"
			"62"),
		 0);
	CHECK_EQ(decode("1f"
			"61"
			"0100"
			"ffffffffffffff00"
			"00"),
		 0);
}

/* What one has encoded both decode to the same. */
TEST(lz4_plain_decodes_what_the_library_has_encoded)
{
	static uint8_t in[10000];
	static uint8_t block[10000];
	static uint8_t out[2][10000];
	uint32_t state = 1;
	size_t n;

	for (size_t round = 0; round < 200; round++) {
		size_t len = 65 + round * 49;

		for (size_t i = 0; i < len; i++) {
			state = state * 1664525 + 1013904223;
			in[i] = state >> 31 || i < 99
					? (uint8_t)(state >> 25)
					: in[i - 1 - (state >> 8) % 90];
		}
		n = tl_lz4_encode(TL_BUFFER_OF(block), tl_bytes(in, len));
		if (!n)
			continue; /* a build that encodes nothing */
		CHECK_EQ(tl_lz4_decode(TL_BUFFER_OF(out[0]),
				       tl_bytes(block, n)),
			 len);
		CHECK_EQ(tl_lz4_decode_plain(TL_BUFFER_OF(out[1]),
					     tl_bytes(block, n)),
			 len);
		CHECK_EQ(memcmp(out[0], in, len), 0);
		CHECK_EQ(memcmp(out[1], in, len), 0);
	}
}
