/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.h - run a program whose socket calls are answered from outside
 *
 * For programs that no object can be preloaded into: static ones, those of
 * other C libraries, those that make their system calls themselves. The kernel
 * notifies the launcher of such a call and waits for its answer, see
 * seccomp_unotify(2); the launcher makes the socket and puts it into the
 * program.
 *
 * It is no boundary for security: a program can change the arguments in its
 * memory after they were read. What may reach the host is decided for honest
 * programs.
 */
#ifndef TL_LAUNCHER_LAUNCH_H
#define TL_LAUNCHER_LAUNCH_H

#include "base/compiler.h"

/* How far it came, for messages. */
enum launch_stage {
	LAUNCH_FILTER, /* make the filter */
	LAUNCH_FORK, /* make the child */
	LAUNCH_LOAD, /* put it under the filter */
	LAUNCH_REACH, /* look into it */
	LAUNCH_EXEC, /* become the program */
	LAUNCH_SERVE, /* answer */
};

/**
 * tl_launch() - Run a program, until all that it has started have ended
 * @stagep:	where it failed
 * @statusp:	the program's exit status; 128 + N if signal N ended it
 * @command:	as execvp(3) takes it
 *
 * sdk/client knows the service (tl_endpoint_from_env()). Owns the process from
 * then on: changes signals, limits, standard streams and the working directory.
 *
 * Return: 0; a negative errno of @stagep. -EBUSY of LAUNCH_LOAD: under another
 * launcher; -EOPNOTSUPP: the kernel is too old.
 */
TL_MUST_USE int tl_launch(enum launch_stage *stagep, int *statusp,
			  char **command);

#endif /* TL_LAUNCHER_LAUNCH_H */
