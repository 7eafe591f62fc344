/* SPDX-License-Identifier: Apache-2.0 */
#include "os/account.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "harness.h"

TEST(account_takes_numbers_as_they_are)
{
	uint32_t id = 1;

	CHECK_EQ(tl_account_uid(&id, "0"), 0);
	CHECK_EQ(id, 0);
	CHECK_EQ(tl_account_gid(&id, "4294967294"), 0);
	CHECK_EQ(id, 4294967294U);
}

TEST(account_finds_names)
{
	uint32_t id = 1;

	CHECK_EQ(tl_account_uid(&id, "root"), 0);
	CHECK_EQ(id, 0);
	id = 1;
	CHECK_EQ(tl_account_gid(&id, "root"), 0);
	CHECK_EQ(id, 0);
}

TEST(account_says_that_there_is_none)
{
	static const char *const wrong[] = {
		"",   "no-such-name", "-1",	     "+1",
		" 1", "4294967295",   "99999999999", "0x1"
	};
	uint32_t id = 7;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(wrong); i++) {
		CHECK_EQ(tl_account_uid(&id, wrong[i]), -ENOENT);
		CHECK_EQ(tl_account_gid(&id, wrong[i]), -ENOENT);
	}
	CHECK_EQ(id, 7);
}

/* In a user namespace with one user the others are all the same number. */
TEST(account_refuses_the_number_of_all_others)
{
	uint32_t id = 7;

	if (unshare(CLONE_NEWUSER))
		SKIP("no user namespace can be made here");
	CHECK_EQ(tl_account_uid(&id, "65534"), -EDOM);
	CHECK_EQ(tl_account_gid(&id, "65534"), -EDOM);
	CHECK_EQ(id, 7);
	CHECK_EQ(tl_account_uid(&id, "65533"), 0);
}
