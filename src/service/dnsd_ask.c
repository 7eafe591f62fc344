/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsd_ask.c - questions to networks' servers by a kernel's sockets
 *
 * Each try has a socket of its own, connected to the server: the kernel draws
 * its port, hears nobody else, and tells when nobody is there.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file.h"
#include "service/dnsd_impl.h"

/**
 * struct dnsd_question - A question under way
 * @fd:		of this try; -1: none
 * @is_stream:	it is TCP
 * @is_sent:	then, the question was
 */
struct dnsd_question {
	struct dns_ask ask;
	struct dnsd *d;
	struct dnsd_asker who;
	int fd;
	struct watch watch;
	bool is_stream;
	bool is_sent;
};

static struct dnsd_question *own(struct dns_ask *a)
{
	return tl_container_of(a, struct dnsd_question, ask);
}

static void end_try(struct dns_ask *ask)
{
	struct dnsd_question *a = own(ask);

	if (a->fd < 0)
		return;
	tl_poll_del(a->d->config.poll, &a->watch);
	tl_fd_close(&a->fd);
}

static void end(struct dns_ask *ask)
{
	tl_free(own(ask));
}

static void tell(struct dns_ask *ask, struct bytes message)
{
	tl_dnsd_tell(own(ask)->d, &own(ask)->who, message);
}

/* --- what a server says --- */

static void hear_datagram(struct dnsd_question *a)
{
	uint8_t room[DNS_ROOM_MAX];
	ssize_t n = recv(a->fd, room, sizeof(room), MSG_TRUNC);
	size_t got = TL_MIN((size_t)TL_MAX(n, (ssize_t)0), sizeof(room));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		tl_dns_ask_fail(&a->ask);
		return;
	}
	/* If it is none of ours, others may wait behind it. */
	tl_poll_mod(a->d->config.poll, &a->watch, WATCH_IN);
	tl_dns_ask_heard(&a->ask, tl_buffer(room, got),
			 (size_t)n > sizeof(room));
}

/* The question goes into an empty buffer: all of it, or it has failed. */
static bool send_stream(struct dnsd_question *a)
{
	struct bytes q = tl_dns_ask_stream(&a->ask);

	if (!a->is_sent)
		a->is_sent = send(a->fd, q.at, q.n, MSG_NOSIGNAL) ==
			     (ssize_t)q.n;
	return a->is_sent;
}

static void hear_stream(struct dnsd_question *a)
{
	uint8_t room[DNS_ROOM_MAX];
	ssize_t n = recv(a->fd, room, sizeof(room), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		tl_dns_ask_fail(&a->ask);
	else if (tl_dns_ask_stream_heard(&a->ask, tl_bytes(room, (size_t)n)))
		tl_poll_mod(a->d->config.poll, &a->watch, WATCH_IN);
}

static void on_ready(void *ctx, uint32_t events)
{
	struct dnsd_question *a = ctx;

	if (!a->is_stream) {
		hear_datagram(a);
		return;
	}
	if ((events & WATCH_OUT) && !send_stream(a)) {
		tl_dns_ask_fail(&a->ask);
		return;
	}
	hear_stream(a);
}

/* --- a try --- */

static socklen_t fill(struct sockaddr_storage *out, const struct rpc_addr *a)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(DNS_PORT) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(DNS_PORT) };

	memset(out, 0, sizeof(*out));
	if (a->family == 4) {
		memcpy(&v4.sin_addr, a->ip, sizeof(v4.sin_addr));
		memcpy(out, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, a->ip, sizeof(v6.sin6_addr));
	memcpy(out, &v6, sizeof(v6));
	return sizeof(v6);
}

/* What was opened is closed by end_try(). */
static bool open_try(struct dnsd_question *a, const struct rpc_addr *server,
		     bool is_stream)
{
	const struct dnsd_config *c = &a->d->config;
	struct sockaddr_storage to;
	socklen_t len = fill(&to, server);
	int fd = c->socket(c->ctx, server->family, is_stream);

	if (fd < 0)
		return false;
	a->is_stream = is_stream;
	a->is_sent = false;
	a->watch = (struct watch){ .fd = -1, .fn = on_ready, .ctx = a };
	a->fd = fd;
	if (connect(fd, (struct sockaddr *)&to, len) != 0 &&
	    errno != EINPROGRESS)
		return false;
	return tl_poll_add(c->poll, &a->watch, fd,
			   is_stream ? WATCH_IN | WATCH_OUT : WATCH_IN) == 0;
}

static bool try_udp(struct dns_ask *ask, const struct rpc_addr *server)
{
	struct bytes q = tl_dns_ask_question(ask);

	return open_try(own(ask), server, false) &&
	       send(own(ask)->fd, q.at, q.n, MSG_NOSIGNAL) == (ssize_t)q.n;
}

static bool try_tcp(struct dns_ask *ask, const struct rpc_addr *server)
{
	return open_try(own(ask), server, true);
}

/* --- questions --- */

void tl_dnsd_asks_init(struct dnsd *d)
{
	static const struct dns_ask_ops ops = { .try_udp = try_udp,
						.try_tcp = try_tcp,
						.end_try = end_try,
						.tell = tell,
						.end = end };

	tl_dns_asks_init(&d->asks, &ops, d->config.poll, DNSD_ASKS_MAX);
}

static bool is_same_asker(const struct dnsd_asker *a,
			  const struct dnsd_asker *b)
{
	return a->stream == b->stream && a->from.sin_port == b->from.sin_port &&
	       a->from.sin_addr.s_addr == b->from.sin_addr.s_addr;
}

/* The program asks again, since it has waited long enough. */
static bool is_under_way(const struct dnsd *d, const struct dnsd_asker *who,
			 const struct dns_question *q)
{
	tl_list_each(at, next, &d->asks.list) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);

		if (is_same_asker(&own(a)->who, who) && a->q.id == q->id &&
		    a->q.type == q->type && strcmp(a->q.name, q->name) == 0)
			return true;
	}
	return false;
}

bool tl_dnsd_ask(struct dnsd *d, const struct dnsd_asker *who,
		 const struct dns_question *q, struct bytes message,
		 const struct rpc_addr *list, size_t n)
{
	struct dnsd_question *a;

	if (is_under_way(d, who, q))
		return true;
	if (!tl_dns_asks_have_room(&d->asks))
		return false;
	a = tl_alloc_zeroed(sizeof(*a));
	if (!a)
		return false;
	a->d = d;
	a->who = *who;
	a->fd = -1;
	tl_dns_ask_start(&a->ask, &d->asks, q, message, list, n);
	return true;
}

void tl_dnsd_forget(struct dnsd *d, const struct dnsd_stream *stream)
{
	tl_list_each(at, next, &d->asks.list) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);

		if (!stream || own(a)->who.stream == stream)
			tl_dns_ask_drop(a);
	}
}
