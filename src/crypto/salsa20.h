/* SPDX-License-Identifier: Apache-2.0 */
/*
 * salsa20.h - the Salsa20 stream cipher with 12 or 20 rounds
 *
 * A state is a value on the caller's storage and a secret: wipe it with
 * tl_wipe(). Each call begins with a new block of 64 bytes; what a call leaves
 * of its last block is lost.
 */
#ifndef TL_CRYPTO_SALSA20_H
#define TL_CRYPTO_SALSA20_H

#include "base/bytes.h"

#define SALSA20_KEY_LEN 32
#define SALSA20_NONCE_LEN 8
#define SALSA20_BLOCK_LEN 64

/* Key, nonce and the number of the next block. */
struct salsa20 {
	uint32_t input[16];
};

/* @block: number of the first block, usually 0 */
void tl_salsa20_init(struct salsa20 *s, const uint8_t key[SALSA20_KEY_LEN],
		     const uint8_t nonce[SALSA20_NONCE_LEN], uint64_t block);

/* Encrypt or decrypt in place with 12 rounds. */
void tl_salsa20_12_xor(struct salsa20 *s, struct buffer data);

/* The same with 20 rounds. */
void tl_salsa20_20_xor(struct salsa20 *s, struct buffer data);

#endif /* TL_CRYPTO_SALSA20_H */
