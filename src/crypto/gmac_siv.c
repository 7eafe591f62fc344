/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/gmac_siv.h"

#include "crypto/siv_kernel.h"

size_t tl_gmac_siv_size(void)
{
	return tl_siv_kernel_best()->key_size;
}

void tl_gmac_siv_init_with(struct gmac_siv *siv,
			   const struct siv_kernel *kernel,
			   const uint8_t *mac_key, const uint8_t *aes_key)
{
	siv->kernel = kernel;
	kernel->init(siv, mac_key, aes_key);
}

void tl_gmac_siv_init(struct gmac_siv *siv, const uint8_t mac_key[AES_KEY_LEN],
		      const uint8_t aes_key[AES_KEY_LEN])
{
	tl_gmac_siv_init_with(siv, tl_siv_kernel_best(), mac_key, aes_key);
}

void tl_gmac_siv_seal_text(const struct gmac_siv *siv,
			   uint8_t tag[GMAC_SIV_TAG_LEN],
			   const uint8_t iv[GMAC_SIV_IV_LEN],
			   const struct siv_text *text)
{
	tl_assert(text->aad.n <= GMAC_SIV_AAD_MAX);
	siv->kernel->seal(siv, tag, iv, text);
}

bool tl_gmac_siv_open_text(const struct gmac_siv *siv,
			   const uint8_t tag[GMAC_SIV_TAG_LEN],
			   const struct siv_text *text)
{
	tl_assert(text->aad.n <= GMAC_SIV_AAD_MAX);
	return siv->kernel->open(siv, tag, text);
}
