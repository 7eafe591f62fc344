/* SPDX-License-Identifier: Apache-2.0 */
/*
 * label.h - a datagram's address that travels beside its payload
 *
 * A bare UDP socket carries payloads without headers, so that a program which
 * nobody helps can read(2) and write(2) them. What the header would say comes
 * as one descriptor (SCM_RIGHTS): a socket of AF_UNIX that is bound to an
 * abstract name which spells it, and does nothing else. A plain read throws the
 * descriptor away; who asks for it reads the name with getsockname(2) and
 * closes it.
 */
#ifndef TL_RPC_LABEL_H
#define TL_RPC_LABEL_H

#include "rpc/proto.h"

/* Length of such a name: sun_path bytes, the leading NUL included. */
#define RPC_LABEL_LEN (8 + 1 + 8 + RPC_DATAGRAM_LEN)

/* @unique: makes the name one that nobody has. */
void tl_rpc_label_build(uint8_t out[RPC_LABEL_LEN],
			const struct rpc_datagram *d, uint64_t unique);

/* @path: sun_path and its length. False if it is no label. */
TL_MUST_USE bool tl_rpc_label_parse(struct rpc_datagram *out,
				    struct bytes path);

#endif /* TL_RPC_LABEL_H */
