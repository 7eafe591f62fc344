/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/resolver.h"

#include <netinet/in.h>
#include <string.h>

#include "sockets/world_test.h"

#define OWN addr4(169, 254, 53, 53, 53)

static uint8_t room[65536];

/* member.zt is 10.7.0.9; *.net.test is known to 10.7.0.1, a program here. */
static uint32_t on_lookup(TL_UNUSED void *ctx, struct name_lookup *l)
{
	l->kind = LOOKUP_ADDRESSES;
	l->n = 1;
	l->list[0] = addr4(10, 7, 0, 9, 0);
	if (strcmp(l->name, "member.zt") == 0)
		return 0;
	l->kind = LOOKUP_SERVERS;
	l->list[0] = own4(0);
	if (strlen(l->name) > 9 &&
	    strcmp(l->name + strlen(l->name) - 9, ".net.test") == 0)
		return 0;
	l->n = 0;
	return strstr(l->name, ".zt") ? ENOENT : RPC_USE_HOST;
}

static char path[] = "/tmp/resolver-test.XXXXXX";

/* With a file that names @server as the host's. */
static void start(const char *server)
{
	struct sockets_config c = { .lookup = on_lookup };
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	CHECK(dprintf(fd, "nameserver %s\n", server) > 0);
	close(fd);
	c.resolv_conf = path;
	world_start_with(&c);
}

