/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_scene.h - a network, two members and a frame, made from any bytes
 *
 * Every value comes from a small choice, so that rules meet what they look for
 * as often as not. What the bytes do not reach is zero, which is a scene, too.
 * scene_differs() asks the engine and the oracle about both directions.
 */
#ifndef TL_TEST_ORACLE_FILTER_SCENE_H
#define TL_TEST_ORACLE_FILTER_SCENE_H

#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "test/oracle/filter_oracle.h"

#define SCENE_RULES 32
#define SCENE_CAP_RULES 8
#define SCENE_CAPS 3
#define SCENE_TAGS 3
#define SCENE_THINGS 2
#define SCENE_PAYLOAD 160

#define SCENE_OWN 0xbdd590c7b7u
#define SCENE_NETWORK 0xd935117c6700beefu

struct scene_holder {
	struct filter_tag tags[SCENE_TAGS];
	struct filter_thing owned[SCENE_THINGS];
	struct filter_capability caps[SCENE_CAPS];
	struct rule rules[SCENE_CAPS][SCENE_CAP_RULES];
};

struct scene {
	struct scene_holder us;
	struct scene_holder them;
	struct rule rules[SCENE_RULES];
	struct endpoint addresses[2];
	struct filter_policy policy;
	struct filter_side remote;
	bool knows_remote;
	struct filter_frame frame;
	uint8_t payload[SCENE_PAYLOAD];
	struct address sender;
	struct address zt_dest;
	bool no_tee;
	uint32_t random_step;
	uint32_t random_at;
};

static inline uint32_t scene_random(void *ctx)
{
	struct scene *s = ctx;

	return s->random_at += s->random_step;
}

/* Two neighbours, ourselves, a third, nobody, a reserved one. */
static uint64_t scene_node(struct reader *r)
{
	static const uint64_t nodes[] = {
		0x9c8256e482, SCENE_OWN, 0x9c8256e483,
		0x1122334455, 0,	 0xff00000001
	};

	return nodes[tl_read_u8(r) % TL_ARRAY_SIZE(nodes)];
}

static struct mac scene_mac(struct reader *r)
{
	static const struct mac macs[] = {
		{ { 2, 0, 0, 0, 0, 1 } },
		{ { 2, 0, 0, 0, 0, 2 } },
		{ { 0x33, 0x33, 0, 0, 0, 1 } },
		{ { 255, 255, 255, 255, 255, 255 } },
	};

	return macs[tl_read_u8(r) % TL_ARRAY_SIZE(macs)];
}

static uint16_t scene_ethertype(struct reader *r)
{
	static const uint16_t types[] = { 0x0800, 0x86dd, 0x0800,
					  0x86dd, 0x0806, 0x1234 };

	return types[tl_read_u8(r) % TL_ARRAY_SIZE(types)];
}

/* @icmp: the number that ICMP has there */
static uint8_t scene_proto(struct reader *r, uint8_t icmp)
{
	const uint8_t protos[] = { 6, 17, icmp, 132, 6,	   17,
				   0, 60, 135,	136, icmp, 44 };

	return protos[tl_read_u8(r) % TL_ARRAY_SIZE(protos)];
}

static void scene_ip4(uint8_t out[4], struct reader *r)
{
	uint8_t v = tl_read_u8(r);

	out[0] = 10;
	out[1] = 0;
	out[2] = v & 8 ? 0x80 : 0;
	out[3] = v & 3;
}

/* Derived addresses, of the sender as often as not, or others. */
static void scene_ip6(uint8_t out[16], struct reader *r)
{
	static const uint64_t nodes[] = { 0x9c8256e482, 0x9c8256e483, SCENE_OWN,
					  0x9c8256e482 };
	uint8_t v = tl_read_u8(r);

	memset(out, 0, 16);
	if ((v & 3) == 0) {
		oracle_derived(out, true, SCENE_NETWORK, nodes[v >> 6]);
		out[14] = v & 4;
	} else if ((v & 3) == 1) {
		oracle_derived(out, false, SCENE_NETWORK, nodes[v >> 6]);
		out[9] ^= v & 4;
	} else {
		out[0] = 0x20;
		out[15] = v >> 4 & 1;
	}
}

/* Half of them without host bits, since others never match. */
static void scene_net6(struct rule *out, struct reader *r)
{
	uint8_t v = tl_read_u8(r);

	scene_ip6(out->v.net.ip, r);
	out->v.net.bits = v & 1 ? v : v >> 1 & 0x78;
	for (size_t i = out->v.net.bits / 8; !(v & 1) && i < 16; i++)
		out->v.net.ip[i] = 0;
}

