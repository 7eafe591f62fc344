/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logger.h - carries log lines from the service's threads to the application
 *
 * The service's threads have another table of descriptors: an application's
 * function that writes to a file of its own would, called there, write to
 * whatever the service has under that number. So it is called on a thread that
 * has the application's, one for each node that logs. At most LOGGER_LINES
 * lines wait; when it cannot keep up, newer ones are left out and counted.
 */
#ifndef TL_SDK_LOGGER_H
#define TL_SDK_LOGGER_H

#include <pthread.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "base/log.h"

#define LOGGER_LINES 256
#define LOGGER_LINE_SIZE 512 /* longer ones are cut off */

typedef void (*line_fn)(void *ctx, int level, const char *line);

struct line;

/**
 * struct logger - Ring of lines and the thread that delivers them
 * @own:	what the service's threads use
 * @lock:	protects @ring's content from @first on, @n, @lost and @stop
 */
struct logger {
	line_fn sink;
	void *ctx;
	struct log_sink own;
	pthread_t thread;
	bool is_started;
	struct line *ring;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	unsigned int first;
	unsigned int n;
	unsigned int lost;
	bool stop;
};

/**
 * tl_logger_start() - Start the thread
 * @l:		zeroes, or stopped
 *
 * Before the threads start that log, from a thread with the application's
 * descriptors.
 *
 * Return: 0, -ENOMEM, or -EAGAIN if no thread can be had.
 */
TL_MUST_USE int tl_logger_start(struct logger *l, line_fn sink, void *ctx,
				int max_level);

/* For tl_log_use() in those threads; NULL if it was not started. */
const struct log_sink *tl_logger_sink(const struct logger *l);

/* After those threads have ended; what waits is delivered first. Does nothing
 * if it was not started. */
void tl_logger_stop(struct logger *l);

#endif /* TL_SDK_LOGGER_H */
