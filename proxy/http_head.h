/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_head.h - the heads of HTTP/1 messages: parse and rewrite, no state
 *
 * Read more strictly than RFC 9112 asks for: lines end in CR LF, names are
 * tokens that a colon follows at once, no line is folded, no length is said
 * twice. A head that two readers might understand differently is refused, since
 * the next reader is not ours.
 */
#ifndef TL_PROXY_HTTP_HEAD_H
#define TL_PROXY_HTTP_HEAD_H

#include "base/writer.h"
#include "proxy/place.h"
#include "proxy/http_body.h"

#define HTTP_HEAD_MAX 32768 /* bytes of a head, the empty line included */
#define HTTP_REWRITE_MAX (2 * HTTP_HEAD_MAX) /* and after rewriting */
#define HTTP_FIELDS_MAX 256 /* lines of a head */

/**
 * struct http_request - A request's head; slices are borrowed from it
 * @method:	a token
 * @minor:	1 or 0, of HTTP/1.x
 * @is_connect:	@to is to be connected to; there is no body
 * @to:		where the request is to go
 * @authority:	the host as it was written, with its port if it had one
 * @path:	what follows it, "" included; with its query
 * @fields:	all header lines, the empty one not included
 * @credentials: value of Proxy-Authorization; empty if there is none
 * @has_host:	there is a Host line
 * @framing, @length: of the body
 */
struct http_request {
	struct bytes method;
	unsigned int minor;
	bool is_connect;
	struct target to;
	struct bytes authority;
	struct bytes path;
	struct bytes fields;
	struct bytes credentials;
	bool has_host;
	enum http_framing framing;
	uint64_t length;
};

/**
 * struct http_response - A response's head; slices are borrowed from it
 * @status:	100..999
 * @line:	the status line behind "HTTP/1.x "
 */
struct http_response {
	unsigned int status;
	unsigned int minor;
	struct bytes line;
	struct bytes fields;
	enum http_framing framing;
	uint64_t length;
};

/**
 * tl_http_parse_request() - Read the head at the start of @b
 *
 * Return: its length; 0 if more is needed; a negative HTTP status for what
 * is to be answered: -400 for what is no request to a proxy, -431 if it is
 * longer than HTTP_HEAD_MAX or has more than HTTP_FIELDS_MAX lines,
 * -501 for a body of an unknown coding, -505 for another version.
 */
TL_MUST_USE int tl_http_parse_request(struct http_request *out, struct bytes b);

/**
 * tl_http_parse_response() - Likewise
 * @is_head:	the request was HEAD: there is no body
 *
 * Return: its length; 0 if more is needed; -502 if it is none.
 */
TL_MUST_USE int tl_http_parse_response(struct http_response *out,
				       struct bytes b, bool is_head);

/* The head for the server: origin form, without what concerns this connection
 * only, with "Connection: close". HTTP_REWRITE_MAX bytes are enough. */
void tl_http_write_request(struct writer *w, const struct http_request *q);

/* The same for the client; one of an interim response (1xx) says nothing of the
 * connection. */
void tl_http_write_response(struct writer *w, const struct http_response *r);

/**
 * tl_http_check_basic() - Are these the credentials of a user?
 * @credentials: "Basic " and BASE64
 * @expected:	"name:password"
 *
 * The time it takes tells the length of @expected only.
 */
TL_MUST_USE bool tl_http_check_basic(struct bytes credentials,
				     struct bytes expected);

#endif /* TL_PROXY_HTTP_HEAD_H */
