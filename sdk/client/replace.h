/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replace.h - another socket under the same descriptor number
 *
 * A socket of ours that turns out to be the host's business, or that has had
 * its one connection, is exchanged with dup3(2): number, flags, options and
 * bound address stay. Other descriptors of the old socket (dup, fork) keep the
 * old one, and epoll forgets it; the preload object puts that right for itself.
 */
#ifndef TL_SDK_CLIENT_REPLACE_H
#define TL_SDK_CLIENT_REPLACE_H

#include "rpc/proto.h"

/**
 * tl_replace_with() - Put the socket @fresh in the place of @fd
 * @fd:		a socket of ours with the tag @tag
 * @fresh:	host socket or one of ours, of the same domain and type;
 * 		consumed
 *
 * Return: 0, or what bind(2) of @fresh to the old address says; @fd is then
 * as it was.
 */
TL_MUST_USE int tl_replace_with(int fd, uint32_t tag, int fresh);

/* A new socket of ours in the place of @fd. 0 or as tl_client_socket(). */
TL_MUST_USE int tl_replace_renew(int fd, uint32_t tag);

/* Set on @fresh, of the host or ours, what the program has set on @fd. */
void tl_replace_carry_options(int fresh, int fd, uint32_t tag);

#endif /* TL_SDK_CLIENT_REPLACE_H */
