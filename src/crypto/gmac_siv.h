/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gmac_siv.h - AES-GMAC-SIV, authenticated encryption of packets (vl1.md 3.4)
 *
 * A key is a value on the caller's storage, made once for each peer; wipe it
 * with tl_wipe(). Using one does not change it.
 */
#ifndef TL_CRYPTO_GMAC_SIV_H
#define TL_CRYPTO_GMAC_SIV_H

#include "crypto/aes.h"

#define GMAC_SIV_IV_LEN 8
#define GMAC_SIV_TAG_LEN 16
#define GMAC_SIV_AAD_MAX 32

struct gmac_siv {
	struct gmac mac;
	struct aes aes;
};

/* @mac_key: "K0"; @aes_key: "K1" */
void tl_gmac_siv_init(struct gmac_siv *siv, const uint8_t mac_key[AES_KEY_LEN],
		      const uint8_t aes_key[AES_KEY_LEN]);

/**
 * tl_gmac_siv_seal() - Encrypt in place and authenticate
 * @tag:	16 bytes to be sent along; they hide the IV
 * @iv:		8 random bytes, or at least never the same ones twice
 * @aad:	at most GMAC_SIV_AAD_MAX bytes to be authenticated too. Their
 *		number is not, as zeroes at their end show: know it beforehand
 */
void tl_gmac_siv_seal(const struct gmac_siv *siv, uint8_t tag[GMAC_SIV_TAG_LEN],
		      const uint8_t iv[GMAC_SIV_IV_LEN], struct bytes aad,
		      struct buffer data);

/**
 * tl_gmac_siv_open() - Decrypt in place and verify
 *
 * Return: false if not authentic; @data is undefined then and not to be used.
 */
TL_MUST_USE bool tl_gmac_siv_open(const struct gmac_siv *siv,
				  const uint8_t tag[GMAC_SIV_TAG_LEN],
				  struct bytes aad, struct buffer data);

#endif /* TL_CRYPTO_GMAC_SIV_H */
