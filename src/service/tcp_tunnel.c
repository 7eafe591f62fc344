/* SPDX-License-Identifier: Apache-2.0 */
#include "service/tcp_tunnel.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/random.h"
#include "service/failure.h"
#include "service/relay_line.h"
#include "service/service_impl.h"

#define CONNECT_MS 8000
#define FIRST_RETRY_MS 250
#define RETRY_MAX_MS 30000
#define RETRY_DOUBLINGS 7

/*
 * OFF: nothing is under way. WAITING: for the next attempt, by the timer.
 * RESOLVING: the relay's name, on the worker. CONNECTING: the line is open, but
 * nothing may be sent. OPEN: the engine knows. In the last two the line has a
 * descriptor, in the others not.
 */
enum phase {
	PHASE_OFF,
	PHASE_WAITING,
	PHASE_RESOLVING,
	PHASE_CONNECTING,
	PHASE_OPEN,
};

/**
 * struct tcp_tunnel - The client's side
 * @set:	what is to be used; port 0: nothing
 * @name:	of the relay's host; empty if @set is its address
 * @at:		its address
 * @is_forced:	there is no UDP
 * @attempts:	since something last came in
 * @last_in_ms, @last_out_ms: by tl_service_now()
 * @n_jobs:	names being resolved; only the newest counts
 */
struct tcp_tunnel {
	struct service *s;
	enum phase phase;
	struct relay_line line;
	struct endpoint set;
	char name[LOCAL_CONF_NAME_SIZE];
	struct endpoint at;
	bool is_forced;
	unsigned int attempts;
	unsigned int n_jobs;
	int64_t last_in_ms;
	int64_t last_out_ms;
	uint64_t in;
	uint64_t out;
	uint64_t in_bytes;
	uint64_t out_bytes;
	uint64_t dropped;
};

static void begin(struct tcp_tunnel *t);
static void stop(struct tcp_tunnel *t);

/* --- what local.conf says --- */

static bool has_default_planet(const struct service *s)
{
	const struct world *planet = tl_node_planet(s->node);
	struct world *w = tl_alloc_zeroed(sizeof(*w));
	struct reader r = tl_reader(tl_default_planet());
	bool is_same = false;

	if (!w)
		return false;
	tl_read_world(&r, w);
	/* A private planet may have the same number. */
	is_same = tl_reader_ok(&r) && w->id == planet->id &&
		  memcmp(w->update_key, planet->update_key,
			 sizeof(w->update_key)) == 0;
	tl_free(w);
	return is_same;
}

static struct endpoint default_relay(void)
{
	static const uint8_t ip[4] = { 204, 80, 128, 1 };

	return tl_endpoint_ip4(ip, 443);
}

/* The relay that the settings and the planet give. 0, or @error. */
static int choose_relay(const struct service *s, struct endpoint *out,
			char *error)
{
	const struct local_conf *c = &s->conf;

	*out = (struct endpoint){ 0 };
	if (!c->allow_tcp_relay && !c->force_tcp_relay)
		return 0;
	*out = c->tcp_relay;
	if (!out->port && has_default_planet(s))
		*out = default_relay();
	if (!out->port && c->force_tcp_relay)
		return tl_failure(error, -EINVAL,
				  "%s/local.conf: forceTcpRelay needs a relay, "
				  "and this planet has none: set "
				  "tcpFallbackRelay",
				  s->home.path);
	return 0;
}

int tl_tcp_tunnel_change(struct service *s, char error[SERVICE_ERROR_SIZE])
{
	struct tcp_tunnel *t = s->tunnel;
	const char *name = s->conf.tcp_relay_name;
	struct endpoint relay;
	int r = choose_relay(s, &relay, error);

	if (r)
		return r;
	if (tl_endpoint_equal(&t->set, &relay) && strcmp(t->name, name) == 0 &&
	    t->is_forced == s->conf.force_tcp_relay)
		return 0;
	stop(t);
	t->is_forced = s->conf.force_tcp_relay;
	t->set = relay;
	t->at = relay;
	memcpy(t->name, name, sizeof(t->name));
	return 0;
}

