/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/associate.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "os/clock.h"
#include "proxy/resolve.h"
#include "proxy/socks.h"

#define BURST 64 /* datagrams before others have their turn */
#define LOOKUPS_MAX 16 /* datagrams that wait for a name */
#define NAME_TTL_MS 60000

/* A socket towards the world, for one family. */
struct outlet {
	struct associate *associate;
	struct watch watch;
	int fd;
	int family;
};

/* A datagram that waits for its destination's address. */
struct lookup {
	struct list node;
	struct associate *associate;
	struct resolve *resolve;
	char name[TARGET_NAME_SIZE];
	struct buffer payload; /* owned */
};

/**
 * struct associate - One association
 * @fd:		towards the client
 * @client:	where from and to; its port is 0 until it is known
 * @more:	for what a burst has left
 * @name, @address, @until_ms: what was looked up last
 */
struct associate {
	struct server *server;
	enum side side;
	int fd;
	struct watch watch;
	union place at;
	union place client;
	struct outlet outlet[2];
	struct server_task more;
	struct list lookups;
	size_t n_lookups;
	char name[TARGET_NAME_SIZE];
	union place address;
	int64_t until_ms;
};

/* One datagram of the world. False when there is none left. */
static bool bring(struct outlet *o)
{
	struct associate *a = o->associate;
	uint8_t *room = tl_server_scratch(a->server);
	union place from;
	struct writer w;
	ssize_t n;

	/* The head's length depends on who it is from. */
	n = tl_sock_recv(o->fd,
			 tl_buffer(room + SOCKS_REPLY_MAX,
				   SCRATCH_SIZE - SOCKS_REPLY_MAX),
			 &from, NULL);
	if (n == -EAGAIN)
		return false;
	if (n == -ENETDOWN) {
		tl_poll_del(tl_server_poll(a->server), &o->watch);
		tl_sock_close(&o->fd);
		return false;
	}
	if (n < 0 || tl_place_port(&a->client) == 0)
		return true; /* an error of one sent before */
	w = tl_writer(tl_buffer(room, SOCKS_REPLY_MAX));
	tl_socks_write_datagram_head(&w, &from);
	memmove(room + w.n, room + SOCKS_REPLY_MAX, (size_t)n);
	/* What is too long or cannot be sent now is lost, as datagrams are. */
	tl_sock_send(a->fd, tl_bytes(room, w.n + (size_t)n), &a->client, NULL);
	return true;
}

static void on_outlet(void *ctx, uint32_t events)
{
	struct outlet *o = ctx;
	int i;

	(void)events;
	for (i = 0; i < BURST; i++)
		if (o->fd < 0 || !bring(o))
			return;
	tl_server_soon(o->associate->server, &o->associate->more);
}

static int open_outlet(struct outlet *o)
{
	struct associate *a = o->associate;
	int r;

	if (o->fd >= 0)
		return 0;
	r = tl_sock_udp(o->family, a->side == SIDE_BOTH);
	if (r < 0)
		return r;
	o->fd = r;
	r = tl_poll_add(tl_server_poll(a->server), &o->watch, o->fd, WATCH_IN);
	if (r < 0)
		tl_sock_close(&o->fd);
	return r;
}

static void send_to(struct associate *a, const union place *to,
		    struct bytes payload)
{
	struct outlet *o = &a->outlet[to->sa.sa_family == AF_INET6];

	if (tl_place_port(to) == 0 || open_outlet(o) < 0)
		return;
	if (tl_sock_send(o->fd, payload, to, NULL) != -ENETDOWN)
		return;
	/* The service has been started anew: once more. */
	tl_poll_del(tl_server_poll(a->server), &o->watch);
	tl_sock_close(&o->fd);
	if (open_outlet(o) == 0)
		tl_sock_send(o->fd, payload, to, NULL);
}

static void free_lookup(struct lookup *l)
{
	tl_resolve_cancel(l->resolve);
	tl_list_remove(&l->node);
	l->associate->n_lookups--;
	tl_free(l->payload.at);
	tl_free(l);
}

static void on_resolved(void *ctx, const union place *addresses, size_t n,
			int err)
{
	struct lookup *l = ctx;
	struct associate *a = l->associate;

	l->resolve = NULL;
	if (!err && n > 0) {
		memcpy(a->name, l->name, sizeof(a->name));
		a->address = addresses[0];
		a->until_ms = tl_clock_ms() + NAME_TTL_MS;
		send_to(a, &addresses[0], tl_buffer_bytes(l->payload));
	}
	free_lookup(l);
}

static int look_up(struct associate *a, const struct target *to,
		   struct bytes payload)
{
	struct lookup *l;
	int r;

