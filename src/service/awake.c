/* SPDX-License-Identifier: Apache-2.0 */
/*
 * awake.c - when time has passed unseen, and when nobody answers any more
 *
 * A machine that slept, or a process that was stopped, finds that NATs have
 * forgotten it and its peers have given it up; nothing tells it. A pass that
 * comes much too late does, as does a jump of the wall clock, by which a
 * wake-up is noticed at once.
 *
 * A NAT can also hold a binding that leads nowhere, which our own keepalives
 * keep alive. So while all roots are silent though they are greeted, the second
 * port is changed again and again, in growing intervals; the primary one, which
 * others may have been told of, stays.
 */
#include "service/service_impl.h"

#include "base/log.h"
#include "os/clock.h"

#define LATE_MS 10000
#define SLEPT_MS 2000
#define FIRST_PAUSE_MS 5000
#define LAST_PAUSE_MS 120000

static bool has_random_second(const struct service *s)
{
	struct endpoint any;

	return s->conf.allow_secondary_port && !s->conf.secondary_port &&
	       tl_wires_endpoints(s, &any, 1);
}

static void on_awake(struct service *s, int64_t late_ms, int64_t slept_ms)
{
	tl_info("awake after %lld s: looking for roots and peers anew",
		(long long)TL_MAX(late_ms, slept_ms) / 1000);
	tl_service_follow_wall(s);
	if (slept_ms >= SLEPT_MS && has_random_second(s))
		tl_wires_rotate(s);
	tl_wires_refresh(s);
	tl_node_on_rebind(s->node, tl_service_now(s));
}

void tl_awake_begin_pass(struct service *s)
{
	int64_t asleep_ms = tl_clock_asleep_ms();
	int64_t slept_ms = asleep_ms - s->awake.asleep_ms;
	int64_t late_ms = tl_clock_ms() - s->awake.due_ms;

	s->awake.asleep_ms = asleep_ms;
	if (s->awake.due_ms && (late_ms > LATE_MS || slept_ms > SLEPT_MS))
		on_awake(s, late_ms, slept_ms);
	s->awake.due_ms = 0;
}

void tl_awake_end_pass(struct service *s, int64_t wait_ms)
{
	s->awake.due_ms = tl_clock_ms() + wait_ms;
}

static bool is_answered(const struct service *s, int64_t now)
{
	const struct peer *root = tl_node_best_upstream(s->node, now);

	return root && tl_peer_best_path(root, PATHS_USABLE, now);
}

void tl_awake_notice(struct service *s)
{
	int64_t now = tl_service_now(s);

	if (!tl_node_is_cut_off(s->node, now)) {
		if (s->awake.pause_ms && is_answered(s, now)) {
			tl_info("a root answers again");
			s->awake.pause_ms = 0;
		}
		return;
	}
	if (!has_random_second(s) || now < s->awake.rotate_ms)
		return;
	tl_wires_rotate(s);
	s->awake.pause_ms = s->awake.pause_ms ? TL_MIN(s->awake.pause_ms * 2,
						       (int64_t)LAST_PAUSE_MS)
					      : FIRST_PAUSE_MS;
	s->awake.rotate_ms = now + s->awake.pause_ms;
	tl_info("no root answers: trying from port %u", s->second_port);
	tl_node_on_rebind(s->node, now);
	tl_service_wake(s);
}

static void on_jump(void *ctx, uint32_t events)
{
	struct service *s = ctx;

	(void)events;
	/* The pass that this is in has looked already. */
	tl_clock_watch_drain(s->awake.fd);
	tl_service_follow_wall(s);
}

void tl_awake_open(struct service *s)
{
	s->awake.asleep_ms = tl_clock_asleep_ms();
	s->awake.watch.fd = -1;
	s->awake.watch.fn = on_jump;
	s->awake.watch.ctx = s;
	s->awake.fd = tl_clock_watch();
	if (s->awake.fd >= 0 &&
	    tl_poll_add(s->poll, &s->awake.watch, s->awake.fd, WATCH_IN))
		tl_fd_close(&s->awake.fd);
}

void tl_awake_close(struct service *s)
{
	if (s->awake.fd < 0)
		return;
	tl_poll_del(s->poll, &s->awake.watch);
	tl_fd_close(&s->awake.fd);
}
