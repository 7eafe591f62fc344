/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include <errno.h>

#include "harness.h"

TEST(hex_comes_back_as_the_same_bytes)
{
	uint8_t all[256];
	uint8_t back[256];
	char text[513];
	size_t i;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	CHECK(tl_hex_encode(text, TL_BYTES_OF(all)) == text);
	CHECK_EQ(strlen(text), 512);
	CHECK_EQ(tl_hex_decode(back, 256, tl_bytes_from_str(text)), 0);
	CHECK_MEM(back, all, 256);
}

TEST(hex_is_written_in_lower_case_and_read_in_both)
{
	static const uint8_t b[] = { 0xab, 0xcd };
	uint8_t back[2];
	char text[5];

	CHECK_STR(tl_hex_encode(text, TL_BYTES_OF(b)), "abcd");
	CHECK_EQ(tl_hex_decode(back, 2, tl_bytes_from_str("AbCd")), 0);
	CHECK_MEM(back, b, 2);
}

TEST(no_bytes_are_no_digits)
{
	char text[1] = { 'x' };

	CHECK_STR(tl_hex_encode(text, tl_bytes(NULL, 0)), "");
	CHECK_EQ(tl_hex_decode(text, 0, tl_bytes(NULL, 0)), 0);
}

TEST(hex_that_is_refused_writes_nothing)
{
	static const char *const bad[] = { "",	   "0",	   "012",  "01234",
					   "012g", "0 12", "0x12", "-123" };
	uint8_t out[2] = { 7, 7 };
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(bad); i++) {
		CHECK_EQ(tl_hex_decode(out, 2, tl_bytes_from_str(bad[i])),
			 -EINVAL);
		CHECK_EQ(out[0], 7);
		CHECK_EQ(out[1], 7);
	}
}

TEST(digits_next_to_the_digits_are_none)
{
	static const char none[] = "/:@G`g";
	size_t i;

	for (i = 0; none[i]; i++)
		CHECK_EQ(tl_hex_digit(none[i]), -1);
	CHECK_EQ(tl_hex_digit('0'), 0);
	CHECK_EQ(tl_hex_digit('9'), 9);
	CHECK_EQ(tl_hex_digit('a'), 10);
	CHECK_EQ(tl_hex_digit('F'), 15);
	CHECK_EQ(tl_hex_digit((char)0xff), -1);
}

TEST(number_has_exactly_the_digits_asked_for)
{
	uint64_t v = 5;

	CHECK_EQ(tl_hex_to_u64(&v, 16, tl_bytes_from_str("ffffffffffffffff")),
		 0);
	CHECK(v == UINT64_MAX);
	CHECK_EQ(tl_hex_to_u64(&v, 1, tl_bytes_from_str("A")), 0);
	CHECK_EQ(v, 10);
	CHECK_EQ(tl_hex_to_u64(&v, 2, tl_bytes_from_str("A")), -EINVAL);
	CHECK_EQ(tl_hex_to_u64(&v, 1, tl_bytes_from_str("x")), -EINVAL);
	CHECK_EQ(tl_hex_to_u64(&v, 0, tl_bytes_from_str("")), -EINVAL);
	CHECK_EQ(tl_hex_to_u64(&v, 17, tl_bytes_from_str("00000000000000000")),
		 -EINVAL);
	CHECK_EQ(v, 10);
}
