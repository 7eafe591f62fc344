/* SPDX-License-Identifier: Apache-2.0 */
/* Every match and every action by itself, in both directions. */
#include "harness.h"
#include "vl2/filter.h"
#include "vl2/filter_match.h"

#define ME 0x1111111111u
#define PEER 0x2222222222u
#define THIRD 0x3333333333u

/* Hop-by-hop options in front of UDP 5000 -> 53, 16 bytes of it. */
static const uint8_t ip6_udp[] = {
	0x6a, 0xb0, 0, 0,  0, 24, 0, 64, /* traffic class 0xab, hop-by-hop */
	0x20, 1,    0, 0,  0, 0,  0, 0,	 0, 0, 0, 0, 0, 0, 0, 1, /* from */
	0x20, 1,    0, 0,  0, 0,  0, 0,	 0, 0, 0, 0, 0, 0, 0, 2, /* to */
	17,   0,    0, 0,  0, 0,  0, 0, /* options */
	0x13, 0x88, 0, 53, 0, 16, 0, 0,	 1, 2, 3, 4, 5, 6, 7, 8,
};

/* TCP 40000 -> 80 with SYN. */
static const uint8_t ip4_tcp[] = {
	0x45, 0x28, 0,	  40, 0, 0, 0,	0, 64, 6,
	0,    0,    10,	  1,  2, 3, 10, 9, 8,  7, /* IPv4 */
	0x9c, 0x40, 0,	  80, 0, 0, 0,	1, 0,  0,
	0,    0,    0x50, 2,  1, 0, 0,	0, 0,  0,
};

static const uint8_t ip4_icmp[] = {
	0x45, 0, 0,  28, 0, 0, 0,  0, 64, 1,
	0,    0, 10, 1,	 2, 3, 10, 9, 8,  7, /* IPv4 */
	8,    0, 0,  0,	 0, 1, 0,  2,
};

static const uint8_t no_ip[50] = { 1 };

enum subject {
	IP6_UDP,
	IP4_TCP,
	IP4_ICMP,
	NO_IP
};

static struct filter_frame frame_of(enum subject subject)
{
	static const struct {
		uint16_t ethertype;
		struct bytes payload;
	} subjects[] = {
		[IP6_UDP] = { 0x86dd, { ip6_udp, sizeof(ip6_udp) } },
		[IP4_TCP] = { 0x0800, { ip4_tcp, sizeof(ip4_tcp) } },
		[IP4_ICMP] = { 0x0800, { ip4_icmp, sizeof(ip4_icmp) } },
		[NO_IP] = { 0x1234, { no_ip, sizeof(no_ip) } },
	};

	return (struct filter_frame){
		.source = { { 2, 0, 0, 0, 0, 1 } },
		.dest = { { 0x33, 0x33, 0, 0, 0, 2 } },
		.ethertype = subjects[subject].ethertype,
		.vlan_id = 7,
		.payload = subjects[subject].payload,
	};
}

static uint32_t half(void *ctx)
{
	(void)ctx;
	return 0x80000000;
}

static const struct filter_tag our_tags[] = { { 5, 12 }, { 6, 1 } };
static const struct filter_tag their_tags[] = { { 5, 10 }, { 7, 3 } };
static const struct filter_thing our_things[] = {
	{ FILTER_THING_IPV4, { 10, 1, 2, 3 } },
	{ FILTER_THING_MAC, { 2, 0, 0, 0, 0, 1 } },
};
static const struct filter_side them = { .tags = their_tags, .n_tags = 2 };

static struct filter_policy policy_of(const struct rule *rules, size_t n)
{
	return (struct filter_policy){
		.own = { ME },
		.rules = { .at = rules, .n = n },
		.side = { .tags = our_tags,
			  .n_tags = 2,
			  .owned = our_things,
			  .n_owned = 2 },
		.random = half,
	};
}

static struct filter_result ask(const struct rule *rules, size_t n,
				enum subject subject, bool inbound)
{
	struct filter_policy p = policy_of(rules, n);
	struct filter_frame f = frame_of(subject);
	struct filter_result r;

	if (inbound)
		tl_filter_inbound(&r, &p, &f, (struct address){ PEER }, &them);
	else
		tl_filter_outbound(&r, &p, &f, (struct address){ PEER }, &them,
				   false);
	return r;
}

