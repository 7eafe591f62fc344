/* SPDX-License-Identifier: Apache-2.0 */
/* The wire forms of rules.json. */
#include <errno.h>

#include "vectors/vector.h"
#include "wire/rules.h"

static struct bytes rebuild(const struct rule *rules, size_t n)
{
	static uint8_t room[RULES_MAX * RULE_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	CHECK_EQ(tl_rules_build(&w, rules, n), 0);
	return tl_writer_bytes(&w);
}

TEST(rules_vector_blobs_are_reproduced)
{
	json_t *root = tl_vector_load("rules");
	struct rule rules[4];
	json_t *item;
	size_t n;
	size_t i;

	json_array_foreach(tl_vector_array(root, "blobs"), i, item)
	{
		struct bytes binary;

		if (!tl_vector_bool(item, "controller_accepts"))
			continue;
		binary = tl_vector_bytes(item, "binary");
		CHECK_EQ(tl_rules_parse(rules, 4, &n, binary), 0);
		CHECK_EQ(n, 1);
		CHECK_EQ(rules[0].t, tl_vector_int(item, "type_byte"));
		CHECK_BYTES(rebuild(rules, n), binary);
	}
}

/* The reference takes these three; nothing that is in use writes them, and a
 * rule whose value is not all there must not be guessed (vl2.md 10.2). */
static bool is_stricter_here(const char *note)
{
	return strncmp(note, "ETHERTYPE with length 1", 23) == 0 ||
	       strncmp(note, "length runs past the end", 24) == 0;
}

TEST(rules_vector_binary_only)
{
	json_t *root = tl_vector_load("rules");
	struct rule rules[4];
	size_t stricter = 0;
	json_t *item;
	size_t n;
	size_t i;
	size_t k;

	json_array_foreach(tl_vector_array(root, "binary_only"), i, item)
	{
		struct bytes binary = tl_vector_bytes(item, "binary");
		int err = tl_rules_parse(rules, 4, &n, binary);
		json_t *types;

		if (is_stricter_here(tl_vector_text(item, "note"))) {
			CHECK(tl_vector_bool(item, "parses"));
			CHECK_EQ(err, -EINVAL);
			stricter++;
			continue;
		}
		CHECK_EQ(err, tl_vector_bool(item, "parses") ? 0 : -EINVAL);
		if (err)
			continue;
		CHECK_EQ(n, tl_vector_int(item, "rule_count"));
		types = tl_vector_get(item, "type_bytes");
		CHECK_EQ(json_array_size(types), n);
		for (k = 0; k < n; k++)
			CHECK_EQ(rules[k].t,
				 json_integer_value(json_array_get(types, k)));
		CHECK_BYTES(rebuild(rules, n),
			    tl_vector_bytes(item, "reserialized"));
	}
	CHECK_EQ(stricter, 3);
}
