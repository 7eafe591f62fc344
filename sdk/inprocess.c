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
 *
 * In a child of fork() these threads do not exist and the lock may be held by
 * nobody. It is told by its process ID, before the lock is touched.
 */
#include <tapless/tapless.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "os/own_table.h"
#include "sdk/client/endpoint.h"
#include "sdk/events.h"
#include "sdk/inprocess.h"
#include "sdk/options.h"
#include "sdk/temporary.h"
#include "sdk/thread.h"
#include "service/service.h"

#define ENDPOINT_SIZE (ENDPOINT_NAME_MAX + 1)
#define PRIVILEGED_PORTS 1024

/**
 * enum node_state - What zt_start() and zt_stop() go through
 * @NODE_NONE:	no threads; nothing but the state is meaningful
 * @NODE_STARTING: the thread makes the service; only zt_start() waits for it
 * @NODE_FAILED: the thread is about to end, @result says why
 * @NODE_RUNNING: calls are taken
 * @NODE_STOPPING: no more calls; those waiting are answered
 */
enum node_state {
	NODE_NONE,
	NODE_STARTING,
	NODE_FAILED,
	NODE_RUNNING,
	NODE_STOPPING,
};

/**
 * struct node - The one of this process
 * @thread, @home, @is_temporary, @is_uv_ready, @endpoint: of whoever is in
 *		zt_start() or zt_stop(), of which there is one at a time
 * @lock:	protects all that follows
 * @moved:	the state changed, a call was answered, or @generation grew
 * @knock:	for the doorkeeper: @is_knocked or @is_over was set
 * @generation:	grows with each change that zt_wait_...() may wait for
 */
struct node {
	pthread_t thread;
	char home[FILE_PATH_SIZE];
	bool is_temporary;
	bool is_uv_ready;
	char endpoint[ENDPOINT_SIZE];

	pthread_mutex_t lock;
	pthread_cond_t moved;
	pthread_cond_t knock;
	enum node_state state;
	int result;
	struct service *service;
	struct list calls;
	bool is_knocked;
	bool is_over;
	uint64_t id;
	uint64_t generation;
};

static struct node node = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.moved = PTHREAD_COND_INITIALIZER,
	.knock = PTHREAD_COND_INITIALIZER,
	.calls = { &node.calls, &node.calls },
};

/* The process that runs a node, starts or stops one; 0: none. */
static _Atomic pid_t owner;

/* --- the service's side --- */

/* What zt_start() hands to the thread; valid until the state has changed. */
struct launch {
	struct service_options options;
	bool wants_uv;
	struct uv_process_pipe uv;
};

static void on_change(void *ctx TL_UNUSED)
{
	pthread_mutex_lock(&node.lock);
	node.generation++;
	pthread_cond_broadcast(&node.moved);
	pthread_mutex_unlock(&node.lock);
	tl_events_look(node.service);
}

static void on_peer(void *ctx TL_UNUSED, uint64_t peer, enum service_way way)
{
	tl_events_on_peer(peer, way);
}

static struct call *take_call(void)
{
	struct call *c;

	if (tl_list_is_empty(&node.calls))
		return NULL;
	c = tl_container_of(node.calls.next, struct call, link);
	tl_list_remove(&c->link);
	return c;
}

static void answer(struct call *c, int result)
{
	c->result = result;
	c->is_done = true;
	pthread_cond_broadcast(&node.moved);
}

static void on_poke(void *ctx TL_UNUSED)
{
	bool is_stopping;
	struct call *c;
	int r;

	pthread_mutex_lock(&node.lock);
	while ((c = take_call())) {
		pthread_mutex_unlock(&node.lock);
		r = c->run(node.service, c);
		pthread_mutex_lock(&node.lock);
		answer(c, r);
	}
	is_stopping = node.state == NODE_STOPPING;
	pthread_mutex_unlock(&node.lock);
	if (is_stopping)
		tl_service_stop(node.service);
}