static void stop(void)
{
	CHECK_EQ(unlink(path), 0);
	wait_for_sockets(0);
	world_stop();
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

static void send_to(int fd, struct rpc_addr to, const void *at, size_t n)
{
	const struct rpc_datagram d = { .peer = to };
	struct writer w = tl_writer(tl_buffer(room, RPC_DATAGRAM_LEN));

	tl_rpc_write_datagram(&w, &d);
	memcpy(room + RPC_DATAGRAM_LEN, at, n);
	CHECK_EQ(send(fd, room, RPC_DATAGRAM_LEN + n, MSG_NOSIGNAL),
		 (ssize_t)(RPC_DATAGRAM_LEN + n));
}

static void ask(int fd, struct rpc_addr to, uint16_t id, const char *name)
{
	uint8_t m[512];

	send_to(fd, to, m, question(m, id, name, DNS_RECORD_A));
}

/* What came, behind the header in @room: its length. */
static size_t receive(int fd, struct rpc_datagram *d)
{
	struct reader r;
	ssize_t n;

	CHECK(wait_for(fd, POLLIN, WAIT_MS) & POLLIN);
	n = recv(fd, room, sizeof(room), 0);
	CHECK(n >= RPC_DATAGRAM_LEN);
	r = tl_reader(tl_bytes(room, RPC_DATAGRAM_LEN));
	tl_rpc_read_datagram(&r, d);
	CHECK(tl_reader_done(&r));
	return (size_t)n - RPC_DATAGRAM_LEN;
}

/* The answer to question @id, which came from @from: its code; the last four
 * bytes go to @ip. */
static enum dns_code answer(int fd, struct rpc_addr from, uint16_t id,
			    uint8_t ip[4])
{
	struct rpc_datagram d;
	size_t n = receive(fd, &d);
	struct bytes m = tl_bytes(room + RPC_DATAGRAM_LEN, n);

	CHECK_EQ(d.kind, DATAGRAM_DATA);
	CHECK_EQ(d.peer.port, from.port);
	CHECK_MEM(d.peer.ip, from.ip, 16);
	CHECK(n >= 16);
	CHECK_EQ(tl_load_be16(m.at), id);
	memcpy(ip, m.at + n - 4, 4);
	return tl_dns_reply_code(m);
}

static void check_member(int fd, struct rpc_addr server)
{
	uint8_t ip[4];

	ask(fd, server, 7, "member.zt");
	CHECK_EQ(answer(fd, server, 7, ip), DNS_CODE_OK);
	CHECK_MEM(ip, addr4(10, 7, 0, 9, 0).ip, 4);
}

TEST(resolver_answers_at_its_own_address_and_at_the_hosts)
{
	struct rpc_addr host = addr4(192, 0, 2, 53, 53);
	uint8_t ip[4];
	int fd;

	start("192.0.2.53");
	fd = z_socket(TAG_UDP);
	check_member(fd, OWN);
	check_member(fd, host);
	ask(fd, OWN, 8, "nobody.zt");
	CHECK_EQ(answer(fd, OWN, 8, ip), DNS_CODE_NO_NAME);
	/* Without a companion there is no way to the host. */
	ask(fd, OWN, 9, "www.host.test");
	CHECK_EQ(answer(fd, OWN, 9, ip), DNS_CODE_REFUSED);
	ask(fd, host, 10, "www.host.test");
	CHECK_EQ(answer(fd, host, 10, ip), DNS_CODE_REFUSED);
	close(fd);
	stop();
}

TEST(resolver_leaves_others_alone)
{
	struct rpc_datagram d;
	int fd, off;

	start("192.0.2.53");
	fd = z_socket(TAG_UDP);
	/* Another address, another port. */
	ask(fd, addr4(192, 0, 2, 54, 53), 7, "member.zt");
	CHECK_EQ(receive(fd, &d), 0);
	CHECK_EQ(d.error, ENETUNREACH);
	ask(fd, addr4(192, 0, 2, 53, 54), 7, "member.zt");
	CHECK_EQ(receive(fd, &d), 0);
	CHECK_EQ(d.error, ENETUNREACH);
	off = z_socket_with(TAG_UDP, -1, RPC_FLAG_NO_RESOLVER);
	ask(off, OWN, 7, "member.zt");
	CHECK_EQ(receive(off, &d), 0);
	CHECK_EQ(d.error, ENETUNREACH);
	close(off);
	close(fd);
	stop();
}

TEST(resolver_is_deaf_to_rubbish)
{
	static const uint8_t rubbish[40] = { 1, 2, 3 };
	int fd;

	start("192.0.2.53");
	fd = z_socket(TAG_UDP);
	for (size_t n = 0; n <= sizeof(rubbish); n++)
		send_to(fd, OWN, rubbish, n);
	check_member(fd, OWN);
	close(fd);
	stop();
}

/* A program on the virtual network that is a name server. */
static int server_at(uint16_t port)
{
	int fd = z_socket(TAG_UDP);

	CHECK(fd >= 0);
	CHECK_EQ(z_bind(fd, own4(port), NULL), 0);
	return fd;
}

/* Takes a question; answers it with @ip and as @flags say. */
static struct rpc_addr serve(int fd, uint16_t flags, const uint8_t ip[4])
{
	uint8_t m[600];
	struct writer w = tl_writer(TL_BUFFER_OF(m));
	struct rpc_datagram d;
	size_t n = receive(fd, &d);

	tl_write_bytes(&w, tl_bytes(room + RPC_DATAGRAM_LEN, n));
	tl_write_be16(&w, 0xc00c);
	tl_write_be16(&w, DNS_RECORD_A);
	tl_write_be16(&w, 1);
	tl_write_be32(&w, 60);
	tl_write_be16(&w, 4);
	tl_write_bytes(&w, tl_bytes(ip, 4));
	tl_store_be16(m + 2, flags);
	tl_store_be16(m + 6, 1);
	send_to(fd, d.peer, m, w.n);
	return d.peer;
}

TEST(resolver_asks_the_networks_server)
{
	static const uint8_t told[4] = { 10, 7, 0, 77 };
	uint8_t ip[4];
	int fd, server;

	start("192.0.2.53");
	server = server_at(53);
	fd = z_socket(TAG_UDP);
	ask(fd, OWN, 77, "www.net.test");
	/* The application's impatience is no second question. */
	ask(fd, OWN, 77, "www.net.test");
	CHECK(serve(server, 0x8180, told).port != 53);
	CHECK_EQ(answer(fd, OWN, 77, ip), DNS_CODE_OK);
	CHECK_MEM(ip, told, 4);
	CHECK_EQ(wait_for(server, POLLIN, 0) & POLLIN, 0);
	close(server);
	close(fd);
	stop();
}

TEST(resolver_takes_nothing_but_the_answer)
{
	uint8_t m[512];
	struct rpc_addr at;
	struct rpc_datagram d;
	uint8_t ip[4];
	int fd, server, other;
	size_t n;

	start("192.0.2.53");
	server = server_at(53);
	other = server_at(54);
	fd = z_socket(TAG_UDP);
	ask(fd, OWN, 5, "www.net.test");
	n = receive(server, &d);
	at = d.peer;
	memcpy(m, room + RPC_DATAGRAM_LEN, n);
	tl_store_be16(m + 2, 0x8183);
	/* Of somebody else, with another ID, to another question. */
	send_to(other, at, m, n);
	m[0] ^= 1;
	send_to(server, at, m, n);
	m[0] ^= 1;
	m[13] ^= 1;
	send_to(server, at, m, n);
	m[13] ^= 1;
	tl_store_be16(m + 2, 0x8180);
	send_to(server, at, m, n);
	CHECK_EQ(answer(fd, OWN, 5, ip), DNS_CODE_OK);
	close(other);
	close(server);
	close(fd);
	stop();
}

TEST(resolver_asks_again_by_tcp_for_what_was_cut)
{
	static const uint8_t told[4] = { 10, 7, 0, 78 };
	uint8_t ip[4];
	uint8_t m[600];
	int fd, server, listener, stream;
	size_t n;

	start("192.0.2.53");
	server = server_at(53);
	listener = z_listener(own4(53), 4);
	fd = z_socket(TAG_UDP);
	ask(fd, OWN, 6, "www.net.test");
	serve(server, 0x8380, told);
	stream = z_accept(listener, NULL);
	CHECK(stream >= 0);
	read_all(stream, m, 2);
	n = tl_load_be16(m);
	CHECK(n < 512);
	read_all(stream, m + 2, n);
	tl_store_be16(m + 4, 0x8180);
	/* In pieces, as a network may bring it. */
	write_all(stream, m, 1);
	write_all(stream, m + 1, 20);
	write_all(stream, m + 21, 2 + n - 21);
	CHECK_EQ(answer(fd, OWN, 6, ip), DNS_CODE_OK);
	close(stream);
	close(listener);
	close(server);
	close(fd);
	stop();
}

TEST(resolver_gives_up_when_nobody_is_there)
{
	uint8_t ip[4];
	int fd;

	start("192.0.2.53");
	fd = z_socket(TAG_UDP);
	ask(fd, OWN, 9, "www.net.test");
	CHECK_EQ(answer(fd, OWN, 9, ip), DNS_CODE_FAILED);
	close(fd);
	stop();
}

TEST(resolver_asks_a_silent_server_again)
{
	static const uint8_t told[4] = { 10, 7, 0, 79 };
	struct rpc_datagram first;
	struct rpc_addr second;
	uint8_t ip[4];
	int fd, server;

	start("192.0.2.53");
	server = server_at(53);
	fd = z_socket(TAG_UDP);
	ask(fd, OWN, 9, "www.net.test");
	receive(server, &first);
	second = serve(server, 0x8180, told);
	CHECK(first.peer.port != second.port);
	CHECK_EQ(answer(fd, OWN, 9, ip), DNS_CODE_OK);
	CHECK_MEM(ip, told, 4);
	close(server);
	close(fd);
	stop();
}

TEST(resolver_forgets_questions_of_those_who_have_gone)
{
	struct rpc_datagram d;
	int fd, server;

	start("192.0.2.53");
	server = server_at(53);
	fd = z_socket(TAG_UDP);
	ask(fd, OWN, 9, "www.net.test");
	receive(server, &d);
	close(fd);
	wait_for_sockets(1);
	ask(server, d.peer, 9, "www.net.test"); /* to a closed port */
	close(server);
	stop();
}

TEST(resolver_has_a_limit_for_each_socket)
{
	struct rpc_datagram d;
	size_t failed = 0;
	int fd, server;

	start("192.0.2.53");
	server = server_at(53);
	fd = z_socket(TAG_UDP);
	for (uint16_t i = 0; i <= RESOLVER_SOCKET_ASKS_MAX; i++)
		ask(fd, OWN, i, "www.net.test");
	for (int i = 0; i < RESOLVER_SOCKET_ASKS_MAX; i++)
		receive(server, &d);
	receive(fd, &d);
	failed += tl_dns_reply_code(tl_bytes(room + RPC_DATAGRAM_LEN, 12)) ==
		  DNS_CODE_FAILED;
	CHECK_EQ(failed, 1);
	close(server);
	close(fd);
	stop();
}

TEST(resolver_connects_to_a_server_of_the_host)
{
	struct rpc_addr host = addr4(192, 0, 2, 53, 53);
	int fd;

	start("192.0.2.53");
	fd = z_socket(TAG_UDP);
	CHECK_EQ(z_connect(fd, host), 0);
	check_member(fd, host);
	CHECK_EQ(z_connect(fd, OWN), 0);
	check_member(fd, OWN);
	/* And away from both. */
	CHECK_EQ(z_connect(fd, own4(9)), 0);
	CHECK_EQ(z_connect(fd, addr4(192, 0, 2, 54, 53)), RPC_USE_HOST);
	close(fd);
	stop();
}

static size_t ask_stream(int fd, const char *name, uint8_t *m)
{
	size_t n = question(m + 2, 21, name, DNS_RECORD_A);

	tl_store_be16(m, (uint16_t)n);
	write_all(fd, m, 1);
	write_all(fd, m + 1, 1 + n);
	read_all(fd, m, 2);
	n = tl_load_be16(m);
	CHECK(n > 16 && n < 512);
	read_all(fd, m + 2, n);
	CHECK_EQ(tl_load_be16(m + 2), 21);
	return n;
}

TEST(resolver_answers_over_tcp)
{
	static const uint8_t told[4] = { 10, 7, 0, 80 };
	uint8_t m[600];
	size_t n;
	int fd, server;

	start("192.0.2.53");
	server = server_at(53);
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, OWN), 0);
	n = ask_stream(fd, "member.zt", m);
	CHECK_MEM(m + 2 + n - 4, addr4(10, 7, 0, 9, 0).ip, 4);
	ask_stream(fd, "nobody.zt", m);
	CHECK_EQ(tl_dns_reply_code(tl_bytes(m + 2, 12)), DNS_CODE_NO_NAME);
	ask_stream(fd, "www.host.test", m);
	CHECK_EQ(tl_dns_reply_code(tl_bytes(m + 2, 12)), DNS_CODE_REFUSED);
	/* Of a network's server, who answers later. */
	n = question(m + 2, 22, "www.net.test", DNS_RECORD_A);
	tl_store_be16(m, (uint16_t)n);
	write_all(fd, m, 2 + n);
	serve(server, 0x8180, told);
	read_all(fd, m, 2);
	n = tl_load_be16(m);
	read_all(fd, m + 2, n);
	CHECK_EQ(tl_load_be16(m + 2), 22);
	CHECK_MEM(m + 2 + n - 4, told, 4);
	close(server);
	close(fd);
	stop();
}

