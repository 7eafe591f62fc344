/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/filter.h"

#include <string.h>

void tl_rpc_write_filter(struct writer *w, const struct rpc_filter *f)
{
	uint32_t i;

	tl_rpc_write_addr(w, &f->group);
	tl_write_be32(w, f->index);
	tl_write_be32(w, f->mode);
	tl_write_be32(w, f->n);
	for (i = 0; i < f->n; i++)
		tl_write_bytes(w, TL_BYTES_OF(f->sources[i]));
}

void tl_rpc_read_filter(struct reader *r, struct rpc_filter *f)
{
	struct bytes b;
	uint32_t i;

	memset(f, 0, sizeof(*f));
	f->group = tl_rpc_read_addr(r);
	f->index = tl_read_be32(r);
	f->mode = tl_read_be32(r);
	f->n = tl_read_be32(r);
	if (f->n > FILTER_SOURCES_MAX) {
		r->failed = true;
		f->n = 0;
	}
	for (i = 0; i < f->n; i++) {
		b = tl_read_slice(r, sizeof(f->sources[i]));
		if (b.n)
			memcpy(f->sources[i], b.at, b.n);
	}
}
