/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_client.h - one HTTP/1.1 request to a service, and its answer
 *
 * Blocking, with a deadline for the whole exchange and a limit for the answer.
 * No redirects, no TLS, no proxy: it talks to 127.0.0.1.
 */
#ifndef TL_CLI_HTTP_CLIENT_H
#define TL_CLI_HTTP_CLIENT_H

#include <stdint.h>

#include "base/bytes.h"

#define HTTP_CLIENT_ANSWER_MAX (16 * 1024 * 1024)
#define HTTP_CLIENT_TIMEOUT_MS 60000

/**
 * struct http_query - What to ask
 * @ip:		address, IPv4 or IPv6
 * @method, @path: of the request line
 * @token:	for the header X-ZT1-Auth; NULL for none
 * @body:	JSON; empty for none
 * @timeout_ms:	0: HTTP_CLIENT_TIMEOUT_MS
 */
struct http_query {
	const char *ip;
	uint16_t port;
	const char *method;
	const char *path;
	const char *token;
	struct bytes body;
	int timeout_ms;
};

/**
 * struct http_answer - What came back
 * @status:	100..599
 * @body:	zero byte behind it not counted; free with tl_free()
 */
struct http_answer {
	unsigned int status;
	struct buffer body;
};

/**
 * tl_http_ask() - Send a request, wait for the whole answer
 *
 * Return: 0; -EINVAL for an address, path or token that cannot be one;
 * -ETIMEDOUT; -EFBIG; -EBADMSG if it is not HTTP; -ECONNRESET if it breaks off;
 * -ENOMEM; or a negative errno of connect(2).
 */
TL_MUST_USE int tl_http_ask(struct http_answer *out,
			    const struct http_query *q);

/**
 * tl_http_answer_parse() - Read an answer from what has come so far
 * @out:	its body lies in @raw, which is changed (chunks are joined), and
 *		is not zero-terminated; written only on success
 * @at_end:	nothing more will come
 *
 * Return: 0; -EAGAIN if it is not complete, then @raw is unchanged; -EBADMSG.
 */
TL_MUST_USE int tl_http_answer_parse(struct http_answer *out, struct buffer raw,
				     bool at_end);

#endif /* TL_CLI_HTTP_CLIENT_H */
