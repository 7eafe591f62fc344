/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of datagrams, which a program may bind and send as it likes. */
#include "rpc/label.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t path[RPC_LABEL_LEN];
	struct rpc_datagram got, again;

	if (!tl_rpc_label_parse(&got, tl_bytes(data, size)))
		return 0;
	tl_rpc_label_build(path, &got, 1);
	tl_assert(tl_rpc_label_parse(&again, TL_BYTES_OF(path)));
	tl_assert(again.kind == got.kind && again.error == got.error);
	tl_assert(again.ttl == got.ttl && again.tos == got.tos);
	tl_assert(again.peer.port == got.peer.port);
	tl_assert(again.local.family == got.local.family);
	return 0;
}
