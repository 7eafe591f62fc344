/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "harness.h"
#include "rules/program.h"

static struct rule_error err;

static struct rule_program *compiled(const char *text)
{
	struct rule_program *p = NULL;
	int ret = tl_program_compile(&p, &err, tl_bytes_from_str(text));

	if (ret)
		FAIL("%s: %u:%u: %s", text, err.line, err.column, err.text);
	return p;
}

static void check_blob(const struct program_rules *rules, const char *want)
{
	static uint8_t raw[RULES_MAX * RULE_WIRE_MAX];
	static char text[2 * sizeof(raw) + 1];
	struct writer w = tl_writer(TL_BUFFER_OF(raw));

	CHECK_EQ(tl_rules_build(&w, rules->at, rules->n), 0);
	CHECK_STR(tl_hex_encode(text, tl_writer_bytes(&w)), want);
}

static void check_rules(const char *text, const char *want)
{
	struct rule_program *p = compiled(text);

	check_blob(&p->base, want);
	CHECK_EQ(p->n_warnings, 0);
	tl_program_free(p);
}

/* The place of the failure, and a part of what is said. */
static void check_error(const char *text, uint32_t line, uint32_t column,
			const char *part)
{
	struct rule_program *p;

	if (tl_program_compile(&p, &err, tl_bytes_from_str(text)) != -EINVAL)
		FAIL("it was taken: %s", text);
	if (err.line != line || err.column != column || !strstr(err.text, part))
		FAIL("%s: %u:%u: %s", text, err.line, err.column, err.text);
}

static void check_warning(const char *text, uint32_t line, const char *part)
{
	struct rule_program *p = compiled(text);

	CHECK_EQ(p->n_warnings, 1);
	CHECK_EQ(p->warnings[0].line, line);
	CHECK(strstr(p->warnings[0].text, part));
	tl_program_free(p);
}

/* vl2.md 12.6 */
TEST(rules_example_of_the_specification)
{
	struct rule_program *p = compiled(
		"drop not ethertype ipv4 and not ethertype arp and not "
		"ethertype ipv6;\n"
		"tag department id 1000 enum 100 sales enum 200 engineering "
		"default 0;\n"
		"accept ipprotocol tcp and dport 139 or dport 445 and tdiff "
		"department 0;\n"
		"break chr tcp_syn and not chr tcp_ack;\n"
		"cap superuser id 1000 accept; ;\n"
		"accept;\n");

	check_blob(&p->base, "a5020800a5020806a50286dd0000"
			     "2401062804008b008b680401bd01bd"
			     "2c08000003e8000000000100"
			     "29080000000000000002a90800000000000000100500"
			     "0100");
	CHECK_EQ(p->n_caps, 1);
	CHECK_EQ(p->caps[0].id, 1000);
	CHECK(!p->caps[0].is_default);
	check_blob(&p->caps[0].rules, "0100");
	CHECK_EQ(p->n_tags, 1);
	CHECK_STR(p->tags[0].name, "department");
	CHECK_EQ(p->tags[0].id, 1000);
	CHECK(p->tags[0].has_default);
	CHECK_EQ(p->tags[0].n_values, 2);
	CHECK_EQ(p->base.lines[0], 1);
	CHECK_EQ(p->base.columns[0], 10);
	CHECK_EQ(p->base.lines[p->base.n - 1], 6);
	tl_program_free(p);
}

TEST(rules_each_action)
{
	check_rules("drop; accept; break;", "000001000500");
	check_rules("redirect 1122334455 vlan 1;",
		    "1a020001040e0000001122334455000000000000");
	check_rules("tee 64 1122334455;", "020e0000001122334455000000000040");
	check_rules("tee -1 1122334455;", "020e0000001122334455000000000000");
	check_rules("watch 0 1122334455;", "030e0000001122334455000000000000");
	check_error("tee", 1, 1, "wants a length and an address");
	check_error("tee 5;", 1, 1, "wants an address");
	check_error("tee 65536 1122334455;", 1, 5, "no length");
	check_error("tee -2 1122334455;", 1, 5, "no length");
	check_error("watch 5 112233445;", 1, 9, "no address");
	check_error("redirect;", 1, 1, "wants an address");
	check_error("priority 1 vlan 2;", 1, 1, "write accept");
}

