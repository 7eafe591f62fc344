/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/kbkdf.h"

#include "crypto/hash.h"
#include "vectors/vector.h"

static const char *const key_hex =
	"e10c416a9c11d222694673a38f1d210a76eb99f841390167a52885ce08f7abcd"
	"05033ee63289461bebb064957a21d8d7";

/* vl1.md B.3. */
TEST(kbkdf_makes_the_keys_of_suite_3)
{
	const uint8_t *key = tl_vector_unhex(key_hex).at;
	uint8_t out[KBKDF_OUT_LEN];

	tl_kbkdf(out, key, '0', 0, 0);
	CHECK_BYTES(TL_BYTES_OF(out),
		    tl_buffer_bytes(tl_vector_unhex(
			    "49ccae0cfc358666421f6e08c609c5f1"
			    "674b1af95bf6bac62ad221372b9f8774"
			    "78342b7061106e08b2ae42d3a18d7590")));
	tl_kbkdf(out, key, '1', 0, 0);
	CHECK_BYTES(TL_BYTES_OF(out),
		    tl_buffer_bytes(tl_vector_unhex(
			    "357092b8518ee94f63ee5b0c8ac7629d"
			    "380845c52f90c3df52b01fad1174174e"
			    "f36d9777114984a7fd16e891560ce6f7")));
}

TEST(kbkdf_is_hmac_of_its_message)
{
	struct buffer key = tl_vector_unhex(key_hex);
	uint8_t out[KBKDF_OUT_LEN];
	uint8_t want[KBKDF_OUT_LEN];

	tl_kbkdf(out, key.at, 'x', 7, 0x01020304);
	tl_hmac_sha384(
		want, tl_buffer_bytes(key),
		tl_buffer_bytes(tl_vector_unhex("010203045a5478000700000180")));
	CHECK_MEM(out, want, sizeof(want));
}
