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
 * @is_feed:	the answer shall be in no chunks; tl_http_feed_open() sets it
 */
struct http_query {
	const char *ip;
	uint16_t port;
	const char *method;
	const char *path;
	const char *token;
	struct bytes body;
	int timeout_ms;
	bool is_feed;
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

/* Send a request. Return: a descriptor to read the answer from, or as above.
 * @deadline_ms: by tl_clock_ms() */
TL_MUST_USE int tl_http_send(const struct http_query *q, int64_t deadline_ms);

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

/* The head of an answer. Return: 0; -EAGAIN if it is not whole; -EBADMSG. */
TL_MUST_USE int tl_http_head_parse(unsigned int *status, size_t *head_len,
				   struct buffer raw);

/**
 * struct http_feed - An answer that comes piece by piece, until its end
 * @fd:		-1: closed
 * @status:	200, or another; then the body says why
 * @got:	what was read and not yet taken; owned
 */
struct http_feed {
	int fd;
	unsigned int status;
	struct buffer got;
	size_t room;
	bool at_end;
};

#define HTTP_FEED_LINE_MAX (1024 * 1024)

/* Send a request, wait for the head of its answer. As tl_http_ask(). */
TL_MUST_USE int tl_http_feed_open(struct http_feed *out,
				  const struct http_query *q);

/**
 * tl_http_feed_read() - Wait for some bytes more
 * @timeout_ms:	-1: for ever
 *
 * They are added to @got. Return: 1; 0 at the end; -EINTR after a signal,
 * -ETIMEDOUT, -EFBIG if nobody takes them, or another negative errno.
 */
TL_MUST_USE int tl_http_feed_read(struct http_feed *f, int timeout_ms);

/* The first line of @got, zero-terminated in place of its end, which is what
 * tl_http_feed_skip() takes away; NULL if there is no whole one. */
char *tl_http_feed_line(struct http_feed *f);

/* The first @n bytes of @got were taken. */
void tl_http_feed_skip(struct http_feed *f, size_t n);

/* No more is wanted: there will be last words, and then the end. */
void tl_http_feed_stop(struct http_feed *f);

void tl_http_feed_close(struct http_feed *f);

#endif /* TL_CLI_HTTP_CLIENT_H */
