/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wires.c - the node's UDP sockets (vl1.md 7.15)
 *
 * One socket for each local address and port, since the local address is part
 * of a path. Addresses that come and go are followed while running. The engine
 * knows a socket by a number that is never used again, so a path of a closed
 * socket reaches nobody.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "os/ifaddrs.h"
#include "os/random.h"
#include "service/failure.h"
#include "service/relay.h"
#include "service/tcp_tunnel.h"

#define LOCAL_MAX 256
#define ADDRESSES_MAX 40 /* with three ports each */
#define DEFAULT_PORT 9993
#define RANDOM_PORT_MIN 20000
#define RANDOM_PORT_COUNT 45500
#define BIND_TRIES 64

struct udp_addr tl_wires_addr(const struct endpoint *e)
{
	struct udp_addr a = { .family = e->family, .port = e->port };

	memcpy(a.ip, e->ip, sizeof(a.ip));
	return a;
}

static struct endpoint endpoint_of(const struct udp_addr *a)
{
	struct endpoint e = { .family = a->family, .port = a->port };

	memcpy(e.ip, a->ip, sizeof(e.ip));
	return e;
}

/* The calls for the datagrams of one batch follow each other; the engine takes
 * the whole batch with the first. */
static void on_datagram(void *ctx, struct udp_socket *socket,
			const struct udp_addr *from, struct buffer datagram,
			struct buffer rest)
{
	struct wire *w = ctx;
	struct endpoint at = endpoint_of(from);

	if (datagram.at >= w->batch_at && datagram.at < w->batch_end)
		return;
	if (!datagram.n)
		return;
	w->batch_at = datagram.at;
	w->batch_end = datagram.at + datagram.n + rest.n;
	if (w->s->diag.captures.n_wire)
		tl_capture_batch(w->s, from, tl_udp_local(socket),
				 tl_bytes(datagram.at, datagram.n + rest.n),
				 datagram.n);
	tl_node_on_batch(w->s->node, w->id, &at,
			 tl_buffer(datagram.at, datagram.n + rest.n),
			 datagram.n, tl_service_now(w->s));
}

static void receive(struct wire *w)
{
	int r;

	/* The buffers are used again: what applications and the stack were
	 * given out of them must be passed on or copied first. */
	tl_service_settle(w->s);
	w->s->is_borrowing = true;
	w->received_in_pass = w->s->n_passes;
	w->batch_at = NULL;
	w->batch_end = NULL;
	r = tl_udp_receive(w->socket, on_datagram, w);
	w->more = r == UDP_MORE;
	if (r < 0)
		tl_warn("cannot receive from a UDP socket: %s", strerror(-r));
}

static void on_ready(void *ctx, uint32_t events)
{
	struct wire *w = ctx;

	if (events & (WATCH_IN | WATCH_ERR))
		receive(w);
	/* WATCH_OUT: the flush at the end of the pass sends what waits. */
}

/* To be writable is worth knowing only while something waits for it. */
static void watch_writable(struct service *s)
{
	size_t i;

	for (i = 0; i < WIRES_MAX; i++) {
		struct wire *w = &s->wires[i];
		uint32_t events = WATCH_IN;

		if (!w->socket)
			continue;
		if (tl_udp_is_waiting(w->socket))
			events |= WATCH_OUT;
		if (w->watch.events != events)
			tl_poll_mod(s->poll, &w->watch, events);
	}
}

void tl_wires_flush(struct service *s)
{
	bool waits;

	tl_udp_flush(s->udp);
	waits = tl_udp_any_waiting(s->udp);
	if (waits || s->is_congested)
		watch_writable(s);
	s->is_congested = waits;
}

bool tl_wires_drain(struct service *s)
{
	bool more = false;
	size_t i;

	for (i = 0; i < WIRES_MAX; i++) {
		struct wire *w = &s->wires[i];

		if (w->socket && w->more && w->received_in_pass != s->n_passes)
			receive(w);
		more |= w->socket && w->more;
	}
	return more;
}

static struct wire *find_wire(struct service *s, const struct udp_addr *a)
{
	size_t i;

	for (i = 0; i < WIRES_MAX; i++) {
		struct wire *w = &s->wires[i];
		const struct udp_addr *l;

		if (!w->socket)
			continue;
		l = tl_udp_local(w->socket);
		if (l->family == a->family && l->port == a->port &&
		    memcmp(l->ip, a->ip, 16) == 0)
			return w;
	}
	return NULL;
}

