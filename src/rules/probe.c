/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/names.h"
#include "rules/probe_impl.h"

/* Who asks about nobody in particular asks about these. */
#define SOME_SENDER 0x1111111111u
#define SOME_RECEIVER 0x2222222222u

/* What is being read. */
struct probe_reader {
	struct rule_probe *out;
	const struct rule_program *program;
	struct probe_wish wish;
	struct bytes value;
};

typedef bool (*read_fn)(struct probe_reader *r);

static bool get_number(struct probe_reader *r, uint64_t *out, uint64_t max)
{
	return tl_word_number(out, r->value) && *out <= max;
}

static bool read_ethertype(struct probe_reader *r)
{
	uint64_t v;

	r->wish.has_ethertype = true;
	if (tl_ethertype_find(&r->wish.ethertype, r->value))
		return true;
	if (!get_number(r, &v, UINT16_MAX))
		return false;
	r->wish.ethertype = (uint16_t)v;
	return true;
}

static bool read_proto(struct probe_reader *r)
{
	uint64_t v;

	r->wish.has_proto = true;
	if (tl_ip_protocol_find(&r->wish.proto, r->value))
		return true;
	if (!get_number(r, &v, UINT8_MAX))
		return false;
	r->wish.proto = (uint8_t)v;
	return true;
}

static bool get_ip(struct probe_reader *r, struct endpoint *out)
{
	char text[ENDPOINT_TEXT_SIZE];

	if (r->value.n >= sizeof(text))
		return false;
	memcpy(text, r->value.at, r->value.n);
	text[r->value.n] = 0;
	return tl_endpoint_parse(out, text) == 0 && out->family != 0;
}

static bool read_src(struct probe_reader *r)
{
	return get_ip(r, &r->wish.src);
}

static bool read_dst(struct probe_reader *r)
{
	return get_ip(r, &r->wish.dst);
}

static bool get_port(struct probe_reader *r, uint16_t *out)
{
	uint64_t v;

	r->wish.has_ports = true;
	if (!get_number(r, &v, UINT16_MAX))
		return false;
	*out = (uint16_t)v;
	return true;
}

static bool read_sport(struct probe_reader *r)
{
	return get_port(r, &r->wish.sport);
}

static bool read_dport(struct probe_reader *r)
{
	return get_port(r, &r->wish.dport);
}

/* With tcp_ in front or not. */
static bool read_tcp_flags(struct probe_reader *r)
{
	struct bytes rest = r->value;
	struct bytes part;
	char name[16];
	unsigned int bit;

	r->wish.has_tcp_flags = true;
	while (tl_word_next_part(&rest, &part, ',')) {
		if (part.n > 8)
			return false;
		snprintf(name, sizeof(name), "tcp_%.*s", (int)part.n,
			 (const char *)part.at);
		if (!tl_characteristic_find(&bit, part) &&
		    !tl_characteristic_find(&bit, tl_bytes_from_str(name)))
			return false;
		if (bit > 11)
			return false;
		r->wish.tcp_flags |= (uint16_t)(1u << bit);
	}
	return true;
}

static bool read_icmp(struct probe_reader *r)
{
	struct bytes rest = r->value;
	struct bytes part;
	uint64_t code = 0;
	uint64_t type;

	r->wish.has_icmp = true;
	if (!tl_word_next_part(&rest, &part, '/') ||
	    !tl_word_number(&type, part) || type > UINT8_MAX)
		return false;
	if (rest.at && (!tl_word_number(&code, rest) || code > UINT8_MAX))
		return false;
	r->wish.icmp_type = (uint8_t)type;
	r->wish.icmp_code = (uint8_t)code;
	return true;
}

static bool read_tos(struct probe_reader *r)
{
	uint64_t v;

	if (!get_number(r, &v, UINT8_MAX))
		return false;
	r->wish.tos = (uint8_t)v;
	return true;
}

static bool read_size(struct probe_reader *r)
{
	uint64_t v;

	if (!get_number(r, &v, PROBE_PAYLOAD_MAX))
		return false;
	r->wish.size = (size_t)v;
	r->wish.has_size = true;
	return true;
}

static bool read_vlan(struct probe_reader *r)
{
	uint64_t v;

	if (!get_number(r, &v, UINT16_MAX))
		return false;
	r->out->frame.vlan_id = (uint16_t)v;
	return true;
}

static bool read_mac_src(struct probe_reader *r)
{
	return tl_mac_parse(&r->out->frame.source, r->value) == 0;
}

