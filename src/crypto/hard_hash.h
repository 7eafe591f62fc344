/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hard_hash.h - the memory-hard hash that makes addresses (vl1.md 1.3)
 *
 * Goes over 2 MiB, twice, so that finding keys for a wanted address is dear.
 * The memory is the caller's; the state is a value and holds no secret.
 */
#ifndef TL_CRYPTO_HARD_HASH_H
#define TL_CRYPTO_HARD_HASH_H

#include "crypto/hash.h"
#include "crypto/salsa20.h"

#define HARD_HASH_MEMORY 2097152u
#define HARD_HASH_STEPS 131072u

/**
 * struct hard_hash - A hash that is being computed
 * @digest:	the result, after all steps
 * @memory:	HARD_HASH_MEMORY bytes, borrowed
 * @stream:	key stream, never keyed again
 * @done:	steps taken
 */
struct hard_hash {
	uint8_t digest[SHA512_LEN];
	uint8_t *memory;
	struct salsa20 stream;
	unsigned int done;
};

/* Hash @message and fill the memory. */
void tl_hard_hash_init(struct hard_hash *h, uint8_t memory[HARD_HASH_MEMORY],
		       struct bytes message);

/* Take the next @steps steps, HARD_HASH_STEPS in all. */
void tl_hard_hash_run(struct hard_hash *h, unsigned int steps);

#endif /* TL_CRYPTO_HARD_HASH_H */
