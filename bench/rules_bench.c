/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules_bench.c - what a network's rules cost
 *
 * Prints for several rule sets how long one frame takes to be asked about, in
 * each direction: the rule set that accepts all, which nearly every network
 * has, and those of a hundred rules that the frame has to pass, none of which
 * is taken, each with matches of one kind. The median and the fastest of
 * several rounds: noise only ever adds. Fails if a fastest one is beyond its
 * bound.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vl2/filter.h"

#define ROUNDS 201
#define FRAMES 1000 /* less than what a scheduler gives at a time */
#define RULES 100
#define ENTRIES_MAX (4 * RULES + 1)

#define BOUND_NONE_NS 10.0
#define BOUND_RULES_NS 1000.0

static const struct address own = { 0x1111111111 };
static const struct address peer = { 0x2222222222 };

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* TCP, 1,400 bytes, ACK: what a transfer consists of. */
static uint8_t ip4[1400] = {
	0x45, 0, 5, 0x78, 0, 0, 0, 0, 64, 6, 0, 0, 10,	 1,  0, 1, 10, 1, 0, 2,
	0,    0, 0, 0,	  0, 0, 0, 0, 0,  0, 0, 0, 0x50, 16, 1, 0, 0,  0, 0, 0,
};

/* The same behind two extension headers. */
static uint8_t ip6[1400] = { 0x60, 0,	     0,	   0,	     5,	 0x50,	  0, 64,
			     0xfd, [23] = 1, 0xfd, [39] = 2, 60, [48] = 6 };

static void set_ports(uint8_t *tcp)
{
	tl_store_be16(tcp, 40000);
	tl_store_be16(tcp + 2, 5201);
	tcp[13] = 16;
}

/* One rule of a hundred; returns how many entries it has. */
typedef size_t (*make_fn)(struct rule *out, uint16_t i);

static size_t make_ports(struct rule *out, uint16_t i)
{
	out[0] = (struct rule){ .t = RULE_IP_PROTOCOL, .v.ip_protocol = 6 };
	out[1] = (struct rule){ .t = RULE_DEST_PORT, .v.range = { i, i } };
	out[2] = (struct rule){ .t = RULE_DROP };
	return 3;
}

static size_t make_nets(struct rule *out, uint16_t i)
{
	out[0] = (struct rule){
		.t = RULE_IPV4_DEST,
		.v.net = { .ip = { 172, 16, (uint8_t)i }, .bits = 24 },
	};
	out[1] = (struct rule){ .t = RULE_ACCEPT };
	return 2;
}

static size_t make_nets6(struct rule *out, uint16_t i)
{
	out[0] = (struct rule){
		.t = RULE_IPV6_DEST,
		.v.net = { .ip = { 0xfd, [15] = (uint8_t)(i + 9) },
			   .bits = 128 },
	};
	out[1] = (struct rule){ .t = RULE_ACCEPT };
	return 2;
}

/* 64 tags a member: found by bisection. */
static size_t make_tags(struct rule *out, uint16_t i)
{
	out[0] = (struct rule){ .t = RULE_TAGS_EQUAL,
				.v.tag = { i % 64, 7u + i } };
	out[1] = (struct rule){ .t = RULE_ACCEPT };
	return 2;
}

/* The sender owns 16 addresses, this one not. */
static size_t make_authentic(struct rule *out, uint16_t i)
{
	(void)i;
	out[0] = (struct rule){ .t = RULE_CHARACTERISTICS,
				.v.characteristics = 1ull << 60 };
	out[1] = (struct rule){ .t = RULE_ACCEPT };
	return 2;
}

static size_t make_flags(struct rule *out, uint16_t i)
{
	(void)i;
	out[0] = (struct rule){ .t = RULE_CHARACTERISTICS,
				.v.characteristics = 2 };
	out[1] = (struct rule){ .t = RULE_CHARACTERISTICS | RULE_NOT,
				.v.characteristics = 16 };
	out[2] = (struct rule){ .t = RULE_BREAK };
	return 3;
}

struct load {
	const char *name;
	make_fn make; /* NULL: one ACCEPT */
	bool is_ip6;
};

