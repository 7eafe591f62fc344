/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/explain.h"

#include "harness.h"

static struct rule_probe probe;
static struct explanation x;
static struct rule_error err;
static struct rule_word words[64];

static struct rule_program *program(const char *text)
{
	struct rule_program *p = NULL;

	if (tl_program_compile(&p, &err, tl_bytes_from_str(text)))
		FAIL("%u:%u: %s", err.line, err.column, err.text);
	return p;
}

/* Split at blanks, as a shell would. */
static size_t split(char *text)
{
	char *save = NULL;
	char *part = strtok_r(text, " ", &save);
	size_t n = 0;

	for (; part; part = strtok_r(NULL, " ", &save))
		words[n++] = (struct rule_word){
			.text = tl_bytes_from_str(part),
		};
	return n;
}

static int read_probe(const struct rule_program *p, const char *packet)
{
	static char copy[400];

	snprintf(copy, sizeof(copy), "%s", packet);
	return tl_probe_read(&probe, p, words, split(copy), &err);
}

/* "who: verdict: reason" of the last step. */
static const char *told(const struct rule_program *p, const char *packet)
{
	static char out[600];
	char reason[EXPLAIN_REASON_SIZE];
	const struct explain_step *s;

	if (read_probe(p, packet))
		FAIL("%s", err.text);
	tl_explain(&x, p, &probe);
	s = &x.steps[x.n_steps - 1];
	snprintf(out, sizeof(out), "%s: %s: %s", tl_explain_who(s),
		 tl_explain_verdict(&s->result),
		 tl_explain_reason(reason, p, s));
	return out;
}

static const char rules[] =
	"drop not ethertype ipv4 and not ethertype arp and not ethertype "
	"ipv6;\n"
	"tag dep id 1000 enum 100 sales enum 200 tech default sales;\n"
	"accept ipprotocol tcp and dport 139 or dport 445 and tdiff dep 0;\n"
	"drop chr inbound and tseq dep tech;\n"
	"tee 40 deadbeef00 ipprotocol udp;\n"
	"redirect 1234567890 dport 7;\n"
	"accept dport 53;\n"
	"break chr tcp_syn and not chr tcp_ack;\n"
	"cap admin id 1000 accept dport 22; ;\n"
	"cap all id 2000 accept; ;\n"
	"accept chr tcp_ack;\n";

TEST(explain_names_the_rule_and_its_line)
{
	struct rule_program *p = program(rules);

	CHECK_STR(told(p, "--ethertype ipx_a"),
		  "sender: dropped: line 1: drop not ethertype ipv4 and not "
		  "ethertype arp and not ethertype ipv6");
	CHECK_STR(told(p, "--dport 139"),
		  "receiver: accepted: line 3: accept ipprotocol tcp and "
		  "dport 139 or dport 445 and tdiff dep 0");
	CHECK_STR(told(p, "--ip-proto udp --dport 53"),
		  "receiver: accepted: line 7: accept dport 53");
	CHECK_EQ(x.steps[0].result.n_copies, 1);
	CHECK_EQ(x.steps[0].result.copies[0].len, 36);
	CHECK_STR(told(p, "--dport 7"),
		  "sender: redirected to 1234567890: line 6: redirect "
		  "1234567890 dport 7");
	tl_program_free(p);
}

TEST(explain_says_who_drops_it)
{
	struct rule_program *p = program(rules);

	CHECK_STR(told(p, "--src-tag dep=tech --dport 80"),
		  "sender: dropped: no rule and no capability of the sender "
		  "accepts it, and what nobody accepts is dropped");
	CHECK_STR(told(p, "--src-tag dep=tech --dport 53"),
		  "receiver: dropped: line 4: drop chr inbound and tseq dep "
		  "tech");
	CHECK_EQ(x.n_steps, 2);
	CHECK_EQ(x.verdict, FILTER_DROP);
	tl_program_free(p);
}

TEST(explain_asks_capabilities_of_the_sender)
{
	struct rule_program *p = program(rules);

	CHECK_STR(told(p, "--dport 22 --tcp-flags syn"),
		  "sender: dropped: line 8: break chr tcp_syn and not chr "
		  "tcp_ack; and no capability of the sender accepts it");
	CHECK_STR(told(p, "--dport 22 --tcp-flags syn --cap admin"),
		  "receiver: accepted: capability admin, id 1000, line 9: "
		  "accept dport 22");
	CHECK_STR(told(p, "--dport 23 --tcp-flags syn --cap admin --cap 2000"),
		  "receiver: accepted: capability all, id 2000, line 10: "
		  "accept");
	CHECK_STR(told(p, "--dport 23 --tcp-flags syn,ack"),
		  "receiver: accepted: line 11: accept chr tcp_ack");
	tl_program_free(p);
}

