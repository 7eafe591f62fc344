/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - what time it is
 *
 * Protocol state runs on the monotonic clock, which never jumps; wall time is
 * for what other nodes or people read. Only the loop asks: everybody below is
 * told.
 */
#ifndef TL_OS_CLOCK_H
#define TL_OS_CLOCK_H

#include <stdint.h>

/* Since some moment in the past, sleep of the machine included. */
int64_t tl_clock_ms(void);
int64_t tl_clock_us(void);

/* Since 1970. May jump. */
int64_t tl_clock_wall_ms(void);

#endif /* TL_OS_CLOCK_H */
