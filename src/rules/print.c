/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/print.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/names.h"
#include "wire/endpoint.h"

/* Appends to what is in @out already. */
static void add(char *out, size_t size, const char *format, ...)
	TL_PRINTF(3, 4);

static void add(char *out, size_t size, const char *format, ...)
{
	size_t n = strlen(out);
	va_list args;

	va_start(args, format);
	vsnprintf(out + n, size - n, format, args);
	va_end(args);
}

static void add_range(char *out, unsigned int start, unsigned int end)
{
	if (start == end)
		add(out, RULE_TEXT_SIZE, "%u", start);
	else
		add(out, RULE_TEXT_SIZE, "%u-%u", start, end);
}

static void add_name(char *out, const char *name, unsigned int number)
{
	if (name)
		add(out, RULE_TEXT_SIZE, "%s", name);
	else
		add(out, RULE_TEXT_SIZE, "%u", number);
}

static void add_net(char *out, const struct rule *r, bool is_ip6)
{
	char text[ENDPOINT_TEXT_SIZE];
	struct endpoint net =
		is_ip6 ? tl_endpoint_ip6(r->v.net.ip, r->v.net.bits)
		       : tl_endpoint_ip4(r->v.net.ip, r->v.net.bits);

	add(out, RULE_TEXT_SIZE, "%s", tl_endpoint_print(text, &net));
}

static void add_characteristics(char *out, uint64_t mask)
{
	const char *mark = "";
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		if (!(mask >> bit & 1))
			continue;
		add(out, RULE_TEXT_SIZE, "%s", mark);
		add_name(out, tl_characteristic_name(bit), bit);
		mark = ",";
	}
}

static const struct program_tag *tag_of(const struct rule_program *p,
					uint32_t id)
{
	size_t i;

	for (i = 0; i < p->n_tags; i++)
		if (p->tags[i].id == id)
			return &p->tags[i];
	return NULL;
}

static void add_tag(char *out, const struct rule_program *p,
		    const struct rule *r)
{
	const struct program_tag *tag = tag_of(p, r->v.tag.id);
	size_t i;

	add_name(out, tag && *tag->name ? tag->name : NULL, r->v.tag.id);
	for (i = 0; tag && i < tag->n_values; i++) {
		if (tag->values[i].value == r->v.tag.value) {
			add(out, RULE_TEXT_SIZE, " %s", tag->values[i].name);
			return;
		}
	}
	add(out, RULE_TEXT_SIZE, " %u", (unsigned)r->v.tag.value);
}

static void add_args(char *out, const struct rule_program *p,
		     const struct rule *r, enum match_args args)
{
	char text[MAC_TEXT_SIZE];

	switch (args) {
	case ARGS_ZT:
		add(out, RULE_TEXT_SIZE, "%s", tl_address_print(text, r->v.zt));
		break;
	case ARGS_VLAN_ID:
		add(out, RULE_TEXT_SIZE, "%u", r->v.vlan_id);
		break;
	case ARGS_VLAN_PCP:
		add(out, RULE_TEXT_SIZE, "%u", r->v.vlan_pcp);
		break;
	case ARGS_VLAN_DEI:
		add(out, RULE_TEXT_SIZE, "%u", r->v.vlan_dei);
		break;
	case ARGS_ETHERTYPE:
		add_name(out, tl_ethertype_name(r->v.ethertype),
			 r->v.ethertype);
		break;
	case ARGS_MAC:
		add(out, RULE_TEXT_SIZE, "%s", tl_mac_print(text, r->v.mac));
		break;
	case ARGS_NET:
		add_net(out, r, tl_rule_type(r) >= RULE_IPV6_SOURCE);
		break;
	case ARGS_TOS:
		add(out, RULE_TEXT_SIZE, "%u ", r->v.tos.mask);
		add_range(out, r->v.tos.start, r->v.tos.end);
		break;
	case ARGS_IP_PROTOCOL:
		add_name(out, tl_ip_protocol_name(r->v.ip_protocol),
			 r->v.ip_protocol);
		break;
	case ARGS_ICMP:
		add(out, RULE_TEXT_SIZE, "%u %d", r->v.icmp.type,
		    r->v.icmp.flags & RULE_ICMP_CODE ? r->v.icmp.code : -1);
		break;
	case ARGS_RANGE:
		add_range(out, r->v.range.start, r->v.range.end);
		break;
	case ARGS_CHARACTERISTICS:
		add_characteristics(out, r->v.characteristics);
		break;
	case ARGS_RANDOM:
		add(out, RULE_TEXT_SIZE, "%g",
		    (double)r->v.probability / UINT32_MAX);
		break;
	case ARGS_TAG:
		add_tag(out, p, r);
		break;
	}
}

