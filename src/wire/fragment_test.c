/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/fragment.h"

#include "vectors/vector.h"

static size_t reference_parts(size_t len, size_t mtu)
{
	if (len <= mtu)
		return 1;
	return 1 + (len - mtu + (mtu - 17)) / (mtu - 16);
}

static void check_plan(size_t len, size_t mtu)
{
	struct cuts cuts = tl_fragment_plan(len, mtu);
	size_t n = reference_parts(len, mtu);
	size_t last;

	if (n > FRAGMENT_MAX_PARTS) {
		CHECK_EQ(cuts.n, 0);
		return;
	}
	CHECK_EQ(cuts.n, n);
	CHECK(cuts.head_len <= mtu);
	if (n == 1) {
		CHECK_EQ(cuts.head_len, len);
		return;
	}
	CHECK_EQ(cuts.head_len, cuts.part_len + FRAGMENT_HEADER_LEN);
	last = len - cuts.head_len - (n - 2) * cuts.part_len;
	CHECK(last >= 1 && last <= cuts.part_len);
	/* Equal but for what cannot be shared out. */
	CHECK(cuts.part_len - last < n);
}

TEST(fragment_plans_use_no_more_parts_than_the_reference)
{
	static const size_t mtus[] = { MTU_MIN, MTU_DEFAULT, 1200, 9000,
				       MTU_MAX };

	for (size_t m = 0; m < TL_ARRAY_SIZE(mtus); m++)
		for (size_t len = PACKET_HEADER_LEN; len <= PACKET_MAX_LEN;
		     len++)
			check_plan(len, mtus[m]);
}

TEST(fragment_plan_of_a_full_frame_is_two_equal_halves)
{
	struct cuts cuts = tl_fragment_plan(2838, MTU_DEFAULT);

	CHECK_EQ(cuts.n, 2);
	CHECK_EQ(cuts.head_len, 1427);
	CHECK_EQ(cuts.part_len, 1411);
	CHECK_EQ(cuts.head_len + cuts.part_len, 2838);
}

TEST(fragment_plan_of_what_cannot_be_sent)
{
	CHECK_EQ(tl_fragment_plan(PACKET_SEND_MAX, MTU_DEFAULT).n, 7);
	CHECK_EQ(tl_fragment_plan(PACKET_SEND_MAX + 1, MTU_DEFAULT).n, 0);
	CHECK_EQ(tl_fragment_plan(PACKET_MAX_LEN, MTU_MAX).n, 1);
	CHECK_EQ(tl_fragment_plan(PACKET_MAX_LEN + 1, MTU_MAX).n, 0);
	CHECK_EQ(tl_fragment_plan(PACKET_HEADER_LEN - 1, MTU_DEFAULT).n, 0);
	CHECK_EQ(tl_fragment_plan(100, 0).n, 0);
	CHECK_EQ(tl_fragment_plan(100, 63).n, 0);
	CHECK_EQ(tl_fragment_plan(100, 64).n, 2);
}

TEST(fragment_header_is_written_and_read)
{
	uint8_t packet[PACKET_HEADER_LEN];
	uint8_t d[FRAGMENT_HEADER_LEN + 3] = { 0 };
	struct fragment f;

	tl_packet_init(packet, 0x0123456789abcdef,
		       (struct address){ 0x7f825062b0 },
		       (struct address){ 0x8e4df28b72 }, VERB_FRAME);
	packet[PACKET_AT_FLAGS] = 0xf8 | 2;
	tl_fragment_header(d, packet, 2, 5);
	CHECK_MEM(d, tl_vector_unhex("0123456789abcdef7f825062b0ff5202").at,
		  FRAGMENT_HEADER_LEN);

	CHECK(tl_is_fragment(TL_BYTES_OF(d)));
	CHECK(tl_fragment_parse(&f, TL_BYTES_OF(d)));
	CHECK_EQ(f.id, 0x0123456789abcdef);
	CHECK_EQ(f.dest.v, 0x7f825062b0);
	CHECK_EQ(f.no, 2);
	CHECK_EQ(f.total, 5);
	CHECK_EQ(f.hops, 2);
	CHECK_EQ(f.data.n, 3);
	CHECK(f.data.at == d + FRAGMENT_HEADER_LEN);
}

TEST(fragment_is_longer_than_its_header)
{
	uint8_t d[FRAGMENT_HEADER_LEN + 1] = { [13] = FRAGMENT_INDICATOR };

	for (size_t n = 0; n <= FRAGMENT_HEADER_LEN; n++)
		CHECK(!tl_is_fragment(tl_bytes(d, n)));
	CHECK(tl_is_fragment(TL_BYTES_OF(d)));
	d[13] = 0xfe;
	CHECK(!tl_is_fragment(TL_BYTES_OF(d)));
}

TEST(fragment_numbers_that_cannot_be_are_refused)
{
	uint8_t d[FRAGMENT_HEADER_LEN + 1] = {
		[12] = 9, [13] = FRAGMENT_INDICATOR
	};

	for (unsigned int total = 0; total < 16; total++) {
		for (unsigned int no = 0; no < 16; no++) {
			struct fragment f;

			d[14] = (uint8_t)(total << 4 | no);
			CHECK_EQ(tl_fragment_parse(&f, TL_BYTES_OF(d)),
				 total >= 2 && total <= 7 && no >= 1 &&
					 no < total);
			CHECK_EQ(f.dest.v, 9);
		}
	}
}
