/* SPDX-License-Identifier: Apache-2.0 */
/* wait.c - select and poll, by the system's poll(2) */
#include "sdk/libzt/zts.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"

#define POLL_MAX 4096

struct pair {
	short zts;
	short system;
};

static const struct pair pairs[] = {
	{ ZTS_POLLIN, POLLIN },		{ ZTS_POLLOUT, POLLOUT },
	{ ZTS_POLLERR, POLLERR },	{ ZTS_POLLNVAL, POLLNVAL },
	{ ZTS_POLLRDNORM, POLLRDNORM }, { ZTS_POLLRDBAND, POLLRDBAND },
	{ ZTS_POLLPRI, POLLPRI },	{ ZTS_POLLWRNORM, POLLWRNORM },
	{ ZTS_POLLWRBAND, POLLWRBAND }, { ZTS_POLLHUP, POLLHUP },
};

static short to_system(short events)
{
	int out = 0;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(pairs); i++)
		out |= events & pairs[i].zts ? pairs[i].system : 0;
	return (short)out;
}

static short from_system(short events)
{
	int out = 0;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(pairs); i++)
		out |= events & pairs[i].system ? pairs[i].zts : 0;
	return (short)out;
}

int zts_bsd_poll(struct zts_pollfd *fds, zts_nfds_t nfds, int timeout)
{
	struct pollfd *list;
	zts_nfds_t i;
	int r;

	if (nfds > POLL_MAX || (nfds && !fds))
		return tl_zts_fail(nfds > POLL_MAX ? EINVAL : EFAULT);
	list = tl_alloc_array(nfds ? nfds : 1, sizeof(*list));
	if (!list)
		return tl_zts_fail(ENOMEM);
	for (i = 0; i < nfds; i++)
		list[i] = (struct pollfd){ .fd = fds[i].fd,
					   .events = to_system(fds[i].events) };
	r = poll(list, nfds, timeout);
	for (i = 0; r >= 0 && i < nfds; i++)
		fds[i].revents = from_system(list[i].revents);
	r = tl_zts_result(r);
	tl_free(list);
	return r;
}

static bool is_in(int fd, const zts_fd_set *set)
{
	return set && ZTS_FD_ISSET(fd, set);
}

static short wanted(int fd, const zts_fd_set *in, const zts_fd_set *out,
		    const zts_fd_set *other)
{
	int events = 0;

	events |= is_in(fd, in) ? POLLIN : 0;
	events |= is_in(fd, out) ? POLLOUT : 0;
	events |= is_in(fd, other) ? POLLPRI : 0;
	return (short)events;
}

/* Leaves what has come of it in the set; counts it. */
static int keep(int fd, zts_fd_set *set, short revents, int which)
{
	if (!is_in(fd, set))
		return 0;
	if (revents & which)
		return 1;
	ZTS_FD_CLR(fd, set);
	return 0;
}

static int answer(const struct pollfd *list, size_t n, zts_fd_set *in,
		  zts_fd_set *out, zts_fd_set *other)
{
	int ready = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (list[i].revents & POLLNVAL)
			return tl_zts_fail(EBADF);
	}
	for (i = 0; i < n; i++) {
		const struct pollfd *p = &list[i];

		ready +=
			keep(p->fd, in, p->revents, POLLIN | POLLHUP | POLLERR);
		ready += keep(p->fd, out, p->revents, POLLOUT | POLLERR);
		ready += keep(p->fd, other, p->revents, POLLPRI | POLLERR);
	}
	return ready;
}

int zts_bsd_select(int nfds, zts_fd_set *readfds, zts_fd_set *writefds,
		   zts_fd_set *exceptfds, struct zts_timeval *timeout)
{
	struct pollfd list[ZTS_FD_SETSIZE];
	struct timespec wait = { 0 };
	size_t n = 0;
	int fd;
	int r;

	if (nfds < 0 || nfds > ZTS_FD_SETSIZE ||
	    (timeout && (timeout->tv_sec < 0 || timeout->tv_usec < 0 ||
			 timeout->tv_usec > 999999)))
		return tl_zts_fail(EINVAL);
	for (fd = 0; fd < nfds; fd++) {
		short events = wanted(fd, readfds, writefds, exceptfds);

		if (events)
			list[n++] =
				(struct pollfd){ .fd = fd, .events = events };
	}
	if (timeout)
		wait = (struct timespec){ .tv_sec = timeout->tv_sec,
					  .tv_nsec = timeout->tv_usec * 1000 };
	r = ppoll(list, n, timeout ? &wait : NULL, NULL);
	if (r < 0)
		return tl_zts_result(r);
	return answer(list, n, readfds, writefds, exceptfds);
}
