/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of datagrams, and accept records, which are as long. */
#include "rpc/proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	struct rpc_datagram got, again;
	struct rpc_accept accept;
	uint8_t room[RPC_DATAGRAM_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_rpc_read_accept(&r, &accept);
	r = tl_reader(tl_bytes(data, size));
	tl_rpc_read_datagram(&r, &got);
	if (!tl_reader_ok(&r))
		return 0;
	tl_rpc_write_datagram(&w, &got);
	tl_assert(tl_writer_ok(&w) && w.n == sizeof(room));
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_datagram(&r, &again);
	tl_assert(tl_reader_done(&r) && again.error == got.error);
	tl_assert(again.peer.port == got.peer.port);
	return 0;
}
