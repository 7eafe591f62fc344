/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c
 *
 * Theory of operation: descriptors are watched edge-triggered in a poll set of
 * ours under one uv_poll, since a relay wants no system call to change what it
 * waits for. Deadlines of one kind have one length, so each kind is a queue in
 * order of time and one timer serves all. Tasks are run once a pass, and while
 * there are any the loop does not sleep.
 */
#include "proxy/server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "os/clock.h"
#include "os/limits.h"
#include "os/random.h"

static const int64_t wait_ms[] = {
	[WAIT_RETRY] = 1000,
	[WAIT_FAREWELL] = 5000,
	[WAIT_ATTEMPT] = 30000,
};

#define SIGNALS 2
#define LOOKUP_THREADS "16"

/* An address, or a user of a Unix socket. */
struct server_client {
	struct map_node node;
	uint8_t key[1 + 16];
	size_t n;
};

struct server {
	uv_loop_t loop;
	uv_poll_t poll_handle;
	uv_timer_t timer;
	uv_timer_t drain;
	uv_idle_t idle;
	uv_signal_t signals[SIGNALS];
	struct poll_set *poll;
	struct list waits[N_WAITS];
	struct list tasks;
	struct list slots;
	struct list doors;
	struct map clients;
	size_t n_clients;
	struct server_limits limits;
	bool is_draining;
	bool is_loop_up;
	uint8_t scratch[SCRATCH_SIZE];
};

static void on_timer(uv_timer_t *timer);

static struct server_deadline *first_due(struct server *s)
{
	struct server_deadline *best = NULL;
	struct server_deadline *d;
	int i;

	for (i = 0; i < N_WAITS; i++) {
		d = tl_list_first(&s->waits[i], struct server_deadline, node);
		if (d && (!best || d->at_ms < best->at_ms))
			best = d;
	}
	return best;
}

static void arm_timer(struct server *s)
{
	struct server_deadline *d = first_due(s);
	int64_t now = tl_clock_ms();

	if (!d)
		uv_timer_stop(&s->timer);
	else
		uv_timer_start(&s->timer, on_timer,
			       d->at_ms > now ? (uint64_t)(d->at_ms - now) : 0,
			       0);
}

static void on_timer(uv_timer_t *timer)
{
	struct server *s = timer->data;
	int64_t now = tl_clock_ms();
	struct server_deadline *d;

	while ((d = first_due(s)) && d->at_ms <= now) {
		tl_list_remove(&d->node);
		d->fn(d->ctx);
	}
	arm_timer(s);
}

void tl_server_wait(struct server *s, struct server_deadline *d,
		    enum server_wait wait)
{
	tl_server_stop_waiting(d);
	d->at_ms = tl_clock_ms() +
		   (wait == WAIT_IDLE ? s->limits.idle_ms : wait_ms[wait]);
	tl_list_append(&s->waits[wait], &d->node);
	/* A timer that comes too early looks again; only the first counts. */
	uv_update_time(&s->loop);
	if (!uv_is_active((uv_handle_t *)&s->timer) || first_due(s) == d)
		arm_timer(s);
}

/* The timer stays: it finds nothing due, and looks for the next. */
void tl_server_stop_waiting(struct server_deadline *d)
{
	if (d->node.next)
		tl_list_remove(&d->node);
	else
		tl_list_init(&d->node);
}

static void on_idle(uv_idle_t *idle)
{
	struct server *s = idle->data;
	struct server_task *t;
	struct list now;

	/* Those that come meanwhile have their turn in the next pass. */
	tl_list_init(&now);
	while ((t = tl_list_first(&s->tasks, struct server_task, node))) {
		tl_list_remove(&t->node);
		tl_list_append(&now, &t->node);
	}
	while ((t = tl_list_first(&now, struct server_task, node))) {
		tl_list_remove(&t->node);
		t->fn(t->ctx);
	}
	if (tl_list_is_empty(&s->tasks))
		uv_idle_stop(idle);
}

void tl_server_soon(struct server *s, struct server_task *t)
{
	tl_server_not_soon(t);
	tl_list_append(&s->tasks, &t->node);
	uv_idle_start(&s->idle, on_idle);
}

void tl_server_not_soon(struct server_task *t)
{
	if (t->node.next)
		tl_list_remove(&t->node);
	else
		tl_list_init(&t->node);
}

bool tl_server_is_full(const struct server *s)
{
	return s->n_clients >= s->limits.max_clients;
}

static void make_key(uint8_t key[17], const union place *from, int fd)
{
	struct bytes ip = tl_place_ip(from);
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);

	memset(key, 0, 17);
	if (ip.n) {
		key[0] = (uint8_t)ip.n;
		/* A host has 2^64 IPv6 addresses to choose from. */
		memcpy(key + 1, ip.at, ip.n == 16 ? 8 : 4);
		return;
	}
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	memcpy(key + 1, &cred.uid, sizeof(cred.uid));
}

static struct server_client *find_client(const struct server *s,
					 const uint8_t key[17], uint64_t hash)
{
	struct server_client *c;
	struct map_node *n;

	for (n = tl_map_first(&s->clients, hash); n; n = tl_map_next(n)) {
		c = tl_container_of(n, struct server_client, node);
		if (memcmp(c->key, key, sizeof(c->key)) == 0)
			return c;
	}
	return NULL;
}

static struct server_client *add_client(struct server *s, const uint8_t key[17],
					uint64_t hash)
{
	struct server_client *c = tl_alloc_zeroed(sizeof(*c));

	if (!c)
		return NULL;
	memcpy(c->key, key, sizeof(c->key));
	if (tl_map_insert(&s->clients, &c->node, hash) != 0) {
		tl_free(c);
		return NULL;
	}
	return c;
}

