/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known.h - a destination that the service took lately
 *
 * Connects that do not wait to a destination like the one before need no reply:
 * what can go wrong is told as of any connect that has failed. What must be
 * known at once is only whether the host's own network is meant instead, and
 * that does not change from one moment to the next.
 *
 * Lock-free, for signal handlers and children of vfork(): who finds another at
 * work does without.
 */
#ifndef TL_SDK_CLIENT_KNOWN_H
#define TL_SDK_CLIENT_KNOWN_H

#include "rpc/proto.h"

/* For so long after it was taken, milliseconds. */
#define KNOWN_MS 1000

/* The service with this number (endpoint.h) has taken a connect to @to, and
 * @credit more may follow. */
void tl_known_put(unsigned int number, const struct rpc_addr *to,
		  uint32_t credit);

/* True if a connect to @to is one of these; it is one less then. */
TL_MUST_USE bool tl_known_take(unsigned int number, const struct rpc_addr *to);

#endif /* TL_SDK_CLIENT_KNOWN_H */
