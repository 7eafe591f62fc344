/* SPDX-License-Identifier: Apache-2.0 */
/* What an earlier worker has written: what can be read is written the same. */
#include "sockets/kept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t room[KEEP_BLOB_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct kept_socket got, again;
	int err = tl_kept_parse(&got, tl_bytes(data, size));

	if (err)
		return 0;
	tl_kept_build(&w, &got);
	tl_assert(tl_writer_ok(&w));
	tl_assert(tl_kept_parse(&again, tl_writer_bytes(&w)) == 0);
	tl_assert(again.kind == got.kind && again.n_groups == got.n_groups);
	tl_assert(w.n == size);
	return 0;
}
