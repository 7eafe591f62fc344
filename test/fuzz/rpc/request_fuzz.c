/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of programs: what can be read can be written and read again. */
#include "rpc/proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	struct rpc_request got, again;
	uint8_t room[RPC_REQUEST_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_rpc_read_request(&r, &got);
	if (!tl_reader_done(&r))
		return 0;
	tl_rpc_write_request(&w, &got);
	tl_assert(tl_writer_ok(&w));
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_request(&r, &again);
	tl_assert(tl_reader_done(&r) && again.op == got.op);
	tl_assert(tl_bytes_equal(again.opt, got.opt));
	return 0;
}
