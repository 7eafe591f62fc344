/* SPDX-License-Identifier: Apache-2.0 */
/* What the known answers of rules.json do not ask. */
#include "vl2/filter.h"

#include "harness.h"
#include "vl2/filter_match.h"

#define ME 0x1111111111u
#define PEER 0x2222222222u
#define THIRD 0x3333333333u
#define NET 0x8056c2e21c000001u

static struct filter_policy policy_of(const struct rule *rules, size_t n)
{
	return (struct filter_policy){
		.network = { NET },
		.own = { ME },
		.rules = { .at = rules, .n = n },
	};
}

static struct filter_frame frame_of(uint16_t ethertype, const void *p, size_t n)
{
	return (struct filter_frame){
		.source = { { 2, 0, 0, 0, 0, 1 } },
		.dest = { { 2, 0, 0, 0, 0, 2 } },
		.ethertype = ethertype,
		.payload = tl_bytes(p, n),
	};
}

static const uint8_t some_ip4[24] = {
	0x45, 0, 0, 24, 0,  0, 0, 0, 64, 17, 0, 0,
	10,   0, 0, 1,	10, 0, 0, 2, 0,	 53, 0, 99
};

static enum filter_verdict out_verdict(const struct filter_policy *p,
				       const struct filter_frame *f)
{
	struct filter_result r;

	tl_filter_outbound(&r, p, f, (struct address){ PEER }, NULL, false);
	return r.verdict;
}

static enum filter_verdict in_verdict(const struct filter_policy *p,
				      const struct filter_frame *f,
				      const struct filter_side *remote)
{
	struct filter_result r;

	tl_filter_inbound(&r, p, f, (struct address){ PEER }, remote);
	return r.verdict;
}

/* Is one match, with these flags, true for the frame? */
static bool is_matched(const struct filter_policy *base,
		       const struct filter_frame *f, struct rule match)
{
	struct rule rules[2] = { match, { .t = RULE_ACCEPT } };
	struct filter_policy p = *base;

	p.rules = (struct rule_set){ .at = rules, .n = 2 };
	return out_verdict(&p, f) == FILTER_ACCEPT;
}

TEST(filter_no_rules_accept_nothing)
{
	struct filter_policy p = policy_of(NULL, 0);
	struct filter_frame f = frame_of(0x0800, some_ip4, sizeof(some_ip4));
	struct filter_result r;

	tl_filter_outbound(&r, &p, &f, (struct address){ PEER }, NULL, false);
	CHECK_EQ(r.verdict, FILTER_DROP);
	CHECK_EQ(r.reason, DROP_RULES_OUT);
	tl_filter_inbound(&r, &p, &f, (struct address){ PEER }, NULL);
	CHECK_EQ(r.verdict, FILTER_DROP);
	CHECK_EQ(r.reason, DROP_RULES_IN);
}

TEST(filter_refused_rules_drop_everything)
{
	static const struct rule accept = { .t = RULE_ACCEPT };
	struct filter_capability cap = { .id = 1, .rules = { &accept, 1 } };
	struct filter_policy p = policy_of(&accept, 1);
	struct filter_frame f = frame_of(0x0800, some_ip4, sizeof(some_ip4));
	struct filter_result r;

	p.rules.is_refused = true;
	p.side.capabilities = &cap;
	p.side.n_capabilities = 1;
	tl_filter_outbound(&r, &p, &f, (struct address){ PEER }, NULL, false);
	CHECK_EQ(r.verdict, FILTER_DROP);
	CHECK_EQ(r.reason, DROP_RULES_UNKNOWN);
	tl_filter_inbound(&r, &p, &f, (struct address){ PEER }, NULL);
	CHECK_EQ(r.reason, DROP_RULES_UNKNOWN);
}