static bool read_mac_dst(struct probe_reader *r)
{
	return tl_mac_parse(&r->out->frame.dest, r->value) == 0;
}

static bool read_zt_src(struct probe_reader *r)
{
	return tl_address_parse(&r->out->zt_source, r->value) == 0;
}

static bool read_zt_dst(struct probe_reader *r)
{
	return tl_address_parse(&r->out->zt_dest, r->value) == 0;
}

static bool read_frame(struct probe_reader *r)
{
	r->wish.frame = r->value;
	return r->value.n > 0 && r->value.n % 2 == 0;
}

static bool read_ipauth(struct probe_reader *r)
{
	r->wish.owns_ip = true;
	return true;
}

static bool read_macauth(struct probe_reader *r)
{
	r->wish.owns_mac = true;
	return true;
}

static bool read_random(struct probe_reader *r)
{
	char text[32];
	char *end;
	double v;

	if (r->value.n == 0 || r->value.n >= sizeof(text))
		return false;
	memcpy(text, r->value.at, r->value.n);
	text[r->value.n] = 0;
	v = strtod(text, &end);
	if (*end || !(v >= 0 && v <= 1))
		return false;
	r->out->random = (uint32_t)(UINT32_MAX * v);
	return true;
}

/* In ascending order of id; an equal one is replaced. */
static bool set_tag(struct probe_side *s, uint32_t id, uint32_t value)
{
	size_t i = 0;

	while (i < s->side.n_tags && s->tags[i].id < id)
		i++;
	if (i == s->side.n_tags || s->tags[i].id != id) {
		if (s->side.n_tags == PROGRAM_TAGS_MAX)
			return false;
		memmove(&s->tags[i + 1], &s->tags[i],
			(s->side.n_tags - i) * sizeof(s->tags[0]));
		s->side.n_tags++;
	}
	s->tags[i] = (struct filter_tag){ id, value };
	return true;
}

/* TAG=VALUE, or TAG=none to take a default away. */
static bool get_tag(struct probe_reader *r, struct probe_side *s)
{
	struct bytes rest = r->value;
	const struct program_tag *tag;
	struct bytes name;
	uint32_t value;
	uint64_t id;
	size_t i;

	if (!tl_word_next_part(&rest, &name, '=') || !rest.at)
		return false;
	tag = tl_program_tag(r->program, name);
	if (tag)
		id = tag->id;
	else if (!tl_word_number(&id, name) || id > UINT32_MAX)
		return false;
	if (tl_program_value(&value, tag, rest))
		return set_tag(s, (uint32_t)id, value);
	if (!tl_word_is(rest, "none"))
		return false;
	for (i = 0; i < s->side.n_tags; i++) {
		if (s->tags[i].id != id)
			continue;
		s->side.n_tags--;
		memmove(&s->tags[i], &s->tags[i + 1],
			(s->side.n_tags - i) * sizeof(s->tags[0]));
	}
	return true;
}

static bool read_src_tag(struct probe_reader *r)
{
	return get_tag(r, &r->out->sender);
}

static bool read_dst_tag(struct probe_reader *r)
{
	return get_tag(r, &r->out->receiver);
}

/* In ascending order of id, as they are asked. */
static void give_cap(struct probe_side *s, const struct program_cap *cap)
{
	size_t i = 0;
	size_t n = s->side.n_capabilities;

	while (i < n && s->caps[i].id < cap->id)
		i++;
	if (i < n && s->caps[i].id == cap->id)
		return;
	memmove(&s->caps[i + 1], &s->caps[i], (n - i) * sizeof(s->caps[0]));
	memmove(&s->origins[i + 1], &s->origins[i],
		(n - i) * sizeof(s->origins[0]));
	s->caps[i].id = cap->id;
	s->caps[i].rules =
		(struct rule_set){ .at = cap->rules.at, .n = cap->rules.n };
	s->origins[i] = cap;
	s->side.n_capabilities++;
}

static bool read_cap(struct probe_reader *r)
{
	const struct program_cap *cap = tl_program_cap(r->program, r->value);

	if (!cap)
		return false;
	give_cap(&r->out->sender, cap);
	return true;
}

