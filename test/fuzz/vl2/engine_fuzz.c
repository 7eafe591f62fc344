/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two engines with an enemy between them, who delivers, loses, repeats, cuts,
 * bends and misdirects what they send, as the input says; see duel_steps.h, and
 * duel.h for what must not happen whatever it does.
 */
#include "test/sim/duel_steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size <= 3000)
		duel_run(tl_bytes(data, size));
	return 0;
}
