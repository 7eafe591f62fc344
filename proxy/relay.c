/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.c
 *
 * Theory of operation: each direction is a pump. It reads into the server's
 * scratch buffer and writes on at once; only what the other side does not take
 * is copied into memory of its own, and then nothing is read until it has gone.
 * So an idle relay holds no buffer, and a slow reader at most one of
 * SCRATCH_SIZE. Descriptors are watched edge-triggered from beginning to end;
 * `can_read` and `can_write` remember what the kernel has said, and are put out
 * by EAGAIN alone. A pump that has moved PUMP_MAX bytes lets others go first.
 *
 * splice(2) through a pipe was measured and refused: with a pipe of 1 MiB it
 * costs half the CPU from TCP to AF_UNIX and half as much again from AF_UNIX to
 * TCP; it would need a pipe for each direction that moves, and cannot look at
 * what passes.
 */
#include "proxy/relay.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

#define PUMP_MAX (1024 * 1024)

/**
 * struct pump - One direction
 * @rest, @rest_at, @rest_n: owned; what the receiver has not taken yet
 * @body:	with @has_limit, where the direction ends
 * @is_request:	see tl_relay_limit()
 * @has_ended:	nothing more is passed on but @rest
 * @is_done:	the receiver knows that
 * @discards:	what comes is thrown away, until the sender ends
 * @is_at_end:	the sender's stream was read to its end
 */
struct pump {
	uint8_t *rest;
	size_t rest_at;
	size_t rest_n;
	struct http_body body;
	relay_hook hook;
	bool has_limit;
	bool is_request;
	bool has_ended;
	bool is_done;
	bool discards;
	bool is_at_end;
};

/**
 * struct relay_end - One descriptor
 * @can_read, @can_write: nothing has said otherwise since it was ready
 * @has_ended:	its other side will not write any more
 * @has_hung_up: nor read
 * @err:	it was reset: what had come before is still passed on, as the
 *		kernel does, and then the reset
 */
struct relay_end {
	struct relay *relay;
	int fd;
	struct watch watch;
	bool can_read;
	bool can_write;
	bool has_ended;
	bool has_hung_up;
	int err;
};

struct relay {
	struct server *server;
	struct relay_end end[2];
	struct pump pump[2];
	struct server_task more;
	struct server_deadline farewell;
	bool is_started;
	bool is_farewell;
	server_fn done;
	void *ctx;
};

static void run(struct relay *r);

static void release(struct relay *r, void (*close_fd)(int *fdp))
{
	int i;

	tl_server_not_soon(&r->more);
	tl_server_stop_waiting(&r->farewell);
	for (i = 0; i < 2; i++) {
		tl_poll_del(tl_server_poll(r->server), &r->end[i].watch);
		close_fd(&r->end[i].fd);
		tl_free(r->pump[i].rest);
	}
}

static void finish(struct relay *r, void (*close_fd)(int *fdp))
{
	release(r, close_fd);
	r->done(r->ctx);
	tl_free(r);
}

void tl_relay_kill(struct relay *r)
{
	if (!r)
		return;
	release(r, tl_sock_reset);
	tl_free(r);
}

static void on_farewell(void *ctx)
{
	finish(ctx, tl_sock_close);
}

static int keep(struct pump *p, struct bytes b)
{
	uint8_t *rest = tl_alloc(b.n);

	if (!rest)
		return -ENOMEM;
	memcpy(rest, b.at, b.n);
	p->rest = rest;
	p->rest_at = 0;
	p->rest_n = b.n;
	return 0;
}

/* The receiver has gone; what it has said before may still be under way. A
 * request that is not wanted any more is taken to its end all the same. */
static int on_write_error(struct pump *p, struct relay_end *to, int err)
{
	tl_free(p->rest);
	p->rest = NULL;
	p->is_done = true;
	p->discards = p->is_request && !p->is_at_end;
	if (!p->is_request)
		to->err = err;
	to->can_read = true;
	return 0;
}

