/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/revocation.h"

#include <string.h>

#define SIGNING_LEN 69

static void write_body(struct writer *w, const struct revocation *rev)
{
	tl_write_be32(w, rev->reserved[0]);
	tl_write_be32(w, rev->id);
	tl_write_be64(w, rev->network.v);
	tl_write_be32(w, rev->reserved[1]);
	tl_write_be32(w, rev->credential_id);
	tl_write_be64(w, (uint64_t)rev->threshold);
	tl_write_be64(w, rev->flags);
	tl_write_address(w, rev->target);
	tl_write_address(w, rev->seal.signed_by);
	tl_write_u8(w, rev->credential_type);
}

void tl_read_revocation(struct reader *r, struct revocation *out)
{
	memset(out, 0, sizeof(*out));
	out->reserved[0] = tl_read_be32(r);
	out->id = tl_read_be32(r);
	out->network.v = tl_read_be64(r);
	out->reserved[1] = tl_read_be32(r);
	out->credential_id = tl_read_be32(r);
	out->threshold = (int64_t)tl_read_be64(r);
	out->flags = tl_read_be64(r);
	out->target = tl_read_address(r);
	out->seal.signed_by = tl_read_address(r);
	out->credential_type = tl_read_u8(r);
	tl_read_signature_block(r, &out->seal.present, &out->seal.signature);
	tl_read_skip_extra(r);
}

void tl_write_revocation(struct writer *w, const struct revocation *rev)
{
	write_body(w, rev);
	tl_write_signature_block(w, rev->seal.present, &rev->seal.signature);
	tl_write_be16(w, 0);
}

void tl_write_revocation_signing(struct writer *w, const struct revocation *rev)
{
	tl_write_signing_marker(w);
	write_body(w, rev);
	tl_write_be16(w, 0);
	tl_write_signing_marker(w);
}

void tl_revocation_sign(struct revocation *rev,
			const struct identity *controller)
{
	uint8_t message[SIGNING_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(message));

	/* The signer's address is signed, too. */
	rev->seal.signed_by = controller->addr;
	tl_write_revocation_signing(&w, rev);
	tl_seal_make(&rev->seal, controller, tl_writer_bytes(&w));
}

enum credential_verdict tl_revocation_verify(const struct revocation *rev,
					     const struct keyring *keys,
					     struct address *missing)
{
	uint8_t message[SIGNING_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(message));

	tl_write_revocation_signing(&w, rev);
	return tl_seal_check(&rev->seal, rev->network, tl_writer_bytes(&w),
			     keys, missing);
}

bool tl_revocation_equal(const struct revocation *a, const struct revocation *b)
{
	return a->reserved[0] == b->reserved[0] && a->id == b->id &&
	       tl_network_id_equal(a->network, b->network) &&
	       a->reserved[1] == b->reserved[1] &&
	       a->credential_id == b->credential_id &&
	       a->threshold == b->threshold && a->flags == b->flags &&
	       tl_address_equal(a->target, b->target) &&
	       a->credential_type == b->credential_type &&
	       tl_seal_equal(&a->seal, &b->seal);
}
