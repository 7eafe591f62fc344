/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of ownership: what parses is written and read the same. */
#include "wire/ownership.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct identity *find(void *ctx, struct address addr)
{
	static struct identity signer;

	signer.addr = addr;
	return ctx ? &signer : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ownership first, again;
	static uint8_t room[OWNERSHIP_WIRE_MAX];
	struct reader r = tl_reader(tl_bytes(data, size));
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct keyring keys = { find, room };
	struct address missing;

	tl_read_ownership(&r, &first);
	if (!tl_reader_ok(&r))
		return 0;
	tl_write_ownership(&w, &first);
	tl_assert(tl_writer_ok(&w));
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_ownership(&r, &again);
	tl_assert(tl_reader_done(&r));
	/* What was not of the known type is read back as a bad signature. */
	tl_assert(tl_ownership_equal(&first, &again) || !first.seal.present);
	/* Nobody has the key of all zeroes. */
	tl_assert(tl_ownership_verify(&first, &keys, &missing) ==
		  CREDENTIAL_INVALID);
	return 0;
}