static void scene_range(uint16_t *start, uint16_t *end, struct reader *r)
{
	uint8_t v = tl_read_u8(r);

	*start = v & 15;
	*end = v & 128 ? 0xffff : (uint16_t)(*start + (v >> 4));
}

static void scene_integer(struct rule *out, struct reader *r)
{
	uint8_t v = tl_read_u8(r);

	out->v.integer.format = tl_read_u8(r);
	out->v.integer.index = tl_read_u8(r);
	out->v.integer.start = v & 1 ? tl_read_be64(r) : v >> 4;
	out->v.integer.end = v & 2 ? tl_read_be64(r)
				   : out->v.integer.start + (v & 0xfc);
}

/* A bit or two of TCP's and what lies above them, or one of the others, most
 * often ipauth. */
static uint64_t scene_mask(struct reader *r)
{
	static const unsigned int high[] = { 60, 60, 60, 60, 59, 61, 62, 63 };
	uint8_t v = tl_read_u8(r);
	uint8_t w = tl_read_u8(r);
	uint64_t mask = 1ull << (v & 15);

	if (v & 0x40)
		return 1ull << high[w & 7] | (w & 8 ? mask : 0);
	return v & 0x80 ? mask | 1ull << (w & 15) : mask;
}

static void scene_value(struct rule *out, struct reader *r)
{
	switch (tl_rule_type(out)) {
	case RULE_TEE:
	case RULE_WATCH:
	case RULE_REDIRECT:
		out->v.copy.address = scene_node(r);
		out->v.copy.len = tl_read_u8(r);
		out->v.copy.address |= (uint64_t)(out->v.copy.len >> 6) << 40;
		out->v.copy.len &= 0x3f;
		break;
	case RULE_ZT_SOURCE:
	case RULE_ZT_DEST:
		out->v.zt.v = scene_node(r);
		break;
	case RULE_VLAN_ID:
		out->v.vlan_id = tl_read_u8(r) & 1;
		break;
	case RULE_VLAN_PCP:
		out->v.vlan_pcp = tl_read_u8(r) & 1;
		break;
	case RULE_VLAN_DEI:
		out->v.vlan_dei = tl_read_u8(r) & 1;
		break;
	case RULE_MAC_SOURCE:
	case RULE_MAC_DEST:
		out->v.mac = scene_mac(r);
		break;
	case RULE_IPV4_SOURCE:
	case RULE_IPV4_DEST:
		scene_ip4(out->v.net.ip, r);
		out->v.net.bits = tl_read_u8(r) % 36;
		break;
	case RULE_IPV6_SOURCE:
	case RULE_IPV6_DEST:
		scene_net6(out, r);
		break;
	case RULE_IP_TOS:
		out->v.tos.mask = tl_read_u8(r);
		out->v.tos.start = tl_read_u8(r);
		out->v.tos.end = out->v.tos.start | tl_read_u8(r);
		break;
	case RULE_IP_PROTOCOL:
		out->v.ip_protocol = scene_proto(r, 58);
		break;
	case RULE_ETHERTYPE:
		out->v.ethertype = scene_ethertype(r);
		break;
	case RULE_ICMP:
		out->v.icmp.type = tl_read_u8(r) & 1;
		out->v.icmp.code = tl_read_u8(r) & 1;
		out->v.icmp.flags = tl_read_u8(r);
		break;
	case RULE_SOURCE_PORT:
	case RULE_DEST_PORT:
		scene_range(&out->v.range.start, &out->v.range.end, r);
		break;
	case RULE_FRAME_SIZE:
		out->v.range.start = tl_read_u8(r) % SCENE_PAYLOAD;
		out->v.range.end = tl_read_u8(r);
		break;
	case RULE_CHARACTERISTICS:
		out->v.characteristics = scene_mask(r);
		break;
	case RULE_RANDOM:
		out->v.probability = tl_read_be32(r);
		break;
	case RULE_INTEGER_RANGE:
		scene_integer(out, r);
		break;
	default:
		out->v.tag.id = tl_read_u8(r) % 4;
		out->v.tag.value = tl_read_u8(r) % 4;
		break;
	}
}

/* Half of them are actions, or of the few types that this scene is about: what
 * shows only if several things meet would hardly ever be seen otherwise. */