int tl_server_enter(struct server *s, struct server_slot *slot,
		    const union place *from, int fd)
{
	struct server_client *c;
	uint8_t key[17];
	uint64_t hash;

	make_key(key, from, fd);
	hash = tl_map_hash(&s->clients, TL_BYTES_OF(key));
	c = find_client(s, key, hash);
	if (c && c->n >= s->limits.max_per_client)
		return -EUSERS;
	if (!c)
		c = add_client(s, key, hash);
	if (!c)
		return -ENOMEM;
	c->n++;
	s->n_clients++;
	slot->client = c;
	tl_list_append(&s->slots, &slot->node);
	return 0;
}

static void tell_doors(struct server *s)
{
	tl_list_each(at, next, &s->doors) {
		struct server_door *d =
			tl_container_of(at, struct server_door, node);

		d->room(d->ctx);
	}
}

void tl_server_leave(struct server *s, struct server_slot *slot)
{
	struct server_client *c = slot->client;

	if (!c)
		return;
	slot->client = NULL;
	tl_list_remove(&slot->node);
	s->n_clients--;
	if (--c->n == 0) {
		tl_map_remove(&s->clients, &c->node);
		tl_free(c);
	}
	if (!s->is_draining)
		tell_doors(s);
	else if (s->n_clients == 0)
		uv_stop(&s->loop);
}

void tl_server_add_door(struct server *s, struct server_door *door)
{
	tl_list_append(&s->doors, &door->node);
}

static void on_drained(uv_timer_t *timer)
{
	struct server *s = timer->data;

	tl_info("%zu connections did not end in time", s->n_clients);
	uv_stop(&s->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct server *s = handle->data;

	(void)number;
	if (s->is_draining) {
		uv_stop(&s->loop);
		return;
	}
	s->is_draining = true;
	tl_list_each(at, next, &s->doors) {
		struct server_door *d =
			tl_container_of(at, struct server_door, node);

		d->stop(d->ctx);
	}
	if (s->n_clients == 0 || s->limits.drain_ms == 0)
		uv_stop(&s->loop);
	else
		uv_timer_start(&s->drain, on_drained,
			       (uint64_t)s->limits.drain_ms, 0);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct server *s = handle->data;

	(void)status;
	(void)events;
	tl_poll_run(s->poll, 0);
}

void tl_server_run(struct server *s)
{
	struct server_slot *slot;

	uv_run(&s->loop, UV_RUN_DEFAULT);
	while ((slot = tl_list_first(&s->slots, struct server_slot, node)))
		slot->kill(slot->ctx);
}

static int open_handles(struct server *s)
{
	static const int numbers[SIGNALS] = { SIGTERM, SIGINT };
	int r;
	int i;

	r = uv_timer_init(&s->loop, &s->timer);
	if (!r)
		r = uv_timer_init(&s->loop, &s->drain);
	if (!r)
		r = uv_idle_init(&s->loop, &s->idle);
	if (!r)
		r = uv_poll_init(&s->loop, &s->poll_handle,
				 tl_poll_fd(s->poll));
	s->timer.data = s;
	s->drain.data = s;
	s->idle.data = s;
	s->poll_handle.data = s;
	if (!r)
		r = uv_poll_start(&s->poll_handle, UV_READABLE, on_poll);
	for (i = 0; i < SIGNALS && !r; i++) {
		r = uv_signal_init(&s->loop, &s->signals[i]);
		s->signals[i].data = s;
		if (!r)
			r = uv_signal_start(&s->signals[i], on_signal,
					    numbers[i]);
	}
	return r;
}

int tl_server_new(struct server **sp, const struct server_limits *limits)
{
	struct server *s = tl_alloc_zeroed(sizeof(*s));
	uint64_t key[2];
	int r;
	int i;

	if (!s)
		return -ENOMEM;
	for (i = 0; i < N_WAITS; i++)
		tl_list_init(&s->waits[i]);
	tl_list_init(&s->tasks);
	tl_list_init(&s->slots);
	tl_list_init(&s->doors);
	tl_random(NULL, key, sizeof(key));
	tl_map_init(&s->clients, key);
	s->limits = *limits;
	signal(SIGPIPE, SIG_IGN);
	tl_limits_raise_files();
	/* One slow name server must not hold up the others' names. */
	setenv("UV_THREADPOOL_SIZE", LOOKUP_THREADS, 0);

	r = tl_poll_new(&s->poll);
	if (!r)
		r = uv_loop_init(&s->loop);
	s->is_loop_up = r == 0;
	if (!r)
		r = open_handles(s);
	if (r) {
		tl_server_free(s);
		return r;
	}
	*sp = s;
	return 0;
}

static void close_handle(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void tl_server_free(struct server *s)
{
	if (!s)
		return;
	if (s->is_loop_up) {
		uv_walk(&s->loop, close_handle, NULL);
		uv_run(&s->loop, UV_RUN_NOWAIT);
		(void)uv_loop_close(&s->loop);
	}
	tl_poll_free(s->poll);
	tl_map_fini(&s->clients);
	tl_free(s);
}

uv_loop_t *tl_server_loop(struct server *s)
{
	return &s->loop;
}

struct poll_set *tl_server_poll(struct server *s)
{
	return s->poll;
}

bool tl_server_is_draining(const struct server *s)
{
	return s->is_draining;
}

uint8_t *tl_server_scratch(struct server *s)
{
	return s->scratch;
}
