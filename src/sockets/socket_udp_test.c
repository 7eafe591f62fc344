/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/world_test.h"

#include <netinet/in.h>

static uint8_t big[RPC_DATAGRAM_LEN + RPC_DATAGRAM_MAX + 100];

static void send_datagram(int fd, const struct rpc_datagram *d,
			  const uint8_t *payload, size_t n)
{
	struct writer w = tl_writer(tl_buffer(big, RPC_DATAGRAM_LEN));

	tl_rpc_write_datagram(&w, d);
	if (n)
		memcpy(big + RPC_DATAGRAM_LEN, payload, n);
	CHECK_EQ(send(fd, big, RPC_DATAGRAM_LEN + n, MSG_NOSIGNAL),
		 (ssize_t)(RPC_DATAGRAM_LEN + n));
}

/* The payload's length; it is left in @big behind the header. */
static size_t receive_datagram(int fd, struct rpc_datagram *d)
{
	ssize_t n;
	struct reader r;

	CHECK(wait_for(fd, POLLIN, WAIT_MS) & POLLIN);
	n = recv(fd, big, sizeof(big), 0);
	CHECK(n >= RPC_DATAGRAM_LEN);
	r = tl_reader(tl_bytes(big, RPC_DATAGRAM_LEN));
	tl_rpc_read_datagram(&r, d);
	CHECK(tl_reader_done(&r));
	return (size_t)n - RPC_DATAGRAM_LEN;
}

static int bound(uint32_t tag, struct rpc_addr a)
{
	int fd = z_socket(tag);

	CHECK(fd >= 0);
	CHECK_EQ(z_bind(fd, a, NULL), 0);
	return fd;
}

TEST(udp_carries_every_size)
{
	static const size_t sizes[] = { 0,    1,    2,	   1000,  2700,
					2773, 5000, 20000, 65506, 65507 };
	static uint8_t payload[RPC_DATAGRAM_MAX];
	struct rpc_datagram d, got;
	size_t i, j;
	int a, b;

	world_start();
	a = bound(TAG_UDP, own4(8001));
	b = bound(TAG_UDP, addr4(0, 0, 0, 0, 8002));
	for (i = 0; i < TL_ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < sizes[i]; j++)
			payload[j] = (uint8_t)(j * 7 + i);
		d = (struct rpc_datagram){ .peer = own4(8002) };
		send_datagram(a, &d, payload, sizes[i]);
		CHECK_EQ(receive_datagram(b, &got), sizes[i]);
		CHECK_MEM(big + RPC_DATAGRAM_LEN, payload, sizes[i]);
		CHECK_EQ(got.kind, DATAGRAM_DATA);
		CHECK_EQ(got.peer.port, 8001);
		CHECK_MEM(got.peer.ip, own4(0).ip, 16);
		CHECK_EQ(got.local.port, 8002);
		CHECK_MEM(got.local.ip, own4(0).ip, 16);
		CHECK_EQ(got.ttl, 64);
	}
	close(a);
	close(b);
	wait_for_sockets(0);
	world_stop();
}

