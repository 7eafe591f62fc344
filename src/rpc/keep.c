/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/keep.h"

void tl_keep_write(struct writer *w, const struct keep_record *k)
{
	if (k->blob.n > KEEP_BLOB_MAX) {
		w->failed = true;
		return;
	}
	tl_write_u8(w, k->kind);
	tl_write_u8(w, 0);
	tl_write_be16(w, (uint16_t)k->blob.n);
	tl_write_be32(w, 0);
	tl_write_be64(w, k->key);
	tl_write_bytes(w, k->blob);
}

void tl_keep_read(struct reader *r, struct keep_record *k)
{
	size_t n;

	k->kind = tl_read_u8(r);
	tl_read_skip(r, 1);
	n = tl_read_be16(r);
	tl_read_skip(r, 4);
	k->key = tl_read_be64(r);
	if (n > KEEP_BLOB_MAX)
		tl_reader_fail(r);
	k->blob = tl_read_slice(r, n);
}

void tl_keep_write_hello(struct writer *w, const struct keep_hello *h)
{
	tl_write_be32(w, h->restarts);
	tl_write_be32(w, h->last_status);
	tl_write_be32(w, h->beat_ms);
	tl_write_be64(w, h->since_ms);
}

void tl_keep_read_hello(struct reader *r, struct keep_hello *h)
{
	h->restarts = tl_read_be32(r);
	h->last_status = tl_read_be32(r);
	h->beat_ms = tl_read_be32(r);
	h->since_ms = tl_read_be64(r);
}
