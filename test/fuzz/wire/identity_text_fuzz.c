/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What parses is printed and parses again as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct identity id;
	struct identity again;
	char text[IDENTITY_TEXT_SIZE];
	int err;

	if (tl_identity_parse(&id, tl_bytes(data, n)) != 0)
		return 0;
	tl_assert(!tl_address_is_reserved(id.addr));
	tl_identity_print(text, &id, id.has_priv);
	tl_assert(strlen(text) < IDENTITY_TEXT_SIZE);
	err = tl_identity_parse(&again, tl_bytes_from_str(text));
	tl_assert(err == 0);
	tl_assert(tl_identity_equal(&id, &again));
	tl_assert(id.has_priv == again.has_priv);
	tl_assert(memcmp(id.priv, again.priv, IDENTITY_PRIV_LEN) == 0);
	return 0;
}
