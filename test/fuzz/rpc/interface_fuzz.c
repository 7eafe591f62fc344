/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces in replies: what can be read can be written and read again. */
#include "rpc/proto.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	struct rpc_interface got, again;
	uint8_t room[RPC_OPT_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_rpc_read_interface(&r, &got);
	if (!tl_reader_done(&r))
		return 0;
	tl_rpc_write_interface(&w, &got);
	tl_assert(tl_writer_ok(&w) && w.n == size);
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_interface(&r, &again);
	tl_assert(tl_reader_done(&r) && memcmp(&got, &again, sizeof(got)) == 0);
	return 0;
}
