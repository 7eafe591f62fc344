/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.c - uv.h on epoll
 *
 * A handle stays in its loop's list until its closing function was called, at
 * the end of a turn, and so does the memory: what walks the list may call
 * functions that close any of them.
 */
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"
#include "os/loop/uv.h"

#define ROUNDS_MAX 48

void uv_update_time(uv_loop_t *loop)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	loop->now_ms =
		(uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t uv_now(const uv_loop_t *loop)
{
	return loop->now_ms;
}

int uv_loop_init(uv_loop_t *loop)
{
	struct epoll_event e = { .events = EPOLLIN };
	int err;

	memset(loop, 0, sizeof(*loop));
	tl_list_init(&loop->handles);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	loop->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->event_fd < 0 ||
	    epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->event_fd, &e)) {
		err = -errno;
		close(loop->epoll_fd);
		if (loop->event_fd >= 0)
			close(loop->event_fd);
		return err;
	}
	uv_update_time(loop);
	return 0;
}

int uv_loop_close(uv_loop_t *loop)
{
	if (!tl_list_is_empty(&loop->handles))
		return UV_EBUSY;
	close(loop->event_fd);
	close(loop->epoll_fd);
	return 0;
}

/* Handles */

static uv_handle_t *handle_at(struct list *link)
{
	return tl_container_of(link, uv_handle_t, link);
}

static void add(uv_loop_t *loop, uv_handle_t *h, uv_handle_type type)
{
	h->loop = loop;
	h->type = type;
	h->close_cb = NULL;
	h->is_active = false;
	h->is_closing = false;
	h->is_unref = false;
	tl_list_append(&loop->handles, &h->link);
}

int uv_is_active(const uv_handle_t *h)
{
	return h->is_active;
}

int uv_is_closing(const uv_handle_t *h)
{
	return h->is_closing;
}

void uv_ref(uv_handle_t *h)
{
	h->is_unref = false;
}

void uv_unref(uv_handle_t *h)
{
	h->is_unref = true;
}

void uv_close(uv_handle_t *h, uv_close_cb fn)
{
	tl_assert(!h->is_closing);
	if (h->type == UV_POLL)
		(void)uv_poll_stop((uv_poll_t *)h);
	h->is_active = false;
	h->is_closing = true;
	h->close_cb = fn;
	h->loop->n_closing++;
}

void uv_walk(uv_loop_t *loop, uv_walk_cb fn, void *arg)
{
	tl_list_each(it, next, &loop->handles)
		fn(handle_at(it), arg);
}

/* Those that are closed from now on are for the next turn. */
static void end_closing(uv_loop_t *loop)
{
	struct list closed;

	if (!loop->n_closing)
		return;
	tl_list_init(&closed);
	tl_list_each(it, next, &loop->handles) {
		if (!handle_at(it)->is_closing)
			continue;
		tl_list_remove(it);
		tl_list_append(&closed, it);
	}
	while (!tl_list_is_empty(&closed)) {
		uv_handle_t *h = handle_at(closed.next);

		tl_list_remove(&h->link);
		loop->n_closing--;
		if (h->close_cb)
			h->close_cb(h);
	}
}

/* Timers */

int uv_timer_init(uv_loop_t *loop, uv_timer_t *t)
{
	add(loop, (uv_handle_t *)t, UV_TIMER);
	t->cb = NULL;
	t->repeat_ms = 0;
	return 0;
}

int uv_timer_start(uv_timer_t *t, uv_timer_cb fn, uint64_t timeout,
		   uint64_t repeat)
{
	uint64_t now = t->loop->now_ms;

	if (t->is_closing || !fn)
		return UV_EINVAL;
	t->cb = fn;
	t->due_ms = timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
	t->repeat_ms = repeat;
	t->number = t->loop->n_starts++;
	t->is_active = true;
	return 0;
}

int uv_timer_stop(uv_timer_t *t)
{
	t->is_active = false;
	return 0;
}

/* The first to be run of those started before start @limit; NULL: none is. */
static uv_timer_t *first_timer(const uv_loop_t *loop, uint64_t limit)
{
	uv_timer_t *first = NULL;

	tl_list_each(it, next, &loop->handles) {
		uv_handle_t *h = handle_at(it);
		uv_timer_t *t = (uv_timer_t *)h;

		if (h->type != UV_TIMER || !h->is_active || t->number >= limit)
			continue;
		if (!first || t->due_ms < first->due_ms ||
		    (t->due_ms == first->due_ms && t->number < first->number))
			first = t;
	}
	return first;
}

static void run_timers(uv_loop_t *loop)
{
	uint64_t limit = loop->n_starts;
	uv_timer_t *t;

	while ((t = first_timer(loop, limit)) && t->due_ms <= loop->now_ms) {
		t->is_active = false;
		if (t->repeat_ms)
			(void)uv_timer_start(t, t->cb, t->repeat_ms,
					     t->repeat_ms);
		t->cb(t);
	}
}

/* Descriptors */

int uv_poll_init(uv_loop_t *loop, uv_poll_t *p, int fd)
{
	add(loop, (uv_handle_t *)p, UV_POLL);
	p->fd = fd;
	p->events = 0;
	return 0;
}

