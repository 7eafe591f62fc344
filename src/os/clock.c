/* SPDX-License-Identifier: Apache-2.0 */
#include "os/clock.h"

#include <time.h>

#include "base/compiler.h"

/* A laptop that wakes up must see that its peers have long been silent, which
 * CLOCK_MONOTONIC would hide. */
#ifdef CLOCK_BOOTTIME
#define STEADY_CLOCK CLOCK_BOOTTIME
#else
#define STEADY_CLOCK CLOCK_MONOTONIC
#endif

static int64_t read_us(clockid_t clock)
{
	struct timespec t;

	tl_assert(clock_gettime(clock, &t) == 0);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t tl_clock_ms(void)
{
	return read_us(STEADY_CLOCK) / 1000;
}

int64_t tl_clock_us(void)
{
	return read_us(STEADY_CLOCK);
}

int64_t tl_clock_asleep_ms(void)
{
	return (read_us(STEADY_CLOCK) - read_us(CLOCK_MONOTONIC)) / 1000;
}

int64_t tl_clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}
