/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/logger.h"

#include <errno.h>
#include <stdio.h>

#include "base/alloc.h"
#include "os/thread.h"

struct line {
	int level;
	char text[LOGGER_LINE_SIZE];
};

static void put(void *ctx, enum log_level level, const char *text)
{
	struct logger *l = ctx;
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

int tl_logger_start(struct logger *l, line_fn sink, void *ctx, int max_level)
{
	int r;

	*l = (struct logger){ .sink = sink, .ctx = ctx };
	l->ring = tl_alloc_array(LOGGER_LINES, sizeof(*l->ring));
	if (!l->ring)
		return -ENOMEM;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->wake, NULL);
	l->own = (struct log_sink){ put, l, (enum log_level)max_level };
	r = tl_thread_start(&l->thread, logger_main, l);
	if (r) {
		tl_free(l->ring);
		return r;
	}
	l->is_started = true;
	return 0;
}

const struct log_sink *tl_logger_sink(const struct logger *l)
{
	return l->is_started ? &l->own : NULL;
}

void tl_logger_stop(struct logger *l)
{
	if (!l->is_started)
		return;
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	l->is_started = false;
	tl_free(l->ring);
	l->ring = NULL;
}
