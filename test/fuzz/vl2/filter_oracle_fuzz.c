/* SPDX-License-Identifier: Apache-2.0 */
/* The rules engine and the slow one say the same, whatever they are asked. */
#include "test/oracle/filter_scene.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct filter_result got[2];
	struct filter_result want[2];
	struct scene *s = calloc(1, sizeof(*s));

	if (!s)
		return 0;
	scene_read(s, tl_bytes(data, size));
	tl_assert(!scene_differs(s, got, want));
	free(s);
	return 0;
}
