/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inprocess.c - a node as threads of the application
 *
 * Theory of operation: the service runs in a thread that has left the
 * application's table of descriptors before it opens anything. A child of
 * fork() therefore inherits none of the service's ends, an application that
 * closes what it does not know cannot hurt it, and neither side uses up the
 * other's limit. Sockets are made through the same endpoint as with a daemon.
 *
 * A number means different descriptors on the two sides, so the application's
 * threads must not touch any of the service's, not even to wake its loop, which
 * is done by a write to an eventfd. Therefore a second thread, the doorkeeper,
 * has the service's table and waits for a condition; the application's threads
 * put a call in a list, signal the condition and wait for the answer. Log lines
 * go the other way in the same manner: see logger.h; so do events: events.c.
 * Each node has a table and threads of its own.
 */
#include <tapless/tapless.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "os/own_table.h"
#include "os/thread.h"
#include "sdk/inprocess.h"
#include "sdk/node.h"
#include "sdk/options.h"
#include "sdk/temporary.h"
#include "service/service.h"

#define PRIVILEGED_PORTS 1024

/* Of the process: whether libuv has its pipe. Whoever starts a node before that
 * holds the lock until it has. */
static pthread_mutex_t uv_making = PTHREAD_MUTEX_INITIALIZER;
static bool is_uv_ready;

/* --- the service's side --- */

/* What the starter hands to the thread; valid until the state has changed. */
struct launch {
	struct zt_node *node;
	struct service_options options;
	bool wants_uv;
	struct uv_process_pipe uv;
};

static void on_change(void *ctx)
{
	struct zt_node *n = ctx;

	pthread_mutex_lock(&n->lock);
	n->id = tl_service_node_id(n->service);
	n->generation++;
	pthread_cond_broadcast(&n->moved);
	pthread_mutex_unlock(&n->lock);
	tl_events_look(&n->events, n->service);
}

static void on_peer(void *ctx, uint64_t peer, enum service_way way)
{
	struct zt_node *n = ctx;

	tl_events_on_peer(&n->events, peer, way);
}

static struct call *take_call(struct zt_node *n)
{
	struct call *c;

	if (tl_list_is_empty(&n->calls))
		return NULL;
	c = tl_container_of(n->calls.next, struct call, link);
	tl_list_remove(&c->link);
	return c;
}

static void answer(struct zt_node *n, struct call *c, int result)
{
	c->result = result;
	c->is_done = true;
	pthread_cond_broadcast(&n->moved);
}

static void on_poke(void *ctx)
{
	struct zt_node *n = ctx;
	bool is_stopping;
	struct call *c;
	int r;

	pthread_mutex_lock(&n->lock);
	while ((c = take_call(n))) {
		pthread_mutex_unlock(&n->lock);
		r = c->run(n->service, c);
		pthread_mutex_lock(&n->lock);
		answer(n, c, r);
	}
	is_stopping = n->state == NODE_STOPPING;
	pthread_mutex_unlock(&n->lock);
	if (is_stopping)
		tl_service_stop(n->service);
}

static void *doorkeeper_main(void *arg)
{
	struct zt_node *n = arg;

	pthread_mutex_lock(&n->lock);
	while (!n->is_over) {
		if (n->is_knocked)
			tl_service_poke(n->service);
		n->is_knocked = false;
		pthread_cond_wait(&n->knock, &n->lock);
	}
	pthread_mutex_unlock(&n->lock);
	return NULL;
}

static int launch(struct launch *l, pthread_t *doorkeeper)
{
	struct zt_node *n = l->node;
	char error[SERVICE_ERROR_SIZE];
	int r = tl_own_table();

	if (r)
		return r;
	if (l->wants_uv)
		tl_own_table_make_uv(&l->uv);
	r = tl_service_new(&n->service, &l->options, error);
	if (r) {
		tl_err("%s", error);
		return r;
	}
	r = tl_thread_start(doorkeeper, doorkeeper_main, n);
	if (r) {
		tl_service_free(n->service);
		return r;
	}
	n->id = tl_service_node_id(n->service);
	strncpy(n->endpoint, tl_service_endpoint(n->service),
		sizeof(n->endpoint) - 1);
	return 0;
}

static void report(struct zt_node *n, int result)
{
	pthread_mutex_lock(&n->lock);
	n->result = result;
	n->state = result ? NODE_FAILED : NODE_RUNNING;
	pthread_cond_broadcast(&n->moved);
	pthread_mutex_unlock(&n->lock);
}

