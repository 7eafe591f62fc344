/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curve.h - X25519 and Ed25519 (RFC 7748, RFC 8032)
 *
 * Secret scalars are kept as they were drawn and clamped when they are used.
 * Everything here is constant in time but verification, which knows no secret.
 */
#ifndef TL_CRYPTO_CURVE_H
#define TL_CRYPTO_CURVE_H

#include "base/bytes.h"

#define X25519_LEN 32 /* scalar, public key and result */
#define ED25519_SEED_LEN 32
#define ED25519_PUB_LEN 32
#define ED25519_SIGNATURE_LEN 64

void tl_x25519_public(uint8_t pub[X25519_LEN],
		      const uint8_t scalar[X25519_LEN]);

/**
 * tl_x25519_agree() - Compute the secret shared with the owner of a public key
 *
 * Return: 0, or -EKEYREJECTED if @pub is of low order, so that the result would
 * be zero for everybody; @out is written only on success.
 */
TL_MUST_USE int tl_x25519_agree(uint8_t out[X25519_LEN],
				const uint8_t scalar[X25519_LEN],
				const uint8_t pub[X25519_LEN]);

void tl_ed25519_public(uint8_t pub[ED25519_PUB_LEN],
		       const uint8_t seed[ED25519_SEED_LEN]);

/* @pub must be the public key of @seed: with another one, two signatures of one
 * message give the secret away. */
void tl_ed25519_sign(uint8_t signature[ED25519_SIGNATURE_LEN],
		     const uint8_t seed[ED25519_SEED_LEN],
		     const uint8_t pub[ED25519_PUB_LEN], struct bytes message);

/* False also for S not below the group order and for keys of low order. */
TL_MUST_USE bool
tl_ed25519_verify(const uint8_t signature[ED25519_SIGNATURE_LEN],
		  const uint8_t pub[ED25519_PUB_LEN], struct bytes message);

#endif /* TL_CRYPTO_CURVE_H */
