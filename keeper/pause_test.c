/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/pause.h"

#include "harness.h"

TEST(pause_begins_with_none_and_grows_to_its_limit)
{
	static const int64_t want[] = { 0,    100,  200,  400,	800,
					1600, 3200, 5000, 5000, 5000 };
	unsigned int failures = 0;
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		CHECK_EQ(tl_pause_after(&failures, 10), want[i]);
	CHECK_EQ(failures, 10);
}

TEST(pause_is_forgotten_after_a_good_life)
{
	unsigned int failures = 7;

	CHECK_EQ(tl_pause_after(&failures, PAUSE_GOOD_MS), 0);
	CHECK_EQ(failures, 1);
	CHECK_EQ(tl_pause_after(&failures, PAUSE_GOOD_MS - 1), 100);
}

TEST(pause_stays_at_its_limit_for_ever)
{
	unsigned int failures = 4000000000u;

	CHECK_EQ(tl_pause_after(&failures, 0), PAUSE_MAX_MS);
}
