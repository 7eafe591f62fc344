/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define WORD_MAX 80

/* Decimal digits only, from *@at on, which is moved behind them. */
static bool take_number(unsigned int *out, const char **at, unsigned int max)
{
	const char *p = *at;
	unsigned int v = 0;

	while (*p >= '0' && *p <= '9' && v <= max)
		v = v * 10 + (unsigned int)(*p++ - '0');
	if (p == *at || v > max)
		return false;
	*at = p;
	*out = v;
	return true;
}

static bool parse_ports(struct policy_rule *r, const char *text)
{
	unsigned int first, last;

	if (!take_number(&first, &text, 65535))
		return false;
	last = first;
	if (*text == '-') {
		text++;
		if (!take_number(&last, &text, 65535))
			return false;
	}
	if (*text || first > last)
		return false;
	r->first_port = (uint16_t)first;
	r->last_port = (uint16_t)last;
	r->has_ports = true;
	return true;
}

/* @text is cut at its '/' and ','. */
static bool parse_prefix(struct policy_rule *r, char *text)
{
	char *comma = strchr(text, ',');
	char *slash = strchr(text, '/');
	unsigned int bits;
	const char *at;

	if (comma)
		*comma = 0;
	if (comma && !parse_ports(r, comma + 1))
		return false;
	if (slash)
		*slash = 0;
	if (inet_pton(AF_INET, text, r->ip) == 1)
		r->family = 4;
	else if (inet_pton(AF_INET6, text, r->ip) == 1)
		r->family = 6;
	else
		return false;
	bits = r->family == 4 ? 32 : 128;
	at = slash ? slash + 1 : "";
	if (slash && (!take_number(&bits, &at, bits) || *at))
		return false;
	r->bits = (uint8_t)bits;
	return true;
}

static bool parse_rule(struct policy_rule *r, char *text)
{
	static const struct {
		const char *word;
		enum policy_kind kind;
	} kinds[] = {
		{ "host:", POLICY_HOST },
		{ "route:", POLICY_ROUTE },
		{ "allow:tcp/", POLICY_ALLOW_TCP },
		{ "allow:udp/", POLICY_ALLOW_UDP },
	};
	size_t n;

	*r = (struct policy_rule){ 0 };
	for (size_t i = 0; i < TL_ARRAY_SIZE(kinds); i++) {
		n = strlen(kinds[i].word);
		if (strncmp(text, kinds[i].word, n) != 0)
			continue;
		r->kind = kinds[i].kind;
		return r->kind <= POLICY_ROUTE ? parse_prefix(r, text + n)
					       : parse_ports(r, text + n);
	}
	return false;
}

int tl_policy_parse(struct policy *p, const char *text)
{
	size_t n = p->n;
	char word[WORD_MAX];
	size_t len;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		len = strcspn(text, " ");
		if (n == POLICY_RULES_MAX)
			return -E2BIG;
		if (len >= sizeof(word))
			return -EINVAL;
		memcpy(word, text, len);
		word[len] = 0;
		if (!parse_rule(&p->rules[n], word))
			return -EINVAL;
		n++;
		text += len;
	}
	p->n = n;
	return 0;
}

static bool is_inside(const struct policy_rule *r, const struct rpc_addr *a)
{
	unsigned int whole = r->bits / 8U;
	unsigned int rest = r->bits % 8U;

	if (r->family != a->family || memcmp(r->ip, a->ip, whole) != 0)
		return false;
	return !rest || !((r->ip[whole] ^ a->ip[whole]) >> (8U - rest));
}

static bool has_port(const struct policy_rule *r, uint16_t port)
{
	return port >= r->first_port && port <= r->last_port;
}

enum policy_kind tl_policy_of(const struct policy *p, const struct rpc_addr *to)
{
	const struct policy_rule *best = NULL;

	for (size_t i = 0; i < p->n; i++) {
		const struct policy_rule *r = &p->rules[i];

		if (r->kind > POLICY_ROUTE || !is_inside(r, to) ||
		    (r->has_ports && !has_port(r, to->port)))
			continue;
		if (!best || r->bits > best->bits ||
		    (r->bits == best->bits && r->has_ports > best->has_ports))
			best = r;
	}
	return best ? best->kind : POLICY_NONE;
}

bool tl_policy_closes(const struct policy *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->rules[i].kind >= POLICY_ALLOW_TCP)
			return true;
	return false;
}

bool tl_policy_allows(const struct policy *p, bool udp, uint16_t port)
{
	enum policy_kind kind = udp ? POLICY_ALLOW_UDP : POLICY_ALLOW_TCP;

	for (size_t i = 0; i < p->n; i++)
		if (p->rules[i].kind == kind && has_port(&p->rules[i], port))
			return true;
	return !tl_policy_closes(p);
}
