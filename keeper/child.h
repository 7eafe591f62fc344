/* SPDX-License-Identifier: Apache-2.0 */
/* child.h - start a worker, which dies with its keeper */
#ifndef TL_KEEPER_CHILD_H
#define TL_KEEPER_CHILD_H

#include <signal.h>
#include <sys/types.h>

#include "keeper/keeper.h"

/**
 * struct child - A worker
 * @pid:	0: there is none
 * @line:	the keeper's end of the pair, non-blocking; -1: none
 */
struct child {
	pid_t pid;
	int line;
};

/**
 * tl_child_start() - Start one
 * @program:	its file, opened
 * @mask:	signals that it is to have blocked
 *
 * Return: 0, or a negative errno. That the program cannot be run is said by the
 * child, which ends with 126.
 */
TL_MUST_USE int tl_child_start(struct child *c, int program,
			       const struct keeper_options *o,
			       const sigset_t *mask);

#endif /* TL_KEEPER_CHILD_H */
