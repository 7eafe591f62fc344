/* SPDX-License-Identifier: Apache-2.0 */
/* Traces of others: what is shown of them harms no terminal. */
#include <string.h>

#include "wire/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	char text[TRACE_TEXT_MAX];
	struct bytes dict;
	const char *at;

	while (tl_read_trace(&r, &dict)) {
		tl_assert(dict.n > 0 && dict.n <= TRACE_DICT_MAX);
		tl_assert(!memchr(dict.at, 0, dict.n));
		tl_assert(tl_trace_event_text(tl_trace_event(dict)));
		tl_trace_print(text, dict);
		for (at = text; *at; at++)
			tl_assert(*at >= ' ' && *at <= '~');
	}
	tl_assert(!tl_reader_ok(&r) || r.rest.n == 0);
	return 0;
}