TEST(udp_connected_takes_only_its_peer)
{
	struct rpc_datagram d = { .kind = 0 };
	struct rpc_datagram got;
	struct rpc_request q = { .op = RPC_DISCONNECT };
	struct rpc_reply reply;
	int a, b, c;

	world_start();
	a = z_socket(TAG_UDP);
	b = bound(TAG_UDP, own4(8011));
	c = bound(TAG_UDP, own4(8012));
	CHECK_EQ(z_connect(a, own4(8011)), 0);
	q.op = RPC_NAMES;
	CHECK_EQ(call_full(&q, &a, 1, &reply), 0);
	CHECK_EQ(reply.remote.port, 8011);
	send_datagram(a, &d, (const uint8_t *)"hi", 2);
	CHECK_EQ(receive_datagram(b, &got), 2);
	CHECK_EQ(got.peer.port, reply.local.port);
	d.peer = reply.local;
	send_datagram(c, &d, (const uint8_t *)"stranger", 8);
	send_datagram(b, &d, (const uint8_t *)"peer", 4);
	CHECK_EQ(receive_datagram(a, &got), 4);
	CHECK_EQ(got.peer.port, 8011);
	q.op = RPC_DISCONNECT;
	CHECK_EQ(call(&q, a), 0);
	send_datagram(c, &d, (const uint8_t *)"welcome", 7);
	CHECK_EQ(receive_datagram(a, &got), 7);
	CHECK_EQ(got.peer.port, 8012);
	/* Without a peer there must be a destination. */
	d.peer = (struct rpc_addr){ 0 };
	send_datagram(a, &d, (const uint8_t *)"x", 1);
	CHECK_EQ(receive_datagram(a, &got), 0);
	CHECK_EQ(got.kind, DATAGRAM_ERROR);
	CHECK_EQ(got.error, EDESTADDRREQ);
	close(a);
	close(b);
	close(c);
	wait_for_sockets(0);
	world_stop();
}

static void refused(void *ctx)
{
	const struct socket_error e = { .udp = true,
					.local = own4(8021),
					.remote = own4(8022),
					.error = ECONNREFUSED };

	tl_sockets_on_error(((struct world *)ctx)->sockets, &e);
}

/* The stack says that the port is closed, and is heard. */
static void told_of_a_closed_port(uint32_t tag, struct rpc_addr local,
				  struct rpc_addr closed)
{
	struct rpc_datagram d = { 0 };
	struct rpc_datagram got;
	int a;

	world_start();
	a = bound(tag, local);
	CHECK_EQ(z_connect(a, closed), 0);
	d.peer = closed;
	send_datagram(a, &d, (const uint8_t *)"x", 1);
	CHECK_EQ(receive_datagram(a, &got), 0);
	CHECK_EQ(got.kind, DATAGRAM_ERROR);
	CHECK_EQ(got.error, ECONNREFUSED);
	CHECK_EQ(got.peer.port, closed.port);
	close(a);
	wait_for_sockets(0);
	world_stop();
}

static struct rpc_queued_error taken;
static uint8_t taken_room[RPC_OPT_MAX];

/* The oldest error: 0, or EAGAIN. */
static int take_error(int fd)
{
	const struct rpc_request q = { .op = RPC_TAKE_ERROR };
	struct rpc_reply reply;
	struct reader r;
	int status = call_full(&q, &fd, 1, &reply);

	if (status)
		return status;
	memcpy(taken_room, reply.opt.at, reply.opt.n);
	r = tl_reader(tl_bytes(taken_room, reply.opt.n));
	tl_rpc_read_queued_error(&r, &taken);
	CHECK(tl_reader_done(&r));
	return 0;
}

static int set_option(int fd, int level, int name, int value)
{
	const struct rpc_request q = { .op = RPC_SETOPT,
				       .level = level,
				       .name = name,
				       .opt = tl_bytes(&value, sizeof(value)) };

	return call(&q, fd);
}

static int set_receive_errors(int fd, int on)
{
	return set_option(fd, IPPROTO_IP, IP_RECVERR, on);
}

static void too_far(void *ctx)
{
	const struct socket_error e = { .udp = true,
					.local = own4(8051),
					.remote = addr4(10, 7, 0, 9, 99),
					.error = EHOSTUNREACH,
					.passes = true,
					.type = 11,
					.code = 1,
					.info = 5,
					.from = addr4(10, 7, 0, 3, 0),
					.quoted = TL_BYTES_OF(big) };

	tl_sockets_on_error(((struct world *)ctx)->sockets, &e);
}

