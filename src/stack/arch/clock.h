/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the time of the pass under way, for lwIP
 *
 * lwIP counts in ticks of 50 ms, which is coarse beside a round trip of a
 * fraction of one. Its retransmission timer looks at this clock instead. It
 * stands during a pass; what is sent or comes in one pass does so at once.
 */
#ifndef TL_STACK_ARCH_CLOCK_H
#define TL_STACK_ARCH_CLOCK_H

#include <stdint.h>

#include "base/compiler.h"

/**
 * struct stack_clock - Time and the next retransmission timer
 * @now_us:	as of the last tl_stack_run()
 * @due_us:	when tcp_rexmit_tmr() is to be called; INT64_MAX: no need
 */
struct stack_clock {
	int64_t now_us;
	int64_t due_us;
};

extern TL_HIDDEN _Thread_local struct stack_clock tl_stack_clock;

/* Differences of it are right for 71 minutes. */
static inline uint32_t tl_clock_now(void)
{
	return (uint32_t)tl_stack_clock.now_us;
}

/* Wake no later than in @us. */
static inline void tl_clock_wake(uint32_t us)
{
	int64_t at_us = tl_stack_clock.now_us + us;

	if (at_us < tl_stack_clock.due_us)
		tl_stack_clock.due_us = at_us;
}

#endif /* TL_STACK_ARCH_CLOCK_H */
