/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What parses is built, and parses again into the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t room[70000];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r = tl_reader(tl_bytes(data, n));
	struct ok_hello ok;
	struct ok_hello again;
	bool parsed;

	if (!tl_ok_hello_parse(&r, &ok))
		return 0;
	tl_ok_hello_build(&w, &ok);
	tl_assert(tl_writer_ok(&w));
	r = tl_reader(tl_writer_bytes(&w));
	parsed = tl_ok_hello_parse(&r, &again);
	tl_assert(parsed && tl_reader_done(&r));
	tl_assert(ok.timestamp == again.timestamp);
	tl_assert(tl_endpoint_equal(&ok.seen_at, &again.seen_at));
	tl_assert(tl_bytes_equal(ok.worlds, again.worlds));
	return 0;
}
