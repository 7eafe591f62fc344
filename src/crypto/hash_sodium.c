/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_sodium.c - hash.h by libsodium alone, for builds without nettle
 *
 * libsodium has no SHA-384, which is SHA-512 with another beginning, cut off
 * (FIPS 180-4 5.3.4, 6.5). Its state is public, so the beginning is put there.
 */
#include "crypto/hash.h"

#include <sodium.h>
#include <string.h>

#define BLOCK_LEN 128

void tl_sha512(uint8_t out[SHA512_LEN], struct bytes message)
{
	crypto_hash_sha512(out, message.at, message.n);
}

static void begin_sha384(crypto_hash_sha512_state *ctx)
{
	static const uint64_t first[8] = {
		UINT64_C(0xcbbb9d5dc1059ed8), UINT64_C(0x629a292a367cd507),
		UINT64_C(0x9159015a3070dd17), UINT64_C(0x152fecd8f70e5939),
		UINT64_C(0x67332667ffc00b31), UINT64_C(0x8eb44a8768581511),
		UINT64_C(0xdb0c2e0d64f98fa7), UINT64_C(0x47b5481dbefa4fa4),
	};

	crypto_hash_sha512_init(ctx);
	memcpy(ctx->state, first, sizeof(first));
}

static void end_sha384(crypto_hash_sha512_state *ctx, uint8_t out[SHA384_LEN])
{
	uint8_t whole[SHA512_LEN];

	crypto_hash_sha512_final(ctx, whole);
	memcpy(out, whole, SHA384_LEN);
	tl_wipe(whole, sizeof(whole));
	tl_wipe(ctx, sizeof(*ctx));
}

void tl_sha384(uint8_t out[SHA384_LEN], struct bytes message)
{
	crypto_hash_sha512_state ctx;

	begin_sha384(&ctx);
	crypto_hash_sha512_update(&ctx, message.at, message.n);
	end_sha384(&ctx, out);
}

/* RFC 2104 2.: one half, @pad tells which. */
static void begin_half(crypto_hash_sha512_state *ctx,
		       const uint8_t key[BLOCK_LEN], uint8_t pad)
{
	uint8_t block[BLOCK_LEN];
	size_t i;

	for (i = 0; i < BLOCK_LEN; i++)
		block[i] = key[i] ^ pad;
	begin_sha384(ctx);
	crypto_hash_sha512_update(ctx, block, sizeof(block));
	tl_wipe(block, sizeof(block));
}

void tl_hmac_sha384(uint8_t out[SHA384_LEN], struct bytes key,
		    struct bytes message)
{
	crypto_hash_sha512_state ctx;
	uint8_t padded[BLOCK_LEN] = { 0 };
	uint8_t inner[SHA384_LEN];

	if (key.n > BLOCK_LEN)
		tl_sha384(padded, key);
	else if (key.n > 0)
		memcpy(padded, key.at, key.n);
	begin_half(&ctx, padded, 0x36);
	crypto_hash_sha512_update(&ctx, message.at, message.n);
	end_sha384(&ctx, inner);
	begin_half(&ctx, padded, 0x5c);
	crypto_hash_sha512_update(&ctx, inner, sizeof(inner));
	end_sha384(&ctx, out);
	tl_wipe(padded, sizeof(padded));
	tl_wipe(inner, sizeof(inner));
}
