/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/curve.h"

#include <errno.h>

#include "vectors/vector.h"

static const uint8_t *unhex(const char *text)
{
	return tl_vector_unhex(text).at;
}

/* RFC 7748 6.1. */
TEST(curve_x25519_of_rfc_7748)
{
	const uint8_t *a = unhex("77076d0a7318a57d3c16c17251b26645"
				 "df4c2f87ebc0992ab177fba51db92c2a");
	uint8_t pub[X25519_LEN];
	uint8_t again[X25519_LEN];

	tl_x25519_public(pub, a);
	CHECK_MEM(pub,
		  unhex("8520f0098930a754748b7ddcb43ef75a"
			"0dbf3a0d26381af4eba4a98eaa9b4e6a"),
		  32);
	CHECK_EQ(tl_x25519_agree(again, a,
				 unhex("de9edb7d7b7dc1b4d35b61c2ece43537"
				       "3f8343c85b78674dadfc7e146f882b4f")),
		 0);
	CHECK_MEM(again,
		  unhex("4a5d9d5ba4ce2de1728e3bf480350f25"
			"e07e21c947d19e3376f09b3c1e161742"),
		  32);
}

TEST(curve_x25519_clamps_when_used)
{
	uint8_t scalar[X25519_LEN];
	uint8_t clamped[X25519_LEN];
	uint8_t a[X25519_LEN];
	uint8_t b[X25519_LEN];

	memset(scalar, 0xff, sizeof(scalar));
	memcpy(clamped, scalar, sizeof(clamped));
	clamped[0] &= 0xf8;
	clamped[31] &= 0x7f;
	tl_x25519_public(a, scalar);
	tl_x25519_public(b, clamped);
	CHECK_MEM(a, b, X25519_LEN);
	CHECK_EQ(tl_x25519_agree(a, scalar, b), 0);
	CHECK_EQ(tl_x25519_agree(b, clamped, b), 0);
	CHECK_MEM(a, b, X25519_LEN);
}

TEST(curve_x25519_refuses_low_order_and_writes_nothing)
{
	static const char *const points[] = {
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		"01000000000000000000000000000000000000000000000000000000000000"
		"00",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b8"
		"00",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11"
		"57",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
	};
	uint8_t scalar[X25519_LEN];
	uint8_t out[X25519_LEN] = { 0x5a };

	memset(scalar, 0x42, sizeof(scalar));
	for (size_t i = 0; i < TL_ARRAY_SIZE(points); i++) {
		CHECK_EQ(tl_x25519_agree(out, scalar, unhex(points[i])),
			 -EKEYREJECTED);
		CHECK_EQ(out[0], 0x5a);
	}
}

/* RFC 8032 7.1, test 2. */
TEST(curve_ed25519_of_rfc_8032)
{
	const uint8_t *seed = unhex("4ccd089b28ff96da9db6c346ec114e0f"
				    "5b8a319f35aba624da8cf6ed4fb8a6fb");
	const uint8_t message[] = { 0x72 };
	uint8_t pub[ED25519_PUB_LEN];
	uint8_t signature[ED25519_SIGNATURE_LEN];

	tl_ed25519_public(pub, seed);
	CHECK_MEM(pub,
		  unhex("3d4017c3e843895a92b70aa74d1b7ebc"
			"9c982ccf2ec4968cc0cd55f12af4660c"),
		  32);
	tl_ed25519_sign(signature, seed, pub, TL_BYTES_OF(message));
	CHECK_MEM(signature,
		  unhex("92a009a9f0d4cab8720e820b5f642540"
			"a2b27b5416503f8fb3762223ebdb69da"
			"085ac1e43e15996e458f3613d0f11d8c"
			"387b2eaeb4302aeeb00d291612bb0c00"),
		  64);
	CHECK(tl_ed25519_verify(signature, pub, TL_BYTES_OF(message)));
}

TEST(curve_ed25519_notices_every_changed_byte)
{
	uint8_t seed[ED25519_SEED_LEN] = { 1, 2, 3 };
	uint8_t message[] = "a message";
	uint8_t pub[ED25519_PUB_LEN];
	uint8_t signature[ED25519_SIGNATURE_LEN];

	tl_ed25519_public(pub, seed);
	tl_ed25519_sign(signature, seed, pub, TL_BYTES_OF(message));
	for (size_t i = 0; i < sizeof(signature); i++) {
		signature[i] ^= 1;
		CHECK(!tl_ed25519_verify(signature, pub, TL_BYTES_OF(message)));
		signature[i] ^= 1;
	}
	for (size_t i = 0; i < sizeof(message); i++) {
		message[i] ^= 1;
		CHECK(!tl_ed25519_verify(signature, pub, TL_BYTES_OF(message)));
		message[i] ^= 1;
	}
	CHECK(tl_ed25519_verify(signature, pub, TL_BYTES_OF(message)));
}