static struct wire *free_wire(struct service *s)
{
	size_t i;

	for (i = 0; i < WIRES_MAX; i++) {
		if (!s->wires[i].socket)
			return &s->wires[i];
	}
	return NULL;
}

static void close_wire(struct wire *w)
{
	struct service *s = w->s;

	tl_poll_del(s->poll, &w->watch);
	tl_udp_close(w->socket);
	w->socket = NULL;
	if (s->node)
		tl_node_on_socket_closed(s->node, w->id, tl_service_now(s));
}

/* 0 also if it is bound already. */
static int open_wire(struct service *s, const struct udp_addr *a)
{
	struct wire *w = find_wire(s, a);
	int r;

	if (w) {
		w->is_wanted = true;
		return 0;
	}
	w = free_wire(s);
	if (!w)
		return -ENFILE;
	memset(w, 0, sizeof(*w));
	r = tl_udp_bind(&w->socket, s->udp, a, NULL);
	if (r) {
		w->socket = NULL;
		return r;
	}
	w->s = s;
	w->id = s->next_wire_id++;
	w->is_wanted = true;
	w->watch.fd = -1;
	w->watch.fn = on_ready;
	w->watch.ctx = w;
	r = tl_poll_add(s->poll, &w->watch, tl_udp_fd(w->socket), WATCH_IN);
	if (r) {
		tl_udp_close(w->socket);
		w->socket = NULL;
	}
	return r;
}

static bool is_bindable(const struct service *s, const struct local_addr *l)
{
	struct endpoint e = endpoint_of(&l->addr);

	if (l->is_temporary || tl_lan_is_virtual(s, &e) ||
	    tl_local_conf_contains(s->conf.blacklist, s->conf.n_blacklist, &e))
		return false;
	switch (tl_endpoint_scope(&e)) {
	case IP_SCOPE_PRIVATE:
	case IP_SCOPE_PSEUDO_PRIVATE:
	case IP_SCOPE_SHARED:
	case IP_SCOPE_GLOBAL:
		return true;
	case IP_SCOPE_LOOPBACK:
		return s->conf.allow_loopback_paths;
	case IP_SCOPE_NONE:
	case IP_SCOPE_MULTICAST:
	case IP_SCOPE_LINK_LOCAL:
		break;
	}
	return false;
}

/* The addresses to bind, without ports. Wildcards if nothing is known. */
static size_t list_addresses(const struct service *s, struct udp_addr *out,
			     size_t max)
{
	struct local_addr local[LOCAL_MAX];
	size_t n = 0;
	size_t n_local;
	size_t i;

	if (s->conf.force_tcp_relay)
		return 0;
	for (i = 0; i < s->conf.n_bind && n < max; i++)
		out[n++] = tl_wires_addr(&s->conf.bind[i]);
	if (n)
		return n;
	if (tl_ifaddrs_list(local, &n_local, LOCAL_MAX,
			    s->conf.skip_prefixes)) {
		out[0] = (struct udp_addr){ .family = 4 };
		out[1] = (struct udp_addr){ .family = 6 };
		return 2;
	}
	for (i = 0; i < n_local && n < max; i++) {
		if (is_bindable(s, &local[i]))
			out[n++] = local[i].addr;
	}
	return n;
}

/* A port, on all addresses or none of them, but for those that have gone. */
static int bind_all(struct service *s, struct udp_addr *list, size_t n,
		    uint16_t port)
{
	int first_error = 0;
	size_t n_bound = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		int r;

		list[i].port = port;
		r = open_wire(s, &list[i]);
		if (!r)
			n_bound++;
		else if (!first_error)
			first_error = r;
		if (r == -EADDRINUSE)
			return r;
	}
	/* What the owner names may come later. */
	if (!n_bound && first_error == -EADDRNOTAVAIL) {
		tl_warn("none of the addresses to bind is there; waiting for "
			"one");
		return 0;
	}
	return n_bound || !n ? 0 : first_error;
}

/* As many as can be: others must not suffer from one that cannot. Return: how
 * many cannot, the first of them in @failed. */
