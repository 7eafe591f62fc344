/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_oracle.h - the rules engine once more, slow and plain
 *
 * Written from vl2.md 10, sentence by sentence, to be read beside it. It shares
 * the data structures with the engine and nothing else: no function of it is
 * called, nothing is remembered from one match to the next, nothing is skipped
 * because it cannot matter. Where we are stricter than the reference
 * (doc/protocol.md) it is, too. Header only: fuzzers link no test library.
 */
#ifndef TL_TEST_ORACLE_FILTER_ORACLE_H
#define TL_TEST_ORACLE_FILTER_ORACLE_H

#include <string.h>

#include "vl2/filter.h"

enum oracle_truth {
	ORACLE_NO,
	ORACLE_YES,
	ORACLE_HARD_NO,
	ORACLE_HARD_YES
};

/* What one rule set says (10.3). */
enum oracle_outcome {
	ORACLE_NO_MATCH,
	ORACLE_DROP,
	ORACLE_REDIRECT,
	ORACLE_ACCEPT,
	ORACLE_SUPER_ACCEPT,
};

/* The inputs of 10.3. */
struct oracle_inputs {
	const struct filter_policy *policy;
	const struct filter_frame *frame;
	const struct filter_side *other; /* NULL: no membership record */
	uint64_t zt_source;
	uint64_t zt_dest;
	bool inbound;
};

/* The outputs of 10.3, and what matches and actions leave for later ones. */
struct oracle_state {
	uint64_t zt_dest;
	uint64_t cc;
	size_t cc_len;
	bool cc_watch;
	bool super_accept;
	bool skip_drop;
	bool met_unknown;
};

static unsigned int oracle_byte(const struct oracle_inputs *in, size_t i)
{
	return in->frame->payload.at[i];
}

static size_t oracle_len(const struct oracle_inputs *in)
{
	return in->frame->payload.n;
}

static bool oracle_is_ip4(const struct oracle_inputs *in)
{
	return in->frame->ethertype == 0x0800 && oracle_len(in) >= 20;
}

static bool oracle_is_ip6(const struct oracle_inputs *in)
{
	return in->frame->ethertype == 0x86dd && oracle_len(in) >= 40;
}

/* 10.7 */
static bool oracle_walk(const struct oracle_inputs *in, size_t *pos,
			unsigned int *proto)
{
	if (oracle_len(in) < 40)
		return false;
	*pos = 40;
	*proto = oracle_byte(in, 6);
	while (*pos <= oracle_len(in)) {
		size_t old = *pos;

		if (*proto != 0 && *proto != 43 && *proto != 60 &&
		    *proto != 135)
			return true;
		if (*pos + 8 > oracle_len(in))
			return false;
		*proto = oracle_byte(in, old);
		*pos = old + 8 * oracle_byte(in, old + 1) + 8;
	}
	return false;
}

/* Where the header behind IP begins; false if there is no telling. */
static bool oracle_transport(const struct oracle_inputs *in, size_t *pos,
			     unsigned int *proto)
{
	if (oracle_is_ip4(in)) {
		*pos = 4 * (oracle_byte(in, 0) & 15);
		*proto = oracle_byte(in, 9);
		return true;
	}
	return in->frame->ethertype == 0x86dd && oracle_walk(in, pos, proto);
}

static const struct filter_side *oracle_sender(const struct oracle_inputs *in)
{
	return in->inbound ? in->other : &in->policy->side;
}

static bool oracle_owns(const struct filter_side *side, int type,
			const uint8_t *value, size_t n)
{
	for (size_t i = 0; side && i < side->n_owned; i++)
		if (side->owned[i].type == type &&
		    memcmp(side->owned[i].value, value, n) == 0)
			return true;
	return false;
}

