/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lz4_plain.c - the LZ4 block format, read byte by byte
 *
 * A block is a row of sequences: a token with two lengths, literals, and a
 * match, which repeats what lies at an offset behind. The last one has
 * literals only.
 */
#include "base/reader.h"
#include "base/writer.h"
#include "wire/lz4.h"

#define MATCH_MIN 4

/* A length in a token goes on in the bytes that follow if it is 15. */
static size_t read_length(struct reader *r, unsigned int nibble)
{
	size_t n = nibble;
	uint8_t more;

	if (nibble != 15)
		return n;
	do {
		more = tl_read_u8(r);
		n += more;
	} while (more == 255);
	return n;
}

/* What is copied may have been written by the same match. */
static bool write_match(struct writer *w, size_t offset, size_t n)
{
	size_t i;

	if (!tl_writer_ok(w) || offset == 0 || offset > w->n ||
	    n > tl_writer_left(w))
		return false;
	for (i = 0; i < n; i++)
		w->room.at[w->n + i] = w->room.at[w->n + i - offset];
	w->n += n;
	return true;
}

size_t tl_lz4_decode_plain(struct buffer out, struct bytes block)
{
	struct reader r = tl_reader(block);
	struct writer w = tl_writer(out);
	unsigned int token;
	size_t offset;
	size_t n;

	for (;;) {
		token = tl_read_u8(&r);
		n = read_length(&r, token >> 4);
		tl_write_bytes(&w, tl_read_slice(&r, n));
		if (tl_reader_done(&r))
			break;
		offset = tl_read_u8(&r);
		offset |= (size_t)tl_read_u8(&r) << 8;
		n = read_length(&r, token & 15) + MATCH_MIN;
		if (!tl_reader_ok(&r) || !write_match(&w, offset, n))
			return 0;
	}
	return tl_writer_bytes(&w).n;
}