	if (a->n_lookups >= LOOKUPS_MAX)
		return -EAGAIN;
	l = tl_alloc_zeroed(sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->associate = a;
	memcpy(l->name, to->name, sizeof(l->name));
	tl_list_append(&a->lookups, &l->node);
	a->n_lookups++;
	l->payload = tl_buffer(tl_alloc(payload.n + 1), payload.n);
	r = l->payload.at ? 0 : -ENOMEM;
	if (r == 0 && payload.n)
		memcpy(l->payload.at, payload.at, payload.n);
	if (r == 0)
		r = tl_resolve(&l->resolve, tl_server_loop(a->server), to->name,
			       to->port, on_resolved, l);
	if (r < 0)
		free_lookup(l);
	return r;
}

static bool may_be_clients(const struct associate *a, const union place *from)
{
	uint16_t port = tl_place_port(&a->client);

	return tl_place_same_host(&a->client, from) &&
	       (port == 0 || port == tl_place_port(from));
}

static void forward(struct associate *a, struct bytes datagram,
		    const union place *from)
{
	union place to;
	struct bytes payload;
	struct target target;

	if (tl_socks_parse_datagram(&target, &payload, datagram) != 0)
		return;
	tl_place_set_port(&a->client, tl_place_port(from));
	if (target.ip.sa.sa_family) {
		send_to(a, &target.ip, payload);
		return;
	}
	if (strcmp(target.name, a->name) == 0 && tl_clock_ms() < a->until_ms) {
		to = a->address;
		tl_place_set_port(&to, target.port);
		send_to(a, &to, payload);
		return;
	}
	if (look_up(a, &target, payload) < 0)
		return; /* dropped, as the network would */
}

static void on_client(void *ctx, uint32_t events)
{
	struct associate *a = ctx;
	uint8_t *room = tl_server_scratch(a->server);
	union place from;
	ssize_t n;
	int i;

	(void)events;
	for (i = 0; i < BURST; i++) {
		n = tl_sock_recv(a->fd, tl_buffer(room, SCRATCH_SIZE), &from,
				 NULL);
		if (n == -EAGAIN)
			return;
		if (n >= 0 && may_be_clients(a, &from))
			forward(a, tl_bytes(room, (size_t)n), &from);
	}
	tl_server_soon(a->server, &a->more);
}

static void on_more(void *ctx)
{
	struct associate *a = ctx;

	on_client(a, WATCH_IN);
	on_outlet(&a->outlet[0], WATCH_IN);
	on_outlet(&a->outlet[1], WATCH_IN);
}

static void init_outlet(struct associate *a, struct outlet *o, int family)
{
	o->associate = a;
	o->fd = -1;
	o->family = family;
	o->watch = (struct watch){ .fd = -1, .fn = on_outlet, .ctx = o };
}

int tl_associate_new(struct associate **ap, struct server *s, enum side side,
		     const union place *at, const union place *client,
		     uint16_t port)
{
	struct associate *a = tl_alloc_zeroed(sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	a->server = s;
	a->side = side;
	a->at = *at;
	a->client = *client;
	tl_place_set_port(&a->at, 0);
	tl_place_set_port(&a->client, port);
	a->watch = (struct watch){ .fd = -1, .fn = on_client, .ctx = a };
	a->more = (struct server_task){ .fn = on_more, .ctx = a };
	tl_list_init(&a->lookups);
	init_outlet(a, &a->outlet[0], AF_INET);
	init_outlet(a, &a->outlet[1], AF_INET6);

	a->fd = tl_sock_bind(&a->at, SOCK_DGRAM, SIDE_HOST);
	r = a->fd < 0 ? a->fd
		      : tl_poll_add(tl_server_poll(s), &a->watch, a->fd,
				    WATCH_IN);
	if (r < 0) {
		tl_associate_free(a);
		return r;
	}
	tl_sock_local(&a->at, a->fd);
	*ap = a;
	return 0;
}

void tl_associate_free(struct associate *a)
{
	struct lookup *l;
	int i;

	if (!a)
		return;
	while ((l = tl_list_first(&a->lookups, struct lookup, node)))
		free_lookup(l);
	tl_server_not_soon(&a->more);
	for (i = 0; i < 2; i++) {
		tl_poll_del(tl_server_poll(a->server), &a->outlet[i].watch);
		tl_sock_close(&a->outlet[i].fd);
	}
	tl_poll_del(tl_server_poll(a->server), &a->watch);
	if (a->fd >= 0)
		tl_sock_close(&a->fd);
	tl_free(a);
}

void tl_associate_address(union place *out, const struct associate *a)
{
	*out = a->at;
}
