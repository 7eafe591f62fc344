/* SPDX-License-Identifier: Apache-2.0 */
/* All at loopback: who asks, and the networks' servers. */
#include "service/dnsd.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/writer.h"
#include "harness.h"
#include "service/dnsd_impl.h"

#define WAIT_MS 5000

static struct poll_set *set;
static struct dnsd *d;
static struct sockaddr_in at; /* of the server that is tested */
static uint16_t tcp_port;
static size_t n_servers;
static size_t n_opened;
static int no_sockets;
static int asker_room; /* for what it is told; 0: as the kernel has it */

static uint32_t on_lookup(TL_UNUSED void *ctx, struct name_lookup *l)
{
	static const struct rpc_addr member = { .family = 4,
						.ip = { 10, 7, 0, 9 } };

	l->kind = LOOKUP_ADDRESSES;
	l->list[0] = member;
	l->n = 1;
	if (strcmp(l->name, "member.zt") == 0)
		return 0;
	if (l->address.family == 4 && l->address.ip[0] == 10) {
		l->kind = LOOKUP_NAME;
		memcpy(l->name, "member.zt", sizeof("member.zt"));
		return 0;
	}
	l->n = 0;
	return strstr(l->name, ".zt") ? ENOENT : RPC_USE_HOST;
}

/*
 * A server's address in 127.53.0.0/16, where nobody else is: port 53 is the
 * same for all tests, and several run at once.
 */
static uint32_t server_ip(uint32_t which)
{
	return 0x7f350000 | ((uint32_t)getpid() << 1 & 0xfffe) | which;
}

static size_t on_servers(TL_UNUSED void *ctx, struct rpc_addr *out, size_t max)
{
	CHECK(max >= n_servers);
	for (size_t i = 0; i < n_servers; i++) {
		out[i] = (struct rpc_addr){ .family = 4 };
		tl_store_be32(out[i].ip, server_ip(0));
	}
	return n_servers;
}

static int on_socket(TL_UNUSED void *ctx, uint8_t family, bool is_stream)
{
	n_opened++;
	CHECK_EQ(family, 4);
	if (no_sockets)
		return -EMFILE;
	return socket(AF_INET,
		      (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC |
			      SOCK_NONBLOCK,
		      0);
}

static int bound(int type, uint32_t ip, uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(ip) } };
	int one = 1;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	CHECK(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		SKIP("port 53 is not for everybody");
	if (type == SOCK_STREAM)
		CHECK_EQ(listen(fd, 256), 0);
	return fd;
}

static void start(void)
{
	const struct dnsd_config c = { .lookup = on_lookup,
				       .servers = on_servers,
				       .socket = on_socket };
	struct dnsd_config with = c;
	socklen_t len = sizeof(at);
	int udp = bound(SOCK_DGRAM, INADDR_LOOPBACK, 0);
	int tcp = bound(SOCK_STREAM, INADDR_LOOPBACK, 0);

	CHECK_EQ(getsockname(tcp, (struct sockaddr *)&at, &len), 0);
	tcp_port = at.sin_port;
	CHECK_EQ(getsockname(udp, (struct sockaddr *)&at, &len), 0);
	CHECK_EQ(tl_poll_new(&set), 0);
	with.poll = set;
	CHECK_EQ(tl_dnsd_new(&d, &with, udp, tcp), 0);
}

static void stop(void)
{
	tl_dnsd_free(d);
	tl_poll_free(set);
}

