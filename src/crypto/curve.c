/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/curve.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

void tl_x25519_public(uint8_t pub[X25519_LEN], const uint8_t scalar[X25519_LEN])
{
	int err = crypto_scalarmult_curve25519_base(pub, scalar);

	tl_assert(err == 0);
}

int tl_x25519_agree(uint8_t out[X25519_LEN], const uint8_t scalar[X25519_LEN],
		    const uint8_t pub[X25519_LEN])
{
	uint8_t shared[X25519_LEN];

	/* libsodium fails for an all-zero result and nothing else. */
	if (crypto_scalarmult_curve25519(shared, scalar, pub) != 0)
		return -EKEYREJECTED;
	memcpy(out, shared, sizeof(shared));
	tl_wipe(shared, sizeof(shared));
	return 0;
}

void tl_ed25519_public(uint8_t pub[ED25519_PUB_LEN],
		       const uint8_t seed[ED25519_SEED_LEN])
{
	uint8_t secret[crypto_sign_ed25519_SECRETKEYBYTES];

	crypto_sign_ed25519_seed_keypair(pub, secret, seed);
	tl_wipe(secret, sizeof(secret));
}

void tl_ed25519_sign(uint8_t signature[ED25519_SIGNATURE_LEN],
		     const uint8_t seed[ED25519_SEED_LEN],
		     const uint8_t pub[ED25519_PUB_LEN], struct bytes message)
{
	uint8_t secret[crypto_sign_ed25519_SECRETKEYBYTES];

	memcpy(secret, seed, ED25519_SEED_LEN);
	memcpy(secret + ED25519_SEED_LEN, pub, ED25519_PUB_LEN);
	crypto_sign_ed25519_detached(signature, NULL, message.at, message.n,
				     secret);
	tl_wipe(secret, sizeof(secret));
}

bool tl_ed25519_verify(const uint8_t signature[ED25519_SIGNATURE_LEN],
		       const uint8_t pub[ED25519_PUB_LEN], struct bytes message)
{
	return crypto_sign_ed25519_verify_detached(signature, message.at,
						   message.n, pub) == 0;
}
