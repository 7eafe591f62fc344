/* SPDX-License-Identifier: Apache-2.0 */
/* What a program says of whom it wants to hear in a group. */
#include "rpc/filter.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	uint8_t room[RPC_FILTER_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	static struct rpc_filter got;
	static struct rpc_filter again;

	tl_rpc_read_filter(&r, &got);
	tl_assert(got.n <= FILTER_SOURCES_MAX);
	if (!tl_reader_done(&r))
		return 0;
	tl_rpc_write_filter(&w, &got);
	tl_assert(tl_writer_ok(&w) && w.n == size);
	/* What an address does not need may be anything. */
	r = tl_reader(tl_writer_bytes(&w));
	tl_rpc_read_filter(&r, &again);
	tl_assert(tl_reader_done(&r));
	tl_assert(memcmp(&got, &again, sizeof(got)) == 0);
	return 0;
}
