/* SPDX-License-Identifier: Apache-2.0 */
/* poly1305.h - the one-time authenticator Poly1305 */
#ifndef TL_CRYPTO_POLY1305_H
#define TL_CRYPTO_POLY1305_H

#include "base/bytes.h"

#define POLY1305_KEY_LEN 32
#define POLY1305_TAG_LEN 16

/* @key: never used for another message */
void tl_poly1305(uint8_t tag[POLY1305_TAG_LEN],
		 const uint8_t key[POLY1305_KEY_LEN], struct bytes message);

#endif /* TL_CRYPTO_POLY1305_H */
