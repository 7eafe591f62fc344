/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - the nodes of this process
 *
 * Static memory, one for each number below ZT_NODES_MAX. Number 0 is the one of
 * zt_start(); the number is also that of the client's endpoint. Who starts or
 * stops one has claimed it, so there is one at a time. A child of fork() has
 * none: what it inherits is told by the process that claimed it, before any
 * lock is touched.
 */
#ifndef TL_SDK_NODE_H
#define TL_SDK_NODE_H

#include <pthread.h>
#include <stdatomic.h>
#include <tapless/tapless.h>

#include "base/list.h"
#include "os/file.h"
#include "sdk/client/endpoint.h"
#include "sdk/events.h"
#include "sdk/logger.h"

#define ENDPOINT_SIZE (ENDPOINT_NAME_MAX + 1)

/**
 * enum node_state - What starting and stopping go through
 * @NODE_NONE:	no threads; nothing but the state is meaningful
 * @NODE_STARTING: the thread makes the service; only its starter waits for it
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
 * struct zt_node - One of this process
 * @number:	its place
 * @serial:	odd while it runs; another each time. For threads that use it
 * @thread, @home, @is_temporary, @endpoint, @logger: of whoever starts or stops
 *		it
 * @lock:	protects all that follows
 * @moved:	the state changed, a call was answered, or @generation grew
 * @knock:	for the doorkeeper: @is_knocked or @is_over was set
 * @generation:	grows with each change that zt_wait_...() may wait for
 */
struct zt_node {
	unsigned int number;
	_Atomic uint32_t serial;
	struct events events;
	pthread_t thread;
	char home[FILE_PATH_SIZE];
	bool is_temporary;
	char endpoint[ENDPOINT_SIZE];
	struct logger logger;

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

/* --- nodes.c: which of them --- */

/* The one of zt_start(). */
struct zt_node *tl_node_default(void);

/* What this thread's calls are about; NULL if that has been stopped. */
struct zt_node *tl_node_used(void);

/* Has this process, and not its parent, claimed it? False for NULL. */
bool tl_node_is_ours(const struct zt_node *n);

/* Take it for this process, ready to be started. False if it is taken, or if a
 * parent process has any. */
TL_MUST_USE bool tl_node_claim(struct zt_node *n);
void tl_node_release(struct zt_node *n);

/* --- inprocess.c: its life; of who has claimed it --- */

/* As zt_start() and zt_stop(), the state of other nodes aside. What fails to
 * start is released, and what was stopped. */
TL_MUST_USE enum zt_err tl_node_start(struct zt_node *n,
				      const struct zt_options *options);
TL_MUST_USE enum zt_err tl_node_stop(struct zt_node *n);

#endif /* TL_SDK_NODE_H */
