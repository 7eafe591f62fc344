/* SPDX-License-Identifier: Apache-2.0 */
#include "service/users.h"

#include <errno.h>
#include <stdio.h>

#include "base/bytes.h"
#include "harness.h"

static int add(struct users *u, const char *name)
{
	return tl_users_add(u, tl_bytes_from_str(name));
}

TEST(users_empty_list_is_for_everybody)
{
	struct users u = { 0 };

	CHECK(tl_users_have(&u, 0));
	CHECK(tl_users_have(&u, 4711));
	CHECK_EQ(add(&u, "4711"), 0);
	CHECK(tl_users_have(&u, 4711));
	CHECK(!tl_users_have(&u, 0));
}

TEST(users_are_found_by_name)
{
	struct users u = { 0 };

	CHECK_EQ(add(&u, "root"), 0);
	CHECK(tl_users_have(&u, 0));
	CHECK(!tl_users_have(&u, 1));
}

TEST(users_that_nobody_knows_let_nobody_in)
{
	struct users u = { 0 };

	CHECK_EQ(add(&u, "no-such-user-here"), -ENOENT);
	CHECK_EQ(u.n, 1);
	CHECK(!tl_users_have(&u, 0));
	CHECK(!tl_users_have(&u, USER_NONE));
	/* The number that is nobody's is a name like any other. */
	CHECK_EQ(add(&u, "4294967295"), -ENOENT);
	CHECK(!tl_users_have(&u, USER_NONE));
}

TEST(users_refuses_what_is_no_name)
{
	static const char *const wrong[] = { "",    "a b",  "a,b",     "a\nb",
					     "a\t", "\x7f", "\xc3\xa4" };
	char longest[USER_NAME_SIZE + 1];
	struct users u = { 0 };
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(wrong); i++)
		CHECK_EQ(add(&u, wrong[i]), -EINVAL);
	memset(longest, 'x', USER_NAME_SIZE);
	longest[USER_NAME_SIZE] = 0;
	CHECK_EQ(add(&u, longest), -EINVAL);
	CHECK_EQ(u.n, 0);
	CHECK_EQ(add(&u, longest + 1), -ENOENT);
	CHECK_EQ(u.n, 1);
}

TEST(users_print_what_is_parsed_again)
{
	char text[USERS_TEXT_SIZE];
	char again[USERS_TEXT_SIZE];
	struct users u;

	CHECK_EQ(tl_users_parse(&u, tl_bytes_from_str("root,60003,no-such")),
		 1);
	CHECK_EQ(u.n, 3);
	CHECK(tl_users_have(&u, 60003));
	CHECK_STR(tl_users_print(text, &u), "root,60003,no-such");
	CHECK_EQ(tl_users_parse(&u, tl_bytes_from_str(text)), 1);
	CHECK_STR(tl_users_print(again, &u), text);
	CHECK_EQ(tl_users_parse(&u, tl_bytes_from_str("")), 0);
	CHECK_EQ(u.n, 0);
	CHECK_STR(tl_users_print(text, &u), "");
}

/* A file that was damaged is not an open door. */
TEST(users_of_a_malformed_list_are_nobody)
{
	struct users u;

	CHECK_EQ(tl_users_parse(&u, tl_bytes_from_str(",")), 1);
	CHECK_EQ(u.n, 1);
	CHECK(!tl_users_have(&u, 60003));
	CHECK_EQ(tl_users_parse(&u, tl_bytes_from_str("a b,60003")), 1);
	CHECK_EQ(u.n, 2);
	CHECK(tl_users_have(&u, 60003));
	CHECK(!tl_users_have(&u, 60004));
}

TEST(users_are_so_many_at_most)
{
	char text[USERS_TEXT_SIZE];
	char name[USER_NAME_SIZE];
	struct users u = { 0 };
	int i;

	for (i = 0; i < USERS_MAX; i++) {
		snprintf(name, sizeof(name), "%d", 70000 + i);
		CHECK_EQ(add(&u, name), 0);
	}
	CHECK_EQ(add(&u, "1"), -ENOBUFS);
	CHECK(tl_users_have(&u, 70000 + USERS_MAX - 1));
	CHECK(!tl_users_have(&u, 1));
	tl_users_print(text, &u);
	CHECK_EQ(tl_users_parse(&u, tl_bytes_from_str(text)), 0);
	CHECK_EQ(u.n, USERS_MAX);
}
