/* SPDX-License-Identifier: Apache-2.0 */
/* peer.h - who is at the other end of an AF_UNIX connection, by the kernel */
#ifndef TL_RPC_PEER_H
#define TL_RPC_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

/**
 * tl_peer_of() - The user who connected, and whether he is in a group
 * @uid:	in our user namespace; what is none there is the overflow uid,
 *		for everybody the same (65534)
 * @group:	a group, or NULL; not the overflow gid of a user namespace,
 *		which all groups are that are none there
 * @is_member:	does the process have it, as its own or a supplementary one?
 *		What it had when it connected counts
 *
 * Return: 0 or a negative errno; outputs are written on success only.
 */
TL_MUST_USE int tl_peer_of(int fd, uint32_t *uid, const uint32_t *group,
			   bool *is_member);

#endif /* TL_RPC_PEER_H */
