/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duel_test.c - duels decided by dice (duel.h), where there is no fuzzer
 *
 * TL_SEED=N runs one of them, TL_SEEDS=N as many.
 */
#include "test/sim/duel_steps.h"

#define SEEDS 500
#define STEPS 300

static uint64_t seed_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static uint64_t running;

static void say_which(void)
{
	if (running)
		fprintf(stderr, "again: TL_SEED=%llu duel_test\n",
			(unsigned long long)running);
}

/* Much is delivered, or nothing would come about; the rest is evil. */
static uint8_t likely_step(uint64_t dice)
{
	static const uint8_t often[] = { DUEL_DELIVER, DUEL_DELIVER_ALL,
					 DUEL_FRAME, DUEL_WAIT };

	return dice & 0x100 ? often[dice & 3] : (uint8_t)(dice % DUEL_STEPS);
}

static void run_seed(uint64_t seed)
{
	struct duel dice = { .random = seed * 0x9e3779b97f4a7c15 };
	uint8_t in[1 + 3 * STEPS];
	size_t i;

	running = seed;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(duel_draw(&dice) >> 32);
	for (i = 1; i < sizeof(in); i += 3)
		in[i] = likely_step(duel_draw(&dice) >> 32);
	duel_run(TL_BYTES_OF(in));
	running = 0;
}

TEST(enemy_on_the_wire_brings_about_nothing)
{
	uint64_t only = seed_of("TL_SEED", 0);
	uint64_t n = seed_of("TL_SEEDS", SEEDS);
	uint64_t seed;

	atexit(say_which);
	if (only)
		run_seed(only);
	for (seed = 1; !only && seed <= n; seed++)
		run_seed(seed);
}

TEST(two_who_are_left_alone_talk)
{
	static const uint8_t rooted[] = { 1 };
	static const uint8_t strangers[] = { 0 };

	duel_run(TL_BYTES_OF(rooted));
	duel_run(TL_BYTES_OF(strangers));
}
