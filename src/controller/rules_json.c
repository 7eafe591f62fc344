/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation: one table names each type and the shape of its value.
 * Both directions switch over the shapes, of which there are far fewer than
 * types. The first field that is wrong ends the conversion; its name is passed
 * up through struct fields, which also makes later reads harmless.
 */
#include "controller/rules_json.h"

#include <errno.h>
#include <string.h>

#include "base/hex.h"
#include "controller/json.h"
#include "wire/endpoint.h"

enum shape {
	SHAPE_NOTHING, /* no fields */
	SHAPE_COPY,
	SHAPE_REDIRECT,
	SHAPE_PRIORITY,
	SHAPE_ZT,
	SHAPE_VLAN_ID,
	SHAPE_VLAN_PCP,
	SHAPE_VLAN_DEI,
	SHAPE_MAC,
	SHAPE_IPV4,
	SHAPE_IPV6,
	SHAPE_TOS,
	SHAPE_IP_PROTOCOL,
	SHAPE_ETHERTYPE,
	SHAPE_ICMP,
	SHAPE_RANGE,
	SHAPE_CHARACTERISTICS,
	SHAPE_RANDOM,
	SHAPE_TAG,
	SHAPE_INTEGER,
};

static const struct name {
	const char *name;
	uint8_t type;
	uint8_t shape;
} names[] = {
	{ "ACTION_DROP", RULE_DROP, SHAPE_NOTHING },
	{ "ACTION_ACCEPT", RULE_ACCEPT, SHAPE_NOTHING },
	{ "ACTION_TEE", RULE_TEE, SHAPE_COPY },
	{ "ACTION_WATCH", RULE_WATCH, SHAPE_COPY },
	{ "ACTION_REDIRECT", RULE_REDIRECT, SHAPE_REDIRECT },
	{ "ACTION_BREAK", RULE_BREAK, SHAPE_NOTHING },
	{ "ACTION_PRIORITY", RULE_PRIORITY, SHAPE_PRIORITY },
	{ "MATCH_SOURCE_ZEROTIER_ADDRESS", RULE_ZT_SOURCE, SHAPE_ZT },
	{ "MATCH_DEST_ZEROTIER_ADDRESS", RULE_ZT_DEST, SHAPE_ZT },
	{ "MATCH_VLAN_ID", RULE_VLAN_ID, SHAPE_VLAN_ID },
	{ "MATCH_VLAN_PCP", RULE_VLAN_PCP, SHAPE_VLAN_PCP },
	{ "MATCH_VLAN_DEI", RULE_VLAN_DEI, SHAPE_VLAN_DEI },
	{ "MATCH_MAC_SOURCE", RULE_MAC_SOURCE, SHAPE_MAC },
	{ "MATCH_MAC_DEST", RULE_MAC_DEST, SHAPE_MAC },
	{ "MATCH_IPV4_SOURCE", RULE_IPV4_SOURCE, SHAPE_IPV4 },
	{ "MATCH_IPV4_DEST", RULE_IPV4_DEST, SHAPE_IPV4 },
	{ "MATCH_IPV6_SOURCE", RULE_IPV6_SOURCE, SHAPE_IPV6 },
	{ "MATCH_IPV6_DEST", RULE_IPV6_DEST, SHAPE_IPV6 },
	{ "MATCH_IP_TOS", RULE_IP_TOS, SHAPE_TOS },
	{ "MATCH_IP_PROTOCOL", RULE_IP_PROTOCOL, SHAPE_IP_PROTOCOL },
	{ "MATCH_ETHERTYPE", RULE_ETHERTYPE, SHAPE_ETHERTYPE },
	{ "MATCH_ICMP", RULE_ICMP, SHAPE_ICMP },
	{ "MATCH_IP_SOURCE_PORT_RANGE", RULE_SOURCE_PORT, SHAPE_RANGE },
	{ "MATCH_IP_DEST_PORT_RANGE", RULE_DEST_PORT, SHAPE_RANGE },
	{ "MATCH_CHARACTERISTICS", RULE_CHARACTERISTICS,
	  SHAPE_CHARACTERISTICS },
	{ "MATCH_FRAME_SIZE_RANGE", RULE_FRAME_SIZE, SHAPE_RANGE },
	{ "MATCH_RANDOM", RULE_RANDOM, SHAPE_RANDOM },
	{ "MATCH_TAGS_DIFFERENCE", RULE_TAGS_DIFFERENCE, SHAPE_TAG },
	{ "MATCH_TAGS_BITWISE_AND", RULE_TAGS_AND, SHAPE_TAG },
	{ "MATCH_TAGS_BITWISE_OR", RULE_TAGS_OR, SHAPE_TAG },
	{ "MATCH_TAGS_BITWISE_XOR", RULE_TAGS_XOR, SHAPE_TAG },
	{ "MATCH_TAGS_EQUAL", RULE_TAGS_EQUAL, SHAPE_TAG },
	{ "MATCH_TAG_SENDER", RULE_TAG_SENDER, SHAPE_TAG },
	{ "MATCH_TAG_RECEIVER", RULE_TAG_RECEIVER, SHAPE_TAG },
	{ "INTEGER_RANGE", RULE_INTEGER_RANGE, SHAPE_INTEGER },
	{ "MATCH_INTEGER_RANGE", RULE_INTEGER_RANGE, SHAPE_INTEGER },
};