TEST(resolver_forgets_streams_of_those_who_have_gone)
{
	struct rpc_datagram d;
	uint8_t m[600];
	size_t n;
	int fd, server;

	start("192.0.2.53");
	server = server_at(53);
	for (int i = 0; i < 20; i++) {
		fd = z_socket(TAG4);
		CHECK_EQ(z_connect(fd, OWN), 0);
		n = question(m + 2, 22, "www.net.test", DNS_RECORD_A);
		tl_store_be16(m, (uint16_t)n);
		write_all(fd, m, 2 + n);
		receive(server, &d);
		close(fd);
	}
	/* One that is still there, in the middle of a message. */
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, OWN), 0);
	write_all(fd, m, 7);
	close(server);
	wait_for_sockets(1);
	world_stop();
	close(fd);
	CHECK_EQ(unlink(path), 0);
}

TEST(resolver_ends_streams_of_too_long_messages)
{
	static const uint8_t m[2] = { 0xff, 0xff };
	uint8_t byte;
	int fd;

	start("192.0.2.53");
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, OWN), 0);
	write_all(fd, m, 2);
	CHECK_EQ(read(fd, &byte, 1), 0);
	close(fd);
	fd = z_socket_with(TAG4, -1, RPC_FLAG_NO_RESOLVER);
	CHECK_EQ(z_connect(fd, OWN), RPC_USE_HOST);
	close(fd);
	stop();
}

