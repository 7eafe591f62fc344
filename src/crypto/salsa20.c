/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/salsa20.h"

void tl_salsa20_init(struct salsa20 *s, const uint8_t key[SALSA20_KEY_LEN],
		     const uint8_t nonce[SALSA20_NONCE_LEN], uint64_t block)
{
	salsa20_256_set_key(&s->ctx, key);
	salsa20_set_nonce(&s->ctx, nonce);
	/* Nettle keeps the block counter here, and starts with 0. */
	s->ctx.input[8] = (uint32_t)block;
	s->ctx.input[9] = (uint32_t)(block >> 32);
}

void tl_salsa20_12_xor(struct salsa20 *s, struct buffer data)
{
	salsa20r12_crypt(&s->ctx, data.n, data.at, data.at);
}

void tl_salsa20_20_xor(struct salsa20 *s, struct buffer data)
{
	salsa20_crypt(&s->ctx, data.n, data.at, data.at);
}