/* Nobody waits for ever. */
static void dismiss(struct zt_node *n)
{
	struct call *c;

	pthread_mutex_lock(&n->lock);
	n->is_over = true;
	while ((c = take_call(n)))
		answer(n, c, -ESHUTDOWN);
	pthread_cond_signal(&n->knock);
	pthread_mutex_unlock(&n->lock);
}

static void *node_main(void *arg)
{
	struct launch *l = arg;
	struct zt_node *n = l->node;
	pthread_t doorkeeper;
	int r;

	pthread_setname_np(pthread_self(), "tapless");
	tl_log_use(tl_logger_sink(&n->logger));
	r = launch(l, &doorkeeper);
	report(n, r);
	if (r)
		return NULL;
	tl_service_run(n->service);
	dismiss(n);
	tl_events_close(&n->events);
	pthread_join(doorkeeper, NULL);
	tl_service_free(n->service);
	return NULL;
}

/* --- starting and stopping --- */

enum zt_err tl_inprocess_error(int r, const struct service_options *o)
{
	switch (-r) {
	case 0:
		return ZT_OK;
	case EBUSY:
		return ZT_ERR_HOME_IN_USE;
	case EADDRINUSE:
		return ZT_ERR_PORT_IN_USE;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
	case EAGAIN:
		return ZT_ERR_MEMORY;
	case EACCES:
		if (o && o->port > 0 && o->port < PRIVILEGED_PORTS)
			return ZT_ERR_PERMISSION;
		return ZT_ERR_HOME;
	case EINVAL:
	case EKEYREJECTED:
	case EFBIG:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case ENOENT:
	case ENOSPC:
	case ENOTDIR:
	case EROFS:
		return ZT_ERR_HOME;
	default:
		errno = -r;
		return ZT_ERR_SYSTEM;
	}
}

/* The service takes it from there; the folder is ours alone, and goes. */
static int put_identity(const struct zt_node *n, const char *text)
{
	char path[FILE_PATH_SIZE];
	int r;

	if (!text)
		return 0;
	r = tl_path_join(path, n->home, "identity.secret");
	if (!r)
		r = tl_file_write(path, tl_bytes_from_str(text), 0600);
	if (r)
		tl_temporary_remove(n->home);
	return r;
}

/* On a path of its own, since the service reports what it was given. */
static int take_home(struct zt_node *n, const struct zt_options *options)
{
	size_t len;

	n->is_temporary = !options->home;
	if (n->is_temporary) {
		int r = tl_temporary_make(n->home);

		return r ? r : put_identity(n, options->identity);
	}
	len = strlen(options->home);
	if (len >= sizeof(n->home))
		return -ENAMETOOLONG;
	memcpy(n->home, options->home, len + 1);
	return 0;
}

static int run_thread(struct zt_node *n, struct launch *l)
{
	int r;

	pthread_mutex_lock(&n->lock);
	n->state = NODE_STARTING;
	n->is_knocked = false;
	n->is_over = false;
	tl_events_start(&n->events);
	r = tl_thread_start(&n->thread, node_main, l);
	if (r) {
		pthread_mutex_unlock(&n->lock);
		return r;
	}
	while (n->state == NODE_STARTING)
		pthread_cond_wait(&n->moved, &n->lock);
	r = n->result;
	pthread_mutex_unlock(&n->lock);
	if (r)
		pthread_join(n->thread, NULL);
	return r;
}

/* The first one has libuv make what is the process's. */
static int run_with_uv(struct zt_node *n, struct launch *l)
{
	int r;

	pthread_mutex_lock(&uv_making);
	l->wants_uv = !is_uv_ready;
	if (!l->wants_uv) {
		pthread_mutex_unlock(&uv_making);
		return run_thread(n, l);
	}
	r = run_thread(n, l);
	tl_own_table_give_uv(&l->uv);
	is_uv_ready = true;
	pthread_mutex_unlock(&uv_making);
	return r;
}

static void clean_up(struct zt_node *n)
{
	if (n->is_temporary)
		tl_temporary_remove(n->home);
	tl_logger_stop(&n->logger);
	pthread_mutex_lock(&n->lock);
	n->state = NODE_NONE;
	pthread_mutex_unlock(&n->lock);
	tl_node_release(n);
}

