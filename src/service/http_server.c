/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server.c - libmicrohttpd under libuv
 *
 * Each listening address is a daemon of libmicrohttpd with an epoll set of its
 * own. Its time-outs only notice silence; a client that sends a byte now and
 * then is caught by a deadline of ours, kept with each connection.
 */
#include "service/http_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/log.h"
#include "service/http_framing.h"
#include "service/http_later_impl.h"
#include "service/http_stream_impl.h"

#define JSON "application/json"
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define JAVASCRIPT "application/javascript"
#define JSONP_NAME_MAX 64
#define LISTEN_BACKLOG HTTP_CONNECTIONS_MANY

/* @n_conns: connections now, of @max at most */
struct listener {
	struct http_server *server;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	unsigned int n_conns;
	unsigned int max;
};

/**
 * struct http_server - All listeners and their connections
 * @n_listeners: how many of @listeners are in use
 * @n_handles:	uv handles not yet closed; the last one frees the server
 * @timer:	for what is due next, in libmicrohttpd or among deadlines
 * @conns:	all open connections
 * @streams:	and those of them whose answer comes piece by piece
 * @laters:	or is not known yet
 */
struct http_server {
	uv_loop_t *loop;
	struct listener listeners[HTTP_LISTEN_MAX];
	unsigned int n_listeners;
	unsigned int n_handles;
	uv_timer_t timer;
	struct list conns;
	struct http_streams streams;
	struct http_laters laters;
	struct http_counts counts;
	bool has_closed; /* a connection, in this run */
	struct http_access access;
	http_handler_fn handler;
	void *ctx;
	size_t body_max;
	unsigned int n_conns;
	unsigned int request_ms;
	uint16_t port;
};

/* A connection: when its request must be complete; 0 while we answer.
 * @is_known: it has shown the token once */
struct conn {
	struct list link;
	struct listener *listener;
	int fd;
	bool is_known;
	uint64_t deadline_ms;
};

/* A request whose body is being read. */
struct pending {
	enum http_method method;
	bool too_large;
	uint8_t *body;
	size_t n;
	size_t room;
	struct http_later *later;
};

const char *tl_http_query(const struct http_request *q, const char *name)
{
	return MHD_lookup_connection_value(q->internal, MHD_GET_ARGUMENT_KIND,
					   name);
}

bool tl_http_reply_text(struct http_reply *reply, const char *text)
{
	char *copy = strdup(text);

	if (!copy) {
		reply->status = 500;
		return false;
	}
	free(reply->body);
	reply->body = copy;
	reply->body_len = strlen(text);
	return true;
}

/* Who may */

static void client_address(struct udp_addr *out, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(out, 0, sizeof(*out));
	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	if (!info || !info->client_addr)
		return;
	if (info->client_addr->sa_family == AF_INET) {
		memcpy(&v4, info->client_addr, sizeof(v4));
		out->family = 4;
		out->port = ntohs(v4.sin_port);
		memcpy(out->ip, &v4.sin_addr, 4);
	} else if (info->client_addr->sa_family == AF_INET6) {
		memcpy(&v6, info->client_addr, sizeof(v6));
		out->family = 6;
		out->port = ntohs(v6.sin6_port);
		memcpy(out->ip, &v6.sin6_addr, 16);
	}
}

/* NULL if it shows none. */
static const char *token_of(struct MHD_Connection *c)
{
	return tl_http_access_token(
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, "X-ZT1-Auth"),
		MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "auth"),
		MHD_lookup_connection_value(c, MHD_HEADER_KIND,
					    "Authorization"));
}

static bool may(const struct http_server *s, struct MHD_Connection *c,
		const char *path)
{
	struct udp_addr from;

	client_address(&from, c);
	return tl_http_access_may(&s->access, &from, path, token_of(c));
}

/* Answering */

/* Takes what the reply holds. */
static struct MHD_Response *make_response(struct MHD_Connection *c,
					  struct http_reply *reply)
{
	const union MHD_ConnectionInfo *info;
	struct MHD_Response *r;

	if (reply->stream) {
		info = MHD_get_connection_info(
			c, MHD_CONNECTION_INFO_CONNECTION_FD);
		free(reply->body);
		return tl_http_stream_response(reply->stream, c,
					       info ? info->connect_fd : -1);
	}
	r = MHD_create_response_from_buffer(reply->body_len, reply->body,
					    MHD_RESPMEM_MUST_FREE);
	if (!r)
		free(reply->body);
	return r;
}