/* 2.4 and 2.3, written out byte for byte. */
static void oracle_derived(uint8_t out[16], bool is_6plane, uint64_t net,
			   uint64_t node)
{
	uint64_t x = (net >> 32) ^ (net & 0xffffffff);

	memset(out, 0, 16);
	out[0] = is_6plane ? 0xfc : 0xfd;
	for (unsigned int i = 0; is_6plane && i < 4; i++)
		out[1 + i] = (uint8_t)(x >> (24 - 8 * i));
	for (unsigned int i = 0; !is_6plane && i < 8; i++)
		out[1 + i] = (uint8_t)(net >> (56 - 8 * i));
	for (unsigned int i = 0; i < 5; i++)
		out[(is_6plane ? 5 : 11) + i] = (uint8_t)(node >> (32 - 8 * i));
	if (is_6plane) {
		out[15] = 1;
	} else {
		out[9] = 0x99;
		out[10] = 0x93;
	}
}

static bool oracle_is_ours(const struct oracle_inputs *in, const uint8_t ip[16])
{
	for (size_t i = 0; i < in->policy->n_addresses; i++)
		if (in->policy->addresses[i].family == 6 &&
		    memcmp(in->policy->addresses[i].ip, ip, 16) == 0)
			return true;
	return false;
}

/* NDP-emulated addresses; which must name the sender (we are stricter). */
static bool oracle_is_emulated(const struct oracle_inputs *in,
			       const uint8_t *ip, bool is_6plane)
{
	uint8_t own[16];
	uint8_t theirs[16];

	if (!in->inbound || !(in->policy->flags & 0x04))
		return false;
	oracle_derived(own, is_6plane, in->policy->network.v,
		       in->policy->own.v);
	oracle_derived(theirs, is_6plane, in->policy->network.v, in->zt_source);
	return oracle_is_ours(in, own) &&
	       memcmp(ip, theirs, is_6plane ? 10 : 16) == 0;
}

static bool oracle_ipauth(const struct oracle_inputs *in)
{
	const uint8_t *p = in->frame->payload.at;
	const uint8_t *ip;

	if (oracle_is_ip4(in))
		return oracle_owns(oracle_sender(in), 2, p + 12, 4);
	if (in->frame->ethertype == 0x0806 && oracle_len(in) >= 28)
		return oracle_owns(oracle_sender(in), 2, p + 14, 4);
	if (!oracle_is_ip6(in))
		return false;
	ip = p + 8;
	if (oracle_len(in) >= 64 && p[6] == 0x3a && p[40] == 0x87)
		return true;
	if (oracle_len(in) >= 64 && p[6] == 0x3a && p[40] == 0x88)
		ip = p + 48;
	return oracle_owns(oracle_sender(in), 3, ip, 16) ||
	       oracle_is_emulated(in, ip, true) ||
	       oracle_is_emulated(in, ip, false);
}

static uint64_t oracle_characteristics(const struct oracle_inputs *in)
{
	static const uint8_t everybody[6] = { 255, 255, 255, 255, 255, 255 };
	const struct filter_frame *f = in->frame;
	uint64_t bits = 0;
	unsigned int proto;
	size_t pos;

	if (in->inbound)
		bits |= 1ull << 63;
	if (f->dest.b[0] & 1)
		bits |= 1ull << 62;
	if (memcmp(f->dest.b, everybody, 6) == 0)
		bits |= 1ull << 61;
	if (oracle_ipauth(in))
		bits |= 1ull << 60;
	if (oracle_owns(oracle_sender(in), 1, f->source.b, 6))
		bits |= 1ull << 59;
	if (oracle_transport(in, &pos, &proto) && proto == 6 &&
	    oracle_len(in) > pos + (oracle_is_ip4(in) ? 13 : 14))
		bits |= oracle_byte(in, pos + 13) |
			(uint64_t)(oracle_byte(in, pos + 12) & 15) << 8;
	return bits;
}

static enum oracle_truth oracle_soft(bool yes)
{
	return yes ? ORACLE_YES : ORACLE_NO;
}

static bool oracle_prefix(const uint8_t *ip, const uint8_t *net, size_t n,
			  unsigned int mask_bits, bool mask_net)
{
	for (unsigned int i = 0; i < 8 * n; i++) {
		bool is_masked = i >= mask_bits;
		bool a = ip[i / 8] >> (7 - i % 8) & 1;
		bool b = net[i / 8] >> (7 - i % 8) & 1;

		if (is_masked)
			a = false;
		if (is_masked && mask_net)
			b = false;
		if (a != b)
			return false;
	}
	return true;
}