static const struct name *find_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].name, name) == 0)
			return &names[i];
	}
	return NULL;
}

static const struct name *find_by_type(enum rule_type type)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(names); i++) {
		if (names[i].type == type)
			return &names[i];
	}
	return NULL;
}

/**
 * struct fields - The members of one rule object
 * @bad:	name of the first that is wrong; NULL so far
 */
struct fields {
	const json_t *object;
	const char *bad;
};

static uint64_t refuse(struct fields *f, const char *key)
{
	if (!f->bad)
		f->bad = key;
	return 0;
}

/* An int, a string of decimal digits, a bool; @otherwise if absent. */
static int64_t get_int(struct fields *f, const char *key, int64_t otherwise)
{
	const json_t *j = json_object_get(f->object, key);
	int64_t v;

	if (!j || json_is_null(j))
		return otherwise;
	v = tl_json_int(j, INT64_MIN);
	return v == INT64_MIN ? (int64_t)refuse(f, key) : v;
}

static uint64_t get_uint(struct fields *f, const char *key, int64_t otherwise,
			 uint64_t max)
{
	int64_t v = get_int(f, key, otherwise);

	if (v < 0 || (uint64_t)v > max)
		return refuse(f, key);
	return (uint64_t)v;
}

static uint8_t get_u8(struct fields *f, const char *key)
{
	return (uint8_t)get_uint(f, key, 0, UINT8_MAX);
}

static uint16_t get_u16(struct fields *f, const char *key)
{
	return (uint16_t)get_uint(f, key, 0, UINT16_MAX);
}

/* Tag values and flags: some pages write them as signed numbers. */
static uint32_t get_u32(struct fields *f, const char *key)
{
	int64_t v = get_int(f, key, 0);

	if (v < INT32_MIN || v > UINT32_MAX)
		return (uint32_t)refuse(f, key);
	return (uint32_t)v;
}

static bool get_bool(struct fields *f, const char *key)
{
	return tl_json_bool(json_object_get(f->object, key), false);
}

/* 1 to 16 hexadecimal digits, or an int. */
static uint64_t get_hex(struct fields *f, const char *key)
{
	const json_t *j = json_object_get(f->object, key);
	uint64_t v;

	if (!json_is_string(j))
		return (uint64_t)get_int(f, key, 0);
	if (json_string_length(j) < 1 || json_string_length(j) > 16 ||
	    tl_hex_to_u64(&v, json_string_length(j),
			  tl_bytes_from_str(json_string_value(j))))
		return refuse(f, key);
	return v;
}

