/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A head, then a body: what is passed on must be read by the next reader as
 * what it was read as here.
 */
#include <string.h>

#include "proxy/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint8_t room[HTTP_REWRITE_MAX];

static bool has_status(int r)
{
	return r == -400 || r == -431 || r == -501 || r == -505;
}

/* The rewritten head, turned back into what a proxy gets. */
static void check_request(const struct http_request *q)
{
	static uint8_t again[2 * HTTP_REWRITE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct http_request p;
	struct bytes head;
	size_t method;
	int r;

	if (q->is_connect)
		return;
	tl_http_write_request(&w, q);
	tl_assert(tl_writer_ok(&w));
	head = tl_writer_bytes(&w);
	if (head.n > HTTP_HEAD_MAX - 512)
		return;
	method = q->method.n + 1;
	w = tl_writer(TL_BUFFER_OF(again));
	tl_write_bytes(&w, tl_bytes_first(head, method));
	tl_write_bytes(&w, tl_bytes_from_str("http://"));
	tl_write_bytes(&w, q->authority);
	if (head.at[method] == '*')
		method++;
	tl_write_bytes(&w, tl_bytes_skip(head, method));
	r = tl_http_parse_request(&p, tl_writer_bytes(&w));
	if (r == -431) /* one line more than there may be */
		return;
	tl_assert(r == (int)w.n);
	tl_assert(p.framing == q->framing && p.length == q->length);
	tl_assert(p.minor == q->minor && p.to.port == q->to.port);
	tl_assert(strcmp(p.to.name, q->to.name) == 0);
}

static void check_response(const struct http_response *a, bool is_head)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct http_response b;
	int r;

	tl_http_write_response(&w, a);
	tl_assert(tl_writer_ok(&w));
	r = tl_http_parse_response(&b, tl_writer_bytes(&w), is_head);
	if (r == -502) /* longer, or of more lines, than a head may be */
		return;
	tl_assert(w.n > HTTP_HEAD_MAX || r == (int)w.n);
	tl_assert(b.framing == a->framing && b.length == a->length);
	tl_assert(b.status == a->status);
}

/* In one piece and byte by byte it ends at the same place. */
static void check_body(enum http_framing framing, uint64_t length,
		       struct bytes data)
{
	struct http_body whole;
	struct http_body bytes;
	size_t at = 0;
	size_t n;

	tl_http_body_init(&whole, framing, length);
	tl_http_body_init(&bytes, framing, length);
	n = tl_http_body_take(&whole, data);
	tl_assert(n == data.n || whole.is_done || whole.is_bad);
	while (at < data.n &&
	       tl_http_body_take(&bytes, tl_bytes(data.at + at, 1)) == 1)
		at++;
	tl_assert(at == n);
	tl_assert(whole.is_done == bytes.is_done);
	tl_assert(whole.is_bad == bytes.is_bad);
	tl_assert(!(whole.is_done && whole.is_bad));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct bytes b = tl_bytes(data, n);
	struct http_response a;
	struct http_request q;
	int i;
	int r;

	r = tl_http_parse_request(&q, b);
	tl_assert(has_status(r) || (r >= 0 && (size_t)r <= n));
	if (r > 0) {
		check_request(&q);
		check_body(q.framing, q.length, tl_bytes_skip(b, (size_t)r));
		tl_assert(!tl_http_check_basic(q.credentials,
					       tl_bytes_from_str("a:b")) ||
			  q.credentials.n > 0);
	}
	for (i = 0; i < 2; i++) {
		r = tl_http_parse_response(&a, b, i == 1);
		tl_assert(r == -502 || (r >= 0 && (size_t)r <= n));
		if (r <= 0)
			continue;
		check_response(&a, i == 1);
		check_body(a.framing, a.length, tl_bytes_skip(b, (size_t)r));
	}
	check_body(HTTP_BODY_CHUNKED, 0, b);
	return 0;
}
