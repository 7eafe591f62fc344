/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What is read without a private key is written as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct reader r = tl_reader(tl_bytes(data, n));
	uint8_t room[IDENTITY_WIRE_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct identity id;

	tl_read_identity(&r, &id);
	if (!tl_reader_ok(&r))
		return 0;
	tl_assert(n - r.rest.n ==
		  (id.has_priv ? IDENTITY_WIRE_SECRET_LEN : IDENTITY_WIRE_LEN));
	tl_write_identity(&w, &id);
	tl_assert(tl_writer_ok(&w) && w.n == IDENTITY_WIRE_LEN);
	tl_assert(memcmp(room, data, IDENTITY_WIRE_LEN - 1) == 0);
	return 0;
}
