/* SPDX-License-Identifier: Apache-2.0 */
/* speedtest_text.c - the lines of a speed test */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/speedtest.h"

#define MAGIC "tapless-speedtest 1"

void tl_speedtest_print_request(char *out, const struct speedtest_request *r)
{
	snprintf(out, SPEEDTEST_LINE_MAX, MAGIC " %s %s %u %u %016" PRIx64 "\n",
		 r->is_udp ? "udp" : "tcp", r->is_reverse ? "down" : "up",
		 r->seconds, r->mbit, r->token);
}

void tl_speedtest_print_sum(char *out, const struct speedtest_sum *s)
{
	snprintf(out, SPEEDTEST_LINE_MAX,
		 "SUM %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", s->bytes, s->us,
		 s->datagrams);
}

/* Is this word next? Then skip it, and a blank behind it. */
static bool skip(const char **at, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*at, word, n) != 0 || ((*at)[n] && (*at)[n] != ' '))
		return false;
	*at += n + ((*at)[n] == ' ');
	return true;
}

/* Digits only, and a blank behind them unless it is the end. */
static bool number(uint64_t *out, const char **at, unsigned int base,
		   uint64_t max)
{
	static const char digits[] = "0123456789abcdef";
	const char *start = *at;
	uint64_t v = 0;

	for (; **at && **at != ' '; ++*at) {
		const char *d = strchr(digits, **at);
		uint64_t digit = d ? (uint64_t)(d - digits) : base;

		if (digit >= base || v > (max - digit) / base)
			return false;
		v = v * base + digit;
	}
	if (*at == start)
		return false;
	*at += **at == ' ';
	*out = v;
	return true;
}

bool tl_speedtest_parse_request(struct speedtest_request *out, const char *line)
{
	struct speedtest_request r = { 0 };
	const char *at = line;
	uint64_t seconds;
	uint64_t mbit;

	if (!skip(&at, MAGIC))
		return false;
	r.is_udp = skip(&at, "udp");
	if (!r.is_udp && !skip(&at, "tcp"))
		return false;
	r.is_reverse = skip(&at, "down");
	if (!r.is_reverse && !skip(&at, "up"))
		return false;
	if (!number(&seconds, &at, 10, SPEEDTEST_SECONDS_MAX) || !seconds ||
	    !number(&mbit, &at, 10, SPEEDTEST_MBIT_MAX) ||
	    !number(&r.token, &at, 16, UINT64_MAX) || *at ||
	    (r.is_udp && !mbit))
		return false;
	r.seconds = (unsigned int)seconds;
	r.mbit = (unsigned int)mbit;
	*out = r;
	return true;
}

bool tl_speedtest_parse_sum(struct speedtest_sum *out, const char *line)
{
	struct speedtest_sum s;
	const char *at = line;

	if (!skip(&at, "SUM") || !number(&s.bytes, &at, 10, UINT64_MAX) ||
	    !number(&s.us, &at, 10, UINT64_MAX) ||
	    !number(&s.datagrams, &at, 10, UINT64_MAX) || *at)
		return false;
	*out = s;
	return true;
}

bool tl_speedtest_parse_ok(uint16_t *port, const char *line)
{
	const char *at = line;
	uint64_t v;

	if (!skip(&at, "OK") || !number(&v, &at, 10, UINT16_MAX) || *at)
		return false;
	*port = (uint16_t)v;
	return true;
}