TEST(explain_tells_which_match_was_missing)
{
	struct rule_program *p = program(rules);
	char text[EXPLAIN_REASON_SIZE];
	size_t at = 0;

	told(p, "--dport 445 --dst-tag dep=tech");
	CHECK(tl_explain_near(text, &at, p, &x.steps[0]));
	CHECK_STR(text, "line 3: accept ipprotocol tcp and dport 139 or dport "
			"445 and tdiff dep 0 - but not: tdiff dep 0");
	CHECK(tl_explain_near(text, &at, p, &x.steps[0]));
	CHECK_STR(text, "line 7: accept dport 53 - but not: dport 53");
	CHECK(tl_explain_near(text, &at, p, &x.steps[0]));
	CHECK(!tl_explain_near(text, &at, p, &x.steps[0]));
	tl_program_free(p);
}

TEST(explain_asks_twice_about_multicast)
{
	struct rule_program *p = program("tee 0 1122334455 chr broadcast;\n"
					 "drop ztdest 2222222222;\naccept;");

	CHECK_STR(told(p, "--mac-dst ff:ff:ff:ff:ff:ff"),
		  "sender: dropped: line 2: drop ztdest 2222222222");
	CHECK_EQ(x.n_steps, 2);
	CHECK_EQ(x.steps[0].who, EXPLAIN_SENDER_FOR_ALL);
	CHECK_EQ(x.steps[0].result.n_copies, 1);
	CHECK_EQ(x.steps[1].result.n_copies, 0);
	told(p, "--mac-dst ff:ff:ff:ff:ff:ff --zt-dst 3333333333");
	CHECK_EQ(x.n_steps, 3);
	CHECK_EQ(x.verdict, FILTER_ACCEPT);
	tl_program_free(p);
}

TEST(explain_lets_no_vlan_reach_the_receiver)
{
	struct rule_program *p = program("accept vlan 9;");

	CHECK_STR(told(p, "--vlan 9"),
		  "receiver: dropped: no rule and no capability of the sender "
		  "accepts it, and what nobody accepts is dropped");
	tl_program_free(p);
	p = program("accept vlan 9 or vlan 0;");
	told(p, "--vlan 9");
	CHECK_EQ(x.n_steps, 2);
	CHECK_EQ(x.verdict, FILTER_ACCEPT);
	tl_program_free(p);
}

TEST(explain_says_when_rules_are_none)
{
	struct rule_program *p = program("");

	CHECK_STR(told(p, ""),
		  "sender: dropped: no rule and no capability of the sender "
		  "accepts it, and what nobody accepts is dropped");
	tl_program_free(p);
}

/* Is the one match true for the packet? */
static bool matches(const char *match, const char *packet)
{
	char text[200];
	struct rule_program *p;

	snprintf(text, sizeof(text), "tag t id 5 flag 1 b; accept %s;", match);
	p = program(text);
	if (read_probe(p, packet))
		FAIL("%s: %s", packet, err.text);
	tl_explain(&x, p, &probe);
	tl_program_free(p);
	/* Tags of VLANs are the sender's alone. */
	if (strncmp(match, "vlan", 4) == 0)
		return x.steps[0].result.verdict != FILTER_DROP;
	return x.verdict != FILTER_DROP;
}

TEST(probe_options_make_what_matches_look_at)
{
	static const char *const pairs[][2] = {
		{ "ethertype 0x1234", "--ethertype 0x1234" },
		{ "ethertype ipv4", "--dst 10.0.0.1" },
		{ "ethertype ipv6", "--dst fd00::1" },
		{ "ethertype ipv6", "--ip-proto icmp6" },
		{ "ethertype ipv6", "--ethertype ipv6 --dport=5" },
		{ "macsrc 02:00:00:00:00:09", "--mac-src 02:00:00:00:00:09" },
		{ "macdest 02:00:00:00:00:09", "--mac-dst 02:00:00:00:00:09" },
		{ "vlan 9", "--vlan 9" },
		{ "framesize 77", "--size 77" },
		{ "framesize 77", "--size 77 --dport 5" },
		{ "ipsrc 10.1.2.3/32", "--src 10.1.2.3" },
		{ "ipdest 10.1.2.3/32", "--dst 10.1.2.3" },
		{ "ipsrc fd00::1/128", "--src fd00::1" },
		{ "ipdest fd00::1/128", "--dst fd00::1" },
		{ "ipprotocol 99", "--ip-proto 99" },
		{ "ipprotocol tcp", "--sport 1" },
		{ "ipprotocol tcp", "--dst fd00::1 --tcp-flags syn" },
		{ "ipprotocol icmp", "--icmp 8" },
		{ "ipprotocol icmp6", "--icmp 128 --src fd00::1" },
		{ "iptos 255 7", "--tos 7" },
		{ "iptos 255 0xab", "--tos 0xab --src fd00::1" },
		{ "sport 5000", "--sport 5000" },
		{ "dport 5000", "--dport 5000 --ip-proto udp" },
		{ "dport 5000", "--dport 5000 --src fd00::1" },
		{ "icmp 8 -1", "--icmp 8" },
		{ "icmp 3 4", "--icmp 3/4" },
		{ "icmp 128 0", "--icmp 128 --src fd00::1" },
		{ "chr tcp_syn", "--tcp-flags syn" },
		{ "chr tcp_ack", "--tcp-flags tcp_syn,tcp_ack" },
		{ "chr tcp_rs0", "--tcp-flags rs0 --src fd00::1" },
		{ "ztsrc 1234567890", "--zt-src 1234567890" },
		{ "ztdest 1234567890", "--zt-dst 1234567890" },
		{ "tseq t 1", "--src-tag t=1 --dst-tag 5=3" },
		{ "treq t b", "--dst-tag t=b --src-tag t=0" },
		{ "chr ipauth", "--src 10.0.0.1 --ipauth" },
		{ "chr ipauth", "--src fd00::1 --ipauth" },
		{ "chr ipauth", "--ethertype arp --src 10.0.0.1 --ipauth" },
		{ "chr macauth", "--macauth" },
		{ "random 0.5", "--random 0.4" },
		{ "not random 0.5", "--random 0.6" },
		{ "ethertype 0x9999",
		  "--frame 0200000000020200000000019999abcd" },
		{ "framesize 2", "--frame 0200000000020200000000019999abcd" },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(pairs); i++) {
		if (!matches(pairs[i][0], pairs[i][1]))
			FAIL("no \"%s\" for \"%s\"", pairs[i][0], pairs[i][1]);
		if (strcmp(pairs[i][1], "--macauth") != 0 &&
		    strncmp(pairs[i][0], "not", 3) != 0 &&
		    strcmp(pairs[i][0], "random 0.5") != 0 &&
		    matches(pairs[i][0], "--ethertype 1"))
			FAIL("\"%s\" is always true", pairs[i][0]);
	}
	CHECK(!matches("chr ipauth", "--src 10.0.0.1"));
	CHECK(!matches("chr macauth", ""));
	CHECK(!matches("random 0.5", "--random 0.6"));
}