TEST(filter_refused_capability_is_passed_over)
{
	static const struct rule accept = { .t = RULE_ACCEPT };
	struct filter_capability caps[2] = {
		{ .id = 1, .rules = { &accept, 1, .is_refused = true } },
		{ .id = 2, .rules = { &accept, 1 } },
	};
	struct filter_policy p = policy_of(NULL, 0);
	struct filter_frame f = frame_of(0x0800, some_ip4, sizeof(some_ip4));

	p.side.capabilities = caps;
	p.side.n_capabilities = 1;
	CHECK_EQ(out_verdict(&p, &f), FILTER_DROP);
	p.side.n_capabilities = 2;
	CHECK_EQ(out_verdict(&p, &f), FILTER_ACCEPT);
}

TEST(filter_unknown_match_is_named_as_the_reason)
{
	static const struct rule rules[] = { { .t = 60 },
					     { .t = RULE_ACCEPT } };
	struct filter_policy p = policy_of(rules, 2);
	struct filter_frame f = frame_of(0x0800, some_ip4, sizeof(some_ip4));
	struct filter_result r;

	tl_filter_inbound(&r, &p, &f, (struct address){ PEER }, NULL);
	CHECK_EQ(r.verdict, FILTER_DROP);
	CHECK_EQ(r.reason, DROP_RULES_UNKNOWN);
	p.flags = FILTER_FLAG_UNSUPPORTED_MATCHES;
	tl_filter_inbound(&r, &p, &f, (struct address){ PEER }, NULL);
	CHECK_EQ(r.verdict, FILTER_ACCEPT);
}

TEST(filter_short_ip4_tcp_has_no_flags)
{
	static const struct rule any_flag = { .t = RULE_CHARACTERISTICS,
					      .v.characteristics = 0xfff };
	struct filter_policy p = policy_of(NULL, 0);
	uint8_t ip[34];
	size_t n;

	memset(ip, 0xff, sizeof(ip));
	ip[0] = 0x45;
	ip[9] = 6;
	for (n = 20; n <= sizeof(ip); n++) {
		uint8_t *exact = malloc(n);
		struct filter_frame f = frame_of(0x0800, exact, n);

		CHECK(exact);
		memcpy(exact, ip, n);
		CHECK_EQ(is_matched(&p, &f, any_flag), n == 34);
		free(exact);
	}
}

TEST(filter_random_is_compared_with_the_probability)
{
	struct rule rule = { .t = RULE_RANDOM, .v.probability = UINT32_MAX };
	struct filter_policy p = policy_of(NULL, 0);
	struct filter_frame f = frame_of(0x0800, some_ip4, sizeof(some_ip4));

	/* Without a source of randomness, never: whatever NOT says. */
	CHECK(!is_matched(&p, &f, rule));
	rule.t |= RULE_NOT;
	CHECK(!is_matched(&p, &f, rule));
}

static uint32_t fixed_random(void *ctx)
{
	return *(uint32_t *)ctx;
}

TEST(filter_random_boundary)
{
	struct rule rule = { .t = RULE_RANDOM, .v.probability = 1000 };
	struct filter_policy p = policy_of(NULL, 0);
	struct filter_frame f = frame_of(0x0800, some_ip4, sizeof(some_ip4));
	uint32_t v = 1000;

	p.random = fixed_random;
	p.random_ctx = &v;
	CHECK(is_matched(&p, &f, rule));
	v = 1001;
	CHECK(!is_matched(&p, &f, rule));
	rule.t |= RULE_NOT;
	CHECK(is_matched(&p, &f, rule));
}

/* A frame from a derived IPv6 address of @who. */
static void ip6_from(uint8_t out[40], struct address who, bool is_6plane)
{
	memset(out, 0, 40);
	out[0] = 0x60;
	out[6] = 59;
	if (is_6plane)
		tl_ip6_6plane(out + 8, (struct network_id){ NET }, who);
	else
		tl_ip6_rfc4193(out + 8, (struct network_id){ NET }, who);
}

