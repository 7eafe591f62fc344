/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hard_hash.h"

#include <string.h>

#define BLOCK SALSA20_BLOCK_LEN
#define DIGEST_WORDS (SHA512_LEN / 8)
#define MEMORY_WORDS (HARD_HASH_MEMORY / 8)

/* Key stream is made for so many steps at a time: it is faster in long runs,
 * and must not push the 2 MiB out of the cache. */
#define BATCH 64

static void xor_block(uint8_t *to, const uint8_t *with)
{
	for (size_t i = 0; i < BLOCK; i++)
		to[i] ^= with[i];
}

void tl_hard_hash_init(struct hard_hash *h, uint8_t memory[HARD_HASH_MEMORY],
		       struct bytes message)
{
	tl_sha512(h->digest, message);
	tl_salsa20_init(&h->stream, h->digest, h->digest + SALSA20_KEY_LEN, 0);
	h->memory = memory;
	h->done = 0;

	memset(memory, 0, HARD_HASH_MEMORY);
	tl_salsa20_20_xor(&h->stream, tl_buffer(memory, HARD_HASH_MEMORY));
	for (size_t i = BLOCK; i < HARD_HASH_MEMORY; i += BLOCK)
		xor_block(memory + i, memory + i - BLOCK);
}

/* Words are numbers where they choose what is swapped, and otherwise bytes. */
static void step(struct hard_hash *h, const uint8_t *key_stream)
{
	const uint8_t *at = h->memory + (size_t)h->done * 16;
	uint8_t *a = h->digest + 8 * (tl_load_be64(at) % DIGEST_WORDS);
	uint8_t *b = h->memory + 8 * (tl_load_be64(at + 8) % MEMORY_WORDS);
	uint64_t from_digest;
	uint64_t from_memory;

	memcpy(&from_digest, a, 8);
	memcpy(&from_memory, b, 8);
	memcpy(a, &from_memory, 8);
	memcpy(b, &from_digest, 8);
	xor_block(h->digest, key_stream);
	h->done++;
}

void tl_hard_hash_run(struct hard_hash *h, unsigned int steps)
{
	uint8_t key_stream[BATCH * BLOCK];

	tl_assert(steps <= HARD_HASH_STEPS - h->done);
	while (steps > 0) {
		unsigned int n = TL_MIN(steps, BATCH);

		memset(key_stream, 0, n * BLOCK);
		tl_salsa20_20_xor(&h->stream, tl_buffer(key_stream, n * BLOCK));
		for (unsigned int i = 0; i < n; i++)
			step(h, key_stream + (size_t)i * BLOCK);
		steps -= n;
	}
}
