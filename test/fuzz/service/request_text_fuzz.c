/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "service/request_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_within(const char *s, const uint8_t *head, size_t n)
{
	const uint8_t *at = (const uint8_t *)s;

	tl_assert(at >= head && at < head + n);
	tl_assert(strlen(s) < (size_t)(head + n - at));
}

/* All that it gives are strings inside the head. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	size_t len = tl_request_head_len(tl_bytes(data, n));
	struct request_text q;
	uint8_t *head;

	if (!len)
		return 0;
	head = malloc(len);
	tl_assert(head);
	memcpy(head, data, len);
	if (tl_request_parse(&q, tl_buffer(head, len)) == 0) {
		const char *x = tl_request_query(&q, "x");

		tl_assert(q.path[0] == '/');
		check_within(q.path, head, len);
		tl_assert(q.query_len < len);
		if (x)
			check_within(x, head, len);
		if (q.token)
			check_within(q.token, head, len);
	}
	free(head);
	return 0;
}
