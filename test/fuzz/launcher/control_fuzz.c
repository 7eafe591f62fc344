/* SPDX-License-Identifier: Apache-2.0 */
/* Control data of a message, from a program's memory, in either word size. */
#include "base/compiler.h"
#include "launcher/trap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trap t = { .fd = -1 };
	uint8_t in[256] = { 0 };
	uint8_t out[512] = { 0 };
	size_t n_in = sizeof(in);
	size_t n_out = sizeof(out);

	if (size == 0)
		return 0;
	t.is_32 = data[0] & 1;
	if (!tl_trap_control_in(&t, in, &n_in, data + 1, size - 1))
		return 0;
	tl_assert(n_in <= sizeof(in));
	/* What was taken in can be handed out. */
	tl_assert(tl_trap_control_out(&t, out, &n_out, in, n_in));
	tl_assert(n_out <= sizeof(out));
	return 0;
}
