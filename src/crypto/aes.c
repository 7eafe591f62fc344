/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aes.h"

#include <string.h>

#include <nettle/ctr.h>

/* Nettle hands the key schedule on as an untyped pointer. */
static void encrypt_blocks(const void *ctx, size_t n, uint8_t *dst,
			   const uint8_t *src)
{
	aes256_encrypt(ctx, n, dst, src);
}

void tl_aes_init(struct aes *aes, const uint8_t key[AES_KEY_LEN])
{
	aes256_set_encrypt_key(&aes->encrypt, key);
	aes256_invert_key(&aes->decrypt, &aes->encrypt);
}

void tl_aes_encrypt(const struct aes *aes, uint8_t out[AES_BLOCK_LEN],
		    const uint8_t in[AES_BLOCK_LEN])
{
	aes256_encrypt(&aes->encrypt, AES_BLOCK_LEN, out, in);
}

void tl_aes_decrypt(const struct aes *aes, uint8_t out[AES_BLOCK_LEN],
		    const uint8_t in[AES_BLOCK_LEN])
{
	aes256_decrypt(&aes->decrypt, AES_BLOCK_LEN, out, in);
}

void tl_aes_ctr(const struct aes *aes, const uint8_t counter[AES_BLOCK_LEN],
		struct buffer data)
{
	uint8_t block[AES_BLOCK_LEN];
	uint64_t until_wrap;

	memcpy(block, counter, sizeof(block));
	until_wrap = (UINT64_C(0x100000000) - tl_load_be32(block + 12)) *
		     AES_BLOCK_LEN;

	/* Nettle counts in all 16 bytes, so it must not see the wrap. */
	if (data.n > until_wrap) {
		ctr_crypt(&aes->encrypt, encrypt_blocks, AES_BLOCK_LEN, block,
			  (size_t)until_wrap, data.at, data.at);
		memcpy(block, counter, 12);
		memset(block + 12, 0, 4);
		data = tl_buffer_skip(data, (size_t)until_wrap);
	}
	ctr_crypt(&aes->encrypt, encrypt_blocks, AES_BLOCK_LEN, block, data.n,
		  data.at, data.at);
}

void tl_gmac_init(struct gmac *gmac, const uint8_t key[AES_KEY_LEN])
{
	aes256_set_encrypt_key(&gmac->cipher, key);
	gcm_set_key(&gmac->hash, &gmac->cipher, encrypt_blocks);
}

void tl_gmac(const struct gmac *gmac, uint8_t tag[AES_BLOCK_LEN],
	     const uint8_t iv[GMAC_IV_LEN], struct bytes head,
	     struct bytes data)
{
	struct gcm_ctx ctx;

	tl_assert(head.n % AES_BLOCK_LEN == 0);
	gcm_set_iv(&ctx, &gmac->hash, GMAC_IV_LEN, iv);
	gcm_update(&ctx, &gmac->hash, head.n, head.at);
	gcm_update(&ctx, &gmac->hash, data.n, data.at);
	gcm_digest(&ctx, &gmac->hash, &gmac->cipher, encrypt_blocks,
		   AES_BLOCK_LEN, tag);
}