int uv_poll_start(uv_poll_t *p, int events, uv_poll_cb fn)
{
	struct epoll_event e = { .data.ptr = p };
	int op = p->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (p->is_closing || !events)
		return UV_EINVAL;
	if (events & UV_READABLE)
		e.events |= EPOLLIN;
	if (events & UV_WRITABLE)
		e.events |= EPOLLOUT;
	if (events & UV_DISCONNECT)
		e.events |= EPOLLRDHUP;
	if (epoll_ctl(p->loop->epoll_fd, op, p->fd, &e))
		return -errno;
	p->events = events;
	p->cb = fn;
	p->is_active = true;
	return 0;
}

int uv_poll_stop(uv_poll_t *p)
{
	uv_loop_t *loop = p->loop;
	int i;

	if (!p->is_active)
		return 0;
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, p->fd, NULL);
	for (i = loop->at; i < loop->n_ready; i++)
		if (loop->ready[i].data.ptr == p)
			loop->ready[i].events = 0;
	p->events = 0;
	p->is_active = false;
	return 0;
}

static void tell(uv_poll_t *p, uint32_t events)
{
	int out = 0;

	if (events & EPOLLIN)
		out |= UV_READABLE;
	if (events & EPOLLOUT)
		out |= UV_WRITABLE;
	if (events & EPOLLRDHUP)
		out |= UV_DISCONNECT;
	if (events & (EPOLLERR | EPOLLHUP))
		out = p->events;
	out &= p->events;
	if (out)
		p->cb(p, 0, out);
}

/* Other threads */

int uv_async_init(uv_loop_t *loop, uv_async_t *a, uv_async_cb fn)
{
	add(loop, (uv_handle_t *)a, UV_ASYNC);
	a->cb = fn;
	atomic_init(&a->is_sent, false);
	a->is_active = true;
	return 0;
}

int uv_async_send(uv_async_t *a)
{
	uint64_t one = 1;
	int before = errno;

	if (atomic_exchange(&a->is_sent, true))
		return 0;
	/* Full means that there is plenty to be read. */
	if (write(a->loop->event_fd, &one, sizeof(one)) < 0)
		errno = before;
	return 0;
}

static void take_sent(uv_loop_t *loop)
{
	uint64_t n;

	/* Nothing there: somebody was told of already. */
	if (read(loop->event_fd, &n, sizeof(n)) < 0)
		return;
	tl_list_each(it, next, &loop->handles) {
		uv_handle_t *h = handle_at(it);
		uv_async_t *a = (uv_async_t *)h;

		if (h->type == UV_ASYNC && !h->is_closing &&
		    atomic_exchange(&a->is_sent, false))
			a->cb(a);
	}
}

/* Turning */

static bool is_alive(const uv_loop_t *loop)
{
	if (loop->n_closing)
		return true;
	tl_list_each(it, next, &loop->handles) {
		const uv_handle_t *h = handle_at(it);

		if (h->is_active && !h->is_unref)
			return true;
	}
	return false;
}

int uv_backend_fd(const uv_loop_t *loop)
{
	return loop->epoll_fd;
}

int uv_backend_timeout(const uv_loop_t *loop)
{
	const uv_timer_t *t;

	if (loop->is_stopped || loop->n_closing || !is_alive(loop))
		return 0;
	t = first_timer(loop, UINT64_MAX);
	if (!t)
		return -1;
	if (t->due_ms <= loop->now_ms)
		return 0;
	return (int)TL_MIN(t->due_ms - loop->now_ms, (uint64_t)INT32_MAX);
}

/* Return: how many descriptors had something. */
static int wait_and_tell(uv_loop_t *loop, int timeout_ms)
{
	int n = epoll_wait(loop->epoll_fd, loop->ready, UV_LOOP_BATCH,
			   timeout_ms);

	uv_update_time(loop);
	loop->n_ready = TL_MAX(n, 0);
	for (loop->at = 0; loop->at < loop->n_ready; loop->at++) {
		const struct epoll_event *e = &loop->ready[loop->at];

		if (!e->events)
			continue;
		if (e->data.ptr)
			tell(e->data.ptr, e->events);
		else
			take_sent(loop);
	}
	loop->n_ready = 0;
	return n;
}

/* Until nothing is left, but not for ever: whoever waits for the loop's own
 * descriptor may hear only of what is new. */
static void tell_all(uv_loop_t *loop)
{
	int i;

	for (i = 0; i < ROUNDS_MAX && wait_and_tell(loop, 0) > 0; i++)
		;
}

int uv_run(uv_loop_t *loop, uv_run_mode mode)
{
	bool alive = is_alive(loop);

	while (alive && !loop->is_stopped) {
		uv_update_time(loop);
		run_timers(loop);
		if (mode == UV_RUN_NOWAIT)
			tell_all(loop);
		else
			(void)wait_and_tell(loop, uv_backend_timeout(loop));
		if (mode == UV_RUN_ONCE)
			run_timers(loop);
		end_closing(loop);
		alive = is_alive(loop);
		if (mode != UV_RUN_DEFAULT)
			break;
	}
	loop->is_stopped = false;
	return alive;
}

void uv_stop(uv_loop_t *loop)
{
	loop->is_stopped = true;
}
