/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/speedtest_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/cmd.h"
#include "cli/speedtest_flow.h"
#include "cli/stop.h"
#include "os/clock.h"
#include <tapless/tapless.h>

#define BACKLOG 8
#define LINE_MS 10000
#define DRAIN_MS 10000
#define GRACE_S 10 /* how much longer than asked for a test may take */

/**
 * struct server - Listeners of both families, -1: none; and one client
 * @control:	the client's connection
 * @udp:	for its datagrams, -1: none
 * @away:	of the last one who was turned away, -1: none
 */
struct server {
	int listeners[2];
	int control;
	int udp;
	int away;
	struct sockaddr_storage peer;
	socklen_t peer_len;
};

/* It may be gone already. */
static void refuse(int fd, const char *line)
{
	if (tl_flow_write_line(fd, line) != 0)
		return;
}

/* The last one who was turned away has had the time to read why. */
static void forget_away(struct server *s)
{
	if (s->away >= 0)
		zt_close(s->away);
	s->away = -1;
}

/* While a test runs: nobody else. */
static bool turn_away(void *ctx)
{
	struct server *s = ctx;
	size_t i;

	for (i = 0; i < 2; i++) {
		struct pollfd p = { .fd = s->listeners[i], .events = POLLIN };
		int fd;

		if (poll(&p, 1, 0) <= 0)
			continue;
		fd = zt_accept(s->listeners[i], NULL, NULL);
		if (fd < 0)
			continue;
		refuse(fd, "NO another test runs\n");
		/* Closed at once, what it has sent would reset it. */
		zt_shutdown(fd, SHUT_WR);
		forget_away(s);
		s->away = fd;
	}
	return false;
}

/* Has the client closed its side, or gone? */
static bool has_ended(void *ctx)
{
	const struct server *s = ctx;
	char c;

	return recv(s->control, &c, 1, MSG_DONTWAIT | MSG_PEEK) == 0 ||
	       errno != EAGAIN;
}

static int answer_sum(const struct server *s, const struct flow *f)
{
	char line[SPEEDTEST_LINE_MAX];

	tl_speedtest_print_sum(line, &f->sum);
	return tl_flow_write_line(s->control, line);
}

/* What a slow link has under way when the time is over would reset the answer,
 * if we closed before the client has. */
static void drain(const struct server *s)
{
	int64_t end_ms = tl_clock_ms() + DRAIN_MS;
	struct pollfd p = { .fd = s->control, .events = POLLIN };
	uint8_t some[16384];
	int64_t left;

	zt_shutdown(s->control, SHUT_WR);
	while ((left = end_ms - tl_clock_ms()) > 0 && !tl_stop_wanted()) {
		ssize_t n;

		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = recv(s->control, some, sizeof(some), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return;
	}
}

static int run_tcp(struct server *s, const struct speedtest_request *r)
{
	struct flow f = { .fd = s->control,
			  .other_fd = s->listeners[0],
			  .on_other = turn_away,
			  .ctx = s };
	int err;

	if (r->is_reverse)
		return tl_flow_send_stream(&f, r->seconds);
	err = tl_flow_receive_stream(&f, r->seconds + GRACE_S);
	if (!err)
		err = answer_sum(s, &f);
	if (!err)
		drain(s);
	return err;
}

static bool same_host(const struct sockaddr_storage *a,
		      const struct sockaddr_storage *b)
{
	struct sockaddr_in6 a6;
	struct sockaddr_in6 b6;
	struct sockaddr_in a4;
	struct sockaddr_in b4;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET) {
		memcpy(&a4, a, sizeof(a4));
		memcpy(&b4, b, sizeof(b4));
		return a4.sin_addr.s_addr == b4.sin_addr.s_addr;
	}
	memcpy(&a6, a, sizeof(a6));
	memcpy(&b6, b, sizeof(b6));
	return memcmp(&a6.sin6_addr, &b6.sin6_addr, 16) == 0;
}

/* Wait for a datagram of the client with its token, to know where it is. */
static int meet(struct server *s, uint64_t token)
{
	struct pollfd p = { .fd = s->udp, .events = POLLIN };
	struct sockaddr_storage from;
	uint8_t head[SPEEDTEST_HEAD];

	while (poll(&p, 1, LINE_MS) > 0) {
		socklen_t len = sizeof(from);
		ssize_t n = zt_recvfrom(s->udp, head, sizeof(head), 0,
					(struct sockaddr *)&from, &len);

		if (n == SPEEDTEST_HEAD && tl_load_be64(head) == token &&
		    same_host(&from, &s->peer))
			return zt_connect(s->udp, (struct sockaddr *)&from, len)
				       ? -errno
				       : 0;
	}
	return -ETIMEDOUT;
}

