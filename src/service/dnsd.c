/* SPDX-License-Identifier: Apache-2.0 */
#include "service/dnsd.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file.h"
#include "service/dnsd_impl.h"

#define PASS_MAX 64 /* datagrams, before others have their turn */
#define READ_SIZE 2048
#define SEND_SIZE (128 * 1024) /* answers that wait for one asker */

/**
 * struct dnsd_stream - A connection of one who asks
 * @in:		what has come of the next question
 */
struct dnsd_stream {
	struct list link;
	struct dnsd *d;
	int fd;
	struct watch watch;
	struct dns_frame in;
};

/* --- answers --- */

/* A connection that does not take it all at once is of no use: half a message
 * makes nonsense of what follows. It is closed when its end is found. */
static void tell_stream(struct dnsd_stream *st, struct bytes message)
{
	uint8_t head[DNS_FRAME_HEAD];
	struct iovec parts[2] = { { .iov_base = head, .iov_len = sizeof(head) },
				  { .iov_len = message.n } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };

	tl_store_be16(head, (uint16_t)message.n);
	/* sendmsg(2) only reads, but takes no const. */
	memcpy(&parts[1].iov_base, &message.at, sizeof(message.at));
	if (sendmsg(st->fd, &m, MSG_NOSIGNAL) !=
	    (ssize_t)(sizeof(head) + message.n))
		(void)shutdown(st->fd, SHUT_RDWR);
}

void tl_dnsd_tell(struct dnsd *d, const struct dnsd_asker *to,
		  struct bytes message)
{
	if (to->stream)
		tell_stream(to->stream, message);
	else /* a datagram may be lost, and the asker asks again */
		(void)!sendto(d->udp_fd, message.at, message.n, MSG_NOSIGNAL,
			      (const struct sockaddr *)&to->from,
			      sizeof(to->from));
}

static void reply(struct dnsd *d, const struct dnsd_asker *to,
		  const struct dns_question *q, struct bytes message,
		  const struct dns_reply *r)
{
	uint8_t room[DNS_ROOM_MAX];
	size_t n = tl_dns_reply_build(TL_BUFFER_OF(room), message, q, r,
				      TL_MIN(q->room, sizeof(room)));

	tl_dnsd_tell(d, to, tl_bytes(room, n));
}

/* The servers of the network whose name it is, or of all. */
static void ask_others(struct dnsd *d, const struct dnsd_asker *who,
		       const struct dns_question *q, struct bytes message,
		       struct name_lookup *l)
{
	struct dns_reply r = {
		.code = DNS_CODE_REFUSED,
		.why = "no network has a name server that may be asked",
	};

	if (!l->n)
		l->n = d->config.servers(d->config.ctx, l->list,
					 RPC_LOOKUP_MAX);
	if (l->n && tl_dnsd_ask(d, who, q, message, l->list, l->n))
		return;
	if (l->n) {
		r.code = DNS_CODE_FAILED;
		r.why = "too many questions at once";
	}
	reply(d, who, q, message, &r);
}

static void hear(struct dnsd *d, const struct dnsd_asker *who,
		 struct bytes message)
{
	struct dns_reply r = { .code = DNS_CODE_NO_NAME };
	struct dns_question q;
	struct name_lookup l = { 0 }; /* of no user: all inside are alike */
	uint32_t status;

	/* What is no question is of no use to us. */
	if (message.n > DNS_QUESTION_MAX || !tl_dns_question_read(&q, message))
		return;
	if (who->stream)
		q.room = UINT16_MAX;
	status = tl_dns_look_up(&l, &q, d->config.lookup, d->config.ctx);
	if (status == RPC_USE_HOST)
		l.n = 0;
	if (status == RPC_USE_HOST ||
	    (status == 0 && l.kind == LOOKUP_SERVERS)) {
		ask_others(d, who, &q, message, &l);
		return;
	}
	if (status == 0)
		r = tl_dns_reply_of(&l);
	reply(d, who, &q, message, &r);
}

/* --- datagrams --- */

static void on_udp(void *ctx, TL_UNUSED uint32_t events)
{
	struct dnsd *d = ctx;
	struct dnsd_asker who = { 0 };
	uint8_t room[DNS_QUESTION_MAX + 1];
	socklen_t len;
	ssize_t n;

	for (int i = 0; i < PASS_MAX; i++) {
		len = sizeof(who.from);
		n = recvfrom(d->udp_fd, room, sizeof(room), 0,
			     (struct sockaddr *)&who.from, &len);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n > 0)
			hear(d, &who, tl_bytes(room, (size_t)n));
	}
	/* There may be more: be called again. */
	tl_poll_mod(d->config.poll, &d->on_udp, WATCH_IN);
}

