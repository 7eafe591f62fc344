/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/credential.h"

#include <string.h>

#define SIGNATURE_TYPE 1

void tl_read_signature_block(struct reader *r, bool *present,
			     struct signature *out)
{
	unsigned int type = tl_read_u8(r);
	size_t len = tl_read_be16(r);

	memset(out, 0, sizeof(*out));
	*present = type == SIGNATURE_TYPE;
	if (!*present) {
		tl_read_skip(r, len);
		return;
	}
	if (len != SIGNATURE_LEN) {
		tl_reader_fail(r);
		return;
	}
	tl_read_copy(r, out->b, SIGNATURE_LEN);
}

void tl_write_signature_block(struct writer *w, bool present,
			      const struct signature *sig)
{
	tl_write_u8(w, SIGNATURE_TYPE);
	tl_write_be16(w, SIGNATURE_LEN);
	if (present)
		tl_write_bytes(w, TL_BYTES_OF(sig->b));
	else
		tl_write_zeroes(w, SIGNATURE_LEN);
}

void tl_write_signing_marker(struct writer *w)
{
	uint8_t marker[SIGNING_MARKER_LEN];

	memset(marker, 0x7f, sizeof(marker));
	tl_write_bytes(w, TL_BYTES_OF(marker));
}

void tl_read_skip_extra(struct reader *r)
{
	tl_read_skip(r, tl_read_be16(r));
}

enum credential_verdict tl_seal_check(const struct seal *seal,
				      struct network_id net,
				      struct bytes message,
				      const struct keyring *keys,
				      struct address *missing)
{
	struct address controller = tl_network_id_controller(net);
	const struct identity *signer;

	if (!seal->present || tl_address_is_reserved(controller) ||
	    !tl_address_equal(seal->signed_by, controller))
		return CREDENTIAL_INVALID;
	signer = keys->find(keys->ctx, controller);
	if (!signer) {
		*missing = controller;
		return CREDENTIAL_SIGNER_UNKNOWN;
	}
	if (!tl_signature_verify(&seal->signature, signer->pub, message))
		return CREDENTIAL_INVALID;
	return CREDENTIAL_VALID;
}

bool tl_seal_equal(const struct seal *a, const struct seal *b)
{
	return tl_address_equal(a->signed_by, b->signed_by) &&
	       a->present == b->present &&
	       (!a->present ||
		memcmp(a->signature.b, b->signature.b, SIGNATURE_LEN) == 0);
}

void tl_seal_make(struct seal *out, const struct identity *signer,
		  struct bytes message)
{
	out->signed_by = signer->addr;
	out->present = true;
	tl_identity_sign(&out->signature, signer, message);
}
