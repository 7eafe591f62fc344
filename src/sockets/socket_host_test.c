/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/world_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static uint8_t record[RPC_DATAGRAM_LEN + RPC_DATAGRAM_MAX];

static void send_datagram(int fd, struct rpc_addr to, const char *text)
{
	const struct rpc_datagram d = { .peer = to };
	struct writer w = tl_writer(tl_buffer(record, RPC_DATAGRAM_LEN));
	size_t n = strlen(text);

	tl_rpc_write_datagram(&w, &d);
	memcpy(record + RPC_DATAGRAM_LEN, text, n);
	CHECK_EQ(send(fd, record, RPC_DATAGRAM_LEN + n, MSG_NOSIGNAL),
		 (ssize_t)(RPC_DATAGRAM_LEN + n));
}

static struct rpc_datagram receive_datagram(int fd, const char *text)
{
	struct rpc_datagram d;
	struct reader r;
	ssize_t n;

	CHECK(wait_for(fd, POLLIN, WAIT_MS) & POLLIN);
	n = recv(fd, record, sizeof(record), 0);
	CHECK(n >= RPC_DATAGRAM_LEN);
	r = tl_reader(tl_bytes(record, RPC_DATAGRAM_LEN));
	tl_rpc_read_datagram(&r, &d);
	CHECK(tl_reader_done(&r));
	CHECK_EQ(n - RPC_DATAGRAM_LEN, strlen(text));
	CHECK_MEM(record + RPC_DATAGRAM_LEN, text, strlen(text));
	return d;
}

/* A socket of the host on loopback, and where it is. */
static int host_socket(int family, int type, struct rpc_addr *at)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr *sa = family == AF_INET ? (struct sockaddr *)&in
						: (struct sockaddr *)&in6;
	socklen_t len = family == AF_INET ? sizeof(in) : sizeof(in6);
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	CHECK(fd >= 0);
	CHECK_EQ(bind(fd, sa, len), 0);
	CHECK_EQ(getsockname(fd, sa, &len), 0);
	*at = family == AF_INET
		      ? addr4(127, 0, 0, 1, ntohs(in.sin_port))
		      : (struct rpc_addr){ .family = 6,
					   .port = ntohs(in6.sin6_port),
					   .ip = { [15] = 1 } };
	return fd;
}

static int companion(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	return fd;
}

/* What the host's socket receives is sent back. */
static void echo(int host, const char *text)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char got[64];
	ssize_t n;

	CHECK(wait_for(host, POLLIN, WAIT_MS) & POLLIN);
	n = recvfrom(host, got, sizeof(got), 0, (struct sockaddr *)&from, &len);
	CHECK_EQ(n, strlen(text));
	CHECK_MEM(got, text, strlen(text));
	CHECK_EQ(sendto(host, got, (size_t)n, 0, (struct sockaddr *)&from, len),
		 n);
}

TEST(host_datagrams_go_and_come_beside_virtual_ones)
{
	struct rpc_datagram d;
	struct rpc_addr at;
	int host, a, b;
	int i;

	world_start();
	host = host_socket(AF_INET, SOCK_DGRAM, &at);
	a = z_socket_with(TAG_UDP, companion(AF_INET), 0);
	b = z_socket(TAG_UDP);
	CHECK(a >= 0 && b >= 0);
	CHECK_EQ(z_bind(b, own4(9001), NULL), 0);
	for (i = 0; i < 3; i++) {
		send_datagram(a, at, "host");
		echo(host, "host");
		d = receive_datagram(a, "host");
		CHECK_EQ(d.peer.port, at.port);
		CHECK_MEM(d.peer.ip, at.ip, 4);
		CHECK_EQ(d.ttl, 64);
		CHECK_EQ(d.local.family, 4);
		CHECK_EQ(d.local.ip[0], 127);
		send_datagram(a, own4(9001), "virtual");
		d = receive_datagram(b, "virtual");
		send_datagram(b, d.peer, "back");
		receive_datagram(a, "back");
	}
	close(a);
	close(b);
	close(host);
	wait_for_sockets(0);
	/* It is closed where closing may take its time. */
	CHECK_EQ(world.foreign_closed, 1);
	world_stop();
}

