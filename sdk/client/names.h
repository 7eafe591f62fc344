/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - the addresses of a socket, read from its kernel names
 */
#ifndef TL_SDK_CLIENT_NAMES_H
#define TL_SDK_CLIENT_NAMES_H

#include "rpc/proto.h"

/* The local address; without family if it has none yet. */
void tl_names_local(struct rpc_addr *out, int fd, uint32_t tag);

/* False if it is not connected. */
TL_MUST_USE bool tl_names_remote(struct rpc_addr *out, int fd, uint32_t tag);

/* True if a name says that it was connected, which is true for ever. A living
 * connection may have none yet; one that has died has. */
TL_MUST_USE bool tl_names_is_connected(int fd);

/* Spell the address the socket was bound to in its own name. */
void tl_names_set_bound(int fd, const struct rpc_addr *local);

#endif /* TL_SDK_CLIENT_NAMES_H */