static struct bytes get_text(struct fields *f, const char *key)
{
	const char *s = json_string_value(json_object_get(f->object, key));

	return s ? tl_bytes_from_str(s) : tl_bytes(NULL, 0);
}

static struct address get_address(struct fields *f, const char *key)
{
	struct address a = { 0 };

	if (tl_address_parse(&a, get_text(f, key)))
		refuse(f, key);
	return a;
}

static struct mac get_mac(struct fields *f)
{
	struct mac mac = { { 0 } };

	if (tl_mac_parse(&mac, get_text(f, "mac")))
		refuse(f, "mac");
	return mac;
}

static void get_net(struct fields *f, struct rule *r, uint8_t family)
{
	const char *s = json_string_value(json_object_get(f->object, "ip"));
	unsigned int max = family == 4 ? 32 : 128;
	struct endpoint net;

	if (!s || tl_endpoint_parse(&net, s) || net.family != family) {
		refuse(f, "ip");
		return;
	}
	memcpy(r->v.net.ip, net.ip, tl_endpoint_ip_len(&net));
	r->v.net.bits = (uint8_t)TL_MIN((unsigned int)net.port, max);
}

/* What ends before it begins would never match: a slip of the pen. */
static void check_order(struct fields *f, uint64_t start, uint64_t end)
{
	if (start > end)
		refuse(f, "end");
}

static void get_range(struct fields *f, struct rule *r)
{
	r->v.range.start = get_u16(f, "start");
	r->v.range.end =
		(uint16_t)get_uint(f, "end", r->v.range.start, UINT16_MAX);
	check_order(f, r->v.range.start, r->v.range.end);
}

static void get_icmp(struct fields *f, struct rule *r)
{
	const json_t *code = json_object_get(f->object, "icmpCode");

	r->v.icmp.type = get_u8(f, "icmpType");
	if (!code || json_is_null(code))
		return;
	r->v.icmp.code = get_u8(f, "icmpCode");
	r->v.icmp.flags = RULE_ICMP_CODE;
}

static void get_integer(struct fields *f, struct rule *r)
{
	uint64_t bits = get_uint(f, "bits", 0, 64);

	if (bits == 0)
		refuse(f, "bits");
	r->v.integer.start = get_hex(f, "start");
	r->v.integer.end = get_hex(f, "end");
	check_order(f, r->v.integer.start, r->v.integer.end);
	r->v.integer.index = get_u16(f, "idx");
	r->v.integer.format = (uint8_t)((bits - 1) & RULE_INTEGER_WIDTH_MASK);
	if (get_bool(f, "little"))
		r->v.integer.format |= RULE_INTEGER_LITTLE;
}

static void get_copy(struct fields *f, struct rule *r, bool has_len)
{
	r->v.copy.address = get_address(f, "address").v;
	r->v.copy.flags = get_u32(f, "flags");
	/* Modulo 65536: pages write -1 for "everything". */
	if (has_len)
		r->v.copy.len = (uint16_t)get_int(f, "length", 0);
}

