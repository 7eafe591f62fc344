/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - SHA-512, SHA-384 and HMAC-SHA-384 (FIPS 180-4, FIPS 198-1)
 *
 * One call over one run of bytes; nothing is kept and nothing fails.
 */
#ifndef TL_CRYPTO_HASH_H
#define TL_CRYPTO_HASH_H

#include "base/bytes.h"

#define SHA512_LEN 64
#define SHA384_LEN 48

void tl_sha512(uint8_t out[SHA512_LEN], struct bytes message);
void tl_sha384(uint8_t out[SHA384_LEN], struct bytes message);
void tl_hmac_sha384(uint8_t out[SHA384_LEN], struct bytes key,
		    struct bytes message);

#endif /* TL_CRYPTO_HASH_H */
