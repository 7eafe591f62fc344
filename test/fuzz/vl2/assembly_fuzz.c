/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks of several updates in any order. Every four bytes of input are one
 * chunk: update, total, offset and length are small numbers, so that they
 * collide, and the content is a function of the offset.
 */
#include <string.h>

#include "vl2/assembly.h"

#define TOTAL_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t content_at(uint64_t update, size_t at)
{
	return (uint8_t)(update * 31 + at * 7);
}

static void check_complete(uint64_t update, struct bytes dict)
{
	size_t i;

	for (i = 0; i < dict.n; i++)
		tl_assert(dict.at[i] == content_at(update, i));
}

static void add(struct assembly *a, const uint8_t in[4])
{
	uint8_t content[TOTAL_MAX];
	struct config_chunk chunk = { .is_signed = true };
	enum assembly_result result;
	struct bytes dict;
	size_t i;

	chunk.update_id = in[0] % 5 + 1u;
	chunk.total = in[1] % TOTAL_MAX + 1u;
	chunk.offset = in[2] % chunk.total;
	chunk.data.n = in[3] % (chunk.total - chunk.offset) + 1u;
	chunk.chunk_id = (uint64_t)in[2] << 8 | in[3];
	for (i = 0; i < chunk.data.n; i++)
		content[i] = content_at(chunk.update_id, chunk.offset + i);
	chunk.data.at = content;
	if (tl_assembly_add(a, &result, &dict, &chunk) != 0)
		return;
	/* Nothing is wanted twice, nor what was refused. */
	tl_assert(!tl_assembly_wants(a, &chunk));
	if (result == ASSEMBLY_COMPLETE) {
		tl_assert(dict.n == chunk.total);
		check_complete(chunk.update_id, dict);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct assembly *a;

	if (tl_assembly_new(&a) != 0)
		return 0;
	for (; size >= 4; data += 4, size -= 4) {
		if (data[0] == 0xff)
			tl_assembly_reset(a);
		else if (data[0] == 0xfe)
			tl_assembly_release(a);
		else
			add(a, data);
	}
	tl_assembly_free(a);
	return 0;
}
