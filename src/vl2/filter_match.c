/* SPDX-License-Identifier: Apache-2.0 */
#include "vl2/filter_match.h"

/* IPv6 extension headers that are looked through (vl2.md 10.7). */
static bool is_extension(uint8_t proto)
{
	return proto == 0 || proto == 43 || proto == 60 || proto == 135;
}

static void walk_ip6(struct filter_eval *e)
{
	struct bytes p = e->frame->payload;
	size_t pos = 40;
	uint8_t proto;

	if (p.n < 40)
		return;
	for (proto = p.at[6]; is_extension(proto);) {
		if (pos > p.n || p.n - pos < 8)
			return;
		proto = p.at[pos];
		pos += 8 * (size_t)p.at[pos + 1] + 8;
	}
	if (pos > p.n)
		return;
	e->l4_pos = pos;
	e->l4_proto = proto;
	e->l4 = FILTER_L4_FOUND;
}

static void find_l4(struct filter_eval *e)
{
	const uint8_t *p = e->frame->payload.at;

	e->l4 = FILTER_L4_NONE;
	if (tl_filter_is_ip4(e->frame)) {
		e->l4_pos = 4 * (size_t)(p[0] & 15);
		e->l4_proto = p[9];
		e->l4 = FILTER_L4_FOUND;
	} else if (e->frame->ethertype == 0x86dd) {
		walk_ip6(e);
	}
}

bool tl_filter_find_l4(struct filter_eval *e, size_t *posp, uint8_t *protop)
{
	if (TL_UNLIKELY(e->l4 == FILTER_L4_DUE))
		find_l4(e);
	*posp = e->l4_pos;
	*protop = e->l4_proto;
	return e->l4 == FILTER_L4_FOUND;
}

static enum filter_truth truth(bool yes)
{
	return yes ? FILTER_YES : FILTER_NO;
}

/* The first @bits bits of 64. */
static uint64_t prefix_mask(unsigned int bits)
{
	if (bits >= 64)
		return UINT64_MAX;
	return bits ? UINT64_MAX << (64 - bits) : 0;
}

static enum filter_truth match_ip4(const struct filter_eval *e,
				   const struct rule *r, size_t at)
{
	uint32_t bits = TL_MIN(r->v.net.bits, 32u);
	uint32_t mask = bits ? UINT32_MAX << (32 - bits) : 0;

	if (!tl_filter_is_ip4(e->frame))
		return FILTER_HARD_NO;
	return truth(((tl_load_be32(e->frame->payload.at + at) ^
		       tl_load_be32(r->v.net.ip)) &
		      mask) == 0);
}

/* Unlike IPv4, host bits in the rule are not masked: such a rule matches no
 * address, here as in the reference. */
static enum filter_truth match_ip6(const struct filter_eval *e,
				   const struct rule *r, size_t at)
{
	const uint8_t *ip = e->frame->payload.at + at;
	unsigned int bits = r->v.net.bits;
	uint64_t high;
	uint64_t low;

	if (!tl_filter_is_ip6(e->frame))
		return FILTER_HARD_NO;
	high = tl_load_be64(ip) & prefix_mask(bits);
	low = tl_load_be64(ip + 8) & prefix_mask(bits > 64 ? bits - 64 : 0);
	return truth(high == tl_load_be64(r->v.net.ip) &&
		     low == tl_load_be64(r->v.net.ip + 8));
}

static enum filter_truth match_tos(const struct filter_eval *e,
				   const struct rule *r)
{
	const uint8_t *p = e->frame->payload.at;
	unsigned int tos;

	if (tl_filter_is_ip4(e->frame))
		tos = p[1];
	else if (tl_filter_is_ip6(e->frame))
		tos = (p[0] << 4 & 0xf0) | p[1] >> 4;
	else
		return FILTER_HARD_NO;
	tos &= r->v.tos.mask;
	return truth(tos >= r->v.tos.start && tos <= r->v.tos.end);
}

static enum filter_truth match_protocol(struct filter_eval *e,
					const struct rule *r)
{
	uint8_t proto;
	size_t pos;

	if (!tl_filter_find_l4(e, &pos, &proto))
		return FILTER_HARD_NO;
	return truth(proto == r->v.ip_protocol);
}

