/* SPDX-License-Identifier: Apache-2.0 */
#include "base/drop.h"

#include "harness.h"

TEST(each_reason_has_a_name_and_a_text_of_its_own)
{
	int i;
	int j;

	for (i = 0; i < DROP_COUNT; i++) {
		CHECK(*tl_drop_name((enum drop)i));
		CHECK(*tl_drop_text((enum drop)i));
		for (j = 0; j < i; j++)
			CHECK(strcmp(tl_drop_name((enum drop)i),
				     tl_drop_name((enum drop)j)) != 0);
	}
	CHECK_STR(tl_drop_name(DROP_BAD_MAC), "BAD_MAC");
	CHECK_EQ(DROP_NONE, 0);
}
