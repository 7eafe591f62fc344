/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name.h - abstract socket names that spell virtual addresses
 *
 * Both names of proto.h have one form: a NUL (abstract), "tapless", the kind, 8
 * bytes that make it unique in the network namespace, and two addresses. What a
 * name claims is only shown to the program that holds the socket.
 */
#ifndef TL_RPC_NAME_H
#define TL_RPC_NAME_H

#include "rpc/proto.h"

/* Length of a name: sun_path bytes, the leading NUL included. */
#define RPC_NAME_LEN (8 + 1 + 8 + 2 * RPC_ADDR_LEN)

enum name_kind {
	NAME_BOUND = 'b', /* the app end's: local address */
	NAME_CONNECTED = 'c', /* the service end's: local and remote */
	NAME_LISTENING = 'l', /* the service end's: local */
};

struct rpc_name {
	enum name_kind kind;
	uint64_t unique;
	struct rpc_addr local;
	struct rpc_addr remote;
};

void tl_rpc_name_build(uint8_t out[RPC_NAME_LEN], const struct rpc_name *name);

/* @path: sun_path and its length. False if it is no name of ours. */
TL_MUST_USE bool tl_rpc_name_parse(struct rpc_name *out, struct bytes path);

#endif /* TL_RPC_NAME_H */
