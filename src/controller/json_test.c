/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/json.h"

#include "base/alloc.h"
#include "harness.h"

static json_t *parse(const char *text)
{
	return tl_json_parse(tl_bytes_from_str(text));
}

TEST(json_depth_is_limited)
{
	char text[80];
	json_t *j;

	memset(text, '[', JSON_MAX_DEPTH);
	memset(text + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
	text[2 * JSON_MAX_DEPTH] = '\0';
	j = parse(text);
	CHECK(j);
	json_decref(j);
	memset(text, '[', JSON_MAX_DEPTH + 1);
	memset(text + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
	text[2 * JSON_MAX_DEPTH + 2] = '\0';
	CHECK(!parse(text));
	/* Brackets in a text nest nothing. */
	j = parse("\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[\"");
	CHECK(j);
	json_decref(j);
}

TEST(json_garbage_is_refused)
{
	CHECK(!parse(""));
	CHECK(!parse("{"));
	CHECK(!parse("{} {}"));
	CHECK(!parse("{\"a\":99999999999999999999}"));
	CHECK(!parse("\"\\u0000\""));
}

TEST(json_keys_are_there_once_in_a_body)
{
	struct bytes twice = tl_bytes_from_str("{\"a\":1,\"a\":2}");
	char why[JSON_WHY_SIZE];
	json_t *j;

	CHECK(!tl_json_parse_why(twice, why));
	CHECK(strstr(why, "duplicate object key"));
	/* In what is stored the last one holds. */
	j = tl_json_parse(twice);
	CHECK_EQ(tl_json_int(json_object_get(j, "a"), 0), 2);
	json_decref(j);
}

TEST(json_lenient_types)
{
	json_t *j = parse("[1,0,-1,\"true\",\"T\",\"1\",\"0\",\"no\",true,2.7,"
			  "\"17\",\"-5\",\"x\",\"\",null,{}]");
	static const int bools[] = { 1, 0, 0, 1, 1, 1, 0, 0,
				     1, 1, 1, 0, 0, 0, 7, 7 };
	static const int ints[] = { 1, 0, -1, 7,  7, 1, 0, 7,
				    1, 7, 17, -5, 7, 7, 7, 7 };
	size_t i;

	CHECK(j);
	for (i = 0; i < TL_ARRAY_SIZE(ints); i++) {
		const json_t *v = json_array_get(j, i);

		if (bools[i] == 7) {
			CHECK(tl_json_bool(v, true));
			CHECK(!tl_json_bool(v, false));
		} else {
			CHECK_EQ(tl_json_bool(v, !bools[i]), bools[i]);
		}
		CHECK_EQ(tl_json_int(v, 7), ints[i]);
	}
	json_decref(j);
}

TEST(json_text_from_anything_simple)
{
	json_t *j = parse("[\"a\",5,true,false,null,[]]");
	static const char *const want[] = { "a", "5", "1", "0", NULL, NULL };
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(want); i++) {
		json_t *text = tl_json_text(json_array_get(j, i));

		CHECK_EQ(text != NULL, want[i] != NULL);
		if (text)
			CHECK_STR(json_string_value(text), want[i]);
		json_decref(text);
	}
	json_decref(j);
}

TEST(json_is_printed_in_order_of_keys)
{
	json_t *j = parse("{\"b\":[1, 2],\"a\":null}");
	char *text = tl_json_print(j);

	CHECK_STR(text, "{\"a\":null,\"b\":[1,2]}");
	tl_free(text);
	json_decref(j);
}
