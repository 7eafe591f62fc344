/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypto_bench.c - what encryption costs
 *
 * Prints for each suite and several lengths of packets how long sealing and
 * opening one takes, and how many bytes that is each nanosecond, which is GB/s;
 * then the same for suite 3's cipher alone with each kernel that this processor
 * can run, from one buffer to another; then what identities cost. Best of
 * several rounds, since noise only ever adds.
 *
 * With a suite each packet is sealed anew from what came of the last time, so
 * that sealings wait for one another; all else may overlap, as far as the
 * processor looks ahead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/crypto.h"
#include "crypto/gmac_siv.h"
#include "crypto/siv_kernel.h"
#include "wire/armor.h"

#define ROUNDS 20
#define PACKETS 2000

static const size_t lengths[] = { 64, 512, 1400, 2838, 10000 };

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "crypto_bench: %s failed\n", what);
	exit(1);
}

static int64_t seal_ns(struct armor *armor, enum suite suite,
		       struct buffer packet)
{
	int64_t start = now_ns();

	for (int i = 0; i < PACKETS; i++)
		check(tl_armor_seal(armor, suite, packet) == 0, "sealing");
	return (now_ns() - start) / PACKETS;
}

/* Opening ruins a packet, so each time a copy of the sealed one is opened. */
static int64_t open_ns(struct armor *armor, struct buffer sealed)
{
	static uint8_t copy[PACKET_MAX_LEN];
	int64_t start = now_ns();

	for (int i = 0; i < PACKETS; i++) {
		memcpy(copy, sealed.at, sealed.n);
		check(tl_armor_open(armor, tl_buffer(copy, sealed.n)) ==
			      DROP_NONE,
		      "opening");
	}
	return (now_ns() - start) / PACKETS;
}

static void print_costs(size_t n, int64_t seal, int64_t open)
{
	printf(" %5zu bytes  seal %6lld ns %6.2f GB/s  "
	       "open %6lld ns %6.2f GB/s\n",
	       n, (long long)seal, (double)n / (double)seal, (long long)open,
	       (double)n / (double)open);
}

static void bench_suite(struct armor *armor, enum suite suite, size_t n)
{
	static uint8_t packet[PACKET_MAX_LEN];
	int64_t seal = INT64_MAX;
	int64_t open = INT64_MAX;

	tl_packet_init(packet, 1, (struct address){ 2 }, (struct address){ 3 },
		       VERB_FRAME);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t t = seal_ns(armor, suite, tl_buffer(packet, n));

		seal = TL_MIN(seal, t);
		t = open_ns(armor, tl_buffer(packet, n));
		open = TL_MIN(open, t);
	}
	printf("suite %d    ", (int)suite);
	print_costs(n, seal, open);
}

static void bench_kernel(const struct siv_kernel *kernel, size_t n)
{
	static const uint8_t iv[GMAC_SIV_IV_LEN] = { 1 };
	static const uint8_t aad[11] = { 2 };
	static uint8_t plain[PACKET_MAX_LEN];
	static uint8_t sealed[PACKET_MAX_LEN];
	static struct gmac_siv siv;
	struct siv_text there = { TL_BYTES_OF(aad), tl_bytes(plain, n),
				  sealed };
	struct siv_text back = { TL_BYTES_OF(aad), tl_bytes(sealed, n), plain };
	uint8_t key[AES_KEY_LEN] = { 3 };
	uint8_t tag[GMAC_SIV_TAG_LEN];
	int64_t seal = INT64_MAX;
	int64_t open = INT64_MAX;

	tl_gmac_siv_init_with(&siv, kernel, key, key);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = now_ns();

		for (int j = 0; j < PACKETS; j++)
			tl_gmac_siv_seal_text(&siv, tag, iv, &there);
		seal = TL_MIN(seal, (now_ns() - start) / PACKETS);
		start = now_ns();
		for (int j = 0; j < PACKETS; j++)
			check(tl_gmac_siv_open_text(&siv, tag, &back),
			      "opening");
		open = TL_MIN(open, (now_ns() - start) / PACKETS);
	}
	printf("%-11s", kernel->name);
	print_costs(n, seal, open);
}

/* Different numbers each time; what they are does not matter here. */
static void some_random(void *ctx, void *out, size_t n)
{
	uint64_t *state = ctx;
	uint8_t *at = out;

	for (size_t i = 0; i < n; i++) {
		*state = *state * 6364136223846793005 + 1442695040888963407;
		at[i] = (uint8_t)(*state >> 56);
	}
}

static void bench_identity(void)
{
	uint64_t state = 1;
	struct identity id;
	struct pair_key key;
	int64_t best = INT64_MAX;
	int64_t start;

	check(tl_identity_generate(&id, some_random, &state) == 0,
	      "generating");
	for (int i = 0; i < ROUNDS; i++) {
		start = now_ns();
		check(tl_identity_validate(&id) == 0, "validating");
		best = TL_MIN(best, now_ns() - start);
	}
	printf("identity validate %lld us\n", (long long)best / 1000);

	start = now_ns();
	for (int i = 0; i < ROUNDS; i++)
		check(tl_identity_agree(&key, &id, &id) == 0, "agreeing");
	printf("identity agree    %lld us\n",
	       (long long)(now_ns() - start) / ROUNDS / 1000);
}

int main(void)
{
	static const enum suite suites[] = { SUITE_POLY1305,
					     SUITE_SALSA_POLY1305,
					     SUITE_AES_GMAC_SIV };
	struct pair_key key = { { 1 } };
	const struct siv_kernel *kernel;
	struct armor *armor;

	check(tl_crypto_init() == 0, "setting up");
	check(tl_armor_new(&armor, &key) == 0, "making keys");
	for (size_t s = 0; s < TL_ARRAY_SIZE(suites); s++)
		for (size_t l = 0; l < TL_ARRAY_SIZE(lengths); l++)
			bench_suite(armor, suites[s], lengths[l]);
	tl_armor_free(armor);
	for (size_t k = 0; (kernel = tl_siv_kernel_at(k)); k++)
		for (size_t l = 0; l < TL_ARRAY_SIZE(lengths); l++)
			if (kernel->is_usable())
				bench_kernel(kernel, lengths[l]);
	bench_identity();
	return 0;
}