TEST(rules_each_match)
{
	check_rules("drop ztsrc 1122334455;", "180511223344550000");
	check_rules("drop ztdest 11:22:33:44:55;", "190511223344550000");
	check_rules("drop vlan 5;", "1a0200050000");
	check_rules("drop vlanpcp 5;", "1b01050000");
	check_rules("drop vlandei 1;", "1c01010000");
	check_rules("drop macsrc 02:00:00:00:00:01;", "1d060200000000010000");
	check_rules("drop macdest 0200.0000.0001;", "1e060200000000010000");
	check_rules("drop ipsrc 10.0.0.0/8;", "1f050a000000080000");
	check_rules("drop ipdest 10.1.2.3/32;", "20050a010203200000");
	check_rules("drop ipsrc fd00::/8;",
		    "2111fd000000000000000000000000000000080000");
	check_rules("drop ipdest ::1/128;",
		    "221100000000000000000000000000000001800000");
	check_rules("drop iptos 0xfc 8-16;", "2303fc08100000");
	check_rules("drop ipprotocol udp;", "2401110000");
	check_rules("drop ipprotocol 0x2f;", "24012f0000");
	check_rules("drop ethertype arp;", "250208060000");
	check_rules("drop ethertype 0x1234;", "250212340000");
	check_rules("drop icmp 8 0;", "26030800010000");
	check_rules("drop icmp 8 -1;", "26030800000000");
	check_rules("drop sport 53;", "2704003500350000");
	check_rules("drop dport 1000-2000;", "280403e807d00000");
	check_rules("drop framesize 0-100;", "2a04000000640000");
	check_rules("drop random 0.5;", "2b047fffffff0000");
	check_rules("drop random 1;", "2b04ffffffff0000");
	check_rules("drop random .25;", "2b043fffffff0000");
	check_rules("drop tdiff 5 6;", "2c0800000005000000060000");
	check_rules("drop tand 5 6;", "2d0800000005000000060000");
	check_rules("drop tor 5 6;", "2e0800000005000000060000");
	check_rules("drop txor 5 6;", "2f0800000005000000060000");
	check_rules("drop teq 5 6;", "300800000005000000060000");
	check_rules("drop tseq 5 6;", "310800000005000000060000");
	check_rules("drop treq 5 4294967295;", "320800000005ffffffff0000");
}

/* The reference loses bits here (vl2.md 12.4). */
TEST(rules_characteristics_are_a_true_or)
{
	check_rules("drop chr inbound,tcp_fin;", "290880000000000000010000");
	check_rules("drop chr inbound,multicast,31,32;",
		    "2908c0000001800000000000");
	check_rules("drop chr 63;", "290880000000000000000000");
	check_error("drop chr tcp_syn,;", 1, 10, "chr \"tcp_syn,\"");
	check_error("drop chr 64;", 1, 10, "number of a bit");
}

TEST(rules_wrong_arguments_are_named_with_their_place)
{
	check_error("drop ztsrc 112233445;", 1, 12, "ten hexadecimal digits");
	check_error("drop ztsrc 11223344556;", 1, 12, "ten hexadecimal digits");
	check_error("drop macsrc 1;", 1, 13, "MAC address");
	check_error("drop ipsrc 10.0.0.1;", 1, 12, "10.0.0.0/8");
	check_error("drop ipsrc 10.0.0.1/33;", 1, 12, "0 to 32");
	check_error("drop ipsrc fd00::/129;", 1, 12, "0 to 128");
	check_error("drop ipsrc x/8;", 1, 12, "fd00::/8");
	check_error("drop ethertype ipv5;", 1, 16, "ipv4, arp");
	check_error("drop ethertype 65536;", 1, 16, "65535");
	check_error("drop ipprotocol 256;", 1, 17, "255");
	check_error("drop iptos 256 1;", 1, 12, "mask");
	check_error("drop iptos 255 5-4;", 1, 16, "START-END");
	check_error("drop icmp 256 0;", 1, 11, "type");
	check_error("drop icmp 8 256;", 1, 13, "code");
	check_error("drop icmp 8 -;", 1, 13, "code");
	check_error("drop dport 80-79;", 1, 12, "smaller one first");
	check_error("drop dport 65536;", 1, 12, "65535");
	check_error("drop dport 1-2-3;", 1, 12, "65535");
	check_error("drop dport -5;", 1, 12, "65535");
	check_error("drop vlan x;", 1, 11, "0 to 65535");
	check_error("drop vlanpcp 256;", 1, 14, "0 to 255");
	check_error("drop random 1.1;", 1, 13, "0.0 to 1.0");
	check_error("drop random .;", 1, 13, "0.0 to 1.0");
	check_error("drop random 1e3;", 1, 13, "0.0 to 1.0");
	check_error("drop tseq nosuch 1;", 1, 11, "there is no tag");
	check_error("drop tseq 1 x;", 1, 13, "a number");
	check_error("drop\n\n  dport;", 3, 3, "wants START[-END]");
	check_error("drop icmp 8;", 1, 6, "wants TYPE CODE");
}