static enum MHD_Result queue_reply(struct MHD_Connection *c,
				   struct http_reply *reply)
{
	struct MHD_Response *r = make_response(c, reply);
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	if (reply->body_len || reply->stream)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE,
					reply->type);
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	result = MHD_queue_response(c, reply->status, r);
	MHD_destroy_response(r);
	return result;
}

/* What may stand before the parenthesis without becoming a script. */
static bool is_jsonp_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$";
	size_t n = strlen(name);

	return n > 0 && n <= JSONP_NAME_MAX && strspn(name, good) == n;
}

/* Make F(<json>); of a reply (api.md 1.3). */
static void wrap_jsonp(struct http_reply *reply, const char *name)
{
	size_t n = strlen(name);
	const char *json = reply->body_len ? reply->body : "null";
	size_t json_len = reply->body_len ? reply->body_len : 4;
	char *wrapped;

	if (strcmp(reply->type, JSON) != 0 || reply->stream ||
	    !is_jsonp_name(name))
		return;
	if (reply->status >= 400 && !reply->body_len)
		return;
	wrapped = malloc(n + json_len + 3);
	if (!wrapped) {
		reply->status = 500;
		reply->body_len = 0;
		return;
	}
	memcpy(wrapped, name, n);
	wrapped[n] = '(';
	memcpy(wrapped + n + 1, json, json_len);
	memcpy(wrapped + n + 1 + json_len, ");", 2);
	free(reply->body);
	reply->body = wrapped;
	reply->body_len = n + json_len + 3;
	reply->type = JAVASCRIPT;
}

static enum MHD_Result give(struct MHD_Connection *c, struct http_reply *reply)
{
	const char *jsonp =
		MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "jsonp");

	if (jsonp)
		wrap_jsonp(reply, jsonp);
	return queue_reply(c, reply);
}

static enum MHD_Result reply_status(struct MHD_Connection *c,
				    unsigned int status, const char *body)
{
	struct http_reply reply = { .status = status, .type = JSON };

	if (*body && !tl_http_reply_text(&reply, body))
		return MHD_NO;
	return give(c, &reply);
}

/* The handler has promised an answer. */
static enum MHD_Result wait_for_later(struct MHD_Connection *c,
				      struct pending *p)
{
	struct http_reply reply;

	if (tl_http_later_take(p->later, &reply)) {
		reply.type = JSON;
		return give(c, &reply);
	}
	tl_http_later_wait(p->later, c);
	return MHD_YES;
}

static enum MHD_Result answer(struct http_server *s, struct MHD_Connection *c,
			      const char *path, struct pending *p)
{
	struct http_reply reply = { .status = 200, .type = JSON };
	struct http_request q = {
		.method = p->method,
		.path = path,
		.body = tl_bytes(p->body ? p->body : (const uint8_t *)"", p->n),
		.internal = c,
	};
	const char *jsonp = tl_http_query(&q, "jsonp");

	if (jsonp && !is_jsonp_name(jsonp))
		return reply_status(c, 400,
				    "{\"error\":\"jsonp: not the name of a "
				    "function\"}");
	client_address(&q.from, c);
	s->counts.requests++;
	s->handler(s->ctx, &q, &reply);
	p->later = reply.later;
	return p->later ? wait_for_later(c, p) : give(c, &reply);
}

/* Reading */

static bool parse_method(enum http_method *out, const char *name)
{
	static const struct {
		const char *name;
		enum http_method method;
	} methods[] = {
		{ "GET", HTTP_GET },	   { "HEAD", HTTP_GET },
		{ "POST", HTTP_POST },	   { "PUT", HTTP_POST },
		{ "DELETE", HTTP_DELETE },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, name) != 0)
			continue;
		*out = methods[i].method;
		return true;
	}
	return false;
}

