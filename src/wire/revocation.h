/* SPDX-License-Identifier: Apache-2.0 */
/* revocation.h - credentials declared void before their time (vl2.md 6.6) */
#ifndef TL_WIRE_REVOCATION_H
#define TL_WIRE_REVOCATION_H

#include "wire/credential.h"

#define REVOCATION_WIRE_LEN 152
#define REVOCATION_FAST_PROPAGATE 0x1

/**
 * struct revocation - Credentials of @target up to @threshold are void
 * @id:		arbitrary
 * @credential_type: an enum credential_type, or anything else as it came
 * @credential_id: which credential of that type; 0 for COMs
 * @reserved:	two fields without meaning, covered by the signature
 */
struct revocation {
	uint32_t id;
	struct network_id network;
	uint32_t credential_id;
	int64_t threshold;
	uint64_t flags;
	struct address target;
	uint8_t credential_type;
	uint32_t reserved[2];
	struct seal seal;
};

/* Fails @r if malformed; @out is then undefined. Extra bytes are skipped. */
void tl_read_revocation(struct reader *r, struct revocation *out);
void tl_write_revocation(struct writer *w, const struct revocation *rev);
void tl_write_revocation_signing(struct writer *w,
				 const struct revocation *rev);

void tl_revocation_sign(struct revocation *rev,
			const struct identity *controller);
TL_MUST_USE enum credential_verdict
tl_revocation_verify(const struct revocation *rev, const struct keyring *keys,
		     struct address *missing);

bool tl_revocation_equal(const struct revocation *a,
			 const struct revocation *b);

#endif /* TL_WIRE_REVOCATION_H */
