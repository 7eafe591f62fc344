/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of membership: what parses is written and read the same. */
#include "wire/com.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct identity *find(void *ctx, struct address addr)
{
	static struct identity signer;

	signer.addr = addr;
	return ctx ? &signer : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct com first, again;
	static uint8_t room[COM_WIRE_MAX];
	struct reader r = tl_reader(tl_bytes(data, size));
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct keyring keys = { find, room };
	struct address missing;

	tl_read_com(&r, &first);
	if (!tl_reader_ok(&r))
		return 0;
	tl_write_com(&w, &first);
	tl_assert(tl_writer_ok(&w));
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_com(&r, &again);
	tl_assert(tl_reader_done(&r));
	tl_assert(tl_com_equal(&first, &again));
	/* Nobody has the key of all zeroes. */
	tl_assert(tl_com_verify(&first, &keys, &missing) == CREDENTIAL_INVALID);
	return 0;
}
