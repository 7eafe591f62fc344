/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - work that must not hold up the loop
 *
 * Jobs (identity validation, storage, name lookup) run on one thread, a bounded
 * number waits; their results come back in the loop's thread. Closing a
 * descriptor that somebody else made may block (a socket that lingers, a file
 * on a dead server), so another thread does that.
 *
 * Both threads are started by the loop's thread, whose table of descriptors
 * they share. libuv's own helper threads are no use: they belong to the
 * process, have the table of whoever needed them first, and wake a loop through
 * a descriptor of its table, which another thread's table does not hold.
 */
#ifndef TL_OS_WORKER_H
#define TL_OS_WORKER_H

#include <stdbool.h>
#include <uv.h>

#include "base/compiler.h"

#define WORKER_CLOSE_MAX 4096 /* descriptors that wait to be closed */

struct worker;

/**
 * tl_worker_new() - Ready a bounded queue on @loop
 * @limit:	jobs that run or wait at the same time
 *
 * Return: 0, -ENOMEM, or another negative errno.
 */
TL_MUST_USE int tl_worker_new(struct worker **workerp, uv_loop_t *loop,
			      unsigned int limit);

/* All jobs must be done (tl_worker_n_jobs() == 0). Waits until the descriptors
 * are closed. The loop has to run once more before it is closed. Accepts
 * NULL. */
void tl_worker_free(struct worker *w);

unsigned int tl_worker_n_jobs(const struct worker *w);

/**
 * typedef worker_fn - Part of a job
 *
 * The work runs on another thread and touches @job only. The end runs in the
 * loop's thread, in any case: @cancelled is true if the work never ran.
 */
typedef void (*worker_fn)(void *job);
typedef void (*worker_done_fn)(void *job, bool cancelled);

/**
 * tl_worker_submit() - Have a job done elsewhere
 * @job:	borrowed until @done was called
 *
 * Return: 0; -EAGAIN if @limit jobs are under way or no thread can be had;
 * -ENOMEM.
 */
TL_MUST_USE int tl_worker_submit(struct worker *w, worker_fn work,
				 worker_done_fn done, void *job);

/* Jobs that have not started are cancelled; for the way out. */
void tl_worker_cancel_all(struct worker *w);

/* Close @fd on another thread; on this one only if too many wait or no thread
 * can be had. Consumed. Accepts -1. */
void tl_worker_close_fd(struct worker *w, int fd);

#endif /* TL_OS_WORKER_H */
