/* SPDX-License-Identifier: Apache-2.0 */
#include "service/relay_impl.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/ifaddrs.h"
#include "service/failure.h"

#define BACKLOG 256
#define ACCEPT_MAX 64
#define ACCEPT_AGAIN_MS 1000
#define DEFAULT_MAX 1024
#define DEFAULT_PER_SOURCE 64
#define LOCAL_MAX 128

/* --- who may connect --- */

static uint32_t count_source(const struct list *list,
			     const struct endpoint *from)
{
	uint32_t n = 0;

	tl_list_each(it, next, list) {
		const struct relay_conn *c =
			tl_container_of(it, struct relay_conn, link);

		n += tl_relay_same_source(&c->from, from);
	}
	return n;
}

static bool has_room(const struct relay *r, const struct endpoint *from)
{
	return r->counts.connections < r->max &&
	       count_source(&r->strangers, from) +
			       count_source(&r->clients, from) <
		       r->max_per_source;
}

static bool accept_one(struct relay_listener *l)
{
	struct relay *r = l->relay;
	struct sockaddr_in6 a;
	struct sockaddr_in v4;
	socklen_t len = sizeof(a);
	struct endpoint from;
	int fd = accept4(l->fd, (struct sockaddr *)&a, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		r->is_short = errno == EMFILE || errno == ENFILE ||
			      errno == ENOBUFS || errno == ENOMEM;
		return errno != EAGAIN && !r->is_short;
	}
	memcpy(&v4, &a, sizeof(v4));
	from = a.sin6_family == AF_INET6
		       ? tl_endpoint_ip6(a.sin6_addr.s6_addr, 0)
		       : tl_endpoint_ip4((const uint8_t *)&v4.sin_addr, 0);
	if (has_room(r, &from)) {
		tl_relay_conn_new(r, fd, &from);
	} else {
		r->counts.refused++;
		tl_fd_close(&fd);
	}
	return true;
}

static void on_accept(void *ctx, TL_UNUSED uint32_t events)
{
	struct relay_listener *l = ctx;
	int i;

	for (i = 0; i < ACCEPT_MAX; i++) {
		if (!accept_one(l)) {
			tl_relay_plan(l->relay);
			return;
		}
	}
	/* There may be more: be called again. */
	tl_poll_mod(l->relay->s->poll, &l->watch, WATCH_IN);
}

/* --- who is silent for too long --- */

static int64_t deadline(const struct list *list, int64_t limit_ms)
{
	const struct relay_conn *c =
		tl_list_first(list, struct relay_conn, link);

	return c ? c->at_ms + limit_ms : INT64_MAX;
}

static void end_silent(struct relay *r, struct list *list, int64_t limit_ms)
{
	int64_t now = tl_clock_ms();

	while (deadline(list, limit_ms) <= now) {
		r->counts.idle++;
		tl_relay_conn_free(
			tl_list_first(list, struct relay_conn, link));
	}
}

static void on_timer(uv_timer_t *timer)
{
	struct relay *r = timer->data;
	size_t i;

	end_silent(r, &r->strangers, RELAY_GREETING_MS);
	end_silent(r, &r->clients, RELAY_IDLE_MS);
	for (i = 0; r->is_short && i < RELAY_LISTENERS; i++) {
		if (r->listeners[i].fd >= 0)
			tl_poll_mod(r->s->poll, &r->listeners[i].watch,
				    WATCH_IN);
	}
	r->is_short = false;
	tl_relay_plan(r);
}

void tl_relay_plan(struct relay *r)
{
	int64_t now = tl_clock_ms();
	int64_t due = TL_MIN(deadline(&r->strangers, RELAY_GREETING_MS),
			     deadline(&r->clients, RELAY_IDLE_MS));

	if (r->is_short)
		due = TL_MIN(due, now + ACCEPT_AGAIN_MS);
	if (due == INT64_MAX)
		uv_timer_stop(&r->s->relay_timer);
	else
		uv_timer_start(&r->s->relay_timer, on_timer,
			       (uint64_t)TL_MAX(due - now, 1), 0);
}

/* --- beginning and end --- */

/* "[ADDRESS/]PORT"; without an address its family is 0. */
static int parse_place(struct endpoint *out, const char *text)
{
	char *end;
	unsigned long long port; /* strtoull() takes signs, so look first */

	if (strchr(text, '/'))
		return tl_endpoint_parse(out, text) || !out->port ? -EINVAL : 0;
	port = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || !port || port > 65535)
		return -EINVAL;
	*out = (struct endpoint){ .port = (uint16_t)port };
	return 0;
}

