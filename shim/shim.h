/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim.h - the preload object's parts
 *
 * shim_<call>() is the policy of a hook. All of them keep errno unless they
 * fail, may be called from signal handlers and after vfork, and never print,
 * exit, lock or allocate. See shim.c for the theory of operation.
 */
#ifndef TL_SHIM_SHIM_H
#define TL_SHIM_SHIM_H

#include "base/bytes.h"
#include "shim/real.h"

#define CALL(result, name, params, args, raw) result shim_##name params;
#include "shim/calls.def"
#undef CALL

/* What a hook of a data call has to do with a descriptor. */
enum fd_kind {
	FD_PLAIN, /* nothing: the kernel does it all */
	FD_UDP, /* records have headers */
	FD_IDLE, /* a TCP socket that is not connected, or listens */
};

/**
 * tl_fd_kind() - Look a descriptor up
 * @tag:	set unless FD_PLAIN
 *
 * Only "plain" is remembered, by number; see fds.c.
 */
enum fd_kind tl_fd_kind(int fd, uint32_t *tag);

/* The number @fd means something new. Accepts negative numbers. */
void tl_fd_forget(int fd);

/* Forgets the numbers of all descriptors that came with a message. */
void tl_fd_forget_passed(const struct msghdr *m);

/* A registration of one of our sockets with an epoll instance. */
void tl_watch_note(int epfd, int op, int fd, const struct epoll_event *event);

/**
 * tl_exchange_host() - Let a socket of the host take the place of @fd
 *
 * Options, flags, bound address and epoll registrations stay. With a negative
 * errno @fd is as it was.
 */
TL_MUST_USE int tl_exchange_host(int fd, uint32_t tag);

/* A new socket of ours in the place of @fd, likewise. */
TL_MUST_USE int tl_exchange_renew(int fd, uint32_t tag);

/* libc.c: from the constructor, which C library is it? */
void tl_libc_find(void);

/* Before @m is read or passed on to the kernel; accepts NULL. */
void tl_libc_clean(const struct msghdr *m);

/* Remember what of the environment new programs need. From the constructor. */
void tl_env_keep(void);

/* What a function of the C library returns for @r. */
int tl_result(int r);
ssize_t tl_result_size(ssize_t r);

#endif /* TL_SHIM_SHIM_H */
