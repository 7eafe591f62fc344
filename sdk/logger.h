/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logger.h - carries log lines from the service's threads to the application
 *
 * The service's threads have another table of descriptors: an application's
 * function that writes to a file of its own would, called there, write to
 * whatever the service has under that number. So it is called on a thread that
 * has the application's. At most LOGGER_LINES lines wait; when it cannot keep
 * up, newer ones are left out and counted.
 */
#ifndef TL_SDK_LOGGER_H
#define TL_SDK_LOGGER_H

#include "base/compiler.h"

#define LOGGER_LINES 256
#define LOGGER_LINE_SIZE 512 /* longer ones are cut off */

typedef void (*line_fn)(void *ctx, int level, const char *line);

/**
 * tl_logger_start() - Become the process's log sink
 *
 * Before the threads start that log, from a thread with the application's
 * descriptors.
 *
 * Return: 0, -ENOMEM, or -EAGAIN if no thread can be had.
 */
TL_MUST_USE int tl_logger_start(line_fn sink, void *ctx, int max_level);

/* After those threads have ended; what waits is delivered first. Does nothing
 * if it was not started. */
void tl_logger_stop(void);

#endif /* TL_SDK_LOGGER_H */
