/* SPDX-License-Identifier: Apache-2.0 */
/* tag.h - numbers that a controller attaches to members (vl2.md 6.3) */
#ifndef TL_WIRE_TAG_H
#define TL_WIRE_TAG_H

#include "wire/credential.h"

#define TAG_WIRE_LEN 135

/* A value; @seal.signed_by is the controller. */
struct tag {
	struct network_id network;
	int64_t timestamp;
	uint32_t id;
	uint32_t value;
	struct address issued_to;
	struct seal seal;
};

/* Fails @r if malformed; @out is then undefined. Extra bytes are skipped. */
void tl_read_tag(struct reader *r, struct tag *out);
void tl_write_tag(struct writer *w, const struct tag *tag);
void tl_write_tag_signing(struct writer *w, const struct tag *tag);

void tl_tag_sign(struct tag *tag, const struct identity *controller);
TL_MUST_USE enum credential_verdict tl_tag_verify(const struct tag *tag,
						  const struct keyring *keys,
						  struct address *missing);

/* Byte for byte, extra bytes aside. */
bool tl_tag_equal(const struct tag *a, const struct tag *b);

#endif /* TL_WIRE_TAG_H */
