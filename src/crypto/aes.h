/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aes.h - AES-256: single blocks, counter mode and GMAC
 *
 * Key schedules are values on the caller's storage, made once and used for many
 * messages; wipe them with tl_wipe(). Using one does not change it.
 */
#ifndef TL_CRYPTO_AES_H
#define TL_CRYPTO_AES_H

#include <nettle/aes.h>
#include <nettle/gcm.h>

#include "base/bytes.h"

#define AES_KEY_LEN 32
#define AES_BLOCK_LEN 16
#define GMAC_IV_LEN 12

/* Key schedules of both directions. */
struct aes {
	struct aes256_ctx encrypt;
	struct aes256_ctx decrypt;
};

void tl_aes_init(struct aes *aes, const uint8_t key[AES_KEY_LEN]);

/* @out and @in may be the same. */
void tl_aes_encrypt(const struct aes *aes, uint8_t out[AES_BLOCK_LEN],
		    const uint8_t in[AES_BLOCK_LEN]);
void tl_aes_decrypt(const struct aes *aes, uint8_t out[AES_BLOCK_LEN],
		    const uint8_t in[AES_BLOCK_LEN]);

/**
 * tl_aes_ctr() - Encrypt or decrypt in place in counter mode
 * @counter:	first counter block; its last four bytes, big-endian, count and
 *		wrap around without a carry
 */
void tl_aes_ctr(const struct aes *aes, const uint8_t counter[AES_BLOCK_LEN],
		struct buffer data);

/* Key schedule and hash key of GMAC; some 4 KiB. */
struct gmac {
	struct aes256_ctx cipher;
	struct gcm_key hash;
};

void tl_gmac_init(struct gmac *gmac, const uint8_t key[AES_KEY_LEN]);

/**
 * tl_gmac() - Authenticate @head and @data, one after the other
 * @head:	a multiple of AES_BLOCK_LEN bytes, or none
 */
void tl_gmac(const struct gmac *gmac, uint8_t tag[AES_BLOCK_LEN],
	     const uint8_t iv[GMAC_IV_LEN], struct bytes head,
	     struct bytes data);

#endif /* TL_CRYPTO_AES_H */
