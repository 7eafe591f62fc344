/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/lookup.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "sdk/client/address.h"
#include "sdk/client/call.h"
#include "sdk/client/client.h"
#include "sdk/client/dns.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

#define DNS_PORT 53
#define TRIES 2
#define TRY_MS 2000
#define TCP_TIMEOUT_S 5
#define ANSWER_MAX 4096

/**
 * struct question - A name being asked for, by one type of address
 */
struct question {
	const char *name;
	enum dns_type type;
	uint16_t id;
	uint8_t query[DNS_QUERY_MAX];
	size_t query_len;
	enum dns_result result;
	struct dns_answer answer;
};

static int64_t now_ms(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool prepare(struct question *q, const char *name, enum dns_type type)
{
	*q = (struct question){ .name = name,
				.type = type,
				.result = DNS_FOREIGN };
	if (SYS3(SYS_getrandom, &q->id, sizeof(q->id), 0) != sizeof(q->id))
		return false;
	q->query_len = tl_dns_query(q->query, q->id, name, type);
	return q->query_len > 0;
}

/* A socket of ours that is connected to @server. */
static int open_to(const struct rpc_addr *server, int type)
{
	int domain = server->family == 6 ? AF_INET6 : AF_INET;
	struct timeval limit = { .tv_sec = TCP_TIMEOUT_S };
	struct rpc_addr at = *server;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	uint32_t tag;
	int fd = tl_client_socket(domain, type | SOCK_CLOEXEC, 0, false);
	int r = -EBADF;

	if (fd < 0)
		return fd;
	at.port = DNS_PORT;
	if (tl_tag_get(&tag, fd)) {
		tl_sys_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
				  sizeof(limit));
		tl_sys_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
				  sizeof(limit));
		tl_address_to_sockaddr((struct sockaddr *)&ss, &len, tag, &at);
		r = tl_client_connect(fd, tag, (struct sockaddr *)&ss, len);
	}
	if (r == 0)
		return fd;
	tl_sys_close(fd);
	return r < 0 ? r : -EHOSTUNREACH;
}