TEST(udp_errors_wait_for_who_wants_all_of_them)
{
	struct rpc_datagram got;
	int fd;

	world_start();
	fd = bound(TAG_UDP, own4(8051));
	world_do(too_far, &world);
	CHECK_EQ(take_error(fd), EAGAIN);
	CHECK_EQ(set_receive_errors(fd, 1), 0);
	CHECK_EQ(wait_for(fd, POLLIN, 0) & POLLIN, 0);
	world_do(too_far, &world);
	CHECK_EQ(receive_datagram(fd, &got), 0);
	CHECK_EQ(got.kind, DATAGRAM_ERROR);
	CHECK_EQ(got.error, EHOSTUNREACH);
	CHECK_EQ(take_error(fd), 0);
	CHECK_EQ(taken.error, EHOSTUNREACH);
	CHECK_EQ(taken.origin, 2); /* ICMP */
	CHECK_EQ(taken.type, 11);
	CHECK_EQ(taken.code, 1);
	CHECK_EQ(taken.info, 5);
	CHECK_EQ(taken.offender.ip[3], 3);
	CHECK_EQ(taken.dest.port, 99);
	CHECK_EQ(taken.payload.n, RPC_QUEUED_PAYLOAD_MAX);
	CHECK_EQ(take_error(fd), EAGAIN);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

TEST(udp_errors_have_a_limit_and_go_with_the_wish)
{
	int fd;

	world_start();
	fd = bound(TAG_UDP, own4(8051));
	CHECK_EQ(set_receive_errors(fd, 1), 0);
	for (int i = 0; i < 40; i++)
		world_do(too_far, &world);
	for (int i = 0; i < 16; i++)
		CHECK_EQ(take_error(fd), 0);
	CHECK_EQ(take_error(fd), EAGAIN);
	world_do(too_far, &world);
	CHECK_EQ(set_receive_errors(fd, 0), 0);
	CHECK_EQ(set_receive_errors(fd, 1), 0);
	CHECK_EQ(take_error(fd), EAGAIN);
	/* With the socket, too. */
	world_do(too_far, &world);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

TEST(udp_that_must_not_be_cut_is_refused)
{
	static const uint8_t payload[2800];
	const struct rpc_datagram d = { .peer = own4(8062) };
	struct rpc_datagram got;
	int fd, to;

	world_start();
	fd = bound(TAG_UDP, own4(8061));
	to = bound(TAG_UDP, own4(8062));
	CHECK_EQ(set_receive_errors(fd, 1), 0);
	send_datagram(fd, &d, payload, 2800);
	CHECK_EQ(receive_datagram(to, &got), 2800);
	CHECK_EQ(set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO),
		 0);
	CHECK_EQ(set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, 6), EINVAL);
	/* What the MTU of 2800 bytes leaves. */
	send_datagram(fd, &d, payload, 2772);
	CHECK_EQ(receive_datagram(to, &got), 2772);
	send_datagram(fd, &d, payload, 2773);
	CHECK_EQ(receive_datagram(fd, &got), 0);
	CHECK_EQ(got.error, EMSGSIZE);
	CHECK_EQ(take_error(fd), 0);
	CHECK_EQ(taken.error, EMSGSIZE);
	CHECK_EQ(taken.origin, 1); /* local */
	CHECK_EQ(taken.info, 2800);
	CHECK_EQ(taken.dest.port, 0);
	CHECK_MEM(taken.dest.ip, own4(0).ip, 16);
	CHECK_EQ(set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT),
		 0);
	send_datagram(fd, &d, payload, 2773);
	CHECK_EQ(receive_datagram(to, &got), 2773);
	close(to);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

