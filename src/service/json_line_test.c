/* SPDX-License-Identifier: Apache-2.0 */
#include "service/json_line.h"

#include "harness.h"

static const char text[] = "\n"
			   "{ \"a\": 1, \"b\": { \"x\": [ ] },\n"
			   "  \"c\\\"}\": \"}\",\n"
			   "  \"list\": [ 1,\n"
			   "    { \"list\": 0,\n"
			   "      \"deep\": true },\n"
			   "    \"three\" ],\n"
			   "  \"last\": null }\n";

static unsigned int line_of(const struct json_step *path, size_t n)
{
	return tl_json_line(tl_bytes_from_str(text), path, n);
}

TEST(keys_and_elements_are_found)
{
	static const struct json_step b[] = { { "b", 0 }, { "x", 0 } };
	static const struct json_step list[] = { { "list", 0 },
						 { NULL, 1 },
						 { "deep", 0 } };
	static const struct json_step third[] = { { "list", 0 }, { NULL, 2 } };
	static const struct json_step last[] = { { "last", 0 } };

	CHECK_EQ(line_of(NULL, 0), 2);
	CHECK_EQ(line_of(b, 2), 2);
	CHECK_EQ(line_of(list, 1), 4);
	CHECK_EQ(line_of(list, 2), 5);
	CHECK_EQ(line_of(list, 3), 6);
	CHECK_EQ(line_of(third, 2), 7);
	CHECK_EQ(line_of(last, 1), 8);
}

TEST(what_is_missing_is_in_the_line_of_what_should_hold_it)
{
	static const struct json_step key[] = { { "list", 0 },
						{ NULL, 1 },
						{ "gone", 0 } };
	static const struct json_step index[] = { { "list", 0 }, { NULL, 3 } };
	static const struct json_step scalar[] = { { "last", 0 }, { "x", 0 } };

	CHECK_EQ(line_of(key, 3), 5);
	CHECK_EQ(line_of(index, 2), 4);
	CHECK_EQ(line_of(scalar, 2), 8);
}

TEST(line_is_found_in_every_beginning_of_a_text)
{
	static const struct json_step list[] = { { "list", 0 },
						 { NULL, 1 },
						 { "deep", 0 } };
	size_t n;

	for (n = 0; n < sizeof(text); n++)
		CHECK(tl_json_line(tl_bytes(text, n), list, 3) <= 9);
}
