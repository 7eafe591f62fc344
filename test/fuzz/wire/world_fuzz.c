/* SPDX-License-Identifier: Apache-2.0 */
/* Planets and moons: what parses is written, and what is written reads. */
#include "wire/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world first, again;
	static uint8_t room[WORLD_WIRE_MAX];
	static uint8_t room2[WORLD_WIRE_MAX];
	struct reader r = tl_reader(tl_bytes(data, size));
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct writer w2 = tl_writer(TL_BUFFER_OF(room2));

	tl_read_world(&r, &first);
	if (!tl_reader_ok(&r))
		return 0;
	tl_write_world(&w, &first);
	tl_assert(tl_writer_ok(&w));
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_world(&r, &again);
	tl_assert(tl_reader_done(&r));
	tl_write_world(&w2, &again);
	tl_assert(tl_bytes_equal(tl_writer_bytes(&w), tl_writer_bytes(&w2)));
	/* Not newer than itself. */
	tl_assert(first.id == 0 || first.type == WORLD_NULL ||
		  !tl_world_may_replace(&first, &again));
	return 0;
}