int tl_tcp_tunnel_open(struct service *s, char error[SERVICE_ERROR_SIZE])
{
	struct tcp_tunnel *t = tl_alloc_zeroed(sizeof(*t));

	if (!t)
		return tl_failure(error, -ENOMEM, "out of memory");
	t->s = s;
	t->line.fd = -1;
	s->tunnel_timer.data = t;
	s->tunnel = t;
	return tl_tcp_tunnel_change(s, error);
}

/* --- the line --- */

static int64_t now_of(const struct tcp_tunnel *t)
{
	return tl_service_now(t->s);
}

static void set_timer(struct tcp_tunnel *t, uv_timer_cb fn, int64_t ms)
{
	uv_timer_start(&t->s->tunnel_timer, fn, (uint64_t)TL_MAX(ms, 1), 0);
}

/* Whatever it is doing, it does it no more. */
static void stop(struct tcp_tunnel *t)
{
	bool was_open = t->phase == PHASE_OPEN;

	uv_timer_stop(&t->s->tunnel_timer);
	if (t->line.fd >= 0)
		tl_relay_line_close(&t->line);
	t->phase = PHASE_OFF;
	if (was_open && t->s->node) {
		tl_node_on_tunnel(t->s->node, TUNNEL_CLOSED, now_of(t));
		tl_service_wake(t->s);
	}
}

static void on_retry(uv_timer_t *timer)
{
	begin(timer->data);
}

/* Twice as long each time, and not all nodes at once. */
static int64_t retry_delay(unsigned int attempts)
{
	int64_t ms = TL_MIN((int64_t)FIRST_RETRY_MS
				    << TL_MIN(attempts, RETRY_DOUBLINGS),
			    RETRY_MAX_MS);
	uint16_t r;

	tl_random(NULL, &r, sizeof(r));
	return ms / 2 + ms * r / (2 * UINT16_MAX);
}

static void fail(struct tcp_tunnel *t, const char *what, const char *why)
{
	char text[ENDPOINT_TEXT_SIZE];
	const char *name = *t->name ? t->name : tl_endpoint_print(text, &t->at);

	if (t->attempts == 0 || t->phase == PHASE_OPEN)
		tl_info("the TCP relay %s %s: %s", name, what, why);
	else
		tl_dbg("the TCP relay %s %s: %s", name, what, why);
	stop(t);
	t->phase = PHASE_WAITING;
	set_timer(t, on_retry, retry_delay(t->attempts++));
}

static void tell_engine(struct tcp_tunnel *t)
{
	tl_node_on_tunnel(t->s->node, t->is_forced ? TUNNEL_ONLY : TUNNEL_OPEN,
			  now_of(t));
}

static void on_opened(void *ctx)
{
	struct tcp_tunnel *t = ctx;
	uint8_t hello[TCP_RELAY_HEAD + TCP_RELAY_GREETING];
	char text[ENDPOINT_TEXT_SIZE];

	tl_tcp_relay_greeting(hello, TL_VERSION_MAJOR, TL_VERSION_MINOR,
			      TL_VERSION_PATCH);
	(void)tl_relay_line_write(&t->line, TL_BYTES_OF(hello));
	uv_timer_stop(&t->s->tunnel_timer);
	t->phase = PHASE_OPEN;
	t->last_in_ms = now_of(t);
	tl_info("%s: the TCP relay %s is used",
		t->is_forced ? "as is wished" : "no root answers by UDP",
		tl_endpoint_print(text, &t->at));
	tell_engine(t);
}

/* What was handed up out of the reader is passed on first. */
static void on_settle(void *ctx)
{
	struct tcp_tunnel *t = ctx;

	tl_service_settle(t->s);
	t->s->is_borrowing = true;
}

static bool on_message(void *ctx, struct tcp_relay_message *m)
{
	struct tcp_tunnel *t = ctx;

	if (m->kind != TCP_RELAY_CARRIES || !m->payload.n)
		return true;
	t->attempts = 0;
	t->in++;
	t->in_bytes += m->payload.n;
	t->last_in_ms = now_of(t);
	tl_node_on_batch(t->s->node, PATH_SOCKET_TCP, &m->at, m->payload,
			 m->payload.n, t->last_in_ms);
	return true;
}

