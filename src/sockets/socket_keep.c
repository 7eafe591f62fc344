/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_keep.c - have listeners and UDP sockets kept while this process lives
 *
 * Theory of operation
 *
 * What has changed at a socket that is to be kept is only noted. At the end of
 * a pass all that was noted goes to the keeper, without waiting: a socket that
 * came and went within the pass is never mentioned. When the line is full, or
 * too many descriptors are under way, the rest waits in the queue until the
 * keeper has read. A note is made with the first mention and lasts until the
 * keeper was told of the socket's end, so being told needs no memory.
 *
 * The key is the cookie of the application's end, which the socket has for
 * life. That of the endpoint is its own.
 */
#include "sockets/socket_impl.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

/* Before everything is left to another worker. */
#define LEAVE_TRIES 20
#define LEAVE_WAIT_MS 50

/**
 * struct keep_note - The keeper knows, or is to be told, of a socket
 * @link:	in the queue, if there is something to be said
 * @socket:	NULL: it has gone
 * @is_known:	the keeper was told once
 */
struct keep_note {
	struct list link;
	struct socket *socket;
	uint64_t key;
	bool is_known;
};

bool tl_keep_is_on(const struct sockets *s)
{
	return s->keep.line && !s->keep.is_left;
}

static bool is_keepable(const struct socket *k)
{
	if (!k->in_table || tl_socket_is_icmp(k))
		return false;
	if (k->state == SOCKET_UDP)
		return k->has_port;
	return k->state == SOCKET_LISTENING || k->wish;
}

/* @k: NULL: the keeper is to forget the key. */
static struct keep_note *note_new(struct sockets *s, struct socket *k,
				  uint64_t key)
{
	struct keep_note *note;

	if (s->keep.n_notes >= KEEP_ENTRIES_MAX)
		return NULL;
	note = tl_alloc_zeroed(sizeof(*note));
	if (!note)
		return NULL;
	tl_list_init(&note->link);
	note->socket = k;
	note->key = key;
	s->keep.n_notes++;
	if (k)
		k->note = note;
	return note;
}

static void note_free(struct sockets *s, struct keep_note *note)
{
	tl_list_remove(&note->link);
	s->keep.n_notes--;
	tl_free(note);
}

void tl_keep_note(struct socket *k)
{
	struct sockets *s = k->owner;

	if (!tl_keep_is_on(s) || k->gone || !is_keepable(k))
		return;
	if (!k->note && !note_new(s, k, k->cookie)) {
		s->keep.n_refused++;
		return;
	}
	tl_list_remove(&k->note->link);
	tl_list_append(&s->keep.queue, &k->note->link);
}

bool tl_keep_note_known(struct socket *k)
{
	struct keep_note *note = note_new(k->owner, k, k->cookie);

	if (note)
		note->is_known = true;
	return note != NULL;
}

void tl_keep_forget_key(struct sockets *s, uint64_t key)
{
	struct keep_note *note = note_new(s, NULL, key);

	if (note)
		tl_list_append(&s->keep.queue, &note->link);
}

void tl_keep_forget(struct socket *k)
{
	struct sockets *s = k->owner;
	struct keep_note *note = k->note;

	if (!note)
		return;
	k->note = NULL;
	note->socket = NULL;
	if (!note->is_known || !tl_keep_is_on(s)) {
		note_free(s, note);
		return;
	}
	tl_list_remove(&note->link);
	tl_list_append(&s->keep.queue, &note->link);
}

/* --- what the next worker is to know --- */

static uint64_t network_of(const struct ifc *ifc)
{
	return ifc ? tl_ifc_config(ifc)->tag : 0;
}

static uint64_t network_of_number(uint8_t number)
{
	return number ? network_of(tl_ifc_of_number(number)) : 0;
}

/* Addresses that mean something on one interface only, and where a connected
 * socket sends to. */
static uint64_t scope_of(const struct socket *k)
{
	if (k->udp.connected && k->remote.ifc)
		return network_of_number(k->remote.ifc);
	if (k->udp.connected)
		return network_of(tl_sight_route(k, &k->remote));
	return network_of_number(k->local.ifc);
}

static uint64_t device_of(const struct socket *k)
{
	uint64_t network = network_of_number(k->opt.device);

	return k->opt.device && !network ? KEPT_NO_NETWORK : network;
}

static uint32_t flags_of(const struct socket *k)
{
	const struct group_side *g = &k->group;

	return (k->udp.connected ? KEPT_CONNECTED : 0u) |
	       (k->closed.on ? KEPT_CLOSED : 0u) |
	       (k->host.only_loopback ? KEPT_ONLY_LOOPBACK : 0u) |
	       (g->no_loop ? KEPT_NO_LOOP : 0u) |
	       (g->no_loop6 ? KEPT_NO_LOOP6 : 0u) |
	       (g->own_only ? KEPT_OWN_ONLY : 0u) |
	       (g->out_is_host ? KEPT_OUT_IS_HOST : 0u) |
	       (k->opt.reuse ? KEPT_REUSE : 0u) |
	       (k->opt.reuse_port ? KEPT_REUSE_PORT : 0u) |
	       (k->opt.keepalive ? KEPT_KEEPALIVE : 0u) |
	       (k->errors.on ? KEPT_RECVERR : 0u) |
	       (k->resolver.off ? KEPT_NO_RESOLVER : 0u) |
	       (k->resolver.connected ? KEPT_TO_SERVER : 0u) |
	       (k->opt.dont_fragment6 ? KEPT_DONT_FRAGMENT6 : 0u);
}

