/* SPDX-License-Identifier: Apache-2.0 */
/* relay_conn.c - one client of a TCP relay: between its line and UDP */
#include "service/relay_impl.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/file.h"

/* In one turn, before others have theirs. */
#define DATAGRAMS_MAX 128
#define UDP_BUFFER (256 * 1024)

union native {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t to_native(union native *out, const struct endpoint *e)
{
	memset(out, 0, sizeof(*out));
	if (e->family == 4) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(e->port);
		memcpy(&out->v4.sin_addr, e->ip, 4);
		return sizeof(out->v4);
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(e->port);
	memcpy(&out->v6.sin6_addr, e->ip, 16);
	return sizeof(out->v6);
}

static struct endpoint from_native(const union native *a)
{
	if (a->sa.sa_family == AF_INET)
		return tl_endpoint_ip4((const uint8_t *)&a->v4.sin_addr,
				       ntohs(a->v4.sin_port));
	return tl_endpoint_ip6((const uint8_t *)&a->v6.sin6_addr,
			       ntohs(a->v6.sin6_port));
}

/* --- from UDP to the client --- */

static bool receive_one(struct relay_udp *u)
{
	struct relay *r = u->conn->relay;
	union native a;
	socklen_t len = sizeof(a);
	struct endpoint from;
	ssize_t n;

	n = recvfrom(u->fd, r->room, sizeof(r->room), 0, &a.sa, &len);
	if (n < 0)
		return errno == EINTR;
	if (n < RELAY_PAYLOAD_MIN || n > TCP_RELAY_PAYLOAD_MAX) {
		r->counts.denied++;
		return true;
	}
	from = from_native(&a);
	if (tl_relay_line_send(&u->conn->line, &from,
			       tl_bytes(r->room, (size_t)n),
			       tl_bytes(NULL, 0))) {
		r->counts.from_udp++;
		r->counts.from_udp_bytes += (uint64_t)n;
	} else {
		r->counts.dropped++;
	}
	return true;
}

static void on_udp(void *ctx, TL_UNUSED uint32_t events)
{
	struct relay_udp *u = ctx;
	int i;

	for (i = 0; i < DATAGRAMS_MAX; i++) {
		if (!receive_one(u))
			return;
	}
	/* There may be more: be called again. */
	tl_poll_mod(u->conn->relay->s->poll, &u->watch, WATCH_IN);
}

static void set_options(int fd, bool is_v6)
{
	int dont = IP_PMTUDISC_DONT;
	int size = UDP_BUFFER;
	int one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (is_v6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				 sizeof(one));
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont,
				 sizeof(dont));
}

static int open_udp(struct relay_udp *u)
{
	struct relay *r = u->conn->relay;
	struct endpoint local = { .family = u->family };
	union native a;
	socklen_t len;
	int err;

	if (r->bound.family == u->family)
		memcpy(local.ip, r->bound.ip, sizeof(local.ip));
	len = to_native(&a, &local);
	u->fd = socket(a.sa.sa_family,
		       SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (u->fd < 0)
		return -errno;
	set_options(u->fd, u->family == 6);
	u->watch = (struct watch){ .fd = -1, .fn = on_udp, .ctx = u };
	err = bind(u->fd, &a.sa, len)
		      ? -errno
		      : tl_poll_add(r->s->poll, &u->watch, u->fd, WATCH_IN);
	if (err)
		tl_fd_close(&u->fd);
	return err;
}

/* --- from the client to UDP --- */

static void carry(struct relay_conn *c, const struct tcp_relay_message *m)
{
	struct relay *r = c->relay;
	struct relay_udp *u = &c->udp[m->at.family == 6];
	union native a;
	socklen_t len = to_native(&a, &m->at);

	if (m->payload.n < RELAY_PAYLOAD_MIN ||
	    !tl_relay_may_send(&r->gate, &m->at)) {
		r->counts.denied++;
		return;
	}
	if ((u->fd < 0 && open_udp(u)) ||
	    sendto(u->fd, m->payload.at, m->payload.n, MSG_NOSIGNAL, &a.sa,
		   len) < 0) {
		r->counts.dropped++;
		return;
	}
	r->counts.to_udp++;
	r->counts.to_udp_bytes += m->payload.n;
}

/* It is to be heard from again within @list's time. */
static void touch(struct relay_conn *c, struct list *list)
{
	c->at_ms = tl_clock_ms();
	tl_list_remove(&c->link);
	tl_list_append(list, &c->link);
}

static bool on_message(void *ctx, struct tcp_relay_message *m)
{
	struct relay_conn *c = ctx;

	if (!c->is_greeted && m->kind != TCP_RELAY_GREETS)
		return false;
	if (!c->is_greeted)
		tl_dbg("relay: a client of version %u.%u.%u", m->major,
		       m->minor, m->revision);
	c->is_greeted = true;
	touch(c, &c->relay->clients);
	if (m->kind == TCP_RELAY_CARRIES)
		carry(c, m);
	return true;
}

static void on_end(void *ctx, int err)
{
	struct relay_conn *c = ctx;

	if (err == -EPROTO)
		c->relay->counts.broken++;
	tl_relay_conn_free(c);
}

static const struct relay_line_owner owner = {
	.message = on_message,
	.ended = on_end,
};

/* --- beginning and end --- */

static void init_udp(struct relay_conn *c, unsigned int i, uint8_t family)
{
	c->udp[i] = (struct relay_udp){ .conn = c, .fd = -1, .family = family };
}

void tl_relay_conn_new(struct relay *r, int fd, const struct endpoint *from)
{
	struct relay_conn *c = tl_alloc_zeroed(sizeof(*c));

	if (!c) {
		tl_fd_close(&fd);
		return;
	}
	c->relay = r;
	c->from = *from;
	init_udp(c, 0, 4);
	init_udp(c, 1, 6);
	tl_list_init(&c->link);
	if (tl_relay_line_open(&c->line, &r->s->relay_lines, fd, false, &owner,
			       c)) {
		tl_free(c);
		return;
	}
	r->counts.connections++;
	r->counts.accepted++;
	touch(c, &r->strangers);
	tl_relay_plan(r);
}

void tl_relay_conn_free(struct relay_conn *c)
{
	struct relay *r = c->relay;
	unsigned int i;

	for (i = 0; i < TL_ARRAY_SIZE(c->udp); i++) {
		if (c->udp[i].fd < 0)
			continue;
		tl_poll_del(r->s->poll, &c->udp[i].watch);
		tl_fd_close(&c->udp[i].fd);
	}
	tl_list_remove(&c->link);
	tl_relay_line_close(&c->line);
	r->counts.connections--;
	tl_free(c);
}
