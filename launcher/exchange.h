/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.h - another socket under a number of the program's
 *
 * What exchange.c of the preload object does, from outside: number, flags,
 * options, bound address and epoll registrations stay. Other numbers of the old
 * socket keep the old one.
 */
#ifndef TL_LAUNCHER_EXCHANGE_H
#define TL_LAUNCHER_EXCHANGE_H

#include "launcher/trap.h"

/* A socket of the host takes the place of the trap's, there and in @t->fd.
 * 0; what binding it says; -ENOENT if nobody waits any more. */
TL_MUST_USE int tl_exchange_host(struct trap *t);

/* A new socket of ours; sets @t->tag. 0 or as tl_client_socket(). */
TL_MUST_USE int tl_exchange_renew(struct trap *t);

/* @t->fd is another socket than the program's by now: give it that one. @old is
 * what it was; epoll forgets it. Consumes @old. */
void tl_exchange_silent(struct trap *t, int old);

#endif /* TL_LAUNCHER_EXCHANGE_H */
