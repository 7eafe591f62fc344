/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "proxy/http_head.h"
#include "proxy/session_impl.h"

/* Bytes that are thrown away before others have their turn. */
#define DISCARD_BURST 16

void tl_session_free(struct session *s)
{
	struct server *server = s->config->server;

	tl_server_stop_waiting(&s->limit);
	tl_server_not_soon(&s->later);
	tl_resolve_cancel(s->resolve);
	tl_dial_cancel(s->dial);
	tl_listener_free(s->bound);
	tl_associate_free(s->associate);
	tl_relay_kill(s->relay);
	tl_sock_reset(&s->bound_fd);
	tl_poll_del(tl_server_poll(server), &s->watch);
	if (s->state == SESSION_FAREWELL)
		tl_sock_close(&s->fd);
	tl_sock_reset(&s->fd);
	tl_free(s->head.at);
	tl_server_leave(server, &s->slot);
	tl_free(s);
}

static void on_kill(void *ctx)
{
	tl_session_free(ctx);
}

void tl_session_say(struct session *s, struct bytes b)
{
	/* The first things that are said: they fit into the buffer. */
	if (send(s->fd, b.at, b.n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return; /* the client has gone, as we shall be told */
}

int tl_session_farewell(struct session *s, struct bytes last)
{
	tl_session_say(s, last);
	tl_sock_shutdown(s->fd);
	s->state = SESSION_FAREWELL;
	tl_server_wait(s->config->server, &s->limit, WAIT_FAREWELL);
	/* What is in the queue already is not reported again. */
	tl_poll_mod(tl_server_poll(s->config->server), &s->watch, WATCH_IN);
	return SESSION_GONE;
}

static void on_dialed(void *ctx, int fd, int err)
{
	struct session *s = ctx;

	s->dial = NULL;
	if (s->is_http)
		tl_session_on_http_dialed(s, fd, err);
	else
		tl_session_on_socks_dialed(s, fd, err);
}

int tl_session_dial(struct session *s, const struct target *to)
{
	s->state = SESSION_BUSY;
	tl_server_stop_waiting(&s->limit);
	return tl_dial(&s->dial, s->config->server, to, s->config->side,
		       on_dialed, s);
}

static void on_relay_done(void *ctx)
{
	struct session *s = ctx;

	s->relay = NULL;
	tl_session_free(s);
}

struct relay *tl_session_relay(struct session *s, int fd)
{
	int fds[2] = { s->fd, fd };

	tl_server_stop_waiting(&s->limit);
	tl_poll_del(tl_server_poll(s->config->server), &s->watch);
	s->fd = -1;
	s->state = SESSION_RELAY;
	if (tl_relay_new(&s->relay, s->config->server, fds, on_relay_done, s) !=
	    0) {
		tl_session_free(s);
		return NULL;
	}
	return s->relay;
}

static int on_first(struct session *s, struct bytes b)
{
	bool is_socks = b.at[0] == SOCKS_VERSION;

	if (!(s->protocols & (is_socks ? SESSION_SOCKS : SESSION_HTTP))) {
		tl_session_free(s);
		return SESSION_GONE;
	}
	s->is_http = !is_socks;
	if (is_socks) {
		s->state = SESSION_SOCKS_GREETING;
		return tl_session_on_greeting(s, b);
	}
	s->state = SESSION_HTTP_HEAD;
	return tl_session_on_http_head(s, b);
}

static int handle(struct session *s, struct bytes b)
{
	switch (s->state) {
	case SESSION_FIRST:
		return on_first(s, b);
	case SESSION_SOCKS_GREETING:
		return tl_session_on_greeting(s, b);
	case SESSION_SOCKS_PASSWORD:
		return tl_session_on_password(s, b);
	case SESSION_SOCKS_REQUEST:
		return tl_session_on_socks_request(s, b);
	case SESSION_HTTP_HEAD:
		return tl_session_on_http_head(s, b);
	default:
		return SESSION_GONE;
	}
}

static void discard(struct session *s)
{
	uint8_t *room = tl_server_scratch(s->config->server);
	ssize_t n = 1;
	int i;

	for (i = 0; i < DISCARD_BURST && n > 0; i++)
		n = recv(s->fd, room, SCRATCH_SIZE, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		tl_session_free(s);
	else if (n > 0)
		tl_poll_mod(tl_server_poll(s->config->server), &s->watch,
			    WATCH_IN);
}

/* Take whole messages for as long as there are any. */
static void read_messages(struct session *s)
{
	uint8_t *room = tl_server_scratch(s->config->server);
	ssize_t got;
	int n;

	while (s->state < SESSION_BUSY) {
		got = recv(s->fd, room, HTTP_HEAD_MAX, MSG_PEEK | MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0) {
			tl_session_free(s);
			return;
		}
		n = handle(s, tl_bytes(room, (size_t)got));
		if (n == SESSION_GONE)
			return;
		if (n == 0 && s->has_ended)
			tl_session_free(s);
		if (n == 0)
			return;
		if (recv(s->fd, room, (size_t)n, MSG_DONTWAIT) != n) {
			tl_session_free(s);
			return;
		}
	}
}

static void on_ready(void *ctx, uint32_t events)
{
	struct session *s = ctx;

	if (events & (WATCH_RDHUP | WATCH_HUP))
		s->has_ended = true;
	if ((events & WATCH_ERR) || (s->has_ended && s->bound) ||
	    ((events & WATCH_HUP) && s->state >= SESSION_BUSY))
		tl_session_free(s);
	else if (s->state < SESSION_BUSY)
		read_messages(s);
	else if (s->state == SESSION_HELD || s->state == SESSION_FAREWELL)
		discard(s);
}

static void on_limit(void *ctx)
{
	tl_session_free(ctx);
}

void tl_session_new(const struct session_config *config, int fd,
		    const union place *from, unsigned int protocols)
{
	struct session *s = tl_alloc_zeroed(sizeof(*s));

	if (!s) {
		tl_sock_reset(&fd);
		return;
	}
	s->config = config;
	s->fd = fd;
	s->bound_fd = -1;
	s->from = *from;
	s->protocols = protocols;
	s->watch = (struct watch){ .fd = -1, .fn = on_ready, .ctx = s };
	s->slot = (struct server_slot){ .kill = on_kill, .ctx = s };
	s->limit = (struct server_deadline){ .fn = on_limit, .ctx = s };
	if (tl_server_enter(config->server, &s->slot, from, fd) != 0 ||
	    tl_poll_add(tl_server_poll(config->server), &s->watch, fd,
			WATCH_IN) != 0) {
		tl_session_free(s);
		return;
	}
	tl_server_wait(config->server, &s->limit, WAIT_ATTEMPT);
}
