/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a service, or of something else: what is read lies inside, and a
 * whole answer stays one when more comes behind its head. */
#include "cli/http_client.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_answer a;
	unsigned int status;
	size_t head_len;
	uint8_t *copy = tl_alloc(size + 1);
	int err;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	err = tl_http_head_parse(&status, &head_len, tl_buffer(copy, size));
	if (!err) {
		tl_assert(head_len <= size);
		tl_assert(status >= 100 && status <= 599);
	}
	if (tl_http_answer_parse(&a, tl_buffer(copy, size), true) == 0) {
		tl_assert(!err);
		tl_assert(a.body.n <= size - head_len);
	}
	tl_free(copy);
	return 0;
}
