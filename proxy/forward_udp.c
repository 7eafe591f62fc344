/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forward_udp.c - datagrams of a forward
 *
 * Theory of operation: a source, together with the address of ours that it has
 * written to, is a session: it has a connected socket on the other side, so
 * that answers find back by themselves and leave from the address that was
 * asked. A session ends when it has been silent for a while; at the limit new
 * sources are not served.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "os/random.h"
#include "proxy/forward.h"
#include "proxy/resolve.h"

#define BURST 64 /* datagrams before others have their turn */
#define PENDING_MAX 8 /* datagrams that wait for a name */
#define KEY_LEN (1 + 2 + 16 + 1 + 16)

/* Where it listens, for one family. */
struct inlet {
	struct forward_udp *forward;
	struct watch watch;
	int fd;
	union place at;
	struct server_task more;
};

struct forward_udp {
	struct server *server;
	const struct spec_forward *spec;
	struct server_door door;
	struct inlet inlet[FORWARD_ADDRESSES_MAX];
	struct server_deadline retry;
	struct map sessions;
};

/**
 * struct session_udp - A source
 * @from, @own:	who it is, and whom it has written to
 * @fd:		towards the target; -1 until its name is known
 * @pending:	owned; datagrams for it until then
 */
struct session_udp {
	struct map_node node;
	struct forward_udp *forward;
	struct inlet *inlet;
	struct server_slot slot;
	struct server_deadline idle;
	struct server_task more;
	struct watch watch;
	union place from;
	union place own;
	int fd;
	struct resolve *resolve;
	struct buffer pending[PENDING_MAX];
	size_t n_pending;
};

static enum side far_side(const struct forward_udp *f)
{
	return f->spec->reverse ? SIDE_HOST : SIDE_VIRTUAL;
}

static enum side near_side(const struct forward_udp *f)
{
	return f->spec->reverse ? SIDE_VIRTUAL : SIDE_HOST;
}

static void free_session(struct session_udp *u)
{
	struct server *s = u->forward->server;

	tl_map_remove(&u->forward->sessions, &u->node);
	tl_server_stop_waiting(&u->idle);
	tl_server_not_soon(&u->more);
	tl_resolve_cancel(u->resolve);
	tl_poll_del(tl_server_poll(s), &u->watch);
	tl_sock_close(&u->fd);
	while (u->n_pending)
		tl_free(u->pending[--u->n_pending].at);
	tl_server_leave(s, &u->slot);
	tl_free(u);
}

static void on_over(void *ctx)
{
	free_session(ctx);
}

static void make_key(uint8_t key[KEY_LEN], const union place *from,
		     const union place *own)
{
	struct bytes a = tl_place_ip(from);
	struct bytes b = tl_place_ip(own);

	memset(key, 0, KEY_LEN);
	key[0] = (uint8_t)a.n;
	tl_store_be16(key + 1, tl_place_port(from));
	if (a.n)
		memcpy(key + 3, a.at, a.n);
	key[19] = (uint8_t)b.n;
	if (b.n)
		memcpy(key + 20, b.at, b.n);
}

static bool is_same(const struct session_udp *u, const union place *from,
		    const union place *own)
{
	uint8_t a[KEY_LEN];
	uint8_t b[KEY_LEN];

	make_key(a, &u->from, &u->own);
	make_key(b, from, own);
	return memcmp(a, b, sizeof(a)) == 0;
}

/* An answer of the target. False when there is none left. */
static bool bring(struct session_udp *u)
{
	struct server *s = u->forward->server;
	uint8_t *room = tl_server_scratch(s);
	ssize_t n =
		tl_sock_recv(u->fd, tl_buffer(room, SCRATCH_SIZE), NULL, NULL);

	if (n == -EAGAIN)
		return false;
	if (n == -ENETDOWN) {
		free_session(u);
		return false;
	}
	if (n < 0)
		return true; /* of a datagram sent before */
	tl_server_wait(s, &u->idle, WAIT_IDLE);
	tl_sock_send(u->inlet->fd, tl_bytes(room, (size_t)n), &u->from,
		     &u->own);
	return true;
}

static void on_answer(void *ctx, uint32_t events)
{
	struct session_udp *u = ctx;
	int i;

	(void)events;
	for (i = 0; i < BURST; i++)
		if (!bring(u))
			return;
	tl_server_soon(u->forward->server, &u->more);
}

static void on_more_answers(void *ctx)
{
	on_answer(ctx, WATCH_IN);
}