TEST(probe_takes_defaults_and_takes_them_away)
{
	struct rule_program *p =
		program("tag a id 9 default 3; tag b id 3 default 4;"
			" cap c id 1 default accept dport 1; ;");

	CHECK_EQ(read_probe(p, "--src-tag b=none --dst-tag 5=1"), 0);
	CHECK_EQ(probe.sender.side.n_tags, 1);
	CHECK_EQ(probe.sender.tags[0].id, 9);
	CHECK_EQ(probe.receiver.side.n_tags, 3);
	CHECK_EQ(probe.receiver.tags[0].id, 3);
	CHECK_EQ(probe.receiver.tags[1].id, 5);
	CHECK_EQ(probe.receiver.tags[2].value, 3);
	CHECK_EQ(probe.sender.side.n_capabilities, 1);
	CHECK_EQ(read_probe(p, "--cap c --cap 1"), 0);
	CHECK_EQ(probe.sender.side.n_capabilities, 1);
	tl_program_free(p);
}

TEST(probe_says_what_is_wrong)
{
	static const char *const pairs[][2] = {
		{ "--nosuch 1", "no option \"--nosuch\"" },
		{ "dport 1", "no option \"dport\"" },
		{ "--dport", "--dport wants a port" },
		{ "--dport x", "--dport \"x\": a port is wanted" },
		{ "--dport 65536", "a port" },
		{ "--ipauth=1", "has no value" },
		{ "--ethertype ipv5", "a name such as ipv6" },
		{ "--ip-proto 256", "a name such as tcp" },
		{ "--src 10.0.0", "an IP address" },
		{ "--tcp-flags syn,foo", "syn, ack" },
		{ "--tcp-flags multicast", "syn, ack" },
		{ "--icmp 8/256", "TYPE/CODE" },
		{ "--tos 256", "0 to 255" },
		{ "--size 10001", "up to 10000" },
		{ "--mac-src 1", "a MAC address" },
		{ "--zt-src 1", "ten digits" },
		{ "--frame 123", "hexadecimal" },
		{ "--frame 1234", "14 to 10014 bytes" },
		{ "--frame 0200000000020200000000019999abcx", "hexadecimal" },
		{ "--src-tag t=1", "TAG=VALUE" },
		{ "--src-tag 1", "TAG=VALUE" },
		{ "--cap c", "a capability of the rules" },
		{ "--random 2", "0.0 to 1.0" },
		{ "--random nan", "0.0 to 1.0" },
		{ "--src 10.0.0.1 --dst fd00::1", "different IP versions" },
		{ "--ethertype ipv6 --src 10.0.0.1", "does not fit" },
		{ "--ethertype 1 --dport 5", "does not fit" },
		{ "--dport 5 --size 19", "less than the header" },
	};
	struct rule_program *p = program("");
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(pairs); i++) {
		if (read_probe(p, pairs[i][0]) == 0)
			FAIL("it was taken: %s", pairs[i][0]);
		if (!strstr(err.text, pairs[i][1]))
			FAIL("%s: %s", pairs[i][0], err.text);
	}
	tl_program_free(p);
}
