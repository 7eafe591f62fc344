/* SPDX-License-Identifier: Apache-2.0 */
/* NETWORK_CREDENTIALS: a walk ends, and what it finds can be written. */
#include "wire/credentials_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_one(const struct credential *c)
{
	static uint8_t room[CAPABILITY_WIRE_MAX + 16];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct credential_set set = { .com = NULL };

	switch (c->type) {
	case CREDENTIAL_COM:
		set.com = &c->com;
		break;
	case CREDENTIAL_CAPABILITY:
		set.capabilities = &c->capability;
		set.n_capabilities = 1;
		break;
	case CREDENTIAL_TAG:
		set.tags = &c->tag;
		set.n_tags = 1;
		break;
	case CREDENTIAL_REVOCATION:
		set.revocations = &c->revocation;
		set.n_revocations = 1;
		break;
	default:
		tl_assert(c->type == CREDENTIAL_OWNERSHIP);
		set.ownerships = &c->ownership;
		set.n_ownerships = 1;
	}
	tl_assert(tl_write_credentials(&w, &set));
	tl_assert(tl_credential_set_is_empty(&set));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct credential c;
	struct credentials_parser p =
		tl_credentials_parser(tl_bytes(data, size));
	size_t n = 0;

	while (tl_credentials_next(&p, &c)) {
		write_one(&c);
		n++;
	}
	/* The smallest is a certificate without qualifiers. */
	tl_assert(n <= size / 8);
	tl_assert(!tl_credentials_next(&p, &c));
	return 0;
}
