/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/forward.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "proxy/dial.h"
#include "proxy/listener.h"
#include "proxy/proxy.h"
#include "proxy/relay.h"

#define LOG_PERIOD_MS 10000

/* One -L or -R. */
struct forward {
	struct server *server;
	const struct spec_forward *spec;
	struct listener *listeners[FORWARD_ADDRESSES_MAX];
	struct forward_udp *udp;
	struct log_limit log;
};

/**
 * struct link - One connection of a forward
 * @fd, @watch:	of who came, until the relay has it
 * @dial:	until the connection stands
 */
struct link {
	struct forward *forward;
	struct server_slot slot;
	struct watch watch;
	int fd;
	struct dial *dial;
	struct relay *relay;
};

static union place wildcard(size_t n, uint16_t port)
{
	static const uint8_t any[16];

	return tl_place_from_ip(tl_bytes(any, n), port);
}

size_t tl_forward_addresses(union place *out, const struct spec_forward *f)
{
	static const uint8_t loopback4[4] = { 127, 0, 0, 1 };
	static const uint8_t loopback6[16] = { [15] = 1 };
	const struct spec_listen *l = &f->listen;

	if (l->bind == SPEC_ADDRESS) {
		out[0] = l->ip;
		return 1;
	}
	if (l->bind == SPEC_PATH) {
		out[0] = (union place){ .un.sun_family = AF_UNIX };
		memcpy(out[0].un.sun_path, l->path, sizeof(l->path));
		return 1;
	}
	if (l->bind == SPEC_ANY || f->reverse) {
		out[0] = wildcard(4, l->port);
		out[1] = wildcard(16, l->port);
	} else {
		out[0] = tl_place_from_ip(TL_BYTES_OF(loopback4), l->port);
		out[1] = tl_place_from_ip(TL_BYTES_OF(loopback6), l->port);
	}
	return 2;
}

bool tl_forward_is_optional(int err)
{
	return err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL;
}

static void free_link(struct link *l)
{
	struct server *s = l->forward->server;

	tl_dial_cancel(l->dial);
	tl_relay_kill(l->relay);
	tl_poll_del(tl_server_poll(s), &l->watch);
	tl_sock_reset(&l->fd);
	tl_server_leave(s, &l->slot);
	tl_free(l);
}

static void on_kill(void *ctx)
{
	free_link(ctx);
}

static void on_relay_done(void *ctx)
{
	struct link *l = ctx;

	l->relay = NULL;
	free_link(l);
}

/* Who came has no other way to learn why it is refused. */
static void say_failure(struct forward *f, int err)
{
	char text[TARGET_NAME_SIZE + 16];

	if (!tl_log_allowed(&f->log, LOG_PERIOD_MS, tl_clock_ms()))
		return;
	tl_target_print(text, sizeof(text), &f->spec->to);
	tl_warn("cannot connect to %s: %s", text,
		err == -EACCES ? "it is in no virtual network"
		: err == -ENOENT && !f->spec->to.path[0]
			? "there is no host of this name"
			: strerror(-err));
}

static void on_dialed(void *ctx, int fd, int err)
{
	struct link *l = ctx;
	struct server *s = l->forward->server;
	int fds[2] = { l->fd, fd };

	l->dial = NULL;
	if (err) {
		say_failure(l->forward, err);
		free_link(l);
		return;
	}
	tl_poll_del(tl_server_poll(s), &l->watch);
	l->fd = -1;
	if (tl_relay_new(&l->relay, s, fds, on_relay_done, l) != 0)
		free_link(l);
	else
		tl_relay_start(l->relay);
}

/* While it waits for the other side. */
static void on_early(void *ctx, uint32_t events)
{
	if (events & (WATCH_HUP | WATCH_ERR))
		free_link(ctx);
}

static void on_client(void *ctx, int fd, const union place *from)
{
	struct forward *f = ctx;
	struct link *l = tl_alloc_zeroed(sizeof(*l));
	int r;

	if (!l) {
		tl_sock_reset(&fd);
		return;
	}
	l->forward = f;
	l->fd = fd;
	l->watch = (struct watch){ .fd = -1, .fn = on_early, .ctx = l };
	l->slot = (struct server_slot){ .kill = on_kill, .ctx = l };
	r = tl_server_enter(f->server, &l->slot, from, fd);
	if (r == 0)
		r = tl_poll_add(tl_server_poll(f->server), &l->watch, fd,
				WATCH_IN);
	if (r == 0)
		r = tl_dial(&l->dial, f->server, &f->spec->to,
			    f->spec->reverse ? SIDE_HOST : SIDE_VIRTUAL,
			    on_dialed, l);
	if (r < 0)
		free_link(l);
}

static int open_tcp(struct forward *f, struct ready *ready)
{
	union place at[FORWARD_ADDRESSES_MAX];
	size_t n = tl_forward_addresses(at, f->spec);
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		r = tl_listener_new(&f->listeners[i], f->server, &at[i],
				    f->spec->reverse ? SIDE_VIRTUAL : SIDE_HOST,
				    on_client, f);
		if (i > 0 && tl_forward_is_optional(r))
			continue;
		if (r < 0)
			return r;
		tl_listener_address(&at[i], f->listeners[i]);
		tl_ready_add(ready, &at[i],
			     f->spec->reverse ? "virtual" : NULL);
		if (i + 1 < n)
			tl_place_set_port(&at[i + 1], tl_place_port(&at[i]));
	}
	return 0;
}

static int open_forward(struct forward *f, struct ready *ready, char *error)
{
	union place at[FORWARD_ADDRESSES_MAX];
	char text[PLACE_TEXT_SIZE];
	int r;

	if (f->spec->udp)
		r = tl_forward_udp_new(&f->udp, f->server, f->spec, ready);
	else
		r = open_tcp(f, ready);
	if (r == 0)
		return 0;
	tl_forward_addresses(at, f->spec);
	tl_place_print(text, &at[0]);
	snprintf(error, PROXY_ERROR_SIZE, "cannot listen on %s%s: %s", text,
		 f->spec->reverse ? " of the virtual networks" : "",
		 strerror(-r));
	return r;
}

int tl_forward_run(const struct forward_options *o, char *error)
{
	struct forward *all = tl_alloc_array(o->n_forwards, sizeof(*all));
	struct ready ready = { 0 };
	struct server *s = NULL;
	int r = all ? tl_server_new(&s, &o->limits) : -ENOMEM;
	size_t i;
	size_t j;

	if (r < 0)
		snprintf(error, PROXY_ERROR_SIZE, "cannot start: %s",
			 strerror(-r));
	for (i = 0; i < o->n_forwards && r == 0; i++) {
		all[i].server = s;
		all[i].spec = &o->forwards[i];
		r = open_forward(&all[i], &ready, error);
	}
	if (r == 0) {
		tl_ready_say(&ready);
		tl_server_run(s);
	}
	for (i = 0; all && i < o->n_forwards; i++) {
		tl_forward_udp_free(all[i].udp);
		for (j = 0; j < FORWARD_ADDRESSES_MAX; j++)
			tl_listener_free(all[i].listeners[j]);
	}
	tl_server_free(s);
	tl_free(all);
	return r;
}
