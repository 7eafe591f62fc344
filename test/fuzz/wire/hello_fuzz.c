/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What parses is built, and parses again into what is built as the same. */
static void check_again(const struct hello *h)
{
	uint8_t first[HELLO_MAX_LEN];
	uint8_t second[HELLO_MAX_LEN];
	struct writer w1 = tl_writer(TL_BUFFER_OF(first));
	struct writer w2 = tl_writer(TL_BUFFER_OF(second));
	struct hello again;
	struct reader r;
	size_t mask_at;
	bool ok;

	tl_hello_build(&w1, h, &mask_at);
	tl_assert(tl_writer_ok(&w1));
	r = tl_reader(tl_writer_bytes(&w1));
	ok = tl_hello_parse(&r, &again);
	tl_assert(ok && w1.n - r.rest.n == mask_at);
	ok = tl_hello_parse_moons(&again, r.rest);
	tl_assert(ok);
	tl_hello_build(&w2, &again, &mask_at);
	tl_assert(tl_bytes_equal(tl_writer_bytes(&w1), tl_writer_bytes(&w2)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct reader r = tl_reader(tl_bytes(data, n));
	struct hello h;

	if (!tl_hello_parse(&r, &h))
		return 0;
	tl_assert(!h.identity.has_priv && h.n_moons == 0);
	if (!tl_hello_parse_moons(&h, r.rest))
		return 0;
	tl_assert(h.n_moons <= HELLO_MAX_MOONS);
	check_again(&h);
	return 0;
}