static void scene_rule(struct rule *out, const uint8_t about[4],
		       struct reader *r)
{
	static const uint8_t actions[] = { 0, 1, 2, 3, 4, 5, 6, 7,
					   0, 1, 2, 3, 2, 3, 4, 15 };
	uint8_t v = tl_read_u8(r);
	uint8_t w = tl_read_u8(r);

	memset(out, 0, sizeof(*out));
	if ((w & 3) == 0)
		out->t = actions[v & 15];
	else if (w & 1)
		out->t = about[w >> 2 & 3];
	else
		out->t = v & 63;
	if (out->t > RULE_LAST_ACTION || w & 0x80)
		out->t |= v & 0xc0 & (w >> 4 | w);
	scene_value(out, r);
}

static struct rule_set scene_rules(struct rule *out, size_t max,
				   const uint8_t about[4], struct reader *r)
{
	uint8_t v = tl_read_u8(r);
	struct rule_set set = { .at = out, .n = v % (max + 1) };

	for (size_t i = 0; i < set.n; i++)
		scene_rule(&out[i], about, r);
	set.is_refused = v >= 250;
	return set;
}

static void scene_side(struct filter_side *side, struct scene_holder *h,
		       const uint8_t about[4], struct reader *r)
{
	uint8_t v = tl_read_u8(r);

	*side = (struct filter_side){ .tags = h->tags,
				      .n_tags = v % (SCENE_TAGS + 1),
				      .owned = h->owned,
				      .n_owned = (v >> 2) % 3,
				      .capabilities = h->caps,
				      .n_capabilities = v >> 6 };
	for (uint32_t i = 0; i < side->n_tags; i++)
		h->tags[i] = (struct filter_tag){ i, tl_read_u8(r) % 4 };
	for (size_t i = 0; i < side->n_owned; i++) {
		struct mac mac = scene_mac(r);

		h->owned[i].type = tl_read_u8(r) & 3;
		if (h->owned[i].type == FILTER_THING_IPV6)
			scene_ip6(h->owned[i].value, r);
		else if (h->owned[i].type == FILTER_THING_IPV4)
			scene_ip4(h->owned[i].value, r);
		else
			memcpy(h->owned[i].value, mac.b, MAC_LEN);
	}
	for (uint32_t i = 0; i < side->n_capabilities; i++)
		h->caps[i] = (struct filter_capability){
			.id = i,
			.rules = scene_rules(h->rules[i], SCENE_CAP_RULES,
					     about, r),
		};
}

static void scene_transport(uint8_t *at, size_t room, struct reader *r)
{
	for (size_t i = 0; i < TL_MIN(room, (size_t)16); i++)
		at[i] = tl_read_u8(r) & (i < 4 ? 15 : 255);
	/* The ports' high bytes, so that rules meet them. */
	if (room > 2)
		at[0] = at[2] = 0;
}

/* Returns where the transport's header begins. */
static size_t scene_ip4_packet(struct scene *s, struct reader *r)
{
	uint8_t *p = s->payload;
	uint8_t v = tl_read_u8(r);
	size_t header = v & 1 ? 20 : 4 * (v >> 4);

	p[0] = (uint8_t)(0x40 | header / 4);
	p[1] = tl_read_u8(r);
	p[9] = scene_proto(r, 1);
	scene_ip4(p + 12, r);
	scene_ip4(p + 16, r);
	if (header >= 20)
		scene_transport(p + header, SCENE_PAYLOAD - header, r);
	return header;
}

static size_t scene_ip6_packet(struct scene *s, struct reader *r)
{
	uint8_t *p = s->payload;
	uint8_t v = tl_read_u8(r);
	size_t at = 40;

	p[0] = 0x60 | (v & 15);
	p[1] = tl_read_u8(r);
	p[6] = scene_proto(r, 58);
	scene_ip6(p + 8, r);
	scene_ip6(p + 24, r);
	if (p[6] == 0 || p[6] == 135) {
		p[40] = scene_proto(r, 58);
		p[41] = tl_read_u8(r) & 1;
		at += 8 + 8 * (size_t)p[41];
	}
	scene_transport(p + at, SCENE_PAYLOAD - at, r);
	if (p[6] == 58 && v & 64) {
		p[40] = 0x87 + (v >> 7);
		scene_ip6(p + 48, r);
	}
	return at;
}