/* Is the match true? Asked by an ACCEPT behind it. */
static bool is_true(struct rule match, uint8_t flags, enum subject subject,
		    bool inbound)
{
	struct rule rules[] = { match, { .t = RULE_ACCEPT } };

	rules[0].t |= flags;
	return ask(rules, 2, subject, inbound).verdict == FILTER_ACCEPT;
}

/* What a match says of a frame: N and Y are turned round by NOT. */
#define N 0
#define Y 1
#define HARD_N 2
#define HARD_Y 3

#define M(type_, field, ...)                                                   \
	{                                                                      \
		.t = (type_), .v.field = __VA_ARGS__                           \
	}
#define NET(type_, bits_, ...)                                                 \
	{                                                                      \
		.t = (type_), .v.net = {                                       \
			.ip = { __VA_ARGS__ },                                 \
			.bits = (bits_)                                        \
		}                                                              \
	}

static const struct expectation {
	struct rule rule;
	enum subject subject;
	uint8_t out;
	uint8_t in;
} expectations[] = {
	{ M(RULE_ZT_SOURCE, zt, { ME }), NO_IP, Y, N },
	{ M(RULE_ZT_SOURCE, zt, { PEER }), NO_IP, N, Y },
	{ M(RULE_ZT_DEST, zt, { ME }), NO_IP, N, Y },
	{ M(RULE_ZT_DEST, zt, { PEER }), NO_IP, Y, N },
	{ M(RULE_VLAN_ID, vlan_id, 7), NO_IP, Y, Y },
	{ M(RULE_VLAN_ID, vlan_id, 8), NO_IP, N, N },
	{ M(RULE_VLAN_PCP, vlan_pcp, 0), NO_IP, Y, Y },
	{ M(RULE_VLAN_PCP, vlan_pcp, 1), NO_IP, N, N },
	{ M(RULE_VLAN_DEI, vlan_dei, 0), NO_IP, Y, Y },
	{ M(RULE_VLAN_DEI, vlan_dei, 1), NO_IP, N, N },
	{ M(RULE_MAC_SOURCE, mac, { { 2, 0, 0, 0, 0, 1 } }), NO_IP, Y, Y },
	{ M(RULE_MAC_SOURCE, mac, { { 2, 0, 0, 0, 0, 2 } }), NO_IP, N, N },
	{ M(RULE_MAC_DEST, mac, { { 0x33, 0x33, 0, 0, 0, 2 } }), NO_IP, Y, Y },
	{ M(RULE_MAC_DEST, mac, { { 2, 0, 0, 0, 0, 1 } }), NO_IP, N, N },
	/* Host bits of the rule count for IPv6 only. */
	{ NET(RULE_IPV4_SOURCE, 16, 10, 1, 99, 99), IP4_TCP, Y, Y },
	{ NET(RULE_IPV4_SOURCE, 17, 10, 1, 128, 0), IP4_TCP, N, N },
	{ NET(RULE_IPV4_SOURCE, 0, 1, 2, 3, 4), IP4_TCP, Y, Y },
	{ NET(RULE_IPV4_SOURCE, 0), IP6_UDP, HARD_N, HARD_N },
	{ NET(RULE_IPV4_DEST, 32, 10, 9, 8, 7), IP4_TCP, Y, Y },
	{ NET(RULE_IPV4_DEST, 32, 10, 9, 8, 6), IP4_TCP, N, N },
	{ NET(RULE_IPV4_DEST, 0), NO_IP, HARD_N, HARD_N },
	{ NET(RULE_IPV6_SOURCE, 16, 0x20, 1), IP6_UDP, Y, Y },
	{ NET(RULE_IPV6_SOURCE, 16, 0x20, 1, 1), IP6_UDP, N, N },
	{ NET(RULE_IPV6_SOURCE, 0), IP4_TCP, HARD_N, HARD_N },
	{ NET(RULE_IPV6_DEST, 128, 0x20, 1, [15] = 2), IP6_UDP, Y, Y },
	{ NET(RULE_IPV6_DEST, 128, 0x20, 1, [15] = 3), IP6_UDP, N, N },
	{ NET(RULE_IPV6_DEST, 0), NO_IP, HARD_N, HARD_N },
	{ M(RULE_IP_TOS, tos, { 0xff, 0x28, 0x28 }), IP4_TCP, Y, Y },
	{ M(RULE_IP_TOS, tos, { 0xf0, 0x20, 0x20 }), IP4_TCP, Y, Y },
	{ M(RULE_IP_TOS, tos, { 0xff, 0, 0x27 }), IP4_TCP, N, N },
	{ M(RULE_IP_TOS, tos, { 0xff, 0xab, 0xab }), IP6_UDP, Y, Y },
	{ M(RULE_IP_TOS, tos, { 0xff, 0, 0xff }), NO_IP, HARD_N, HARD_N },
	{ M(RULE_IP_PROTOCOL, ip_protocol, 6), IP4_TCP, Y, Y },
	{ M(RULE_IP_PROTOCOL, ip_protocol, 17), IP6_UDP, Y, Y },
	{ M(RULE_IP_PROTOCOL, ip_protocol, 0), IP6_UDP, N, N },
	{ M(RULE_IP_PROTOCOL, ip_protocol, 0), NO_IP, HARD_N, HARD_N },
	{ M(RULE_ETHERTYPE, ethertype, 0x1234), NO_IP, Y, Y },
	{ M(RULE_ETHERTYPE, ethertype, 0x0800), NO_IP, N, N },
	{ M(RULE_ICMP, icmp, { 8 }), IP4_ICMP, HARD_Y, HARD_Y },
	{ M(RULE_ICMP, icmp, { 8, 0, 1 }), IP4_ICMP, Y, Y },
	{ M(RULE_ICMP, icmp, { 8, 1, 1 }), IP4_ICMP, N, N },
	{ M(RULE_ICMP, icmp, { 9 }), IP4_ICMP, HARD_N, HARD_N },
	{ M(RULE_ICMP, icmp, { 0 }), IP6_UDP, HARD_N, HARD_N },
	{ M(RULE_SOURCE_PORT, range, { 5000, 5000 }), IP6_UDP, Y, Y },
	{ M(RULE_SOURCE_PORT, range, { 5001, 9000 }), IP6_UDP, N, N },
	{ M(RULE_SOURCE_PORT, range, { 40000, 40000 }), IP4_TCP, Y, Y },
	{ M(RULE_SOURCE_PORT, range, { 0, 65535 }), IP4_ICMP, N, N },
	{ M(RULE_DEST_PORT, range, { 53, 53 }), IP6_UDP, Y, Y },
	{ M(RULE_DEST_PORT, range, { 80, 81 }), IP4_TCP, Y, Y },
	{ M(RULE_DEST_PORT, range, { 0, 79 }), IP4_TCP, N, N },
	{ M(RULE_DEST_PORT, range, { 0, 65535 }), NO_IP, HARD_N, HARD_N },
	{ M(RULE_CHARACTERISTICS, characteristics, 1ull << 63), NO_IP, N, Y },
	{ M(RULE_CHARACTERISTICS, characteristics, 1ull << 62), NO_IP, Y, Y },
	{ M(RULE_CHARACTERISTICS, characteristics, 1ull << 61), NO_IP, N, N },
	{ M(RULE_CHARACTERISTICS, characteristics, 1ull << 60), IP4_TCP, Y, N },
	{ M(RULE_CHARACTERISTICS, characteristics, 1ull << 59), NO_IP, Y, N },
	{ M(RULE_CHARACTERISTICS, characteristics, 2), IP4_TCP, Y, Y },
	{ M(RULE_CHARACTERISTICS, characteristics, 0x12), IP4_TCP, Y, Y },
	{ M(RULE_CHARACTERISTICS, characteristics, 0xffd), IP4_TCP, N, N },
	{ M(RULE_CHARACTERISTICS, characteristics, 0xfff), IP6_UDP, N, N },
	{ M(RULE_FRAME_SIZE, range, { 50, 50 }), NO_IP, Y, Y },
	{ M(RULE_FRAME_SIZE, range, { 51, 60 }), NO_IP, N, N },
	{ M(RULE_FRAME_SIZE, range, { 0, 49 }), NO_IP, N, N },
	{ M(RULE_RANDOM, probability, 0x80000000), NO_IP, Y, Y },
	{ M(RULE_RANDOM, probability, 0x7fffffff), NO_IP, N, N },
	/* 12 here, 10 there. */
	{ M(RULE_TAGS_DIFFERENCE, tag, { 5, 2 }), NO_IP, Y, Y },
	{ M(RULE_TAGS_DIFFERENCE, tag, { 5, 1 }), NO_IP, N, N },
	{ M(RULE_TAGS_AND, tag, { 5, 8 }), NO_IP, Y, Y },
	{ M(RULE_TAGS_AND, tag, { 5, 10 }), NO_IP, N, N },
	{ M(RULE_TAGS_OR, tag, { 5, 14 }), NO_IP, Y, Y },
	{ M(RULE_TAGS_OR, tag, { 5, 12 }), NO_IP, N, N },
	{ M(RULE_TAGS_XOR, tag, { 5, 6 }), NO_IP, Y, Y },
	{ M(RULE_TAGS_XOR, tag, { 5, 8 }), NO_IP, N, N },
	{ M(RULE_TAGS_EQUAL, tag, { 5, 12 }), NO_IP, N, N },
	{ M(RULE_TAG_SENDER, tag, { 5, 12 }), NO_IP, Y, N },
	{ M(RULE_TAG_SENDER, tag, { 5, 10 }), NO_IP, N, Y },
	{ M(RULE_TAG_RECEIVER, tag, { 5, 12 }), NO_IP, N, Y },
	{ M(RULE_TAG_RECEIVER, tag, { 5, 10 }), NO_IP, Y, N },
	/* Only we have 6, only they have 7. */
	{ M(RULE_TAGS_AND, tag, { 6, 9 }), NO_IP, HARD_Y, HARD_N },
	{ M(RULE_TAGS_AND, tag, { 7, 3 }), NO_IP, HARD_N, HARD_N },
	{ M(RULE_TAG_SENDER, tag, { 7, 3 }), NO_IP, HARD_N, Y },
	{ M(RULE_TAG_SENDER, tag, { 6, 1 }), NO_IP, Y, HARD_N },
	{ M(RULE_TAG_RECEIVER, tag, { 6, 9 }), NO_IP, HARD_Y, N },
	{ M(RULE_TAG_RECEIVER, tag, { 7, 3 }), NO_IP, Y, HARD_N },
	{ M(RULE_INTEGER_RANGE, integer, { 24, 24, 0, 15 }), IP6_UDP, N, N },
	{ M(RULE_INTEGER_RANGE, integer, { 53, 53, 44, 15 }), IP6_UDP, Y, Y },
	{ M(RULE_INTEGER_RANGE, integer, { 53, 60, 50, 15 | 128 }), IP6_UDP, N,
	  N },
	{ M(RULE_INTEGER_RANGE, integer, { 13568, 13568, 50, 15 | 128 }),
	  IP6_UDP, Y, Y },
	{ { .t = 16 }, NO_IP, N, N },
	{ { .t = 63 }, NO_IP, N, N },
};

