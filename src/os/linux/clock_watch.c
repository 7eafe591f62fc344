/* SPDX-License-Identifier: Apache-2.0 */
/* clock_watch.c - a timer that never fires, but is cancelled by jumps */
#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "os/clock.h"

#define NEVER_S INT64_C(32503680000) /* in the year 3000 */

static int arm(int fd)
{
	struct itimerspec t = { .it_value.tv_sec = (time_t)NEVER_S };

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
			       &t, NULL)
		       ? -errno
		       : 0;
}

int tl_clock_watch(void)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	int err;

	if (fd < 0)
		return -errno;
	err = arm(fd);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

/* read(2) says ECANCELED after a jump. */
void tl_clock_watch_drain(int fd)
{
	uint64_t fired;
	ssize_t n = read(fd, &fired, sizeof(fired));

	(void)n;
	(void)arm(fd);
}
