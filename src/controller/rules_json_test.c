/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/rules_json.h"

#include <errno.h>

#include "harness.h"

static struct rules_json_error err;

static int from_text(struct rule *out, size_t max, size_t *n, const char *text)
{
	json_t *array = json_loads(text, 0, NULL);
	int ret;

	CHECK(array);
	ret = tl_rules_from_json(out, max, n, array, &err);
	json_decref(array);
	return ret;
}

/* The one rule of a text that must be taken. */
static struct rule taken(const char *text)
{
	struct rule rule;
	size_t n;

	CHECK_EQ(from_text(&rule, 1, &n, text), 0);
	CHECK_EQ(n, 1);
	return rule;
}

static const char *refused(const char *text)
{
	struct rule rules[4];
	size_t n;

	CHECK_EQ(from_text(rules, 4, &n, text), -EINVAL);
	return err.field;
}

TEST(rules_json_numbers_are_taken_leniently)
{
	CHECK_EQ(
		taken("[{\"type\":\"MATCH_ETHERTYPE\",\"etherType\":\"2048\"}]")
			.v.ethertype,
		2048);
	CHECK_EQ(taken("[{\"type\":\"MATCH_ETHERTYPE\",\"etherType\":2048.0}]")
			 .v.ethertype,
		 2048);
	CHECK_EQ(taken("[{\"type\":\"MATCH_ETHERTYPE\"}]").v.ethertype, 0);
	CHECK_EQ(taken("[{\"type\":\"MATCH_VLAN_DEI\",\"vlanDei\":true}]")
			 .v.vlan_dei,
		 1);
	CHECK_EQ(taken("[{\"type\":\"ACTION_TEE\",\"address\":\"1122334455\","
		       "\"length\":-1}]")
			 .v.copy.len,
		 65535);
	CHECK_EQ(
		taken("[{\"type\":\"MATCH_TAGS_EQUAL\",\"id\":1,\"value\":-1}]")
			.v.tag.value,
		UINT32_MAX);
	CHECK_EQ(taken("[{\"type\":\"ACTION_DROP\",\"not\":\"true\",\"or\":1}]")
			 .t,
		 RULE_DROP | RULE_NOT | RULE_OR);
}

TEST(rules_json_integer_range_by_both_names)
{
	struct rule a = taken("[{\"type\":\"INTEGER_RANGE\",\"start\":\"ff\","
			      "\"end\":256,\"idx\":3,\"bits\":64,"
			      "\"little\":true}]");
	struct rule b =
		taken("[{\"type\":\"MATCH_INTEGER_RANGE\",\"start\":255,"
		      "\"end\":\"0100\",\"idx\":3,\"bits\":64,"
		      "\"little\":1}]");

	CHECK(tl_rule_equal(&a, &b));
	CHECK_EQ(a.v.integer.start, 255);
	CHECK_EQ(a.v.integer.end, 256);
	CHECK_EQ(a.v.integer.format, RULE_INTEGER_LITTLE | 63);
	CHECK_STR(refused("[{\"type\":\"INTEGER_RANGE\",\"bits\":0}]"), "bits");
	CHECK_STR(refused("[{\"type\":\"INTEGER_RANGE\",\"bits\":65}]"),
		  "bits");
}

TEST(rules_json_ranges_do_not_end_before_they_begin)
{
	struct rule r = taken("[{\"type\":\"MATCH_IP_DEST_PORT_RANGE\","
			      "\"start\":80,\"end\":80}]");

	CHECK_EQ(r.v.range.end, 80);
	CHECK_STR(refused("[{\"type\":\"MATCH_IP_DEST_PORT_RANGE\","
			  "\"start\":81,\"end\":80}]"),
		  "end");
	CHECK_STR(refused("[{\"type\":\"MATCH_FRAME_SIZE_RANGE\","
			  "\"start\":2,\"end\":1}]"),
		  "end");
	CHECK_STR(refused("[{\"type\":\"MATCH_IP_TOS\",\"mask\":255,"
			  "\"start\":2,\"end\":1}]"),
		  "end");
	CHECK_STR(refused("[{\"type\":\"INTEGER_RANGE\",\"bits\":8,"
			  "\"start\":\"ff\",\"end\":\"fe\"}]"),
		  "end");
	CHECK_STR(refused("[{\"type\":\"MATCH_ETHERTYPE\","
			  "\"etherType\":2048.5}]"),
		  "etherType");
}

