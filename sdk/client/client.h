/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - the socket calls in terms of the service
 *
 * What zt_*() and the preload object's hooks are made of. Every function takes
 * a descriptor of ours with its tag (tl_tag_get()), leaves errno alone and
 * returns a negative errno as Linux would set it. Two outcomes ask the caller
 * to put another socket in the place of this one; see replace.h.
 */
#ifndef TL_SDK_CLIENT_CLIENT_H
#define TL_SDK_CLIENT_CLIENT_H

#include <sys/socket.h>

#include "rpc/proto.h"

/* Outcomes besides RPC_USE_HOST (the address is the host's business). */
enum client_outcome {
	/* The socket has had its connection: tl_replace_renew(), then again. */
	CLIENT_RENEW = 10001,
};

/* Is it a kind of socket that the service has? */
bool tl_client_has(int domain, int type, int protocol);

/* How a UDP socket is made. */
#define CLIENT_BOTH_SIDES                                                      \
	1 /* what is for no virtual network goes to the host */
#define CLIENT_BARE 2 /* read(2) and write(2) shall work without us */

/**
 * tl_client_socket() - Make a socket
 * @type:	with SOCK_NONBLOCK and SOCK_CLOEXEC as socket(2)
 * @flags:	CLIENT_...; without effect on TCP
 *
 * Return: a descriptor owned by the caller; -ENETDOWN without service, -EPERM
 * if it does not know us, -EMFILE, -ENFILE, -ENOBUFS at a quota, -EINVAL for a
 * kind for which tl_client_has() is false.
 */
TL_MUST_USE int tl_client_socket(int domain, int type, int protocol,
				 unsigned int flags);

/* The same at the service with this number (endpoint.h), instead of the one
 * that the thread uses. */
TL_MUST_USE int tl_client_socket_at(unsigned int number, int domain, int type,
				    int protocol, unsigned int flags);

/* 0, RPC_USE_HOST, -EINVAL, -EADDRINUSE, -EADDRNOTAVAIL, -EAFNOSUPPORT,
 * -EFAULT, -ENETDOWN. */
TL_MUST_USE int tl_client_bind(int fd, uint32_t tag, const struct sockaddr *sa,
			       socklen_t len);

/* 0, RPC_USE_HOST, CLIENT_RENEW, -EINPROGRESS, -EALREADY, -EISCONN, -EINTR,
 * -ECONNREFUSED, -ETIMEDOUT, -ENETUNREACH, -EHOSTUNREACH and those of bind. */
TL_MUST_USE int tl_client_connect(int fd, uint32_t tag,
				  const struct sockaddr *sa, socklen_t len);

/* The same, but as if O_NONBLOCK were set: for somebody who waits elsewhere. */
TL_MUST_USE int tl_client_connect_now(int fd, uint32_t tag,
				      const struct sockaddr *sa, socklen_t len);

/* 0, -EADDRINUSE, -EINVAL, -EOPNOTSUPP, -ENETDOWN. */
TL_MUST_USE int tl_client_listen(int fd, uint32_t tag, int backlog);

/* A descriptor owned by the caller, or -EAGAIN, -EINTR, -EMFILE, -EOPNOTSUPP;
 * -EINVAL if it does not listen (any more). @sa and @len may be NULL. */
TL_MUST_USE int tl_client_accept(int fd, uint32_t tag, struct sockaddr *sa,
				 socklen_t *len, int flags);

/* 0, -EFAULT, -EINVAL, -ENOTCONN. No call to the service but for UDP sockets
 * that were never bound or were connected more than once. */
TL_MUST_USE int tl_client_getsockname(int fd, uint32_t tag, struct sockaddr *sa,
				      socklen_t *len);
TL_MUST_USE int tl_client_getpeername(int fd, uint32_t tag, struct sockaddr *sa,
				      socklen_t *len);

/* 0, -ENOPROTOOPT, -EOPNOTSUPP, -EINVAL, -EFAULT, -EPERM, -ENETDOWN. */
TL_MUST_USE int tl_client_setsockopt(int fd, uint32_t tag, int level, int name,
				     const void *value, socklen_t len);
TL_MUST_USE int tl_client_getsockopt(int fd, uint32_t tag, int level, int name,
				     void *value, socklen_t *len);

/* One of enum own_option, as getsockopt: 0, -ENOPROTOOPT, -EBADF if the service
 * has done with the socket, -ENETDOWN. */
TL_MUST_USE int tl_client_own_option(int fd, uint32_t tag, int name,
				     void *value, socklen_t *len);

/* 0, -ENOTCONN, -EINVAL. Never calls the service. */
TL_MUST_USE int tl_client_shutdown(int fd, uint32_t tag, int how);

/**
 * tl_client_send() - sendmsg(2) on a UDP socket
 *
 * Return: bytes of payload sent; -ENETUNREACH for what only the host could
 * reach, if the socket is not on both sides; -EACCES for a broadcast without
 * SO_BROADCAST; -EMSGSIZE, -EDESTADDRREQ, -EAGAIN, -EINTR, -ECONNREFUSED and
 * other errors of earlier datagrams, -ENETDOWN.
 */
TL_MUST_USE ssize_t tl_client_send(int fd, uint32_t tag, const struct msghdr *m,
				   int flags);

/* recvmsg(2) on a UDP socket: bytes of payload, or a negative errno. */
TL_MUST_USE ssize_t tl_client_recv(int fd, uint32_t tag, struct msghdr *m,
				   int flags);

/* FIONREAD on a UDP socket: payload bytes of the next datagram, 0 if none. */
TL_MUST_USE int tl_client_next_size(int fd);

/* The error that waits first in a UDP socket's queue, taken out; 0 if none. */
int tl_client_take_error(int fd);

#endif /* TL_SDK_CLIENT_CLIENT_H */
