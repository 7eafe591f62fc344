/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forward.h - one -L or -R: ports on one side that stand for a place on the
 * other
 *
 * Opened and closed by forward.c's tl_forward_run(); connections and UDP
 * sessions count as clients of the server.
 */
#ifndef TL_PROXY_FORWARD_H
#define TL_PROXY_FORWARD_H

#include "proxy/ready.h"
#include "proxy/server.h"
#include "proxy/spec.h"

#define FORWARD_ADDRESSES_MAX 2 /* one for each family */

/* Where a forward listens: @out has room for FORWARD_ADDRESSES_MAX. Without an
 * address that is loopback on the host, every address on the virtual side. */
size_t tl_forward_addresses(union place *out, const struct spec_forward *f);

/* May the second address be missing? A host need not have both families. */
bool tl_forward_is_optional(int err);

struct forward_udp;

/**
 * tl_forward_udp_new() - Forward datagrams
 * @spec:	borrowed
 * @ready:	where it listens is added
 *
 * Each source has a socket of its own on the other side, until it has been
 * silent for as long as the server's limits say.
 *
 * Return: 0, -ENOMEM, or what tl_sock_bind() says.
 */
TL_MUST_USE int tl_forward_udp_new(struct forward_udp **fp, struct server *s,
				   const struct spec_forward *spec,
				   struct ready *ready);

/* Accepts NULL. */
void tl_forward_udp_free(struct forward_udp *f);

#endif /* TL_PROXY_FORWARD_H */