TEST(rules_json_names_what_is_wrong)
{
	CHECK_STR(refused("[{\"type\":\"ACTION_DROP\"},{\"type\":\"FOO\"}]"),
		  "type");
	CHECK_EQ(err.index, 1);
	CHECK_STR(err.type, "FOO");
	CHECK_STR(refused("[7]"), "type");
	CHECK_STR(err.type, "");
	CHECK_STR(refused("[{\"type\":9}]"), "type");
	CHECK_STR(refused("{}"), "rules");
	CHECK_STR(refused("[{\"type\":\"MATCH_MAC_SOURCE\",\"mac\":\"0\"}]"),
		  "mac");
	CHECK_STR(err.type, "MATCH_MAC_SOURCE");
	CHECK_STR(refused("[{\"type\":\"MATCH_SOURCE_ZEROTIER_ADDRESS\"}]"),
		  "zt");
	CHECK_STR(refused("[{\"type\":\"ACTION_REDIRECT\",\"address\":5}]"),
		  "address");
	CHECK_STR(refused("[{\"type\":\"MATCH_IPV4_DEST\",\"ip\":\"::1/8\"}]"),
		  "ip");
	CHECK_STR(
		refused("[{\"type\":\"MATCH_IPV6_DEST\",\"ip\":\"1.2.3.4\"}]"),
		"ip");
	CHECK_STR(refused("[{\"type\":\"MATCH_IP_PROTOCOL\","
			  "\"ipProtocol\":256}]"),
		  "ipProtocol");
	CHECK_STR(refused("[{\"type\":\"MATCH_IP_TOS\",\"mask\":-1}]"), "mask");
	CHECK_STR(refused("[{\"type\":\"MATCH_ETHERTYPE\","
			  "\"etherType\":\"0x800\"}]"),
		  "etherType");
	CHECK_STR(refused("[{\"type\":\"MATCH_CHARACTERISTICS\","
			  "\"mask\":\"xyz\"}]"),
		  "mask");
	CHECK_STR(refused("[{\"type\":\"MATCH_RANDOM\","
			  "\"probability\":4294967296}]"),
		  "probability");
}

TEST(rules_json_strange_type_is_printable)
{
	refused("[{\"type\":\"\\u0007\\u00e9AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]");
	CHECK_EQ(strlen(err.type), RULES_JSON_TYPE_SIZE - 1);
	CHECK_EQ(err.type[0], '?');
	CHECK_EQ(err.type[1], '?');
	CHECK_EQ(err.type[3], 'A');
}

TEST(rules_json_too_many_are_refused)
{
	struct rule rules[2];
	size_t n;

	CHECK_EQ(from_text(rules, 2, &n,
			   "[{\"type\":\"ACTION_DROP\"},"
			   "{\"type\":\"ACTION_DROP\"},"
			   "{\"type\":\"ACTION_DROP\"}]"),
		 -E2BIG);
}

TEST(rules_json_every_type_survives_both_ways)
{
	struct rule in[RULE_TYPE_MASK + 1];
	struct rule out[RULE_TYPE_MASK + 1];
	json_t *array;
	size_t count = 0;
	unsigned int t;
	size_t n;
	size_t i;

	for (t = 0; t <= RULE_TYPE_MASK; t++) {
		struct rule rule = { .t = (uint8_t)t };

		if (t > RULE_PRIORITY &&
		    (t < RULE_ZT_SOURCE || t > RULE_INTEGER_RANGE))
			continue;
		if (t >= RULE_ZT_SOURCE)
			rule.t |= t & 1 ? RULE_NOT : RULE_OR;
		if (t == RULE_INTEGER_RANGE)
			rule.v.integer.end = UINT64_MAX;
		in[count++] = rule;
	}
	array = tl_rules_to_json(in, count);
	CHECK(array);
	CHECK_EQ(tl_rules_from_json(out, count, &n, array, &err), 0);
	CHECK_EQ(n, count);
	for (i = 0; i < n; i++)
		CHECK(tl_rule_equal(&in[i], &out[i]));
	json_decref(array);
}