static enum oracle_truth oracle_net(const struct oracle_inputs *in,
				    const struct rule *r, bool is_ip4,
				    size_t at)
{
	if (is_ip4 ? !oracle_is_ip4(in) : !oracle_is_ip6(in))
		return ORACLE_HARD_NO;
	return oracle_soft(oracle_prefix(in->frame->payload.at + at,
					 r->v.net.ip, is_ip4 ? 4 : 16,
					 r->v.net.bits, is_ip4));
}

static enum oracle_truth oracle_tos(const struct oracle_inputs *in,
				    const struct rule *r)
{
	unsigned int v;

	if (oracle_is_ip4(in))
		v = oracle_byte(in, 1);
	else if (oracle_is_ip6(in))
		v = (oracle_byte(in, 0) & 15) * 16 + oracle_byte(in, 1) / 16;
	else
		return ORACLE_HARD_NO;
	v &= r->v.tos.mask;
	return oracle_soft(r->v.tos.start <= v && v <= r->v.tos.end);
}

static enum oracle_truth oracle_icmp(const struct oracle_inputs *in,
				     const struct rule *r)
{
	unsigned int proto;
	size_t pos;

	if (!oracle_transport(in, &pos, &proto))
		return ORACLE_HARD_NO;
	if (proto != (oracle_is_ip4(in) ? 1 : 0x3a) ||
	    oracle_len(in) < pos + 2 || oracle_byte(in, pos) != r->v.icmp.type)
		return ORACLE_HARD_NO;
	if (!(r->v.icmp.flags & 1))
		return ORACLE_HARD_YES;
	return oracle_soft(oracle_byte(in, pos + 1) == r->v.icmp.code);
}

static enum oracle_truth oracle_port(const struct oracle_inputs *in,
				     const struct rule *r, size_t at)
{
	unsigned int proto;
	unsigned int port;
	size_t pos;

	if (!oracle_transport(in, &pos, &proto))
		return ORACLE_HARD_NO;
	if (proto != 6 && proto != 17 && proto != 132 && proto != 136)
		return ORACLE_NO;
	if (oracle_len(in) <= pos + 4)
		return ORACLE_NO;
	port = oracle_byte(in, pos + at) * 256 + oracle_byte(in, pos + at + 1);
	if (port == 0 && !oracle_is_ip4(in))
		return ORACLE_NO;
	return oracle_soft(r->v.range.start <= port && port <= r->v.range.end);
}

static const struct filter_tag *oracle_tag(const struct filter_side *side,
					   uint32_t id)
{
	for (size_t i = 0; side && i < side->n_tags; i++)
		if (side->tags[i].id == id)
			return &side->tags[i];
	return NULL;
}

static enum oracle_truth oracle_lenient(struct oracle_state *s)
{
	s->skip_drop = true;
	return ORACLE_HARD_YES;
}

static enum oracle_truth oracle_tags(const struct oracle_inputs *in,
				     struct oracle_state *s,
				     const struct rule *r)
{
	const struct filter_tag *l = oracle_tag(&in->policy->side, r->v.tag.id);
	const struct filter_tag *m = oracle_tag(in->other, r->v.tag.id);
	int64_t apart;

	if (!l)
		return ORACLE_HARD_NO;
	if (!m && in->inbound && !s->super_accept)
		return ORACLE_HARD_NO;
	if (!m)
		return oracle_lenient(s);
	switch (r->t & 63) {
	case 44:
		apart = (int64_t)l->value - (int64_t)m->value;
		if (apart < 0)
			apart = -apart;
		return oracle_soft(apart <= (int64_t)r->v.tag.value);
	case 45:
		return oracle_soft((l->value & m->value) == r->v.tag.value);
	case 46:
		return oracle_soft((l->value | m->value) == r->v.tag.value);
	case 47:
		return oracle_soft((l->value ^ m->value) == r->v.tag.value);
	default:
		return oracle_soft(l->value == r->v.tag.value &&
				   m->value == r->v.tag.value);
	}
}

