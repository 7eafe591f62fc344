/* SPDX-License-Identifier: Apache-2.0 */
/* match.c - the arguments of matches (vl2.md 12.4) */
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "rules/compiler.h"
#include "wire/endpoint.h"

/* What a match is read from. */
struct match_source {
	struct compiler *c;
	const struct match_name *match;
	const struct bytes *args;
	const struct rule_word *word;
	const struct scope *scope;
};

static bool wrong(const struct match_source *s, size_t which, const char *want)
{
	return tl_compile_fail(s->c, s->word + which, s->scope,
			       "%s \"%s\": %s is wanted", s->match->name,
			       tl_word_shown(s->args[which]), want);
}

static bool number_up_to(uint64_t *out, struct bytes word, uint64_t max)
{
	return tl_word_number(out, word) && *out <= max;
}

/* "start" or "start-end". */
static bool range_up_to(uint64_t *start, uint64_t *end, struct bytes word,
			uint64_t max)
{
	struct bytes rest = word;
	struct bytes part;

	if (!tl_word_next_part(&rest, &part, '-') ||
	    !number_up_to(start, part, max))
		return false;
	*end = *start;
	if (rest.at && !number_up_to(end, rest, max))
		return false;
	return *start <= *end;
}

/* The hexadecimal digits of a word, exactly @n; all else is left out. */
static bool only_digits(char *out, struct bytes word, size_t n)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < word.n; i++) {
		if (tl_hex_digit((char)word.at[i]) < 0)
			continue;
		if (count == n)
			return false;
		out[count++] = (char)word.at[i];
	}
	return count == n;
}

static bool read_zt(const struct match_source *s, struct rule *out)
{
	char digits[10];

	if (!only_digits(digits, s->args[0], 10) ||
	    tl_address_parse(&out->v.zt, tl_bytes(digits, 10)))
		return wrong(s, 0, "an address of ten hexadecimal digits");
	return true;
}

static bool read_mac(const struct match_source *s, struct rule *out)
{
	char digits[12];

	if (!only_digits(digits, s->args[0], 12) ||
	    tl_mac_parse(&out->v.mac, tl_bytes(digits, 12)))
		return wrong(s, 0, "a MAC address such as 02:00:00:00:00:01");
	return true;
}

static bool read_small(const struct match_source *s, uint64_t *out,
		       uint64_t max)
{
	char want[48];

	if (number_up_to(out, s->args[0], max))
		return true;
	snprintf(want, sizeof(want), "a number from 0 to %llu",
		 (unsigned long long)max);
	return wrong(s, 0, want);
}

static bool read_ethertype(const struct match_source *s, struct rule *out)
{
	uint64_t v;

	if (tl_ethertype_find(&out->v.ethertype, s->args[0]))
		return true;
	if (!number_up_to(&v, s->args[0], UINT16_MAX))
		return wrong(s, 0,
			     "a name (ipv4, arp, ipv6, wol, rarp, atalk, aarp, "
			     "ipx_a, ipx_b) or a number from 0 to 65535");
	out->v.ethertype = (uint16_t)v;
	return true;
}

static bool read_protocol(const struct match_source *s, struct rule *out)
{
	uint64_t v;

	if (tl_ip_protocol_find(&out->v.ip_protocol, s->args[0]))
		return true;
	if (!number_up_to(&v, s->args[0], UINT8_MAX))
		return wrong(s, 0,
			     "a name (tcp, udp, icmp, icmp6, sctp, ...) or a "
			     "number from 0 to 255");
	out->v.ip_protocol = (uint8_t)v;
	return true;
}

/* A rule for an IPv6 network with host bits never matches. */
static void warn_of_host_bits(const struct match_source *s,
			      const struct endpoint *net)
{
	struct endpoint masked = *net;
	char text[ENDPOINT_TEXT_SIZE];
	size_t i;

	for (i = 0; i < 16; i++) {
		size_t left = net->port > 8 * i ? net->port - 8 * i : 0;

		masked.ip[i] &= left >= 8 ? 0xff : (uint8_t)(0xff00u >> left);
	}
	if (!tl_endpoint_equal(&masked, net))
		tl_compile_warn(s->c, s->word,
				"%s %s matches nothing, since bits beyond the "
				"prefix are set: write %s",
				s->match->name, tl_word_shown(s->args[0]),
				tl_endpoint_print(text, &masked));
}

static bool read_net(const struct match_source *s, struct rule *out)
{
	struct bytes word = s->args[0];
	char text[ENDPOINT_TEXT_SIZE];
	struct endpoint net;

	if (word.n >= sizeof(text) || !memchr(word.at, '/', word.n))
		return wrong(s, 0, "a network such as 10.0.0.0/8 or fd00::/8");
	memcpy(text, word.at, word.n);
	text[word.n] = 0;
	if (tl_endpoint_parse(&net, text) || net.family == 0)
		return wrong(s, 0, "a network such as 10.0.0.0/8 or fd00::/8");
	if (net.port > 8 * tl_endpoint_ip_len(&net))
		return wrong(s, 0,
			     net.family == 4
				     ? "a length from 0 to 32 after /"
				     : "a length from 0 to 128 after /");
	if (net.family == 6) {
		out->t += 2;
		warn_of_host_bits(s, &net);
	}
	memcpy(out->v.net.ip, net.ip, tl_endpoint_ip_len(&net));
	out->v.net.bits = (uint8_t)net.port;
	return true;
}

