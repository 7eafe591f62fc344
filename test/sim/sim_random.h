/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_random.h - chance that repeats
 *
 * splitmix64: small, seeded, good enough for loss and delay.
 */
#ifndef TL_TEST_SIM_RANDOM_H
#define TL_TEST_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct sim_random {
	uint64_t state;
};

static inline uint64_t sim_draw(struct sim_random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* One of 0 to @n - 1; @n 0 is as 1. */
static inline uint64_t sim_draw_below(struct sim_random *r, uint64_t n)
{
	return n ? sim_draw(r) % n : 0;
}

/* True @permille times in a thousand; draws nothing for 0. */
static inline bool sim_happens(struct sim_random *r, unsigned int permille)
{
	return permille && sim_draw(r) % 1000 < permille;
}

#endif /* TL_TEST_SIM_RANDOM_H */
