/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dgram.h - single UDP datagrams with one server on the link
 *
 * For protocols of a few small messages, such as with a gateway; what carries
 * the network's traffic is udp.h. Nothing here blocks. Descriptors belong to
 * the caller, who closes them with tl_fd_close().
 */
#ifndef TL_OS_DGRAM_H
#define TL_OS_DGRAM_H

#include "os/udp.h"

/**
 * tl_dgram_connect() - A socket that hears one server and nobody else
 * @local:	address it is bound to; port 0: any
 * @server:	address and port; datagrams from elsewhere are not delivered
 * @scope_id:	number of the interface, for link-local addresses
 *
 * Return: a descriptor, or a negative errno.
 */
TL_MUST_USE int tl_dgram_connect(const struct udp_addr *local,
				 const struct udp_addr *server,
				 uint32_t scope_id);

/* A socket for what is sent over IPv4 to all hosts of the link, at a port that
 * other programs may listen at as well. A descriptor, or a negative errno. */
TL_MUST_USE int tl_dgram_listen4(uint16_t port);

/* One datagram. What cannot be sent is lost, as it may be in any case. */
void tl_dgram_send(int fd, struct bytes datagram);

/**
 * tl_dgram_receive() - Take a datagram
 * @room:	where to; what is longer is cut
 * @from:	the sender; NULL: never mind
 *
 * Return: its length; -EAGAIN if there is none; -ECONNREFUSED if the server
 * listens not at this port; another negative errno.
 */
TL_MUST_USE int tl_dgram_receive(int fd, struct buffer room,
				 struct udp_addr *from);

#endif /* TL_OS_DGRAM_H */
