/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_pool FROM TO - write records FROM to TO - 1 of test/sim/pool.bin
 *
 * They go to standard output, to be put behind those that are there. 0.3 s of
 * CPU each; see sim_pool.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "crypto/hard_hash.h"
#include "test/sim/sim_pool.h"

static bool find_address(struct identity *id)
{
	static uint8_t memory[HARD_HASH_MEMORY];
	struct hard_hash h;

	tl_hard_hash_init(&h, memory, TL_BYTES_OF(id->pub));
	tl_hard_hash_run(&h, HARD_HASH_STEPS);
	id->addr.v = tl_load_be40(h.digest + SHA512_LEN - ADDRESS_LEN);
	return h.digest[0] < 17 && !tl_address_is_reserved(id->addr);
}

static void make(unsigned int number)
{
	uint8_t record[SIM_POOL_RECORD];
	unsigned int attempt = 0;
	struct identity id;

	sim_pool_keys(&id, number, attempt);
	while (!find_address(&id))
		sim_pool_keys(&id, number, ++attempt);
	tl_store_be16(record, (uint16_t)attempt);
	tl_store_be40(record + 2, id.addr.v);
	fwrite(record, 1, sizeof(record), stdout);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned int from;
	unsigned int to;

	if (argc != 3) {
		fputs("usage: make_pool FROM TO >>test/sim/pool.bin\n", stderr);
		return 2;
	}
	from = (unsigned int)strtoul(argv[1], NULL, 10);
	to = (unsigned int)strtoul(argv[2], NULL, 10);
	for (; from < to; from++)
		make(from);
	return 0;
}
