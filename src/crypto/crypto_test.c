/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crypto.h"

#include "crypto/curve.h"
#include "crypto/poly1305.h"
#include "vectors/vector.h"

/* Results of every length, to be compared before and after. */
static void poly1305_of_all_lengths(uint8_t tags[600][POLY1305_TAG_LEN])
{
	uint8_t key[POLY1305_KEY_LEN];
	uint8_t message[600];

	memset(key, 0xfe, sizeof(key));
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)(255 - i % 3);
	for (size_t n = 0; n < 600; n++)
		tl_poly1305(tags[n], key, tl_bytes(message, n));
}

TEST(crypto_init_changes_no_result)
{
	static uint8_t before[600][POLY1305_TAG_LEN];
	static uint8_t after[600][POLY1305_TAG_LEN];
	uint8_t scalar[X25519_LEN] = { 1, 2, 3 };
	uint8_t pub[2][X25519_LEN];
	uint8_t shared[2][X25519_LEN];

	poly1305_of_all_lengths(before);
	tl_x25519_public(pub[0], scalar);
	CHECK_EQ(tl_x25519_agree(shared[0], scalar, pub[0]), 0);

	CHECK_EQ(tl_crypto_init(), 0);
	poly1305_of_all_lengths(after);
	tl_x25519_public(pub[1], scalar);
	CHECK_EQ(tl_x25519_agree(shared[1], scalar, pub[0]), 0);
	CHECK_MEM(before, after, sizeof(before));
	CHECK_MEM(pub[0], pub[1], X25519_LEN);
	CHECK_MEM(shared[0], shared[1], X25519_LEN);
}

TEST(crypto_init_may_be_called_again)
{
	CHECK_EQ(tl_crypto_init(), 0);
	CHECK_EQ(tl_crypto_init(), 0);
}