static void on_ended(void *ctx, int err)
{
	struct tcp_tunnel *t = ctx;

	fail(t,
	     t->phase == PHASE_OPEN ? "has closed the connection"
				    : "cannot be reached",
	     err == -EPROTO ? "it speaks another protocol" : strerror(-err));
}

static const struct relay_line_owner owner = {
	.opened = on_opened,
	.settle = on_settle,
	.message = on_message,
	.ended = on_ended,
};

/* --- connecting --- */

static void on_connect_timeout(uv_timer_t *timer)
{
	fail(timer->data, "cannot be reached", strerror(ETIMEDOUT));
}

static int start_connect(struct tcp_tunnel *t)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(t->at.port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(t->at.port) };
	bool is_v6 = t->at.family == 6;
	int fd = socket(is_v6 ? AF_INET6 : AF_INET,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	memcpy(&v6.sin6_addr, t->at.ip, 16);
	memcpy(&v4.sin_addr, t->at.ip, 4);
	err = is_v6 ? connect(fd, (struct sockaddr *)&v6, sizeof(v6))
		    : connect(fd, (struct sockaddr *)&v4, sizeof(v4));
	if (err && errno != EINPROGRESS) {
		err = -errno;
		tl_fd_close(&fd);
		return err;
	}
	return tl_relay_line_open(&t->line, &t->s->relay_lines, fd, true,
				  &owner, t);
}

static void connect_now(struct tcp_tunnel *t)
{
	int err = start_connect(t);

	if (err) {
		fail(t, "cannot be reached", strerror(-err));
		return;
	}
	t->phase = PHASE_CONNECTING;
	set_timer(t, on_connect_timeout, CONNECT_MS);
}

/* --- the relay's name --- */

struct resolution {
	struct tcp_tunnel *t;
	unsigned int number;
	char name[LOCAL_CONF_NAME_SIZE];
	struct endpoint at; /* family 0: none was found */
	int err;
};

static void resolve_elsewhere(void *job)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct resolution *r = job;
	struct addrinfo *list;
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	r->err = getaddrinfo(r->name, NULL, &hints, &list);
	if (r->err)
		return;
	if (list->ai_family == AF_INET) {
		memcpy(&v4, list->ai_addr, sizeof(v4));
		r->at = tl_endpoint_ip4((const uint8_t *)&v4.sin_addr,
					r->at.port);
	} else {
		memcpy(&v6, list->ai_addr, sizeof(v6));
		r->at = tl_endpoint_ip6((const uint8_t *)&v6.sin6_addr,
					r->at.port);
	}
	freeaddrinfo(list);
}

static void resolved(void *job, bool cancelled)
{
	struct resolution *r = job;
	struct tcp_tunnel *t = r->t;

	if (!cancelled && t->phase == PHASE_RESOLVING &&
	    r->number == t->n_jobs) {
		if (r->err) {
			fail(t, "has no address", gai_strerror(r->err));
		} else {
			t->at = r->at;
			connect_now(t);
		}
	}
	tl_free(r);
}

static void resolve(struct tcp_tunnel *t)
{
	struct resolution *r = tl_alloc_zeroed(sizeof(*r));
	int err = -ENOMEM;

	t->phase = PHASE_RESOLVING;
	if (r) {
		r->t = t;
		r->number = ++t->n_jobs;
		r->at.port = t->at.port;
		memcpy(r->name, t->name, sizeof(r->name));
		err = tl_worker_submit(t->s->worker, resolve_elsewhere,
				       resolved, r);
	}
	if (err) {
		tl_free(r);
		fail(t, "cannot be looked up", strerror(-err));
	}
}

static void begin(struct tcp_tunnel *t)
{
	if (*t->name)
		resolve(t);
	else
		connect_now(t);
}

/* --- when to open it, and when to let it go --- */

static bool is_wanted(const struct tcp_tunnel *t)
{
	return t->set.port &&
	       (t->is_forced || tl_node_udp(t->s->node)->is_blocked);
}

/* By tl_service_now(). */
static int64_t close_time(const struct tcp_tunnel *t)
{
	int64_t back_ms = tl_node_udp(t->s->node)->back_ms;
	int64_t due = back_ms + TUNNEL_BACK_MS;

	due = TL_MAX(due, t->last_out_ms + TUNNEL_UNUSED_MS);
	due = TL_MAX(due, t->last_in_ms + TUNNEL_QUIET_MS);
	return TL_MIN(due, back_ms + TUNNEL_LINGER_MS);
}

