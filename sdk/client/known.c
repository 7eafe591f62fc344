/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known.c - see known.h
 *
 * Theory of operation: a sequence lock, odd while somebody writes. The port is
 * no part of it, since routes know none; rules that do (--host, --route) were
 * asked before.
 */
#include "sdk/client/known.h"

#include <stdatomic.h>
#include <time.h>

#define CREDIT_MAX 64

enum {
	IP_FIRST,
	IP_REST,
	KIND, /* service, family and interface; 0: nothing is known */
	UNTIL_MS,
	WORDS
};

static struct {
	_Atomic uint32_t sequence;
	_Atomic uint64_t words[WORDS];
	_Atomic int32_t credit;
} known;

static int64_t now_ms(void)
{
	struct timespec t = { 0 };

	/* No system call, and none that is intercepted. */
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void describe(uint64_t words[WORDS], unsigned int number,
		     const struct rpc_addr *to)
{
	words[IP_FIRST] = tl_load_be64(to->ip);
	words[IP_REST] = tl_load_be64(to->ip + 8);
	words[KIND] = (uint64_t)number << 16 | (uint64_t)to->family << 8 |
		      to->ifc;
}

void tl_known_put(unsigned int number, const struct rpc_addr *to,
		  uint32_t credit)
{
	uint32_t even = known.sequence & ~1u;
	uint64_t words[WORDS];
	int i;

	if (!atomic_compare_exchange_strong(&known.sequence, &even, even + 1))
		return;
	describe(words, number, to);
	words[UNTIL_MS] = (uint64_t)(now_ms() + KNOWN_MS);
	for (i = 0; i < WORDS; i++)
		known.words[i] = words[i];
	known.credit = (int32_t)TL_MIN(credit, CREDIT_MAX);
	known.sequence = even + 2;
}

static bool take_credit(void)
{
	int32_t had = known.credit;

	while (had > 0) {
		if (atomic_compare_exchange_weak(&known.credit, &had, had - 1))
			return true;
	}
	return false;
}

bool tl_known_take(unsigned int number, const struct rpc_addr *to)
{
	uint32_t before = known.sequence;
	uint64_t wanted[WORDS];
	uint64_t words[WORDS];
	int i;

	for (i = 0; i < WORDS; i++)
		words[i] = known.words[i];
	if ((before & 1) || known.sequence != before)
		return false;
	describe(wanted, number, to);
	return to->family != 0 && words[IP_FIRST] == wanted[IP_FIRST] &&
	       words[IP_REST] == wanted[IP_REST] &&
	       words[KIND] == wanted[KIND] &&
	       (uint64_t)now_ms() < words[UNTIL_MS] && take_credit();
}