static void *doorkeeper_main(void *arg TL_UNUSED)
{
	pthread_mutex_lock(&node.lock);
	while (!node.is_over) {
		if (node.is_knocked)
			tl_service_poke(node.service);
		node.is_knocked = false;
		pthread_cond_wait(&node.knock, &node.lock);
	}
	pthread_mutex_unlock(&node.lock);
	return NULL;
}

static int launch(struct launch *l, pthread_t *doorkeeper)
{
	char error[SERVICE_ERROR_SIZE];
	int r = tl_own_table();

	if (r)
		return r;
	if (l->wants_uv)
		tl_own_table_make_uv(&l->uv);
	r = tl_service_new(&node.service, &l->options, error);
	if (r) {
		tl_err("%s", error);
		return r;
	}
	r = tl_thread_start(doorkeeper, doorkeeper_main, NULL);
	if (r) {
		tl_service_free(node.service);
		return r;
	}
	node.id = tl_service_node_id(node.service);
	strncpy(node.endpoint, tl_service_endpoint(node.service),
		sizeof(node.endpoint) - 1);
	return 0;
}

static void report(int result)
{
	pthread_mutex_lock(&node.lock);
	node.result = result;
	node.state = result ? NODE_FAILED : NODE_RUNNING;
	pthread_cond_broadcast(&node.moved);
	pthread_mutex_unlock(&node.lock);
}

/* Nobody waits for ever. */
static void dismiss(void)
{
	struct call *c;

	pthread_mutex_lock(&node.lock);
	node.is_over = true;
	while ((c = take_call()))
		answer(c, -ESHUTDOWN);
	pthread_cond_signal(&node.knock);
	pthread_mutex_unlock(&node.lock);
}