TEST(rules_not_and_or_belong_to_the_next_match)
{
	check_rules("drop not vlan 1 or not vlan 2 and vlan 3;",
		    "9a020001da0200021a0200030000");
	check_rules("drop not or not vlan 1;", "da0200010000");
	check_rules("drop vlan 1 vlan 2;", "1a0200011a0200020000");
	check_error("drop vlan 1 and;", 1, 13, "missing behind \"and\"");
	check_error("drop not;", 1, 6, "missing behind \"not\"");
	check_error("drop or", 1, 6, "missing behind \"or\"");
	check_error("drop vlan 1 2;", 1, 13, "no match");
	check_error("drop ethertyp ipv4;", 1, 6, "was \"ethertype\" meant");
}

TEST(rules_bare_action_ends_with_its_semicolon)
{
	check_rules("accept; drop vlan 1;", "01001a0200010000");
	check_rules("accept ; ; ; drop", "01000000");
	check_rules("accept", "0100");
	check_rules("", "");
	check_rules(";", "");
	check_rules("# only a comment", "");
}

TEST(rules_missing_semicolon_is_found)
{
	check_error("drop vlan 1\naccept;", 2, 1,
		    "the rule \"drop\" of line 1");
	check_error("drop\ninclude x", 2, 1, "no ; yet");
	check_error("foo;", 1, 1, "begins no rule");
	check_error("acept;", 1, 1, "was \"accept\" meant");
	check_error("DROP;", 1, 1, "was \"drop\" meant");
	check_error("drop vlan 1; and vlan 2;", 1, 14, "begins no rule");
}

TEST(rules_macros_are_put_in)
{
	check_rules("macro m drop vlan 1; accept vlan 2; ; include m",
		    "1a02000100001a0200020100");
	check_rules("include m include m macro m drop; ;", "00000000");
	check_rules("macro m($a,$B) drop dport $a and vlan $b; ;\n"
		    "include m(80-81,3);",
		    "28040050"
		    "0051"
		    "1a0200030000");
	check_rules("macro m($a) drop vlan $a; ; include m(1,2,3)",
		    "1a0200010000");
	check_rules("macro m() drop; ; include m();", "0000");
	check_rules("macro empty; include empty;", "");
	/* Through another one, and in what actions take. */
	check_rules("macro a($x) include b($x); ; macro b($y) "
		    "tee $y 1122334455 vlan $y; ; include a(7);",
		    "1a020007020e0000001122334455000000000007");
	check_rules("macro a($x) include b($x) ; macro b($y) drop vlan $y; ; "
		    "include a(7)",
		    "1a0200070000");
}

TEST(rules_macros_are_refused)
{
	check_error("include m", 1, 9, "there is no macro \"m\"");
	check_error("include", 1, 1, "name of a macro is missing");
	check_error("include;", 1, 1, "name of a macro is missing");
	check_error("macro", 1, 1, "name of the macro is missing");
	check_error("macro 1m drop; ;", 1, 7, "no name for a macro");
	check_error("macro drop drop; ;", 1, 7, "word of the language");
	check_error("macro m drop; ; macro M drop; ;", 1, 23, "already");
	check_error("macro m($a drop; ;", 1, 7, "no )");
	check_error("macro m($a, $b) drop; ;", 1, 7, "no )");
	check_error("macro m(a) drop; ;", 1, 7, "no parameter");
	check_error("macro m($) drop; ;", 1, 7, "no parameter");
	check_error("macro m($a,$b) drop; ; include m(1)", 1, 32,
		    "wants 2 arguments: ($a,$b)");
	check_error("macro m($a) drop vlan $a; ;\ninclude m(x)", 1, 23,
		    "(included in line 2)");
	check_error("macro m($a) drop vlan $b; ;\ninclude m(1)", 1, 23,
		    "\"$b\"");
	check_error("drop vlan $a;", 1, 11, "\"$a\"");
	check_error("macro m include m; ; include m", 1, 17, "include itself");
	check_error("macro m drop vlan 1;\ntag t id 1;", 2, 1,
		    "within the macro \"m\" of line 1");
}

