/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of the service: what can be read can be written and read again. */
#include "rpc/proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	struct rpc_reply got, again;
	uint8_t room[RPC_REPLY_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_rpc_read_reply(&r, &got);
	if (!tl_reader_done(&r))
		return 0;
	tl_rpc_write_reply(&w, &got);
	tl_assert(tl_writer_ok(&w));
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_reply(&r, &again);
	tl_assert(tl_reader_done(&r) && again.status == got.status);
	tl_assert(again.local.port == got.local.port);
	tl_assert(tl_bytes_equal(again.opt, got.opt));
	return 0;
}
