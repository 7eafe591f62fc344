/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fdpass.h - one record and its descriptors over an AF_UNIX socket
 *
 * Used by both sides. Nothing here allocates, locks, prints or keeps state, so
 * all of it may be called in a signal handler or between vfork and exec. Every
 * descriptor that arrives is owned from the moment it arrives: the caller gets
 * it, or it is closed.
 */
#ifndef TL_RPC_FDPASS_H
#define TL_RPC_FDPASS_H

#include <sys/socket.h>
#include <sys/un.h>

#include "rpc/proto.h"

/* The longest record that is sent. */
#define FDPASS_RECORD_MAX 2048

/**
 * struct fdpass - A record that arrived
 * @n:		its length; 0: the other side has closed
 * @fds:	@n_fds descriptors, close-on-exec, the caller's to close
 */
struct fdpass {
	size_t n;
	size_t n_fds;
	int fds[RPC_MAX_FDS];
};

/**
 * tl_fdpass_send() - Send one record, with descriptors if there are any
 * @sock:	connected AF_UNIX socket
 * @record:	not empty, at most FDPASS_RECORD_MAX bytes
 * @fds:	@n_fds <= RPC_MAX_FDS descriptors; borrowed
 * @flags:	MSG_DONTWAIT or 0
 *
 * Return: 0, or a negative errno; -EAGAIN when there is no room,
 * -ETOOMANYREFS when too many descriptors are under way.
 */
TL_MUST_USE int tl_fdpass_send(int sock, struct bytes record, const int *fds,
			       size_t n_fds, int flags);

/**
 * tl_fdpass_recv() - Receive one record
 * @sock:	connected AF_UNIX socket
 * @out:	written only on success
 * @room:	where the record goes
 * @flags:	MSG_DONTWAIT or 0
 *
 * Return: 0, or a negative errno; -EPROTO if the record was longer than @room
 * or brought more descriptors than allowed, -EMFILE or -ENFILE if it brought
 * some but this process may have no more. Then all of them are closed.
 */
TL_MUST_USE int tl_fdpass_recv(int sock, struct fdpass *out, struct buffer room,
			       int flags);

/* Close what is left in @f; taken ones were set to -1. */
void tl_fdpass_drop(struct fdpass *f);

/**
 * tl_fdpass_abstract() - Address of an abstract name
 * @name:	without the leading NUL
 *
 * Return: the length to use with @sa, 0 if @name is empty or too long.
 */
TL_MUST_USE socklen_t tl_fdpass_abstract(struct sockaddr_un *sa,
					 struct bytes name);

/* Address of a name of name.h, whose NUL is part of it. */
TL_MUST_USE socklen_t tl_fdpass_name(struct sockaddr_un *sa, struct bytes path);

/* sun_path of an address that the kernel returned with length @len. */
struct bytes tl_fdpass_path(const struct sockaddr_un *sa, socklen_t len);

#endif /* TL_RPC_FDPASS_H */
