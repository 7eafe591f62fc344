/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/quota.h"

#include "harness.h"

TEST(quota_counts_each_user_and_kind_apart)
{
	static const uint64_t key[2] = { 1, 2 };
	static const uint32_t limits[QUOTA_KINDS] = { 2, 1 };
	struct quota q;

	tl_quota_init(&q, key, limits);
	CHECK(tl_quota_take(&q, 1000, QUOTA_CONTROL));
	CHECK(tl_quota_take(&q, 1000, QUOTA_CONTROL));
	CHECK(!tl_quota_take(&q, 1000, QUOTA_CONTROL));
	CHECK(tl_quota_take(&q, 1000, QUOTA_SOCKETS));
	CHECK(!tl_quota_take(&q, 1000, QUOTA_SOCKETS));
	CHECK(tl_quota_take(&q, 1001, QUOTA_SOCKETS));
	CHECK_EQ(tl_quota_held(&q, 1000, QUOTA_CONTROL), 2);
	CHECK_EQ(tl_quota_held(&q, 77, QUOTA_CONTROL), 0);
	tl_quota_give(&q, 1000, QUOTA_CONTROL);
	CHECK(tl_quota_take(&q, 1000, QUOTA_CONTROL));
	tl_quota_give(&q, 1000, QUOTA_CONTROL);
	tl_quota_give(&q, 1000, QUOTA_CONTROL);
	tl_quota_give(&q, 1000, QUOTA_SOCKETS);
	tl_quota_give(&q, 1001, QUOTA_SOCKETS);
	/* Asserts that nothing is held. */
	tl_quota_fini(&q);
}
