/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.h - build a message in a buffer of fixed size
 *
 * The twin of reader.h: a write that does not fit marks the writer failed and
 * leaves the buffer as it was; later writes do nothing. The caller asks once,
 * at the end.
 */
#ifndef TL_BASE_WRITER_H
#define TL_BASE_WRITER_H

#include "base/bytes.h"

/**
 * struct writer - Cursor over a buffer to be filled
 * @room:	the whole buffer; borrowed, must outlive the writer
 * @n:		bytes written so far
 * @failed:	true once any write did not fit
 */
struct writer {
	struct buffer room;
	size_t n;
	bool failed;
};

static inline struct writer tl_writer(struct buffer room)
{
	return (struct writer){ .room = room, .n = 0, .failed = false };
}

static inline bool tl_writer_ok(const struct writer *w)
{
	return !w->failed;
}

/* What has been written; empty once the writer has failed. */
static inline struct bytes tl_writer_bytes(const struct writer *w)
{
	return w->failed ? tl_bytes(NULL, 0) : tl_bytes(w->room.at, w->n);
}

/* Bytes that still fit. */
static inline size_t tl_writer_left(const struct writer *w)
{
	return w->failed ? 0 : w->room.n - w->n;
}

/**
 * tl_write_room() - Reserve @n bytes to be filled by the caller
 *
 * Return: the reserved bytes, or NULL if they do not fit (@w has failed).
 */
uint8_t *tl_write_room(struct writer *w, size_t n);

void tl_write_bytes(struct writer *w, struct bytes b);
void tl_write_zeroes(struct writer *w, size_t n);
void tl_write_u8(struct writer *w, uint8_t v);
void tl_write_be16(struct writer *w, uint16_t v);
void tl_write_be32(struct writer *w, uint32_t v);
void tl_write_be40(struct writer *w, uint64_t v);
void tl_write_be64(struct writer *w, uint64_t v);

#endif /* TL_BASE_WRITER_H */