/* @want: NULL: it has no value */
static const struct probe_option {
	const char *name;
	const char *want;
	read_fn read;
} options[] = {
	{ "--ethertype", "a name such as ipv6, or a number", read_ethertype },
	{ "--ip-proto", "a name such as tcp, or a number", read_proto },
	{ "--src", "an IP address", read_src },
	{ "--dst", "an IP address", read_dst },
	{ "--sport", "a port", read_sport },
	{ "--dport", "a port", read_dport },
	{ "--tcp-flags", "syn, ack, fin, rst, psh, ... with commas between",
	  read_tcp_flags },
	{ "--icmp", "TYPE or TYPE/CODE", read_icmp },
	{ "--tos", "a number from 0 to 255", read_tos },
	{ "--size", "a number of bytes up to 10000", read_size },
	{ "--vlan", "a number", read_vlan },
	{ "--mac-src", "a MAC address", read_mac_src },
	{ "--mac-dst", "a MAC address", read_mac_dst },
	{ "--zt-src", "an address of ten digits", read_zt_src },
	{ "--zt-dst", "an address of ten digits", read_zt_dst },
	{ "--frame", "a frame in hexadecimal digits", read_frame },
	{ "--src-tag", "TAG=VALUE of the rules, or TAG=none", read_src_tag },
	{ "--dst-tag", "TAG=VALUE of the rules, or TAG=none", read_dst_tag },
	{ "--cap", "a capability of the rules", read_cap },
	{ "--random", "a number from 0.0 to 1.0", read_random },
	{ "--ipauth", NULL, read_ipauth },
	{ "--macauth", NULL, read_macauth },
};

static int fail(struct rule_error *err, const struct rule_word *w,
		const char *format, ...) TL_PRINTF(3, 4);

static int fail(struct rule_error *err, const struct rule_word *w,
		const char *format, ...)
{
	va_list args;

	err->line = w ? w->line : 0;
	err->column = w ? w->column : 0;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return -EINVAL;
}

static const struct probe_option *find_option(struct bytes name)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(options); i++)
		if (tl_bytes_equal(name, tl_bytes_from_str(options[i].name)))
			return &options[i];
	return NULL;
}

/* "--name value", "--name=value" or "--name" at @words[*@at]. */
static int read_option(struct probe_reader *r, const struct rule_word *words,
		       size_t n, size_t *at, struct rule_error *err)
{
	const struct rule_word *w = &words[*at];
	struct bytes rest = w->text;
	const struct probe_option *o;
	struct bytes name;

	if (!tl_word_next_part(&rest, &name, '='))
		return fail(err, w, "an option is wanted, such as --dport 22");
	o = find_option(name);
	if (!o)
		return fail(err, w,
			    "there is no option \"%s\" of a packet; see "
			    "tapless rules --help",
			    tl_word_shown(name));
	r->value = rest;
	if (o->want && !rest.at) {
		if (++*at == n)
			return fail(err, w, "%s wants %s", o->name, o->want);
		r->value = words[*at].text;
	}
	if (!o->want && rest.at)
		return fail(err, w, "%s has no value", o->name);
	if (!o->read(r))
		return fail(err, w, "%s \"%s\": %s is wanted", o->name,
			    tl_word_shown(r->value), o->want);
	return 0;
}

static void set_defaults(struct rule_probe *out, const struct rule_program *p)
{
	struct probe_side *sides[2] = { &out->sender, &out->receiver };
	size_t i;
	size_t k;

	memset(out, 0, sizeof(*out));
	out->zt_source.v = SOME_SENDER;
	out->zt_dest.v = SOME_RECEIVER;
	out->frame.source = (struct mac){ { 2, 0, 0, 0, 0, 1 } };
	out->frame.dest = (struct mac){ { 2, 0, 0, 0, 0, 2 } };
	for (k = 0; k < 2; k++) {
		struct probe_side *s = sides[k];

		s->side.tags = s->tags;
		s->side.capabilities = s->caps;
		s->side.owned = s->owned;
		for (i = 0; i < p->n_tags; i++)
			if (p->tags[i].has_default)
				set_tag(s, p->tags[i].id,
					p->tags[i].default_value);
		for (i = 0; i < p->n_caps; i++)
			if (p->caps[i].is_default)
				give_cap(s, &p->caps[i]);
	}
}

int tl_probe_read(struct rule_probe *out, const struct rule_program *p,
		  const struct rule_word *words, size_t n,
		  struct rule_error *err)
{
	struct probe_reader r = { .out = out, .program = p };
	const char *why;
	size_t i;
	int ret;

	set_defaults(out, p);
	for (i = 0; i < n; i++) {
		ret = read_option(&r, words, n, &i, err);
		if (ret)
			return ret;
	}
	why = tl_probe_build(out, &r.wish);
	return why ? fail(err, n ? words : NULL, "%s", why) : 0;
}
