/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/rules.h"

#include <errno.h>

#include "harness.h"

static int parse(struct rule *out, size_t max, size_t *n, const char *bytes,
		 size_t len)
{
	return tl_rules_parse(out, max, n, tl_bytes(bytes, len));
}

TEST(rules_of_the_specification)
{
	/* vl2.md 10.2, the example */
	static const uint8_t blob[] = { 0x25, 2, 8, 0, 1, 0, 0x6c, 8, 0, 0,
					0,    1, 0, 0, 0, 0, 5,	   0, 1, 0 };
	struct rule rules[8];
	size_t n;

	CHECK_EQ(tl_rules_parse(rules, 8, &n, TL_BYTES_OF(blob)), 0);
	CHECK_EQ(n, 5);
	CHECK_EQ(tl_rule_type(&rules[0]), RULE_ETHERTYPE);
	CHECK_EQ(rules[0].v.ethertype, 0x0800);
	CHECK_EQ(tl_rule_type(&rules[2]), RULE_TAGS_DIFFERENCE);
	CHECK(rules[2].t & RULE_OR);
	CHECK(!(rules[2].t & RULE_NOT));
	CHECK_EQ(rules[2].v.tag.id, 1);
	CHECK_EQ(rules[2].v.tag.value, 0);
	CHECK(tl_rule_is_action(&rules[3]));
	CHECK(!tl_rule_is_action(&rules[2]));
}

TEST(rules_beyond_the_limit_are_ignored)
{
	struct rule rules[2];
	size_t n;

	CHECK_EQ(parse(rules, 2, &n, "\1\0\0\0\5\0", 6), 0);
	CHECK_EQ(n, 2);
	/* Nor does it matter that they are malformed. */
	CHECK_EQ(parse(rules, 2, &n, "\1\0\0\0\x25\2", 6), 0);
	CHECK_EQ(n, 2);
}

TEST(rules_each_length_below_the_table_is_refused)
{
	static const uint8_t zeroes[64];
	struct rule rule;
	unsigned int type;
	size_t n;

	for (type = 0; type <= RULE_TYPE_MASK; type++) {
		size_t want = tl_rule_value_len((enum rule_type)type);
		size_t len;

		for (len = 0; len <= 32; len++) {
			uint8_t blob[2 + 32] = { (uint8_t)type, (uint8_t)len };
			struct bytes b = tl_bytes(blob, 2 + len);

			memcpy(blob + 2, zeroes, 32);
			CHECK_EQ(tl_rules_parse(&rule, 1, &n, b),
				 len < want ? -EINVAL : 0);
			/* cut by one byte */
			if (len) {
				b.n--;
				CHECK_EQ(tl_rules_parse(&rule, 1, &n, b),
					 -EINVAL);
			}
		}
	}
}

TEST(rules_that_look_at_sizes_are_told)
{
	static const uint8_t accept[] = { RULE_ACCEPT, 0 };
	static const enum rule_type types[] = { RULE_TEE, RULE_WATCH,
						RULE_REDIRECT, RULE_FRAME_SIZE,
						RULE_INTEGER_RANGE };
	uint8_t blob[2 + RULE_WIRE_MAX] = { RULE_ACCEPT, 0 };
	size_t i, len;

	CHECK(!tl_rules_look_at_size(tl_bytes(NULL, 0)));
	CHECK(!tl_rules_look_at_size(TL_BYTES_OF(accept)));
	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		len = tl_rule_value_len(types[i]);
		blob[2] = (uint8_t)(types[i] | RULE_NOT | RULE_OR);
		blob[3] = (uint8_t)len;
		CHECK(tl_rules_look_at_size(tl_bytes(blob, 4 + len)));
		CHECK(!tl_rules_look_at_size(tl_bytes(blob, 2)));
	}
}

TEST(rules_failure_leaves_the_count_alone)
{
	struct rule rules[4];
	size_t n = 77;

	CHECK_EQ(parse(rules, 4, &n, "\1\0\x25", 3), -EINVAL);
	CHECK_EQ(n, 77);
}

TEST(rules_every_value_survives_both_ways)
{
	uint8_t blob[(RULE_TYPE_MASK + 1) * RULE_WIRE_MAX];
	uint8_t again[sizeof(blob)];
	struct writer w = tl_writer(TL_BUFFER_OF(blob));
	struct writer v = tl_writer(TL_BUFFER_OF(again));
	struct rule rules[RULE_TYPE_MASK + 1];
	unsigned int type;
	size_t n;
	size_t i;

	for (type = 0; type <= RULE_TYPE_MASK; type++) {
		size_t len = tl_rule_value_len((enum rule_type)type);

		tl_write_u8(&w, (uint8_t)(type | RULE_NOT));
		tl_write_u8(&w, (uint8_t)len);
		for (i = 0; i < len; i++)
			tl_write_u8(&w, (uint8_t)(type * 7 + i * 13 + 1));
	}
	CHECK(tl_writer_ok(&w));
	CHECK_EQ(tl_rules_parse(rules, RULE_TYPE_MASK + 1, &n,
				tl_writer_bytes(&w)),
		 0);
	CHECK_EQ(n, RULE_TYPE_MASK + 1);
	CHECK_EQ(tl_rules_build(&v, rules, n), 0);
	CHECK(tl_bytes_equal(tl_writer_bytes(&w), tl_writer_bytes(&v)));
}

TEST(rules_that_do_not_fit_are_not_built)
{
	struct rule rules[2] = { { .t = RULE_ACCEPT }, { .t = RULE_RANDOM } };
	uint8_t room[7];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	CHECK_EQ(tl_rules_build(&w, rules, 2), -EMSGSIZE);
	w = tl_writer(TL_BUFFER_OF(room));
	CHECK_EQ(tl_rules_build(&w, rules, 1), 0);
	CHECK_EQ(w.n, 2);
}

TEST(rules_are_compared_by_what_is_written)
{
	struct rule a = { .t = RULE_ETHERTYPE, .v.ethertype = 1 };
	struct rule b;

	memset(&b, 0xee, sizeof(b));
	b.t = RULE_ETHERTYPE;
	b.v.ethertype = 1;
	CHECK(tl_rule_equal(&a, &b));
	b.t |= RULE_OR;
	CHECK(!tl_rule_equal(&a, &b));
	b.t = RULE_ETHERTYPE;
	b.v.ethertype = 2;
	CHECK(!tl_rule_equal(&a, &b));
}