static void check(const struct expectation *x, size_t row, bool inbound)
{
	uint8_t want = inbound ? x->in : x->out;
	bool plain = is_true(x->rule, 0, x->subject, inbound);
	bool inverse = is_true(x->rule, RULE_NOT, x->subject, inbound);

	if (plain != (want == Y || want == HARD_Y) ||
	    inverse != (want == N || want == HARD_Y))
		FAIL("row %zu, type %d, %s: it says %d, and with NOT %d", row,
		     tl_rule_type(&x->rule), inbound ? "inbound" : "outbound",
		     plain, inverse);
}

TEST(filter_each_match_says_yes_and_no)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(expectations); i++) {
		check(&expectations[i], i, false);
		check(&expectations[i], i, true);
	}
}

TEST(filter_each_match_is_in_the_table)
{
	unsigned int seen[RULE_TYPE_MASK + 1] = { 0 };
	unsigned int type;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(expectations); i++)
		seen[tl_rule_type(&expectations[i].rule)]++;
	for (type = RULE_ZT_SOURCE; type <= RULE_INTEGER_RANGE; type++)
		CHECK(seen[type] > 0);
}

TEST(filter_unsupported_match_is_true_if_the_network_says_so)
{
	struct rule rules[] = { { .t = 16 }, { .t = RULE_ACCEPT } };
	struct filter_policy p = policy_of(rules, 2);
	struct filter_frame f = frame_of(NO_IP);
	struct filter_result r;

	p.flags = FILTER_FLAG_UNSUPPORTED_MATCHES;
	tl_filter_inbound(&r, &p, &f, (struct address){ PEER }, &them);
	CHECK_EQ(r.verdict, FILTER_ACCEPT);
	rules[0].t |= RULE_NOT;
	tl_filter_inbound(&r, &p, &f, (struct address){ PEER }, &them);
	CHECK_EQ(r.verdict, FILTER_DROP);
}

