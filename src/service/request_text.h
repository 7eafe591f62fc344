/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_text.h - the head of an HTTP/1.1 request (RFC 9112)
 *
 * For the small server (http_small.c), which closes each connection after one
 * answer: so there are no requests behind this one, and a body has its length
 * in the head. Chunked bodies are not understood.
 */
#ifndef TL_SERVICE_REQUEST_TEXT_H
#define TL_SERVICE_REQUEST_TEXT_H

#include "base/bytes.h"
#include "service/http_server.h"

/**
 * struct request_text - A head; everything lies in the bytes it was read from
 * @has_method:	@method is set; it is one that there is
 * @is_head:	it is HEAD: the answer has no body
 * @is_chunked:	the body comes in a transfer coding
 * @expects:	the client waits for 100 (Continue) before it sends the body
 * @path:	percent-decoded
 * @query:	the parameters, percent-decoded: strings, @query_len bytes
 * @token:	of X-ZT1-Auth, "auth" in the query or Authorization, in this
 *		order; NULL: none
 * @body_len:	bytes that follow the head; above UINT64_MAX / 20 not exact
 */
struct request_text {
	bool has_method;
	bool is_head;
	bool is_chunked;
	bool expects;
	enum http_method method;
	const char *path;
	const char *query;
	size_t query_len;
	const char *token;
	uint64_t body_len;
};

/* Bytes of a head, its empty line included, if it has come whole; else 0. */
size_t tl_request_head_len(struct bytes got);

/**
 * tl_request_parse() - Read a head
 * @head:	whole; is changed: what @out points to is made zero-terminated
 *
 * Return: 0, or -EBADMSG if it is no request; @out is undefined then.
 */
TL_MUST_USE int tl_request_parse(struct request_text *out, struct buffer head);

/* A query parameter; NULL if there is none of that name. */
const char *tl_request_query(const struct request_text *q, const char *name);

#endif /* TL_SERVICE_REQUEST_TEXT_H */
