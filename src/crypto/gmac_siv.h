/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gmac_siv.h - AES-GMAC-SIV, authenticated encryption of packets (vl1.md 3.4)
 *
 * A key is a value on the caller's storage, made once for each peer; wipe it
 * with tl_wipe(). Using one does not change it. The code that suits the
 * processor best is chosen when the key is made (siv_kernel.h).
 */
#ifndef TL_CRYPTO_GMAC_SIV_H
#define TL_CRYPTO_GMAC_SIV_H

#include "crypto/aes.h"

#define GMAC_SIV_IV_LEN 8
#define GMAC_SIV_TAG_LEN 16
#define GMAC_SIV_AAD_MAX 32

#define SIV_N_KEYS 15 /* of AES-256: 14 rounds and one before them */
#define SIV_N_POWERS 18
#define SIV_N_SPARE 3

/**
 * struct siv_fast_key - What the kernels with instructions for AES keep
 * @mac_keys:	round keys of K0
 * @aes_keys:	round keys of K1
 * @inv_keys:	the same for decryption, the last one first
 * @powers:	of the hash key, the highest first, and zeroes behind them so
 *		that a wide load stays inside; siv_body.h says in which form
 */
struct siv_fast_key {
	uint8_t mac_keys[SIV_N_KEYS][AES_BLOCK_LEN];
	uint8_t aes_keys[SIV_N_KEYS][AES_BLOCK_LEN];
	uint8_t inv_keys[SIV_N_KEYS][AES_BLOCK_LEN];
	uint8_t powers[SIV_N_POWERS + SIV_N_SPARE][AES_BLOCK_LEN];
};

/* What the plain kernel keeps. */
struct siv_plain_key {
	struct gmac mac;
	struct aes aes;
};

/**
 * struct gmac_siv - Both keys of AES-GMAC-SIV
 * @kernel:	the code that made the key and is to use it
 *
 * Only the first tl_gmac_siv_size() bytes are used: 1 KiB with a kernel for
 * this processor, 5 KiB else.
 */
struct gmac_siv {
	const struct siv_kernel *kernel;
	union {
		struct siv_fast_key fast;
		struct siv_plain_key plain;
	};
};

/* How many bytes of a struct gmac_siv tl_gmac_siv_init() and what follows it
 * touch; whoever has many keys allocates no more. */
size_t tl_gmac_siv_size(void);

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
 * tl_gmac_siv_seal_to() - Encrypt to another place and authenticate
 * @dst:	room for as many bytes as @src has: @src itself, or memory that
 *		does not overlap with it; never @tag, @iv or @aad
 * @src:	read twice: it must not change meanwhile
 *
 * All else as in tl_gmac_siv_seal().
 */
void tl_gmac_siv_seal_to(const struct gmac_siv *siv,
			 uint8_t tag[GMAC_SIV_TAG_LEN],
			 const uint8_t iv[GMAC_SIV_IV_LEN], struct bytes aad,
			 uint8_t *dst, struct bytes src);

/**
 * tl_gmac_siv_open() - Decrypt in place and verify
 *
 * Return: false if not authentic; @data is undefined then and not to be used.
 */
TL_MUST_USE bool tl_gmac_siv_open(const struct gmac_siv *siv,
				  const uint8_t tag[GMAC_SIV_TAG_LEN],
				  struct bytes aad, struct buffer data);

/**
 * tl_gmac_siv_open_to() - Decrypt to another place and verify
 * @dst:	as in tl_gmac_siv_seal_to()
 *
 * Return: false if not authentic; @dst is undefined then and not to be used.
 */
TL_MUST_USE bool tl_gmac_siv_open_to(const struct gmac_siv *siv,
				     const uint8_t tag[GMAC_SIV_TAG_LEN],
				     struct bytes aad, uint8_t *dst,
				     struct bytes src);

#endif /* TL_CRYPTO_GMAC_SIV_H */