static int asker(int type)
{
	struct sockaddr_in to = at;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (type == SOCK_STREAM)
		to.sin_port = tcp_port;
	CHECK(fd >= 0);
	if (asker_room)
		CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &asker_room,
				    sizeof(asker_room)),
			 0);
	CHECK_EQ(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static size_t question(uint8_t *out, uint16_t id, const char *name,
		       uint16_t type)
{
	struct writer w = tl_writer(tl_buffer(out, 512));
	size_t n;

	tl_write_be16(&w, id);
	tl_write_be16(&w, 0x0100);
	tl_write_be16(&w, 1);
	tl_write_zeroes(&w, 6);
	for (; *name; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		tl_write_u8(&w, (uint8_t)n);
		tl_write_bytes(&w, tl_bytes(name, n));
	}
	tl_write_u8(&w, 0);
	tl_write_be16(&w, type);
	tl_write_be16(&w, 1);
	return w.n;
}

static void ask(int fd, uint16_t id, const char *name, uint16_t type)
{
	uint8_t m[512];
	size_t n = question(m, id, name, type);

	CHECK_EQ(send(fd, m, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* Have the server do its work until @fd is readable. */
static void await(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int tries;

	for (tries = 0; poll(&p, 1, 0) == 0; tries++) {
		CHECK(tries < WAIT_MS / 10);
		CHECK(tl_poll_run(set, 10) >= 0);
	}
}

/* The answer's code; its last four bytes go to @ip. */
static enum dns_code answer(int fd, uint16_t id, uint8_t ip[4])
{
	uint8_t m[4096];
	ssize_t n;

	await(fd);
	n = recv(fd, m, sizeof(m), 0);
	CHECK(n >= 16);
	CHECK_EQ(tl_load_be16(m), id);
	memcpy(ip, m + n - 4, 4);
	return tl_dns_reply_code(tl_bytes(m, (size_t)n));
}

TEST(dnsd_answers_what_the_networks_know)
{
	static const uint8_t member[4] = { 10, 7, 0, 9 };
	uint8_t ip[4];
	int fd;

	start();
	fd = asker(SOCK_DGRAM);
	ask(fd, 7, "Member.ZT", DNS_RECORD_A);
	CHECK_EQ(answer(fd, 7, ip), DNS_CODE_OK);
	CHECK_MEM(ip, member, 4);
	ask(fd, 8, "9.0.7.10.in-addr.arpa", DNS_RECORD_PTR);
	CHECK_EQ(answer(fd, 8, ip), DNS_CODE_OK);
	CHECK_MEM(ip, "\2zt", 4);
	ask(fd, 9, "nobody.zt", DNS_RECORD_A);
	CHECK_EQ(answer(fd, 9, ip), DNS_CODE_NO_NAME);
	ask(fd, 10, "www.example.org", DNS_RECORD_A);
	CHECK_EQ(answer(fd, 10, ip), DNS_CODE_REFUSED);
	CHECK_EQ(n_opened, 0);
	close(fd);
	stop();
}

TEST(dnsd_is_deaf_to_rubbish)
{
	static const uint8_t rubbish[2000] = { 1, 2, 3 };
	uint8_t ip[4];
	int fd;

	start();
	fd = asker(SOCK_DGRAM);
	for (size_t n = 0; n <= sizeof(rubbish); n += 40)
		CHECK_EQ(send(fd, rubbish, n, 0), (ssize_t)n);
	ask(fd, 7, "member.zt", DNS_RECORD_A);
	CHECK_EQ(answer(fd, 7, ip), DNS_CODE_OK);
	close(fd);
	stop();
}

TEST(dnsd_says_so_when_nobody_can_be_asked)
{
	uint8_t ip[4];
	int fd;

	start();
	n_servers = 1;
	no_sockets = 1;
	fd = asker(SOCK_DGRAM);
	ask(fd, 7, "www.example.org", DNS_RECORD_A);
	CHECK_EQ(answer(fd, 7, ip), DNS_CODE_FAILED);
	CHECK_EQ(n_opened, 3);
	CHECK_EQ(d->asks.n, 0);
	close(fd);
	stop();
}

/* A server, and a first question to it. */
static int serve(int *fdp)
{
	int server = bound(SOCK_DGRAM, server_ip(0), 53);

	start();
	n_servers = 1;
	*fdp = asker(SOCK_DGRAM);
	ask(*fdp, 7, "www.example.org", DNS_RECORD_A);
	await(server);
	return server;
}

/* Takes a question, and makes of it an answer with @flags and an address. */
static size_t take(int server, uint8_t m[600], struct sockaddr_in *from,
		   uint16_t flags)
{
	struct writer w = tl_writer(tl_buffer(m, 600));
	socklen_t len = sizeof(*from);
	ssize_t n = recvfrom(server, m, 600, 0, (struct sockaddr *)from, &len);

	CHECK(n > 16);
	w.n = (size_t)n;
	tl_write_be16(&w, 0xc00c);
	tl_write_be16(&w, DNS_RECORD_A);
	tl_write_be16(&w, 1);
	tl_write_be32(&w, 60);
	tl_write_be16(&w, 4);
	tl_write_be32(&w, 0xc0000209);
	tl_store_be16(m + 2, flags);
	tl_store_be16(m + 6, 1);
	return w.n;
}

static void give(int server, const struct sockaddr_in *to, const uint8_t *m,
		 size_t n)
{
	CHECK_EQ(sendto(server, m, n, 0, (const struct sockaddr *)to,
			sizeof(*to)),
		 (ssize_t)n);
}

TEST(dnsd_passes_on_the_answer_and_nothing_else)
{
	struct sockaddr_in from;
	uint8_t m[600];
	uint8_t ip[4];
	int fd, server, other;
	size_t n;

	server = serve(&fd);
	/* The program's impatience is no second question. */
	ask(fd, 7, "www.example.org", DNS_RECORD_A);
	n = take(server, m, &from, 0x8180);
	/* Another number, and another sender. */
	m[0] ^= 0xff;
	give(server, &from, m, n);
	m[0] ^= 0xff;
	other = bound(SOCK_DGRAM, server_ip(1), 53);
	m[n - 1] = 66;
	give(other, &from, m, n);
	m[n - 1] = 9;
	give(server, &from, m, n);
	CHECK_EQ(answer(fd, 7, ip), DNS_CODE_OK);
	CHECK_EQ(ip[3], 9);
	CHECK_EQ(n_opened, 1);
	CHECK_EQ(recv(server, m, sizeof(m), 0), -1);
	close(other);
	close(server);
	close(fd);
	stop();
}

TEST(dnsd_asks_again_by_tcp_for_what_was_cut)
{
	int listener = bound(SOCK_STREAM, server_ip(0), 53);
	struct sockaddr_in from;
	uint8_t m[602];
	uint8_t ip[4];
	int fd, server, stream;
	size_t n, i;

	server = serve(&fd);
	n = take(server, m, &from, 0x8380);
	give(server, &from, m, n);
	await(listener);
	stream = accept(listener, NULL, NULL);
	CHECK(stream >= 0);
	await(stream);
	CHECK_EQ(recv(stream, m, 2, 0), 2);
	n = take(stream, m + 2, &from, 0x8180);
	tl_store_be16(m, (uint16_t)n);
	for (i = 0; i < 2 + n; i++) {
		CHECK_EQ(send(stream, m + i, 1, MSG_NOSIGNAL), 1);
		CHECK(tl_poll_run(set, 0) >= 0);
	}
	CHECK_EQ(answer(fd, 7, ip), DNS_CODE_OK);
	CHECK_EQ(ip[3], 9);
	CHECK_EQ(d->asks.n, 0);
	close(stream);
	close(server);
	close(listener);
	close(fd);
	stop();
}

TEST(dnsd_gives_up_when_nobody_is_there)
{
	uint8_t ip[4];
	int fd;

	start();
	n_servers = 1;
	fd = asker(SOCK_DGRAM);
	ask(fd, 7, "www.example.org", DNS_RECORD_A);
	/* The kernel says that nobody is there, each time. */
	CHECK_EQ(answer(fd, 7, ip), DNS_CODE_FAILED);
	CHECK_EQ(n_opened, 3);
	close(fd);
	stop();
}

TEST(dnsd_has_a_limit_of_questions)
{
	struct sockaddr_in from;
	uint8_t m[600];
	uint8_t ip[4];
	int fd, server;

	server = serve(&fd);
	for (uint16_t i = 1; i < DNSD_ASKS_MAX; i++) {
		ask(fd, (uint16_t)(100 + i), "www.example.org", DNS_RECORD_A);
		CHECK(tl_poll_run(set, WAIT_MS) >= 0);
	}
	CHECK_EQ(d->asks.n, DNSD_ASKS_MAX);
	ask(fd, 99, "www.example.org", DNS_RECORD_A);
	CHECK_EQ(answer(fd, 99, ip), DNS_CODE_FAILED);
	/* One that is answered makes room. */
	give(server, &from, m, take(server, m, &from, 0x8180));
	CHECK_EQ(answer(fd, 7, ip), DNS_CODE_OK);
	CHECK_EQ(d->asks.n, DNSD_ASKS_MAX - 1);
	close(server);
	close(fd);
	stop();
}

static void ask_stream(int fd, uint16_t id, const char *name)
{
	uint8_t m[512];
	size_t n = question(m + 2, id, name, DNS_RECORD_A);

	tl_store_be16(m, (uint16_t)n);
	CHECK_EQ(send(fd, m, 2 + n, MSG_NOSIGNAL), (ssize_t)(2 + n));
}

TEST(dnsd_streams_forget_their_questions)
{
	int fd, stream, server;

	server = serve(&fd);
	stream = asker(SOCK_STREAM);
	for (uint16_t i = 0; i < 10; i++)
		ask_stream(stream, i, "www.example.org");
	while (d->asks.n < 11)
		CHECK(tl_poll_run(set, WAIT_MS) > 0);
	close(stream);
	while (d->n_streams)
		CHECK(tl_poll_run(set, WAIT_MS) > 0);
	CHECK_EQ(d->asks.n, 1);
	close(server);
	close(fd);
	stop();
}

TEST(dnsd_lets_the_stream_go_that_is_silent_longest)
{
	int fd[DNSD_STREAMS_MAX + 1];
	uint8_t m[512];
	int i;

	start();
	for (i = 0; i <= DNSD_STREAMS_MAX; i++) {
		fd[i] = asker(SOCK_STREAM);
		ask_stream(fd[i == DNSD_STREAMS_MAX ? i : 0], 7, "member.zt");
		await(fd[i == DNSD_STREAMS_MAX ? i : 0]);
		CHECK(recv(fd[i == DNSD_STREAMS_MAX ? i : 0], m, sizeof(m), 0) >
		      0);
	}
	CHECK_EQ(d->n_streams, DNSD_STREAMS_MAX);
	await(fd[1]);
	CHECK_EQ(recv(fd[1], m, sizeof(m), 0), 0);
	ask_stream(fd[0], 8, "member.zt");
	await(fd[0]);
	CHECK(recv(fd[0], m, sizeof(m), 0) > 0);
	for (i = 0; i <= DNSD_STREAMS_MAX; i++)
		close(fd[i]);
	stop();
}

/* All of it, or -1 when nobody takes it any more. */
static int push(int fd, const uint8_t *m, size_t n)
{
	ssize_t put;

	while (n > 0 && d->n_streams) {
		put = send(fd, m, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put < 0 && errno != EAGAIN)
			return -1;
		m += put > 0 ? put : 0;
		n -= put > 0 ? (size_t)put : 0;
		CHECK(tl_poll_run(set, 0) >= 0);
	}
	return n > 0 ? -1 : 0;
}

TEST(dnsd_closes_streams_of_who_takes_no_answers)
{
	uint8_t m[512];
	size_t n = question(m + 2, 7, "member.zt", DNS_RECORD_A);
	size_t sent = 0;
	int fd;

	start();
	asker_room = 4096;
	fd = asker(SOCK_STREAM);
	tl_store_be16(m, (uint16_t)n);
	CHECK_EQ(send(fd, m, 2 + n, 0), (ssize_t)(2 + n));
	await(fd);
	CHECK_EQ(d->n_streams, 1);
	while (push(fd, m, 2 + n) == 0)
		sent++;
	CHECK(sent > 1000);
	while (d->n_streams)
		CHECK(tl_poll_run(set, WAIT_MS) > 0);
	close(fd);
	stop();
}