static bool combined(uint8_t a, uint8_t b, uint8_t c)
{
	struct rule rules[] = {
		{ .t = RULE_ETHERTYPE | (a & 0xc0), .v.ethertype = 0x1234 },
		{ .t = RULE_ETHERTYPE | (b & 0xc0), .v.ethertype = 0x1234 },
		{ .t = RULE_ETHERTYPE | (c & 0xc0), .v.ethertype = 0x1234 },
		{ .t = RULE_ACCEPT },
	};

	return ask(rules, 4, NO_IP, false).verdict == FILTER_ACCEPT;
}

TEST(filter_matches_combine_from_left_to_right)
{
	const uint8_t yes = 0;
	const uint8_t no = RULE_NOT;
	const uint8_t or = RULE_OR;

	CHECK(combined(yes, yes, yes));
	CHECK(!combined(yes, no, yes));
	CHECK(!combined(yes, yes, no));
	/* (no and yes) or yes; (yes or no) and no */
	CHECK(combined(no, yes, or | yes));
	CHECK(!combined(no, yes, or | no));
	CHECK(!combined(yes, or | no, no));
	CHECK(combined(no, or | yes, yes));
	/* What is or-ed to the beginning, which is true, does not matter. */
	CHECK(combined(or | no, yes, yes));
}