TEST(host_both_families_leave_by_one_companion)
{
	struct rpc_datagram d;
	struct rpc_addr at4, at6;
	int host4, host6, a;

	world_start();
	host4 = host_socket(AF_INET, SOCK_DGRAM, &at4);
	host6 = host_socket(AF_INET6, SOCK_DGRAM, &at6);
	a = z_socket_with(TAG_UDP | TAG_DOMAIN6, companion(AF_INET6), 0);
	CHECK(a >= 0);
	send_datagram(a, at6, "six");
	echo(host6, "six");
	d = receive_datagram(a, "six");
	CHECK_EQ(d.peer.family, 6);
	CHECK_EQ(d.peer.port, at6.port);
	send_datagram(a, at4, "four");
	echo(host4, "four");
	d = receive_datagram(a, "four");
	CHECK_EQ(d.peer.family, 4);
	CHECK_EQ(d.peer.port, at4.port);
	CHECK_EQ(d.local.ip[0], 127);
	close(a);
	close(host4);
	close(host6);
	wait_for_sockets(0);
	world_stop();
}

TEST(host_is_loopback_only_for_the_isolated)
{
	struct rpc_datagram d;
	struct rpc_addr at;
	int host, a, b;

	world_start();
	host = host_socket(AF_INET, SOCK_DGRAM, &at);
	a = z_socket_with(TAG_UDP, companion(AF_INET), RPC_FLAG_ISOLATE);
	b = z_socket(TAG_UDP);
	send_datagram(a, at, "in");
	echo(host, "in");
	receive_datagram(a, "in");
	send_datagram(a, addr4(192, 0, 2, 1, 9), "out");
	d = receive_datagram(a, "");
	CHECK_EQ(d.kind, DATAGRAM_ERROR);
	CHECK_EQ(d.error, ENETUNREACH);
	/* Without a companion there is no host at all. */
	send_datagram(b, at, "in");
	d = receive_datagram(b, "");
	CHECK_EQ(d.kind, DATAGRAM_ERROR);
	CHECK_EQ(d.error, ENETUNREACH);
	close(a);
	close(b);
	close(host);
	wait_for_sockets(0);
	world_stop();
}

/* Programs look for each other by these: the members of the network are meant,
 * not the neighbours of the host. */
TEST(host_gets_neither_broadcasts_nor_groups)
{
	const struct rpc_addr group6 = { .family = 6,
					 .port = 9,
					 .ip = { 0xff, 0x05, [15] = 1 } };
	struct rpc_addr at;
	int host, a;

	world_start();
	host = host_socket(AF_INET, SOCK_DGRAM, &at);
	a = z_socket_with(TAG_UDP | TAG_DOMAIN6, companion(AF_INET6), 0);
	send_datagram(a, addr4(255, 255, 255, 255, 9), "all");
	send_datagram(a, addr4(239, 1, 2, 3, 9), "group");
	send_datagram(a, group6, "group");
	/* One that comes back says that the others have gone. */
	send_datagram(a, at, "done");
	echo(host, "done");
	receive_datagram(a, "done");
	CHECK_EQ(world.to_all, 3);
	close(a);
	close(host);
	wait_for_sockets(0);
	world_stop();
}

TEST(host_says_nothing_to_connected_sockets)
{
	struct rpc_addr at;
	int host, a, b;

	world_start();
	host = host_socket(AF_INET, SOCK_DGRAM, &at);
	a = z_socket_with(TAG_UDP, companion(AF_INET), 0);
	b = z_socket(TAG_UDP);
	CHECK_EQ(z_bind(b, own4(9002), NULL), 0);
	send_datagram(a, at, "before");
	CHECK_EQ(z_connect(a, own4(9002)), 0);
	echo(host, "before");
	send_datagram(a, (struct rpc_addr){ 0 }, "after");
	send_datagram(b, receive_datagram(b, "after").peer, "peer");
	receive_datagram(a, "peer");
	close(a);
	close(b);
	close(host);
	wait_for_sockets(0);
	world_stop();
}

/* Whatever is handed over must be a socket of the same kind. */
TEST(host_companions_are_looked_at)
{
	struct rpc_addr at;
	int a;

	world_start();
	CHECK_EQ(z_socket_with(TAG_UDP, companion(AF_INET6), 0), -EINVAL);
	CHECK_EQ(z_socket_with(TAG_UDP, host_socket(AF_INET, SOCK_STREAM, &at),
			       0),
		 -EINVAL);
	CHECK_EQ(z_socket_with(TAG_UDP, eventfd(0, 0), 0), -EINVAL);
	CHECK_EQ(z_socket_with(TAG4, companion(AF_INET), 0), -EINVAL);
	CHECK_EQ(z_socket_with(TAG_UDP, socket(AF_UNIX, SOCK_DGRAM, 0), 0),
		 -EINVAL);
	wait_for_sockets(0);
	a = z_socket_with(TAG_UDP, companion(AF_INET), 0);
	CHECK(a >= 0);
	close(a);
	wait_for_sockets(0);
	world_stop();
}

static int bind_with(int fd, struct rpc_addr a, int host)
{
	const struct rpc_request q = { .op = RPC_BIND, .addr = a };
	const int fds[2] = { fd, host };
	struct rpc_reply reply;

	return call_full(&q, fds, 2, &reply);
}

