/* SPDX-License-Identifier: Apache-2.0 */
#include "service/relay_line.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "os/file.h"

/* In one turn, before others have theirs. */
#define READ_MAX (256 * 1024)

/* Unacknowledged, or silent and then probed: the other side is gone. */
#define DEAD_MS 10000
#define PROBE_AFTER_S 15
#define PROBE_EVERY_S 5
#define PROBES 3

void tl_relay_lines_init(struct relay_lines *all, struct poll_set *poll)
{
	all->poll = poll;
	all->n_spare = 0;
	tl_list_init(&all->dirty);
}

void tl_relay_lines_fini(struct relay_lines *all)
{
	while (all->n_spare)
		tl_free(all->spare[--all->n_spare]);
}

static void set_int(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

/* Little waits in the kernel: datagrams that are late are worse than lost. */
static void set_options(int fd)
{
	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, RELAY_LINE_QUEUE);
	set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, DEAD_MS);
	set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, PROBE_AFTER_S);
	set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_EVERY_S);
	set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
}

static bool take_queue(struct relay_line *l)
{
	struct relay_lines *all = l->all;

	if (l->out)
		return true;
	l->out = all->n_spare ? all->spare[--all->n_spare]
			      : tl_alloc(RELAY_LINE_QUEUE);
	l->out_begin = 0;
	l->out_end = 0;
	return l->out;
}

static void give_queue(struct relay_line *l)
{
	struct relay_lines *all = l->all;

	if (l->out && all->n_spare < RELAY_LINE_SPARE)
		all->spare[all->n_spare++] = l->out;
	else
		tl_free(l->out);
	l->out = NULL;
}

void tl_relay_line_close(struct relay_line *l)
{
	if (l->fd < 0)
		return;
	tl_poll_del(l->all->poll, &l->watch);
	tl_fd_close(&l->fd);
	tl_list_remove(&l->link);
	give_queue(l);
}

/* 0, also if not all was taken; a negative errno if the connection is gone. */
static int flush(struct relay_line *l)
{
	ssize_t n;

	tl_list_remove(&l->link);
	if (l->is_connecting)
		return 0;
	while (l->out && l->out_begin < l->out_end) {
		n = send(l->fd, l->out + l->out_begin,
			 l->out_end - l->out_begin, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		l->out_begin += (size_t)n;
	}
	give_queue(l);
	return 0;
}

void tl_relay_lines_flush(struct relay_lines *all)
{
	struct relay_line *l;

	while ((l = tl_list_first(&all->dirty, struct relay_line, link))) {
		int r = flush(l);

		if (r)
			l->owner->ended(l->ctx, r);
	}
}

/* Room for @n bytes at the end, made by what the kernel takes and by moving. */
static uint8_t *make_room(struct relay_line *l, size_t n)
{
	if (!take_queue(l))
		return NULL;
	if (RELAY_LINE_QUEUE - (l->out_end - l->out_begin) < n &&
	    (flush(l) || !take_queue(l)))
		return NULL;
	if (RELAY_LINE_QUEUE - l->out_end < n) {
		memmove(l->out, l->out + l->out_begin,
			l->out_end - l->out_begin);
		l->out_end -= l->out_begin;
		l->out_begin = 0;
	}
	if (RELAY_LINE_QUEUE - l->out_end < n)
		return NULL;
	tl_list_remove(&l->link);
	tl_list_append(&l->all->dirty, &l->link);
	l->out_end += n;
	return l->out + l->out_end - n;
}

static void put(uint8_t **at, struct bytes b)
{
	if (b.n)
		memcpy(*at, b.at, b.n);
	*at += b.n;
}

bool tl_relay_line_write(struct relay_line *l, struct bytes b)
{
	uint8_t *at = l->fd >= 0 ? make_room(l, b.n) : NULL;

	if (at)
		put(&at, b);
	return at;
}

bool tl_relay_line_send(struct relay_line *l, const struct endpoint *to,
			struct bytes head, struct bytes rest)
{
	uint8_t prefix[TCP_RELAY_PREFIX_MAX];
	size_t n = tl_tcp_relay_prefix(prefix, to, head.n + rest.n);
	uint8_t *at;

	at = l->fd >= 0 ? make_room(l, n + head.n + rest.n) : NULL;
	if (!at)
		return false;
	put(&at, tl_bytes(prefix, n));
	put(&at, head);
	put(&at, rest);
	return true;
}

/* What is whole. 0 or a negative errno. */
static int take_messages(struct relay_line *l)
{
	struct tcp_relay_message m;
	enum tcp_relay_next next;

	while ((next = tl_tcp_relay_next(&l->reader, &m)) ==
	       TCP_RELAY_MESSAGE) {
		if (!l->owner->message(l->ctx, &m))
			return -EPROTO;
	}
	return next == TCP_RELAY_BROKEN ? -EPROTO : 0;
}

static int receive(struct relay_line *l)
{
	size_t total = 0;
	struct buffer room;
	ssize_t n;
	int r;

	while (total < READ_MAX) {
		if (l->owner->settle)
			l->owner->settle(l->ctx);
		room = tl_tcp_relay_room(&l->reader);
		n = recv(l->fd, room.at, room.n, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (n == 0)
			return -ECONNRESET;
		tl_tcp_relay_took(&l->reader, (size_t)n);
		total += (size_t)n;
		r = take_messages(l);
		if (r)
			return r;
	}
	/* There may be more: be called again. */
	tl_poll_mod(l->all->poll, &l->watch, WATCH_IN | WATCH_OUT);
	return 0;
}

/* 0; 1 if it is still connecting; or a negative errno. */
static int finish_connecting(struct relay_line *l, uint32_t events)
{
	socklen_t size = sizeof(int);
	int err = 0;

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &err, &size))
		return -errno;
	if (err)
		return -err;
	if (!(events & WATCH_OUT))
		return 1;
	l->is_connecting = false;
	l->owner->opened(l->ctx);
	return 0;
}

static void on_ready(void *ctx, uint32_t events)
{
	struct relay_line *l = ctx;
	int r = l->is_connecting ? finish_connecting(l, events) : 0;

	if (r > 0)
		return;
	if (!r && events & WATCH_OUT)
		r = flush(l);
	if (!r && events & (WATCH_IN | WATCH_RDHUP | WATCH_HUP | WATCH_ERR))
		r = receive(l);
	if (r)
		l->owner->ended(l->ctx, r);
}

int tl_relay_line_open(struct relay_line *l, struct relay_lines *all, int fd,
		       bool is_connecting, const struct relay_line_owner *owner,
		       void *ctx)
{
	int r;

	l->all = all;
	l->owner = owner;
	l->ctx = ctx;
	l->fd = fd;
	l->is_connecting = is_connecting;
	l->out = NULL;
	tl_list_init(&l->link);
	tl_tcp_relay_reader_init(&l->reader);
	set_options(fd);
	l->watch = (struct watch){ .fd = -1, .fn = on_ready, .ctx = l };
	r = tl_poll_add(all->poll, &l->watch, fd, WATCH_IN | WATCH_OUT);
	if (r)
		tl_fd_close(&l->fd);
	return r;
}
