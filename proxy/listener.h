/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.h - where clients come in
 *
 * A listener hands out connections while there is a place for them. When all
 * are taken, or descriptors run out, connections wait in its queue. One on the
 * virtual side whose service has died is made again once it is back.
 *
 * A Unix socket is made for its owner alone; one that was left behind by a dead
 * process is replaced, and it is removed in the end.
 */
#ifndef TL_PROXY_LISTENER_H
#define TL_PROXY_LISTENER_H

#include "proxy/server.h"

struct listener;

/* @fd: consumed. @from: who comes; a Unix socket's has no name. */
typedef void (*listener_fn)(void *ctx, int fd, const union place *from);

/**
 * tl_listener_new() - Listen
 * @at:		its port may be 0
 * @side:	SIDE_HOST or SIDE_VIRTUAL
 *
 * Return: 0; -EADDRINUSE, also for a Unix socket where somebody answers;
 * -EEXIST for a path where something else is; other negative errnos of
 * bind(2), connect(2) and tl_sock_bind().
 */
TL_MUST_USE int tl_listener_new(struct listener **lp, struct server *s,
				const union place *at, enum side side,
				listener_fn fn, void *ctx);

/* Stop and free. Accepts NULL. */
void tl_listener_free(struct listener *l);

/* Where it listens, with its true port. */
void tl_listener_address(union place *out, const struct listener *l);

#endif /* TL_PROXY_LISTENER_H */
