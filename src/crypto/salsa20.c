/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/salsa20.h"

#include <assert.h>
#include <nettle/salsa20.h>

/* Nettle's is the same, under another name. */
static_assert(sizeof(struct salsa20) == sizeof(struct salsa20_ctx), "state");

static struct salsa20_ctx *ctx_of(struct salsa20 *s)
{
	return (struct salsa20_ctx *)(void *)s;
}

void tl_salsa20_init(struct salsa20 *s, const uint8_t key[SALSA20_KEY_LEN],
		     const uint8_t nonce[SALSA20_NONCE_LEN], uint64_t block)
{
	salsa20_256_set_key(ctx_of(s), key);
	salsa20_set_nonce(ctx_of(s), nonce);
	/* Nettle keeps the block counter here, and starts with 0. */
	s->input[8] = (uint32_t)block;
	s->input[9] = (uint32_t)(block >> 32);
}

void tl_salsa20_12_xor(struct salsa20 *s, struct buffer data)
{
	salsa20r12_crypt(ctx_of(s), data.n, data.at, data.at);
}

void tl_salsa20_20_xor(struct salsa20 *s, struct buffer data)
{
	salsa20_crypt(ctx_of(s), data.n, data.at, data.at);
}
