/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/expect.h"

#include "harness.h"

static const struct address a = { 1 };
static const struct address b = { 2 };
static const struct endpoint here = { 4, 9993, { 10, 0, 0, 1 } };
static struct expect_table table;

TEST(nothing_is_expected_at_first)
{
	CHECK(!tl_expect_has(&table, 0, (struct address){ 0 }, 100000));
	CHECK(!tl_expect_has(&table, 5, a, 100000));
}

TEST(only_the_one_who_was_asked_may_answer)
{
	tl_expect_reply(&table, 5, a, &here, 1000);
	CHECK(tl_expect_has(&table, 5, a, 1000));
	CHECK(!tl_expect_has(&table, 5, b, 1000));
	CHECK(!tl_expect_has(&table, 6, a, 1000));
	CHECK(!tl_expect_has(&table, 5 | UINT64_C(1) << 63, a, 1000));
}

TEST(several_answers_are_fine_for_a_minute)
{
	tl_expect_reply(&table, 5, a, &here, 1000);
	CHECK(tl_expect_has(&table, 5, a, 2000));
	CHECK(tl_expect_has(&table, 5, a, 1000 + EXPECT_MS - 1));
	CHECK(!tl_expect_has(&table, 5, a, 1000 + EXPECT_MS));
}

TEST(newest_entries_push_out_the_oldest_of_their_bucket)
{
	uint64_t i;

	for (i = 0; i <= EXPECT_PER_BUCKET; i++)
		tl_expect_reply(&table, i, a, &here, 1000);
	tl_expect_reply(&table, UINT64_C(1) << 32, a, &here, 1000);
	CHECK(!tl_expect_has(&table, 0, a, 1000));
	for (i = 1; i <= EXPECT_PER_BUCKET; i++)
		CHECK(tl_expect_has(&table, i, a, 1000));
	CHECK(tl_expect_has(&table, UINT64_C(1) << 32, a, 1000));
}

TEST(where_a_packet_went_is_known)
{
	struct endpoint there = here;

	tl_expect_reply(&table, 5, a, &here, 1000);
	tl_expect_reply(&table, 6, a, NULL, 1000);
	CHECK(tl_expect_was_sent_to(&table, 5, a, &here, 2000));
	CHECK(!tl_expect_was_sent_to(&table, 5, b, &here, 2000));
	CHECK(!tl_expect_was_sent_to(&table, 6, a, &here, 2000));
	there.port++;
	CHECK(!tl_expect_was_sent_to(&table, 5, a, &there, 2000));
	there = here;
	there.ip[3]++;
	CHECK(!tl_expect_was_sent_to(&table, 5, a, &there, 2000));
}
