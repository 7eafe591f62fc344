/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_pool.h"

#include "crypto/curve.h"
#include "crypto/hash.h"
#include "harness.h"

/* One of the halves of a private key: 32 bytes for these three numbers. */
static void draw_half(uint8_t out[32], uint8_t half, unsigned int number,
		      unsigned int attempt)
{
	uint8_t message[] = "tapless pool............";
	uint8_t digest[SHA512_LEN];

	message[12] = half;
	tl_store_be32(message + 13, number);
	tl_store_be32(message + 17, attempt);
	tl_sha512(digest, TL_BYTES_OF(message));
	memcpy(out, digest, 32);
}

void sim_pool_keys(struct identity *out, unsigned int number,
		   unsigned int attempt)
{
	*out = (struct identity){ .has_priv = true };
	draw_half(out->priv, 1, number, attempt);
	draw_half(out->priv + X25519_LEN, 2, number, 0);
	tl_x25519_public(out->pub, out->priv);
	tl_ed25519_public(out->pub + X25519_LEN, out->priv + X25519_LEN);
}

/* The whole file, read once. */
static struct bytes pool(void)
{
	static uint8_t *at;
	static size_t n;
	FILE *f;

	if (at)
		return tl_bytes(at, n);
	f = fopen(SIM_POOL_FILE, "rb");
	CHECK(f && fseek(f, 0, SEEK_END) == 0);
	n = (size_t)ftell(f);
	at = malloc(n);
	rewind(f);
	CHECK(at && fread(at, 1, n, f) == n);
	fclose(f);
	return tl_bytes(at, n);
}

unsigned int sim_pool_size(void)
{
	return (unsigned int)(pool().n / SIM_POOL_RECORD);
}

void sim_pool_identity(struct identity *out, unsigned int number)
{
	const uint8_t *at = pool().at + (size_t)number * SIM_POOL_RECORD;

	CHECK(number < sim_pool_size());
	sim_pool_keys(out, number, tl_load_be16(at));
	out->addr.v = tl_load_be40(at + 2);
}
