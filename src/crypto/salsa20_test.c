/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/salsa20.h"

#include "vectors/vector.h"

/* vl1.md B.2. */
static void begin(struct salsa20 *s, uint64_t block)
{
	tl_salsa20_init(s,
			tl_vector_unhex("0f62b5085bae0154a7fa4da0f34699ec"
					"3f92e5388bde3184d72a7dd02376c91c")
				.at,
			tl_vector_unhex("288ff65dc42b92f9").at, block);
}

TEST(salsa20_first_blocks)
{
	uint8_t block[SALSA20_BLOCK_LEN] = { 0 };
	struct salsa20 s;

	begin(&s, 0);
	tl_salsa20_20_xor(&s, TL_BUFFER_OF(block));
	CHECK_BYTES(TL_BYTES_OF(block),
		    tl_buffer_bytes(tl_vector_unhex(
			    "5e5e71f90199340304abb22a37b6625b"
			    "f883fb89ce3b21f54a10b81066ef87da"
			    "30b77699aa7379da595c77dd59542da2"
			    "08e5954f89e40eb7aa80a84a6176663f")));
	memset(block, 0, sizeof(block));
	begin(&s, 0);
	tl_salsa20_12_xor(&s, TL_BUFFER_OF(block));
	CHECK_BYTES(TL_BYTES_OF(block),
		    tl_buffer_bytes(tl_vector_unhex(
			    "99db33ad11ce0ccb3bfdbf8d0c181604"
			    "52d014cde989b4c411a559ff7c20a169"
			    "e6dc9909d816becedc4063ce07cea828"
			    "f44bf9b6c9a0a0b200e1b52af41859c5")));
}

TEST(salsa20_counts_blocks_across_calls)
{
	uint8_t whole[10 * SALSA20_BLOCK_LEN] = { 0 };
	uint8_t parts[10 * SALSA20_BLOCK_LEN] = { 0 };
	struct salsa20 s;

	begin(&s, 0);
	tl_salsa20_12_xor(&s, TL_BUFFER_OF(whole));
	begin(&s, 0);
	for (size_t at = 0; at < sizeof(parts); at += 2 * SALSA20_BLOCK_LEN)
		tl_salsa20_12_xor(&s,
				  tl_buffer(parts + at, 2 * SALSA20_BLOCK_LEN));
	CHECK_MEM(parts, whole, sizeof(whole));
}

TEST(salsa20_counter_has_64_bits)
{
	uint8_t two[2 * SALSA20_BLOCK_LEN] = { 0 };
	uint8_t one[SALSA20_BLOCK_LEN] = { 0 };
	struct salsa20 s;

	begin(&s, 0xffffffff);
	tl_salsa20_20_xor(&s, TL_BUFFER_OF(two));
	begin(&s, 0x100000000);
	tl_salsa20_20_xor(&s, TL_BUFFER_OF(one));
	CHECK_MEM(one, two + SALSA20_BLOCK_LEN, sizeof(one));
	begin(&s, 0);
	memset(one, 0, sizeof(one));
	tl_salsa20_20_xor(&s, TL_BUFFER_OF(one));
	CHECK(memcmp(one, two + SALSA20_BLOCK_LEN, sizeof(one)) != 0);
}

TEST(salsa20_of_nothing_is_nothing)
{
	struct salsa20 s;

	begin(&s, 5);
	tl_salsa20_12_xor(&s, tl_buffer(NULL, 0));
	tl_salsa20_20_xor(&s, tl_buffer(NULL, 0));
}