static bool announces_too_much(const struct http_server *s,
			       struct MHD_Connection *c)
{
	const char *n = MHD_lookup_connection_value(
		c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return n && strtoull(n, NULL, 10) > s->body_max;
}

static struct conn *conn_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

static void get_to_know(const struct http_server *s, struct MHD_Connection *c)
{
	struct conn *conn = conn_of(c);

	if (conn && tl_http_access_is_full(&s->access, token_of(c)))
		conn->is_known = true;
}

/* The headers are there: refuse, or get ready for the body. */
static enum MHD_Result on_headers(struct http_server *s,
				  struct MHD_Connection *c, const char *path,
				  const char *method, void **request)
{
	enum http_method m;
	struct pending *p;

	if (!may(s, c, path)) {
		s->counts.refused++;
		return reply_status(c, 401, "{}");
	}
	get_to_know(s, c);
	if (!parse_method(&m, method)) {
		s->counts.bad_method++;
		return reply_status(c, 404, "");
	}
	if (!tl_http_framing_is_clear(c)) {
		s->counts.bad_framing++;
		return reply_status(c, 400,
				    "{\"error\":\"Content-Length: it is not "
				    "clear how long the body is\"}");
	}
	if (announces_too_much(s, c)) {
		s->counts.too_large++;
		return reply_status(c, 413, HTTP_BODY_TOO_LONG);
	}
	p = tl_alloc_zeroed(sizeof(*p));
	if (!p)
		return MHD_NO;
	p->method = m;
	*request = p;
	return MHD_YES;
}

/* False when out of memory. */
static bool add_body(const struct http_server *s, struct pending *p,
		     const char *at, size_t n)
{
	uint8_t *grown;
	size_t room;

	if (p->too_large || n > s->body_max - p->n) {
		p->too_large = true; /* and read on, so that we can answer */
		return true;
	}
	if (n > p->room - p->n) {
		room = TL_MAX(p->room * 2, p->n + n);
		grown = tl_realloc(p->body, room + 1);
		if (!grown)
			return false;
		p->body = grown;
		p->room = room;
	}
	memcpy(p->body + p->n, at, n);
	p->n += n;
	p->body[p->n] = 0;
	return true;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c,
				  const char *path, const char *method,
				  const char *version TL_UNUSED,
				  const char *data, size_t *n, void **request)
{
	struct http_server *s = cls;
	struct pending *p = *request;
	struct conn *conn;

	if (!p)
		return on_headers(s, c, path, method, request);
	if (*n > 0) {
		if (!add_body(s, p, data, *n))
			return MHD_NO;
		*n = 0;
		return MHD_YES;
	}
	conn = conn_of(c);
	if (conn)
		conn->deadline_ms = 0;
	if (p->too_large) {
		s->counts.too_large++;
		return reply_status(c, 413, HTTP_BODY_TOO_LONG);
	}
	return p->later ? wait_for_later(c, p) : answer(s, c, path, p);
}

static void on_completed(void *cls, struct MHD_Connection *c, void **request,
			 enum MHD_RequestTerminationCode why TL_UNUSED)
{
	struct http_server *s = cls;
	struct pending *p = *request;
	struct conn *conn = conn_of(c);

	if (conn)
		conn->deadline_ms = uv_now(s->loop) + s->request_ms;
	if (!p)
		return;
	tl_http_later_leave(p->later);
	if (p->body)
		tl_wipe(p->body, p->room);
	tl_free(p->body);
	tl_free(p);
	*request = NULL;
}

/* Strangers who say nothing must not keep others out: with three quarters of
 * all places taken, the one that came first makes room, but not to itself. */
static void make_room(struct listener *l, const struct conn *newest)
{
	if (l->n_conns <= l->max - l->max / 4)
		return;
	tl_list_each(it, next, &l->server->conns) {
		struct conn *c = tl_container_of(it, struct conn, link);

		if (c->listener != l || c->is_known || c->deadline_ms == 0 ||
		    c == newest)
			continue;
		shutdown(c->fd, SHUT_RDWR);
		c->deadline_ms = 0;
		l->server->counts.overdue++;
		return;
	}
}

static void on_connection(void *cls, struct MHD_Connection *c,
			  void **socket_context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct listener *l = cls;
	struct http_server *s = l->server;
	const union MHD_ConnectionInfo *info;
	struct conn *conn = *socket_context;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (conn) {
			tl_list_remove(&conn->link);
			l->n_conns--;
		}
		tl_free(conn);
		*socket_context = NULL;
		s->has_closed = true;
		return;
	}
	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	conn = tl_alloc_zeroed(sizeof(*conn));
	if (!conn || !info) {
		tl_free(conn);
		return;
	}
	conn->listener = l;
	conn->fd = info->connect_fd;
	conn->deadline_ms = uv_now(s->loop) + s->request_ms;
	tl_list_append(&s->conns, &conn->link);
	*socket_context = conn;
	l->n_conns++;
	make_room(l, conn);
}

/* The loop */

static void on_timer(uv_timer_t *timer);

