/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include "harness.h"

TEST(slices_never_leave_their_bytes)
{
	static const uint8_t data[4] = { 1, 2, 3, 4 };
	struct bytes all = TL_BYTES_OF(data);

	CHECK_EQ(tl_bytes_skip(all, 0).n, 4);
	CHECK_EQ(tl_bytes_skip(all, 3).n, 1);
	CHECK_EQ(tl_bytes_skip(all, 3).at[0], 4);
	CHECK_EQ(tl_bytes_skip(all, 4).n, 0);
	CHECK_EQ(tl_bytes_skip(all, SIZE_MAX).n, 0);
	CHECK_EQ(tl_bytes_first(all, 2).n, 2);
	CHECK_EQ(tl_bytes_first(all, SIZE_MAX).n, 4);
}

TEST(buffers_are_skipped_like_bytes)
{
	uint8_t data[4] = { 1, 2, 3, 4 };
	struct buffer all = TL_BUFFER_OF(data);

	CHECK_EQ(tl_buffer_skip(all, 1).at[0], 2);
	CHECK_EQ(tl_buffer_skip(all, 1).n, 3);
	CHECK_EQ(tl_buffer_skip(all, 5).n, 0);
	CHECK_EQ(tl_buffer_bytes(all).n, 4);
}

TEST(empty_slices_are_equal_whatever_they_point_to)
{
	CHECK(tl_bytes_equal(tl_bytes(NULL, 0), tl_bytes("x", 0)));
	CHECK(!tl_bytes_equal(tl_bytes(NULL, 0), tl_bytes("x", 1)));
	CHECK(tl_bytes_equal(tl_bytes_from_str("ab"), tl_bytes("abc", 2)));
	CHECK(!tl_bytes_equal(tl_bytes_from_str("ab"), tl_bytes("ac", 2)));
}

TEST(order_is_by_content_then_by_length)
{
	struct bytes a = tl_bytes_from_str("a");
	struct bytes ab = tl_bytes_from_str("ab");
	struct bytes b = tl_bytes_from_str("b");

	CHECK(tl_bytes_compare(a, ab) < 0);
	CHECK(tl_bytes_compare(ab, a) > 0);
	CHECK(tl_bytes_compare(ab, b) < 0);
	CHECK_EQ(tl_bytes_compare(ab, ab), 0);
	CHECK(tl_bytes_compare(tl_bytes(NULL, 0), a) < 0);
	CHECK_EQ(tl_bytes_compare(tl_bytes(NULL, 0), tl_bytes(NULL, 0)), 0);
}

TEST(constant_time_comparison_finds_a_difference_in_any_bit)
{
	uint8_t a[32] = { 0 };
	uint8_t b[32] = { 0 };
	size_t i;

	CHECK(tl_equal_ct(a, b, sizeof(a)));
	CHECK(tl_equal_ct(a, b, 0));
	for (i = 0; i < 8 * sizeof(a); i++) {
		b[i / 8] = (uint8_t)(1u << i % 8);
		CHECK(!tl_equal_ct(a, b, sizeof(a)));
		b[i / 8] = 0;
	}
}

TEST(wiping_leaves_zeroes_and_nothing_else_changed)
{
	uint8_t secret[6] = { 1, 2, 3, 4, 5, 6 };
	static const uint8_t want[6] = { 1, 0, 0, 0, 0, 6 };

	tl_wipe(secret + 1, 4);
	tl_wipe(secret, 0);
	CHECK_MEM(secret, want, sizeof(want));
}

TEST(stores_and_loads_are_big_endian_at_any_alignment)
{
	uint8_t b[16] = { 0 };

	tl_store_be16(b + 1, 0x0102);
	CHECK_EQ(b[1], 1);
	CHECK_EQ(tl_load_be16(b + 1), 0x0102);
	tl_store_be32(b + 3, 0xfffefdfc);
	CHECK_EQ(b[3], 0xff);
	CHECK_EQ(tl_load_be32(b + 3), 0xfffefdfc);
	tl_store_be40(b + 1, 0x8001020304);
	CHECK_EQ(b[1], 0x80);
	CHECK_EQ(b[5], 4);
	CHECK_EQ(tl_load_be40(b + 1), 0x8001020304);
	tl_store_be64(b + 5, 0x8877665544332211);
	CHECK_EQ(b[12], 0x11);
	CHECK(tl_load_be64(b + 5) == 0x8877665544332211);
}

TEST(forty_bits_are_cut_from_wider_numbers)
{
	uint8_t b[5];

	tl_store_be40(b, 0xffffff0102030405);
	CHECK_EQ(tl_load_be40(b), 0x0102030405);
}