TEST(udp_too_long_for_a_record_is_told_too)
{
	struct rpc_request q = { .op = RPC_TAKE_ERROR,
				 .value = ERROR_TOO_LONG,
				 .addr = own4(8072) };
	int fd;

	world_start();
	fd = bound(TAG_UDP, own4(8071));
	CHECK_EQ(call(&q, fd), 0);
	CHECK_EQ(take_error(fd), EAGAIN);
	CHECK_EQ(set_receive_errors(fd, 1), 0);
	for (int i = 0; i < 20; i++)
		CHECK_EQ(call(&q, fd), 0);
	for (int i = 0; i < 16; i++)
		CHECK_EQ(take_error(fd), 0);
	CHECK_EQ(taken.error, EMSGSIZE);
	CHECK_EQ(taken.info, 2800);
	CHECK_EQ(take_error(fd), EAGAIN);
	/* Nobody knows where to. */
	q.addr.family = 0;
	CHECK_EQ(call(&q, fd), 0);
	CHECK_EQ(take_error(fd), EAGAIN);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

TEST(udp_to_a_closed_port_is_refused)
{
	told_of_a_closed_port(TAG_UDP, own4(8031), own4(8032));
}

TEST(udp_to_a_closed_port_is_refused_over_ip6)
{
	told_of_a_closed_port(TAG_UDP | TAG_DOMAIN6, own6(8031), own6(8032));
}

TEST(udp_errors_of_the_network_are_records)
{
	struct rpc_datagram d = { .peer = addr4(192, 0, 2, 1, 53) };
	struct rpc_datagram got;
	int a;

	world_start();
	a = bound(TAG_UDP, own4(8021));
	send_datagram(a, &d, (const uint8_t *)"x", 1);
	CHECK_EQ(receive_datagram(a, &got), 0);
	CHECK_EQ(got.kind, DATAGRAM_ERROR);
	CHECK_EQ(got.error, ENETUNREACH);
	CHECK_MEM(got.peer.ip, d.peer.ip, 16);
	/* Unconnected sockets hear nothing of refusals, as on Linux. */
	world_do(refused, &world);
	CHECK_EQ(wait_for(a, POLLIN, 0), 0);
	CHECK_EQ(z_connect(a, own4(8022)), 0);
	world_do(refused, &world);
	CHECK_EQ(receive_datagram(a, &got), 0);
	CHECK_EQ(got.error, ECONNREFUSED);
	close(a);
	wait_for_sockets(0);
	world_stop();
}

static void get_counts(void *ctx)
{
	*(struct sockets_counts *)ctx = *tl_sockets_counts(world.sockets);
}

TEST(udp_full_buffer_drops_the_newest_and_counts)
{
	struct rpc_datagram d = { .peer = own4(8032) };
	struct rpc_datagram got;
	struct sockets_counts counts = { 0 };
	uint32_t i;
	size_t n = 0;
	int a, b;

	world_start();
	a = bound(TAG_UDP, own4(8031));
	b = bound(TAG_UDP, own4(8032));
	for (i = 0; i < 1000; i++)
		send_datagram(a, &d, (const uint8_t *)&i, sizeof(i));
	while (counts.datagrams_in + counts.receive_dropped < 1000)
		world_do(get_counts, &counts);
	CHECK(counts.receive_dropped > 0);
	while (wait_for(b, POLLIN, 0)) {
		CHECK_EQ(receive_datagram(b, &got), sizeof(i));
		memcpy(&i, big + RPC_DATAGRAM_LEN, sizeof(i));
		CHECK_EQ(i, n);
		n++;
	}
	CHECK_EQ(n, counts.datagrams_in);
	close(a);
	close(b);
	wait_for_sockets(0);
	world_stop();
}

/* How many of 500 wait. */
static size_t waiting_of_500(int from, int to, struct rpc_addr at)
{
	struct rpc_datagram d = { .peer = at };
	struct sockets_counts counts = { 0 };
	uint64_t before;
	size_t n = 0;
	int i;

	world_do(get_counts, &counts);
	before = counts.datagrams_in + counts.receive_dropped;
	for (i = 0; i < 500; i++)
		send_datagram(from, &d, (const uint8_t *)"x", 1);
	while (counts.datagrams_in + counts.receive_dropped < before + 500)
		world_do(get_counts, &counts);
	for (; wait_for(to, POLLIN, 0); n++)
		CHECK_EQ(receive_datagram(to, &d), 1);
	return n;
}

TEST(udp_receive_buffer_has_the_size_that_is_asked_for)
{
	static uint8_t payload[RPC_DATAGRAM_MAX];
	struct rpc_datagram d = { .peer = own4(8034) };
	int a, b;

	world_start();
	a = bound(TAG_UDP, own4(8033));
	b = bound(TAG_UDP, own4(8034));
	CHECK(waiting_of_500(a, b, own4(8034)) < 500);
	CHECK_EQ(set_option(b, SOL_SOCKET, SO_RCVBUF, 212992), 0);
	CHECK_EQ(waiting_of_500(a, b, own4(8034)), 500);
	/* One is always taken, the longest, too. */
	CHECK_EQ(set_option(b, SOL_SOCKET, SO_RCVBUF, 1), 0);
	CHECK(waiting_of_500(a, b, own4(8034)) < 250);
	send_datagram(a, &d, payload, sizeof(payload));
	CHECK_EQ(receive_datagram(b, &d), sizeof(payload));
	close(a);
	close(b);
	wait_for_sockets(0);
	world_stop();
}

TEST(udp_malformed_records_are_counted)
{
	struct rpc_datagram d = { .peer = own4(8041) };
	struct rpc_datagram got;
	struct sockets_counts counts;
	int a;

	world_start();
	a = bound(TAG_UDP, own4(8041));
	CHECK_EQ(send(a, "short", 5, 0), 5);
	memset(big, 0xff, RPC_DATAGRAM_LEN);
	CHECK_EQ(send(a, big, RPC_DATAGRAM_LEN, 0), RPC_DATAGRAM_LEN);
	send_datagram(a, &d, (const uint8_t *)"ok", 2);
	CHECK_EQ(receive_datagram(a, &got), 2);
	world_do(get_counts, &counts);
	CHECK_EQ(counts.malformed, 2);
	close(a);
	wait_for_sockets(0);
	world_stop();
}

TEST(udp_broadcast_needs_permission)
{
	int on = 1;
	int a;

	world_start();
	a = bound(TAG_UDP, own4(8051));
	CHECK_EQ(z_connect(a, addr4(255, 255, 255, 255, 9)), EACCES);
	CHECK_EQ(setsockopt(a, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)), 0);
	CHECK_EQ(z_connect(a, addr4(255, 255, 255, 255, 9)), 0);
	close(a);
	wait_for_sockets(0);
	world_stop();
}

TEST(udp_works_over_ipv6_and_mapped)
{
	struct rpc_datagram d = { .peer = own6(8062), .ttl = 9 };
	struct rpc_datagram got;
	int a, b;

	world_start();
	a = bound(TAG_UDP | TAG_DOMAIN6, (struct rpc_addr){ .family = 6 });
	b = bound(TAG_UDP | TAG_DOMAIN6,
		  (struct rpc_addr){ .family = 6, .port = 8062 });
	send_datagram(a, &d, (const uint8_t *)"six", 3);
	CHECK_EQ(receive_datagram(b, &got), 3);
	CHECK_EQ(got.peer.family, 6);
	CHECK_EQ(got.ttl, 9);
	d.peer = own4(8062);
	send_datagram(a, &d, (const uint8_t *)"four", 4);
	CHECK_EQ(receive_datagram(b, &got), 4);
	CHECK_EQ(got.peer.family, 4);
	close(a);
	close(b);
	wait_for_sockets(0);
	world_stop();
}

TEST(udp_end_is_seen)
{
	char c;
	int a;

	world_start();
	a = bound(TAG_UDP, own4(8071));
	world_stop();
	CHECK_EQ(recv(a, &c, 1, 0), 0);
	close(a);
}
