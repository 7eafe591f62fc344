/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_body.h - where the body of an HTTP message ends
 *
 * Follows the bytes of a body as they pass, in pieces of any size, and says how
 * many of them belong to it. Nothing is decoded or kept. Chunks are read
 * strictly (RFC 9112 7.1): what another reader might see otherwise is refused,
 * so that nobody can hide a second message in a first one.
 */
#ifndef TL_PROXY_HTTP_BODY_H
#define TL_PROXY_HTTP_BODY_H

#include "base/bytes.h"

enum http_framing {
	HTTP_BODY_NONE,
	HTTP_BODY_LENGTH, /* Content-Length */
	HTTP_BODY_CHUNKED,
	HTTP_BODY_TO_END, /* until the connection ends; responses only */
};

/* Where a chunked body stands. */
enum http_chunk_state {
	CHUNK_SIZE, /* digits of a size */
	CHUNK_EXTENSION, /* behind the digits; skipped */
	CHUNK_SIZE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILER_START, /* at the start of a line behind the last chunk */
	CHUNK_TRAILER,
	CHUNK_TRAILER_LF,
	CHUNK_LAST_LF,
};

/**
 * struct http_body - A body under way
 * @framing:	how it is told where it ends
 * @left:	bytes to come, of the body or of this chunk
 * @state:	with chunks
 * @n_digits:	of this chunk's size
 * @n_overhead:	bytes of extensions and trailers so far, which are limited
 * @is_done:	it has ended; nothing more belongs to it
 * @is_bad:	it is malformed; @is_done is never true then
 */
struct http_body {
	enum http_framing framing;
	uint64_t left;
	enum http_chunk_state state;
	unsigned int n_digits;
	size_t n_overhead;
	bool is_done;
	bool is_bad;
};

/* @length counts with HTTP_BODY_LENGTH only. */
void tl_http_body_init(struct http_body *b, enum http_framing framing,
		       uint64_t length);

/* How many of the next bytes @data belong to the body; fewer than there are
 * only if it is done or bad then. */
size_t tl_http_body_take(struct http_body *b, struct bytes data);

/* May the connection end here? */
bool tl_http_body_may_end(const struct http_body *b);

#endif /* TL_PROXY_HTTP_BODY_H */
