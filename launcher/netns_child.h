/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_child.h - what the agent does inside of the namespace
 */
#ifndef TL_LAUNCHER_NETNS_CHILD_H
#define TL_LAUNCHER_NETNS_CHILD_H

#include <signal.h>
#include <sys/types.h>

#include "launcher/netns_agent.h"

#define NETNS_OWNED_MAX 64

/**
 * struct netns_child - The agent, as it knows itself
 * @what:	namespaces to be made; NULL: enter @enter
 * @mask:	the signals that the command has blocked
 * @command:	its process; 0: not started, or ended
 * @was_started: it was, and its end has to be told
 * @owned:	devices to be deleted at the end
 */
struct netns_child {
	const struct netns_new *what;
	int enter;
	sigset_t mask;
	int control;
	int events;
	int children_fd;
	pid_t command;
	bool was_started;
	char owned[NETNS_OWNED_MAX][NETNS_NAME_SIZE];
	size_t n_owned;
};

/* In the new process. All signals are blocked. */
TL_NORETURN void tl_netns_child_run(struct netns_child *c);

/*
 * The stages. Each says by *@stagep what failed, and returns 0 or a negative
 * errno.
 */

/* Make namespaces: user (unless we may without), network and mount; map the
 * user; set what a program expects of its own network. */
TL_MUST_USE int tl_netns_isolate(const struct netns_new *what,
				 enum netns_stage *stagep);

/* Enter the namespace @fd, through its user namespace where that is needed. */
TL_MUST_USE int tl_netns_enter(int fd, enum netns_stage *stagep);

/* Write @value into a file. 0 or a negative errno. */
int tl_netns_write(const char *path, const char *value);

/* Signal the processes whose parent is the calling one. */
void tl_netns_signal_children(int number);

/* Kill all processes that the calling one has started, and what becomes its
 * child by that; wait for all. */
void tl_netns_kill_children(void);

#endif /* TL_LAUNCHER_NETNS_CHILD_H */