static bool read_tos(const struct match_source *s, struct rule *out)
{
	uint64_t mask;
	uint64_t start;
	uint64_t end;

	if (!number_up_to(&mask, s->args[0], UINT8_MAX))
		return wrong(s, 0, "a mask from 0 to 255");
	if (!range_up_to(&start, &end, s->args[1], UINT8_MAX))
		return wrong(s, 1, "START or START-END, from 0 to 255");
	out->v.tos.mask = (uint8_t)mask;
	out->v.tos.start = (uint8_t)start;
	out->v.tos.end = (uint8_t)end;
	return true;
}

static bool read_icmp(const struct match_source *s, struct rule *out)
{
	struct bytes code = s->args[1];
	bool is_any = code.n > 1 && code.at[0] == '-';
	uint64_t v;

	if (!number_up_to(&v, s->args[0], UINT8_MAX))
		return wrong(s, 0, "a type from 0 to 255");
	out->v.icmp.type = (uint8_t)v;
	if (!number_up_to(&v, is_any ? tl_bytes_skip(code, 1) : code,
			  UINT8_MAX))
		return wrong(s, 1, "a code from 0 to 255, or -1 for any");
	if (!is_any) {
		out->v.icmp.code = (uint8_t)v;
		out->v.icmp.flags = RULE_ICMP_CODE;
	}
	return true;
}

static bool read_range(const struct match_source *s, struct rule *out)
{
	uint64_t start;
	uint64_t end;

	if (!range_up_to(&start, &end, s->args[0], UINT16_MAX))
		return wrong(s, 0,
			     "START or START-END, from 0 to 65535, the smaller "
			     "one first");
	out->v.range.start = (uint16_t)start;
	out->v.range.end = (uint16_t)end;
	return true;
}

static bool read_characteristics(const struct match_source *s, struct rule *out)
{
	struct bytes rest = s->args[0];
	struct bytes part;

	while (tl_word_next_part(&rest, &part, ',')) {
		unsigned int bit;
		uint64_t v;

		if (!tl_characteristic_find(&bit, part)) {
			if (!number_up_to(&v, part, 63))
				return wrong(s, 0,
					     "inbound, multicast, broadcast, "
					     "ipauth, macauth, tcp_syn, "
					     "tcp_ack, ... or the number of a "
					     "bit, with commas between them,");
			bit = (unsigned int)v;
		}
		out->v.characteristics |= 1ull << bit;
	}
	return true;
}

/* 0, 1, 0.25: no sign, no exponent. */
static bool read_real(double *out, struct bytes word)
{
	double weight = 1;
	bool is_fraction = false;
	size_t digits = 0;
	double v = 0;
	size_t i;

	for (i = 0; i < word.n && i < 20; i++) {
		if (word.at[i] == '.' && !is_fraction) {
			is_fraction = true;
			continue;
		}
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
		v = v * 10 + (word.at[i] - '0');
		weight = is_fraction ? weight * 10 : weight;
		digits++;
	}
	*out = v / weight;
	return digits > 0 && i == word.n;
}

static bool read_random(const struct match_source *s, struct rule *out)
{
	double v;

	if (!read_real(&v, s->args[0]) || v > 1)
		return wrong(s, 0, "a probability from 0.0 to 1.0");
	out->v.probability = (uint32_t)(UINT32_MAX * v);
	return true;
}

static bool read_tag(const struct match_source *s, struct rule *out)
{
	const struct program_tag *tag =
		tl_program_tag(s->c->program, s->args[0]);
	uint64_t id;

	if (tag)
		id = tag->id;
	else if (!number_up_to(&id, s->args[0], UINT32_MAX))
		return tl_compile_fail(s->c, s->word, s->scope,
				       "there is no tag \"%s\": define it with "
				       "\"tag %s id NUMBER;\"",
				       tl_word_shown(s->args[0]),
				       tl_word_shown(s->args[0]));
	out->v.tag.id = (uint32_t)id;
	if (!tl_program_value(&out->v.tag.value, tag, s->args[1]))
		return wrong(s, 1,
			     "a flag or enum of this tag, or a number from 0 "
			     "to 4294967295");
	return true;
}

bool tl_match_read(struct compiler *c, struct rule *out,
		   const struct match_name *m, const struct bytes *args,
		   const struct rule_word *word, const struct scope *scope)
{
	struct match_source s = { c, m, args, word, scope };
	uint64_t v = 0;
	bool ok;

	memset(out, 0, sizeof(*out));
	out->t = m->type;
	switch ((enum match_args)m->args) {
	case ARGS_ZT:
		return read_zt(&s, out);
	case ARGS_VLAN_ID:
		ok = read_small(&s, &v, UINT16_MAX);
		out->v.vlan_id = (uint16_t)v;
		return ok;
	case ARGS_VLAN_PCP:
		ok = read_small(&s, &v, UINT8_MAX);
		out->v.vlan_pcp = (uint8_t)v;
		return ok;
	case ARGS_VLAN_DEI:
		ok = read_small(&s, &v, UINT8_MAX);
		out->v.vlan_dei = (uint8_t)v;
		return ok;
	case ARGS_ETHERTYPE:
		return read_ethertype(&s, out);
	case ARGS_MAC:
		return read_mac(&s, out);
	case ARGS_NET:
		return read_net(&s, out);
	case ARGS_TOS:
		return read_tos(&s, out);
	case ARGS_IP_PROTOCOL:
		return read_protocol(&s, out);
	case ARGS_ICMP:
		return read_icmp(&s, out);
	case ARGS_RANGE:
		return read_range(&s, out);
	case ARGS_CHARACTERISTICS:
		return read_characteristics(&s, out);
	case ARGS_RANDOM:
		return read_random(&s, out);
	case ARGS_TAG:
		return read_tag(&s, out);
	}
	return false;
}