static int start(struct zt_node *n, const struct zt_options *options,
		 struct launch *l)
{
	int r = take_home(n, options);

	if (r) {
		n->is_temporary = false;
		return r;
	}
	if (options->log_sink)
		r = tl_logger_start(&n->logger, options->log_sink,
				    options->log_ctx, options->log_level);
	if (!r)
		r = run_with_uv(n, l);
	if (!r)
		r = tl_endpoint_set_at(n->number, n->endpoint, geteuid(), NULL);
	return r;
}

enum zt_err tl_node_start(struct zt_node *n, const struct zt_options *options)
{
	static const struct zt_options defaults;
	struct launch l = { .node = n, .uv = { -1, -1 } };
	enum zt_err err;

	if (!options)
		options = &defaults;
	if (options->home && options->identity) {
		tl_node_release(n);
		return ZT_ERR_ARGUMENT;
	}
	l.options = (struct service_options){
		.home = n->home,
		.port = (int)options->port,
		.no_controller = !options->has_api,
		.no_http = !options->has_api,
		.planet = tl_buffer_bytes(options->planet),
		.is_guest = true,
		.on_change = on_change,
		.on_poke = on_poke,
		.on_peer = on_peer,
		.ctx = n,
	};
	err = tl_inprocess_error(start(n, options, &l), &l.options);
	if (err == ZT_OK)
		atomic_fetch_add(&n->serial, 1);
	else
		clean_up(n);
	return err;
}

static void knock(struct zt_node *n)
{
	n->is_knocked = true;
	pthread_cond_signal(&n->knock);
}

enum zt_err tl_node_stop(struct zt_node *n)
{
	bool is_running;

	if (!tl_node_is_ours(n))
		return ZT_ERR_STATE;
	pthread_mutex_lock(&n->lock);
	is_running = n->state == NODE_RUNNING;
	if (is_running) {
		n->state = NODE_STOPPING;
		atomic_fetch_add(&n->serial, 1);
		pthread_cond_broadcast(&n->moved);
		knock(n);
	}
	pthread_mutex_unlock(&n->lock);
	if (!is_running)
		return ZT_ERR_STATE;
	pthread_join(n->thread, NULL);
	tl_events_stop(&n->events);
	tl_endpoint_clear(n->number, n->endpoint);
	clean_up(n);
	return ZT_OK;
}

/* --- asking --- */

enum zt_err tl_inprocess_ask(struct call *c)
{
	struct zt_node *n = tl_node_used();

	if (!tl_node_is_ours(n))
		return ZT_ERR_STATE;
	pthread_mutex_lock(&n->lock);
	if (n->state != NODE_RUNNING) {
		pthread_mutex_unlock(&n->lock);
		return ZT_ERR_STATE;
	}
	tl_list_append(&n->calls, &c->link);
	knock(n);
	while (!c->is_done)
		pthread_cond_wait(&n->moved, &n->lock);
	pthread_mutex_unlock(&n->lock);
	return c->result == -ESHUTDOWN ? ZT_ERR_STATE : ZT_OK;
}

uint64_t zt_node_id(void)
{
	struct zt_node *n = tl_node_used();
	uint64_t id = 0;

	if (!tl_node_is_ours(n))
		return 0;
	pthread_mutex_lock(&n->lock);
	if (n->state == NODE_RUNNING)
		id = n->id;
	pthread_mutex_unlock(&n->lock);
	return id;
}

uint64_t tl_inprocess_generation(struct zt_node *n)
{
	uint64_t now;

	pthread_mutex_lock(&n->lock);
	now = n->generation;
	pthread_mutex_unlock(&n->lock);
	return now;
}

bool tl_inprocess_wait(struct zt_node *n, uint64_t seen,
		       const struct timespec *until)
{
	int err = 0;

	pthread_mutex_lock(&n->lock);
	while (n->state == NODE_RUNNING && n->generation == seen && !err) {
		if (until)
			err = pthread_cond_clockwait(&n->moved, &n->lock,
						     CLOCK_MONOTONIC, until);
		else
			pthread_cond_wait(&n->moved, &n->lock);
	}
	pthread_mutex_unlock(&n->lock);
	return err == 0;
}

struct timespec tl_inprocess_after(int timeout_ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += timeout_ms / 1000;
	t.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_nsec -= 1000000000L;
		t.tv_sec++;
	}
	return t;
}