static int listen_on(struct relay_listener *l, const struct endpoint *e)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(e->port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(e->port) };
	bool is_v6 = e->family == 6;
	int one = 1;
	int err;

	memcpy(&v6.sin6_addr, e->ip, 16);
	memcpy(&v4.sin_addr, e->ip, 4);
	l->fd = socket(is_v6 ? AF_INET6 : AF_INET,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	(void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (is_v6)
		(void)setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				 sizeof(one));
	err = is_v6 ? bind(l->fd, (struct sockaddr *)&v6, sizeof(v6))
		    : bind(l->fd, (struct sockaddr *)&v4, sizeof(v4));
	if (err || listen(l->fd, BACKLOG)) {
		err = -errno;
		tl_fd_close(&l->fd);
		return err;
	}
	l->watch = (struct watch){ .fd = -1, .fn = on_accept, .ctx = l };
	err = tl_poll_add(l->relay->s->poll, &l->watch, l->fd, WATCH_IN);
	if (err)
		tl_fd_close(&l->fd);
	return err;
}

/* Without an address: all of IPv4, and of IPv6 where there is any. */
static int listen_all(struct relay *r)
{
	struct endpoint v4 = { .family = 4, .port = r->bound.port };
	struct endpoint v6 = { .family = 6, .port = r->bound.port };
	int err;

	if (r->bound.family)
		return listen_on(&r->listeners[0], &r->bound);
	err = listen_on(&r->listeners[0], &v4);
	if (!err && listen_on(&r->listeners[1], &v6))
		tl_info("relay: IPv4 only, since there is no IPv6 here");
	return err;
}

static struct relay *new_relay(struct service *s,
			       const struct service_options *o)
{
	struct relay *r = tl_alloc_zeroed(sizeof(*r));
	size_t i;

	if (!r)
		return NULL;
	r->s = s;
	r->max = o->relay_max ? o->relay_max : DEFAULT_MAX;
	r->max_per_source = o->relay_max_per_source ? o->relay_max_per_source
						    : DEFAULT_PER_SOURCE;
	r->gate.allow_private = o->relay_allow_private;
	r->gate.allow_loopback = s->conf.allow_loopback_paths;
	r->gate.ports[r->gate.n_ports++] = s->port;
	r->gate.ports[r->gate.n_ports++] = s->second_port;
	tl_list_init(&r->strangers);
	tl_list_init(&r->clients);
	for (i = 0; i < RELAY_LISTENERS; i++) {
		r->listeners[i].relay = r;
		r->listeners[i].fd = -1;
	}
	return r;
}

int tl_relay_open(struct service *s, const struct service_options *o,
		  char error[SERVICE_ERROR_SIZE])
{
	int err;

	if (!o->relay)
		return 0;
	s->relay = new_relay(s, o);
	if (!s->relay)
		return tl_failure(error, -ENOMEM, "out of memory");
	s->relay_timer.data = s->relay;
	err = parse_place(&s->relay->bound, o->relay);
	if (err)
		return tl_failure(error, err,
				  "cannot be a relay at \"%s\": give "
				  "[ADDRESS/]PORT to --relay",
				  o->relay);
	err = listen_all(s->relay);
	if (err)
		return tl_failure(error, err,
				  "cannot be a relay at TCP port %u: %s; "
				  "choose another with --relay",
				  s->relay->bound.port, strerror(-err));
	tl_relay_refresh(s);
	tl_info("a TCP relay on port %u%s", s->relay->bound.port,
		o->relay_allow_private ? ", also to private networks" : "");
	return 0;
}

void tl_relay_close(struct service *s)
{
	struct relay *r = s->relay;
	struct relay_conn *c;
	size_t i;

	if (!r)
		return;
	while ((c = tl_list_first(&r->strangers, struct relay_conn, link)) ||
	       (c = tl_list_first(&r->clients, struct relay_conn, link)))
		tl_relay_conn_free(c);
	for (i = 0; i < RELAY_LISTENERS; i++) {
		if (r->listeners[i].fd < 0)
			continue;
		tl_poll_del(s->poll, &r->listeners[i].watch);
		tl_fd_close(&r->listeners[i].fd);
	}
	uv_timer_stop(&s->relay_timer);
	tl_free(r);
	s->relay = NULL;
}

void tl_relay_refresh(struct service *s)
{
	struct local_addr local[LOCAL_MAX];
	struct relay *r = s->relay;
	size_t n = 0;
	size_t i;

	/* What was known is better than nothing. */
	if (!r || tl_ifaddrs_list(local, &n, LOCAL_MAX, NULL))
		return;
	r->gate.n_nets = 0;
	for (i = 0; i < n && i < RELAY_NETS_MAX; i++) {
		struct endpoint *e = &r->gate.nets[r->gate.n_nets++];

		*e = (struct endpoint){ .family = local[i].addr.family,
					.port = local[i].bits };
		memcpy(e->ip, local[i].addr.ip, sizeof(e->ip));
	}
}

const struct relay_counts *tl_relay_counts(const struct service *s)
{
	return s->relay ? &s->relay->counts : NULL;
}
