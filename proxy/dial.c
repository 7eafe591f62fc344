/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/dial.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "proxy/resolve.h"

struct dial {
	struct server *server;
	struct resolve *resolve;
	struct server_task start;
	struct server_deadline limit;
	struct watch watch;
	union place list[RESOLVE_MAX];
	size_t n;
	size_t at;
	enum side side;
	int fd;
	int err; /* of the address that came nearest */
	dial_fn fn;
	void *ctx;
};

/* An address that cannot be reached says less than one that answered. */
static int weight(int err)
{
	switch (err) {
	case 0:
		return 0;
	case -EAFNOSUPPORT:
	case -EADDRNOTAVAIL:
		return 1;
	case -ENETUNREACH:
		return 2;
	case -EACCES:
		return 3;
	default:
		return 4;
	}
}

static void note_error(struct dial *d, int err)
{
	if (weight(err) >= weight(d->err))
		d->err = err;
}

static void drop_attempt(struct dial *d)
{
	tl_server_stop_waiting(&d->limit);
	tl_poll_del(tl_server_poll(d->server), &d->watch);
	tl_sock_close(&d->fd);
}

static void finish(struct dial *d)
{
	dial_fn fn = d->fn;
	void *ctx = d->ctx;
	int err = d->fd >= 0 ? 0 : d->err;
	int fd = d->fd;

	d->fd = -1;
	tl_dial_cancel(d);
	fn(ctx, fd, err);
}

static int attempt(struct dial *d)
{
	int r = tl_sock_connect(&d->fd, &d->list[d->at], d->side);

	if (r == 0)
		r = tl_poll_add(tl_server_poll(d->server), &d->watch, d->fd,
				WATCH_OUT);
	if (r == 0)
		tl_server_wait(d->server, &d->limit, WAIT_ATTEMPT);
	else
		tl_sock_close(&d->fd);
	return r;
}

static void attempt_next(struct dial *d)
{
	int r;

	for (; d->at < d->n; d->at++) {
		r = attempt(d);
		if (r == 0)
			return;
		note_error(d, r);
	}
	finish(d);
}

static void on_attempt(void *ctx, uint32_t events)
{
	struct dial *d = ctx;
	int err;

	if (!(events & (WATCH_OUT | WATCH_HUP | WATCH_ERR)))
		return;
	err = tl_sock_error(d->fd);
	if (err == 0 && (events & WATCH_HUP) && !(events & WATCH_OUT))
		err = -ECONNREFUSED;
	if (err == 0) {
		tl_server_stop_waiting(&d->limit);
		tl_poll_del(tl_server_poll(d->server), &d->watch);
		finish(d);
		return;
	}
	note_error(d, err);
	drop_attempt(d);
	d->at++;
	attempt_next(d);
}

static void on_limit(void *ctx)
{
	struct dial *d = ctx;

	note_error(d, -ETIMEDOUT);
	drop_attempt(d);
	d->at++;
	attempt_next(d);
}

static void on_resolved(void *ctx, const union place *addresses, size_t n,
			int err)
{
	struct dial *d = ctx;

	d->resolve = NULL;
	d->err = err;
	if (n)
		memcpy(d->list, addresses, n * sizeof(*addresses));
	d->n = err ? 0 : n;
	attempt_next(d);
}

static void on_start(void *ctx)
{
	attempt_next(ctx);
}

static int start(struct dial *d, const struct target *to)
{
	if (!to->path[0] && !to->ip.sa.sa_family)
		return tl_resolve(&d->resolve, tl_server_loop(d->server),
				  to->name, to->port, on_resolved, d);
	if (to->path[0]) {
		d->list[0].un.sun_family = AF_UNIX;
		memcpy(d->list[0].un.sun_path, to->path, sizeof(to->path));
	} else {
		d->list[0] = to->ip;
	}
	d->n = 1;
	tl_server_soon(d->server, &d->start);
	return 0;
}

int tl_dial(struct dial **dp, struct server *s, const struct target *to,
	    enum side side, dial_fn fn, void *ctx)
{
	struct dial *d = tl_alloc_zeroed(sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->server = s;
	d->side = side;
	d->fd = -1;
	d->fn = fn;
	d->ctx = ctx;
	d->watch = (struct watch){ .fd = -1, .fn = on_attempt, .ctx = d };
	d->start = (struct server_task){ .fn = on_start, .ctx = d };
	d->limit = (struct server_deadline){ .fn = on_limit, .ctx = d };
	r = start(d, to);
	if (r < 0) {
		tl_free(d);
		return r;
	}
	*dp = d;
	return 0;
}

void tl_dial_cancel(struct dial *d)
{
	if (!d)
		return;
	tl_resolve_cancel(d->resolve);
	tl_server_not_soon(&d->start);
	drop_attempt(d);
	tl_free(d);
}
