/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/gmac_siv.h"

#include <string.h>

#define FOLDED_LEN 8

void tl_gmac_siv_init(struct gmac_siv *siv, const uint8_t mac_key[AES_KEY_LEN],
		      const uint8_t aes_key[AES_KEY_LEN])
{
	tl_gmac_init(&siv->mac, mac_key);
	tl_aes_init(&siv->aes, aes_key);
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

	tl_assert(aad.n <= sizeof(head));
	memcpy(long_iv, iv, GMAC_SIV_IV_LEN);
	if (aad.n > 0)
		memcpy(head, aad.at, aad.n);

	tl_gmac(&siv->mac, tag, long_iv, tl_bytes(head, padded), data);
	for (size_t i = 0; i < FOLDED_LEN; i++)
		out[i] = tag[i] ^ tag[i + FOLDED_LEN];
}

/* The counter's top bit is cleared, so that it cannot wrap around. */
static void crypt(const struct gmac_siv *siv,
		  const uint8_t tag[GMAC_SIV_TAG_LEN], struct buffer data)
{
	uint8_t counter[AES_BLOCK_LEN];

	memcpy(counter, tag, sizeof(counter));
	counter[12] &= 0x7f;
	tl_aes_ctr(&siv->aes, counter, data);
}

void tl_gmac_siv_seal(const struct gmac_siv *siv, uint8_t tag[GMAC_SIV_TAG_LEN],
		      const uint8_t iv[GMAC_SIV_IV_LEN], struct bytes aad,
		      struct buffer data)
{
	uint8_t block[AES_BLOCK_LEN];

	memcpy(block, iv, GMAC_SIV_IV_LEN);
	folded_gmac(siv, block + GMAC_SIV_IV_LEN, iv, aad,
		    tl_buffer_bytes(data));
	tl_aes_encrypt(&siv->aes, tag, block);
	crypt(siv, tag, data);
}

bool tl_gmac_siv_open(const struct gmac_siv *siv,
		      const uint8_t tag[GMAC_SIV_TAG_LEN], struct bytes aad,
		      struct buffer data)
{
	uint8_t block[AES_BLOCK_LEN];
	uint8_t folded[FOLDED_LEN];

	crypt(siv, tag, data);
	tl_aes_decrypt(&siv->aes, block, tag);
	folded_gmac(siv, folded, block, aad, tl_buffer_bytes(data));
	return tl_equal_ct(folded, block + GMAC_SIV_IV_LEN, FOLDED_LEN);
}