static void scene_frame(struct scene *s, struct reader *r)
{
	struct filter_frame *f = &s->frame;
	uint8_t cut = tl_read_u8(r);
	size_t edge = 14;
	size_t n = 100;

	f->source = scene_mac(r);
	f->dest = scene_mac(r);
	f->ethertype = scene_ethertype(r);
	f->vlan_id = tl_read_u8(r) & 1;
	if (f->ethertype == 0x0800)
		edge = scene_ip4_packet(s, r);
	else if (f->ethertype == 0x86dd)
		edge = scene_ip6_packet(s, r);
	else
		scene_ip4(s->payload + 14, r);
	/* Whole, cut anywhere, or within the transport's header. */
	if ((cut & 3) == 1)
		n = cut;
	else if ((cut & 3) == 2)
		n = edge + (cut >> 2) % 17;
	f->payload = tl_bytes(s->payload, TL_MIN(n, (size_t)SCENE_PAYLOAD));
}

/* @out: zeroed; it may not be moved afterwards. */
static inline void scene_read(struct scene *out, struct bytes from)
{
	struct reader r = tl_reader(from);
	struct filter_policy *p = &out->policy;
	uint8_t v = tl_read_u8(&r);
	uint8_t about[4];

	tl_read_copy(&r, about, sizeof(about));
	for (size_t i = 0; i < sizeof(about); i++)
		about[i] = about[i] % 32 >= 28 ? RULE_CHARACTERISTICS
					       : RULE_ZT_SOURCE + about[i] % 32;
	p->network.v = SCENE_NETWORK;
	p->own.v = SCENE_OWN;
	p->flags = v;
	p->random = v & 1 ? NULL : scene_random;
	p->random_ctx = out;
	out->knows_remote = !(v & 2);
	out->no_tee = v & 16;
	oracle_derived(out->addresses[0].ip, true, SCENE_NETWORK, SCENE_OWN);
	oracle_derived(out->addresses[1].ip, false, SCENE_NETWORK, SCENE_OWN);
	out->addresses[0].family = out->addresses[1].family = 6;
	p->addresses = out->addresses + (v >> 7);
	p->n_addresses = v >> 7 ? 1 : TL_MIN(v >> 5 & 3u, 2u);
	out->sender.v = v & 64 ? 0x9c8256e483 : 0x9c8256e482;
	out->zt_dest.v = scene_node(&r);
	out->random_step = tl_read_be32(&r);
	scene_frame(out, &r);
	scene_side(&p->side, &out->us, about, &r);
	scene_side(&out->remote, &out->them, about, &r);
	p->rules = scene_rules(out->rules, SCENE_RULES, about, &r);
}

static bool scene_same(const struct filter_result *a,
		       const struct filter_result *b)
{
	if (a->verdict != b->verdict || a->n_copies != b->n_copies)
		return false;
	if (a->verdict == FILTER_DROP &&
	    (a->reason != b->reason || a->redirect_to.v != b->redirect_to.v))
		return false;
	for (size_t i = 0; i < a->n_copies; i++)
		if (a->copies[i].to.v != b->copies[i].to.v ||
		    a->copies[i].flags != b->copies[i].flags ||
		    a->copies[i].len != b->copies[i].len)
			return false;
	return true;
}

/**
 * scene_differs() - Do engine and oracle disagree?
 * @got:	[0] outbound, [1] inbound: what the engine says
 * @want:	what the oracle says
 *
 * The payload is handed over in memory of just its length, so that a sanitizer
 * sees who reads beyond. Random numbers begin anew for each.
 */
static inline bool scene_differs(struct scene *s, struct filter_result got[2],
				 struct filter_result want[2])
{
	const struct filter_side *other = s->knows_remote ? &s->remote : NULL;
	size_t n = s->frame.payload.n;
	uint8_t *exact = malloc(n ? n : 1);
	struct filter_frame f = s->frame;

	tl_assert(exact);
	memcpy(exact, s->payload, n);
	f.payload = tl_bytes(exact, n);
	s->random_at = 0;
	tl_filter_outbound(&got[0], &s->policy, &f, s->zt_dest, other,
			   s->no_tee);
	tl_filter_inbound(&got[1], &s->policy, &f, s->sender, other);
	s->random_at = 0;
	oracle_outbound(&want[0], &s->policy, &f, s->zt_dest, other, s->no_tee);
	oracle_inbound(&want[1], &s->policy, &f, s->sender, other);
	free(exact);
	return !scene_same(&got[0], &want[0]) || !scene_same(&got[1], &want[1]);
}

#endif /* TL_TEST_ORACLE_FILTER_SCENE_H */
