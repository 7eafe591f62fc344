/* SPDX-License-Identifier: Apache-2.0 */
#include "base/siphash.h"

#include <string.h>

static uint64_t rotate(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint64_t load_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static uint64_t load_le8(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline uint64_t hash(const uint64_t key[2], struct bytes b,
			    unsigned int rounds, unsigned int last_rounds)
{
	uint64_t v[4] = {
		key[0] ^ 0x736f6d6570736575ULL,
		key[1] ^ 0x646f72616e646f6dULL,
		key[0] ^ 0x6c7967656e657261ULL,
		key[1] ^ 0x7465646279746573ULL,
	};
	uint64_t word = 0;
	unsigned int r;
	size_t i;

	for (i = 0; i + 8 <= b.n; i += 8) {
		word = load_le8(b.at + i);
		v[3] ^= word;
		for (r = 0; r < rounds; r++)
			sip_round(v);
		v[0] ^= word;
	}
	word = (b.n > i ? load_le(b.at + i, b.n - i) : 0) | (uint64_t)b.n << 56;
	v[3] ^= word;
	for (r = 0; r < rounds; r++)
		sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (r = 0; r < last_rounds; r++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t tl_siphash_13(const uint64_t key[2], struct bytes b)
{
	return hash(key, b, 1, 3);
}

uint64_t tl_siphash_13_u64(const uint64_t key[2], uint64_t value)
{
	uint8_t bytes[8];

	tl_store_be64(bytes, value);
	return hash(key, TL_BYTES_OF(bytes), 1, 3);
}

uint64_t tl_siphash_24(const uint8_t key[16], struct bytes b)
{
	const uint64_t k[2] = { load_le8(key), load_le8(key + 8) };

	return hash(k, b, 2, 4);
}
