/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credential.h - what all credentials of a network have in common (vl2.md 6.1)
 *
 * A credential is a value: a statement by a network's controller about one
 * member, with a signature. Parsing never checks the signature and verifying
 * never looks at the time; both are the caller's to combine.
 */
#ifndef TL_WIRE_CREDENTIAL_H
#define TL_WIRE_CREDENTIAL_H

#include "wire/identity.h"

/* Codes as on the wire (vl2.md 6.1). */
enum credential_type {
	CREDENTIAL_NULL = 0,
	CREDENTIAL_COM = 1,
	CREDENTIAL_CAPABILITY = 2,
	CREDENTIAL_TAG = 3,
	CREDENTIAL_OWNERSHIP = 4,
	CREDENTIAL_REVOCATION = 6,
};

enum credential_verdict {
	CREDENTIAL_VALID,
	CREDENTIAL_INVALID,
	CREDENTIAL_SIGNER_UNKNOWN, /* ask for the identity, then try again */
};

/**
 * struct keyring - Where signers' identities come from
 * @find:	the validated identity of @addr, borrowed, or NULL if not known
 * @ctx:	handed to @find
 */
struct keyring {
	const struct identity *(*find)(void *ctx, struct address addr);
	void *ctx;
};

/* Length of a signature block, and of the empty extra field behind it. */
#define SIGNATURE_BLOCK_LEN (3 + SIGNATURE_LEN)
#define SIGNING_MARKER_LEN 8

/**
 * struct seal - Who signed, and the signature if there is one
 * @signed_by:	claims to have signed; zero: nobody
 * @present:	whether @signature was there and of the known type
 */
struct seal {
	struct address signed_by;
	bool present;
	struct signature signature;
};

/* "Signature block": type, length, bytes. Fails @r if of impossible length.
 * Other types are skipped: @present is then false. */
void tl_read_signature_block(struct reader *r, bool *present,
			     struct signature *out);

/* Zeroes in the place of a signature that is not there. */
void tl_write_signature_block(struct writer *w, bool present,
			      const struct signature *sig);

/* The eight bytes that open and close a signing form. */
void tl_write_signing_marker(struct writer *w);

/* The length-prefixed extra bytes at the end of most credentials. */
void tl_read_skip_extra(struct reader *r);

/**
 * tl_seal_check() - Did @net's controller sign @message?
 * @missing:	whose identity to ask for, set with CREDENTIAL_SIGNER_UNKNOWN
 */
TL_MUST_USE enum credential_verdict tl_seal_check(const struct seal *seal,
						  struct network_id net,
						  struct bytes message,
						  const struct keyring *keys,
						  struct address *missing);

bool tl_seal_equal(const struct seal *a, const struct seal *b);

/* Sign @message as @signer, which needs its private key. */
void tl_seal_make(struct seal *out, const struct identity *signer,
		  struct bytes message);

#endif /* TL_WIRE_CREDENTIAL_H */
