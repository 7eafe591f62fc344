/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/large_number.c"
#include "harness.h"

static void check_hidden(const char *json, const char *want)
{
	char *got = tl_large_hide(tl_bytes_from_str(json));

	CHECK(got);
	CHECK_STR(got, want);
	tl_large_show(got);
	CHECK_STR(got, json);
	tl_free(got);
}

static void check_left(const char *json)
{
	CHECK(!tl_large_hide(tl_bytes_from_str(json)));
}

TEST(large_numbers_become_strings_and_numbers_again)
{
	check_hidden("{\"id\":9223372036854775808}",
		     "{\"id\":\"\\u00019223372036854775808\"}");
	check_hidden("[18446744073709551615, 1,9999999999999999999]",
		     "[\"\\u000118446744073709551615\", 1,"
		     "\"\\u00019999999999999999999\"]");
	check_hidden("11417253702175397394", "\"\\u000111417253702175397394\"");
}

TEST(large_numbers_are_nothing_else)
{
	check_left("");
	check_left("{}");
	check_left("9223372036854775807");
	check_left("-9223372036854775808");
	check_left("-18446744073709551615");
	check_left("\"18446744073709551615\"");
	check_left("\"a\\\"18446744073709551615\"");
	check_left("18446744073709551615.0");
	check_left("18446744073709551615e1");
	check_left("\"open 18446744073709551615");
	check_left("\"\\");
}

TEST(large_numbers_are_left_where_the_mark_is_in_use)
{
	check_left("[\"\\u00011\",18446744073709551615]");
}

TEST(large_numbers_survive_lack_of_memory)
{
	tl_alloc_fail_after(0);
	check_left("18446744073709551615");
	tl_alloc_fail_after(-1);
}
