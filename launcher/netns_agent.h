/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_agent.h - a process of ours inside of a network namespace
 *
 * The service lives on the host's network; what has to be made inside of the
 * namespace (device, sockets) is made by a child that is there, and passed out
 * as a descriptor. The child either makes namespaces of its own and runs a
 * command in them, or enters somebody else's.
 *
 * It is made before the first thread of the process is. It ends what it has
 * started, and itself, when the process that made it ends, however that comes.
 */
#ifndef TL_LAUNCHER_NETNS_AGENT_H
#define TL_LAUNCHER_NETNS_AGENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"

#define NETNS_NAME_SIZE 16

/* How far it came, for messages. */
enum netns_stage {
	NETNS_FORK, /* make the child */
	NETNS_USER, /* make a user namespace */
	NETNS_MAP, /* say who its users are */
	NETNS_NET, /* make network and mount namespaces */
	NETNS_MOUNT, /* put a file in a place of its own */
	NETNS_ENTER, /* enter a namespace that is there */
	NETNS_READY,
};

/**
 * struct netns_new - Namespaces to be made, and who will be in them
 * @command:	as execvp(3) takes it; borrowed until the end
 * @as_root:	the command's user is root inside
 * @resolv:	a file that is /etc/resolv.conf inside, or NULL
 */
struct netns_new {
	char **command;
	bool as_root;
	const char *resolv;
};

/**
 * struct netns_agent - The child, as its parent knows it
 * @control:	requests, answered in order
 * @events:	readable when there is something for tl_netns_agent_event()
 */
struct netns_agent {
	pid_t pid;
	int control;
	int events;
};

/**
 * tl_netns_agent_new() - Make namespaces and a child in them
 * @stagep:	where it failed
 *
 * Signals are blocked in the child until the command runs, which gets the mask
 * and the handlers that there are now.
 *
 * Return: 0, or a negative errno of @stagep.
 */
TL_MUST_USE int tl_netns_agent_new(struct netns_agent *a,
				   enum netns_stage *stagep,
				   const struct netns_new *what);

/* As above, in the namespace of the open file @fd, which stays the caller's. */
TL_MUST_USE int tl_netns_agent_enter(struct netns_agent *a,
				     enum netns_stage *stagep, int fd);

/* Ends the child and all that it has started, and waits for that. Accepts one
 * that was never made, with @pid 0 and descriptors -1. */
void tl_netns_agent_free(struct netns_agent *a);

/* Descriptors that are made inside. */
enum netns_fd {
	NETNS_FD_TUN, /* /dev/net/tun */
	NETNS_FD_PACKET, /* an AF_PACKET socket of no protocol */
	NETNS_FD_NETLINK, /* as of tl_netlink_open() */
	NETNS_FD_WATCH, /* as of tl_netlink_watch() */
	NETNS_FD_GROUPS, /* /proc/net/dev_mcast */
	/* IP sockets of no port, which do not block: */
	NETNS_FD_UDP4,
	NETNS_FD_UDP6,
	NETNS_FD_TCP4,
	NETNS_FD_TCP6,
};

/* Return: a descriptor, closed on exec; or a negative errno. */
TL_MUST_USE int tl_netns_agent_fd(struct netns_agent *a, enum netns_fd which);

/* The sockets of a name server at an IPv4 address, port 53: UDP, and TCP that
 * listens. They do not block. 0 or a negative errno; -EADDRINUSE: somebody has
 * one. */
TL_MUST_USE int tl_netns_agent_serve(struct netns_agent *a, const char *address,
				     int *udp_fdp, int *tcp_fdp);

/* Write a file below /proc/sys/net. 0 or a negative errno. */
int tl_netns_agent_set(struct netns_agent *a, const char *path,
		       const char *value);

/* Delete this device at the end, if nothing else makes it go. */
int tl_netns_agent_own(struct netns_agent *a, const char *device);

/* Start the command. 0, or the negative errno of execvp(3). */
TL_MUST_USE int tl_netns_agent_start(struct netns_agent *a);

/* Send a signal to the command, or, when that has ended, to what is left of all
 * that it has started; with @all, to those in any case. */
int tl_netns_agent_signal(struct netns_agent *a, int number, bool all);

enum netns_event {
	NETNS_NOTHING,
	NETNS_ENDED, /* the command: what wait(2) said is in the value */
	NETNS_EMPTY, /* nothing that it has started is left */
	NETNS_LOST, /* the child was killed */
};

/* Does not wait. */
enum netns_event tl_netns_agent_event(struct netns_agent *a, int *valuep);

#endif /* TL_LAUNCHER_NETNS_AGENT_H */
