/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/rules.h"

#include <errno.h>
#include <string.h>

/* vl2.md 10.2; types that are not listed have no value. */
static const uint8_t value_len[RULE_TYPE_MASK + 1] = {
	[RULE_TEE] = 14,
	[RULE_WATCH] = 14,
	[RULE_REDIRECT] = 14,
	[RULE_ZT_SOURCE] = 5,
	[RULE_ZT_DEST] = 5,
	[RULE_VLAN_ID] = 2,
	[RULE_VLAN_PCP] = 1,
	[RULE_VLAN_DEI] = 1,
	[RULE_MAC_SOURCE] = 6,
	[RULE_MAC_DEST] = 6,
	[RULE_IPV4_SOURCE] = 5,
	[RULE_IPV4_DEST] = 5,
	[RULE_IPV6_SOURCE] = 17,
	[RULE_IPV6_DEST] = 17,
	[RULE_IP_TOS] = 3,
	[RULE_IP_PROTOCOL] = 1,
	[RULE_ETHERTYPE] = 2,
	[RULE_ICMP] = 3,
	[RULE_SOURCE_PORT] = 4,
	[RULE_DEST_PORT] = 4,
	[RULE_CHARACTERISTICS] = 8,
	[RULE_FRAME_SIZE] = 4,
	[RULE_RANDOM] = 4,
	[RULE_TAGS_DIFFERENCE] = 8,
	[RULE_TAGS_AND] = 8,
	[RULE_TAGS_OR] = 8,
	[RULE_TAGS_XOR] = 8,
	[RULE_TAGS_EQUAL] = 8,
	[RULE_TAG_SENDER] = 8,
	[RULE_TAG_RECEIVER] = 8,
	[RULE_INTEGER_RANGE] = 19,
};

size_t tl_rule_value_len(enum rule_type type)
{
	return value_len[(unsigned int)type & RULE_TYPE_MASK];
}

static void read_small(struct reader *r, struct rule *out)
{
	switch (tl_rule_type(out)) {
	case RULE_VLAN_PCP:
		out->v.vlan_pcp = tl_read_u8(r);
		break;
	case RULE_VLAN_DEI:
		out->v.vlan_dei = tl_read_u8(r);
		break;
	case RULE_IP_PROTOCOL:
		out->v.ip_protocol = tl_read_u8(r);
		break;
	case RULE_IP_TOS:
		out->v.tos.mask = tl_read_u8(r);
		out->v.tos.start = tl_read_u8(r);
		out->v.tos.end = tl_read_u8(r);
		break;
	case RULE_ICMP:
		out->v.icmp.type = tl_read_u8(r);
		out->v.icmp.code = tl_read_u8(r);
		out->v.icmp.flags = tl_read_u8(r);
		break;
	default:
		break;
	}
}

static void read_value(struct reader *r, struct rule *out)
{
	switch (tl_rule_type(out)) {
	case RULE_TEE:
	case RULE_WATCH:
	case RULE_REDIRECT:
		out->v.copy.address = tl_read_be64(r);
		out->v.copy.flags = tl_read_be32(r);
		out->v.copy.len = tl_read_be16(r);
		break;
	case RULE_ZT_SOURCE:
	case RULE_ZT_DEST:
		out->v.zt = tl_read_address(r);
		break;
	case RULE_VLAN_ID:
		out->v.vlan_id = tl_read_be16(r);
		break;
	case RULE_ETHERTYPE:
		out->v.ethertype = tl_read_be16(r);
		break;
	case RULE_MAC_SOURCE:
	case RULE_MAC_DEST:
		out->v.mac = tl_read_mac(r);
		break;
	case RULE_IPV4_SOURCE:
	case RULE_IPV4_DEST:
		tl_read_copy(r, out->v.net.ip, 4);
		out->v.net.bits = tl_read_u8(r);
		break;
	case RULE_IPV6_SOURCE:
	case RULE_IPV6_DEST:
		tl_read_copy(r, out->v.net.ip, 16);
		out->v.net.bits = tl_read_u8(r);
		break;
	case RULE_SOURCE_PORT:
	case RULE_DEST_PORT:
	case RULE_FRAME_SIZE:
		out->v.range.start = tl_read_be16(r);
		out->v.range.end = tl_read_be16(r);
		break;
	case RULE_CHARACTERISTICS:
		out->v.characteristics = tl_read_be64(r);
		break;
	case RULE_RANDOM:
		out->v.probability = tl_read_be32(r);
		break;
	case RULE_TAGS_DIFFERENCE:
	case RULE_TAGS_AND:
	case RULE_TAGS_OR:
	case RULE_TAGS_XOR:
	case RULE_TAGS_EQUAL:
	case RULE_TAG_SENDER:
	case RULE_TAG_RECEIVER:
		out->v.tag.id = tl_read_be32(r);
		out->v.tag.value = tl_read_be32(r);
		break;
	case RULE_INTEGER_RANGE:
		out->v.integer.start = tl_read_be64(r);
		out->v.integer.end = tl_read_be64(r);
		out->v.integer.index = tl_read_be16(r);
		out->v.integer.format = tl_read_u8(r);
		break;
	default:
		read_small(r, out);
	}
}

void tl_read_rule(struct reader *r, struct rule *out)
{
	struct reader value;
	size_t len;

	memset(out, 0, sizeof(*out));
	out->t = tl_read_u8(r);
	len = tl_read_u8(r);
	value = tl_reader(tl_read_slice(r, len));
	if (!tl_reader_ok(r))
		return;
	read_value(&value, out);
	if (!tl_reader_ok(&value))
		tl_reader_fail(r);
}