static enum filter_truth match_icmp(struct filter_eval *e, const struct rule *r)
{
	struct bytes p = e->frame->payload;
	bool is_ip4 = e->frame->ethertype == 0x0800;
	uint8_t proto;
	size_t pos;

	if (!tl_filter_find_l4(e, &pos, &proto))
		return FILTER_HARD_NO;
	if (proto != (is_ip4 ? 1 : 58) || pos > p.n || p.n - pos < 2)
		return FILTER_HARD_NO;
	if (p.at[pos] != r->v.icmp.type)
		return FILTER_HARD_NO;
	if (!(r->v.icmp.flags & RULE_ICMP_CODE))
		return FILTER_HARD_YES;
	return truth(p.at[pos + 1] == r->v.icmp.code);
}

static bool has_ports(uint8_t proto)
{
	return proto == 6 || proto == 17 || proto == 132 || proto == 136;
}

/* @at: offset of the port in the header. */
static enum filter_truth match_port(struct filter_eval *e, const struct rule *r,
				    size_t at)
{
	struct bytes p = e->frame->payload;
	unsigned int port;
	uint8_t proto;
	size_t pos;

	if (!tl_filter_find_l4(e, &pos, &proto))
		return FILTER_HARD_NO;
	if (!has_ports(proto) || pos > p.n || p.n - pos <= 4)
		return FILTER_NO;
	port = tl_load_be16(p.at + pos + at);
	if (port == 0 && e->frame->ethertype == 0x86dd)
		return FILTER_NO; /* as the reference: 0 counts on IPv4 only */
	return truth(port >= r->v.range.start && port <= r->v.range.end);
}

/* Bisection without branches, which nobody could foretell. */
static bool find_tag(const struct filter_side *side, uint32_t id,
		     uint32_t *value)
{
	const struct filter_tag *at = side->tags;
	size_t n = side->n_tags;

	if (n == 0)
		return false;
	while (n > 1) {
		size_t half = n / 2;

		at += at[half].id <= id ? half : 0;
		n -= half;
	}
	*value = at->value;
	return at->id == id;
}

/* The other member's credentials may still be on their way: let it decide. */
static enum filter_truth pass_leniently(struct filter_eval *e)
{
	e->skip_drop = true;
	return FILTER_HARD_YES;
}

static enum filter_truth match_both_tags(struct filter_eval *e,
					 const struct rule *r)
{
	uint32_t value = r->v.tag.value;
	uint32_t ours;
	uint32_t theirs;

	if (!find_tag(&e->policy->side, r->v.tag.id, &ours))
		return FILTER_HARD_NO;
	if (!find_tag(e->remote, r->v.tag.id, &theirs)) {
		if (e->inbound && !e->super_accept)
			return FILTER_HARD_NO;
		return pass_leniently(e);
	}
	switch (tl_rule_type(r)) {
	case RULE_TAGS_DIFFERENCE:
		return truth((ours > theirs ? ours - theirs : theirs - ours) <=
			     value);
	case RULE_TAGS_AND:
		return truth((ours & theirs) == value);
	case RULE_TAGS_OR:
		return truth((ours | theirs) == value);
	case RULE_TAGS_XOR:
		return truth((ours ^ theirs) == value);
	default:
		return truth(ours == value && theirs == value);
	}
}

static enum filter_truth match_one_tag(struct filter_eval *e,
				       const struct rule *r)
{
	bool is_sender = tl_rule_type(r) == RULE_TAG_SENDER;
	uint32_t value;

	if (e->super_accept)
		return pass_leniently(e);
	if (is_sender != e->inbound) {
		if (!find_tag(&e->policy->side, r->v.tag.id, &value))
			return FILTER_HARD_NO;
	} else if (!find_tag(e->remote, r->v.tag.id, &value)) {
		return is_sender ? FILTER_HARD_NO : pass_leniently(e);
	}
	return truth(value == r->v.tag.value);
}

static uint64_t read_big(struct bytes p, size_t index, unsigned int width)
{
	size_t n = (width + 7) / 8;
	size_t at = index + 8 - n;
	uint64_t v = 0;
	size_t i;

	if (at + n > p.n)
		return 0;
	for (i = 0; i < n; i++)
		v = v << 8 | p.at[at + i];
	return v & UINT64_MAX >> (64 - width);
}

