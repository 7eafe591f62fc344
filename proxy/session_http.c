/* SPDX-License-Identifier: Apache-2.0 */
/* session_http.c - what an HTTP client asks for, and what it is told */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "proxy/http_head.h"
#include "proxy/session_impl.h"

#define ANSWER_SIZE 512

static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";

static const char *phrase_of(int status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 407:
		return "Proxy Authentication Required";
	case 431:
		return "Request Header Fields Too Large";
	case 501:
		return "Not Implemented";
	case 504:
		return "Gateway Timeout";
	case 505:
		return "HTTP Version Not Supported";
	default:
		return "Bad Gateway";
	}
}

/* An answer with one line of text. */
static struct bytes write_answer(char room[ANSWER_SIZE], int status,
				 const char *text)
{
	int n = snprintf(room, ANSWER_SIZE,
			 "HTTP/1.1 %d %s\r\n%s"
			 "Content-Type: text/plain\r\n"
			 "Content-Length: %zu\r\n"
			 "Connection: close\r\n\r\n%s\n",
			 status, phrase_of(status),
			 status == 407 ? "Proxy-Authenticate: Basic "
					 "realm=\"tapless\"\r\n"
				       : "",
			 strlen(text) + 1, text);

	return tl_bytes(room, n < ANSWER_SIZE ? (size_t)n : ANSWER_SIZE - 1);
}

static int refuse(struct session *s, int status, const char *text)
{
	char room[ANSWER_SIZE];

	return tl_session_farewell(s, write_answer(room, status, text));
}

static const char *why_bad(int status)
{
	switch (status) {
	case 431:
		return "The request's head is too large.";
	case 501:
		return "The request's transfer coding is not known here.";
	case 505:
		return "Only HTTP/1.0 and HTTP/1.1 are spoken here.";
	default:
		return "This is no request to a proxy: CONNECT host:port, or a "
		       "method with http://host/path.";
	}
}

static int refuse_for(struct session *s, int err)
{
	char text[128];

	switch (err) {
	case -EACCES:
		return refuse(s, 403,
			      "The address is in no virtual network, "
			      "and the host is out of bounds.");
	case -ETIMEDOUT:
		return refuse(s, 504, "Nobody answers at the address.");
	case -ENOENT:
		return refuse(s, 502, "There is no host of this name.");
	case -EAGAIN:
		return refuse(s, 502, "The name cannot be looked up now.");
	default:
		snprintf(text, sizeof(text), "Cannot connect: %s.",
			 strerror(-err));
		return refuse(s, 502, text);
	}
}

/* The head for the server, kept until the connection stands. */
static int keep_request(struct session *s, const struct http_request *q)
{
	struct writer w;
	uint8_t *less;

	s->head = tl_buffer(tl_alloc(HTTP_REWRITE_MAX), HTTP_REWRITE_MAX);
	if (!s->head.at)
		return -ENOMEM;
	w = tl_writer(s->head);
	tl_http_write_request(&w, q);
	tl_assert(tl_writer_ok(&w));
	less = tl_realloc(s->head.at, w.n);
	s->head = tl_buffer(less ? less : s->head.at, w.n);
	s->is_head = tl_bytes_equal(q->method, tl_bytes_from_str("HEAD"));
	tl_http_body_init(&s->body, q->framing, q->length);
	return 0;
}

int tl_session_on_http_head(struct session *s, struct bytes b)
{
	struct http_request q;
	int n = tl_http_parse_request(&q, b);
	int err = 0;

	if (n == 0)
		return 0;
	if (n < 0)
		return refuse(s, -n, why_bad(-n));
	if (s->config->user.n > 0 &&
	    !tl_http_check_basic(q.credentials, s->config->basic))
		return refuse(s, 407,
			      "This proxy wants a name and a password.");
	if (!q.is_connect)
		err = keep_request(s, &q);
	if (!err)
		err = tl_session_dial(s, &q.to);
	return err ? refuse_for(s, err) : n;
}

static int fail_answer(struct relay *r, const char *text)
{
	char room[ANSWER_SIZE];
	int err = tl_relay_put(r, RELAY_B_TO_A, write_answer(room, 502, text));

	tl_relay_finish(r, RELAY_B_TO_A);
	return err;
}

static int pass_answer(struct relay *r, const struct http_response *a)
{
	struct buffer room =
		tl_buffer(tl_alloc(HTTP_REWRITE_MAX), HTTP_REWRITE_MAX);
	struct http_body body;
	struct writer w = tl_writer(room);
	int err;

	if (!room.at)
		return -ENOMEM;
	tl_http_write_response(&w, a);
	tl_assert(tl_writer_ok(&w));
	err = tl_relay_put(r, RELAY_B_TO_A, tl_writer_bytes(&w));
	tl_free(room.at);
	if (err || a->status < 200)
		return err ? err : 1;
	tl_http_body_init(&body, a->framing, a->length);
	tl_relay_limit(r, RELAY_B_TO_A, &body, false);
	return 0;
}

static int on_answer(void *ctx, struct relay *r, int fd, bool ended)
{
	struct session *s = ctx;
	uint8_t *room = tl_server_scratch(s->config->server);
	struct http_response a;
	ssize_t got;
	int err;
	int n;

	got = recv(fd, room, HTTP_HEAD_MAX, MSG_PEEK | MSG_DONTWAIT);
	if (got < 0 && errno == EINTR)
		return 1;
	if (got < 0 && errno == EAGAIN)
		return -EAGAIN;
	if (got <= 0)
		return fail_answer(r, "The server ended without an answer.");
	n = tl_http_parse_response(&a, tl_bytes(room, (size_t)got), s->is_head);
	if (n == 0 && !ended)
		return -EAGAIN;
	/* Nothing was asked for that another protocol would answer. */
	if (n <= 0 || a.status == 101)
		return fail_answer(r, "The server's answer is not HTTP/1.");
	err = pass_answer(r, &a);
	if (err >= 0 && recv(fd, room, (size_t)n, MSG_DONTWAIT) != n)
		return -EIO;
	return err;
}

void tl_session_on_http_dialed(struct session *s, int fd, int err)
{
	struct relay *r;

	if (err) {
		refuse_for(s, err);
		return;
	}
	r = tl_session_relay(s, fd);
	if (!r)
		return;
	if (!s->head.at) {
		err = tl_relay_put(r, RELAY_B_TO_A,
				   tl_bytes_from_str(established));
	} else {
		err = tl_relay_put(r, RELAY_A_TO_B, tl_buffer_bytes(s->head));
		tl_relay_limit(r, RELAY_A_TO_B, &s->body, true);
		tl_relay_set_hook(r, RELAY_B_TO_A, on_answer);
		tl_free(s->head.at);
		s->head = tl_buffer(NULL, 0);
	}
	if (err)
		tl_session_free(s);
	else
		tl_relay_start(r);
}