/* Many inclusions of nothing take no more than a moment. */
TEST(rules_macros_cannot_explode)
{
	char text[4000] = "macro m0 ; ";
	int i;
	int k;

	for (i = 1; i < 15; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "macro m%d ", i);
		for (k = 0; k < 10; k++) {
			n = strlen(text);
			snprintf(text + n, sizeof(text) - n, "include m%d ",
				 i - 1);
		}
		strncat(text, "; ", sizeof(text) - strlen(text) - 1);
	}
	strncat(text, "include m14", sizeof(text) - strlen(text) - 1);
	check_error(text, 1, 29, "too deeply or too often");
}

TEST(rules_tags_have_values)
{
	struct rule_program *p = compiled(
		"drop tseq Dep sales and treq dep both or tand dep 9;\n"
		"tag dep id 7 enum 1 Sales flag 0 a flag 3,a both "
		"flag 31 high default a;\n"
		"tag other id 0x10;");

	check_blob(&p->base, "310800000007000000013208000000070000000"
			     "96d0800000007000000090000");
	CHECK_EQ(p->n_tags, 2);
	CHECK_EQ(p->tags[0].n_values, 4);
	CHECK_STR(p->tags[0].values[0].name, "Sales");
	CHECK_EQ(p->tags[0].values[3].value, 0x80000000);
	CHECK(p->tags[0].has_default);
	CHECK_EQ(p->tags[0].default_value, 1);
	CHECK_EQ(p->tags[1].id, 16);
	CHECK(!p->tags[1].has_default);
	CHECK(tl_program_tag(p, tl_bytes_from_str("OTHER")) == &p->tags[1]);
	CHECK(tl_program_tag(p, tl_bytes_from_str("7")) == &p->tags[0]);
	CHECK(!tl_program_tag(p, tl_bytes_from_str("8")));
	tl_program_free(p);
}

TEST(rules_tags_are_refused)
{
	check_error("tag", 1, 1, "name of the tag is missing");
	check_error("tag t;", 1, 5, "has no id");
	check_error("tag t id;", 1, 7, "number of the id is missing");
	check_error("tag t id x;", 1, 10, "no number");
	check_error("tag t id 4294967296;", 1, 10, "no number");
	check_error("tag t id 1 id 2;", 1, 12, "an id already");
	check_error("tag t id 1; tag T id 2;", 1, 17, "already");
	check_error("tag t id 1 enum 5;", 1, 17, "name of an enum");
	check_error("tag t id 1 enum x y;", 1, 17, "number of an enum");
	check_error("tag t id 1 flag 32 x;", 1, 17, "0 to 31");
	check_error("tag t id 1 flag nosuch x;", 1, 17, "flags defined before");
	check_error("tag t id 1 default;", 1, 12, "default value is missing");
	check_error("tag t id 1 foo;", 1, 12, "means nothing in a tag");
	check_error("tag t id 1\ndrop;", 2, 1, "within the tag");
	check_error("tag accept id 1;", 1, 5, "word of the language");
}

TEST(rules_capabilities_have_rules)
{
	struct rule_program *p = compiled(
		"cap Admin id 5 default accept dport 22; drop; ;\n"
		"macro m accept; ; cap x include m; id 6 ; cap y id 7; "
		"accept;");

	CHECK_EQ(p->n_caps, 3);
	CHECK_STR(p->caps[0].name, "admin");
	CHECK(p->caps[0].is_default);
	check_blob(&p->caps[0].rules, "28040016001601000000");
	check_blob(&p->caps[1].rules, "0100");
	CHECK_EQ(p->caps[1].id, 6);
	CHECK_EQ(p->caps[2].rules.n, 0);
	check_blob(&p->base, "0100");
	CHECK(tl_program_cap(p, tl_bytes_from_str("ADMIN")) == &p->caps[0]);
	CHECK(tl_program_cap(p, tl_bytes_from_str("6")) == &p->caps[1]);
	CHECK(!tl_program_cap(p, tl_bytes_from_str("z")));
	tl_program_free(p);
}

TEST(rules_capabilities_are_refused)
{
	check_error("cap", 1, 1, "name of the capability is missing");
	check_error("cap c accept; ;", 1, 5, "has no id");
	check_error("cap c;", 1, 5, "has no id");
	check_error("cap c id 1; cap c id 2;", 1, 17, "already");
	check_error("cap c id 1; cap d id 1;", 1, 17, "same id");
	check_error("cap c id 1 id 2;", 1, 12, "an id already");
	check_error("cap c id 1 accept vlan 1;\ntag t id 1;", 2, 1,
		    "within the capability \"c\" of line 1");
	check_error("cap c id 1 foo;", 1, 12, "begins no rule");
}