static ssize_t send_bytes(int fd, const void *at, size_t n)
{
	uint32_t tag;
	struct iovec iov = { .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	memcpy(&iov.iov_base, &at, sizeof(at));
	return tl_tag_get(&tag, fd) ? tl_client_send(fd, tag, &m, 0) : -EBADF;
}

static ssize_t receive_datagram(int fd, struct buffer room)
{
	uint32_t tag;
	struct iovec iov = { .iov_base = room.at, .iov_len = room.n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (!tl_tag_get(&tag, fd))
		return -EBADF;
	return tl_client_recv(fd, tag, &m, MSG_DONTWAIT);
}

static bool is_open(const struct question *q)
{
	return q->result == DNS_FOREIGN;
}

static bool any_open(const struct question *q, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_open(&q[i]))
			return true;
	return false;
}

static void take_answer(struct question *q, size_t n, struct bytes message)
{
	for (size_t i = 0; i < n; i++)
		if (is_open(&q[i]))
			q[i].result = tl_dns_parse(&q[i].answer, message,
						   q[i].id, q[i].name,
						   q[i].type);
}

/* Reads what comes until all are answered, or the time is over. 0, or what the
 * socket says: nobody listens there. */
static int gather(int fd, struct question *q, size_t n)
{
	int64_t end = now_ms() + TRY_MS;
	uint8_t room[ANSWER_MAX];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct timespec wait;
	int64_t left;
	ssize_t got;

	while (any_open(q, n)) {
		left = end - now_ms();
		if (left <= 0)
			return 0;
		wait.tv_sec = (time_t)(left / 1000);
		wait.tv_nsec = (int)(left % 1000 * 1000000);
		tl_sys_poll(&p, 1, &wait);
		got = receive_datagram(fd, TL_BUFFER_OF(room));
		if (got >= 0)
			take_answer(q, n, tl_bytes(room, (size_t)got));
		else if (got != -EAGAIN && got != -EINTR)
			return (int)got;
	}
	return 0;
}

static void ask_by_udp(struct question *q, size_t n,
		       const struct rpc_addr *server)
{
	int fd = open_to(server, SOCK_DGRAM);

	if (fd < 0)
		return;
	for (int i = 0; i < TRIES && any_open(q, n); i++) {
		for (size_t j = 0; j < n; j++)
			if (is_open(&q[j]))
				send_bytes(fd, q[j].query, q[j].query_len);
		if (gather(fd, q, n) < 0)
			break;
	}
	tl_sys_close(fd);
}

static bool read_all(int fd, uint8_t *at, size_t n)
{
	ssize_t got;

	for (; n > 0; at += got, n -= (size_t)got) {
		got = tl_sys_recv(fd, at, n, 0);
		if (got == -EINTR)
			got = 0;
		else if (got <= 0)
			return false;
	}
	return true;
}

/* RFC 1035 4.2.2: each message with its length in front. */
static void ask_by_tcp(struct question *q, const struct rpc_addr *server)
{
	uint8_t out[2 + DNS_QUERY_MAX];
	uint8_t room[ANSWER_MAX];
	int fd = open_to(server, SOCK_STREAM);
	size_t n = 0;

	q->result = DNS_FAILED;
	if (fd < 0)
		return;
	tl_store_be16(out, (uint16_t)q->query_len);
	memcpy(out + 2, q->query, q->query_len);
	if (tl_sys_send(fd, out, 2 + q->query_len, MSG_NOSIGNAL) ==
		    (ssize_t)(2 + q->query_len) &&
	    read_all(fd, room, 2))
		n = tl_load_be16(room);
	if (n > 0 && n <= sizeof(room) && read_all(fd, room, n))
		q->result = tl_dns_parse(&q->answer, tl_bytes(room, n), q->id,
					 q->name, q->type);
	tl_sys_close(fd);
}

static void ask(struct question *q, size_t n, const struct rpc_addr *server)
{
	ask_by_udp(q, n, server);
	for (size_t i = 0; i < n; i++)
		if (q[i].result == DNS_CUT)
			ask_by_tcp(&q[i], server);
	/* A server that cannot tell leaves it to the next. */
	for (size_t i = 0; i < n; i++)
		if (q[i].result != DNS_OK && q[i].result != DNS_NO_NAME)
			q[i].result = DNS_FOREIGN;
}

static void add(struct lookup *out, const struct question *q)
{
	struct rpc_addr a = { .family = q->type == DNS_A ? 4 : 6 };

	for (size_t i = 0; i < q->answer.n && out->n < LOOKUP_MAX; i++) {
		memcpy(a.ip, q->answer.ip[i], a.family == 4 ? 4 : 16);
		out->list[out->n++] = a;
	}
}

/* One answer is enough: servers that know no AAAA exist. */
static int ask_servers(struct lookup *out, const char *name, int family,
		       const struct lookup *servers)
{
	struct question q[2];
	bool exists = false;
	size_t n = 0;

	if (family != 4 && !prepare(&q[n++], name, DNS_AAAA))
		return -ENOENT;
	if (family != 6 && !prepare(&q[n++], name, DNS_A))
		return -ENOENT;
	for (size_t i = 0; i < servers->n && any_open(q, n); i++)
		ask(q, n, &servers->list[i]);
	for (size_t i = 0; i < n; i++) {
		exists |= q[i].result == DNS_OK;
		if (q[i].result == DNS_OK)
			add(out, &q[i]);
	}
	if (exists)
		return 0;
	return any_open(q, n) ? -EAGAIN : -ENOENT;
}

static int ask_service(struct lookup *out, enum lookup_kind *kind,
		       const char *name)
{
	struct call c = { .request = { .op = RPC_LOOKUP,
				       .opt = tl_bytes_from_str(name) } };
	struct reader r;
	int err;

	*out = (struct lookup){ 0 };
	if (c.request.opt.n > RPC_HOST_NAME_MAX + 1)
		return RPC_USE_HOST;
	err = tl_call(&c);
	if (err)
		return err;
	*kind = (enum lookup_kind)c.reply.value;
	for (r = tl_reader(c.reply.opt); r.rest.n > 0 && out->n < LOOKUP_MAX;)
		out->list[out->n++] = tl_rpc_read_addr(&r);
	return tl_reader_done(&r) ? 0 : -ENETDOWN;
}

int tl_lookup(struct lookup *out, const char *name, int family)
{
	char plain[RPC_HOST_NAME_MAX + 1];
	enum lookup_kind kind;
	struct lookup told;
	size_t n = strlen(name);
	int err;

	*out = (struct lookup){ 0 };
	if (n == 0)
		return RPC_USE_HOST;
	err = ask_service(&told, &kind, name);
	if (err)
		return err;
	if (kind == LOOKUP_SERVERS) {
		n -= name[n - 1] == '.';
		memcpy(plain, name, n);
		plain[n] = 0;
		return ask_servers(out, plain, family, &told);
	}
	for (size_t i = 0; i < told.n; i++)
		if (family == 0 || told.list[i].family == family)
			out->list[out->n++] = told.list[i];
	return kind == LOOKUP_ADDRESSES ? 0 : -ENETDOWN;
}

int tl_lookup_name(char out[RPC_HOST_NAME_MAX + 1],
		   const struct rpc_addr *address)
{
	struct call c = { .request = { .op = RPC_LOOKUP, .addr = *address } };
	int err = tl_call(&c);

	if (err)
		return err;
	if (c.reply.value != LOOKUP_NAME || c.reply.opt.n > RPC_HOST_NAME_MAX)
		return -ENETDOWN;
	memcpy(out, c.reply.opt.at, c.reply.opt.n);
	out[c.reply.opt.n] = 0;
	return 0;
}
