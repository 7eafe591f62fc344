/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses on the wire and as text: what is read is written the same. */
#include <string.h>

#include "wire/endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_text(const uint8_t *data, size_t size)
{
	char text[ENDPOINT_TEXT_SIZE + 8];
	struct endpoint e, again;

	if (size >= sizeof(text))
		return;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (tl_endpoint_parse(&e, text) != 0)
		return;
	tl_assert(tl_endpoint_parse(&again, tl_endpoint_print(text, &e)) == 0);
	tl_assert(tl_endpoint_equal(&e, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	uint8_t room[ENDPOINT_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct endpoint e = tl_read_endpoint(&r);
	struct endpoint other;

	try_text(data, size);
	if (!tl_reader_ok(&r))
		return 0;
	tl_write_endpoint(&w, &e);
	tl_assert(tl_writer_ok(&w));
	if (!tl_endpoint_is_nil(&e))
		tl_assert(w.n == size - r.rest.n &&
			  memcmp(room, data, w.n) == 0);
	tl_assert(tl_endpoint_scope(&e) <= IP_SCOPE_PRIVATE);
	other = tl_read_endpoint(&r);
	if (tl_endpoint_contains(&e, &other))
		tl_assert(e.family == other.family);
	tl_assert(tl_endpoint_compare(&e, &other) ==
		  -tl_endpoint_compare(&other, &e));
	return 0;
}
