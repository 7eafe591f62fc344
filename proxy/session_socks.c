/* SPDX-License-Identifier: Apache-2.0 */
/* session_socks.c - what a SOCKS5 client asks for, and what it is told */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "proxy/session_impl.h"

#define PORT_DISCARD 9 /* any will do to find a route */

static int say_code(struct session *s, enum socks_code code,
		    const union place *at)
{
	uint8_t room[SOCKS_REPLY_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_socks_write_reply(&w, code, at);
	if (code != SOCKS_OK)
		return tl_session_farewell(s, tl_writer_bytes(&w));
	tl_session_say(s, tl_writer_bytes(&w));
	return 0;
}

/* Its end may have been reported already. */
static void look_again(struct session *s)
{
	tl_poll_mod(tl_server_poll(s->config->server), &s->watch, WATCH_IN);
}

int tl_session_on_greeting(struct session *s, struct bytes b)
{
	bool asks = s->config->user.n > 0;
	uint8_t want = asks ? SOCKS_METHOD_PASSWORD : SOCKS_METHOD_NONE;
	uint8_t answer[2] = { SOCKS_VERSION, want };
	struct bytes methods;
	int n = tl_socks_parse_greeting(&methods, b);

	if (n == 0)
		return 0;
	if (n < 0) {
		tl_session_free(s);
		return SESSION_GONE;
	}
	if (methods.n == 0 || !memchr(methods.at, want, methods.n)) {
		answer[1] = SOCKS_METHOD_NO_ACCEPTABLE;
		return tl_session_farewell(s, TL_BYTES_OF(answer));
	}
	tl_session_say(s, TL_BYTES_OF(answer));
	s->state = asks ? SESSION_SOCKS_PASSWORD : SESSION_SOCKS_REQUEST;
	return n;
}

static bool is_same(struct bytes got, struct bytes want)
{
	return got.n == want.n && tl_equal_ct(got.at, want.at, want.n);
}

int tl_session_on_password(struct session *s, struct bytes b)
{
	uint8_t answer[2] = { SOCKS_AUTH_VERSION, 0 };
	struct bytes name;
	struct bytes password;
	int n = tl_socks_parse_password(&name, &password, b);

	if (n == 0)
		return 0;
	if (n < 0) {
		tl_session_free(s);
		return SESSION_GONE;
	}
	if (!is_same(name, s->config->user) ||
	    !is_same(password, s->config->password)) {
		answer[1] = 1;
		return tl_session_farewell(s, TL_BYTES_OF(answer));
	}
	tl_session_say(s, TL_BYTES_OF(answer));
	s->state = SESSION_SOCKS_REQUEST;
	return n;
}

/* The second reply of a BIND is like the one to a CONNECT. */
static void couple(struct session *s, int fd, const union place *tell)
{
	uint8_t room[SOCKS_REPLY_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct relay *r = tl_session_relay(s, fd);

	if (!r)
		return;
	tl_socks_write_reply(&w, SOCKS_OK, tell);
	if (tl_relay_put(r, RELAY_B_TO_A, tl_writer_bytes(&w)) != 0)
		tl_session_free(s);
	else
		tl_relay_start(r);
}

void tl_session_on_socks_dialed(struct session *s, int fd, int err)
{
	union place local;

	if (err) {
		say_code(s, tl_socks_code_of(err), NULL);
		return;
	}
	tl_sock_local(&local, fd);
	couple(s, fd, &local);
}

static void on_peer(void *ctx)
{
	struct session *s = ctx;
	union place from;
	int fd = s->bound_fd;

	s->bound_fd = -1;
	tl_listener_free(s->bound);
	s->bound = NULL;
	tl_sock_remote(&from, fd);
	couple(s, fd, &from);
}

static void on_bound(void *ctx, int fd, const union place *from)
{
	struct session *s = ctx;

	if (s->bound_fd >= 0 || (!tl_place_is_any_ip(&s->peer) &&
				 !tl_place_same_host(&s->peer, from))) {
		tl_sock_reset(&fd);
		return;
	}
	s->bound_fd = fd;
	tl_server_soon(s->config->server, &s->later);
}

/* Which of our addresses does @peer know us by? */
static int find_own_address(union place *out, const union place *peer)
{
	union place to = *peer;
	int fd;
	int r;

	if (tl_place_is_any_ip(peer)) {
		*out = *peer;
		tl_place_set_port(out, 0);
		return 0;
	}
	tl_place_set_port(&to, PORT_DISCARD);
	r = tl_sock_connect_udp(&fd, &to, SIDE_VIRTUAL);
	if (r < 0)
		return r;
	tl_sock_local(out, fd);
	tl_sock_close(&fd);
	tl_place_set_port(out, 0);
	return tl_place_ip(out).n ? 0 : -EADDRNOTAVAIL;
}

static int bind_for(struct session *s, const union place *peer)
{
	union place own;
	int r = find_own_address(&own, peer);

	s->peer = *peer;
	if (r == 0)
		r = tl_listener_new(&s->bound, s->config->server, &own,
				    SIDE_VIRTUAL, on_bound, s);
	if (r < 0)
		return say_code(s, tl_socks_code_of(r), NULL);
	tl_listener_address(&own, s->bound);
	s->later = (struct server_task){ .fn = on_peer, .ctx = s };
	look_again(s);
	return say_code(s, SOCKS_OK, &own);
}

static void on_peer_resolved(void *ctx, const union place *addresses, size_t n,
			     int err)
{
	struct session *s = ctx;

	s->resolve = NULL;
	if (err || n == 0)
		say_code(s, tl_socks_code_of(err ? err : -ENOENT), NULL);
	else
		bind_for(s, &addresses[0]);
}

static int start_bind(struct session *s, const struct target *to)
{
	int r;

	tl_server_stop_waiting(&s->limit);
	s->state = SESSION_BUSY;
	if (to->ip.sa.sa_family)
		return bind_for(s, &to->ip);
	r = tl_resolve(&s->resolve, tl_server_loop(s->config->server), to->name,
		       to->port, on_peer_resolved, s);
	return r < 0 ? say_code(s, tl_socks_code_of(r), NULL) : 0;
}

static int start_associate(struct session *s, const struct target *to)
{
	union place at;
	int r;

	tl_server_stop_waiting(&s->limit);
	tl_sock_local(&at, s->fd);
	/* Who is at a Unix socket has no address to send from. */
	r = tl_place_ip(&at).n
		    ? tl_associate_new(&s->associate, s->config->server,
				       s->config->side, &at, &s->from, to->port)
		    : -EPERM;
	if (r < 0)
		return say_code(s, tl_socks_code_of(r), NULL);
	s->state = SESSION_HELD;
	look_again(s);
	tl_associate_address(&at, s->associate);
	return say_code(s, SOCKS_OK, &at);
}

static int start(struct session *s, const struct socks_request *q)
{
	int r;

	if (q->is_bad_address)
		return say_code(s, SOCKS_BAD_ADDRESS, NULL);
	switch (q->command) {
	case SOCKS_CONNECT:
		r = tl_session_dial(s, &q->to);
		return r < 0 ? say_code(s, tl_socks_code_of(r), NULL) : 0;
	case SOCKS_BIND:
		return start_bind(s, &q->to);
	case SOCKS_ASSOCIATE:
		return start_associate(s, &q->to);
	default:
		return say_code(s, SOCKS_BAD_COMMAND, NULL);
	}
}

int tl_session_on_socks_request(struct session *s, struct bytes b)
{
	struct socks_request q;
	int n = tl_socks_parse_request(&q, b);
	int r;

	if (n == 0)
		return 0;
	if (n < 0)
		return say_code(s, SOCKS_FAILED, NULL);
	r = start(s, &q);
	return r < 0 ? r : n;
}
