/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ifreq.h - ioctl(2) on sockets: queues, and requests about interfaces
 *
 * Requests about an interface go to whatever socket a program has at hand. What
 * is about one of the host's is asked on a socket of the host, since a unix
 * socket does not know all of them. As in client.h, a negative errno is an
 * error and errno is left alone.
 */
#ifndef TL_SDK_CLIENT_IFREQ_H
#define TL_SDK_CLIENT_IFREQ_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

/* Does it come with a struct ifreq? SIOCGIFCONF does not. */
bool tl_ifreq_is_one(uintptr_t request);

/* Does it only read, and nothing but what stands in the struct itself? Then it
 * may be asked for somebody else. */
bool tl_ifreq_is_plain(uintptr_t request);

/* Is it SIOCOUTQ or SIOCOUTQNSD? */
bool tl_ifreq_is_queue(uintptr_t request);

/**
 * tl_ifreq_ask() - A request about one interface, the host's or ours
 * @tag:	of the socket; the host is asked on one of the same family
 *
 * Return: what ioctl(2) returns; -ENODEV if nobody has it, -EPERM for changes
 * of ours, -EADDRNOTAVAIL, -EOPNOTSUPP.
 */
TL_MUST_USE int tl_ifreq_ask(uint32_t tag, uintptr_t request, struct ifreq *q);

/* The same about ours only. */
TL_MUST_USE int tl_ifreq_ask_own(uintptr_t request, struct ifreq *q);

/* SIOCGIFCONF: the host's, then ours that fit, or how long that is. */
TL_MUST_USE int tl_ifreq_list(struct ifconf *conf);

/* What waits to be sent and acknowledged, into @out. */
TL_MUST_USE int tl_ifreq_queue(int fd, uint32_t tag, uintptr_t request,
			       int *out);

#endif /* TL_SDK_CLIENT_IFREQ_H */
