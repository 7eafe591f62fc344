/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_small.c - http_server.h without libmicrohttpd
 *
 * Theory of operation: for builds that have to be small. A connection carries
 * one request and its answer; what the client sends behind that is read and
 * thrown away, since closing with unread bytes would tell the client that the
 * connection was reset, perhaps before it has read the answer. One deadline
 * covers all of it. No chunked bodies (411), no JSONP, no streams, and fewer
 * connections at the same time; those above the limit wait in the kernel.
 */
#include "service/http_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"
#include "service/request_text.h"

#define CONNECTIONS_MAX 32
#define FIRST_ROOM 2048
#define NOT_UNDERSTOOD "{\"error\":\"headers: not understood\"}"
#define HEADERS_TOO_LONG "{\"error\":\"headers: too long\"}"
#define NO_LENGTH "{\"error\":\"Content-Length: there has to be one\"}"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

struct listener {
	struct http_server *server;
	uv_poll_t poll;
	int fd;
};

struct http_server {
	uv_loop_t *loop;
	struct listener listeners[HTTP_LISTEN_MAX];
	unsigned int n_listeners;
	unsigned int n_handles; /* not yet closed; the last one frees it */
	unsigned int n_conns;
	struct list conns;
	struct http_counts counts;
	struct http_access access;
	http_handler_fn handler;
	void *ctx;
	size_t body_max;
	unsigned int request_ms;
	uint16_t port;
};

/* What a connection waits for. */
enum conn_state {
	CONN_HEAD,
	CONN_BODY, /* of CONN's request; its head is at the start of @in */
	CONN_ANSWER, /* that the client takes it */
	CONN_END, /* that the client closes */
	CONN_CLOSED, /* handles are being closed */
};

/**
 * struct conn - A connection
 * @in:		head and body as received, with room for a zero byte behind
 * @head_len:	once the head is whole
 * @out:	the answer; @sent bytes of it are gone
 */
struct conn {
	struct list link;
	struct http_server *server;
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned int n_handles;
	int fd;
	enum conn_state state;
	struct udp_addr from;
	uint8_t *in;
	size_t room;
	size_t n;
	size_t head_len;
	struct request_text q;
	char *out;
	size_t out_len;
	size_t sent;
};

const char *tl_http_query(const struct http_request *q, const char *name)
{
	return tl_request_query(q->internal, name);
}

bool tl_http_reply_text(struct http_reply *reply, const char *text)
{
	reply->body = strdup(text);
	reply->body_len = reply->body ? strlen(text) : 0;
	if (!reply->body)
		reply->status = 500;
	return reply->body;
}

/* Closing */

static void listen_again(struct http_server *s);

static void server_handle_gone(struct http_server *s)
{
	if (--s->n_handles > 0)
		return;
	tl_http_access_fini(&s->access);
	tl_free(s);
}

static void on_conn_handle_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;
	struct http_server *s = c->server;

	if (--c->n_handles > 0)
		return;
	close(c->fd);
	if (c->in)
		tl_wipe(c->in, c->room);
	tl_free(c->in);
	free(c->out);
	tl_free(c);
	server_handle_gone(s);
}

static void conn_close(struct conn *c)
{
	struct http_server *s = c->server;

	if (c->state == CONN_CLOSED)
		return;
	c->state = CONN_CLOSED;
	tl_list_remove(&c->link);
	if (s->n_conns-- == CONNECTIONS_MAX)
		listen_again(s);
	uv_close((uv_handle_t *)&c->poll, on_conn_handle_closed);
	uv_close((uv_handle_t *)&c->timer, on_conn_handle_closed);
}

static void on_deadline(uv_timer_t *timer)
{
	struct conn *c = timer->data;

	if (c->state <= CONN_BODY)
		c->server->counts.overdue++;
	conn_close(c);
}

/* Answering */

static const char *phrase(unsigned int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 404:
		return "Not Found";
	case 411:
		return "Length Required";
	case 413:
		return "Content Too Large";
	default:
		return status < 500 ? "Refused" : "Error";
	}
}

