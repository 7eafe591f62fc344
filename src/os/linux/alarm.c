/* SPDX-License-Identifier: Apache-2.0 */
#include "os/alarm.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/bytes.h"
#include "os/clock.h"

static void on_time(void *ctx, TL_UNUSED uint32_t events)
{
	struct alarm *a = ctx;
	uint64_t times;

	if (read(a->fd, &times, sizeof(times)) == (ssize_t)sizeof(times))
		a->fn(a->ctx);
}

void tl_alarm_init(struct alarm *a, struct poll_set *set, void (*fn)(void *ctx),
		   void *ctx)
{
	*a = (struct alarm){
		.set = set,
		.watch = { .fd = -1, .fn = on_time, .ctx = a },
		.fd = -1,
		.fn = fn,
		.ctx = ctx,
	};
}

int tl_alarm_open(struct alarm *a)
{
	int fd, r;

	if (a->fd >= 0)
		return 0;
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = tl_poll_add(a->set, &a->watch, fd, WATCH_IN);
	if (r)
		close(fd);
	else
		a->fd = fd;
	return r;
}

void tl_alarm_close(struct alarm *a)
{
	if (a->fd < 0)
		return;
	tl_poll_del(a->set, &a->watch);
	close(a->fd);
	a->fd = -1;
}

void tl_alarm_set(struct alarm *a, int64_t at_us)
{
	struct itimerspec t = { 0 };
	int64_t left;

	if (at_us != INT64_MAX) {
		left = TL_MAX(at_us - tl_clock_us(), (int64_t)1);
		t.it_value.tv_sec = (time_t)(left / 1000000);
		t.it_value.tv_nsec = (int)(left % 1000000 * 1000);
	}
	(void)timerfd_settime(a->fd, 0, &t, NULL);
}