static const struct rule never = { .t = RULE_ETHERTYPE, .v.ethertype = 1 };

static struct rule copy_to(enum rule_type type, uint64_t to, uint16_t len)
{
	return (struct rule){ .t = (uint8_t)type,
			      .v.copy = { .address = to, .len = len } };
}

TEST(filter_actions_that_end_it)
{
	static const struct {
		uint8_t action;
		enum filter_verdict verdict;
	} ends[] = {
		{ RULE_DROP, FILTER_DROP },
		{ RULE_ACCEPT, FILTER_ACCEPT },
		{ RULE_BREAK, FILTER_DROP },
		{ RULE_PRIORITY, FILTER_ACCEPT },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(ends); i++) {
		/* The opposite comes behind it, and in front in vain. */
		uint8_t other = ends[i].verdict == FILTER_DROP ? RULE_ACCEPT
							       : RULE_DROP;
		struct rule rules[] = { never,
					{ .t = other },
					{ .t = ends[i].action },
					{ .t = other } };

		CHECK_EQ(ask(rules, 4, NO_IP, false).verdict, ends[i].verdict);
		CHECK_EQ(ask(rules, 4, NO_IP, true).verdict, ends[i].verdict);
		/* NOT and OR mean nothing for an action. */
		rules[2].t |= RULE_NOT | RULE_OR;
		CHECK_EQ(ask(rules, 4, NO_IP, true).verdict, ends[i].verdict);
	}
}

TEST(filter_reserved_actions_do_nothing)
{
	uint8_t type;

	for (type = RULE_PRIORITY + 1; type <= RULE_LAST_ACTION; type++) {
		struct rule rules[] = { { .t = type }, { .t = RULE_ACCEPT } };

		CHECK_EQ(ask(rules, 2, NO_IP, false).verdict, FILTER_ACCEPT);
		CHECK_EQ(ask(rules, 1, NO_IP, false).verdict, FILTER_DROP);
	}
}

/* BREAK leaves the base rules, not the capabilities; DROP leaves all. */
TEST(filter_break_asks_capabilities_and_drop_does_not)
{
	struct rule base[] = { { .t = RULE_BREAK }, { .t = RULE_DROP } };
	struct rule accept = { .t = RULE_ACCEPT };
	struct filter_capability cap = { .id = 1, .rules = { &accept, 1 } };
	struct filter_side theirs = { .capabilities = &cap,
				      .n_capabilities = 1 };
	struct filter_policy p = policy_of(base, 2);
	struct filter_frame f = frame_of(NO_IP);
	struct filter_result r;

	/* Outbound our own count, inbound the sender's. */
	tl_filter_outbound(&r, &p, &f, (struct address){ PEER }, &theirs,
			   false);
	CHECK_EQ(r.verdict, FILTER_DROP);
	tl_filter_inbound(&r, &p, &f, (struct address){ PEER }, &theirs);
	CHECK_EQ(r.verdict, FILTER_ACCEPT);
	p.side = theirs;
	tl_filter_outbound(&r, &p, &f, (struct address){ PEER }, NULL, false);
	CHECK_EQ(r.verdict, FILTER_ACCEPT);
	tl_filter_inbound(&r, &p, &f, (struct address){ PEER }, NULL);
	CHECK_EQ(r.verdict, FILTER_DROP);
	base[0].t = RULE_DROP;
	tl_filter_outbound(&r, &p, &f, (struct address){ PEER }, NULL, false);
	CHECK_EQ(r.verdict, FILTER_DROP);
}

