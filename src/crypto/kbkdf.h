/* SPDX-License-Identifier: Apache-2.0 */
/* kbkdf.h - keys from the permanent key of two nodes (vl1.md 3.4) */
#ifndef TL_CRYPTO_KBKDF_H
#define TL_CRYPTO_KBKDF_H

#include "base/bytes.h"

#define KBKDF_KEY_LEN 48
#define KBKDF_OUT_LEN 48

/**
 * tl_kbkdf() - Derive a key with HMAC-SHA-384 in counter mode (SP 800-108)
 * @label:	what the key is for
 * @context:	0, so far
 * @iteration:	0 for the first KBKDF_OUT_LEN bytes
 */
void tl_kbkdf(uint8_t out[KBKDF_OUT_LEN], const uint8_t key[KBKDF_KEY_LEN],
	      char label, uint8_t context, uint32_t iteration);

#endif /* TL_CRYPTO_KBKDF_H */