static void describe_options(struct kept_socket *out, const struct socket *k)
{
	const struct socket_options *o = &k->opt;

	out->ttl = o->ttl;
	out->tos = o->tos;
	out->mcast_ttl = o->mcast_ttl;
	out->linger = TL_MAX(o->linger, -1);
	out->keep_idle_s = o->keep_idle_s;
	out->keep_interval_s = o->keep_interval_s;
	out->keep_count = o->keep_count;
	out->mss = o->mss;
	out->user_timeout_ms = o->user_timeout_ms;
	out->defer_accept_s = o->defer_accept_s;
	out->mtu_discover = o->mtu_discover;
	out->mtu_discover6 = o->mtu_discover6;
}

static void describe_groups(struct kept_socket *out, const struct socket *k)
{
	const struct group_side *g = &k->group;
	size_t i;

	out->out = network_of_number(g->out);
	out->out_address = g->out_address;
	for (i = 0; i < g->n; i++)
		out->groups[out->n_groups++] = (struct kept_group){
			.network = network_of(g->list[i].ifc),
			.group = g->list[i].group,
		};
}

/* What it still waits for is no part of the socket yet. */
static void describe_wish(struct kept_socket *out, const struct kept_socket *w)
{
	size_t i;

	out->network = w->network ? w->network : out->network;
	out->scope = w->scope ? w->scope : out->scope;
	out->device = w->device ? w->device : out->device;
	out->out = w->out ? w->out : out->out;
	for (i = 0; i < w->n_groups && out->n_groups < KEPT_GROUPS_MAX; i++)
		out->groups[out->n_groups++] = w->groups[i];
}

static void describe(struct kept_socket *out, const struct socket *k)
{
	*out = (struct kept_socket){
		.kind = k->state == SOCKET_UDP ? KEPT_UDP : KEPT_LISTENER,
		.uid = k->uid,
		.user = k->user,
		.tag = k->tag,
		.flags = flags_of(k),
		.local = k->local,
		.network = network_of(k->ifc),
		.scope = scope_of(k),
		.device = device_of(k),
	};
	if (k->udp.connected)
		out->remote = k->remote;
	if (out->kind == KEPT_LISTENER)
		out->backlog = (uint16_t)k->listen.backlog;
	describe_options(out, k);
	describe_groups(out, k);
	if (k->wish)
		describe_wish(out, k->wish);
}

/* --- telling the keeper --- */

static int tell_of(struct sockets *s, const struct socket *k)
{
	const int fds[2] = { k->watch.fd, k->host.fd };
	uint8_t room[KEEP_BLOB_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct kept_socket kept;

	describe(&kept, k);
	tl_kept_build(&w, &kept);
	tl_assert(tl_writer_ok(&w));
	return tl_keepline_keep(s->keep.line, k->cookie, tl_writer_bytes(&w),
				fds, k->host.fd < 0 ? 1 : 2);
}

/* False if it has to wait. */
static bool tell(struct sockets *s, struct keep_note *note)
{
	int err;

	if (!note->socket) {
		err = tl_keepline_drop(s->keep.line, note->key);
		if (!err)
			note_free(s, note);
		return !err;
	}
	/* It may have become something else since. */
	if (!is_keepable(note->socket)) {
		tl_list_remove(&note->link);
		return true;
	}
	err = tell_of(s, note->socket);
	if (err)
		return false;
	note->is_known = true;
	tl_list_remove(&note->link);
	return true;
}

static void on_line(void *ctx, uint32_t events)
{
	struct sockets *s = ctx;

	if (!(events & (WATCH_HUP | WATCH_ERR | WATCH_RDHUP)))
		return;
	if (s->config.on_keeper_gone && tl_keep_is_on(s))
		s->config.on_keeper_gone(s->config.ctx);
}

static void want_room(struct sockets *s, bool want)
{
	uint32_t events = want ? WATCH_OUT : 0;

	if (s->keep.watch.events != events)
		tl_poll_mod(s->config.poll, &s->keep.watch, events);
}

void tl_keep_flush(struct sockets *s)
{
	struct keep_note *note;

	if (s->keep.n_refused > s->keep.n_told) {
		tl_warn("the keeper holds %u sockets already; of the others "
			"%zu "
			"will not outlive this process",
			KEEP_ENTRIES_MAX, s->keep.n_refused);
		s->keep.n_told = 2 * s->keep.n_refused;
	}
	while ((note = tl_list_first(&s->keep.queue, struct keep_note, link))) {
		if (!tell(s, note))
			break;
	}
	if (tl_keep_is_on(s))
		want_room(s, note != NULL);
}

int tl_keep_open(struct sockets *s)
{
	struct keepline *line = s->config.keeper;
	int err;

	tl_list_init(&s->keep.queue);
	s->keep.watch = (struct watch){ .fd = -1, .fn = on_line, .ctx = s };
	if (!line)
		return 0;
	err = tl_poll_add(s->config.poll, &s->keep.watch, tl_keepline_fd(line),
			  0);
	if (!err)
		s->keep.line = line;
	return err;
}

/* The queue is short, and the keeper reads: a moment's patience. */
void tl_sockets_leave(struct sockets *s)
{
	int tries;

	for (tries = 0; tries < LEAVE_TRIES; tries++) {
		tl_keep_flush(s);
		if (tl_list_is_empty(&s->keep.queue))
			break;
		tl_keepline_wait(s->keep.line, LEAVE_WAIT_MS);
	}
	if (!tl_list_is_empty(&s->keep.queue))
		tl_warn("the keeper does not listen: some sockets are lost");
	s->keep.is_left = true;
	if (s->server)
		tl_rpc_server_leave(s->server);
}

void tl_keep_close(struct sockets *s)
{
	struct keep_note *note;

	tl_poll_del(s->config.poll, &s->keep.watch);
	while ((note = tl_list_first(&s->keep.queue, struct keep_note, link)))
		note_free(s, note);
	s->keep.line = NULL;
}