static size_t bind_each(struct service *s, struct udp_addr *list, size_t n,
			uint16_t port, struct udp_addr *failed, int *err)
{
	size_t count = 0;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		list[i].port = port;
		r = open_wire(s, &list[i]);
		if (!r || r == -EADDRNOTAVAIL)
			continue;
		if (!count++) {
			*failed = list[i];
			*err = r;
		}
	}
	return count;
}

/* Once: it is tried again at every change, and every half a minute. */
static void complain(struct service *s, size_t count,
		     const struct udp_addr *first, int err)
{
	char text[ENDPOINT_TEXT_SIZE];
	struct endpoint e = { 0 };

	if (count)
		e = endpoint_of(first);
	if (count && !tl_endpoint_equal(&s->unbound, &e))
		tl_warn("cannot bind UDP %s: %s; this address is not used, nor "
			"are %zu others",
			tl_endpoint_print(text, &e), strerror(-err), count - 1);
	s->unbound = e;
}

static uint16_t random_port(void)
{
	uint16_t r;

	tl_random(NULL, &r, sizeof(r));
	return (uint16_t)(RANDOM_PORT_MIN + r % RANDOM_PORT_COUNT);
}

static void close_port(struct service *s, uint16_t port)
{
	size_t i;

	for (i = 0; i < WIRES_MAX; i++) {
		struct wire *w = &s->wires[i];

		if (w->socket && tl_udp_local(w->socket)->port == port)
			close_wire(w);
	}
}

/* Any port that is free on all addresses. 0 if none was found. */
static uint16_t bind_any(struct service *s, struct udp_addr *list, size_t n)
{
	int i;

	for (i = 0; i < BIND_TRIES; i++) {
		uint16_t port = random_port();

		if (port == s->port)
			continue;
		if (bind_all(s, list, n, port) == 0)
			return port;
		close_port(s, port);
	}
	return 0;
}

static int bind_primary(struct service *s, struct udp_addr *list, size_t n,
			int port, char *error)
{
	int r;

	if (port < 0)
		port = s->conf.primary_port;
	if (port < 0)
		port = DEFAULT_PORT;
	if (port == 0) {
		s->port = bind_any(s, list, n);
		if (s->port)
			return 0;
		return tl_failure(error, -EADDRINUSE,
				  "no free UDP port was found; close some");
	}
	r = bind_all(s, list, n, (uint16_t)port);
	if (r)
		return tl_failure(error, r,
				  "cannot bind UDP port %d: %s; choose another "
				  "with --port, or 0 for any",
				  port, strerror(-r));
	s->port = (uint16_t)port;
	return 0;
}

static void on_ifaddrs(void *ctx, uint32_t events)
{
	struct service *s = ctx;

	(void)events;
	if (!tl_ifaddrs_watch_drain(s->ifaddrs_fd))
		return;
	tl_wires_refresh(s);
	tl_natmap_look(s);
}

static void watch_addresses(struct service *s)
{
	s->ifaddrs_watch.fd = -1;
	s->ifaddrs_watch.fn = on_ifaddrs;
	s->ifaddrs_watch.ctx = s;
	s->ifaddrs_fd = tl_ifaddrs_watch();
	if (s->ifaddrs_fd >= 0 &&
	    tl_poll_add(s->poll, &s->ifaddrs_watch, s->ifaddrs_fd, WATCH_IN))
		tl_fd_close(&s->ifaddrs_fd);
}

static void bind_second(struct service *s, struct udp_addr *list, size_t n)
{
	if (!s->conf.allow_secondary_port)
		s->second_port = 0;
	else if (s->conf.secondary_port &&
		 bind_all(s, list, n, (uint16_t)s->conf.secondary_port) == 0)
		s->second_port = (uint16_t)s->conf.secondary_port;
	else
		s->second_port = bind_any(s, list, n);
}

int tl_wires_open(struct service *s, int port, char error[SERVICE_ERROR_SIZE])
{
	struct udp_addr list[ADDRESSES_MAX];
	size_t n = list_addresses(s, list, ADDRESSES_MAX);
	int r = bind_primary(s, list, n, port, error);

	if (r)
		return r;
	bind_second(s, list, n);
	watch_addresses(s);
	return 0;
}