static void check_copy(enum rule_type type, bool inbound, uint8_t flags)
{
	struct rule rules[] = { copy_to(type, THIRD, 0), { .t = RULE_ACCEPT } };
	struct filter_result r = ask(rules, 2, NO_IP, inbound);

	CHECK_EQ(r.verdict, FILTER_ACCEPT);
	CHECK_EQ(r.n_copies, 1);
	CHECK_EQ(r.copies[0].to.v, THIRD);
	CHECK_EQ(r.copies[0].flags, flags);
	CHECK_EQ(r.copies[0].len, sizeof(no_ip));
	rules[0].v.copy.len = 9;
	CHECK_EQ(ask(rules, 2, NO_IP, inbound).copies[0].len, 9);
	rules[0].v.copy.len = UINT16_MAX;
	CHECK_EQ(ask(rules, 2, NO_IP, inbound).copies[0].len, sizeof(no_ip));
	/* Of what is dropped there is no copy. */
	rules[1].t = RULE_DROP;
	CHECK_EQ(ask(rules, 2, NO_IP, inbound).n_copies, 0);
}

TEST(filter_tee_and_watch_copy_what_is_accepted)
{
	check_copy(RULE_TEE, false, FILTER_COPY_TEE_OUT);
	check_copy(RULE_TEE, true, FILTER_COPY_TEE_IN);
	check_copy(RULE_WATCH, false, FILTER_COPY_WATCH_OUT);
	check_copy(RULE_WATCH, true, FILTER_COPY_WATCH_IN);
}

TEST(filter_later_copy_takes_the_place_of_an_earlier_one)
{
	struct rule rules[] = { copy_to(RULE_TEE, THIRD, 0),
				copy_to(RULE_WATCH, THIRD + 1, 3),
				{ .t = RULE_ACCEPT } };
	struct filter_result r = ask(rules, 3, NO_IP, false);

	CHECK_EQ(r.n_copies, 1);
	CHECK_EQ(r.copies[0].to.v, THIRD + 1);
	CHECK_EQ(r.copies[0].flags, FILTER_COPY_WATCH_OUT);
}

TEST(filter_redirect_sends_it_elsewhere)
{
	struct rule rules[] = { copy_to(RULE_REDIRECT, THIRD, 4),
				{ .t = RULE_ACCEPT } };
	int inbound;

	for (inbound = 0; inbound < 2; inbound++) {
		struct filter_result r = ask(rules, 2, NO_IP, inbound);

		CHECK_EQ(r.verdict, FILTER_DROP);
		CHECK_EQ(r.reason, DROP_NONE);
		CHECK_EQ(r.redirect_to.v, THIRD);
		CHECK_EQ(r.n_copies, 1);
		CHECK_EQ(r.copies[0].len, sizeof(no_ip));
		CHECK_EQ(r.copies[0].flags, inbound ? FILTER_COPY_REDIRECT_IN
						    : FILTER_COPY_REDIRECT_OUT);
	}
}

/* A copy to who has the frame anyway is none. */
TEST(filter_copies_to_the_two_ends_are_none)
{
	static const enum rule_type types[] = { RULE_TEE, RULE_WATCH,
						RULE_REDIRECT };
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(types); i++) {
		struct rule rules[] = { copy_to(types[i], PEER, 0),
					{ .t = RULE_ACCEPT } };

		CHECK_EQ(ask(rules, 2, NO_IP, false).n_copies, 0);
		CHECK_EQ(ask(rules, 2, NO_IP, false).verdict, FILTER_ACCEPT);
		CHECK_EQ(ask(rules, 2, NO_IP, true).n_copies, 0);
		CHECK_EQ(ask(rules, 2, NO_IP, true).verdict, FILTER_ACCEPT);
		/* To us: nothing when we send; what we get is for us. */
		rules[0].v.copy.address = ME;
		CHECK_EQ(ask(rules, 2, NO_IP, false).n_copies, 0);
		CHECK_EQ(ask(rules, 2, NO_IP, false).verdict, FILTER_ACCEPT);
		rules[1].t = RULE_DROP;
		CHECK_EQ(ask(rules, 2, NO_IP, true).verdict,
			 FILTER_SUPER_ACCEPT);
	}
}

