/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/poly1305.h"

#include "vectors/vector.h"

/* vl1.md B.2. */
TEST(poly1305_of_hello_world)
{
	uint8_t tag[POLY1305_TAG_LEN];

	tl_poly1305(tag,
		    tl_vector_unhex("746869732069732033322d6279746520"
				    "6b657920666f7220506f6c7931333035")
			    .at,
		    tl_bytes_from_str("Hello world!"));
	CHECK_BYTES(TL_BYTES_OF(tag),
		    tl_buffer_bytes(tl_vector_unhex(
			    "a6f745008f81c916a20dcc74eef2b2f0")));
}

/* With r = 0 the tag is s, whatever the message (RFC 8439 A.3, test 2). */
TEST(poly1305_of_a_zero_key_half_is_the_other)
{
	uint8_t key[POLY1305_KEY_LEN] = { 0 };
	uint8_t tag[POLY1305_TAG_LEN];

	for (uint8_t i = 0; i < 16; i++)
		key[16 + i] = i;
	tl_poly1305(tag, key, tl_bytes_from_str("anything"));
	CHECK_MEM(tag, key + 16, POLY1305_TAG_LEN);
	tl_poly1305(tag, key, tl_bytes(NULL, 0));
	CHECK_MEM(tag, key + 16, POLY1305_TAG_LEN);
}
