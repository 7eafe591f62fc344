/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pause.h - how long to wait before a worker that has died is started again
 *
 * Not at all the first time, then longer and longer, up to PAUSE_MAX_MS. One
 * that has lived for PAUSE_GOOD_MS was good, and all is forgotten.
 */
#ifndef TL_KEEPER_PAUSE_H
#define TL_KEEPER_PAUSE_H

#include <stdint.h>

#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 5000
#define PAUSE_GOOD_MS 3000

/**
 * tl_pause_after() - A worker has died
 * @failures:	those in a row; counted here; starts with 0
 * @lived_ms:	how long it has lived
 *
 * Return: milliseconds to wait.
 */
static inline int64_t tl_pause_after(unsigned int *failures, int64_t lived_ms)
{
	int64_t ms = PAUSE_FIRST_MS;
	unsigned int i;

	*failures = lived_ms >= PAUSE_GOOD_MS ? 1 : *failures + 1;
	if (*failures == 1)
		return 0;
	for (i = 2; i < *failures && ms < PAUSE_MAX_MS; i++)
		ms *= 2;
	return ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
}

#endif /* TL_KEEPER_PAUSE_H */
