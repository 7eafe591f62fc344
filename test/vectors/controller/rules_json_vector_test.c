/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON forms of rules.json. */
#include <errno.h>

#include "controller/rules_json.h"
#include "vectors/vector.h"

static struct bytes build(const struct rule *rules, size_t n)
{
	static uint8_t room[16 * RULE_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	CHECK_EQ(tl_rules_build(&w, rules, n), 0);
	return tl_writer_bytes(&w);
}

static void check_json(const struct rule *rules, size_t n, const json_t *want)
{
	json_t *got = tl_rules_to_json(rules, n);
	char *got_text = json_dumps(got, JSON_SORT_KEYS);
	char *want_text = json_dumps(want, JSON_SORT_KEYS);

	CHECK(got_text && want_text);
	CHECK_STR(got_text, want_text);
	free(got_text);
	free(want_text);
	json_decref(got);
}

/* The reference leaves these out; they are taken here (vl2.md 11). */
static bool is_taken_here(const char *type)
{
	return strcmp(type, "ACTION_PRIORITY") == 0 ||
	       strcmp(type, "INTEGER_RANGE") == 0;
}

static void check_refused(const json_t *item, const json_t *array)
{
	const char *type = tl_vector_text(item, "type");
	struct rules_json_error err;
	struct rule rule;
	size_t n;

	if (is_taken_here(type)) {
		CHECK_EQ(tl_rules_from_json(&rule, 1, &n, array, &err), 0);
		check_json(&rule, n, array);
		return;
	}
	CHECK_EQ(tl_rules_from_json(&rule, 1, &n, array, &err), -EINVAL);
	CHECK_EQ(err.index, 0);
	CHECK_STR(err.field, "type");
	CHECK_STR(err.type, strcmp(type, "(none)") == 0 ? "" : type);
}

TEST(rules_json_vector_blobs)
{
	json_t *root = tl_vector_load("rules");
	struct rules_json_error err;
	struct rule rule;
	json_t *item;
	size_t n;
	size_t i;

	json_array_foreach(tl_vector_array(root, "blobs"), i, item)
	{
		json_t *array =
			json_pack("[O]", tl_vector_get(item, "json_in"));
		json_t *want;

		if (!tl_vector_bool(item, "controller_accepts")) {
			check_refused(item, array);
			json_decref(array);
			continue;
		}
		want = json_pack("[O]", tl_vector_get(item, "json_out"));
		CHECK_EQ(tl_rules_from_json(&rule, 1, &n, array, &err), 0);
		CHECK_EQ(n, 1);
		CHECK_BYTES(build(&rule, n), tl_vector_bytes(item, "binary"));
		check_json(&rule, n, want);
		json_decref(want);
		json_decref(array);
	}
	CHECK_EQ(i, 53);
}

TEST(rules_json_vector_binary_only)
{
	json_t *root = tl_vector_load("rules");
	struct rule rules[4];
	json_t *item;
	size_t checked = 0;
	size_t n;
	size_t i;

	json_array_foreach(tl_vector_array(root, "binary_only"), i, item)
	{
		json_t *want;

		if (tl_rules_parse(rules, 4, &n,
				   tl_vector_bytes(item, "binary")))
			continue;
		want = json_deep_copy(tl_vector_get(item, "json_out"));
		/* The reference has no JSON form for PRIORITY. */
		if (n && tl_rule_type(&rules[0]) == RULE_PRIORITY)
			CHECK_EQ(json_array_set_new(want, 0,
						    json_pack("{s:s,s:i}",
							      "type",
							      "ACTION_PRIORITY",
							      "qosBucket", 0)),
				 0);
		check_json(rules, n, want);
		json_decref(want);
		checked++;
	}
	CHECK_EQ(checked, 9);
}

/* What is written for people beside each evaluation's rules says the same. */
TEST(rules_json_vector_evaluation_rules)
{
	json_t *root = tl_vector_load("rules");
	struct rules_json_error err;
	struct rule rules[64];
	size_t checked = 0;
	json_t *item;
	size_t n;
	size_t i;

	json_array_foreach(tl_vector_array(root, "evaluation"), i, item)
	{
		const json_t *array = tl_vector_get(item, "rules_json");
		bool has_raw = false;
		json_t *entry;
		size_t k;

		json_array_foreach(array, k, entry)
			has_raw |= json_is_string(entry);
		if (has_raw)
			continue;
		CHECK_EQ(tl_rules_from_json(rules, 64, &n, array, &err), 0);
		CHECK_BYTES(build(rules, n), tl_vector_bytes(item, "rules"));
		checked++;
	}
	CHECK(checked > 200);
}
