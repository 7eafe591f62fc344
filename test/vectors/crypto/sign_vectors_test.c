/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/curve.h"
#include "crypto/hash.h"
#include "vectors/vector.h"

TEST(ed25519_signs_half_a_hash)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("sign"), "valid"), i,
			   item)
	{
		const uint8_t *seed = tl_vector_fixed(item, "ed25519_seed", 32);
		const uint8_t *pub =
			tl_vector_fixed(item, "ed25519_public", 32);
		const uint8_t *want = tl_vector_fixed(item, "signature", 96);
		uint8_t hash[SHA512_LEN];
		uint8_t derived[32];
		uint8_t signature[64];

		tl_ed25519_public(derived, seed);
		CHECK_MEM(derived, pub, 32);
		tl_sha512(hash, tl_vector_bytes(item, "message"));
		CHECK_MEM(hash, tl_vector_fixed(item, "sha512_of_message", 64),
			  64);
		CHECK_MEM(hash, want + 64, 32);
		tl_ed25519_sign(signature, seed, pub, tl_bytes(hash, 32));
		CHECK_MEM(signature, want, 64);
		CHECK(tl_ed25519_verify(signature, pub, tl_bytes(hash, 32)));
	}
}
