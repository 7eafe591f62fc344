/* SPDX-License-Identifier: Apache-2.0 */
/* What the service says of a datagram that did not arrive. */
#include "rpc/proto.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	struct rpc_queued_error got, again;
	uint8_t room[RPC_OPT_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_rpc_read_queued_error(&r, &got);
	if (!tl_reader_done(&r) || got.payload.n > RPC_QUEUED_PAYLOAD_MAX)
		return 0;
	tl_rpc_write_queued_error(&w, &got);
	tl_assert(tl_writer_ok(&w) && w.n == size);
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_queued_error(&r, &again);
	tl_assert(tl_reader_done(&r) && again.error == got.error &&
		  again.payload.n == got.payload.n);
	return 0;
}