uint16_t tl_wires_third_port(struct service *s)
{
	struct udp_addr list[ADDRESSES_MAX];
	size_t n;

	if (s->third_port)
		return s->third_port;
	n = list_addresses(s, list, ADDRESSES_MAX);
	s->third_port = (uint16_t)s->conf.tertiary_port;
	if (!s->third_port || bind_all(s, list, n, s->third_port))
		s->third_port = bind_any(s, list, n);
	if (s->third_port && s->node) {
		tl_node_on_rebind(s->node, tl_service_now(s));
		tl_service_wake(s);
	}
	return s->third_port;
}

int tl_wires_move(struct service *s, char error[SERVICE_ERROR_SIZE])
{
	struct udp_addr list[ADDRESSES_MAX];
	size_t n = list_addresses(s, list, ADDRESSES_MAX);
	uint16_t old = s->port;
	int r = bind_primary(s, list, n, -1, error);

	if (r)
		s->port = old;
	if (!r && s->port != old && old != s->second_port)
		close_port(s, old);
	return r;
}

int tl_wires_move_second(struct service *s, char error[SERVICE_ERROR_SIZE])
{
	struct udp_addr list[ADDRESSES_MAX];
	size_t n = list_addresses(s, list, ADDRESSES_MAX);
	uint16_t old = s->second_port;
	int wanted = s->conf.allow_secondary_port ? s->conf.secondary_port : 0;
	int r = wanted ? bind_all(s, list, n, (uint16_t)wanted) : 0;

	if (r)
		return tl_failure(error, r,
				  "cannot bind UDP port %d: %s; choose another "
				  "secondaryPort, or 0 for any",
				  wanted, strerror(-r));
	if (old && old != s->port && old != wanted)
		close_port(s, old);
	s->second_port = (uint16_t)wanted;
	if (!wanted)
		bind_second(s, list, n);
	return 0;
}

void tl_wires_rotate(struct service *s)
{
	struct udp_addr list[ADDRESSES_MAX];
	size_t n = list_addresses(s, list, ADDRESSES_MAX);
	uint16_t old = s->second_port;
	uint16_t fresh = bind_any(s, list, n);

	if (!fresh)
		return;
	s->second_port = fresh;
	if (old && old != s->port)
		close_port(s, old);
}

void tl_wires_refresh(struct service *s)
{
	struct udp_addr list[ADDRESSES_MAX];
	size_t n = list_addresses(s, list, ADDRESSES_MAX);
	int before = s->next_wire_id;
	struct udp_addr failed = { 0 };
	size_t count;
	int err = 0;
	size_t i;

	for (i = 0; i < WIRES_MAX; i++)
		s->wires[i].is_wanted = false;
	count = bind_each(s, list, n, s->port, &failed, &err);
	complain(s, count, &failed, err);
	if (n == ADDRESSES_MAX && !s->has_too_many)
		tl_warn("there are more addresses than the %d that are used; "
			"name those to be used under bind in local.conf",
			ADDRESSES_MAX);
	s->has_too_many = n == ADDRESSES_MAX;
	if (s->second_port)
		(void)bind_each(s, list, n, s->second_port, &failed, &err);
	if (s->third_port)
		(void)bind_each(s, list, n, s->third_port, &failed, &err);
	for (i = 0; i < WIRES_MAX; i++) {
		if (s->wires[i].socket && !s->wires[i].is_wanted)
			close_wire(&s->wires[i]);
	}
	tl_relay_refresh(s);
	if (s->next_wire_id != before && s->node) {
		tl_tcp_tunnel_retry(s);
		tl_node_on_rebind(s->node, tl_service_now(s));
		tl_service_wake(s);
	}
	tl_discovery_refresh(s);
}

void tl_wires_close(struct service *s)
{
	size_t i;

	if (s->ifaddrs_fd >= 0) {
		tl_poll_del(s->poll, &s->ifaddrs_watch);
		tl_fd_close(&s->ifaddrs_fd);
	}
	for (i = 0; i < WIRES_MAX; i++) {
		if (s->wires[i].socket)
			close_wire(&s->wires[i]);
	}
}

size_t tl_wires_endpoints(const struct service *s, struct endpoint *out,
			  size_t max)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < WIRES_MAX && n < max; i++) {
		if (s->wires[i].socket)
			out[n++] =
				endpoint_of(tl_udp_local(s->wires[i].socket));
	}
	return n;
}