/* As the reference has it: the ; of a bare action is the block's, too. */
TEST(rules_bare_action_closes_a_block_before_a_definition)
{
	struct rule_program *p =
		compiled("cap c id 1 accept;\ntag t id 1;\nmacro m accept;\n"
			 "cap d id 2 drop; ; include m");

	CHECK_EQ(p->n_caps, 2);
	CHECK_EQ(p->caps[0].rules.n, 1);
	CHECK_EQ(p->n_tags, 1);
	check_blob(&p->base, "0100");
	tl_program_free(p);
}

TEST(rules_include_closes_a_block_before_a_definition)
{
	struct rule_program *p = compiled(
		"macro x accept; ;\nmacro m drop vlan 1; include x;\n"
		"tag t id 1;\ncap c id 1 include x;\nmacro n include x\n"
		"include m; cap d id 2 include x ; include n");

	CHECK_EQ(p->n_tags, 1);
	CHECK_EQ(p->n_caps, 2);
	check_blob(&p->caps[0].rules, "0100");
	check_blob(&p->caps[1].rules, "0100");
	/* n: x and m, which has x in it again */
	CHECK_EQ(p->base.n, 4);
	tl_program_free(p);
	check_error("macro x accept; ; macro m include x macro n drop; ;", 1,
		    37, "which has no ;");
}

TEST(rules_are_not_more_than_members_take)
{
	static char text[RULES_TEXT_MAX];
	struct rule_program *p;
	size_t i;

	for (i = 0; i < 65; i++)
		memcpy(text + 6 * i, "drop; ", 7);
	memmove(text + 11, text, strlen(text) + 1);
	memcpy(text, "cap c id 1 ", 11);
	check_error(text, 1, 12 + 6 * 64, "more than 64");
	for (i = 0; i < 1024; i++)
		memcpy(text + 6 * i, "drop; ", 7);
	p = compiled(text);
	CHECK_EQ(p->base.n, 1024);
	tl_program_free(p);
	memcpy(text + 6 * i, "drop", 5);
	check_error(text, 1, 1 + 6 * 1024, "more than 1024");
}

TEST(rules_more_tags_than_members_hold_are_refused)
{
	static char text[20000];
	size_t i;

	for (i = 0; i < 129; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "tag t%zu id %zu;\n", i,
			 i);
	}
	check_error(text, 129, 5, "at most 128 tags");
}

TEST(rules_warnings_tell_what_is_hardly_meant)
{
	check_warning("drop ipsrc fd00::1/8;", 1, "write fd00::/8");
	check_warning("\ncap c id 1 accept;\naccept;", 2, "no ; of its own");
	check_warning("macro m drop vlan 1;", 1, "no ; of its own");
	check_warning("tag t id 1; tag u id 1;", 1, "same id");
	check_warning("tag t id 1\ndefault nosuch;", 2, "the default is 0");
}

TEST(rules_text_that_is_too_long_is_refused)
{
	static char text[RULES_TEXT_MAX + 2];

	memset(text, ' ', sizeof(text) - 1);
	check_error(text, 0, 0, "more than");
}

TEST(rules_names_are_utf8_and_short)
{
	char text[200] = "tag ";

	tl_program_free(compiled("tag \xc3\xa4pfel id 1 enum 1 gr\xc3\xbc"
				 "n; drop tseq \xc3\xa4pfel 1;"));
	check_error("tag \xff id 1;", 1, 5, "no name");
	check_error("tag t id 1 enum 1 \xff;", 1, 19, "UTF-8");
	memset(text + 4, 'a', 64);
	memcpy(text + 68, " id 1;", 7);
	check_error(text, 1, 5, "at most 63");
}

TEST(rules_survive_any_allocation_failing)
{
	const char *text = "tag t id 1 enum 1 a; cap c id 1 accept; ; "
			   "macro m drop; ; include m";
	struct rule_program *p = NULL;
	int ret = -ENOMEM;
	int n;

	for (n = 0; ret == -ENOMEM; n++) {
		tl_alloc_fail_after(n);
		ret = tl_program_compile(&p, &err, tl_bytes_from_str(text));
		CHECK(n < 50);
	}
	tl_alloc_fail_after(-1);
	CHECK_EQ(ret, 0);
	CHECK(n > 10);
	tl_program_free(p);
}