static enum oracle_truth oracle_one_tag(const struct oracle_inputs *in,
					struct oracle_state *s,
					const struct rule *r)
{
	const struct filter_tag *l = oracle_tag(&in->policy->side, r->v.tag.id);
	const struct filter_tag *m = oracle_tag(in->other, r->v.tag.id);
	bool asks_sender = (r->t & 63) == 49;
	bool is_the_others = asks_sender ? in->inbound : !in->inbound;

	if (s->super_accept)
		return oracle_lenient(s);
	if (is_the_others && !m)
		return asks_sender ? ORACLE_HARD_NO : oracle_lenient(s);
	if (is_the_others)
		return oracle_soft(m->value == r->v.tag.value);
	if (!l)
		return ORACLE_HARD_NO;
	return oracle_soft(l->value == r->v.tag.value);
}

/* 10.10, with the bytes gathered in the order of their weight. */
static enum oracle_truth oracle_integer(const struct oracle_inputs *in,
					const struct rule *r)
{
	unsigned int width = (r->v.integer.format & 63) + 1u;
	bool is_little = r->v.integer.format & 0x80;
	size_t n = (width + 7) / 8;
	size_t first = r->v.integer.index + (is_little ? 0 : 8 - n);
	uint32_t span = (uint32_t)(r->v.integer.end - r->v.integer.start);
	uint64_t v = 0;

	if (first + n <= oracle_len(in)) {
		for (size_t i = 0; i < n; i++) {
			size_t at = is_little ? n - 1 - i : i;

			v = v * 256 + oracle_byte(in, first + at);
		}
		if (is_little)
			v = v << (64 - 8 * n) >> (64 - width);
		else if (width < 64)
			v %= 1ull << width;
	}
	return oracle_soft(r->v.integer.start <= v &&
			   v <= r->v.integer.start + span);
}

static enum oracle_truth oracle_random(const struct oracle_inputs *in,
				       const struct rule *r)
{
	if (!in->policy->random)
		return ORACLE_HARD_NO;
	return oracle_soft(in->policy->random(in->policy->random_ctx) <=
			   r->v.probability);
}

static enum oracle_truth oracle_protocol(const struct oracle_inputs *in,
					 const struct rule *r)
{
	unsigned int proto;
	size_t pos;

	if (!oracle_transport(in, &pos, &proto))
		return ORACLE_HARD_NO;
	return oracle_soft(proto == r->v.ip_protocol);
}

/* Types by the numbers of 10.2. */
static enum oracle_truth oracle_match(const struct oracle_inputs *in,
				      struct oracle_state *s,
				      const struct rule *r)
{
	const struct filter_frame *f = in->frame;

	switch (r->t & 63) {
	case 24:
		return oracle_soft(r->v.zt.v == in->zt_source);
	case 25:
		return oracle_soft(r->v.zt.v == s->zt_dest);
	case 26:
		return oracle_soft(r->v.vlan_id == f->vlan_id);
	case 27:
		return oracle_soft(r->v.vlan_pcp == 0);
	case 28:
		return oracle_soft(r->v.vlan_dei == 0);
	case 29:
		return oracle_soft(!memcmp(r->v.mac.b, f->source.b, 6));
	case 30:
		return oracle_soft(!memcmp(r->v.mac.b, f->dest.b, 6));
	case 31:
		return oracle_net(in, r, true, 12);
	case 32:
		return oracle_net(in, r, true, 16);
	case 33:
		return oracle_net(in, r, false, 8);
	case 34:
		return oracle_net(in, r, false, 24);
	case 35:
		return oracle_tos(in, r);
	case 36:
		return oracle_protocol(in, r);
	case 37:
		return oracle_soft(r->v.ethertype == f->ethertype);
	case 38:
		return oracle_icmp(in, r);
	case 39:
		return oracle_port(in, r, 0);
	case 40:
		return oracle_port(in, r, 2);
	case 41:
		return oracle_soft(oracle_characteristics(in) &
				   r->v.characteristics);
	case 42:
		return oracle_soft(r->v.range.start <= oracle_len(in) &&
				   oracle_len(in) <= r->v.range.end);
	case 43:
		return oracle_random(in, r);
	case 44:
	case 45:
	case 46:
	case 47:
	case 48:
		return oracle_tags(in, s, r);
	case 49:
	case 50:
		return oracle_one_tag(in, s, r);
	case 51:
		return oracle_integer(in, r);
	default:
		s->met_unknown = true;
		return oracle_soft(in->policy->flags & 0x08);
	}
}