/* --- connections --- */

static void close_stream(struct dnsd_stream *st)
{
	struct dnsd *d = st->d;

	tl_dnsd_forget(d, st);
	tl_poll_del(d->config.poll, &st->watch);
	tl_fd_close(&st->fd);
	tl_list_remove(&st->link);
	d->n_streams--;
	tl_dns_frame_clear(&st->in);
	tl_free(st);
}

/* False: it cannot be understood. */
static bool take(struct dnsd_stream *st, struct bytes from)
{
	const struct dnsd_asker who = { .stream = st };

	while (from.n > 0) {
		if (tl_dns_frame_take(&st->in, &from))
			return false;
		if (!tl_dns_frame_is_whole(&st->in))
			continue;
		hear(st->d, &who,
		     tl_buffer_bytes(tl_dns_frame_message(&st->in)));
		tl_dns_frame_clear(&st->in);
	}
	return true;
}

static void on_stream(void *ctx, TL_UNUSED uint32_t events)
{
	struct dnsd_stream *st = ctx;
	struct dnsd *d = st->d;
	uint8_t room[READ_SIZE];
	ssize_t n;

	tl_list_remove(&st->link);
	tl_list_append(&d->streams, &st->link);
	n = recv(st->fd, room, sizeof(room), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || !take(st, tl_bytes(room, (size_t)n)))
		close_stream(st);
	else /* There may be more: be called again. */
		tl_poll_mod(d->config.poll, &st->watch, WATCH_IN);
}

/* What cannot be set costs memory or time, nothing else. */
static void set_options(int fd)
{
	int one = 1;
	int size = SEND_SIZE;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void add_stream(struct dnsd *d, int fd)
{
	struct dnsd_stream *st;

	if (d->n_streams >= DNSD_STREAMS_MAX)
		close_stream(
			tl_list_first(&d->streams, struct dnsd_stream, link));
	st = tl_alloc_zeroed(sizeof(*st));
	if (!st) {
		tl_fd_close(&fd);
		return;
	}
	set_options(fd);
	st->d = d;
	st->fd = fd;
	st->in.max = DNS_QUESTION_MAX;
	st->watch = (struct watch){ .fd = -1, .fn = on_stream, .ctx = st };
	tl_list_append(&d->streams, &st->link);
	d->n_streams++;
	if (tl_poll_add(d->config.poll, &st->watch, fd, WATCH_IN))
		close_stream(st);
}

static void on_tcp(void *ctx, TL_UNUSED uint32_t events)
{
	struct dnsd *d = ctx;
	int fd;

	for (int i = 0; i < PASS_MAX; i++) {
		fd = accept4(d->tcp_fd, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0)
			add_stream(d, fd);
		else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
	tl_poll_mod(d->config.poll, &d->on_tcp, WATCH_IN);
}

/* --- beginning and end --- */

int tl_dnsd_new(struct dnsd **dp, const struct dnsd_config *config, int udp_fd,
		int tcp_fd)
{
	struct dnsd *d = tl_alloc_zeroed(sizeof(*d));
	int r;

	if (!d) {
		tl_fd_close(&udp_fd);
		tl_fd_close(&tcp_fd);
		return -ENOMEM;
	}
	d->config = *config;
	d->udp_fd = udp_fd;
	d->tcp_fd = tcp_fd;
	d->on_udp = (struct watch){ .fd = -1, .fn = on_udp, .ctx = d };
	d->on_tcp = (struct watch){ .fd = -1, .fn = on_tcp, .ctx = d };
	tl_list_init(&d->streams);
	tl_dnsd_asks_init(d);
	r = tl_poll_add(config->poll, &d->on_udp, udp_fd, WATCH_IN);
	if (!r)
		r = tl_poll_add(config->poll, &d->on_tcp, tcp_fd, WATCH_IN);
	if (r)
		tl_dnsd_free(d);
	else
		*dp = d;
	return r;
}

void tl_dnsd_free(struct dnsd *d)
{
	struct dnsd_stream *st;

	if (!d)
		return;
	while ((st = tl_list_first(&d->streams, struct dnsd_stream, link)))
		close_stream(st);
	tl_dnsd_forget(d, NULL);
	tl_dns_asks_fini(&d->asks);
	tl_poll_del(d->config.poll, &d->on_udp);
	tl_poll_del(d->config.poll, &d->on_tcp);
	tl_fd_close(&d->udp_fd);
	tl_fd_close(&d->tcp_fd);
	tl_free(d);
}
