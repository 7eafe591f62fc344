/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_pool.h - thousands of valid identities for simulations
 *
 * Making an identity costs 0.3 s, since nearly all key pairs have no address.
 * So the keys are computed, of the identity's number and of how many pairs were
 * tried before, and the committed file test/sim/pool.bin holds for each only
 * that count and the address. No secrets, of course: anybody can compute them.
 */
#ifndef TL_TEST_SIM_POOL_H
#define TL_TEST_SIM_POOL_H

#include "wire/identity.h"

/* A record of the file: attempt (2 bytes), address (5), big-endian. */
#define SIM_POOL_RECORD 7
#define SIM_POOL_FILE TL_SOURCE_DIR "/test/sim/pool.bin"

/* The keys of identity @number at @attempt; its address stays unset. */
void sim_pool_keys(struct identity *out, unsigned int number,
		   unsigned int attempt);

/* How many there are. */
unsigned int sim_pool_size(void);

/* Identity @number; below sim_pool_size(). */
void sim_pool_identity(struct identity *out, unsigned int number);

#endif /* TL_TEST_SIM_POOL_H */
