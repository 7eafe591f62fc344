/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

#define CANNOT_RUN 126
#define LINE_TEXT_SIZE 32

/* What the keeper says for it, it must not say itself. */
static void clean_environment(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

/* In the child: does not return. */
static void become(int program, int line, const struct keeper_options *o,
		   pid_t keeper, const sigset_t *mask)
{
	char text[LINE_TEXT_SIZE];

	/* Should the keeper have died before this, nobody would tell. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != keeper)
		_exit(CANNOT_RUN);
	snprintf(text, sizeof(text), "--worker=%d", line);
	o->argv[o->line_at] = text;
	clean_environment();
	if (fcntl(line, F_SETFD, 0) == 0 &&
	    sigprocmask(SIG_SETMASK, mask, NULL) == 0)
		syscall(SYS_execveat, program, "", o->argv, environ,
			AT_EMPTY_PATH);
	tl_err("cannot start the worker: %s; is the program complete?",
	       strerror(errno));
	_exit(CANNOT_RUN);
}

int tl_child_start(struct child *c, int program, const struct keeper_options *o,
		   const sigset_t *mask)
{
	pid_t self = getpid();
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0, ends))
		return -errno;
	pid = fork();
	if (pid == 0)
		become(program, ends[1], o, self, mask);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -errno;
	}
	c->pid = pid;
	c->line = ends[0];
	return 0;
}