static void get_value(struct fields *f, struct rule *r, enum shape shape)
{
	switch (shape) {
	case SHAPE_NOTHING:
		break;
	case SHAPE_COPY:
		get_copy(f, r, true);
		break;
	case SHAPE_REDIRECT:
		get_copy(f, r, false);
		break;
	case SHAPE_PRIORITY:
		r->v.bucket = get_u8(f, "qosBucket");
		break;
	case SHAPE_ZT:
		r->v.zt = get_address(f, "zt");
		break;
	case SHAPE_VLAN_ID:
		r->v.vlan_id = get_u16(f, "vlanId");
		break;
	case SHAPE_VLAN_PCP:
		r->v.vlan_pcp = get_u8(f, "vlanPcp");
		break;
	case SHAPE_VLAN_DEI:
		r->v.vlan_dei = get_u8(f, "vlanDei");
		break;
	case SHAPE_MAC:
		r->v.mac = get_mac(f);
		break;
	case SHAPE_IPV4:
		get_net(f, r, 4);
		break;
	case SHAPE_IPV6:
		get_net(f, r, 6);
		break;
	case SHAPE_TOS:
		r->v.tos.mask = get_u8(f, "mask");
		r->v.tos.start = get_u8(f, "start");
		r->v.tos.end = get_u8(f, "end");
		check_order(f, r->v.tos.start, r->v.tos.end);
		break;
	case SHAPE_IP_PROTOCOL:
		r->v.ip_protocol = get_u8(f, "ipProtocol");
		break;
	case SHAPE_ETHERTYPE:
		r->v.ethertype = get_u16(f, "etherType");
		break;
	case SHAPE_ICMP:
		get_icmp(f, r);
		break;
	case SHAPE_RANGE:
		get_range(f, r);
		break;
	case SHAPE_CHARACTERISTICS:
		r->v.characteristics = get_hex(f, "mask");
		break;
	case SHAPE_RANDOM:
		r->v.probability =
			(uint32_t)get_uint(f, "probability", 0, UINT32_MAX);
		break;
	case SHAPE_TAG:
		r->v.tag.id = get_u32(f, "id");
		r->v.tag.value = get_u32(f, "value");
		break;
	case SHAPE_INTEGER:
		get_integer(f, r);
		break;
	}
}

/* NULL, or the name of the field that is wrong. */
static const char *rule_from_json(struct rule *out, const json_t *object)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	const struct name *name = type ? find_by_name(type) : NULL;
	struct fields f = { .object = object, .bad = NULL };

	memset(out, 0, sizeof(*out));
	if (!name)
		return "type";
	out->t = name->type;
	if (get_bool(&f, "not"))
		out->t |= RULE_NOT;
	if (get_bool(&f, "or"))
		out->t |= RULE_OR;
	get_value(&f, out, (enum shape)name->shape);
	return f.bad;
}

static void explain(struct rules_json_error *err, size_t index,
		    const json_t *object, const char *field)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	size_t i = 0;

	for (; type && type[i] && i < sizeof(err->type) - 1; i++) {
		bool is_plain = type[i] >= ' ' && type[i] <= '~';

		err->type[i] = is_plain ? type[i] : '?';
	}
	err->type[i] = '\0';
	err->index = index;
	err->field = field;
}

int tl_rules_from_json(struct rule *out, size_t max, size_t *n,
		       const json_t *array, struct rules_json_error *err)
{
	size_t count = json_array_size(array);
	const char *bad;
	size_t i;

	if (!json_is_array(array)) {
		explain(err, 0, NULL, "rules");
		return -EINVAL;
	}
	if (count > max)
		return -E2BIG;
	for (i = 0; i < count; i++) {
		const json_t *object = json_array_get(array, i);

		bad = rule_from_json(&out[i], object);
		if (bad) {
			explain(err, i, object, bad);
			return -EINVAL;
		}
	}
	*n = count;
	return 0;
}

static json_t *net_text(const struct rule *r, bool is_ip4)
{
	char text[ENDPOINT_TEXT_SIZE];
	struct endpoint net;

	net = is_ip4 ? tl_endpoint_ip4(r->v.net.ip, r->v.net.bits)
		     : tl_endpoint_ip6(r->v.net.ip, r->v.net.bits);
	return json_string(tl_endpoint_print(text, &net));
}

static json_t *address_text(uint64_t v)
{
	char text[ADDRESS_TEXT_SIZE];
	struct address a = { v & 0xffffffffffu };

	return json_string(tl_address_print(text, a));
}

static json_t *mac_text(struct mac mac)
{
	char text[MAC_TEXT_SIZE];

	return json_string(tl_mac_print(text, mac));
}

static json_t *hex_text(uint64_t v)
{
	char text[17];
	uint8_t raw[8];

	tl_store_be64(raw, v);
	return json_string(tl_hex_encode(text, TL_BYTES_OF(raw)));
}