/* When is something due? UINT64_MAX for never. */
static uint64_t next_timeout_ms(const struct http_server *s)
{
	uint64_t now = uv_now(s->loop);
	uint64_t next = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < s->n_listeners; i++) {
		MHD_UNSIGNED_LONG_LONG ms;

		if (MHD_get_timeout(s->listeners[i].daemon, &ms) == MHD_YES)
			next = TL_MIN(next, (uint64_t)ms);
	}
	tl_list_each(it, following, &s->conns) {
		const struct conn *c = tl_container_of(it, struct conn, link);

		if (c->deadline_ms == 0)
			continue;
		if (c->deadline_ms <= now)
			return 0;
		next = TL_MIN(next, c->deadline_ms - now);
	}
	return next;
}

static void arm_timer(struct http_server *s)
{
	uint64_t next = next_timeout_ms(s);

	if (next == UINT64_MAX)
		uv_timer_stop(&s->timer);
	else
		uv_timer_start(&s->timer, on_timer, next, 0);
}

/* libmicrohttpd notices the end of the connection and cleans up. */
static void end_overdue(struct http_server *s)
{
	uint64_t now = uv_now(s->loop);

	tl_list_each(it, next, &s->conns) {
		struct conn *c = tl_container_of(it, struct conn, link);

		if (c->deadline_ms == 0 || c->deadline_ms > now)
			continue;
		shutdown(c->fd, SHUT_RDWR);
		c->deadline_ms = 0;
		s->counts.overdue++;
	}
}

/* A daemon that has reached its limit listens again only when it is run after
 * connections have closed, and nothing else may ever make us run it. */
static void run(struct listener *l)
{
	struct http_server *s = l->server;

	do {
		s->has_closed = false;
		MHD_run(l->daemon);
	} while (s->has_closed);
}

static void on_timer(uv_timer_t *timer)
{
	struct http_server *s = timer->data;
	unsigned int i;

	end_overdue(s);
	for (i = 0; i < s->n_listeners; i++)
		run(&s->listeners[i]);
	arm_timer(s);
}

struct http_laters *tl_http_server_laters(struct http_server *server)
{
	return &server->laters;
}

struct http_streams *tl_http_server_streams(struct http_server *server)
{
	return &server->streams;
}

const struct http_counts *tl_http_server_counts(const struct http_server *s)
{
	return &s->counts;
}

/* Not at once: this is called from anywhere. */
static void run_soon(struct http_server *s)
{
	uv_timer_start(&s->timer, on_timer, 0, 0);
}

static void on_poll(uv_poll_t *poll, int status TL_UNUSED, int events TL_UNUSED)
{
	struct listener *l = poll->data;

	run(l);
	arm_timer(l->server);
}

static void server_free(struct http_server *s)
{
	tl_http_access_fini(&s->access);
	tl_free(s);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct http_server *s;

	if (handle->type == UV_TIMER)
		s = handle->data;
	else
		s = ((struct listener *)handle->data)->server;
	if (--s->n_handles == 0)
		server_free(s);
}

void tl_http_server_free(struct http_server *server)
{
	unsigned int i;

	if (!server)
		return;
	/* libmicrohttpd cannot stop while connections are suspended. */
	tl_http_streams_end(&server->streams);
	tl_http_laters_end(&server->laters);
	for (i = 0; i < server->n_listeners; i++) {
		struct listener *l = &server->listeners[i];

		MHD_run(l->daemon);
		uv_close((uv_handle_t *)&l->poll, on_handle_closed);
		MHD_stop_daemon(l->daemon);
	}
	uv_close((uv_handle_t *)&server->timer, on_handle_closed);
}

uint16_t tl_http_server_port(const struct http_server *server)
{
	return server->port;
}

/* Starting */

static int bind_and_listen(int fd, const struct udp_addr *at, uint16_t *port)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = { 0 };
	socklen_t len = at->family == 4 ? sizeof(a.v4) : sizeof(a.v6);

	if (at->family == 4) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons(*port);
		memcpy(&a.v4.sin_addr, at->ip, 4);
	} else {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons(*port);
		memcpy(&a.v6.sin6_addr, at->ip, 16);
	}
	if (bind(fd, &a.sa, len) != 0 || listen(fd, LISTEN_BACKLOG) != 0 ||
	    getsockname(fd, &a.sa, &len) != 0)
		return -errno;
	*port = ntohs(at->family == 4 ? a.v4.sin_port : a.v6.sin6_port);
	return 0;
}

