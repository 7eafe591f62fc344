/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hard_hash.h"
#include "vectors/vector.h"

static uint8_t memory[HARD_HASH_MEMORY];

static void begin(struct hard_hash *h, const json_t *item)
{
	tl_hard_hash_init(h, memory, tl_vector_bytes(item, "public_key"));
}

static void check_memory_hash(const json_t *item, const char *key)
{
	uint8_t hash[SHA512_LEN];

	tl_sha512(hash, TL_BYTES_OF(memory));
	CHECK_MEM(hash, tl_vector_fixed(item, key, 64), 64);
}

TEST(hard_hash_fills_its_memory)
{
	json_t *item = tl_vector_get(tl_vector_load("identity"), "derivation");
	struct hard_hash h;

	CHECK_EQ(tl_vector_int(item, "genmem_size"), HARD_HASH_MEMORY);
	begin(&h, item);
	CHECK_MEM(h.digest, tl_vector_fixed(item, "sha512_of_public_key", 64),
		  64);
	CHECK_MEM(h.digest, tl_vector_fixed(item, "salsa_key", 32), 32);
	CHECK_MEM(h.digest + 32, tl_vector_fixed(item, "salsa_nonce", 8), 8);
	CHECK_MEM(memory, tl_vector_fixed(item, "genmem_block0", 64), 64);
	CHECK_MEM(memory + 64, tl_vector_fixed(item, "genmem_block1", 64), 64);
	CHECK_MEM(memory, tl_vector_fixed(item, "genmem_first32", 32), 32);
	CHECK_MEM(memory + sizeof(memory) - 32,
		  tl_vector_fixed(item, "genmem_last32", 32), 32);
	check_memory_hash(item, "genmem_sha512_after_fill");
}

TEST(hard_hash_swaps_words_in_its_first_steps)
{
	json_t *item = tl_vector_get(tl_vector_load("identity"), "derivation");
	struct hard_hash h;
	json_t *step;
	size_t i;

	begin(&h, item);
	json_array_foreach(tl_vector_array(item, "first_iterations"), i, step)
	{
		size_t a = (size_t)tl_vector_int(step, "digest_word_index");
		size_t b = (size_t)tl_vector_int(step, "memory_word_index");

		CHECK_EQ(h.done, tl_vector_int(step, "iteration"));
		CHECK_MEM(memory + 8 * b,
			  tl_vector_fixed(step, "memory_word_before_swap", 8),
			  8);
		CHECK_MEM(h.digest + 8 * a,
			  tl_vector_fixed(step, "digest_word_before_swap", 8),
			  8);
		tl_hard_hash_run(&h, 1);
		CHECK_MEM(memory + 8 * b,
			  tl_vector_fixed(step, "digest_word_before_swap", 8),
			  8);
		CHECK_MEM(h.digest, tl_vector_fixed(step, "digest_after", 64),
			  64);
	}
}

TEST(hard_hash_passes_every_checkpoint)
{
	json_t *item = tl_vector_get(tl_vector_load("identity"), "derivation");
	struct hard_hash h;
	json_t *point;
	size_t i;

	begin(&h, item);
	json_array_foreach(tl_vector_array(item, "checkpoints"), i, point)
	{
		unsigned int done =
			(unsigned int)tl_vector_int(point, "iterations_done");

		tl_hard_hash_run(&h, done - h.done);
		CHECK_MEM(h.digest, tl_vector_fixed(point, "digest", 64), 64);
	}
	tl_hard_hash_run(&h, HARD_HASH_STEPS - h.done);
	CHECK_MEM(h.digest, tl_vector_fixed(item, "final_digest", 64), 64);
	CHECK_MEM(h.digest + 59, tl_vector_fixed(item, "address", 5), 5);
	check_memory_hash(item, "genmem_sha512_at_end");
}

static void check_digests(const char *key)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("identity"), key), i,
			   item)
	{
		struct bytes binary = tl_vector_bytes(item, "binary_public");
		struct hard_hash h;

		tl_hard_hash_init(&h, memory, tl_bytes(binary.at + 6, 64));
		tl_hard_hash_run(&h, HARD_HASH_STEPS);
		CHECK_MEM(h.digest,
			  tl_vector_fixed(item, "derivation_digest", 64), 64);
	}
}

TEST(hard_hash_of_valid_identities)
{
	check_digests("valid");
}

TEST(hard_hash_of_invalid_identities)
{
	check_digests("invalid");
}
