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

void tl_gmac_siv_seal_to(const struct gmac_siv *siv,
			 uint8_t tag[GMAC_SIV_TAG_LEN],
			 const uint8_t iv[GMAC_SIV_IV_LEN], struct bytes aad,
			 uint8_t *dst, struct bytes src)
{
	tl_assert(aad.n <= GMAC_SIV_AAD_MAX);
	siv->kernel->seal(siv, tag, iv, aad, dst, src);
}

void tl_gmac_siv_seal(const struct gmac_siv *siv, uint8_t tag[GMAC_SIV_TAG_LEN],
		      const uint8_t iv[GMAC_SIV_IV_LEN], struct bytes aad,
		      struct buffer data)
{
	tl_gmac_siv_seal_to(siv, tag, iv, aad, data.at, tl_buffer_bytes(data));
}

bool tl_gmac_siv_open_to(const struct gmac_siv *siv,
			 const uint8_t tag[GMAC_SIV_TAG_LEN], struct bytes aad,
			 uint8_t *dst, struct bytes src)
{
	tl_assert(aad.n <= GMAC_SIV_AAD_MAX);
	return siv->kernel->open(siv, tag, aad, dst, src);
}

bool tl_gmac_siv_open(const struct gmac_siv *siv,
		      const uint8_t tag[GMAC_SIV_TAG_LEN], struct bytes aad,
		      struct buffer data)
{
	return tl_gmac_siv_open_to(siv, tag, aad, data.at,
				   tl_buffer_bytes(data));
}
