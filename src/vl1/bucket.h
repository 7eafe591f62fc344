/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bucket.h - token bucket: a steady rate with bursts
 *
 * Starts full when zeroed. Holds the time at which it will be full again, so
 * one number is all its state.
 */
#ifndef TL_VL1_BUCKET_H
#define TL_VL1_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	int64_t full_at_ms;
};

/* Take a token if there is one: one every @period_ms, up to @burst at once. */
static inline bool tl_bucket_take(struct bucket *b, int64_t period_ms,
				  int burst, int64_t now)
{
	int64_t from = b->full_at_ms > now ? b->full_at_ms : now;

	if (from - now > period_ms * (burst - 1))
		return false;
	b->full_at_ms = from + period_ms;
	return true;
}

#endif /* TL_VL1_BUCKET_H */