static void add_action(char *out, const struct rule *r)
{
	static const char *const names[] = {
		[RULE_DROP] = "drop",	      [RULE_ACCEPT] = "accept",
		[RULE_TEE] = "tee",	      [RULE_WATCH] = "watch",
		[RULE_REDIRECT] = "redirect", [RULE_BREAK] = "break",
		[RULE_PRIORITY] = "priority",
	};
	enum rule_type type = tl_rule_type(r);
	struct address to = { r->v.copy.address & 0xffffffffffu };
	char text[ADDRESS_TEXT_SIZE];

	if (type >= TL_ARRAY_SIZE(names)) {
		add(out, RULE_TEXT_SIZE, "action %d", (int)type);
		return;
	}
	add(out, RULE_TEXT_SIZE, "%s", names[type]);
	if (type == RULE_TEE || type == RULE_WATCH)
		add(out, RULE_TEXT_SIZE, " %u", r->v.copy.len);
	if (type >= RULE_TEE && type <= RULE_REDIRECT)
		add(out, RULE_TEXT_SIZE, " %s", tl_address_print(text, to));
}

static void add_integer(char *out, const struct rule *r)
{
	add(out, RULE_TEXT_SIZE, "integer of %u bits%s at %u in %llu-%llu",
	    (r->v.integer.format & RULE_INTEGER_WIDTH_MASK) + 1u,
	    r->v.integer.format & RULE_INTEGER_LITTLE ? ", little-endian," : "",
	    r->v.integer.index, (unsigned long long)r->v.integer.start,
	    (unsigned long long)r->v.integer.end);
}

char *tl_rule_print(char *out, const struct rule_program *p,
		    const struct rule *rule)
{
	const struct match_name *m = tl_match_of(tl_rule_type(rule));

	*out = 0;
	if (tl_rule_is_action(rule)) {
		add_action(out, rule);
		return out;
	}
	if (rule->t & RULE_NOT)
		add(out, RULE_TEXT_SIZE, "not ");
	if (tl_rule_type(rule) == RULE_INTEGER_RANGE) {
		add_integer(out, rule);
	} else if (!m) {
		add(out, RULE_TEXT_SIZE, "match %d", (int)tl_rule_type(rule));
	} else {
		add(out, RULE_TEXT_SIZE, "%s ", m->name);
		add_args(out, p, rule, (enum match_args)m->args);
	}
	return out;
}

size_t tl_rules_first(const struct program_rules *rules, size_t i)
{
	while (i > 0 && !tl_rule_is_action(&rules->at[i - 1]))
		i--;
	return i;
}

size_t tl_rules_action(const struct program_rules *rules, size_t i)
{
	while (i < rules->n && !tl_rule_is_action(&rules->at[i]))
		i++;
	return i;
}

char *tl_rules_print(char *out, size_t size, const struct rule_program *p,
		     const struct program_rules *rules, size_t i)
{
	size_t action = tl_rules_action(rules, i);
	size_t first = tl_rules_first(rules, i);
	char text[RULE_TEXT_SIZE];
	size_t k;

	*out = 0;
	if (action < rules->n)
		add(out, size, "%s",
		    tl_rule_print(text, p, &rules->at[action]));
	for (k = first; k < action; k++) {
		const char *word = rules->at[k].t & RULE_OR ? "or " : "and ";

		add(out, size, " %s%s",
		    k == first && word[0] == 'a' ? "" : word,
		    tl_rule_print(text, p, &rules->at[k]));
	}
	if (strlen(out) + 1 == size && size > 4)
		memcpy(out + size - 4, "...", 4);
	return out;
}
