/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tag.h"

#include <string.h>

#define SIGNING_LEN 52

static void write_body(struct writer *w, const struct tag *tag)
{
	tl_write_be64(w, tag->network.v);
	tl_write_be64(w, (uint64_t)tag->timestamp);
	tl_write_be32(w, tag->id);
	tl_write_be32(w, tag->value);
	tl_write_address(w, tag->issued_to);
	tl_write_address(w, tag->seal.signed_by);
}

void tl_read_tag(struct reader *r, struct tag *out)
{
	memset(out, 0, sizeof(*out));
	out->network.v = tl_read_be64(r);
	out->timestamp = (int64_t)tl_read_be64(r);
	out->id = tl_read_be32(r);
	out->value = tl_read_be32(r);
	out->issued_to = tl_read_address(r);
	out->seal.signed_by = tl_read_address(r);
	tl_read_signature_block(r, &out->seal.present, &out->seal.signature);
	tl_read_skip_extra(r);
}

void tl_write_tag(struct writer *w, const struct tag *tag)
{
	write_body(w, tag);
	tl_write_signature_block(w, tag->seal.present, &tag->seal.signature);
	tl_write_be16(w, 0);
}

void tl_write_tag_signing(struct writer *w, const struct tag *tag)
{
	tl_write_signing_marker(w);
	write_body(w, tag);
	tl_write_be16(w, 0);
	tl_write_signing_marker(w);
}

void tl_tag_sign(struct tag *tag, const struct identity *controller)
{
	uint8_t message[SIGNING_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(message));

	/* The signer's address is signed, too. */
	tag->seal.signed_by = controller->addr;
	tl_write_tag_signing(&w, tag);
	tl_seal_make(&tag->seal, controller, tl_writer_bytes(&w));
}

enum credential_verdict tl_tag_verify(const struct tag *tag,
				      const struct keyring *keys,
				      struct address *missing)
{
	uint8_t message[SIGNING_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(message));

	tl_write_tag_signing(&w, tag);
	return tl_seal_check(&tag->seal, tag->network, tl_writer_bytes(&w),
			     keys, missing);
}

bool tl_tag_equal(const struct tag *a, const struct tag *b)
{
	return tl_network_id_equal(a->network, b->network) &&
	       a->timestamp == b->timestamp && a->id == b->id &&
	       a->value == b->value &&
	       tl_address_equal(a->issued_to, b->issued_to) &&
	       tl_seal_equal(&a->seal, &b->seal);
}