/* The listening descriptor or a negative errno. */
static int open_socket(const struct udp_addr *at, uint16_t *port)
{
	int on = 1;
	int err;
	int fd = socket(at->family == 4 ? AF_INET : AF_INET6,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (at->family == 6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	err = bind_and_listen(fd, at, port);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static struct MHD_Daemon *start_daemon(struct listener *l, int fd,
				       const struct http_options *tls)
{
	struct MHD_OptionItem options[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0,
		  tls ? (void *)(uintptr_t)tls->tls_key : NULL },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0,
		  tls ? (void *)(uintptr_t)tls->tls_certificate : NULL },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
		  (void *)(uintptr_t)TLS_PRIORITIES },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct http_server *s = l->server;

	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
			(tls ? MHD_USE_TLS : 0),
		0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET,
		fd, /* consumed on success */
		MHD_OPTION_CONNECTION_LIMIT, l->max,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)HTTP_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEADERS_MAX,
		MHD_OPTION_UNESCAPE_CALLBACK, tl_http_framing_decode, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, l,
		MHD_OPTION_ARRAY, tls ? options : options + 3, MHD_OPTION_END);
}

/* @tls: NULL for one without. */
static int add_listener(struct http_server *s, const struct udp_addr *at,
			unsigned int n_listen, const struct http_options *tls)
{
	struct listener *l = &s->listeners[s->n_listeners];
	const union MHD_DaemonInfo *info;
	uint16_t port = s->port && !tls ? s->port : at->port;
	int fd = open_socket(at, &port);

	if (fd < 0)
		return fd;
	l->server = s;
	l->max = s->n_conns / n_listen;
	l->daemon = start_daemon(l, fd, tls);
	if (!l->daemon) {
		close(fd);
		return tls ? -EBADMSG : -ENOMEM;
	}
	info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || uv_poll_init(s->loop, &l->poll, info->epoll_fd) != 0) {
		MHD_stop_daemon(l->daemon);
		return -ENOMEM;
	}
	l->poll.data = l;
	s->n_listeners++;
	s->n_handles++;
	if (!tls)
		s->port = port;
	return uv_poll_start(&l->poll, UV_READABLE, on_poll);
}

/* Families that this machine lacks do not count. */
static int add_listeners(struct http_server *s, const struct http_options *o,
			 bool is_tls)
{
	unsigned int n_all = o->n_listen + o->n_tls_listen;
	unsigned int n = is_tls ? o->n_tls_listen : o->n_listen;
	unsigned int before = s->n_listeners;
	int missing = -EADDRNOTAVAIL;
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		err = is_tls ? add_listener(s, &o->tls_listen[i], n_all, o)
			     : add_listener(s, &o->listen[i], n_all, NULL);
		if (err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL)
			missing = err;
		else if (err)
			return err;
	}
	return s->n_listeners > before || !n ? 0 : missing;
}

int tl_http_server_new(struct http_server **serverp, uv_loop_t *loop,
		       const struct http_options *options)
{
	struct http_server *s;
	int err;

	if (options->n_listen == 0 ||
	    options->n_listen + options->n_tls_listen > HTTP_LISTEN_MAX)
		return -EINVAL;
	if (options->n_tls_listen &&
	    MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return -ENOTSUP;
	s = tl_alloc_zeroed(sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->loop = loop;
	tl_list_init(&s->conns);
	tl_list_init(&s->streams.list);
	s->streams.loop = loop;
	s->streams.kick = run_soon;
	s->streams.server = s;
	tl_list_init(&s->laters.list);
	s->laters.kick = run_soon;
	s->laters.server = s;
	s->handler = options->handler;
	s->ctx = options->ctx;
	s->body_max = options->body_max ? options->body_max : HTTP_BODY_MAX;
	s->n_conns = options->n_conns ? options->n_conns : HTTP_CONNECTIONS_MAX;
	s->request_ms = options->request_ms ? options->request_ms
					    : HTTP_REQUEST_MS;
	uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	s->n_handles = 1;
	err = tl_http_access_init(&s->access, options->token,
				  options->metrics_token, options->allow,
				  options->ctx);
	if (!err)
		err = add_listeners(s, options, false);
	if (!err)
		err = add_listeners(s, options, true);
	if (err) {
		tl_http_server_free(s);
		return err;
	}
	*serverp = s;
	return 0;
}
