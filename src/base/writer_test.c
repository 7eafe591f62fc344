/* SPDX-License-Identifier: Apache-2.0 */
#include "base/writer.h"

#include "harness.h"

TEST(writer_puts_integers_in_order)
{
	static const uint8_t want[] = {
		1,  2,	3,  4,	5,  6,	7,  8,	9,  10,
		11, 12, 13, 14, 15, 16, 17, 18, 19, 20
	};
	uint8_t room[20];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_u8(&w, 1);
	tl_write_be16(&w, 0x0203);
	tl_write_be32(&w, 0x04050607);
	tl_write_be40(&w, 0x08090a0b0c);
	tl_write_be64(&w, 0x0d0e0f1011121314);
	CHECK(tl_writer_ok(&w));
	CHECK_EQ(tl_writer_left(&w), 0);
	CHECK_MEM(room, want, sizeof(want));
	CHECK_EQ(tl_writer_bytes(&w).n, 20);
}

TEST(write_that_does_not_fit_changes_nothing)
{
	uint8_t room[4] = { 9, 9, 9, 9 };
	static const uint8_t want[4] = { 1, 9, 9, 9 };
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_u8(&w, 1);
	tl_write_be32(&w, 0);
	CHECK(!tl_writer_ok(&w));
	CHECK_MEM(room, want, 4);
}

TEST(writer_failure_is_sticky)
{
	uint8_t room[4];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_be64(&w, 1);
	tl_write_u8(&w, 1);
	CHECK(!tl_writer_ok(&w));
	CHECK_EQ(tl_writer_bytes(&w).n, 0);
	CHECK_EQ(tl_writer_left(&w), 0);
	CHECK(!tl_write_room(&w, 0));
}

TEST(bytes_and_zeroes_are_written)
{
	uint8_t room[6] = { 9, 9, 9, 9, 9, 9 };
	static const uint8_t want[6] = { 'a', 'b', 0, 0, 0, 9 };
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_bytes(&w, tl_bytes_from_str("ab"));
	tl_write_bytes(&w, tl_bytes(NULL, 0));
	tl_write_zeroes(&w, 3);
	tl_write_zeroes(&w, 0);
	CHECK_EQ(w.n, 5);
	CHECK_MEM(room, want, sizeof(want));
}

TEST(room_is_the_callers_to_fill)
{
	uint8_t room[4];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	CHECK(tl_write_room(&w, 3) == room);
	CHECK(tl_write_room(&w, 1) == room + 3);
	CHECK(!tl_write_room(&w, 1));
	CHECK(!tl_writer_ok(&w));
}

TEST(huge_writes_do_not_wrap_around)
{
	uint8_t room[4];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_u8(&w, 1);
	CHECK(!tl_write_room(&w, SIZE_MAX));
	CHECK(!tl_writer_ok(&w));
}