/* Bytes taken, 0 if none can be; or a negative errno. */
static ssize_t write_some(struct relay_end *to, struct bytes b)
{
	ssize_t n;

	do
		n = send(to->fd, b.at, b.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	if (errno != EAGAIN)
		return -errno;
	to->can_write = false;
	return 0;
}

static int write_rest(struct pump *p, struct relay_end *to)
{
	ssize_t n = write_some(to, tl_bytes(p->rest + p->rest_at,
					    p->rest_n - p->rest_at));

	if (n < 0)
		return on_write_error(p, to, (int)n);
	p->rest_at += (size_t)n;
	if (p->rest_at == p->rest_n) {
		tl_free(p->rest);
		p->rest = NULL;
	}
	return 0;
}

/* Tell the receiver that this was all. */
static void pass_end(struct pump *p, struct relay_end *to)
{
	p->is_done = true;
	if (p->is_request)
		p->discards = !p->is_at_end;
	else
		tl_sock_shutdown(to->fd);
}

static int on_end_of_stream(struct pump *p, const struct relay_end *from)
{
	p->is_at_end = true;
	if (from->err)
		return from->err;
	if (p->discards) {
		p->discards = false;
		return 0;
	}
	if (p->hook)
		return 0; /* it will see that nothing comes */
	if (p->has_limit && !tl_http_body_may_end(&p->body))
		return -ECONNRESET;
	p->has_ended = true;
	return 0;
}

/* Pass on what was read, as far as it belongs to the direction. */
static int pass_on(struct pump *p, struct relay_end *to, struct bytes b)
{
	size_t n = b.n;
	ssize_t taken;

	if (p->has_limit) {
		n = tl_http_body_take(&p->body, b);
		if (p->body.is_bad)
			return -EPROTO;
		p->has_ended = p->body.is_done;
	}
	if (n == 0)
		return 0;
	taken = write_some(to, tl_bytes(b.at, n));
	if (taken < 0)
		return on_write_error(p, to, (int)taken);
	if ((size_t)taken < n)
		return keep(p, tl_bytes(b.at + taken, n - (size_t)taken));
	return 0;
}

/* Read once. Bytes read, 0 if none are there; or a negative errno. */
static ssize_t read_once(struct relay *r, struct pump *p,
			 struct relay_end *from, struct relay_end *to)
{
	uint8_t *room = tl_server_scratch(r->server);
	ssize_t n = recv(from->fd, room, SCRATCH_SIZE, MSG_DONTWAIT);
	int err;

	if (n < 0 && errno == EAGAIN) {
		from->can_read = false;
		return 0;
	}
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	/* A queue that was emptied reports what comes; epoll(7). */
	if (n < SCRATCH_SIZE && !from->has_ended)
		from->can_read = false;
	if (n == 0) {
		from->can_read = false;
		return on_end_of_stream(p, from);
	}
	if (p->discards)
		return n;
	err = pass_on(p, to, tl_bytes(room, (size_t)n));
	return err < 0 ? err : n;
}

static int ask_hook(struct relay *r, struct pump *p, struct relay_end *from)
{
	int err = p->hook(r->ctx, r, from->fd, from->has_ended);

	if (err == 0)
		p->hook = NULL;
	if (err == -EAGAIN) {
		from->can_read = false;
		return 0;
	}
	return err < 0 ? err : 0;
}

/* 0, or the negative errno that ends both directions. */
static int run_pump(struct relay *r, enum relay_way way)
{
	struct relay_end *from = &r->end[way];
	struct relay_end *to = &r->end[!way];
	struct pump *p = &r->pump[way];
	size_t moved = 0;
	ssize_t n = 0;

	while (n >= 0) {
		if (p->rest && !to->can_write)
			return 0;
		if (p->rest) {
			n = write_rest(p, to);
		} else if (p->has_ended && !p->is_done) {
			pass_end(p, to);
		} else if (p->is_done && !p->discards) {
			return 0;
		} else if (!from->can_read ||
			   (!to->can_write && !p->discards)) {
			return 0;
		} else if (moved >= PUMP_MAX) {
			tl_server_soon(r->server, &r->more);
			return 0;
		} else if (p->hook) {
			n = ask_hook(r, p, from);
		} else {
			n = read_once(r, p, from, to);
			moved += n > 0 ? (size_t)n : 0;
		}
	}
	return (int)n;
}

/* Nothing more will come from this end that anybody would get. */
static bool is_silent(const struct pump *p)
{
	return p->is_done && !p->discards;
}

/* Both have ended, or one has, and nobody is there to hear the other. */
static bool is_over(const struct relay *r)
{
	int i;

	for (i = 0; i < 2; i++)
		if (is_silent(&r->pump[i]) &&
		    (r->end[i].has_hung_up || is_silent(&r->pump[!i])))
			return true;
	return false;
}

static bool is_reset(const struct relay *r)
{
	int i;

	for (i = 0; i < 2; i++)
		if (r->end[i].err && is_silent(&r->pump[i]))
			return true;
	return false;
}

/* The answer has been given; what is left is that it arrives. A descriptor that
 * is closed with bytes unread would reset the connection before that. */
static int take_farewell(struct relay *r, enum relay_way answer)
{
	struct pump *request = &r->pump[!answer];
	struct relay_end *server = &r->end[answer];

	r->is_farewell = true;
	tl_poll_del(tl_server_poll(r->server), &server->watch);
	tl_sock_close(&server->fd);
	server->can_write = false;
	server->err = 0;
	tl_free(request->rest);
	request->rest = NULL;
	request->is_done = true;
	request->discards = !request->is_at_end;
	tl_server_wait(r->server, &r->farewell, WAIT_FAREWELL);
	return run_pump(r, !answer);
}

static int run_pumps(struct relay *r)
{
	struct pump *p;
	int err;
	int i;

	err = run_pump(r, RELAY_A_TO_B);
	if (err == 0)
		err = run_pump(r, RELAY_B_TO_A);
	/* The second may have found out that the first one's sender is gone. */
	if (err == 0 && r->end[0].err)
		err = run_pump(r, RELAY_A_TO_B);
	for (i = 0; i < 2 && err == 0 && !r->is_farewell; i++) {
		p = &r->pump[i];
		if (p->is_done && p->has_limit && !p->is_request &&
		    !r->end[!i].err)
			err = take_farewell(r, (enum relay_way)i);
	}
	return err;
}

static void run(struct relay *r)
{
	int err = run_pumps(r);

	if (err < 0 || is_reset(r))
		finish(r, tl_sock_reset);
	else if (is_over(r))
		finish(r, tl_sock_close);
}

static void on_ready(void *ctx, uint32_t events)
{
	struct relay_end *e = ctx;
	struct relay *r = e->relay;

	if (events & (WATCH_IN | WATCH_RDHUP | WATCH_HUP | WATCH_ERR))
		e->can_read = true;
	if (events & (WATCH_OUT | WATCH_HUP | WATCH_ERR))
		e->can_write = true;
	if (events & (WATCH_RDHUP | WATCH_HUP))
		e->has_ended = true;
	if (events & WATCH_HUP)
		e->has_hung_up = true;
	if (!r->is_started)
		return;
	if (events & WATCH_ERR)
		e->err = tl_sock_error(e->fd);
	run(r);
}

static void on_more(void *ctx)
{
	run(ctx);
}

int tl_relay_new(struct relay **rp, struct server *s, int fds[2],
		 server_fn done, void *ctx)
{
	struct relay *r = tl_alloc_zeroed(sizeof(*r));
	int err = r ? 0 : -ENOMEM;
	int i;

	for (i = 0; i < 2 && r; i++) {
		r->end[i].relay = r;
		r->end[i].fd = fds[i];
		r->end[i].watch = (struct watch){ .fd = -1,
						  .fn = on_ready,
						  .ctx = &r->end[i] };
		r->end[i].can_read = true;
		r->end[i].can_write = true;
	}
	if (!r) {
		tl_sock_reset(&fds[0]);
		tl_sock_reset(&fds[1]);
		return err;
	}
	r->server = s;
	r->done = done;
	r->ctx = ctx;
	r->more = (struct server_task){ .fn = on_more, .ctx = r };
	r->farewell = (struct server_deadline){ .fn = on_farewell, .ctx = r };
	for (i = 0; i < 2 && !err; i++)
		err = tl_poll_add(tl_server_poll(s), &r->end[i].watch, fds[i],
				  WATCH_IN | WATCH_OUT);
	if (err) {
		tl_relay_kill(r);
		return err;
	}
	*rp = r;
	return 0;
}

int tl_relay_put(struct relay *r, enum relay_way way, struct bytes b)
{
	struct pump *p = &r->pump[way];

	tl_assert(!p->rest);
	return b.n ? keep(p, b) : 0;
}

void tl_relay_set_hook(struct relay *r, enum relay_way way, relay_hook hook)
{
	r->pump[way].hook = hook;
}

void tl_relay_limit(struct relay *r, enum relay_way way,
		    const struct http_body *body, bool is_request)
{
	struct pump *p = &r->pump[way];

	p->body = *body;
	p->has_limit = true;
	p->is_request = is_request;
	p->has_ended = body->is_done;
}

void tl_relay_finish(struct relay *r, enum relay_way way)
{
	r->pump[way].has_limit = true;
	r->pump[way].has_ended = true;
	r->pump[way].hook = NULL;
}

void tl_relay_start(struct relay *r)
{
	r->is_started = true;
	run(r);
}
