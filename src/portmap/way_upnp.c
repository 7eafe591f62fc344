/* SPDX-License-Identifier: Apache-2.0 */
/*
 * way_upnp.c - UPnP IGD with the gateways of one link, by libminiupnpc
 *
 * Theory of operation
 *
 * The library blocks: for a second while it searches, and for as long as a
 * device makes it wait. So each question is a thread of its own, which writes
 * its answer into the state, tells so through an eventfd, and ends. A state
 * that is closed meanwhile is left to the thread, which frees it when the
 * library lets go of it; nothing waits for that. The thread logs nothing.
 *
 * Anybody on the link can answer a search. A device is used only if it names
 * itself by an address of this link or as the gateway, and does the same for
 * where it is to be controlled: so nothing is sent to places that a stranger
 * chose.
 */
#include "portmap/way.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file.h"
#include "os/thread.h"
#include "portmap/igd.h"

/* That devices keep waiting, of the whole process. */
#define THREADS_MAX 8

static atomic_uint n_threads;

enum job {
	JOB_NONE,
	JOB_MAP,
	JOB_RELEASE,
};

/**
 * struct state - One mapping, shared with at most one thread
 * @event:	readable when a job has ended; the owner's
 * @igd:	the thread's while there is one
 * @lock:	protects all that follows
 * @job:	what the thread does; JOB_NONE: there is none
 * @is_closed:	the thread is the last one to use this
 * @release_next: as soon as the thread has ended its job
 * @has_result:	@result and @grant are new
 */
struct state {
	int event;
	struct igd igd;
	pthread_mutex_t lock;
	enum job job;
	bool is_closed;
	bool release_next;
	bool has_result;
	int result;
	struct way_grant grant;
};

static int upnp_open(void **statep, const struct way_request *q)
{
	struct state *s = tl_alloc_zeroed(sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->event < 0) {
		int err = -errno;

		tl_free(s);
		return err;
	}
	tl_igd_init(&s->igd, q);
	pthread_mutex_init(&s->lock, NULL);
	*statep = s;
	return 0;
}

static void free_state(struct state *s)
{
	pthread_mutex_destroy(&s->lock);
	tl_free(s);
}

static int upnp_fd(const void *state)
{
	const struct state *s = state;

	return s->event;
}

/* What is to be done next; ends the thread with JOB_NONE. */
static enum job end_job(struct state *s, int result,
			const struct way_grant *grant)
{
	static const uint64_t one = 1;
	enum job next = JOB_NONE;

	if (s->release_next && s->job == JOB_MAP)
		next = JOB_RELEASE;
	s->job = next;
	if (next != JOB_NONE || s->is_closed)
		return next;
	s->has_result = true;
	s->result = result;
	s->grant = *grant;
	(void)!write(s->event, &one, sizeof(one));
	return next;
}

static bool is_unwanted(void *ctx)
{
	struct state *s = ctx;
	bool yes;

	pthread_mutex_lock(&s->lock);
	yes = s->is_closed || s->release_next;
	pthread_mutex_unlock(&s->lock);
	return yes;
}

static void *work(void *arg)
{
	struct way_grant grant = { 0 };
	struct state *s = arg;
	enum job job;
	bool is_mine;
	int result;

	pthread_mutex_lock(&s->lock);
	for (job = s->job; job != JOB_NONE;) {
		pthread_mutex_unlock(&s->lock);
		if (job == JOB_MAP)
			result = tl_igd_map(&s->igd, &grant, is_unwanted, s);
		else
			result = tl_igd_release(&s->igd);
		pthread_mutex_lock(&s->lock);
		job = end_job(s, result, &grant);
	}
	is_mine = s->is_closed;
	pthread_mutex_unlock(&s->lock);
	if (is_mine)
		free_state(s);
	atomic_fetch_sub(&n_threads, 1);
	return NULL;
}

static int start_thread(struct state *s)
{
	pthread_t thread;
	int r = -EAGAIN;

	if (atomic_fetch_add(&n_threads, 1) < THREADS_MAX)
		r = tl_thread_start(&thread, work, s);
	if (r)
		atomic_fetch_sub(&n_threads, 1);
	else
		pthread_detach(thread);
	return r;
}

/* With the lock, while there is no thread. */
static void start(struct state *s, enum job job)
{
	static const struct way_grant nothing;

	s->job = job;
	if (start_thread(s))
		(void)end_job(s, -EAGAIN, &nothing);
}

static void upnp_ask(void *state, int64_t now TL_UNUSED)
{
	struct state *s = state;

	pthread_mutex_lock(&s->lock);
	if (s->job == JOB_NONE)
		start(s, JOB_MAP);
	pthread_mutex_unlock(&s->lock);
}

static void upnp_release(void *state, int64_t now TL_UNUSED)
{
	struct state *s = state;

	pthread_mutex_lock(&s->lock);
	s->release_next = true;
	if (s->job == JOB_NONE)
		start(s, JOB_RELEASE);
	pthread_mutex_unlock(&s->lock);
}

static enum way_turn upnp_turn(void *state, struct way_grant *out,
			       int64_t now TL_UNUSED)
{
	enum way_turn turn = WAY_WAITING;
	struct state *s = state;
	uint64_t count;

	(void)!read(s->event, &count, sizeof(count));
	pthread_mutex_lock(&s->lock);
	if (s->has_result) {
		turn = WAY_FAILED;
		if (!s->result) {
			turn = s->release_next ? WAY_RELEASED : WAY_GRANTED;
			*out = s->grant;
		}
	}
	s->has_result = false;
	pthread_mutex_unlock(&s->lock);
	return turn;
}

static int64_t upnp_next(const void *state TL_UNUSED)
{
	return WAY_NEVER;
}

/* After a turn that failed, when there is no thread. */
static const char *upnp_why(const void *state)
{
	const struct state *s = state;

	return tl_igd_why(s->result);
}

static void upnp_close(void *state)
{
	struct state *s = state;
	bool is_mine;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->is_closed = true;
	is_mine = s->job == JOB_NONE;
	tl_fd_close(&s->event);
	pthread_mutex_unlock(&s->lock);
	if (is_mine)
		free_state(s);
}

const struct way tl_way_upnp = {
	.name = "UPnP",
	.head_start_ms = 750,
	.open = upnp_open,
	.fd = upnp_fd,
	.ask = upnp_ask,
	.turn = upnp_turn,
	.next = upnp_next,
	.why = upnp_why,
	.release = upnp_release,
	.close = upnp_close,
};
