/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_agent.c - the parent's side: make the child, ask it, end it
 */
#include "launcher/netns_agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/netns_child.h"
#include "launcher/netns_message.h"
#include "os/file.h"

static int make_pairs(int control[2], int events[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, events) == 0)
		return 0;
	tl_fd_close(&control[0]);
	tl_fd_close(&control[1]);
	return -errno;
}

/* What the child says when it is where it should be, or is not. */
static int await(struct netns_agent *a, enum netns_stage *stagep)
{
	struct netns_answer first = { .stage = NETNS_FORK };
	int r = tl_netns_receive(a->control, &first, sizeof(first), NULL, 0);

	*stagep = (enum netns_stage)first.stage;
	if (!r)
		r = first.result;
	if (r)
		tl_netns_agent_free(a);
	return r;
}

static int make(struct netns_agent *a, enum netns_stage *stagep,
		const struct netns_child *like)
{
	struct netns_child child = *like;
	int control[2] = { -1, -1 };
	int events[2] = { -1, -1 };
	sigset_t all;
	int r;

	*stagep = NETNS_FORK;
	*a = (struct netns_agent){ .control = -1, .events = -1 };
	r = make_pairs(control, events);
	if (r)
		return r;
	/* Orphans of a child that was killed come to us. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &child.mask);
	a->pid = fork();
	r = a->pid < 0 ? -errno : 0;
	if (a->pid == 0) {
		tl_fd_close(&control[0]);
		tl_fd_close(&events[0]);
		child.control = control[1];
		child.events = events[1];
		tl_netns_child_run(&child);
	}
	sigprocmask(SIG_SETMASK, &child.mask, NULL);
	tl_fd_close(&control[1]);
	tl_fd_close(&events[1]);
	a->control = control[0];
	a->events = events[0];
	if (!r)
		return await(a, stagep);
	a->pid = 0;
	tl_netns_agent_free(a);
	return r;
}

int tl_netns_agent_new(struct netns_agent *a, enum netns_stage *stagep,
		       const struct netns_new *what)
{
	struct netns_child child = { .what = what, .enter = -1 };

	return make(a, stagep, &child);
}

int tl_netns_agent_enter(struct netns_agent *a, enum netns_stage *stagep,
			 int fd)
{
	struct netns_child child = { .enter = fd };

	return make(a, stagep, &child);
}

void tl_netns_agent_free(struct netns_agent *a)
{
	/* The child ends when it finds this closed. */
	tl_fd_close(&a->control);
	if (a->pid > 0)
		while (waitpid(a->pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (a->pid > 0)
		tl_netns_kill_children();
	a->pid = 0;
	tl_fd_close(&a->events);
}

static int ask(struct netns_agent *a, const struct netns_request *q, int *fdp)
{
	struct netns_answer answer;
	int r = tl_netns_send(a->control, q, sizeof(*q), -1);

	if (!r)
		r = tl_netns_receive(a->control, &answer, sizeof(answer), fdp,
				     0);
	return r ? r : answer.result;
}

int tl_netns_agent_fd(struct netns_agent *a, enum netns_fd which)
{
	struct netns_request q = { .op = NETNS_OP_FD, .number = (int)which };
	int fd = -1;
	int r = ask(a, &q, &fd);

	if (r)
		tl_fd_close(&fd);
	return r ? r : fd;
}

static int serve(struct netns_agent *a, enum netns_op op, const char *address,
		 int *fdp)
{
	struct netns_request q = { .op = op };

	snprintf(q.text, sizeof(q.text), "%s", address);
	return ask(a, &q, fdp);
}

int tl_netns_agent_serve(struct netns_agent *a, const char *address,
			 int *udp_fdp, int *tcp_fdp)
{
	int udp = -1;
	int tcp = -1;
	int r = serve(a, NETNS_OP_SERVE_UDP, address, &udp);

	if (!r)
		r = serve(a, NETNS_OP_SERVE_TCP, address, &tcp);
	if (r) {
		tl_fd_close(&udp);
		tl_fd_close(&tcp);
		return r;
	}
	*udp_fdp = udp;
	*tcp_fdp = tcp;
	return 0;
}

int tl_netns_agent_set(struct netns_agent *a, const char *path,
		       const char *value)
{
	struct netns_request q = { .op = NETNS_OP_SET };

	snprintf(q.text, sizeof(q.text), "%s", path);
	snprintf(q.value, sizeof(q.value), "%s", value);
	return ask(a, &q, NULL);
}

int tl_netns_agent_own(struct netns_agent *a, const char *device)
{
	struct netns_request q = { .op = NETNS_OP_OWN };

	snprintf(q.text, sizeof(q.text), "%s", device);
	return ask(a, &q, NULL);
}

int tl_netns_agent_start(struct netns_agent *a)
{
	struct netns_request q = { .op = NETNS_OP_START };

	return ask(a, &q, NULL);
}

int tl_netns_agent_signal(struct netns_agent *a, int number, bool all)
{
	struct netns_request q = {
		.op = all ? NETNS_OP_SIGNAL_ALL : NETNS_OP_SIGNAL,
		.number = number,
	};

	return ask(a, &q, NULL);
}

enum netns_event tl_netns_agent_event(struct netns_agent *a, int *valuep)
{
	struct netns_report report;
	int r = tl_netns_receive(a->events, &report, sizeof(report), NULL,
				 MSG_DONTWAIT);

	if (r == -EAGAIN)
		return NETNS_NOTHING;
	if (r)
		return NETNS_LOST;
	*valuep = report.value;
	return (enum netns_event)report.event;
}
