/* SPDX-License-Identifier: Apache-2.0 */
#include "service/page.h"

#include <string.h>

#include "harness.h"

static struct page p;

static void check_good(const char *after, const char *limit)
{
	CHECK(!tl_page_parse(&p, after, limit, 10));
}

static void check_bad(const char *after, const char *limit, const char *name)
{
	const char *why = tl_page_parse(&p, after, limit, 10);

	CHECK(why);
	CHECK_EQ(strncmp(why, name, strlen(name)), 0);
}

TEST(page_is_all_unless_something_is_said)
{
	check_good(NULL, NULL);
	CHECK(tl_page_has(&p, 0, 1000000));
	CHECK(tl_page_has(&p, UINT64_MAX, 0));
}

TEST(page_begins_after_an_id_and_ends_at_its_limit)
{
	check_good("00000000ff", "2");
	CHECK(!tl_page_has(&p, 0xfe, 0));
	CHECK(!tl_page_has(&p, 0xff, 0));
	CHECK(tl_page_has(&p, 0x100, 0));
	CHECK(tl_page_has(&p, 0x101, 1));
	CHECK(!tl_page_has(&p, 0x102, 2));
	check_good("0000000000", NULL);
	CHECK(!tl_page_has(&p, 0, 0));
	CHECK(tl_page_has(&p, 1, 0));
	check_good(NULL, "100000");
}

TEST(page_that_is_none_is_refused_by_name)
{
	check_bad("ff", NULL, "after:");
	check_bad("00000000fg", NULL, "after:");
	check_bad("00000000fff", NULL, "after:");
	check_bad("", NULL, "after:");
	check_bad(NULL, "", "limit:");
	check_bad(NULL, "0", "limit:");
	check_bad(NULL, "-1", "limit:");
	check_bad(NULL, "1x", "limit:");
	check_bad(NULL, "100001", "limit:");
	check_bad(NULL, "99999999999999999999", "limit:");
}