static void *node_main(void *arg)
{
	pthread_t doorkeeper;
	int r;

	pthread_setname_np(pthread_self(), "tapless");
	r = launch(arg, &doorkeeper);
	report(r);
	if (r)
		return NULL;
	tl_service_run(node.service);
	dismiss();
	tl_events_close();
	pthread_join(doorkeeper, NULL);
	tl_service_free(node.service);
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
static int put_identity(const char *text)
{
	char path[FILE_PATH_SIZE];
	int r;

	if (!text)
		return 0;
	r = tl_path_join(path, node.home, "identity.secret");
	if (!r)
		r = tl_file_write(path, tl_bytes_from_str(text), 0600);
	if (r)
		tl_temporary_remove(node.home);
	return r;
}

/* On a path of its own, since the service reports what it was given. */
static int take_home(const struct zt_options *options)
{
	size_t n;

	node.is_temporary = !options->home;
	if (node.is_temporary) {
		int r = tl_temporary_make(node.home);

		return r ? r : put_identity(options->identity);
	}
	n = strlen(options->home);
	if (n >= sizeof(node.home))
		return -ENAMETOOLONG;
	memcpy(node.home, options->home, n + 1);
	return 0;
}

static int run_thread(struct launch *l)
{
	int r;

	pthread_mutex_lock(&node.lock);
	node.state = NODE_STARTING;
	node.is_knocked = false;
	node.is_over = false;
	tl_events_start();
	r = tl_thread_start(&node.thread, node_main, l);
	if (r) {
		pthread_mutex_unlock(&node.lock);
		return r;
	}
	while (node.state == NODE_STARTING)
		pthread_cond_wait(&node.moved, &node.lock);
	r = node.result;
	pthread_mutex_unlock(&node.lock);
	if (r)
		pthread_join(node.thread, NULL);
	if (l->wants_uv) {
		tl_own_table_give_uv(&l->uv);
		node.is_uv_ready = true;
	}
	return r;
}

static void clean_up(void)
{
	if (node.is_temporary)
		tl_temporary_remove(node.home);
	tl_logger_stop();
	pthread_mutex_lock(&node.lock);
	node.state = NODE_NONE;
	pthread_mutex_unlock(&node.lock);
	atomic_store(&owner, 0);
}

static int start(const struct zt_options *options, struct launch *l)
{
	int r = take_home(options);

	if (r) {
		node.is_temporary = false;
		return r;
	}
	if (options->log_sink)
		r = tl_logger_start(options->log_sink, options->log_ctx,
				    options->log_level);
	if (!r)
		r = run_thread(l);
	if (!r)
		r = tl_endpoint_set(node.endpoint, geteuid(), NULL);
	return r;
}

enum zt_err zt_start(const struct zt_options *options)
{
	static const struct zt_options defaults;
	struct launch l = { .uv = { -1, -1 } };
	pid_t nobody = 0;
	enum zt_err err;

	if (!options)
		options = &defaults;
	if (options->home && options->identity)
		return ZT_ERR_ARGUMENT;
	if (!atomic_compare_exchange_strong(&owner, &nobody, getpid()))
		return ZT_ERR_STATE;
	l.wants_uv = !node.is_uv_ready;
	l.options = (struct service_options){
		.home = node.home,
		.port = (int)options->port,
		.no_controller = !options->has_api,
		.no_http = !options->has_api,
		.planet = tl_buffer_bytes(options->planet),
		.is_guest = true,
		.on_change = on_change,
		.on_poke = on_poke,
		.on_peer = on_peer,
	};
	err = tl_inprocess_error(start(options, &l), &l.options);
	if (err != ZT_OK)
		clean_up();
	return err;
}

bool tl_inprocess_is_owner(void)
{
	return atomic_load(&owner) == getpid();
}

static void knock(void)
{
	node.is_knocked = true;
	pthread_cond_signal(&node.knock);
}

enum zt_err zt_stop(void)
{
	bool is_running;

	if (!tl_inprocess_is_owner())
		return ZT_ERR_STATE;
	pthread_mutex_lock(&node.lock);
	is_running = node.state == NODE_RUNNING;
	if (is_running) {
		node.state = NODE_STOPPING;
		pthread_cond_broadcast(&node.moved);
		knock();
	}
	pthread_mutex_unlock(&node.lock);
	if (!is_running)
		return ZT_ERR_STATE;
	pthread_join(node.thread, NULL);
	tl_events_stop();
	tl_endpoint_clear(0, node.endpoint);
	clean_up();
	return ZT_OK;
}

/* --- asking --- */

enum zt_err tl_inprocess_ask(struct call *c)
{
	if (!tl_inprocess_is_owner())
		return ZT_ERR_STATE;
	pthread_mutex_lock(&node.lock);
	if (node.state != NODE_RUNNING) {
		pthread_mutex_unlock(&node.lock);
		return ZT_ERR_STATE;
	}
	tl_list_append(&node.calls, &c->link);
	knock();
	while (!c->is_done)
		pthread_cond_wait(&node.moved, &node.lock);
	pthread_mutex_unlock(&node.lock);
	return c->result == -ESHUTDOWN ? ZT_ERR_STATE : ZT_OK;
}

uint64_t zt_node_id(void)
{
	uint64_t id = 0;

	if (!tl_inprocess_is_owner())
		return 0;
	pthread_mutex_lock(&node.lock);
	if (node.state == NODE_RUNNING)
		id = node.id;
	pthread_mutex_unlock(&node.lock);
	return id;
}

uint64_t tl_inprocess_generation(void)
{
	uint64_t now;

	pthread_mutex_lock(&node.lock);
	now = node.generation;
	pthread_mutex_unlock(&node.lock);
	return now;
}

bool tl_inprocess_wait(uint64_t seen, const struct timespec *until)
{
	int err = 0;

	pthread_mutex_lock(&node.lock);
	while (node.state == NODE_RUNNING && node.generation == seen && !err) {
		if (until)
			err = pthread_cond_clockwait(&node.moved, &node.lock,
						     CLOCK_MONOTONIC, until);
		else
			pthread_cond_wait(&node.moved, &node.lock);
	}
	pthread_mutex_unlock(&node.lock);
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