static bool is_source_authentic(const uint8_t ip[40], bool own_6plane)
{
	static const struct rule rules[] = {
		{ .t = RULE_CHARACTERISTICS,
		  .v.characteristics = CHARACTERISTIC_IPAUTH },
		{ .t = RULE_ACCEPT },
	};
	struct filter_policy p = policy_of(rules, 2);
	struct filter_frame f = frame_of(0x86dd, ip, 40);
	struct endpoint own = { .family = 6, .port = own_6plane ? 40 : 88 };

	if (own_6plane)
		tl_ip6_6plane(own.ip, p.network, p.own);
	else
		tl_ip6_rfc4193(own.ip, p.network, p.own);
	p.flags = FILTER_FLAG_NDP_EMULATION;
	p.addresses = &own;
	p.n_addresses = 1;
	return in_verdict(&p, &f, NULL) == FILTER_ACCEPT;
}

TEST(filter_derived_source_must_name_the_sender)
{
	uint8_t ip[40];

	ip6_from(ip, (struct address){ PEER }, true);
	CHECK(is_source_authentic(ip, true));
	CHECK(!is_source_authentic(ip, false));
	ip6_from(ip, (struct address){ THIRD }, true);
	CHECK(!is_source_authentic(ip, true));
	ip6_from(ip, (struct address){ ME }, true);
	CHECK(!is_source_authentic(ip, true));
	ip6_from(ip, (struct address){ PEER }, false);
	CHECK(is_source_authentic(ip, false));
	CHECK(!is_source_authentic(ip, true));
	ip6_from(ip, (struct address){ THIRD }, false);
	CHECK(!is_source_authentic(ip, false));
}

TEST(filter_member_owns_its_whole_6plane_net)
{
	uint8_t ip[40];

	ip6_from(ip, (struct address){ PEER }, true);
	ip[8 + 12] = 0xab; /* a container of the member */
	CHECK(is_source_authentic(ip, true));
	ip6_from(ip, (struct address){ PEER }, false);
	ip[8 + 10] ^= 1;
	CHECK(!is_source_authentic(ip, false));
}

TEST(filter_tags_are_found_among_many)
{
	struct filter_tag tags[100];
	struct filter_policy p = policy_of(NULL, 0);
	struct filter_frame f = frame_of(0x0800, some_ip4, sizeof(some_ip4));
	struct rule rule = { .t = RULE_TAG_SENDER };
	uint32_t i;

	for (i = 0; i < 100; i++)
		tags[i] = (struct filter_tag){ .id = i * 3, .value = i };
	p.side.tags = tags;
	p.side.n_tags = 100;
	for (i = 0; i < 303; i++) {
		rule.v.tag.id = i;
		rule.v.tag.value = i / 3;
		CHECK_EQ(is_matched(&p, &f, rule), i % 3 == 0 && i < 300);
	}
}

TEST(filter_ip6_extension_chain_cannot_leave_the_frame)
{
	struct rule rule = { .t = RULE_IP_PROTOCOL, .v.ip_protocol = 6 };
	struct filter_policy p = policy_of(NULL, 0);
	uint8_t ip[80];
	size_t n;

	memset(ip, 0, sizeof(ip));
	ip[0] = 0x60; /* next header 0: hop-by-hop, four of them */
	ip[40 + 24] = 6;
	for (n = 0; n <= sizeof(ip); n++) {
		uint8_t *exact = malloc(n ? n : 1);
		struct filter_frame f = frame_of(0x86dd, exact, n);

		CHECK(exact);
		memcpy(exact, ip, n);
		CHECK_EQ(is_matched(&p, &f, rule), n >= 72);
		free(exact);
	}
}

