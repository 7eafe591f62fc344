/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.h - addresses of hosts' names on the virtual networks, and names
 *
 * The service knows members by their number, and says which DNS servers a name
 * is to be asked of; these are asked here, over the virtual network. May wait
 * for seconds, as name lookups do; not for signal handlers.
 */
#ifndef TL_SDK_CLIENT_LOOKUP_H
#define TL_SDK_CLIENT_LOOKUP_H

#include "rpc/proto.h"

#define LOOKUP_MAX 32

struct lookup {
	size_t n;
	struct rpc_addr list[LOOKUP_MAX];
};

/**
 * tl_lookup() - Find the addresses of @name
 * @family:	4, 6, or 0: both
 *
 * Return: 0, and no addresses if it has none of the family; RPC_USE_HOST if the
 * name is none of the virtual networks'; -ENOENT if there is no such host;
 * -EAGAIN if no server answered; -ENETDOWN, -EPERM, -EMFILE, -ENFILE.
 */
TL_MUST_USE int tl_lookup(struct lookup *out, const char *name, int family);

/* The name of the member with this address: 0; RPC_USE_HOST for addresses of no
 * virtual network; -ENOENT if it is not known; -ENETDOWN and so on. */
TL_MUST_USE int tl_lookup_name(char out[RPC_HOST_NAME_MAX + 1],
			       const struct rpc_addr *address);

#endif /* TL_SDK_CLIENT_LOOKUP_H */
