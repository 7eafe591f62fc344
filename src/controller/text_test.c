/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/text.h"

#include <stdint.h>

#include "base/alloc.h"
#include "harness.h"

TEST(text_writes_values)
{
	struct text t = { 0 };
	char *got;

	tl_text_put(&t, "[");
	tl_text_put_int(&t, 0);
	tl_text_put(&t, ",");
	tl_text_put_int(&t, INT64_MIN);
	tl_text_put(&t, ",");
	tl_text_put_int(&t, INT64_MAX);
	tl_text_put(&t, ",");
	tl_text_put_bool(&t, true);
	tl_text_put(&t, ",");
	tl_text_put_string(&t, NULL);
	tl_text_put(&t, "]");
	got = tl_text_take(&t);
	CHECK_STR(got,
		  "[0,-9223372036854775808,9223372036854775807,true,null]");
	tl_free(got);
}

TEST(text_escapes_as_json_does)
{
	struct text t = { 0 };
	char *got;

	tl_text_put_string(&t, "a\"b\\c\b\f\n\r\t\x01\x1f/\xc3\xa9\x7f");
	got = tl_text_take(&t);
	CHECK_STR(got, "\"a\\\"b\\\\c\\b\\f\\n\\r\\t\\u0001\\u001F/\xc3\xa9\x7f"
		       "\"");
	tl_free(got);
}

TEST(text_grows)
{
	struct text t = { 0 };
	char *got;
	size_t i;

	for (i = 0; i < 10000; i++)
		tl_text_put(&t, "0123456789");
	CHECK_EQ(t.n, 100000);
	got = tl_text_take(&t);
	CHECK_EQ(strlen(got), 100000);
	CHECK(!t.at);
	tl_free(got);
}

TEST(text_out_of_memory_is_told_at_the_end)
{
	struct text t = { 0 };

	tl_text_put(&t, "kept");
	tl_alloc_fail_after(0);
	while (!t.has_failed)
		tl_text_put(&t, "0123456789");
	tl_alloc_fail_after(-1);
	tl_text_put(&t, "more");
	CHECK(!tl_text_take(&t));
}