static const struct load loads[] = {
	{ "one ACCEPT", NULL, false },
	{ "100: protocol and port, IPv4", make_ports, false },
	{ "100: protocol and port, IPv6", make_ports, true },
	{ "100: IPv4 network", make_nets, false },
	{ "100: IPv6 network", make_nets6, true },
	{ "100: TCP flags, IPv4", make_flags, false },
	{ "100: TCP flags, IPv6", make_flags, true },
	{ "100: tags, of 64 each", make_tags, false },
	{ "100: address of the sender's 16", make_authentic, false },
};

static struct rule_set make_rules(struct rule *out, const struct load *load)
{
	struct rule_set set = { .at = out, .n = 0 };
	uint16_t i;

	for (i = 0; load->make && i < RULES; i++)
		set.n += load->make(out + set.n, i);
	out[set.n++] = (struct rule){ .t = RULE_ACCEPT };
	return set;
}

static void check(enum filter_verdict verdict)
{
	if (verdict == FILTER_ACCEPT)
		return;
	fputs("rules_bench: a frame was not accepted\n", stderr);
	exit(1);
}

static int by_size(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double one_round(const struct filter_policy *p,
			const struct filter_frame *f,
			const struct filter_side *remote, bool inbound)
{
	struct filter_result r;
	int64_t start = now_ns();
	int i;

	for (i = 0; i < FRAMES; i++) {
		if (inbound)
			tl_filter_inbound(&r, p, f, peer, remote);
		else
			tl_filter_outbound(&r, p, f, peer, remote, false);
		check(r.verdict);
	}
	return (double)(now_ns() - start) / FRAMES;
}

/* Returns whether it is within its bound. */
static bool bench(const struct load *load, struct filter_policy *p,
		  const struct filter_side *remote)
{
	double bound = load->make ? BOUND_RULES_NS : BOUND_NONE_NS;
	struct filter_frame f = {
		.source = { { 2, 1 } },
		.dest = { { 2, 2 } },
		.ethertype = load->is_ip6 ? 0x86dd : 0x0800,
		.payload = load->is_ip6 ? TL_BYTES_OF(ip6) : TL_BYTES_OF(ip4),
	};
	static struct rule rules[ENTRIES_MAX];
	double ns[2][ROUNDS];
	int way;
	int i;

	p->rules = make_rules(rules, load);
	for (i = 0; i < ROUNDS; i++)
		for (way = 0; way < 2; way++)
			ns[way][i] = one_round(p, &f, remote, way);
	for (way = 0; way < 2; way++)
		qsort(ns[way], ROUNDS, sizeof(double), by_size);
	printf("%-32s %4zu entries  out %6.1f ns (%6.1f)  in %6.1f ns "
	       "(%6.1f)\n",
	       load->name, p->rules.n, ns[0][ROUNDS / 2], ns[0][0],
	       ns[1][ROUNDS / 2], ns[1][0]);
	return ns[0][0] <= bound && ns[1][0] <= bound;
}

int main(void)
{
	static struct filter_tag tags[64];
	static struct filter_thing owned[16];
	struct filter_side side = { .tags = tags,
				    .n_tags = TL_ARRAY_SIZE(tags),
				    .owned = owned,
				    .n_owned = TL_ARRAY_SIZE(owned) };
	struct filter_policy p = { .network = { 0x8056c2e21c000001 },
				   .own = own,
				   .side = side };
	bool is_within = true;
	uint32_t i;

	for (i = 0; i < TL_ARRAY_SIZE(tags); i++)
		tags[i] = (struct filter_tag){ i, i };
	for (i = 0; i < TL_ARRAY_SIZE(owned); i++)
		owned[i] = (struct filter_thing){ FILTER_THING_IPV4,
						  { 10, 9, 0, (uint8_t)i } };
	set_ports(ip4 + 20);
	set_ports(ip6 + 56);
	puts("for a frame, the median of rounds (and the fastest):");
	for (i = 0; i < TL_ARRAY_SIZE(loads); i++)
		is_within = bench(&loads[i], &p, &side) && is_within;
	if (!is_within)
		fprintf(stderr,
			"rules_bench: a rule set costs more than %.0f ns\n",
			BOUND_RULES_NS);
	return !is_within;
}
