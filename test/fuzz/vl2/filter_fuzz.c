/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any rules, any credentials, any frame. Input: a byte of switches, two bytes
 * of length of the rules, the rules, a fixed header, the frame's payload. The
 * rules are also everybody's capability.
 */
#include <stdlib.h>
#include <string.h>

#include "vl2/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t count_up(void *ctx)
{
	uint32_t *n = ctx;

	return *n += 0x10000001;
}

static void check(const struct filter_result *r, const struct filter_frame *f)
{
	size_t i;

	tl_assert(r->n_copies <= FILTER_COPIES_MAX);
	for (i = 0; i < r->n_copies; i++) {
		tl_assert(r->copies[i].len <= f->payload.n);
		tl_assert(!tl_address_is_reserved(r->copies[i].to));
	}
	if (r->verdict != FILTER_DROP)
		tl_assert(r->reason == DROP_NONE && r->redirect_to.v == 0);
	else if (r->reason != DROP_NONE)
		tl_assert(r->n_copies == 0);
}

static void read_side(struct reader *r, struct filter_side *side,
		      struct filter_tag tags[2], struct filter_thing *thing,
		      const struct filter_capability *cap)
{
	tags[0].id = 1;
	tags[0].value = tl_read_u8(r);
	tags[1].id = 1000;
	tags[1].value = tl_read_u8(r);
	thing->type = tl_read_u8(r) & 3;
	tl_read_copy(r, thing->value, 16);
	side->tags = tags;
	side->n_tags = tl_read_u8(r) % 3;
	side->owned = thing;
	side->n_owned = 1;
	side->capabilities = cap;
	side->n_capabilities = tl_read_u8(r) & 1;
}

static void read_frame(struct reader *r, struct filter_frame *f)
{
	f->source = tl_read_mac(r);
	f->dest = tl_read_mac(r);
	f->ethertype = tl_read_be16(r);
	f->vlan_id = tl_read_u8(r);
	if (f->ethertype & 1)
		f->ethertype = f->ethertype & 2 ? 0x0800 : 0x86dd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rule rules[RULES_MAX];
	struct reader r = tl_reader(tl_bytes(data, size));
	struct filter_policy p = { .network = { 0xd935117c6700beef } };
	struct filter_side remote = { 0 };
	struct filter_capability cap = { .id = 1 };
	struct filter_frame f = { 0 };
	struct endpoint own = { .family = 6 };
	struct filter_tag tags[2][2];
	struct filter_thing things[2];
	struct filter_result result;
	uint8_t switches = tl_read_u8(&r);
	uint32_t seed = 0;
	uint8_t *exact;
	size_t len = tl_read_be16(&r);
	size_t n;

	if (tl_rules_parse(rules, RULES_MAX, &n, tl_read_slice(&r, len)))
		return 0;
	cap.rules = (struct rule_set){ .at = rules, .n = n };
	p.rules = (struct rule_set){ .at = rules, .n = switches & 1 ? 0 : n };
	p.own.v = 0xbdd590c7b7;
	p.flags = switches;
	p.random = switches & 2 ? count_up : NULL;
	p.random_ctx = &seed;
	tl_ip6_6plane(own.ip, p.network, p.own);
	p.addresses = &own;
	p.n_addresses = 1;
	read_side(&r, &p.side, tags[0], &things[0], &cap);
	read_side(&r, &remote, tags[1], &things[1], &cap);
	read_frame(&r, &f);
	if (!tl_reader_ok(&r))
		return 0;
	/* A copy of its own, so that a sanitizer sees any overrun. */
	exact = malloc(r.rest.n + 1);
	if (!exact)
		return 0;
	if (r.rest.n)
		memcpy(exact + 1, r.rest.at, r.rest.n);
	f.payload = tl_bytes(exact + 1, r.rest.n);
	tl_filter_outbound(&result, &p, &f, (struct address){ 0x9c8256e482 },
			   switches & 16 ? NULL : &remote, switches & 32);
	check(&result, &f);
	tl_filter_inbound(&result, &p, &f, (struct address){ 0x9c8256e482 },
			  switches & 16 ? NULL : &remote);
	check(&result, &f);
	free(exact);
	return 0;
}
