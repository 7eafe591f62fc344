/* SPDX-License-Identifier: Apache-2.0 */
#include "os/poll.h"

#include <errno.h>
#include <sched.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/clock.h"

#define BATCH 128

/*
 * @ready, @n, @at: the batch under way; events of deleted watches are struck
 *		out of it, so that a watch can be freed by another's function
 * @n_watches:	how many there are
 * @sweeps:	see tl_poll_sweeps()
 * @wanted:	events after which this sweep ends at the latest. What is ready
 *		is a queue in the kernel with each descriptor in it once, so
 *		what stood there at its beginning has been told by then
 * @told:	events of this sweep so far
 */
struct poll_set {
	int fd;
	int n;
	int at;
	size_t n_watches;
	uint64_t sweeps;
	size_t wanted;
	size_t told;
	struct epoll_event ready[BATCH];
};

int tl_poll_new(struct poll_set **setp)
{
	struct poll_set *set = tl_alloc_zeroed(sizeof(*set));
	int err;

	if (!set)
		return -ENOMEM;
	set->fd = epoll_create1(EPOLL_CLOEXEC);
	if (set->fd < 0) {
		err = -errno;
		tl_free(set);
		return err;
	}
	*setp = set;
	return 0;
}

void tl_poll_free(struct poll_set *set)
{
	if (!set)
		return;
	close(set->fd);
	tl_free(set);
}

int tl_poll_fd(const struct poll_set *set)
{
	return set->fd;
}

static int control(struct poll_set *set, int op, struct watch *w, int fd,
		   uint32_t events)
{
	struct epoll_event e = { .events = EPOLLRDHUP };

	if (!(events & WATCH_LEVEL))
		e.events |= EPOLLET;
	if (events & WATCH_IN)
		e.events |= EPOLLIN;
	if (events & WATCH_OUT)
		e.events |= EPOLLOUT;
	e.data.ptr = w;
	return epoll_ctl(set->fd, op, fd, &e) < 0 ? -errno : 0;
}

int tl_poll_add(struct poll_set *set, struct watch *w, int fd, uint32_t events)
{
	int err = control(set, EPOLL_CTL_ADD, w, fd, events);

	if (err)
		return err;
	w->fd = fd;
	w->events = events;
	set->n_watches++;
	return 0;
}

void tl_poll_mod(struct poll_set *set, struct watch *w, uint32_t events)
{
	/* Nothing is allocated for a descriptor that is in the set. */
	tl_assert(control(set, EPOLL_CTL_MOD, w, w->fd, events) == 0);
	w->events = events;
}

void tl_poll_del(struct poll_set *set, struct watch *w)
{
	int i;

	if (w->fd < 0)
		return;
	/* Fails only if the descriptor was closed first, which is a bug. */
	tl_assert(epoll_ctl(set->fd, EPOLL_CTL_DEL, w->fd, NULL) == 0);
	w->fd = -1;
	set->n_watches--;
	for (i = set->at; i < set->n; i++) {
		if (set->ready[i].data.ptr == w)
			set->ready[i].data.ptr = NULL;
	}
}

static uint32_t translate(uint32_t events)
{
	uint32_t out = 0;

	if (events & EPOLLIN)
		out |= WATCH_IN;
	if (events & EPOLLOUT)
		out |= WATCH_OUT;
	if (events & EPOLLRDHUP)
		out |= WATCH_RDHUP;
	if (events & EPOLLHUP)
		out |= WATCH_HUP;
	if (events & EPOLLERR)
		out |= WATCH_ERR;
	return out;
}

static void count_sweep(struct poll_set *set, int n)
{
	set->told += (size_t)n;
	if (n == BATCH && set->told < set->wanted)
		return;
	set->sweeps++;
	set->told = 0;
	set->wanted = set->n_watches;
}

int tl_poll_wait(struct poll_set *set, int timeout_ms)
{
	int n = epoll_wait(set->fd, set->ready, BATCH, timeout_ms);

	if (n < 0 && errno != EINTR)
		return -errno;
	set->n = TL_MAX(n, 0);
	return set->n;
}

int tl_poll_spin(struct poll_set *set, int64_t us)
{
	int64_t end_us = tl_clock_us() + us;
	int n;

	do {
		n = tl_poll_wait(set, 0);
		if (n)
			return n;
		(void)sched_yield();
	} while (tl_clock_us() < end_us);
	return 0;
}

void tl_poll_tell(struct poll_set *set)
{
	int n = set->n;
	struct watch *w;

	for (set->at = 0; set->at < set->n; set->at++) {
		w = set->ready[set->at].data.ptr;
		if (w)
			w->fn(w->ctx, translate(set->ready[set->at].events));
	}
	set->n = 0;
	count_sweep(set, n);
}

int tl_poll_run(struct poll_set *set, int timeout_ms)
{
	int n = tl_poll_wait(set, timeout_ms);

	if (n >= 0)
		tl_poll_tell(set);
	return n;
}

uint64_t tl_poll_sweeps(const struct poll_set *set)
{
	return set->sweeps;
}
