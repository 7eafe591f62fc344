/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - walk through untrusted bytes without ever leaving them
 *
 * Running off the end marks the reader failed; later reads yield zero or an
 * empty slice, and the caller asks once, at the end. A parser then reads like
 * the message it parses. Act on nothing before tl_reader_ok() said yes.
 */
#ifndef TL_BASE_READER_H
#define TL_BASE_READER_H

#include "base/bytes.h"

/**
 * struct reader - Cursor over untrusted bytes
 * @rest:	what has not been read yet; borrowed, must outlive the reader
 * @failed:	true once any read has asked for more than was left
 */
struct reader {
	struct bytes rest;
	bool failed;
};

static inline struct reader tl_reader(struct bytes b)
{
	return (struct reader){ .rest = b, .failed = false };
}

static inline bool tl_reader_ok(const struct reader *r)
{
	return !r->failed;
}

/* True if everything was read and nothing failed. */
static inline bool tl_reader_done(const struct reader *r)
{
	return !r->failed && r->rest.n == 0;
}

/* A parser found nonsense: later reads yield nothing. */
static inline void tl_reader_fail(struct reader *r)
{
	r->failed = true;
	r->rest = tl_bytes(NULL, 0);
}

/**
 * tl_read_slice() - Take the next @n bytes without copying
 * @r:		reader; marked failed if fewer than @n bytes are left
 * @n:		length in bytes
 *
 * Return: a slice borrowed from the reader's buffer, empty if @r has failed.
 */
struct bytes tl_read_slice(struct reader *r, size_t n);

/* Copy the next @n bytes to @out; zeroes if there are fewer. */
void tl_read_copy(struct reader *r, void *out, size_t n);

void tl_read_skip(struct reader *r, size_t n);

/* Big-endian integers; zero once the reader has failed. */
uint8_t tl_read_u8(struct reader *r);
uint16_t tl_read_be16(struct reader *r);
uint32_t tl_read_be32(struct reader *r);
uint64_t tl_read_be40(struct reader *r);
uint64_t tl_read_be64(struct reader *r);

#endif /* TL_BASE_READER_H */
