/* SPDX-License-Identifier: Apache-2.0 */
#include "base/drop.h"

#include "harness.h"

/* A reason that was added has a sentence, too. */
TEST(each_reason_has_a_sentence_of_advice)
{
	int i;
	int j;

	for (i = 0; i < DROP_COUNT; i++) {
		const char *a = tl_drop_advice((enum drop)i);
		size_t n;

		CHECK(a);
		n = strlen(a);
		CHECK(n > 10 && a[n - 1] == '.' && a[n - 2] != '.');
		CHECK(!strchr(a, '\n'));
		for (j = 0; j < i; j++)
			CHECK(strcmp(a, tl_drop_advice((enum drop)j)) != 0);
	}
}