static int connect_session(struct session_udp *u, const union place *to)
{
	int r = tl_sock_connect_udp(&u->fd, to, far_side(u->forward));

	if (r == 0)
		r = tl_poll_add(tl_server_poll(u->forward->server), &u->watch,
				u->fd, WATCH_IN);
	return r;
}

static void on_resolved(void *ctx, const union place *addresses, size_t n,
			int err)
{
	struct session_udp *u = ctx;
	int r = err ? err : -ENOENT;
	size_t i;

	u->resolve = NULL;
	for (i = 0; i < n && r < 0; i++)
		r = connect_session(u, &addresses[i]);
	if (r < 0) {
		free_session(u);
		return;
	}
	for (i = 0; i < u->n_pending; i++)
		tl_sock_send(u->fd, tl_buffer_bytes(u->pending[i]), NULL, NULL);
	while (u->n_pending)
		tl_free(u->pending[--u->n_pending].at);
}

static int start_session(struct session_udp *u)
{
	const struct target *to = &u->forward->spec->to;

	if (to->ip.sa.sa_family)
		return connect_session(u, &to->ip);
	return tl_resolve(&u->resolve, tl_server_loop(u->forward->server),
			  to->name, to->port, on_resolved, u);
}

static struct session_udp *new_session(struct inlet *in, uint64_t hash,
				       const union place *from,
				       const union place *own)
{
	struct forward_udp *f = in->forward;
	struct session_udp *u = tl_alloc_zeroed(sizeof(*u));

	if (!u)
		return NULL;
	if (tl_map_insert(&f->sessions, &u->node, hash) != 0) {
		tl_free(u);
		return NULL;
	}
	u->forward = f;
	u->inlet = in;
	u->from = *from;
	u->own = *own;
	u->fd = -1;
	u->watch = (struct watch){ .fd = -1, .fn = on_answer, .ctx = u };
	u->slot = (struct server_slot){ .kill = on_over, .ctx = u };
	u->idle = (struct server_deadline){ .fn = on_over, .ctx = u };
	u->more = (struct server_task){ .fn = on_more_answers, .ctx = u };
	if (tl_server_is_full(f->server) ||
	    tl_server_enter(f->server, &u->slot, from, in->fd) != 0 ||
	    start_session(u) < 0) {
		free_session(u);
		return NULL;
	}
	return u;
}

static struct session_udp *find_session(struct inlet *in,
					const union place *from,
					const union place *own)
{
	struct map *m = &in->forward->sessions;
	struct session_udp *u;
	uint8_t key[KEY_LEN];
	struct map_node *n;
	uint64_t hash;

	make_key(key, from, own);
	hash = tl_map_hash(m, TL_BYTES_OF(key));
	for (n = tl_map_first(m, hash); n; n = tl_map_next(n)) {
		u = tl_container_of(n, struct session_udp, node);
		if (is_same(u, from, own))
			return u;
	}
	return new_session(in, hash, from, own);
}

static void keep(struct session_udp *u, struct bytes b)
{
	uint8_t *copy;

	if (u->n_pending == PENDING_MAX)
		return;
	copy = tl_alloc(b.n + 1);
	if (!copy)
		return;
	if (b.n)
		memcpy(copy, b.at, b.n);
	u->pending[u->n_pending++] = tl_buffer(copy, b.n);
}

static void pass_on(struct inlet *in, const union place *from,
		    const union place *own, struct bytes b)
{
	struct session_udp *u = find_session(in, from, own);

	if (!u)
		return; /* dropped, as at any full queue */
	tl_server_wait(in->forward->server, &u->idle, WAIT_IDLE);
	if (u->fd < 0)
		keep(u, b);
	else if (tl_sock_send(u->fd, b, NULL, NULL) == -ENETDOWN)
		free_session(u);
}

static void on_inlet_lost(struct inlet *in)
{
	struct forward_udp *f = in->forward;

	tl_warn("cannot receive datagrams any more; waiting for the service");
	tl_poll_del(tl_server_poll(f->server), &in->watch);
	tl_sock_close(&in->fd);
	tl_server_wait(f->server, &f->retry, WAIT_RETRY);
}

