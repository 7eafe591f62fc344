/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address.h - socket addresses as programs and as records spell them
 */
#ifndef TL_SDK_CLIENT_ADDRESS_H
#define TL_SDK_CLIENT_ADDRESS_H

#include <sys/socket.h>

#include "rpc/proto.h"

/**
 * tl_address_from_sockaddr() - Read a program's address as its socket would
 * @tag:	of the socket: AF_INET6 sockets take IPv4-mapped addresses
 *
 * A scope that is an interface of ours is kept, the kernel's are not.
 *
 * Return: 0; -EFAULT for NULL, -EINVAL if @len is too short, -EAFNOSUPPORT for
 * a family that is not the socket's.
 */
TL_MUST_USE int tl_address_from_sockaddr(struct rpc_addr *out, uint32_t tag,
					 const struct sockaddr *sa,
					 socklen_t len);

/**
 * tl_address_to_sockaddr() - Hand an address out as the kernel does
 * @sa:		room of *@len bytes; a longer address is cut
 * @len:	set to the full length
 * @tag:	of the socket: AF_INET6 sockets show IPv4 as mapped
 *
 * An address without family becomes the unspecified one.
 */
void tl_address_to_sockaddr(struct sockaddr *sa, socklen_t *len, uint32_t tag,
			    const struct rpc_addr *a);

/* The number of the virtual interface that has @index; 0 if it is the kernel's,
 * or none. */
uint8_t tl_interface_number(uint32_t index);

/* The index of the virtual interface @number; 0 for 0. */
uint32_t tl_interface_index(uint8_t number);

/* 127.0.0.0/8 and ::1: these stay with the host. */
bool tl_address_is_loopback(const struct rpc_addr *a);

/* fe80::/10. */
bool tl_address_is_link_local(const struct rpc_addr *a);

/* 0.0.0.0 and ::, or none at all. */
bool tl_address_is_any(const struct rpc_addr *a);

#endif /* TL_SDK_CLIENT_ADDRESS_H */
