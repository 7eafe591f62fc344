/* SPDX-License-Identifier: Apache-2.0 */
/* scale_test.c - a hundred members; scale.sh does it with thousands */
#include "scale.h"

#include "harness.h"
#include "sim.h"

TEST(hundred_members_reach_each_other_whatever_happens)
{
	struct scale_result r = scale_run(100, 1, stdout);

	CHECK(r.first_ms <= 1000);
	/* 10 MB a day while nothing is said, of which each member's half-dozen
	 * of direct paths is most. */
	CHECK(r.idle_bytes <= 7000);
}