static uint64_t read_little(struct bytes p, size_t index, unsigned int width)
{
	size_t n = (width + 7) / 8;
	uint64_t v = 0;
	size_t i;

	if (index + n > p.n)
		return 0;
	for (i = 0; i < n; i++)
		v |= (uint64_t)p.at[index + i] << 8 * (8 - n + i);
	return v >> (64 - width);
}

/* The reference keeps the end as 32 bits above the start; a wider range would
 * be true here and false there (vl2.md 10.10). */
static enum filter_truth match_integer(const struct filter_eval *e,
				       const struct rule *r)
{
	unsigned int width =
		(r->v.integer.format & RULE_INTEGER_WIDTH_MASK) + 1u;
	uint64_t start = r->v.integer.start;
	uint64_t end = start + (uint32_t)(r->v.integer.end - start);
	uint64_t v;

	if (r->v.integer.format & RULE_INTEGER_LITTLE)
		v = read_little(e->frame->payload, r->v.integer.index, width);
	else
		v = read_big(e->frame->payload, r->v.integer.index, width);
	return truth(v >= start && v <= end);
}

static enum filter_truth match_random(const struct filter_eval *e,
				      const struct rule *r)
{
	const struct filter_policy *p = e->policy;

	if (!p->random)
		return FILTER_HARD_NO;
	return truth(p->random(p->random_ctx) <= r->v.probability);
}

static enum filter_truth match_unknown(struct filter_eval *e)
{
	e->met_unknown = true;
	return truth(e->policy->flags & FILTER_FLAG_UNSUPPORTED_MATCHES);
}

enum filter_truth tl_filter_match(struct filter_eval *e, const struct rule *r)
{
	const struct filter_frame *f = e->frame;

	switch (tl_rule_type(r)) {
	case RULE_ZT_SOURCE:
		return truth(tl_address_equal(r->v.zt, e->zt_source));
	case RULE_ZT_DEST:
		return truth(tl_address_equal(r->v.zt, e->zt_dest));
	case RULE_VLAN_ID:
		return truth(r->v.vlan_id == f->vlan_id);
	case RULE_VLAN_PCP:
		return truth(r->v.vlan_pcp == 0);
	case RULE_VLAN_DEI:
		return truth(r->v.vlan_dei == 0);
	case RULE_MAC_SOURCE:
		return truth(tl_mac_equal(r->v.mac, f->source));
	case RULE_MAC_DEST:
		return truth(tl_mac_equal(r->v.mac, f->dest));
	case RULE_IPV4_SOURCE:
		return match_ip4(e, r, 12);
	case RULE_IPV4_DEST:
		return match_ip4(e, r, 16);
	case RULE_IPV6_SOURCE:
		return match_ip6(e, r, 8);
	case RULE_IPV6_DEST:
		return match_ip6(e, r, 24);
	case RULE_IP_TOS:
		return match_tos(e, r);
	case RULE_IP_PROTOCOL:
		return match_protocol(e, r);
	case RULE_ETHERTYPE:
		return truth(r->v.ethertype == f->ethertype);
	case RULE_ICMP:
		return match_icmp(e, r);
	case RULE_SOURCE_PORT:
		return match_port(e, r, 0);
	case RULE_DEST_PORT:
		return match_port(e, r, 2);
	case RULE_CHARACTERISTICS:
		return truth(
			tl_filter_has_characteristic(e, r->v.characteristics));
	case RULE_FRAME_SIZE:
		return truth(f->payload.n >= r->v.range.start &&
			     f->payload.n <= r->v.range.end);
	case RULE_RANDOM:
		return match_random(e, r);
	case RULE_TAGS_DIFFERENCE:
	case RULE_TAGS_AND:
	case RULE_TAGS_OR:
	case RULE_TAGS_XOR:
	case RULE_TAGS_EQUAL:
		return match_both_tags(e, r);
	case RULE_TAG_SENDER:
	case RULE_TAG_RECEIVER:
		return match_one_tag(e, r);
	case RULE_INTEGER_RANGE:
		return match_integer(e, r);
	default:
		return match_unknown(e);
	}
}
