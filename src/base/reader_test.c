/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"

#include "harness.h"

static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

TEST(reader_takes_integers_in_order)
{
	struct reader r = tl_reader(TL_BYTES_OF(data));

	CHECK_EQ(tl_read_u8(&r), 1);
	CHECK_EQ(tl_read_be16(&r), 0x0203);
	CHECK_EQ(tl_read_be32(&r), 0x04050607);
	CHECK_EQ(tl_read_be40(&r), 0x08090a0b0c);
	CHECK(tl_reader_done(&r));
}

TEST(reader_takes_a_whole_number_of_eight_bytes)
{
	struct reader r = tl_reader(tl_bytes(data, 8));

	CHECK_EQ(tl_read_be64(&r), 0x0102030405060708);
	CHECK(tl_reader_done(&r));
}

TEST(reader_failure_is_sticky)
{
	struct reader r = tl_reader(tl_bytes(data, 3));

	CHECK_EQ(tl_read_be32(&r), 0);
	CHECK(!tl_reader_ok(&r));
	CHECK_EQ(tl_read_u8(&r), 0);
	CHECK_EQ(tl_read_slice(&r, 0).n, 0);
	CHECK(!tl_reader_ok(&r));
	CHECK(!tl_reader_done(&r));
}

TEST(slice_borrows_the_bytes)
{
	struct reader r = tl_reader(TL_BYTES_OF(data));
	struct bytes got = tl_read_slice(&r, 5);

	CHECK(got.at == data);
	CHECK_EQ(got.n, 5);
	CHECK_EQ(r.rest.n, sizeof(data) - 5);
	CHECK_EQ(tl_read_slice(&r, SIZE_MAX).n, 0);
	CHECK(!tl_reader_ok(&r));
}

TEST(copy_that_does_not_fit_is_zeroes)
{
	struct reader r = tl_reader(tl_bytes(data, 2));
	uint8_t out[3] = { 9, 9, 9 };
	static const uint8_t zeroes[3];

	tl_read_copy(&r, out, 3);
	CHECK(!tl_reader_ok(&r));
	CHECK_MEM(out, zeroes, 3);
}

TEST(copy_takes_what_is_there)
{
	struct reader r = tl_reader(tl_bytes(data, 4));
	uint8_t out[4];

	tl_read_skip(&r, 1);
	tl_read_copy(&r, out, 0);
	tl_read_copy(&r, out, 3);
	CHECK_MEM(out, data + 1, 3);
	CHECK(tl_reader_done(&r));
}

TEST(skip_past_the_end_fails)
{
	struct reader r = tl_reader(tl_bytes(data, 4));

	tl_read_skip(&r, 5);
	CHECK(!tl_reader_ok(&r));
}

TEST(parser_can_fail_a_reader)
{
	struct reader r = tl_reader(TL_BYTES_OF(data));

	tl_reader_fail(&r);
	CHECK(!tl_reader_ok(&r));
	CHECK_EQ(r.rest.n, 0);
}

TEST(empty_reader_is_done_and_ok)
{
	struct reader r = tl_reader(tl_bytes(NULL, 0));

	CHECK(tl_reader_done(&r));
	CHECK_EQ(tl_read_slice(&r, 0).n, 0);
	CHECK(tl_reader_ok(&r));
	CHECK_EQ(tl_read_u8(&r), 0);
	CHECK(!tl_reader_ok(&r));
}
