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
#define SIV_MAX_POWERS 37

/**
 * struct siv_fast_key - What the kernels with instructions for AES keep
 * @mac_keys:	round keys of K0
 * @aes_keys:	round keys of K1
 * @inv_keys:	the same for decryption, the last one first
 * @powers:	of the hash key, the highest first, and zeroes behind them so
 *		that a wide load stays inside; siv_body.h says in which form.
 *		How many there are depends on the kernel
 */
struct siv_fast_key {
	uint8_t mac_keys[SIV_N_KEYS][AES_BLOCK_LEN];
	uint8_t aes_keys[SIV_N_KEYS][AES_BLOCK_LEN];
	uint8_t inv_keys[SIV_N_KEYS][AES_BLOCK_LEN];
	uint8_t powers[SIV_MAX_POWERS][AES_BLOCK_LEN];
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
 * struct siv_text - What is sealed or opened
 * @aad:	at most GMAC_SIV_AAD_MAX bytes to be authenticated too. Their
 *		number is not, as zeroes at their end show: know it beforehand
 * @src:	sealing reads it twice: it must not change meanwhile
 * @dst:	room for as many bytes as @src has: @src itself, or memory that
 *		overlaps neither with it nor with anything else given
 *
 * It is handed on by its address: structs that are arguments get copied in one
 * piece by some compilers, and the load waits for stores of their parts.
 */
struct siv_text {
	struct bytes aad;
	struct bytes src;
	uint8_t *dst;
};

/**
 * tl_gmac_siv_seal_text() - Encrypt and authenticate
 * @tag:	16 bytes to be sent along; they hide the IV
 * @iv:		8 random bytes, or at least never the same ones twice
 */
void tl_gmac_siv_seal_text(const struct gmac_siv *siv,
			   uint8_t tag[GMAC_SIV_TAG_LEN],
			   const uint8_t iv[GMAC_SIV_IV_LEN],
			   const struct siv_text *text);

/**
 * tl_gmac_siv_open_text() - Decrypt and verify
 *
 * Return: false if not authentic; what is at the text's dst is undefined then
 * and not to be used.
 */
TL_MUST_USE bool tl_gmac_siv_open_text(const struct gmac_siv *siv,
				       const uint8_t tag[GMAC_SIV_TAG_LEN],
				       const struct siv_text *text);

/* The same, in place. */
static inline void tl_gmac_siv_seal(const struct gmac_siv *siv,
				    uint8_t tag[GMAC_SIV_TAG_LEN],
				    const uint8_t iv[GMAC_SIV_IV_LEN],
				    struct bytes aad, struct buffer data)
{
	struct siv_text text = { aad, tl_buffer_bytes(data), data.at };

	tl_gmac_siv_seal_text(siv, tag, iv, &text);
}

TL_MUST_USE static inline bool tl_gmac_siv_open(
	const struct gmac_siv *siv, const uint8_t tag[GMAC_SIV_TAG_LEN],
	struct bytes aad, struct buffer data)
{
	struct siv_text text = { aad, tl_buffer_bytes(data), data.at };

	return tl_gmac_siv_open_text(siv, tag, &text);
}

#endif /* TL_CRYPTO_GMAC_SIV_H */
