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

#include "base/compiler.h"

/* Since some moment in the past, sleep of the machine included. */
int64_t tl_clock_ms(void);
int64_t tl_clock_us(void);

/* How long the machine has slept in all; 0 where that cannot be told. */
int64_t tl_clock_asleep_ms(void);

/* Since 1970. May jump. */
int64_t tl_clock_wall_ms(void);

/**
 * tl_clock_watch() - A descriptor that is readable when the wall clock jumps
 *
 * As it does when it is set, and when the machine wakes up. Close it with
 * tl_fd_close().
 *
 * Return: the descriptor, or a negative errno where the system cannot tell.
 */
TL_MUST_USE int tl_clock_watch(void);
void tl_clock_watch_drain(int fd);

#endif /* TL_OS_CLOCK_H */