static bool oracle_is_true(const struct oracle_inputs *in,
			   struct oracle_state *s, const struct rule *r)
{
	enum oracle_truth t = oracle_match(in, s, r);

	if (t == ORACLE_HARD_NO || t == ORACLE_HARD_YES)
		return t == ORACLE_HARD_YES;
	return (t == ORACLE_YES) != !!(r->t & 0x80);
}

static uint64_t oracle_target(const struct rule *r)
{
	return r->v.copy.address % (1ull << 40);
}

/* TEE, WATCH, REDIRECT. True if the evaluation ends with *@out. */
static bool oracle_copy(const struct oracle_inputs *in, struct oracle_state *s,
			const struct rule *r, enum oracle_outcome *out)
{
	uint64_t to = oracle_target(r);

	if (to == in->zt_source)
		return false;
	if (to == in->policy->own.v) {
		*out = ORACLE_SUPER_ACCEPT;
		return in->inbound;
	}
	if (to == s->zt_dest)
		return false;
	if ((r->t & 63) == 4) {
		s->zt_dest = to;
		*out = ORACLE_REDIRECT;
		return true;
	}
	s->cc = to;
	s->cc_len = oracle_len(in);
	if (r->v.copy.len != 0 && r->v.copy.len < s->cc_len)
		s->cc_len = r->v.copy.len;
	s->cc_watch = (r->t & 63) == 3;
	return false;
}

/* True if the evaluation ends with *@out. */
static bool oracle_act(const struct oracle_inputs *in, struct oracle_state *s,
		       const struct rule *r, enum oracle_outcome *out)
{
	bool is_skipped;

	switch (r->t & 63) {
	case 0:
		is_skipped = s->skip_drop;
		s->skip_drop = false;
		*out = ORACLE_DROP;
		return !is_skipped;
	case 1:
		*out = s->super_accept ? ORACLE_SUPER_ACCEPT : ORACLE_ACCEPT;
		return true;
	case 2:
	case 3:
	case 4:
		return oracle_copy(in, s, r, out);
	case 5:
		*out = ORACLE_NO_MATCH;
		return true;
	case 6:
		*out = ORACLE_ACCEPT;
		return true;
	default:
		return false;
	}
}

static enum oracle_outcome oracle_run(const struct oracle_inputs *in,
				      struct oracle_state *s,
				      const struct rule_set *rules)
{
	enum oracle_outcome out;
	bool set = true;

	s->super_accept = false;
	s->skip_drop = false;
	s->cc = 0;
	s->zt_dest = in->zt_dest;
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *r = &rules->at[i];
		unsigned int type = r->t & 63;

		if (type <= 15 && set) {
			if (oracle_act(in, s, r, &out))
				return out;
		} else if (type <= 15) {
			if (in->inbound && type >= 2 && type <= 4 &&
			    oracle_target(r) == in->policy->own.v)
				s->super_accept = true;
			set = true;
		} else if (r->t & 0x40) {
			bool is_true = oracle_is_true(in, s, r);

			set = set || is_true;
		} else if (set) {
			set = oracle_is_true(in, s, r);
		}
	}
	return ORACLE_NO_MATCH;
}

