/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/bucket.h"

#include "harness.h"

TEST(new_bucket_gives_its_burst_and_no_more)
{
	struct bucket b = { 0 };
	int i;

	for (i = 0; i < 5; i++)
		CHECK(tl_bucket_take(&b, 1000, 5, 7000));
	CHECK(!tl_bucket_take(&b, 1000, 5, 7000));
}

TEST(one_token_comes_back_each_period)
{
	struct bucket b = { 0 };
	int i;

	for (i = 0; i < 5; i++)
		CHECK(tl_bucket_take(&b, 1000, 5, 7000));
	CHECK(!tl_bucket_take(&b, 1000, 5, 7999));
	CHECK(tl_bucket_take(&b, 1000, 5, 8000));
	CHECK(!tl_bucket_take(&b, 1000, 5, 8000));
	CHECK(tl_bucket_take(&b, 1000, 5, 9000));
}

TEST(rest_fills_the_bucket_to_the_brim_only)
{
	struct bucket b = { 0 };
	int taken = 0;

	CHECK(tl_bucket_take(&b, 1000, 5, 7000));
	while (tl_bucket_take(&b, 1000, 5, 1000000))
		taken++;
	CHECK_EQ(taken, 5);
}

TEST(refused_tokens_cost_nothing)
{
	struct bucket b = { 0 };
	int i;

	CHECK(tl_bucket_take(&b, 1000, 1, 7000));
	for (i = 0; i < 100; i++)
		CHECK(!tl_bucket_take(&b, 1000, 1, 7500));
	CHECK(tl_bucket_take(&b, 1000, 1, 8000));
}
