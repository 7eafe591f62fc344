/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hash.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>

void tl_sha512(uint8_t out[SHA512_LEN], struct bytes message)
{
	struct sha512_ctx ctx;

	sha512_init(&ctx);
	sha512_update(&ctx, message.n, message.at);
	sha512_digest(&ctx, SHA512_LEN, out);
	tl_wipe(&ctx, sizeof(ctx));
}

void tl_sha384(uint8_t out[SHA384_LEN], struct bytes message)
{
	struct sha512_ctx ctx;

	sha384_init(&ctx);
	sha512_update(&ctx, message.n, message.at);
	sha384_digest(&ctx, SHA384_LEN, out);
	tl_wipe(&ctx, sizeof(ctx));
}

void tl_hmac_sha384(uint8_t out[SHA384_LEN], struct bytes key,
		    struct bytes message)
{
	struct hmac_sha384_ctx ctx;

	hmac_sha384_set_key(&ctx, key.n, key.at);
	hmac_sha384_update(&ctx, message.n, message.at);
	hmac_sha384_digest(&ctx, SHA384_LEN, out);
	tl_wipe(&ctx, sizeof(ctx));
}