static void oracle_send(struct filter_result *out, uint64_t to, uint8_t flags,
			size_t len)
{
	if (to == 0 || to >> 32 == 0xff) /* nobody has such an address */
		return;
	out->copies[out->n_copies].to.v = to;
	out->copies[out->n_copies].flags = flags;
	out->copies[out->n_copies].len = len;
	out->n_copies++;
}

static void oracle_send_copy(struct filter_result *out,
			     const struct oracle_inputs *in,
			     const struct oracle_state *s)
{
	if (s->cc == 0)
		return;
	if (in->inbound)
		oracle_send(out, s->cc, s->cc_watch ? 0x1c : 0x08, s->cc_len);
	else
		oracle_send(out, s->cc, s->cc_watch ? 0x16 : 0x02, s->cc_len);
}

static bool oracle_is_accepting(enum oracle_outcome o)
{
	return o == ORACLE_ACCEPT || o == ORACLE_SUPER_ACCEPT ||
	       o == ORACLE_REDIRECT;
}

static void oracle_finish(struct filter_result *out,
			  const struct oracle_inputs *in,
			  const struct oracle_state *s, enum oracle_outcome o)
{
	if (!oracle_is_accepting(o)) {
		out->verdict = FILTER_DROP;
		out->reason = in->inbound ? DROP_RULES_IN : DROP_RULES_OUT;
		if (s->met_unknown)
			out->reason = DROP_RULES_UNKNOWN;
	} else if (o == ORACLE_REDIRECT) {
		oracle_send(out, s->zt_dest, in->inbound ? 0x0a : 0x04,
			    oracle_len(in));
		out->verdict = FILTER_DROP;
		out->redirect_to.v = s->zt_dest;
	} else if (in->inbound && o == ORACLE_SUPER_ACCEPT) {
		out->verdict = FILTER_SUPER_ACCEPT;
	} else {
		out->verdict = FILTER_ACCEPT;
	}
}

static void oracle_filter(struct filter_result *out,
			  const struct oracle_inputs *in, bool no_tee)
{
	const struct filter_side *caps = oracle_sender(in);
	struct oracle_state base = { 0 };
	struct oracle_state s;
	enum oracle_outcome o = ORACLE_DROP;

	memset(out, 0, sizeof(*out));
	out->reason = DROP_NONE;
	if (in->policy->rules.is_refused)
		base.met_unknown = true;
	else
		o = oracle_run(in, &base, &in->policy->rules);
	s = base;
	if (o == ORACLE_NO_MATCH) {
		for (size_t i = 0; caps && i < caps->n_capabilities; i++) {
			const struct rule_set *set =
				&caps->capabilities[i].rules;

			if (set->is_refused) {
				s.met_unknown = true;
				continue;
			}
			o = oracle_run(in, &s, set);
			if (oracle_is_accepting(o))
				break;
			o = ORACLE_NO_MATCH;
		}
		if (oracle_is_accepting(o) && !no_tee)
			oracle_send_copy(out, in, &s);
	}
	if (oracle_is_accepting(o) && !no_tee)
		oracle_send_copy(out, in, &base);
	oracle_finish(out, in, &s, o);
}

/* As tl_filter_outbound() and tl_filter_inbound(). */
static inline void oracle_outbound(struct filter_result *out,
				   const struct filter_policy *policy,
				   const struct filter_frame *frame,
				   struct address zt_dest,
				   const struct filter_side *remote,
				   bool no_tee)
{
	struct oracle_inputs in = {
		.policy = policy,
		.frame = frame,
		.other = remote,
		.zt_source = policy->own.v,
		.zt_dest = zt_dest.v,
	};

	oracle_filter(out, &in, no_tee);
}

static inline void oracle_inbound(struct filter_result *out,
				  const struct filter_policy *policy,
				  const struct filter_frame *frame,
				  struct address zt_source,
				  const struct filter_side *remote)
{
	struct oracle_inputs in = {
		.policy = policy,
		.frame = frame,
		.other = remote,
		.zt_source = zt_source.v,
		.zt_dest = policy->own.v,
		.inbound = true,
	};

	oracle_filter(out, &in, false);
}

#endif /* TL_TEST_ORACLE_FILTER_ORACLE_H */
