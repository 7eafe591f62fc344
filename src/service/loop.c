/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.c - the event loop: our set of descriptors, and libuv as one of them
 *
 * All sockets are in our set, so that is what is waited for. libuv, which has
 * timers, the helpers' results and HTTP, is one descriptor of it, and turns
 * when that is readable or one of its timers is due. The other way round each
 * datagram would wake libuv's set first, to be asked for from ours.
 *
 * In a conversation it does not sleep at once: see spin.h.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "os/clock.h"
#include "service/failure.h"
#include "service/relay.h"

static void on_stop(uv_async_t *handle)
{
	struct service *s = handle->data;

	s->turn.is_ended = true;
}

static void on_uv(void *ctx, uint32_t events)
{
	struct service *s = ctx;

	(void)events;
	s->turn.is_uv_ready = true;
}

/* By level: libuv's own handles are, and one that was not drained is no event
 * of its set again. */
static int open_set(struct service *s)
{
	int r = tl_poll_new(&s->poll);

	if (r)
		return r;
	s->turn.watch = (struct watch){ .fd = -1, .fn = on_uv, .ctx = s };
	return tl_poll_add(s->poll, &s->turn.watch, uv_backend_fd(&s->loop),
			   WATCH_IN | WATCH_LEVEL);
}

int tl_loop_open(struct service *s, char error[SERVICE_ERROR_SIZE])
{
	int r = uv_loop_init(&s->loop);

	if (!r)
		r = uv_timer_init(&s->loop, &s->refresh);
	if (!r)
		r = uv_timer_init(&s->loop, &s->beat);
	if (!r)
		r = uv_timer_init(&s->loop, &s->relay_timer);
	if (!r)
		r = uv_timer_init(&s->loop, &s->tunnel_timer);
	if (!r)
		r = uv_async_init(&s->loop, &s->stop, on_stop);
	if (!r)
		r = uv_async_init(&s->loop, &s->poke, tl_service_on_poke);
	if (!r)
		r = open_set(s);
	if (!r)
		r = tl_worker_new(&s->worker, &s->loop, VALIDATIONS_MAX);
	if (r)
		return tl_failure(error, r, "cannot make an event loop: %s",
				  strerror(-r));
	tl_relay_lines_init(&s->relay_lines, s->poll);
	s->refresh.data = s;
	s->beat.data = s;
	s->stop.data = s;
	s->poke.data = s;
	s->is_loop_up = true;
	return 0;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void tl_loop_close(struct service *s)
{
	tl_worker_cancel_all(s->worker);
	while (tl_worker_n_jobs(s->worker))
		uv_run(&s->loop, UV_RUN_ONCE);
	tl_worker_free(s->worker);
	uv_walk(&s->loop, close_handle, NULL);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	tl_poll_del(s->poll, &s->turn.watch);
	uv_loop_close(&s->loop);
	tl_poll_free(s->poll);
}

void tl_loop_plan(struct service *s, int64_t wait_ms)
{
	s->turn.due_ms = tl_clock_ms() + wait_ms;
}

void tl_service_wake(struct service *s)
{
	if (!s->is_in_pass)
		s->turn.due_ms = 0;
}

/* Also when descriptors are new to it, which it hands to the kernel then. */
static void plan_uv(struct service *s)
{
	int wait_ms;

	uv_update_time(&s->loop);
	wait_ms = uv_backend_timeout(&s->loop);
	s->turn.uv_due_ms = wait_ms < 0 ? INT64_MAX : tl_clock_ms() + wait_ms;
}

static int time_left(const struct service *s)
{
	int64_t due_ms = TL_MIN(s->turn.due_ms, s->turn.uv_due_ms);
	int64_t ms = due_ms - tl_clock_ms();

	return (int)TL_MAX(TL_MIN(ms, INT32_MAX), 0);
}

/* Return: how many events there are. */
static int wait_for_events(struct service *s, int wait_ms)
{
	int64_t start_us = tl_clock_us();
	int64_t spin_us = wait_ms ? tl_spin_for(&s->turn.spin, start_us) : 0;
	int64_t lost_us = 0;
	int n = 0;

	if (spin_us)
		n = tl_poll_spin(s->poll, spin_us);
	if (!n) {
		if (spin_us)
			lost_us = tl_clock_us() - start_us;
		n = tl_poll_wait(s->poll, wait_ms);
	}
	tl_assert(n >= 0);
	if (wait_ms)
		tl_spin_waited(&s->turn.spin, tl_clock_us() - start_us,
			       lost_us);
	return n;
}

void tl_loop_run(struct service *s)
{
	struct turn *t = &s->turn;

	t->due_ms = 0;
	t->is_uv_ready = true;
	while (!t->is_ended) {
		int n = wait_for_events(s, t->is_uv_ready ? 0 : time_left(s));

		if (n || tl_clock_ms() >= t->due_ms)
			tl_service_pass(s);
		if (t->is_uv_ready || tl_clock_ms() >= t->uv_due_ms) {
			t->is_uv_ready = false;
			uv_run(&s->loop, UV_RUN_NOWAIT);
		}
		plan_uv(s);
	}
	t->is_ended = false;
}
