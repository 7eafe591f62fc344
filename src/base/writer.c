/* SPDX-License-Identifier: Apache-2.0 */
#include "base/writer.h"

#include <string.h>

uint8_t *tl_write_room(struct writer *w, size_t n)
{
	uint8_t *at;

	if (w->failed || n > w->room.n - w->n) {
		w->failed = true;
		return NULL;
	}
	at = w->room.at + w->n;
	w->n += n;
	return at;
}

void tl_write_bytes(struct writer *w, struct bytes b)
{
	uint8_t *at = tl_write_room(w, b.n);

	if (at && b.n)
		memcpy(at, b.at, b.n);
}

void tl_write_zeroes(struct writer *w, size_t n)
{
	uint8_t *at = tl_write_room(w, n);

	if (at && n)
		memset(at, 0, n);
}

void tl_write_u8(struct writer *w, uint8_t v)
{
	uint8_t *at = tl_write_room(w, 1);

	if (at)
		at[0] = v;
}

void tl_write_be16(struct writer *w, uint16_t v)
{
	uint8_t *at = tl_write_room(w, 2);

	if (at)
		tl_store_be16(at, v);
}

void tl_write_be32(struct writer *w, uint32_t v)
{
	uint8_t *at = tl_write_room(w, 4);

	if (at)
		tl_store_be32(at, v);
}

void tl_write_be40(struct writer *w, uint64_t v)
{
	uint8_t *at = tl_write_room(w, 5);

	if (at)
		tl_store_be40(at, v);
}

void tl_write_be64(struct writer *w, uint64_t v)
{
	uint8_t *at = tl_write_room(w, 8);

	if (at)
		tl_store_be64(at, v);
}
