/* SPDX-License-Identifier: Apache-2.0 */
/*
 * salsa20_plain.c - salsa20.h without a library, for builds without nettle
 *
 * Four blocks at a time: word i of all four is one vector, so that the compiler
 * can use what the processor has for vectors, or take them apart if it has
 * nothing.
 */
#include "crypto/salsa20.h"

#include <string.h>

#define LANES 4

typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));

static uint32_t load_le32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

void tl_salsa20_init(struct salsa20 *s, const uint8_t key[SALSA20_KEY_LEN],
		     const uint8_t nonce[SALSA20_NONCE_LEN], uint64_t block)
{
	/* "expand 32-byte k" */
	s->input[0] = 0x61707865;
	s->input[5] = 0x3320646e;
	s->input[10] = 0x79622d32;
	s->input[15] = 0x6b206574;
	for (size_t i = 0; i < 4; i++) {
		s->input[1 + i] = load_le32(key + 4 * i);
		s->input[11 + i] = load_le32(key + 16 + 4 * i);
	}
	s->input[6] = load_le32(nonce);
	s->input[7] = load_le32(nonce + 4);
	s->input[8] = (uint32_t)block;
	s->input[9] = (uint32_t)(block >> 32);
}

static inline lanes rotate(lanes v, int n)
{
	return v << n | v >> (32 - n);
}

static inline void quarter(lanes *a, lanes *b, lanes *c, lanes *d)
{
	*b ^= rotate(*a + *d, 7);
	*c ^= rotate(*b + *a, 9);
	*d ^= rotate(*c + *b, 13);
	*a ^= rotate(*d + *c, 18);
}

static inline void double_round(lanes x[16])
{
	quarter(&x[0], &x[4], &x[8], &x[12]);
	quarter(&x[5], &x[9], &x[13], &x[1]);
	quarter(&x[10], &x[14], &x[2], &x[6]);
	quarter(&x[15], &x[3], &x[7], &x[11]);
	quarter(&x[0], &x[1], &x[2], &x[3]);
	quarter(&x[5], &x[6], &x[7], &x[4]);
	quarter(&x[10], &x[11], &x[8], &x[9]);
	quarter(&x[15], &x[12], &x[13], &x[14]);
}

static uint64_t block_number(const struct salsa20 *s)
{
	return s->input[8] | (uint64_t)s->input[9] << 32;
}

static void set_block_number(struct salsa20 *s, uint64_t n)
{
	s->input[8] = (uint32_t)n;
	s->input[9] = (uint32_t)(n >> 32);
}

/* The next LANES blocks of key stream, in the machine's byte order. */
static void make_stream(const struct salsa20 *s, unsigned int rounds,
			uint32_t out[LANES][16])
{
	lanes first[16];
	lanes x[16];
	uint64_t block = block_number(s);

	for (size_t i = 0; i < 16; i++)
		first[i] = s->input[i] - (lanes){ 0 };
	for (size_t n = 0; n < LANES; n++) {
		first[8][n] = (uint32_t)(block + n);
		first[9][n] = (uint32_t)((block + n) >> 32);
	}
	memcpy(x, first, sizeof(x));
	for (unsigned int i = 0; i < rounds; i += 2)
		double_round(x);
	for (size_t i = 0; i < 16; i++) {
		x[i] += first[i];
		for (size_t n = 0; n < LANES; n++)
			out[n][i] = x[i][n];
	}
}

static void xor_bytes(uint8_t *to, const uint32_t *stream, size_t n)
{
	const uint8_t *with = (const uint8_t *)stream;

	for (size_t i = 0; i < n; i++)
		to[i] ^= with[i];
}

static void put_in_order(uint32_t *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t b[4] = { (uint8_t)words[i], (uint8_t)(words[i] >> 8),
				 (uint8_t)(words[i] >> 16),
				 (uint8_t)(words[i] >> 24) };

		memcpy(words + i, b, 4);
	}
}

static void crypt(struct salsa20 *s, unsigned int rounds, struct buffer data)
{
	uint32_t stream[LANES][16];

	while (data.n > 0) {
		size_t n = TL_MIN(data.n, sizeof(stream));

		make_stream(s, rounds, stream);
		put_in_order(&stream[0][0], 16 * LANES);
		xor_bytes(data.at, &stream[0][0], n);
		data = tl_buffer_skip(data, n);
		set_block_number(s, block_number(s) + (n + SALSA20_BLOCK_LEN -
						       1) / SALSA20_BLOCK_LEN);
	}
	tl_wipe(stream, sizeof(stream));
}

void tl_salsa20_12_xor(struct salsa20 *s, struct buffer data)
{
	crypt(s, 12, data);
}

void tl_salsa20_20_xor(struct salsa20 *s, struct buffer data)
{
	crypt(s, 20, data);
}
