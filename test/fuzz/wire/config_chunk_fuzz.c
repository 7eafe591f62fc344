/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks and requests: offsets hold, and nothing forged verifies. */
#include "wire/config_chunk.h"
#include "wire/config_request.h"
#include "wire/netconf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_request(struct bytes payload)
{
	struct reader r = tl_reader(payload);
	struct config_metadata m;
	struct config_request q;

	tl_read_config_request(&r, &q);
	if (tl_reader_ok(&r))
		tl_config_metadata_parse(&m, q.metadata);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t nobody[IDENTITY_PUB_LEN];
	struct reader r = tl_reader(tl_bytes(data, size));
	struct config_chunk chunk;

	try_request(tl_bytes(data, size));
	tl_read_config_chunk(&r, 1, &chunk);
	if (!tl_reader_ok(&r))
		return 0;
	tl_assert(chunk.data.n > 0 && chunk.total < NETCONF_DICT_MAX);
	tl_assert((uint64_t)chunk.offset + chunk.data.n <= chunk.total);
	tl_assert(chunk.whole.n <= size);
	tl_assert(chunk.signed_part.n <= chunk.whole.n);
	tl_assert(!tl_config_chunk_verify(&chunk, nobody));
	return 0;
}