/* A listener on both sides; the host's side is at @at. */
static int both_listener(struct rpc_addr *at, uint32_t backlog)
{
	int host = host_socket(AF_INET, SOCK_STREAM, at);
	int l = z_socket(TAG4);

	CHECK_EQ(bind_with(l, addr4(0, 0, 0, 0, at->port), host), 0);
	CHECK_EQ(z_listen(l, backlog), 0);
	close(host);
	return l;
}

static int dial_host(const struct rpc_addr *at)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(at->port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_EQ(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

/* The next connection from the virtual network, past records of the companion
 * that was emptied meanwhile. */
static int accept_virtual(int l)
{
	struct rpc_accept a;
	int fd;

	for (;;) {
		CHECK(wait_for(l, POLLIN, WAIT_MS) & POLLIN);
		fd = z_accept(l, &a);
		CHECK(fd >= 0);
		if (a.kind == ACCEPT_VIRTUAL)
			return fd;
		CHECK_EQ(accept(fd, NULL, NULL), -1);
		CHECK_EQ(errno, EAGAIN);
		close(fd);
	}
}

/* What a client does with a record that brings the companion. */
static int accept_host(int l)
{
	struct rpc_accept a;
	int host, fd;

	for (;;) {
		CHECK(wait_for(l, POLLIN, WAIT_MS) & POLLIN);
		host = z_accept(l, &a);
		CHECK(host >= 0);
		CHECK_EQ(a.kind, ACCEPT_HOST);
		fd = accept(host, NULL, NULL);
		close(host);
		if (fd >= 0)
			return fd;
		CHECK_EQ(errno, EAGAIN);
	}
}

TEST(host_listener_offers_its_companion)
{
	struct rpc_addr at;
	int l, c, s, v;
	int i;

	world_start();
	l = both_listener(&at, 8);
	CHECK_EQ(wait_for(l, POLLIN, 0), 0);
	for (i = 0; i < 3; i++) {
		c = dial_host(&at);
		s = accept_host(l);
		write_all(c, "x", 1);
		read_all(s, &(char){ 0 }, 1);
		close(c);
		close(s);
		v = z_socket(TAG4);
		CHECK_EQ(z_connect(v, own4(at.port)), 0);
		s = accept_virtual(l);
		close(v);
		close(s);
	}
	close(l);
	wait_for_sockets(0);
	world_stop();
}

/* Closing one that lingers might wait. */
TEST(host_takes_no_connection_for_a_listener)
{
	struct rpc_addr at;
	int host, l, c;

	world_start();
	host = host_socket(AF_INET, SOCK_STREAM, &at);
	CHECK_EQ(listen(host, 1), 0);
	c = dial_host(&at);
	l = z_socket(TAG4);
	CHECK_EQ(bind_with(l, addr4(0, 0, 0, 0, 9003), c), EINVAL);
	CHECK_EQ(bind_with(l, addr4(0, 0, 0, 0, 9003), host), EINVAL);
	/* Nothing of it remains. */
	CHECK_EQ(z_bind(l, addr4(0, 0, 0, 0, 9003), NULL), 0);
	close(c);
	close(l);
	close(host);
	wait_for_sockets(0);
	world_stop();
}

/* Many at once: each is taken, whatever order the records are read in. */
TEST(host_listener_leaves_nobody_waiting)
{
	struct rpc_addr at;
	int l;
	int c[40];
	size_t i;

	world_start();
	l = both_listener(&at, 64);
	for (i = 0; i < TL_ARRAY_SIZE(c); i++)
		c[i] = dial_host(&at);
	for (i = 0; i < TL_ARRAY_SIZE(c); i++)
		close(accept_host(l));
	for (i = 0; i < TL_ARRAY_SIZE(c); i++)
		close(c[i]);
	close(l);
	wait_for_sockets(0);
	world_stop();
}

/* The queue of a listener that nobody accepts from. */
TEST(host_listener_offers_once_until_taken)
{
	struct rpc_addr at;
	int c[2];
	int l;
	size_t i;
	int n;

	world_start();
	l = both_listener(&at, 8);
	c[0] = dial_host(&at);
	CHECK(wait_for(l, POLLIN, WAIT_MS) & POLLIN);
	c[1] = dial_host(&at);
	wait_for_sockets(1); /* a pass of the service has gone by */
	CHECK_EQ(ioctl(l, FIONREAD, &n), 0);
	CHECK_EQ(n, RPC_ACCEPT_LEN);
	for (i = 0; i < 2; i++)
		close(accept_host(l));
	close(c[0]);
	close(c[1]);
	close(l);
	wait_for_sockets(0);
	world_stop();
}