/* Neither an earlier peer nor the server remains. */
TEST(resolver_leaves_nothing_of_a_connection)
{
	const struct rpc_request q = { .op = RPC_DISCONNECT };
	struct rpc_datagram d;
	struct rpc_addr local;
	int fd, other;

	start("192.0.2.53");
	fd = z_socket(TAG_UDP);
	CHECK_EQ(z_bind(fd, addr4(0, 0, 0, 0, 8101), &local), 0);
	other = server_at(8102);
	CHECK_EQ(z_connect(fd, own4(8103)), 0);
	CHECK_EQ(z_connect(fd, addr4(192, 0, 2, 53, 53)), 0);
	/* While it is connected there, nothing virtual is for it. */
	send_to(other, own4(8101), "x", 1);
	check_member(fd, addr4(192, 0, 2, 53, 53));
	CHECK_EQ(wait_for(fd, POLLIN, 0) & POLLIN, 0);
	CHECK_EQ(call(&q, fd), 0);
	send_to(other, own4(8101), "yz", 2);
	CHECK_EQ(receive(fd, &d), 2);
	CHECK_EQ(d.peer.port, 8102);
	close(other);
	close(fd);
	stop();
}

static int host_server(struct sockaddr_in *sa)
{
	socklen_t len = sizeof(*sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*sa = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_port = htons(53),
				    .sin_addr = { htonl(0x7f000035) } };
	if (bind(fd, (struct sockaddr *)sa, len) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Questions of the host's go by the companion, and answers come as from whom
 * was asked. */
TEST(resolver_passes_on_what_is_the_hosts)
{
	static const uint16_t ids[] = { 3, 4 };
	struct sockaddr_in sa, from;
	socklen_t len;
	uint8_t m[512];
	uint8_t ip[4];
	int fd, server;
	ssize_t n;

	server = host_server(&sa);
	if (server < 0)
		SKIP("port 53 is not for everybody");
	start("127.0.0.53");
	fd = z_socket_with(TAG_UDP,
			   socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), 0);
	for (size_t i = 0; i < 2; i++) {
		const struct rpc_addr to = i ? addr4(127, 0, 0, 53, 53) : OWN;

		ask(fd, to, ids[i], "www.host.test");
		len = sizeof(from);
		CHECK(wait_for(server, POLLIN, WAIT_MS) & POLLIN);
		n = recvfrom(server, m, sizeof(m), 0, (struct sockaddr *)&from,
			     &len);
		CHECK(n > 16);
		tl_store_be16(m + 2, 0x8183);
		CHECK_EQ(sendto(server, m, (size_t)n, 0,
				(struct sockaddr *)&from, len),
			 n);
		CHECK_EQ(answer(fd, to, ids[i], ip), DNS_CODE_NO_NAME);
	}
	close(server);
	close(fd);
	stop();
}