static void on_close_time(uv_timer_t *timer)
{
	struct tcp_tunnel *t = timer->data;
	int64_t wait = close_time(t) - now_of(t);

	if (t->phase != PHASE_OPEN || is_wanted(t))
		return;
	if (wait > 0) {
		set_timer(t, on_close_time, wait);
		return;
	}
	tl_info("UDP works again: the TCP relay is no longer used");
	stop(t);
}

void tl_tcp_tunnel_notice(struct service *s)
{
	struct tcp_tunnel *t = s->tunnel;
	bool wanted;

	if (!t)
		return;
	wanted = is_wanted(t);
	if (wanted && t->phase == PHASE_OFF) {
		t->attempts = 0;
		begin(t);
	} else if (!wanted && t->phase == PHASE_OPEN) {
		if (!uv_is_active((const uv_handle_t *)&s->tunnel_timer))
			set_timer(t, on_close_time, TUNNEL_BACK_MS);
	} else if (!wanted && t->phase != PHASE_OFF) {
		stop(t);
	}
}

void tl_tcp_tunnel_renewed(struct service *s)
{
	if (s->tunnel && s->tunnel->phase == PHASE_OPEN)
		tell_engine(s->tunnel);
}

void tl_tcp_tunnel_retry(struct service *s)
{
	struct tcp_tunnel *t = s->tunnel;

	if (!t || t->phase != PHASE_WAITING)
		return;
	t->attempts = 0;
	set_timer(t, on_retry, 0);
}

/* --- datagrams --- */

static void send_part(struct tcp_tunnel *t, const struct endpoint *to,
		      struct bytes head, struct bytes rest)
{
	if (!tl_relay_line_send(&t->line, to, head, rest)) {
		t->dropped++;
		return;
	}
	t->out++;
	t->out_bytes += head.n + rest.n;
}

void tl_tcp_tunnel_send(struct service *s, const struct endpoint *to,
			const struct packet *p, const struct cuts *cuts)
{
	struct bytes rest = tl_packet_bytes(p);
	struct tcp_tunnel *t = s->tunnel;
	uint8_t header[FRAGMENT_HEADER_LEN];
	unsigned int i;

	if (!t || t->phase != PHASE_OPEN)
		return;
	t->last_out_ms = now_of(t);
	send_part(t, to, tl_bytes_first(rest, cuts->head_len),
		  tl_bytes(NULL, 0));
	rest = tl_bytes_skip(rest, cuts->head_len);
	for (i = 1; i < cuts->n; i++) {
		tl_fragment_header(header, p->data + p->head, i, cuts->n);
		send_part(t, to, TL_BYTES_OF(header),
			  tl_bytes_first(rest, cuts->part_len));
		rest = tl_bytes_skip(rest, cuts->part_len);
	}
}

void tl_tcp_tunnel_send_raw(struct service *s, const struct endpoint *to,
			    struct bytes datagram)
{
	struct tcp_tunnel *t = s->tunnel;

	if (!t || t->phase != PHASE_OPEN)
		return;
	t->last_out_ms = now_of(t);
	send_part(t, to, datagram, tl_bytes(NULL, 0));
}

/* --- the end --- */

void tl_tcp_tunnel_close(struct service *s)
{
	if (s->tunnel)
		stop(s->tunnel);
}

void tl_tcp_tunnel_free(struct service *s)
{
	tl_free(s->tunnel);
	s->tunnel = NULL;
}

void tl_tcp_tunnel_look(const struct service *s, struct tcp_tunnel_view *out)
{
	const struct tcp_tunnel *t = s->tunnel;

	*out = (struct tcp_tunnel_view){ 0 };
	if (!t)
		return;
	*out = (struct tcp_tunnel_view){
		.is_open = t->phase == PHASE_OPEN,
		.relay = t->at,
		.in = t->in,
		.in_bytes = t->in_bytes,
		.out_bytes = t->out_bytes,
		.out = t->out,
		.dropped = t->dropped,
	};
}
