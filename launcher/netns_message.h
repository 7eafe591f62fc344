/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_message.h - what an agent and its parent say to each other
 *
 * Both are the same program, one the child of the other, so that structs go as
 * they are. One request, then its answer, over a socket pair that keeps
 * records; events come over another.
 */
#ifndef TL_LAUNCHER_NETNS_MESSAGE_H
#define TL_LAUNCHER_NETNS_MESSAGE_H

#include "base/compiler.h"

#define NETNS_TEXT_SIZE 128

enum netns_op {
	NETNS_OP_FD, /* @number: enum netns_fd; the answer has it with it */
	NETNS_OP_SERVE_UDP, /* @text: address of a name server; likewise */
	NETNS_OP_SERVE_TCP,
	NETNS_OP_SET, /* @text: path below /proc/sys/net, @value */
	NETNS_OP_OWN, /* @text: a device */
	NETNS_OP_START,
	NETNS_OP_SIGNAL, /* @number */
	NETNS_OP_SIGNAL_ALL,
};

struct netns_request {
	enum netns_op op;
	int number;
	char text[NETNS_TEXT_SIZE];
	char value[NETNS_TEXT_SIZE];
};

/* @stage: of the first answer, which nobody has asked for. */
struct netns_answer {
	int result;
	int stage;
};

struct netns_report {
	int event;
	int value;
};

/* Send @n bytes as a record, with a descriptor if @fd is not -1. 0 or a
 * negative errno. Never raises SIGPIPE. */
TL_MUST_USE int tl_netns_send(int socket, const void *what, size_t n, int fd);

/* Receive a record of exactly @n bytes. @fdp: what came with it, or -1; NULL:
 * none is expected. Return: 0; -EPIPE if the other side has gone; another
 * negative errno. */
TL_MUST_USE int tl_netns_receive(int socket, void *what, size_t n, int *fdp,
				 int flags);

#endif /* TL_LAUNCHER_NETNS_MESSAGE_H */