TEST(filter_integer_at_every_edge)
{
	static const uint8_t p8[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct rule rule = { .t = RULE_INTEGER_RANGE };
	struct filter_policy p = policy_of(NULL, 0);
	struct filter_frame f = frame_of(0x1234, p8, sizeof(p8));

	rule.v.integer.format = 63;
	rule.v.integer.index = 1;
	rule.v.integer.start = 0x0203040506070809;
	rule.v.integer.end = 0x0203040506070809;
	CHECK(is_matched(&p, &f, rule));
	rule.v.integer.index = 2; /* past the end: counts as 0 */
	CHECK(!is_matched(&p, &f, rule));
	rule.v.integer.start = 0;
	rule.v.integer.end = 0;
	CHECK(is_matched(&p, &f, rule));
	rule.v.integer.index = UINT16_MAX;
	CHECK(is_matched(&p, &f, rule));
	rule.v.integer.index = 1;
	rule.v.integer.format = 63 | RULE_INTEGER_LITTLE;
	rule.v.integer.start = 0x0908070605040302;
	rule.v.integer.end = 0x0908070605040302;
	CHECK(is_matched(&p, &f, rule));
	/* One bit, little-endian: the top one of the byte. */
	rule.v.integer.format = RULE_INTEGER_LITTLE;
	rule.v.integer.index = 7;
	rule.v.integer.start = 0;
	rule.v.integer.end = 0;
	CHECK(is_matched(&p, &f, rule));
}

TEST(filter_copy_to_nobody_vanishes)
{
	struct rule rules[2] = { { .t = RULE_REDIRECT }, { .t = RULE_ACCEPT } };
	struct filter_policy p = policy_of(rules, 2);
	struct filter_frame f = frame_of(0x0800, some_ip4, sizeof(some_ip4));
	struct filter_result r;

	rules[0].v.copy.address = 0xff00000001;
	tl_filter_outbound(&r, &p, &f, (struct address){ PEER }, NULL, false);
	CHECK_EQ(r.verdict, FILTER_DROP);
	CHECK_EQ(r.n_copies, 0);
	/* Bits above the fortieth do not belong to the address. */
	rules[0].v.copy.address = 0xabcdef0000000000u | THIRD;
	tl_filter_outbound(&r, &p, &f, (struct address){ PEER }, NULL, false);
	CHECK_EQ(r.verdict, FILTER_DROP);
	CHECK_EQ(r.n_copies, 1);
	CHECK_EQ(r.copies[0].to.v, THIRD);
	CHECK_EQ(r.redirect_to.v, THIRD);
}

TEST(filter_three_copies_at_most_and_in_order)
{
	struct rule base[] = { { .t = RULE_TEE }, { .t = RULE_BREAK } };
	struct rule more[] = { { .t = RULE_WATCH }, { .t = RULE_REDIRECT } };
	struct filter_capability cap = { .id = 9, .rules = { more, 2 } };
	struct filter_side side = { .capabilities = &cap, .n_capabilities = 1 };
	struct filter_policy p = policy_of(base, 2);
	struct filter_frame f = frame_of(0x0800, some_ip4, sizeof(some_ip4));
	struct filter_result r;

	base[0].v.copy.address = THIRD;
	more[0].v.copy.address = THIRD + 1;
	more[0].v.copy.len = 5;
	more[1].v.copy.address = THIRD + 2;
	tl_filter_inbound(&r, &p, &f, (struct address){ PEER }, &side);
	CHECK_EQ(r.verdict, FILTER_DROP);
	CHECK_EQ(r.reason, DROP_NONE);
	CHECK_EQ(r.n_copies, 3);
	CHECK_EQ(r.copies[0].flags, FILTER_COPY_WATCH_IN);
	CHECK_EQ(r.copies[0].len, 5);
	CHECK_EQ(r.copies[1].flags, FILTER_COPY_TEE_IN);
	CHECK_EQ(r.copies[1].len, sizeof(some_ip4));
	CHECK_EQ(r.copies[2].flags, FILTER_COPY_REDIRECT_IN);
	CHECK_EQ(r.copies[2].to.v, THIRD + 2);
}

TEST(filter_window_has_two_sides)
{
	CHECK(tl_filter_is_in_window(1000, 1000, 0));
	CHECK(tl_filter_is_in_window(900, 1000, 100));
	CHECK(tl_filter_is_in_window(1100, 1000, 100));
	CHECK(!tl_filter_is_in_window(899, 1000, 100));
	CHECK(!tl_filter_is_in_window(1101, 1000, 100));
	CHECK(!tl_filter_is_in_window(1000, 1000, -1));
	CHECK(!tl_filter_is_in_window(INT64_MIN, INT64_MAX, INT64_MAX));
}