static void write_small(struct writer *w, const struct rule *rule)
{
	switch (tl_rule_type(rule)) {
	case RULE_VLAN_PCP:
		tl_write_u8(w, rule->v.vlan_pcp);
		break;
	case RULE_VLAN_DEI:
		tl_write_u8(w, rule->v.vlan_dei);
		break;
	case RULE_IP_PROTOCOL:
		tl_write_u8(w, rule->v.ip_protocol);
		break;
	case RULE_IP_TOS:
		tl_write_u8(w, rule->v.tos.mask);
		tl_write_u8(w, rule->v.tos.start);
		tl_write_u8(w, rule->v.tos.end);
		break;
	case RULE_ICMP:
		tl_write_u8(w, rule->v.icmp.type);
		tl_write_u8(w, rule->v.icmp.code);
		tl_write_u8(w, rule->v.icmp.flags);
		break;
	default:
		break;
	}
}

static void write_value(struct writer *w, const struct rule *rule)
{
	switch (tl_rule_type(rule)) {
	case RULE_TEE:
	case RULE_WATCH:
	case RULE_REDIRECT:
		tl_write_be64(w, rule->v.copy.address);
		tl_write_be32(w, rule->v.copy.flags);
		tl_write_be16(w, rule->v.copy.len);
		break;
	case RULE_ZT_SOURCE:
	case RULE_ZT_DEST:
		tl_write_address(w, rule->v.zt);
		break;
	case RULE_VLAN_ID:
		tl_write_be16(w, rule->v.vlan_id);
		break;
	case RULE_ETHERTYPE:
		tl_write_be16(w, rule->v.ethertype);
		break;
	case RULE_MAC_SOURCE:
	case RULE_MAC_DEST:
		tl_write_mac(w, rule->v.mac);
		break;
	case RULE_IPV4_SOURCE:
	case RULE_IPV4_DEST:
		tl_write_bytes(w, tl_bytes(rule->v.net.ip, 4));
		tl_write_u8(w, rule->v.net.bits);
		break;
	case RULE_IPV6_SOURCE:
	case RULE_IPV6_DEST:
		tl_write_bytes(w, tl_bytes(rule->v.net.ip, 16));
		tl_write_u8(w, rule->v.net.bits);
		break;
	case RULE_SOURCE_PORT:
	case RULE_DEST_PORT:
	case RULE_FRAME_SIZE:
		tl_write_be16(w, rule->v.range.start);
		tl_write_be16(w, rule->v.range.end);
		break;
	case RULE_CHARACTERISTICS:
		tl_write_be64(w, rule->v.characteristics);
		break;
	case RULE_RANDOM:
		tl_write_be32(w, rule->v.probability);
		break;
	case RULE_TAGS_DIFFERENCE:
	case RULE_TAGS_AND:
	case RULE_TAGS_OR:
	case RULE_TAGS_XOR:
	case RULE_TAGS_EQUAL:
	case RULE_TAG_SENDER:
	case RULE_TAG_RECEIVER:
		tl_write_be32(w, rule->v.tag.id);
		tl_write_be32(w, rule->v.tag.value);
		break;
	case RULE_INTEGER_RANGE:
		tl_write_be64(w, rule->v.integer.start);
		tl_write_be64(w, rule->v.integer.end);
		tl_write_be16(w, rule->v.integer.index);
		tl_write_u8(w, rule->v.integer.format);
		break;
	default:
		write_small(w, rule);
	}
}

void tl_write_rule(struct writer *w, const struct rule *rule)
{
	tl_write_u8(w, rule->t);
	tl_write_u8(w, (uint8_t)tl_rule_value_len(tl_rule_type(rule)));
	write_value(w, rule);
}

int tl_rules_parse(struct rule *out, size_t max, size_t *n, struct bytes blob)
{
	struct reader r = tl_reader(blob);
	size_t count = 0;

	while (r.rest.n > 0 && count < max)
		tl_read_rule(&r, &out[count++]);
	if (!tl_reader_ok(&r))
		return -EINVAL;
	*n = count;
	return 0;
}

bool tl_rules_look_at_size(struct bytes blob)
{
	const uint64_t types =
		UINT64_C(1) << RULE_TEE | UINT64_C(1) << RULE_WATCH |
		UINT64_C(1) << RULE_REDIRECT | UINT64_C(1) << RULE_FRAME_SIZE |
		UINT64_C(1) << RULE_INTEGER_RANGE;
	struct reader r = tl_reader(blob);
	struct rule rule;

	while (r.rest.n > 0 && tl_reader_ok(&r)) {
		tl_read_rule(&r, &rule);
		if (types >> tl_rule_type(&rule) & 1)
			return true;
	}
	return false;
}

int tl_rules_build(struct writer *w, const struct rule *rules, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		tl_write_rule(w, &rules[i]);
	return tl_writer_ok(w) ? 0 : -EMSGSIZE;
}

/* As they are written: structs have holes and unions have spare bytes. */
bool tl_rule_equal(const struct rule *a, const struct rule *b)
{
	uint8_t raw[2][RULE_WIRE_MAX];
	struct writer wa = tl_writer(TL_BUFFER_OF(raw[0]));
	struct writer wb = tl_writer(TL_BUFFER_OF(raw[1]));

	tl_write_rule(&wa, a);
	tl_write_rule(&wb, b);
	return tl_bytes_equal(tl_writer_bytes(&wa), tl_writer_bytes(&wb));
}
