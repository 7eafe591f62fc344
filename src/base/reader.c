/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"

#include <string.h>

struct bytes tl_read_slice(struct reader *r, size_t n)
{
	struct bytes got;

	if (r->failed || n > r->rest.n) {
		tl_reader_fail(r);
		return tl_bytes(NULL, 0);
	}
	got = tl_bytes(r->rest.at, n);
	r->rest = tl_bytes_skip(r->rest, n);
	return got;
}

void tl_read_copy(struct reader *r, void *out, size_t n)
{
	struct bytes got = tl_read_slice(r, n);

	if (!n)
		return;
	if (got.n == n)
		memcpy(out, got.at, n);
	else
		memset(out, 0, n);
}

void tl_read_skip(struct reader *r, size_t n)
{
	(void)tl_read_slice(r, n);
}

uint8_t tl_read_u8(struct reader *r)
{
	struct bytes b = tl_read_slice(r, 1);

	return b.n ? b.at[0] : 0;
}

uint16_t tl_read_be16(struct reader *r)
{
	struct bytes b = tl_read_slice(r, 2);

	return b.n ? tl_load_be16(b.at) : 0;
}

uint32_t tl_read_be32(struct reader *r)
{
	struct bytes b = tl_read_slice(r, 4);

	return b.n ? tl_load_be32(b.at) : 0;
}

uint64_t tl_read_be40(struct reader *r)
{
	struct bytes b = tl_read_slice(r, 5);

	return b.n ? tl_load_be40(b.at) : 0;
}

uint64_t tl_read_be64(struct reader *r)
{
	struct bytes b = tl_read_slice(r, 8);

	return b.n ? tl_load_be64(b.at) : 0;
}
