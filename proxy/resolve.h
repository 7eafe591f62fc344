/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.h - names to addresses, away from the loop's thread
 *
 * The one place that knows where names come from: the virtual networks, and
 * then the host, unless it is not to be asked. Lookups run on libuv's
 * thread pool; their results come back in the loop's thread.
 */
#ifndef TL_PROXY_RESOLVE_H
#define TL_PROXY_RESOLVE_H

#include <uv.h>

#include "proxy/place.h"

#define RESOLVE_MAX 16 /* addresses of a name that are tried */

struct resolve;

/**
 * typedef resolve_fn - What a lookup found
 * @addresses:	@n of them with their port, in the order in which they are to
 *		be tried; borrowed for the call
 * @err:	0; -ENOENT if there is no such name or it has no address;
 *		-EAGAIN if nobody answered; -ENOMEM or another negative errno
 */
typedef void (*resolve_fn)(void *ctx, const union place *addresses, size_t n,
			   int err);

/**
 * tl_resolve() - Look up @name
 * @rp:		the lookup, until @fn is called or it is cancelled
 * @name:	copied
 *
 * @fn is never called from within.
 *
 * Return: 0, -ENOMEM, or what uv_queue_work() says.
 */
TL_MUST_USE int tl_resolve(struct resolve **rp, uv_loop_t *loop,
			   const char *name, uint16_t port, resolve_fn fn,
			   void *ctx);

/* From now on the host is not asked for names that the virtual networks do not
 * know. */
void tl_resolve_isolate(void);

/* @fn will not be called. Accepts NULL. */
void tl_resolve_cancel(struct resolve *r);

/* Lookups on the pool, those cancelled included: the process cannot end in
 * order before they have. */
size_t tl_resolve_n_pending(void);

#endif /* TL_PROXY_RESOLVE_H */
