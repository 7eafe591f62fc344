/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.c - from a command to a program that is served
 *
 * Stage 1 makes the filter, while it can still fail without a trace. Stage 2
 * makes the child. Stage 3, in the child, loads the filter; from there on the
 * child may make no call that it notifies, since nobody would answer, until the
 * launcher has the descriptor. It cannot be sent over a socket, for sendmsg(2)
 * is such a call: the child writes its number to a pipe, and stage 4 takes it
 * with pidfd_getfd(2). That also proves, before the program runs, that the
 * launcher may look into it at all. Stage 5, in the child, becomes the program.
 * Stage 6 lets go of what was the caller's and serves.
 *
 * A stage that cannot be completed ends it; the child is killed.
 */
#include "launcher/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/family.h"
#include "launcher/filter.h"
#include "launcher/serve.h"

/**
 * struct link - Between launcher and child
 * @up:		the child writes: the filter's descriptor or a negative errno,
 *		later the negative errno of exec
 * @down:	the launcher writes a byte when it has the descriptor
 */
struct link {
	int up[2];
	int down[2];
};

static int open_link(struct link *l)
{
	if (pipe2(l->up, O_CLOEXEC) != 0)
		return -errno;
	if (pipe2(l->down, O_CLOEXEC) == 0)
		return 0;
	close(l->up[0]);
	close(l->up[1]);
	return -errno;
}

/* Listeners that the program is started with are meant for it, not for us. */
static void name_listener(void)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)getpid());
	if (getenv("LISTEN_FDS"))
		setenv("LISTEN_PID", text, 1);
}

/* Stages 3 and 5. Only calls that the filter lets pass. */
TL_NORETURN static void run_child(const struct link *l,
				  const struct sock_fprog *prog, pid_t parent,
				  char **command)
{
	char byte;
	int r;

	/* Without its launcher the program would find no network. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	tl_family_restore();
	name_listener();
	r = tl_filter_load(prog);
	if (write(l->up[1], &r, sizeof(r)) != sizeof(r) || r < 0)
		_exit(1);
	if (read(l->down[0], &byte, 1) != 1)
		_exit(1);
	close(r);
	execvp(command[0], command);
	r = -errno;
	if (write(l->up[1], &r, sizeof(r)) != sizeof(r))
		_exit(1);
	_exit(1);
}

/* Stage 2. */
static int make_child(pid_t *childp, struct link *l,
		      const struct sock_fprog *prog, char **command)
{
	pid_t parent = getpid();
	pid_t child;
	int r = tl_family_prepare();

	if (r < 0)
		return r;
	child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		run_child(l, prog, parent, command);
	close(l->up[1]);
	close(l->down[0]);
	*childp = child;
	return 0;
}

static int read_number(int fd, int *out)
{
	ssize_t n;

	do
		n = read(fd, out, sizeof(*out));
	while (n < 0 && errno == EINTR);
	return n == sizeof(*out) ? 0 : -ECHILD;
}

static int take_listener(pid_t child, int number)
{
	intptr_t pidfd = syscall(SYS_pidfd_open, child, 0);
	intptr_t r;

	if (pidfd < 0)
		return -errno;
	r = syscall(SYS_pidfd_getfd, (int)pidfd, number, 0);
	r = r < 0 ? -errno : r;
	close((int)pidfd);
	return (int)r;
}

/* Stage 4, and the result of stage 5: the filter's descriptor. */
static int bring_up(enum launch_stage *stagep, pid_t child, struct link *l)
{
	int listener;
	int number;
	int r;

	*stagep = LAUNCH_LOAD;
	r = read_number(l->up[0], &number);
	if (r < 0 || number < 0)
		return r < 0 ? r : number;
	*stagep = LAUNCH_REACH;
	listener = take_listener(child, number);
	if (listener < 0)
		return listener;
	if (!tl_serve_is_possible(listener)) {
		close(listener);
		return -EOPNOTSUPP;
	}
	*stagep = LAUNCH_EXEC;
	if (write(l->down[1], "", 1) != 1 || read_number(l->up[0], &r) == 0) {
		close(listener);
		return r < 0 ? r : -ECHILD;
	}
	return listener;
}

/* The streams and folder belong to the program now: a reader of its output
 * must see the end when the program closes it. */
static void let_go(int listener, int child_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int low = TL_MIN(listener, child_fd);
	int high = TL_MAX(listener, child_fd);

	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (low > 3)
		close_range(3, (unsigned int)low - 1, 0);
	if (high > low + 1)
		close_range((unsigned int)low + 1, (unsigned int)high - 1, 0);
	close_range((unsigned int)high + 1, ~0u, 0);
	if (chdir("/") != 0)
		return; /* then a mount stays in use */
}

/* Each call that waits takes two descriptors. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Stage 6. */
static int serve(int listener, pid_t child)
{
	int child_fd = tl_family_start(child);

	if (child_fd < 0) {
		close(listener);
		return child_fd;
	}
	let_go(listener, child_fd);
	raise_limit();
	return tl_serve(listener, child_fd, tl_family_look);
}

static void kill_child(pid_t child)
{
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
}

int tl_launch(enum launch_stage *stagep, int *statusp, char **command)
{
	struct sock_fprog prog = { 0 };
	struct link l;
	pid_t child = -1;
	int r;

	*stagep = LAUNCH_FILTER;
	r = tl_filter_build(&prog);
	if (r < 0)
		return r;
	*stagep = LAUNCH_FORK;
	r = open_link(&l);
	if (r == 0)
		r = make_child(&child, &l, &prog, command);
	tl_filter_free(&prog);
	if (r < 0)
		return r;
	r = bring_up(stagep, child, &l);
	if (r >= 0) {
		*stagep = LAUNCH_SERVE;
		r = serve(r, child);
	}
	if (r < 0) {
		kill_child(child);
		return r;
	}
	*statusp = tl_family_status();
	return 0;
}