/* Not taken, it still says that copies are to be expected here. */
TEST(filter_target_of_a_copy_super_accepts)
{
	static const enum rule_type types[] = { RULE_TEE, RULE_WATCH,
						RULE_REDIRECT };
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(types); i++) {
		struct rule rules[] = { never,
					copy_to(types[i], ME, 0),
					{ .t = RULE_ACCEPT } };

		CHECK_EQ(ask(rules, 3, NO_IP, true).verdict,
			 FILTER_SUPER_ACCEPT);
		CHECK_EQ(ask(rules, 3, NO_IP, false).verdict, FILTER_ACCEPT);
		rules[1].v.copy.address = THIRD;
		CHECK_EQ(ask(rules, 3, NO_IP, true).verdict, FILTER_ACCEPT);
		/* PRIORITY never does. */
		rules[1].v.copy.address = ME;
		rules[2].t = RULE_PRIORITY;
		CHECK_EQ(ask(rules, 3, NO_IP, true).verdict, FILTER_ACCEPT);
	}
}

/* The other's tag is not known yet: the next DROP, wherever, is passed over. */
TEST(filter_unknown_tag_skips_one_drop)
{
	struct rule rules[] = {
		{ .t = RULE_TAGS_AND, .v.tag = { 6, 1 } },
		{ .t = RULE_DROP },
		never,
		{ .t = RULE_DROP },
		{ .t = RULE_ACCEPT },
	};

	CHECK_EQ(ask(rules, 5, NO_IP, false).verdict, FILTER_ACCEPT);
	rules[2].t |= RULE_NOT;
	CHECK_EQ(ask(rules, 5, NO_IP, false).verdict, FILTER_DROP);
	rules[1].t = RULE_PRIORITY + 1;
	CHECK_EQ(ask(rules, 5, NO_IP, false).verdict, FILTER_ACCEPT);
}

TEST(filter_without_tee_redirects_still)
{
	struct rule rules[] = { copy_to(RULE_TEE, THIRD, 0),
				copy_to(RULE_REDIRECT, THIRD + 1, 0) };
	struct filter_policy p = policy_of(rules, 2);
	struct filter_frame f = frame_of(NO_IP);
	struct filter_result r;

	tl_filter_outbound(&r, &p, &f, (struct address){ PEER }, NULL, true);
	CHECK_EQ(r.n_copies, 1);
	CHECK_EQ(r.copies[0].flags, FILTER_COPY_REDIRECT_OUT);
	tl_filter_outbound(&r, &p, &f, (struct address){ 0 }, NULL, false);
	CHECK_EQ(r.n_copies, 2);
}

TEST(filter_log_says_what_was_asked_and_answered)
{
	struct rule rules[] = { never,
				never,
				{ .t = RULE_DROP },
				{ .t = RULE_ETHERTYPE | RULE_OR,
				  .v.ethertype = 0x1234 },
				{ .t = RULE_ACCEPT },
				{ .t = RULE_DROP } };
	struct filter_policy p = policy_of(rules, 6);
	struct filter_frame f = frame_of(NO_IP);
	struct filter_eval e = { .policy = &p, .frame = &f, .remote = &them };
	static const uint8_t want[] = {
		FILTER_LOG_WAS_TRUE | FILTER_LOG_NO,
		FILTER_LOG_WAS_FALSE,
		FILTER_LOG_WAS_FALSE,
		FILTER_LOG_WAS_TRUE | FILTER_LOG_YES,
		FILTER_LOG_WAS_TRUE,
		0,
	};
	uint8_t log[6] = { 0 };

	CHECK_EQ(tl_filter_run_logged(&e, &p.rules, log), FILTER_SET_ACCEPT);
	CHECK_MEM(log, want, sizeof(log));
}
