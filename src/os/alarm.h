/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alarm.h - one point in time at which a poll set calls
 *
 * Owned by its user, who sets it anew after each call. Has no descriptor before
 * it is opened, and is in the set until it is closed.
 */
#ifndef TL_OS_ALARM_H
#define TL_OS_ALARM_H

#include "os/poll.h"

/**
 * struct alarm - As tl_alarm_init() makes it
 * @fd:		-1: not open
 */
struct alarm {
	struct poll_set *set;
	struct watch watch;
	int fd;
	void (*fn)(void *ctx);
	void *ctx;
};

/* @set: borrowed until tl_alarm_close(). @fn: the time has come. */
void tl_alarm_init(struct alarm *a, struct poll_set *set, void (*fn)(void *ctx),
		   void *ctx);

/* Make sure that it can be set. 0 or a negative errno. */
TL_MUST_USE int tl_alarm_open(struct alarm *a);
/* Accepts one that is not open. */
void tl_alarm_close(struct alarm *a);

/* @at_us: by tl_clock_us(); what is past calls soon; INT64_MAX: never. It must
 * be open. */
void tl_alarm_set(struct alarm *a, int64_t at_us);

#endif /* TL_OS_ALARM_H */
