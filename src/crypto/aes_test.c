/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aes.h"

#include "vectors/vector.h"

static const uint8_t key[AES_KEY_LEN] = { 9, 8, 7, 6, 5, 4, 3, 2, 1 };

/* FIPS 197 C.3. */
TEST(aes_of_fips_197)
{
	uint8_t block[AES_BLOCK_LEN];
	uint8_t counting[AES_KEY_LEN];
	struct aes aes;

	for (uint8_t i = 0; i < sizeof(counting); i++)
		counting[i] = i;
	tl_aes_init(&aes, counting);
	tl_aes_encrypt(&aes, block,
		       tl_vector_unhex("00112233445566778899aabbccddeeff").at);
	CHECK_MEM(block, tl_vector_unhex("8ea2b7ca516745bfeafc49904b496089").at,
		  AES_BLOCK_LEN);
	tl_aes_decrypt(&aes, block, block);
	CHECK_MEM(block, tl_vector_unhex("00112233445566778899aabbccddeeff").at,
		  AES_BLOCK_LEN);
}

/* Each block of the stream is the encryption of its own counter block. */
static void check_stream(const uint8_t first[AES_BLOCK_LEN], size_t n)
{
	uint8_t stream[40 * AES_BLOCK_LEN] = { 0 };
	struct aes aes;

	CHECK(n <= sizeof(stream));
	tl_aes_init(&aes, key);
	tl_aes_ctr(&aes, first, tl_buffer(stream, n));
	for (size_t at = 0; at < n; at += AES_BLOCK_LEN) {
		uint8_t block[AES_BLOCK_LEN];

		memcpy(block, first, AES_BLOCK_LEN);
		tl_store_be32(block + 12, tl_load_be32(first + 12) +
						  (uint32_t)at / AES_BLOCK_LEN);
		tl_aes_encrypt(&aes, block, block);
		CHECK_MEM(stream + at, block,
			  TL_MIN((size_t)AES_BLOCK_LEN, n - at));
	}
	for (size_t at = n; at < sizeof(stream); at++)
		CHECK_EQ(stream[at], 0);
}

TEST(aes_ctr_of_every_length)
{
	uint8_t first[AES_BLOCK_LEN] = { 1, 2, 3 };

	for (size_t n = 0; n < 600; n++)
		check_stream(first, n);
}

TEST(aes_ctr_wraps_without_a_carry)
{
	uint8_t first[AES_BLOCK_LEN] = { 0 };

	memset(first + 8, 0xff, 8);
	for (size_t n = 0; n < 200; n++)
		check_stream(first, n);
	first[15] = 0xfd;
	check_stream(first, 600);
}

TEST(aes_gmac_of_head_and_data_is_that_of_both)
{
	uint8_t data[100];
	uint8_t iv[GMAC_IV_LEN] = { 3, 1, 4 };
	uint8_t whole[AES_BLOCK_LEN];
	uint8_t parts[AES_BLOCK_LEN];
	struct gmac gmac;

	for (uint8_t i = 0; i < sizeof(data); i++)
		data[i] = i;
	tl_gmac_init(&gmac, key);
	tl_gmac(&gmac, whole, iv, tl_bytes(NULL, 0), TL_BYTES_OF(data));
	for (size_t head = 0; head < sizeof(data); head += AES_BLOCK_LEN) {
		tl_gmac(&gmac, parts, iv, tl_bytes(data, head),
			tl_bytes_skip(TL_BYTES_OF(data), head));
		CHECK_MEM(parts, whole, AES_BLOCK_LEN);
	}
	data[99] ^= 1;
	tl_gmac(&gmac, parts, iv, tl_bytes(NULL, 0), TL_BYTES_OF(data));
	CHECK(memcmp(parts, whole, AES_BLOCK_LEN) != 0);
}
