/* SPDX-License-Identifier: Apache-2.0 */
#include "os/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"

struct job {
	uv_work_t req;
	struct list link;
	struct worker *worker;
	worker_fn work;
	worker_done_fn done;
	void *ctx;
};

/**
 * struct worker - Bounded queue and closing thread
 * @jobs:	under way; touched by the loop's thread only
 * @lock:	protects @fds, @n_fds and @stop
 * @started:	whether @thread runs; the loop's thread only
 */
struct worker {
	uv_loop_t *loop;
	struct list jobs;
	unsigned int n_jobs;
	unsigned int limit;
	bool started;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	unsigned int n_fds;
	int fds[WORKER_CLOSE_MAX];
};

int tl_worker_new(struct worker **workerp, uv_loop_t *loop, unsigned int limit)
{
	struct worker *w = tl_alloc_zeroed(sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->loop = loop;
	w->limit = limit;
	tl_list_init(&w->jobs);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	*workerp = w;
	return 0;
}

void tl_worker_free(struct worker *w)
{
	if (!w)
		return;
	tl_assert(w->n_jobs == 0);
	if (w->started) {
		pthread_mutex_lock(&w->lock);
		w->stop = true;
		pthread_cond_signal(&w->wake);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
	}
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	tl_free(w);
}

unsigned int tl_worker_n_jobs(const struct worker *w)
{
	return w->n_jobs;
}

static void job_work(uv_work_t *req)
{
	struct job *j = tl_container_of(req, struct job, req);

	j->work(j->ctx);
}

static void job_done(uv_work_t *req, int status)
{
	struct job *j = tl_container_of(req, struct job, req);
	worker_done_fn done = j->done;
	void *ctx = j->ctx;

	tl_list_remove(&j->link);
	j->worker->n_jobs--;
	tl_free(j);
	done(ctx, status == UV_ECANCELED);
}

int tl_worker_submit(struct worker *w, worker_fn work, worker_done_fn done,
		     void *job)
{
	struct job *j;
	int err;

	if (w->n_jobs >= w->limit)
		return -EAGAIN;
	j = tl_alloc_zeroed(sizeof(*j));
	if (!j)
		return -ENOMEM;
	j->worker = w;
	j->work = work;
	j->done = done;
	j->ctx = job;
	err = uv_queue_work(w->loop, &j->req, job_work, job_done);
	if (err) {
		tl_free(j);
		return err;
	}
	tl_list_append(&w->jobs, &j->link);
	w->n_jobs++;
	return 0;
}

void tl_worker_cancel_all(struct worker *w)
{
	tl_list_each(it, next, &w->jobs) {
		struct job *j = tl_container_of(it, struct job, link);

		uv_cancel((uv_req_t *)&j->req);
	}
}

static void *close_thread(void *arg)
{
	struct worker *w = arg;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		int fd;

		while (w->n_fds == 0 && !w->stop)
			pthread_cond_wait(&w->wake, &w->lock);
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

/* Signals are for the threads that were there before. */
static bool start_thread(struct worker *w)
{
	sigset_t all;
	sigset_t old;

	if (w->started)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	w->started = pthread_create(&w->thread, NULL, close_thread, w) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return w->started;
}

void tl_worker_close_fd(struct worker *w, int fd)
{
	bool queued = false;

	if (fd < 0)
		return;
	if (start_thread(w)) {
		pthread_mutex_lock(&w->lock);
		if (w->n_fds < WORKER_CLOSE_MAX) {
			w->fds[w->n_fds++] = fd;
			queued = true;
			pthread_cond_signal(&w->wake);
		}
		pthread_mutex_unlock(&w->lock);
	}
	if (!queued)
		close(fd);
}