static int run_udp(struct server *s, const struct speedtest_request *r)
{
	struct flow f = { .fd = s->udp,
			  .other_fd = s->control,
			  .on_other = has_ended,
			  .ctx = s };
	int err;

	if (r->is_reverse) {
		err = meet(s, r->token);
		if (!err)
			err = tl_flow_send_datagrams(&f, r);
	} else {
		err = tl_flow_receive_datagrams(&f, r->token,
						r->seconds + GRACE_S);
	}
	return err ? err : answer_sum(s, &f);
}

/* A UDP socket beside the connection; its port, 0 if there is none. */
static uint16_t open_udp(struct server *s)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (zt_getsockname(s->control, (struct sockaddr *)&a, &len) != 0)
		return 0;
	s->udp = zt_socket(a.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (a.ss_family == AF_INET) {
		memcpy(&v4, &a, sizeof(v4));
		v4.sin_port = 0;
		memcpy(&a, &v4, sizeof(v4));
	} else {
		memcpy(&v6, &a, sizeof(v6));
		v6.sin6_port = 0;
		memcpy(&a, &v6, sizeof(v6));
	}
	if (s->udp < 0 || zt_bind(s->udp, (struct sockaddr *)&a, len) != 0 ||
	    zt_getsockname(s->udp, (struct sockaddr *)&a, &len) != 0)
		return 0;
	tl_flow_make_room(s->udp);
	memcpy(&v4, &a, sizeof(v4));
	memcpy(&v6, &a, sizeof(v6));
	return ntohs(a.ss_family == AF_INET ? v4.sin_port : v6.sin6_port);
}

static int serve_one(struct server *s)
{
	struct speedtest_request r;
	char line[SPEEDTEST_LINE_MAX];
	uint16_t port = 0;
	int err = tl_flow_read_line(line, s->control, LINE_MS);

	if (err)
		return err;
	if (!tl_speedtest_parse_request(&r, line)) {
		refuse(s->control, "NO this is for tapless speedtest\n");
		return -EPROTO;
	}
	if (r.is_udp)
		port = open_udp(s);
	if (r.is_udp && !port) {
		refuse(s->control, "NO UDP socket here\n");
		return -ENOBUFS;
	}
	snprintf(line, sizeof(line), "OK %u\n", port);
	err = tl_flow_write_line(s->control, line);
	if (err)
		return err;
	return r.is_udp ? run_udp(s, &r) : run_tcp(s, &r);
}

static void accept_one(struct server *s, int listener)
{
	int err;

	s->peer_len = sizeof(s->peer);
	s->udp = -1;
	s->control =
		zt_accept(listener, (struct sockaddr *)&s->peer, &s->peer_len);
	if (s->control < 0)
		return;
	err = serve_one(s);
	if (err && err != -EINTR)
		tl_cli_fail(EXIT_OK, "speedtest: a client's test was cut: %s",
			    strerror(-err));
	else
		puts("a test was done");
	fflush(stdout);
	if (s->udp >= 0)
		zt_close(s->udp);
	zt_close(s->control);
	forget_away(s);
}

static int listen_at(const struct sockaddr *a, socklen_t len)
{
	int on = 1;
	int fd = zt_socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fd;
	zt_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->sa_family == AF_INET6)
		zt_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (zt_bind(fd, a, len) != 0 || zt_listen(fd, BACKLOG) != 0) {
		zt_close(fd);
		return -1;
	}
	return fd;
}

static void run(struct server *s)
{
	struct pollfd p[2] = { { .fd = s->listeners[0], .events = POLLIN },
			       { .fd = s->listeners[1], .events = POLLIN } };
	size_t i;

	while (!tl_stop_wanted()) {
		if (poll(p, 2, -1) < 0)
			continue;
		for (i = 0; i < 2; i++) {
			if (p[i].revents)
				accept_one(s, s->listeners[i]);
		}
	}
}

int tl_speedtest_serve(uint16_t port)
{
	const struct sockaddr_in v4 = { .sin_family = AF_INET,
					.sin_port = htons(port) };
	const struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
					 .sin6_port = htons(port) };
	struct server s = { .away = -1 };
	size_t i;

	s.listeners[0] = listen_at((const struct sockaddr *)&v4, sizeof(v4));
	s.listeners[1] = listen_at((const struct sockaddr *)&v6, sizeof(v6));
	if (s.listeners[0] < 0 && s.listeners[1] < 0)
		return tl_cli_fail(EXIT_FAILED,
				   "speedtest: cannot listen on port %u of the "
				   "virtual networks: %s",
				   port, strerror(errno));
	printf("waiting for tests on port %u\n", port);
	fflush(stdout);
	run(&s);
	for (i = 0; i < 2; i++) {
		if (s.listeners[i] >= 0)
			zt_close(s.listeners[i]);
	}
	return EXIT_OK;
}