static void on_inlet(void *ctx, uint32_t events)
{
	struct inlet *in = ctx;
	struct server *s = in->forward->server;
	uint8_t *room = tl_server_scratch(s);
	union place from;
	union place own;
	ssize_t n;
	int i;

	(void)events;
	for (i = 0; i < BURST; i++) {
		n = tl_sock_recv(in->fd, tl_buffer(room, SCRATCH_SIZE), &from,
				 &own);
		if (n == -EAGAIN)
			return;
		if (n == -ENETDOWN) {
			on_inlet_lost(in);
			return;
		}
		if (n >= 0)
			pass_on(in, &from, &own, tl_bytes(room, (size_t)n));
	}
	tl_server_soon(s, &in->more);
}

static void on_more(void *ctx)
{
	on_inlet(ctx, WATCH_IN);
}

static int open_inlet(struct inlet *in)
{
	struct forward_udp *f = in->forward;
	union place now;
	int r = tl_sock_bind(&in->at, SOCK_DGRAM, near_side(f));

	if (r < 0)
		return r;
	in->fd = r;
	tl_sock_local(&now, in->fd);
	tl_place_set_port(&in->at, tl_place_port(&now));
	return tl_poll_add(tl_server_poll(f->server), &in->watch, in->fd,
			   WATCH_IN);
}

static void close_inlet(struct inlet *in)
{
	tl_server_not_soon(&in->more);
	tl_poll_del(tl_server_poll(in->forward->server), &in->watch);
	tl_sock_close(&in->fd);
}

/* Those that were lost; @at says whether there was one. */
static void on_retry(void *ctx)
{
	struct forward_udp *f = ctx;
	struct inlet *in;
	size_t i;

	for (i = 0; i < FORWARD_ADDRESSES_MAX; i++) {
		in = &f->inlet[i];
		if (in->fd >= 0 || !in->at.sa.sa_family)
			continue;
		if (open_inlet(in) == 0)
			continue;
		close_inlet(in);
		tl_server_wait(f->server, &f->retry, WAIT_RETRY);
	}
}

/* Datagrams have no end that could be waited for. */
static void on_stop(void *ctx)
{
	struct forward_udp *f = ctx;
	struct map_walk walk = { 0 };
	struct map_node *n;
	size_t i;

	tl_server_stop_waiting(&f->retry);
	for (i = 0; i < FORWARD_ADDRESSES_MAX; i++)
		close_inlet(&f->inlet[i]);
	while ((n = tl_map_step(&f->sessions, &walk)))
		free_session(tl_container_of(n, struct session_udp, node));
}

static void on_room(void *ctx)
{
	(void)ctx; /* whoever sends again is served */
}

static int open_inlets(struct forward_udp *f, struct ready *ready)
{
	union place at[FORWARD_ADDRESSES_MAX];
	size_t n = tl_forward_addresses(at, f->spec);
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		f->inlet[i].at = at[i];
		if (i > 0)
			tl_place_set_port(&f->inlet[i].at,
					  tl_place_port(&f->inlet[0].at));
		r = open_inlet(&f->inlet[i]);
		if (i > 0 && tl_forward_is_optional(r)) {
			f->inlet[i].at = (union place){ 0 };
			continue;
		}
		if (r < 0)
			return r;
		tl_ready_add(ready, &f->inlet[i].at,
			     f->spec->reverse ? "virtual, udp" : "udp");
	}
	return 0;
}

int tl_forward_udp_new(struct forward_udp **fp, struct server *s,
		       const struct spec_forward *spec, struct ready *ready)
{
	struct forward_udp *f = tl_alloc_zeroed(sizeof(*f));
	uint64_t key[2];
	size_t i;
	int r;

	if (!f)
		return -ENOMEM;
	f->server = s;
	f->spec = spec;
	tl_random(NULL, key, sizeof(key));
	tl_map_init(&f->sessions, key);
	f->retry = (struct server_deadline){ .fn = on_retry, .ctx = f };
	f->door = (struct server_door){ .stop = on_stop,
					.room = on_room,
					.ctx = f };
	for (i = 0; i < FORWARD_ADDRESSES_MAX; i++) {
		struct inlet *in = &f->inlet[i];

		in->forward = f;
		in->fd = -1;
		in->watch =
			(struct watch){ .fd = -1, .fn = on_inlet, .ctx = in };
		in->more = (struct server_task){ .fn = on_more, .ctx = in };
	}
	tl_server_add_door(s, &f->door);
	r = open_inlets(f, ready);
	if (r < 0) {
		tl_forward_udp_free(f);
		return r;
	}
	*fp = f;
	return 0;
}

void tl_forward_udp_free(struct forward_udp *f)
{
	if (!f)
		return;
	on_stop(f);
	tl_list_remove(&f->door.node);
	tl_map_fini(&f->sessions);
	tl_free(f);
}
