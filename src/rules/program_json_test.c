/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/program_json.h"

#include <errno.h>

#include "base/alloc.h"
#include "controller/json.h"
#include "harness.h"
#include "rules/print.h"

static struct rule_error err;

static struct rule_program *read_text(const char *text)
{
	struct rule_program *p = NULL;

	if (tl_program_read(&p, &err, tl_bytes_from_str(text)))
		FAIL("%s: %s", text, err.text);
	return p;
}

static void check_json(const char *text, const char *want)
{
	struct rule_program *p = read_text(text);
	json_t *json = tl_program_to_json(p);
	char *got;

	CHECK(json);
	got = tl_json_print(json);
	CHECK_STR(got, want);
	tl_free(got);
	json_decref(json);
	tl_program_free(p);
}

TEST(program_json_is_what_controllers_take)
{
	check_json("drop not vlan 5; tag t id 7 enum 1 a flag 4 b default a;"
		   " tag u id 8; cap c id 9 default break; ;",
		   "{\"capabilities\":[{\"default\":true,\"id\":9,\"rules\":"
		   "[{\"type\":\"ACTION_BREAK\"}]}],\"capabilitiesByName\":"
		   "{\"c\":9},\"rules\":[{\"not\":true,\"or\":false,\"type\":"
		   "\"MATCH_VLAN_ID\",\"vlanId\":5},{\"type\":\"ACTION_DROP\"}"
		   "],\"tags\":[{\"default\":1,\"id\":7},{\"default\":null,"
		   "\"id\":8}],\"tagsByName\":{\"t\":{\"default\":1,\"enums\":"
		   "{\"a\":1},\"flags\":{\"b\":16},\"id\":7},\"u\":{"
		   "\"default\":null,\"enums\":{},\"flags\":{},\"id\":8}}}");
	check_json("", "{\"capabilities\":[],\"capabilitiesByName\":{},"
		       "\"rules\":[],\"tags\":[],\"tagsByName\":{}}");
}

TEST(program_json_is_read_again)
{
	struct rule_program *p = read_text(
		" {\"rules\":[{\"type\":\"MATCH_TAG_SENDER\",\"id\":7,"
		"\"value\":1},{\"type\":\"ACTION_DROP\"}],\"tags\":[{\"id\":7,"
		"\"default\":3},{\"id\":8}],\"capabilities\":[{\"id\":9,"
		"\"default\":true,\"rules\":[{\"type\":\"ACTION_ACCEPT\"}]}],"
		"\"tagsByName\":{\"t\":{\"id\":7},\"u\":8},"
		"\"capabilitiesByName\":{\"c\":9}}");
	char text[200];

	CHECK_EQ(p->base.n, 2);
	CHECK_EQ(p->base.lines[0], 0);
	CHECK_EQ(p->n_tags, 2);
	CHECK_STR(p->tags[0].name, "t");
	CHECK_EQ(p->tags[0].default_value, 3);
	CHECK_STR(p->tags[1].name, "u");
	CHECK(!p->tags[1].has_default);
	CHECK_STR(p->caps[0].name, "c");
	CHECK(p->caps[0].is_default);
	CHECK_EQ(p->caps[0].rules.n, 1);
	CHECK_STR(tl_rules_print(text, sizeof(text), p, &p->base, 0),
		  "drop tseq t 1");
	tl_program_free(p);
	p = read_text("[{\"type\":\"ACTION_DROP\"}]");
	CHECK_EQ(p->base.n, 1);
	tl_program_free(p);
	p = read_text("\xef\xbb\xbf[{\"type\":\"ACTION_DROP\"}]");
	CHECK_EQ(p->base.n, 1);
	tl_program_free(p);
	p = read_text("\xef\xbb\xbf"
		      "drop;");
	CHECK_EQ(p->base.n, 1);
	tl_program_free(p);
}

TEST(program_json_says_what_is_wrong)
{
	static const char *const pairs[][2] = {
		{ "{", "begins as JSON" },
		{ "{}", "rules" },
		{ "[{\"type\":\"FOO\"}]", "rules[0]: \"type\" of \"FOO\"" },
		{ "{\"rules\":[],\"tags\":[{}]}", "tags[0]: no id" },
		{ "{\"rules\":[],\"tags\":[{\"id\":-1}]}", "tags[0]: no id" },
		{ "{\"rules\":[],\"capabilities\":[{\"rules\":[]}]}",
		  "capabilities[0]: no id" },
		{ "{\"rules\":[],\"capabilities\":[{\"id\":1,\"rules\":[7]}]}",
		  "rules of a capability[0]" },
		{ "drop vlan", "wants NUMBER" },
	};
	struct rule_program *p;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(pairs); i++) {
		CHECK_EQ(tl_program_read(&p, &err,
					 tl_bytes_from_str(pairs[i][0])),
			 -EINVAL);
		if (!strstr(err.text, pairs[i][1]))
			FAIL("%s: %s", pairs[i][0], err.text);
	}
}

/* What is printed compiles to the same again. */
TEST(print_is_the_language)
{
	static const char *const texts[] = {
		"drop ztsrc 1122334455 and ztdest 1122334456;",
		"drop not vlan 1 or vlanpcp 2 or not vlandei 1;",
		"drop macsrc 02:00:00:00:00:01 and macdest 02:00:00:00:00:02;",
		"drop ipsrc 10.0.0.0/8 and ipdest 10.1.0.0/16;",
		"drop ipsrc fd00::/8 and ipdest fd00:1::/32;",
		"drop iptos 255 1-2 and ipprotocol tcp and ipprotocol 99;",
		"drop ethertype ipv4 or ethertype 4660;",
		"drop icmp 8 -1 or icmp 3 4;",
		"drop sport 1-2 and dport 80 and framesize 0-100;",
		"drop chr tcp_syn,50,inbound;",
		"accept tdiff 1 2 and tand 1 2 and tor 1 2 and txor 1 2;",
		"break teq 1 2 and tseq 1 2 and treq 1 2;",
		"tee 64 1122334455 vlan 1;",
		"watch 0 1122334455;",
		"redirect 1122334455;",
		"accept random 0;",
	};
	size_t i;
	size_t k;

	for (i = 0; i < TL_ARRAY_SIZE(texts); i++) {
		struct rule_program *p = read_text(texts[i]);
		struct rule_program *again;
		char text[400];

		tl_rules_print(text, sizeof(text) - 1, p, &p->base, 0);
		if (strncmp(text, texts[i], strlen(text)) != 0)
			FAIL("%s is printed as %s", texts[i], text);
		strncat(text, ";", 2);
		again = read_text(text);
		CHECK_EQ(again->base.n, p->base.n);
		for (k = 0; k < p->base.n; k++)
			CHECK(tl_rule_equal(&p->base.at[k],
					    &again->base.at[k]));
		tl_program_free(again);
		tl_program_free(p);
	}
}

TEST(print_has_something_for_every_type)
{
	struct rule_program *p = read_text("");
	char text[RULE_TEXT_SIZE];
	unsigned int type;

	for (type = 0; type <= RULE_TYPE_MASK; type++) {
		struct rule rule = { .t = (uint8_t)type };

		CHECK(strlen(tl_rule_print(text, p, &rule)) > 2);
	}
	tl_program_free(p);
}

TEST(print_is_cut_where_there_is_no_room)
{
	struct rule_program *p =
		read_text("drop vlan 1 and vlan 2 and vlan 3 and vlan 4;");
	char text[20];

	CHECK_STR(tl_rules_print(text, sizeof(text), p, &p->base, 2),
		  "drop vlan 1 and ...");
	tl_program_free(p);
}
