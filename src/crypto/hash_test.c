/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash.h"

#include "vectors/vector.h"

/* FIPS 180-4 examples: "abc". */
TEST(hash_sha512_of_abc)
{
	uint8_t out[SHA512_LEN];

	tl_sha512(out, tl_bytes_from_str("abc"));
	CHECK_BYTES(TL_BYTES_OF(out),
		    tl_buffer_bytes(tl_vector_unhex(
			    "ddaf35a193617abacc417349ae204131"
			    "12e6fa4e89a97ea20a9eeee64b55d39a"
			    "2192992a274fc1a836ba3c23a3feebbd"
			    "454d4423643ce80e2a9ac94fa54ca49f")));
}

TEST(hash_sha384_of_abc)
{
	uint8_t out[SHA384_LEN];

	tl_sha384(out, tl_bytes_from_str("abc"));
	CHECK_BYTES(TL_BYTES_OF(out),
		    tl_buffer_bytes(tl_vector_unhex(
			    "cb00753f45a35e8bb5a03d699ac65007"
			    "272c32ab0eded1631a8b605a43ff5bed"
			    "8086072ba1e7cc2358baeca134c825a7")));
}

TEST(hash_of_nothing)
{
	uint8_t out[SHA512_LEN];

	tl_sha512(out, tl_bytes(NULL, 0));
	CHECK_EQ(tl_load_be64(out), 0xcf83e1357eefb8bd);
	tl_sha384(out, tl_bytes(NULL, 0));
	CHECK_EQ(tl_load_be64(out), 0x38b060a751ac9638);
}

/* RFC 4231, test case 2. */
TEST(hash_hmac_sha384_of_rfc_4231)
{
	uint8_t out[SHA384_LEN];

	tl_hmac_sha384(out, tl_bytes_from_str("Jefe"),
		       tl_bytes_from_str("what do ya want for nothing?"));
	CHECK_BYTES(TL_BYTES_OF(out),
		    tl_buffer_bytes(tl_vector_unhex(
			    "af45d2e376484031617f78d2b58a6b1b"
			    "9c7ef464f5a01b47e42ec3736322445e"
			    "8e2240ca5e69e2c78b3239ecfab21649")));
}

TEST(hash_hmac_with_a_key_longer_than_a_block)
{
	uint8_t key[200];
	uint8_t hashed[SHA384_LEN];
	uint8_t a[SHA384_LEN];
	uint8_t b[SHA384_LEN];

	memset(key, 0xaa, sizeof(key));
	tl_sha384(hashed, TL_BYTES_OF(key));
	tl_hmac_sha384(a, TL_BYTES_OF(key), tl_bytes_from_str("text"));
	tl_hmac_sha384(b, TL_BYTES_OF(hashed), tl_bytes_from_str("text"));
	CHECK_MEM(a, b, SHA384_LEN);
}
