/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sock.h - the calls that differ between the host's sockets and virtual ones
 *
 * A descriptor knows by itself which of the two it is; reading, writing and
 * watching are the same for both. All sockets are non-blocking and
 * close-on-exec. Failures are negative errnos.
 */
#ifndef TL_PROXY_SOCK_H
#define TL_PROXY_SOCK_H

#include "proxy/place.h"

/* On which side a connection may be made. */
enum side {
	SIDE_VIRTUAL, /* virtual networks only */
	SIDE_HOST, /* the host only */
	SIDE_BOTH, /* virtual networks, and the host for what is in none */
};

/**
 * tl_sock_connect() - Begin to connect
 * @fdp:	the descriptor, owned by the caller; written if 0 is returned
 *
 * Return: 0, and it becomes writable when it is decided (tl_sock_error());
 * -EACCES for an address of the host with SIDE_VIRTUAL; -ENETDOWN if the
 * service cannot be reached; all that connect(2) and socket(2) know.
 */
TL_MUST_USE int tl_sock_connect(int *fdp, const union place *to,
				enum side side);

/* The same for datagrams: the socket is connected when 0 is returned. */
TL_MUST_USE int tl_sock_connect_udp(int *fdp, const union place *to,
				    enum side side);

/**
 * tl_sock_bind() - Make a bound socket, listening if it is a stream
 * @type:	SOCK_STREAM or SOCK_DGRAM
 * @side:	SIDE_HOST or SIDE_VIRTUAL
 *
 * A datagram socket tells where each datagram was sent to (IP_PKTINFO).
 *
 * Return: the descriptor, or a negative errno.
 */
TL_MUST_USE int tl_sock_bind(const union place *at, int type, enum side side);

/* The next connection and who it is from; -EAGAIN if there is none. */
TL_MUST_USE int tl_sock_accept(int fd, union place *from);

/* A virtual socket for datagrams to anywhere; with @both to the host too. */
TL_MUST_USE int tl_sock_udp(int family, bool both);

/* How a connection attempt ended, or what came since: 0 or a negative errno. */
int tl_sock_error(int fd);

/* Own and other address. All zeroes where there is none. */
void tl_sock_local(union place *out, int fd);
void tl_sock_remote(union place *out, int fd);

/**
 * tl_sock_recv() - One datagram
 * @from, @to:	may be NULL; @to has no port, and is zeroes where the socket
 *		does not tell
 *
 * Return: its bytes; -EAGAIN; -EMSGSIZE if it is longer than @room; errors of
 * datagrams sent before.
 */
TL_MUST_USE ssize_t tl_sock_recv(int fd, struct buffer room, union place *from,
				 union place *to);

/* @to and @from (the own address to send from) may be NULL. 0 or an errno. */
int tl_sock_send(int fd, struct bytes payload, const union place *to,
		 const union place *from);

/* End a stream's own direction in order. */
void tl_sock_shutdown(int fd);

/* Closes so that the other side reads a reset, never an orderly end. Leaves
 * -1. Accepts -1. */
void tl_sock_reset(int *fdp);

/* Closes; what was written still arrives. Leaves -1. Accepts -1. */
void tl_sock_close(int *fdp);

#endif /* TL_PROXY_SOCK_H */
