/* SPDX-License-Identifier: Apache-2.0 */
/*
 * family.c - signals down, statuses up
 *
 * Theory of operation
 *
 * Launcher and program are in one process group. What a terminal sends, to the
 * whole group, the program gets by itself: it is told by its origin, the
 * kernel, and not passed on. So ^C comes once, and ^Z stops and `fg` continues
 * both together. What a process has sent to the launcher alone is passed on in
 * the handler, whatever the loop does at the time.
 *
 * When the program has ended but others that it left behind have not, signals
 * go to those that have become our children.
 */
#include "launcher/family.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const int forwarded[] = { SIGTERM, SIGINT,  SIGHUP,   SIGQUIT,
				 SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT };

static volatile sig_atomic_t first; /* the program's, 0: it has ended */
static volatile sig_atomic_t waiting[TL_ARRAY_SIZE(forwarded)];
static int status;
static int ended_fd = -1;
static sigset_t before;

static void on_signal(int number, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	if (info->si_code == SI_KERNEL)
		return;
	if (first) {
		kill((pid_t)first, number);
	} else {
		for (size_t i = 0; i < TL_ARRAY_SIZE(forwarded); i++)
			if (forwarded[i] == number)
				waiting[i] = 1;
		raise(SIGCHLD); /* has the loop look */
	}
	errno = saved;
}

int tl_family_prepare(void)
{
	sigset_t set;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		return -errno;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < TL_ARRAY_SIZE(forwarded); i++)
		sigaddset(&set, forwarded[i]);
	return sigprocmask(SIG_BLOCK, &set, &before) ? -errno : 0;
}

void tl_family_restore(void)
{
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* What the caller has blocked or ignored stays with the program alone. */
static int open_signals(void)
{
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	sigset_t chld;
	int r = 0;

	sigfillset(&action.sa_mask);
	for (size_t i = 0; r == 0 && i < TL_ARRAY_SIZE(forwarded); i++)
		r = sigaction(forwarded[i], &action, NULL);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	if (r == 0)
		r = sigprocmask(SIG_SETMASK, &chld, NULL);
	if (r != 0)
		return -errno;
	ended_fd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	return ended_fd < 0 ? -errno : ended_fd;
}

int tl_family_start(pid_t child)
{
	first = child;
	return open_signals();
}

static int as_shells_do(const siginfo_t *info)
{
	return info->si_code == CLD_EXITED ? info->si_status
					   : 128 + info->si_status;
}

/* The number is given up only when no handler can use it any more. */
static bool bury(int flags)
{
	siginfo_t info = { 0 };
	int r;

	r = waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | flags);
	if (r != 0 || info.si_pid == 0)
		return r != 0 && errno == EINTR;
	if (info.si_pid == (pid_t)first) {
		status = as_shells_do(&info);
		first = 0;
	}
	waitid(P_PID, (id_t)info.si_pid, &info, WEXITED);
	return true;
}

static void pass_on(int number)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	int pid;

	if (!f)
		return;
	while (fscanf(f, "%d", &pid) == 1)
		kill(pid, number);
	fclose(f);
}

void tl_family_look(void)
{
	struct signalfd_siginfo unused;

	while (read(ended_fd, &unused, sizeof(unused)) > 0)
		continue;
	while (bury(WNOHANG))
		continue;
	for (size_t i = 0; i < TL_ARRAY_SIZE(forwarded); i++) {
		if (!waiting[i])
			continue;
		waiting[i] = 0;
		pass_on(forwarded[i]);
	}
}

int tl_family_status(void)
{
	while (first && bury(0))
		continue;
	return status;
}