/* Consumes the body. False when out of memory. */
static bool make_answer(struct conn *c, struct http_reply *r)
{
	bool has_body = r->body_len && !c->q.is_head;
	char type[64] = "";
	int n;

	if (r->body_len)
		snprintf(type, sizeof(type), "Content-Type: %s\r\n", r->type);
	n = asprintf(&c->out,
		     "HTTP/1.1 %u %s\r\n%sContent-Length: %zu\r\n"
		     "X-Content-Type-Options: nosniff\r\n"
		     "Cache-Control: no-store\r\nConnection: close\r\n\r\n%s",
		     r->status, phrase(r->status), type, r->body_len,
		     has_body ? r->body : "");
	free(r->body);
	if (n < 0) {
		c->out = NULL;
		return false;
	}
	c->out_len = (size_t)n;
	return true;
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* As much as the client takes. */
static void send_answer(struct conn *c)
{
	ssize_t n;

	while (c->sent < c->out_len) {
		n = send(c->fd, c->out + c->sent, c->out_len - c->sent,
			 MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			uv_poll_start(&c->poll, UV_WRITABLE, on_poll);
			return;
		}
		if (n < 0) {
			conn_close(c);
			return;
		}
		c->sent += (size_t)n;
	}
	c->state = CONN_END;
	shutdown(c->fd, SHUT_WR);
	uv_poll_start(&c->poll, UV_READABLE, on_poll);
}

static void reply(struct conn *c, struct http_reply *r)
{
	c->state = CONN_ANSWER;
	if (make_answer(c, r))
		send_answer(c);
	else
		conn_close(c);
}

static void reply_status(struct conn *c, unsigned int status, const char *body)
{
	struct http_reply r = { .status = status, .type = "application/json" };

	if (*body && !tl_http_reply_text(&r, body))
		conn_close(c);
	else
		reply(c, &r);
}

static void answer(struct conn *c)
{
	struct http_server *s = c->server;
	struct http_reply r = { .status = 200, .type = "application/json" };
	struct http_request q = {
		.method = c->q.method,
		.path = c->q.path,
		.body = tl_bytes(c->in + c->head_len, (size_t)c->q.body_len),
		.from = c->from,
		.internal = &c->q,
	};

	c->in[c->head_len + q.body.n] = 0;
	s->counts.requests++;
	s->handler(s->ctx, &q, &r);
	reply(c, &r);
}

/* Reading */

/* There is a secret in it, so none is left behind where it was. */
static bool make_room(struct conn *c, size_t room)
{
	uint8_t *grown;

	if (room <= c->room)
		return true;
	grown = tl_alloc(room + 1);
	if (!grown)
		return false;
	if (c->in) {
		memcpy(grown, c->in, c->n);
		tl_wipe(c->in, c->room);
	}
	tl_free(c->in);
	c->in = grown;
	c->room = room;
	return true;
}

/* The head is whole: refuse, or wait for the body. */
static void on_head(struct conn *c)
{
	struct http_server *s = c->server;

	if (tl_request_parse(&c->q, tl_buffer(c->in, c->head_len))) {
		reply_status(c, 400, NOT_UNDERSTOOD);
	} else if (!tl_http_access_may(&s->access, &c->from, c->q.path,
				       c->q.token)) {
		s->counts.refused++;
		reply_status(c, 401, "{}");
	} else if (!c->q.has_method) {
		s->counts.bad_method++;
		reply_status(c, 404, "");
	} else if (c->q.is_chunked) {
		reply_status(c, 411, NO_LENGTH);
	} else if (c->q.body_len > s->body_max) {
		s->counts.too_large++;
		reply_status(c, 413, HTTP_BODY_TOO_LONG);
	} else {
		c->state = CONN_BODY;
	}
}

/* What is still needed of the head goes with it. */
static bool move_for_body(struct conn *c)
{
	ptrdiff_t path = c->q.path - (char *)c->in;
	ptrdiff_t query = c->q.query - (char *)c->in;

	if (!make_room(c, c->head_len + (size_t)c->q.body_len))
		return false;
	c->q.path = (char *)c->in + path;
	c->q.query = (char *)c->in + query;
	c->q.token = NULL;
	return true;
}

static void take(struct conn *c)
{
	if (c->state == CONN_HEAD) {
		c->head_len = tl_request_head_len(tl_bytes(c->in, c->n));
		if (c->head_len)
			on_head(c);
		else if (c->n >= HTTP_HEADERS_MAX)
			reply_status(c, 413, HEADERS_TOO_LONG);
		if (c->state != CONN_BODY)
			return;
		if (!move_for_body(c)) {
			conn_close(c);
			return;
		}
		if (c->q.expects)
			(void)send(c->fd, CONTINUE, sizeof(CONTINUE) - 1,
				   MSG_NOSIGNAL);
	}
	if (c->state == CONN_BODY && c->n - c->head_len >= c->q.body_len)
		answer(c);
}

/* The next bytes. False: there are none now, or it is closed. */
static bool receive(struct conn *c)
{
	uint8_t unused[4096];
	bool is_wanted = c->state <= CONN_BODY;
	ssize_t n;

	if (is_wanted && c->n == c->room && !make_room(c, 2 * c->room)) {
		conn_close(c);
		return false;
	}
	n = is_wanted ? recv(c->fd, c->in + c->n, c->room - c->n, 0)
		      : recv(c->fd, unused, sizeof(unused), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		conn_close(c);
		return false;
	}
	if (is_wanted) {
		c->n += (size_t)n;
		take(c);
	}
	return c->state != CONN_CLOSED;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct conn *c = poll->data;
	int i;

	if (status < 0)
		conn_close(c);
	else if (c->state == CONN_ANSWER && events & UV_WRITABLE)
		send_answer(c);
	else if (c->state != CONN_ANSWER)
		/* Not for ever: others wait, too. */
		for (i = 0; i < 16 && receive(c); i++)
			;
}

/* Connections */

union any_addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static void set_from(struct udp_addr *out, const union any_addr *a)
{
	bool is_v4 = a->sa.sa_family == AF_INET;

	out->family = is_v4 ? 4 : 6;
	out->port = ntohs(is_v4 ? a->v4.sin_port : a->v6.sin6_port);
	if (is_v4)
		memcpy(out->ip, &a->v4.sin_addr, 4);
	else
		memcpy(out->ip, &a->v6.sin6_addr, 16);
}

/* Consumes @fd. */
static void conn_new(struct http_server *s, int fd, const union any_addr *from)
{
	struct conn *c = tl_alloc_zeroed(sizeof(*c));

	if (!c || !make_room(c, FIRST_ROOM) ||
	    uv_poll_init(s->loop, &c->poll, fd) != 0) {
		if (c)
			tl_free(c->in);
		tl_free(c);
		close(fd);
		return;
	}
	uv_timer_init(s->loop, &c->timer);
	c->server = s;
	c->fd = fd;
	c->n_handles = 2;
	c->poll.data = c;
	c->timer.data = c;
	set_from(&c->from, from);
	s->n_handles++;
	s->n_conns++;
	tl_list_append(&s->conns, &c->link);
	uv_poll_start(&c->poll, UV_READABLE, on_poll);
	uv_timer_start(&c->timer, on_deadline, s->request_ms, 0);
}

static void stop_listening(struct http_server *s)
{
	unsigned int i;

	for (i = 0; i < s->n_listeners; i++)
		uv_poll_stop(&s->listeners[i].poll);
}

static void on_connection(uv_poll_t *poll, int status TL_UNUSED,
			  int events TL_UNUSED)
{
	struct listener *l = poll->data;
	struct http_server *s = l->server;
	union any_addr from;
	socklen_t len = sizeof(from);
	int fd = accept4(l->fd, &from.sa, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	conn_new(s, fd, &from);
	if (s->n_conns == CONNECTIONS_MAX)
		stop_listening(s);
}

static void listen_again(struct http_server *s)
{
	unsigned int i;

	for (i = 0; i < s->n_listeners; i++)
		if (!uv_is_closing((uv_handle_t *)&s->listeners[i].poll))
			uv_poll_start(&s->listeners[i].poll, UV_READABLE,
				      on_connection);
}

/* Starting and ending */

static int bind_and_listen(int fd, const struct udp_addr *at, uint16_t *port)
{
	union any_addr a = { 0 };
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
	if (bind(fd, &a.sa, len) != 0 || listen(fd, CONNECTIONS_MAX) != 0 ||
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

static int add_listener(struct http_server *s, const struct udp_addr *at)
{
	struct listener *l = &s->listeners[s->n_listeners];
	uint16_t port = s->port ? s->port : at->port;
	int fd = open_socket(at, &port);
	int err;

	if (fd < 0)
		return fd;
	err = uv_poll_init(s->loop, &l->poll, fd);
	if (err) {
		close(fd);
		return err;
	}
	l->server = s;
	l->fd = fd;
	l->poll.data = l;
	s->n_listeners++;
	s->n_handles++;
	s->port = port;
	return uv_poll_start(&l->poll, UV_READABLE, on_connection);
}

/* Families that this machine lacks do not count. */
static int add_listeners(struct http_server *s, const struct http_options *o)
{
	int missing = -EADDRNOTAVAIL;
	unsigned int i;
	int err;

	for (i = 0; i < o->n_listen; i++) {
		err = add_listener(s, &o->listen[i]);
		if (err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL)
			missing = err;
		else if (err)
			return err;
	}
	return s->n_listeners ? 0 : missing;
}

int tl_http_server_new(struct http_server **serverp, uv_loop_t *loop,
		       const struct http_options *options)
{
	struct http_server *s;
	int err;

	if (options->n_listen == 0 || options->n_listen > HTTP_LISTEN_MAX)
		return -EINVAL;
	if (options->n_tls_listen)
		return -ENOTSUP;
	s = tl_alloc_zeroed(sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->loop = loop;
	s->n_handles = 1; /* this function's */
	tl_list_init(&s->conns);
	s->handler = options->handler;
	s->ctx = options->ctx;
	s->body_max = options->body_max ? options->body_max : HTTP_BODY_MAX;
	s->request_ms = options->request_ms ? options->request_ms
					    : HTTP_REQUEST_MS;
	err = tl_http_access_init(&s->access, options->token,
				  options->metrics_token, options->allow,
				  options->ctx);
	if (!err)
		err = add_listeners(s, options);
	if (err) {
		tl_http_server_free(s);
		return err;
	}
	*serverp = s;
	return 0;
}

uint16_t tl_http_server_port(const struct http_server *server)
{
	return server->port;
}

const struct http_counts *tl_http_server_counts(const struct http_server *s)
{
	return &s->counts;
}

static void on_listener_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;

	server_handle_gone(l->server);
}

void tl_http_server_free(struct http_server *server)
{
	unsigned int i;

	if (!server)
		return;
	for (i = 0; i < server->n_listeners; i++) {
		struct listener *l = &server->listeners[i];

		/* At once: a new server may want the port. */
		uv_poll_stop(&l->poll);
		close(l->fd);
		uv_close((uv_handle_t *)&l->poll, on_listener_closed);
	}
	tl_list_each(it, next, &server->conns)
		conn_close(tl_container_of(it, struct conn, link));
	server_handle_gone(server);
}
