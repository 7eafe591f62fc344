/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/logger.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/log.h"
#include "sdk/thread.h"

struct line {
	int level;
	char text[LOGGER_LINE_SIZE];
};

/**
 * struct logger - Ring of lines
 * @lock:	protects @ring's content from @first on, @n, @lost and @stop
 */
static struct logger {
	line_fn sink;
	void *ctx;
	pthread_t thread;
	bool is_started;
	struct line *ring;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	unsigned int first;
	unsigned int n;
	unsigned int lost;
	bool stop;
} logger = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.wake = PTHREAD_COND_INITIALIZER,
};

static void put(void *ctx TL_UNUSED, enum log_level level, const char *text)
{
	struct logger *l = &logger;
	struct line *line;

	pthread_mutex_lock(&l->lock);
	if (l->n < LOGGER_LINES) {
		line = &l->ring[(l->first + l->n) % LOGGER_LINES];
		line->level = (int)level;
		snprintf(line->text, sizeof(line->text), "%s", text);
		l->n++;
		pthread_cond_signal(&l->wake);
	} else {
		l->lost++;
	}
	pthread_mutex_unlock(&l->lock);
}

static void tell_lost(struct logger *l, unsigned int lost)
{
	char text[64];

	snprintf(text, sizeof(text), "%u log lines were left out", lost);
	l->sink(l->ctx, TL_LOG_WARN, text);
}

/* The first line stays where it is while it is delivered. */
static void deliver(struct logger *l)
{
	const struct line *line = &l->ring[l->first];
	unsigned int lost = l->n == 1 ? l->lost : 0;

	pthread_mutex_unlock(&l->lock);
	l->sink(l->ctx, line->level, line->text);
	if (lost)
		tell_lost(l, lost);
	pthread_mutex_lock(&l->lock);
	l->first = (l->first + 1) % LOGGER_LINES;
	l->n--;
	l->lost -= lost;
}

static void *logger_main(void *arg)
{
	struct logger *l = arg;

	pthread_mutex_lock(&l->lock);
	for (;;) {
		while (l->n == 0 && !l->stop)
			pthread_cond_wait(&l->wake, &l->lock);
		if (l->n == 0)
			break;
		deliver(l);
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

int tl_logger_start(line_fn sink, void *ctx, int max_level)
{
	struct logger *l = &logger;
	int r;

	l->ring = tl_alloc_array(LOGGER_LINES, sizeof(*l->ring));
	if (!l->ring)
		return -ENOMEM;
	l->sink = sink;
	l->ctx = ctx;
	l->first = 0;
	l->n = 0;
	l->lost = 0;
	l->stop = false;
	r = tl_thread_start(&l->thread, logger_main, l);
	if (r) {
		tl_free(l->ring);
		return r;
	}
	l->is_started = true;
	tl_log_set_sink(put, NULL, (enum log_level)max_level);
	return 0;
}

void tl_logger_stop(void)
{
	struct logger *l = &logger;

	if (!l->is_started)
		return;
	tl_log_set_sink(NULL, NULL, TL_LOG_INFO);
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	l->is_started = false;
	tl_free(l->ring);
	l->ring = NULL;
}
