/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/http_body.h"

/* 2^60 bytes in a chunk are enough, and nothing overflows. */
#define DIGITS_MAX 15
#define OVERHEAD_MAX 32768

void tl_http_body_init(struct http_body *b, enum http_framing framing,
		       uint64_t length)
{
	*b = (struct http_body){ .framing = framing, .left = length };
	b->is_done = framing == HTTP_BODY_NONE ||
		     (framing == HTTP_BODY_LENGTH && length == 0);
	if (framing == HTTP_BODY_CHUNKED)
		b->left = 0;
}

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void expect(struct http_body *b, bool is_right,
		   enum http_chunk_state then)
{
	if (is_right)
		b->state = then;
	else
		b->is_bad = true;
}

/* Lines of a chunk's head or trailer hold no control characters but tabs, and
 * are not endless. */
static bool is_line_byte(struct http_body *b, uint8_t c)
{
	return ++b->n_overhead <= OVERHEAD_MAX && c != 0x7f &&
	       (c >= ' ' || c == '\t');
}

static void take_size(struct http_body *b, uint8_t c)
{
	int d = digit_of(c);

	if (d >= 0 && b->n_digits < DIGITS_MAX) {
		b->left = b->left << 4 | (uint64_t)d;
		b->n_digits++;
	} else if (d >= 0 || b->n_digits == 0) {
		b->is_bad = true;
	} else if (c == '\r') {
		b->state = CHUNK_SIZE_LF;
	} else {
		expect(b, c == ';' || c == ' ' || c == '\t', CHUNK_EXTENSION);
	}
}

static void after_size(struct http_body *b, uint8_t c)
{
	expect(b, c == '\n', b->left ? CHUNK_DATA : CHUNK_TRAILER_START);
	b->n_digits = 0;
}

/* One byte of all that is not data. */
static void take_byte(struct http_body *b, uint8_t c)
{
	switch (b->state) {
	case CHUNK_SIZE:
		take_size(b, c);
		break;
	case CHUNK_EXTENSION:
		if (c == '\r')
			b->state = CHUNK_SIZE_LF;
		else
			expect(b, is_line_byte(b, c), CHUNK_EXTENSION);
		break;
	case CHUNK_SIZE_LF:
		after_size(b, c);
		break;
	case CHUNK_DATA: /* not here */
		break;
	case CHUNK_DATA_CR:
		expect(b, c == '\r', CHUNK_DATA_LF);
		break;
	case CHUNK_DATA_LF:
		expect(b, c == '\n', CHUNK_SIZE);
		break;
	case CHUNK_TRAILER_START:
		if (c == '\r')
			b->state = CHUNK_LAST_LF;
		else
			expect(b, is_line_byte(b, c), CHUNK_TRAILER);
		break;
	case CHUNK_TRAILER:
		if (c == '\r')
			b->state = CHUNK_TRAILER_LF;
		else
			expect(b, is_line_byte(b, c), CHUNK_TRAILER);
		break;
	case CHUNK_TRAILER_LF:
		expect(b, c == '\n', CHUNK_TRAILER_START);
		break;
	case CHUNK_LAST_LF:
		b->is_done = c == '\n';
		b->is_bad = c != '\n';
		break;
	}
}

static size_t take_data(struct http_body *b, size_t n)
{
	if (n > b->left)
		n = (size_t)b->left;
	b->left -= n;
	return n;
}

static size_t take_chunked(struct http_body *b, struct bytes data)
{
	size_t at = 0;

	while (at < data.n && !b->is_done && !b->is_bad) {
		if (b->state != CHUNK_DATA) {
			take_byte(b, data.at[at]);
			at += !b->is_bad;
			continue;
		}
		at += take_data(b, data.n - at);
		if (b->left == 0)
			b->state = CHUNK_DATA_CR;
	}
	return at;
}

size_t tl_http_body_take(struct http_body *b, struct bytes data)
{
	size_t n;

	if (b->is_done || b->is_bad)
		return 0;
	switch (b->framing) {
	case HTTP_BODY_NONE:
		return 0;
	case HTTP_BODY_LENGTH:
		n = take_data(b, data.n);
		b->is_done = b->left == 0;
		return n;
	case HTTP_BODY_CHUNKED:
		return take_chunked(b, data);
	case HTTP_BODY_TO_END:
		break;
	}
	return data.n;
}

bool tl_http_body_may_end(const struct http_body *b)
{
	return b->is_done || b->framing == HTTP_BODY_TO_END;
}
