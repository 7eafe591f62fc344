/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siv_plain.c - AES-GMAC-SIV from the library's primitives, for any processor
 */
#include "crypto/siv_kernel.h"

#include <string.h>

#include "crypto/gmac_siv.h"

#define FOLDED_LEN 8

static bool is_usable(void)
{
	return true;
}

static void init(struct gmac_siv *siv, const uint8_t *mac_key,
		 const uint8_t *aes_key)
{
	tl_gmac_init(&siv->plain.mac, mac_key);
	tl_aes_init(&siv->plain.aes, aes_key);
}

/* GMAC over padded @aad and @data, the halves of its tag combined. */
static void folded_gmac(const struct gmac_siv *siv, uint8_t out[FOLDED_LEN],
			const uint8_t iv[GMAC_SIV_IV_LEN], struct bytes aad,
			struct bytes data)
{
	uint8_t long_iv[GMAC_IV_LEN] = { 0 };
	uint8_t head[GMAC_SIV_AAD_MAX] = { 0 };
	uint8_t tag[AES_BLOCK_LEN];
	size_t padded = (aad.n + AES_BLOCK_LEN - 1) & ~(AES_BLOCK_LEN - 1u);

	memcpy(long_iv, iv, GMAC_SIV_IV_LEN);
	if (aad.n > 0)
		memcpy(head, aad.at, aad.n);

	tl_gmac(&siv->plain.mac, tag, long_iv, tl_bytes(head, padded), data);
	for (size_t i = 0; i < FOLDED_LEN; i++)
		out[i] = tag[i] ^ tag[i + FOLDED_LEN];
}

/* The counter's top bit is cleared, so that it cannot wrap around. */
static void crypt(const struct gmac_siv *siv, const uint8_t *tag, uint8_t *dst,
		  struct bytes src)
{
	uint8_t counter[AES_BLOCK_LEN];

	memcpy(counter, tag, sizeof(counter));
	counter[12] &= 0x7f;
	if (src.n > 0 && dst != src.at)
		memcpy(dst, src.at, src.n);
	tl_aes_ctr(&siv->plain.aes, counter, tl_buffer(dst, src.n));
}

static void seal_siv(const struct gmac_siv *siv, uint8_t *tag,
		     const uint8_t *iv, const struct siv_text *text)
{
	uint8_t block[AES_BLOCK_LEN];

	memcpy(block, iv, GMAC_SIV_IV_LEN);
	folded_gmac(siv, block + GMAC_SIV_IV_LEN, iv, text->aad, text->src);
	tl_aes_encrypt(&siv->plain.aes, tag, block);
	crypt(siv, tag, text->dst, text->src);
}

static bool open_siv(const struct gmac_siv *siv, const uint8_t *tag,
		     const struct siv_text *text)
{
	uint8_t block[AES_BLOCK_LEN];
	uint8_t folded[FOLDED_LEN];

	tl_aes_decrypt(&siv->plain.aes, block, tag);
	crypt(siv, tag, text->dst, text->src);
	folded_gmac(siv, folded, block, text->aad,
		    tl_bytes(text->dst, text->src.n));
	return tl_equal_ct(folded, block + GMAC_SIV_IV_LEN, FOLDED_LEN);
}

const struct siv_kernel tl_siv_plain = {
	.name = "plain",
	.key_size = sizeof(struct gmac_siv),
	.is_usable = is_usable,
	.init = init,
	.seal = seal_siv,
	.open = open_siv,
};
