/* SPDX-License-Identifier: Apache-2.0 */
/* Dictionaries: every value is found again after it was written. */
#include <string.h>

#include "wire/dictionary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_reading(struct bytes dict)
{
	static const char *const keys[] = { "", "a", "nwid", "C" };
	uint8_t value[64];
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(keys); i++) {
		size_t n = 0;
		bool found =
			tl_dict_get(dict, keys[i], TL_BUFFER_OF(value), &n);

		tl_assert(found == tl_dict_has(dict, keys[i]));
		tl_assert(n <= sizeof(value));
		tl_dict_get_uint(dict, keys[i], 1);
		tl_dict_get_int(dict, keys[i], 1);
		tl_dict_get_bool(dict, keys[i], false);
		tl_assert(tl_dict_get_address(dict, keys[i]).v >> 40 == 0);
	}
}

static void try_writing(struct bytes value)
{
	static uint8_t room[1 << 17];
	static uint8_t back[1 << 16];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t n;

	if (value.n > sizeof(back))
		return;
	tl_dict_add(&w, "before", value);
	tl_dict_add(&w, "C", value);
	tl_dict_add_uint(&w, "a", value.n);
	if (!tl_writer_ok(&w))
		return;
	tl_assert(
		tl_dict_get(tl_writer_bytes(&w), "C", TL_BUFFER_OF(back), &n));
	tl_assert(tl_bytes_equal(tl_bytes(back, n), value));
	tl_assert(tl_dict_get_uint(tl_writer_bytes(&w), "a", 0) == value.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_reading(tl_bytes(data, size));
	try_writing(tl_bytes(data, size));
	return 0;
}
