/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hard_hash.h"

#include "vectors/vector.h"

static uint8_t memory[HARD_HASH_MEMORY];

static const char *const pub_hex =
	"ac3d46abe0c21f3cfe7a6c8d6a85cfcffcb82fbd55af6a4d6350657c68200843"
	"fa2e16f9418bbd9702cae365f2af5fb4c420908b803a681d4daef6114d78a2d7";

static const char *const digest_hex =
	"10b1afd388c4c1561f184ed54cd5bd012a1c8edf5a5975200bb15608dba0b5eb"
	"b9faa360a0c6bf99cf684e015bf5bda9d347a4867a5515fa48c6c58e4df28b72";

/* vl1.md B.1, identity A. */
TEST(hard_hash_of_a_public_key)
{
	struct hard_hash h;

	tl_hard_hash_init(&h, memory,
			  tl_buffer_bytes(tl_vector_unhex(pub_hex)));
	tl_hard_hash_run(&h, HARD_HASH_STEPS);
	CHECK_EQ(h.done, HARD_HASH_STEPS);
	CHECK_BYTES(TL_BYTES_OF(h.digest),
		    tl_buffer_bytes(tl_vector_unhex(digest_hex)));
}

TEST(hard_hash_in_uneven_runs_is_the_same)
{
	struct hard_hash h;
	unsigned int n = 1;

	tl_hard_hash_init(&h, memory,
			  tl_buffer_bytes(tl_vector_unhex(pub_hex)));
	while (h.done < HARD_HASH_STEPS) {
		tl_hard_hash_run(&h, TL_MIN(n, HARD_HASH_STEPS - h.done));
		n += 61;
	}
	CHECK_BYTES(TL_BYTES_OF(h.digest),
		    tl_buffer_bytes(tl_vector_unhex(digest_hex)));
}
