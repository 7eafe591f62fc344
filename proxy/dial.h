/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dial.h - a connection to a name, an address or a path
 *
 * Looks the name up and tries its addresses one after the other until one
 * answers; each is given 30 s. A dial reports once, never from within
 * tl_dial(), and is freed by that or by tl_dial_cancel().
 */
#ifndef TL_PROXY_DIAL_H
#define TL_PROXY_DIAL_H

#include "proxy/server.h"

struct dial;

/**
 * typedef dial_fn - How it ended
 * @fd:		connected, owned by the receiver; -1 if @err is not 0
 * @err:	0; -ENOENT if there is no such name, -EAGAIN if nobody could
 *		say; -EACCES if only the host could reach it and may not;
 *		-ECONNREFUSED, -ETIMEDOUT, -ENETUNREACH, -EHOSTUNREACH and what
 *		else tl_sock_connect() knows: of the address that came nearest
 */
typedef void (*dial_fn)(void *ctx, int fd, int err);

/**
 * tl_dial() - Begin
 * @dp:		set until @fn is called
 * @to:		copied
 *
 * Return: 0, or -ENOMEM or what tl_resolve() says.
 */
TL_MUST_USE int tl_dial(struct dial **dp, struct server *s,
			const struct target *to, enum side side, dial_fn fn,
			void *ctx);

/* @fn will not be called. Accepts NULL. */
void tl_dial_cancel(struct dial *d);

#endif /* TL_PROXY_DIAL_H */
