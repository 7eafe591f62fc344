/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - tapless-keeper: the keeper as a program of its own
 *
 * usage: tapless-keeper LEVEL PROGRAM PATH ARGUMENT...
 *
 * `tapless service` executes it and so becomes it. It does the same as the
 * keeper inside that program, which carries libraries that a keeper does not
 * need: their relocated pages alone are half a megabyte.
 *
 * LEVEL is what is logged, by number; PROGRAM the descriptor of the worker's
 * file; PATH that of the next version, or empty; then the worker's arguments,
 * with one that gives way to the line's descriptor as the third.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "keeper/keeper.h"
#include "os/logsink.h"

#define USAGE 2
#define ARGS_BEFORE 4

/* A decimal number, or -1. */
static int read_number(const char *text)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	return !*text || *end || errno || v < 0 || v > INT16_MAX ? -1 : (int)v;
}

int main(int argc, char **argv)
{
	struct keeper_options o = { .line_at = KEEPER_LINE_AT };
	int level = argc > 1 ? read_number(argv[1]) : -1;

	o.program = argc > 2 ? read_number(argv[2]) : -1;
	if (argc <= ARGS_BEFORE + KEEPER_LINE_AT || level < 0 ||
	    level > TL_LOG_TRACE || o.program < 0 ||
	    fcntl(o.program, F_SETFD, FD_CLOEXEC)) {
		fputs("tapless-keeper: this is a part of tapless service; "
		      "start that\n",
		      stderr);
		return USAGE;
	}
	tl_log_set_sink(tl_logsink_stderr, NULL, (enum log_level)level);
	o.path = *argv[3] ? argv[3] : NULL;
	o.argv = argv + ARGS_BEFORE;
	return tl_keeper_run(&o);
}
