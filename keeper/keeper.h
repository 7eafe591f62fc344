/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper.h - the process that holds sockets while workers come and go
 *
 * It starts the worker, which is the service, holds what that gives it, and
 * gives it to the next worker when the first has died. It reads nothing that
 * comes from a network or from programs: only records of its worker (keep.h),
 * and of these not the content. One thread, no table that is there before it is
 * needed.
 */
#ifndef TL_KEEPER_KEEPER_H
#define TL_KEEPER_KEEPER_H

#include "base/compiler.h"

/* The place of that argument: "tapless service --worker=N ...". */
#define KEEPER_LINE_AT 2

/**
 * struct keeper_options - What it runs
 * @program:	the worker's file, opened; consumed
 * @path:	of the program that is started after SIGUSR2; absolute. NULL:
 *		the same
 * @argv:	arguments of the worker, NULL at the end. The one at @line_at
 *		gives way to one with the number of the line's descriptor
 */
struct keeper_options {
	int program;
	const char *path;
	char **argv;
	int line_at;
};

/**
 * tl_keeper_run() - Be the keeper until the service ends
 *
 * Return: the exit status.
 */
TL_MUST_USE int tl_keeper_run(const struct keeper_options *o);

#endif /* TL_KEEPER_KEEPER_H */
