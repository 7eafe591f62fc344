/* SPDX-License-Identifier: Apache-2.0 */
#include "base/siphash.h"

#include "harness.h"

/* The paper's appendix A, and the first of its reference vectors. */
TEST(siphash_of_a_number_is_that_of_its_bytes)
{
	static const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const uint64_t k[2] = { 3, 4 };

	CHECK_EQ(tl_siphash_13_u64(k, 0x0102030405060708),
		 tl_siphash_13(k, TL_BYTES_OF(bytes)));
}

TEST(siphash_has_the_published_values)
{
	uint8_t key[16];
	uint8_t data[16];
	uint8_t i;

	for (i = 0; i < 16; i++)
		key[i] = data[i] = i;
	CHECK_EQ(tl_siphash_24(key, tl_bytes(data, 15)), 0xa129ca6149be45e5ULL);
	CHECK_EQ(tl_siphash_24(key, tl_bytes(data, 0)), 0x726fdb47dd0e0e31ULL);
	CHECK_EQ(tl_siphash_24(key, tl_bytes(data, 8)), 0x93f5f5799a932462ULL);
}