/* json_pack() takes NULL for an "o" as failure and then releases the rest. */
static json_t *value_to_json(const struct rule *r, enum shape shape)
{
	switch (shape) {
	case SHAPE_COPY:
		return json_pack("{s:o,s:I,s:i}", "address",
				 address_text(r->v.copy.address), "flags",
				 (json_int_t)r->v.copy.flags, "length",
				 r->v.copy.len);
	case SHAPE_REDIRECT:
		return json_pack("{s:o,s:I}", "address",
				 address_text(r->v.copy.address), "flags",
				 (json_int_t)r->v.copy.flags);
	case SHAPE_PRIORITY:
		return json_pack("{s:i}", "qosBucket", r->v.bucket);
	case SHAPE_ZT:
		return json_pack("{s:o}", "zt", address_text(r->v.zt.v));
	case SHAPE_VLAN_ID:
		return json_pack("{s:i}", "vlanId", r->v.vlan_id);
	case SHAPE_VLAN_PCP:
		return json_pack("{s:i}", "vlanPcp", r->v.vlan_pcp);
	case SHAPE_VLAN_DEI:
		return json_pack("{s:i}", "vlanDei", r->v.vlan_dei);
	case SHAPE_MAC:
		return json_pack("{s:o}", "mac", mac_text(r->v.mac));
	case SHAPE_IPV4:
		return json_pack("{s:o}", "ip", net_text(r, true));
	case SHAPE_IPV6:
		return json_pack("{s:o}", "ip", net_text(r, false));
	case SHAPE_TOS:
		return json_pack("{s:i,s:i,s:i}", "mask", r->v.tos.mask,
				 "start", r->v.tos.start, "end", r->v.tos.end);
	case SHAPE_IP_PROTOCOL:
		return json_pack("{s:i}", "ipProtocol", r->v.ip_protocol);
	case SHAPE_ETHERTYPE:
		return json_pack("{s:i}", "etherType", r->v.ethertype);
	case SHAPE_ICMP:
		return json_pack("{s:i,s:o}", "icmpType", r->v.icmp.type,
				 "icmpCode",
				 r->v.icmp.flags & RULE_ICMP_CODE
					 ? json_integer(r->v.icmp.code)
					 : json_null());
	case SHAPE_RANGE:
		return json_pack("{s:i,s:i}", "start", r->v.range.start, "end",
				 r->v.range.end);
	case SHAPE_CHARACTERISTICS:
		return json_pack("{s:o}", "mask",
				 hex_text(r->v.characteristics));
	case SHAPE_RANDOM:
		return json_pack("{s:I}", "probability",
				 (json_int_t)r->v.probability);
	case SHAPE_TAG:
		return json_pack("{s:I,s:I}", "id", (json_int_t)r->v.tag.id,
				 "value", (json_int_t)r->v.tag.value);
	case SHAPE_INTEGER:
		return json_pack(
			"{s:o,s:o,s:i,s:b,s:i}", "start",
			hex_text(r->v.integer.start), "end",
			hex_text(r->v.integer.end), "idx", r->v.integer.index,
			"little", !!(r->v.integer.format & RULE_INTEGER_LITTLE),
			"bits",
			(r->v.integer.format & RULE_INTEGER_WIDTH_MASK) + 1);
	default:
		return json_object();
	}
}

static json_t *rule_to_json(const struct rule *r)
{
	const struct name *name = find_by_type(tl_rule_type(r));
	json_t *object;
	int err;

	if (!name)
		return json_object();
	object = value_to_json(r, (enum shape)name->shape);
	if (!object)
		return NULL;
	err = json_object_set_new(object, "type", json_string(name->name));
	if (!tl_rule_is_action(r)) {
		err |= json_object_set_new(object, "not",
					   json_boolean(r->t & RULE_NOT));
		err |= json_object_set_new(object, "or",
					   json_boolean(r->t & RULE_OR));
	}
	if (err) {
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *tl_rules_to_json(const struct rule *rules, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i < n; i++) {
		if (json_array_append_new(array, rule_to_json(&rules[i]))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}
