/* SPDX-License-Identifier: Apache-2.0 */
#include "os/worker.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/log.h"
#include "os/thread.h"

struct job {
	struct list link;
	worker_fn work;
	worker_done_fn done;
	void *ctx;
	bool cancelled;
};

/**
 * struct worker - Bounded queue and its threads
 * @ended:	tells the loop that a job has ended
 * @log:	where the loop's thread logs, and so the others
 * @n_jobs:	under way; the loop's thread only
 * @has_jobber, @has_closer: whether the threads run; the loop's thread only
 * @lock:	protects all that follows
 */
struct worker {
	uv_async_t ended;
	const struct log_sink *log;
	unsigned int n_jobs;
	unsigned int limit;
	bool has_jobber;
	bool has_closer;
	pthread_t jobber;
	pthread_t closer;
	pthread_mutex_t lock;
	pthread_cond_t job_wake;
	pthread_cond_t close_wake;
	bool stop;
	struct list waiting;
	struct list done;
	unsigned int n_fds;
	int fds[WORKER_CLOSE_MAX];
};

static struct job *take_first(struct list *from)
{
	struct job *j;

	if (tl_list_is_empty(from))
		return NULL;
	j = tl_container_of(from->next, struct job, link);
	tl_list_remove(&j->link);
	return j;
}

static struct job *take_done(struct worker *w)
{
	struct job *j;

	pthread_mutex_lock(&w->lock);
	j = take_first(&w->done);
	pthread_mutex_unlock(&w->lock);
	return j;
}

static void on_ended(uv_async_t *handle)
{
	struct worker *w = handle->data;
	struct job *j;

	while ((j = take_done(w))) {
		struct job copy = *j;

		tl_free(j);
		if (--w->n_jobs == 0)
			uv_unref((uv_handle_t *)&w->ended);
		copy.done(copy.ctx, copy.cancelled);
	}
}

int tl_worker_new(struct worker **workerp, uv_loop_t *loop, unsigned int limit)
{
	struct worker *w = tl_alloc_zeroed(sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	err = uv_async_init(loop, &w->ended, on_ended);
	if (err) {
		tl_free(w);
		return err;
	}
	/* Only jobs keep the loop alive. */
	uv_unref((uv_handle_t *)&w->ended);
	w->ended.data = w;
	w->limit = limit;
	w->log = tl_log_own();
	tl_list_init(&w->waiting);
	tl_list_init(&w->done);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->job_wake, NULL);
	pthread_cond_init(&w->close_wake, NULL);
	*workerp = w;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	tl_free(handle->data);
}

void tl_worker_free(struct worker *w)
{
	if (!w)
		return;
	tl_assert(w->n_jobs == 0);
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->job_wake);
	pthread_cond_signal(&w->close_wake);
	pthread_mutex_unlock(&w->lock);
	if (w->has_jobber)
		pthread_join(w->jobber, NULL);
	if (w->has_closer)
		pthread_join(w->closer, NULL);
	pthread_cond_destroy(&w->job_wake);
	pthread_cond_destroy(&w->close_wake);
	pthread_mutex_destroy(&w->lock);
	uv_close((uv_handle_t *)&w->ended, on_closed);
}

unsigned int tl_worker_n_jobs(const struct worker *w)
{
	return w->n_jobs;
}

static void *job_thread(void *arg)
{
	struct worker *w = arg;

	tl_log_use(w->log);
	pthread_mutex_lock(&w->lock);
	for (;;) {
		struct job *j;

		while (tl_list_is_empty(&w->waiting) && !w->stop)
			pthread_cond_wait(&w->job_wake, &w->lock);
		j = take_first(&w->waiting);
		if (!j)
			break;
		pthread_mutex_unlock(&w->lock);
		j->work(j->ctx);
		pthread_mutex_lock(&w->lock);
		tl_list_append(&w->done, &j->link);
		uv_async_send(&w->ended);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void *close_thread(void *arg)
{
	struct worker *w = arg;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		int fd;

		while (w->n_fds == 0 && !w->stop)
			pthread_cond_wait(&w->close_wake, &w->lock);
		if (w->n_fds == 0)
			break;
		fd = w->fds[--w->n_fds];
		pthread_mutex_unlock(&w->lock);
		close(fd);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int tl_worker_submit(struct worker *w, worker_fn work, worker_done_fn done,
		     void *job)
{
	struct job *j;

	if (w->n_jobs >= w->limit)
		return -EAGAIN;
	if (!w->has_jobber)
		w->has_jobber = tl_thread_start(&w->jobber, job_thread, w) == 0;
	if (!w->has_jobber)
		return -EAGAIN;
	j = tl_alloc_zeroed(sizeof(*j));
	if (!j)
		return -ENOMEM;
	j->work = work;
	j->done = done;
	j->ctx = job;
	if (w->n_jobs++ == 0)
		uv_ref((uv_handle_t *)&w->ended);
	pthread_mutex_lock(&w->lock);
	tl_list_append(&w->waiting, &j->link);
	pthread_cond_signal(&w->job_wake);
	pthread_mutex_unlock(&w->lock);
	return 0;
}

void tl_worker_cancel_all(struct worker *w)
{
	struct job *j;

	pthread_mutex_lock(&w->lock);
	while ((j = take_first(&w->waiting))) {
		j->cancelled = true;
		tl_list_append(&w->done, &j->link);
	}
	uv_async_send(&w->ended);
	pthread_mutex_unlock(&w->lock);
}

void tl_worker_close_fd(struct worker *w, int fd)
{
	bool queued = false;

	if (fd < 0)
		return;
	if (!w->has_closer)
		w->has_closer = tl_thread_start(&w->closer, close_thread, w) ==
				0;
	if (w->has_closer) {
		pthread_mutex_lock(&w->lock);
		if (w->n_fds < WORKER_CLOSE_MAX) {
			w->fds[w->n_fds++] = fd;
			queued = true;
			pthread_cond_signal(&w->close_wake);
		}
		pthread_mutex_unlock(&w->lock);
	}
	if (!queued)
		close(fd);
}
