/* SPDX-License-Identifier: Apache-2.0 */
/* Names of sockets, which anybody can bind. */
#include "rpc/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t path[RPC_NAME_LEN];
	struct rpc_name got, again;

	if (!tl_rpc_name_parse(&got, tl_bytes(data, size)))
		return 0;
	tl_rpc_name_build(path, &got);
	tl_assert(tl_rpc_name_parse(&again, TL_BYTES_OF(path)));
	tl_assert(again.kind == got.kind && again.unique == got.unique);
	tl_assert(again.remote.port == got.remote.port);
	return 0;
}
