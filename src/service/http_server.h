/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server.h - the listener of the HTTP API, inside the loop
 *
 * Takes connections, checks who may (api.md 1.1, 1.2), reads whole requests and
 * hands them to one handler, which answers at once, later (http_later.h) or
 * with a stream (http_stream.h). Knows nothing of what the API does. No thread:
 * libmicrohttpd's epoll set is polled by the loop.
 *
 * Strangers can connect and send headers; bodies are read only from those who
 * have the token. Everything has a limit: connections (HTTP_CONNECTIONS_MAX, or
 * as many as the options say), headers, bodies (413), and the time until a
 * request is complete.
 */
#ifndef TL_SERVICE_HTTP_SERVER_H
#define TL_SERVICE_HTTP_SERVER_H

#include <uv.h>

#include "os/udp.h"
#include "service/http_access.h"
#include "service/http_later.h"
#include "service/http_stream.h"

#define HTTP_BODY_MAX (8 * 1024 * 1024)
#define HTTP_CONNECTIONS_MAX 512 /* unless more are asked for */
#define HTTP_CONNECTIONS_MANY 3072
#define HTTP_HEADERS_MAX (32 * 1024)
#define HTTP_IDLE_S 10 /* without a byte either way */
#define HTTP_BODY_TOO_LONG "{\"error\":\"body: too long\"}"
#define HTTP_REQUEST_MS 60000 /* from the connection to a whole request */
#define HTTP_LISTEN_MAX 8

enum http_method {
	HTTP_GET, /* and HEAD */
	HTTP_POST, /* and PUT */
	HTTP_DELETE,
};

/**
 * struct http_request - What was asked
 * @path:	percent-decoded, without the query
 * @body:	borrowed for the call; a zero byte that is not counted follows
 * @from:	the client's address
 * @internal:	for tl_http_query()
 */
struct http_request {
	enum http_method method;
	const char *path;
	struct bytes body;
	struct udp_addr from;
	void *internal;
};

/* A query parameter, percent-decoded; NULL if there is none of that name. */
const char *tl_http_query(const struct http_request *q, const char *name);

/**
 * struct http_reply - What is answered
 * @status:	200 at first
 * @type:	content type; "application/json" at first. A static string
 * @body:	from malloc(3), as json_dumps() gives it; consumed. NULL: empty
 * @body_len:	length of @body in bytes
 * @stream:	if not NULL: comes instead of @body
 * @later:	if not NULL: all of the reply comes by it, later
 */
struct http_reply {
	unsigned int status;
	const char *type;
	char *body;
	size_t body_len;
	struct http_stream *stream;
	struct http_later *later;
};

/**
 * struct http_counts - Since tl_http_server_new()
 * @requests:	that had an answer
 * @refused:	401: from where nobody may, or without the token
 * @too_large:	413
 * @bad_method:	404: a method that there is not
 * @bad_framing: 400: two lengths of a body
 * @overdue:	connections ended because their request did not get complete, in
 *		time or before others needed the place
 */
struct http_counts {
	uint64_t requests;
	uint64_t refused;
	uint64_t too_large;
	uint64_t bad_method;
	uint64_t bad_framing;
	uint64_t overdue;
};

typedef void (*http_handler_fn)(void *ctx, const struct http_request *q,
				struct http_reply *reply);

/**
 * struct http_options - How to serve
 * @listen, @n_listen: addresses to listen on, at most HTTP_LISTEN_MAX; if the
 *		first port is 0 the one chosen is used for all
 * @token:	full access; not empty
 * @metrics_token: only /metrics; NULL for none
 * @allow:	besides loopback addresses; NULL: only those
 * @ctx:	for @allow and @handler
 * @n_conns:	most connections at the same time, which the addresses share; 0
 *		for HTTP_CONNECTIONS_MAX
 * @tls_listen, @n_tls_listen: addresses to listen on for TLS, with their own
 *		ports; HTTP_LISTEN_MAX together with the others
 * @tls_certificate, @tls_key: in PEM
 *
 * Strings are copied.
 */
struct http_options {
	const struct udp_addr *listen;
	unsigned int n_listen;
	const char *token;
	const char *metrics_token;
	http_allow_fn allow;
	http_handler_fn handler;
	void *ctx;
	unsigned int n_conns;
	const struct udp_addr *tls_listen;
	unsigned int n_tls_listen;
	const char *tls_certificate;
	const char *tls_key;
	/* Tests only; 0 for the constants above. */
	size_t body_max;
	unsigned int request_ms;
};

struct http_server;

/**
 * tl_http_server_new() - Start serving
 * @loop:	borrowed; must outlive the server
 *
 * Addresses of a family that this machine does not have are left out as long as
 * one remains.
 *
 * Return: 0; -EADDRINUSE; -EINVAL without a token; -EBADMSG if certificate and
 * key are none; -ENOTSUP if there is no TLS; -ENOMEM; or another negative
 * errno.
 */
TL_MUST_USE int tl_http_server_new(struct http_server **serverp,
				   uv_loop_t *loop,
				   const struct http_options *options);

/* The port of the first address. */
uint16_t tl_http_server_port(const struct http_server *server);

const struct http_counts *tl_http_server_counts(const struct http_server *s);

/* Drops all connections. The memory is freed in a later turn of the loop. Not
 * from within the handler. Accepts NULL. */
void tl_http_server_free(struct http_server *server);

/* Fill in a body by copy; false (and status 500) when out of memory. */
bool tl_http_reply_text(struct http_reply *reply, const char *text);

#endif /* TL_SERVICE_HTTP_SERVER_H */
