/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/expect.h"

#include <errno.h>

#include "harness.h"

static const char rules[] = "drop not ethertype ipv4;\n"
			    "tee 0 deadbeef00 ipprotocol udp;\n"
			    "watch 0 deadbeef01 ipprotocol sctp;\n"
			    "redirect 1234567890 dport 7;\n"
			    "drop chr inbound and dport 9;\n"
			    "accept not dport 1;\n";

static struct rule_error why;

/* The outcome of the first line. */
static enum expect_outcome outcome_of(const char *line)
{
	struct rule_program *p;
	struct expectations e;
	enum expect_outcome out;
	int err;

	CHECK_EQ(tl_program_compile(&p, &why, tl_bytes_from_str(rules)), 0);
	CHECK_EQ(tl_expect_init(&e, tl_bytes_from_str(line)), 0);
	err = tl_expect_next(&e, &out, p, &why);
	if (err)
		FAIL("%s: %s", line, why.text);
	tl_expect_fini(&e);
	tl_program_free(p);
	return out;
}

static void check_fails(const char *line, const char *part)
{
	CHECK_EQ(outcome_of(line), EXPECT_FAILED);
	if (!strstr(why.text, part))
		FAIL("%s: %s", line, why.text);
}

TEST(expect_verdicts_are_met)
{
	CHECK_EQ(outcome_of(""), EXPECT_END);
	CHECK_EQ(outcome_of("# nothing"), EXPECT_END);
	CHECK_EQ(outcome_of("accept --dport 5"), EXPECT_MET);
	CHECK_EQ(outcome_of("drop --ethertype arp"), EXPECT_MET);
	CHECK_EQ(outcome_of("drop --dport 1"), EXPECT_MET);
	CHECK_EQ(outcome_of("drop --at sender --dport 1"), EXPECT_MET);
	CHECK_EQ(outcome_of("drop --at receiver --dport 9"), EXPECT_MET);
	CHECK_EQ(outcome_of("redirect 1234567890 --dport 7"), EXPECT_MET);
	CHECK_EQ(outcome_of("tee deadbeef00 --ip-proto udp"), EXPECT_MET);
	CHECK_EQ(outcome_of("watch deadbeef01 --ip-proto sctp"), EXPECT_MET);
}

TEST(expect_failures_say_what_happened)
{
	check_fails("drop --dport 5",
		    "accepted by the receiver: line 6: accept not dport 1");
	check_fails("accept --ethertype arp",
		    "dropped by the sender: line 1: drop not ethertype ipv4");
	check_fails("drop --at receiver --dport 1", "by the sender");
	check_fails("drop --at sender --dport 9", "by the receiver");
	check_fails("drop --dport 7", "redirected to 1234567890");
	check_fails("accept --dport 7", "redirected");
	check_fails("redirect 1234567891 --dport 7", "to 1234567890");
	check_fails("redirect 1234567890 --dport 5", "accepted");
	check_fails("tee deadbeef00 --dport 5", "no such copy");
	check_fails("tee deadbeef01 --ip-proto sctp", "no such copy");
	check_fails("watch deadbeef00 --ip-proto udp", "no such copy");
	check_fails("tee deadbeef00 --ip-proto udp --dport 1", "dropped");
}

TEST(expect_lines_are_counted)
{
	struct rule_program *p;
	struct expectations e;
	enum expect_outcome out;

	CHECK_EQ(tl_program_compile(&p, &why, tl_bytes_from_str(rules)), 0);
	CHECK_EQ(tl_expect_init(&e, tl_bytes_from_str("accept --dport 5\n\n"
						      "# no\n"
						      " drop --dport 5 # x\n"
						      "drop --dport 1")),
		 0);
	CHECK_EQ(tl_expect_next(&e, &out, p, &why), 0);
	CHECK_EQ(out, EXPECT_MET);
	CHECK_EQ(tl_expect_next(&e, &out, p, &why), 0);
	CHECK_EQ(out, EXPECT_FAILED);
	CHECK_EQ(why.line, 4);
	CHECK_EQ(tl_expect_next(&e, &out, p, &why), 0);
	CHECK_EQ(out, EXPECT_MET);
	CHECK_EQ(tl_expect_next(&e, &out, p, &why), 0);
	CHECK_EQ(out, EXPECT_END);
	tl_expect_fini(&e);
	tl_program_free(p);
}

TEST(expect_nonsense_is_refused_with_its_line)
{
	static const char *const pairs[][2] = {
		{ "\nallow --dport 1", "no verdict" },
		{ "\ntee", "ten digits" },
		{ "\nredirect x", "ten digits" },
		{ "\ndrop --at nobody", "sender or receiver" },
		{ "\ndrop --at", "sender or receiver" },
		{ "\naccept --dport x", "a port" },
		{ "\naccept --dport", "a port" },
		{ "\naccept --src 10.0.0.1 --dst ::1", "IP versions" },
	};
	struct rule_program *p;
	struct expectations e;
	enum expect_outcome out;
	size_t i;

	CHECK_EQ(tl_program_compile(&p, &why, tl_bytes_from_str(rules)), 0);
	for (i = 0; i < TL_ARRAY_SIZE(pairs); i++) {
		CHECK_EQ(tl_expect_init(&e, tl_bytes_from_str(pairs[i][0])), 0);
		CHECK_EQ(tl_expect_next(&e, &out, p, &why), -EINVAL);
		CHECK_EQ(why.line, 2);
		if (!strstr(why.text, pairs[i][1]))
			FAIL("%s: %s", pairs[i][0], why.text);
		tl_expect_fini(&e);
	}
	tl_program_free(p);
}
