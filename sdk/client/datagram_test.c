/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "sdk/client/client.h"
#include "sdk/client/tag.h"

#define CONNECTED (TAG_MAGIC | TAG_DGRAM | TAG_CONNECTING)

static void make(int ends[2])
{
	uint32_t tag = CONNECTED;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends),
		 0);
	CHECK_EQ(setsockopt(ends[0], SOL_SOCKET, SO_INCOMING_CPU, &tag,
			    sizeof(tag)),
		 0);
}

/* What the service would send. */
static void deliver(int to, const struct rpc_datagram *d, const char *text)
{
	uint8_t room[256];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_rpc_write_datagram(&w, d);
	tl_write_bytes(&w, tl_bytes_from_str(text));
	CHECK(tl_writer_ok(&w));
	CHECK_EQ(send(to, room, w.n, 0), (ssize_t)w.n);
}

static void drain(int from)
{
	uint8_t room[256];

	while (recv(from, room, sizeof(room), MSG_DONTWAIT) > 0)
		;
}

static struct msghdr *message(struct iovec *iov, void *at, size_t n)
{
	static struct msghdr m;

	*iov = (struct iovec){ .iov_base = at, .iov_len = n };
	m = (struct msghdr){ .msg_iov = iov, .msg_iovlen = 1 };
	return &m;
}

TEST(datagram_carries_header_and_payload)
{
	uint8_t room[256];
	char text[] = "payload";
	struct rpc_datagram d;
	struct reader r;
	struct iovec iov;
	int ends[2];
	ssize_t n;

	make(ends);
	CHECK_EQ(tl_client_send(ends[0], CONNECTED, message(&iov, text, 7), 0),
		 7);
	n = recv(ends[1], room, sizeof(room), 0);
	CHECK_EQ(n, RPC_DATAGRAM_LEN + 7);
	r = tl_reader(tl_bytes(room, (size_t)n));
	tl_rpc_read_datagram(&r, &d);
	CHECK(tl_reader_ok(&r));
	CHECK_EQ(d.kind, DATAGRAM_DATA);
	CHECK_EQ(d.peer.family, 0);
	CHECK_MEM(r.rest.at, text, 7);
}

TEST(datagram_error_is_reported_once)
{
	struct rpc_datagram d = { .kind = DATAGRAM_ERROR,
				  .error = ECONNREFUSED };
	char text[8] = "";
	struct iovec iov;
	int ends[2];

	make(ends);
	deliver(ends[1], &d, "");
	CHECK_EQ(tl_client_send(ends[0], CONNECTED, message(&iov, text, 1), 0),
		 -ECONNREFUSED);
	CHECK_EQ(tl_client_send(ends[0], CONNECTED, message(&iov, text, 1), 0),
		 1);
	deliver(ends[1], &d, "");
	CHECK_EQ(tl_client_recv(ends[0], CONNECTED, message(&iov, text, 8), 0),
		 -ECONNREFUSED);
	CHECK_EQ(tl_client_recv(ends[0], CONNECTED, message(&iov, text, 8), 0),
		 -EAGAIN);
	deliver(ends[1], &d, "");
	CHECK_EQ(tl_client_take_error(ends[0]), ECONNREFUSED);
	CHECK_EQ(tl_client_take_error(ends[0]), 0);
}

/* Somebody who sends without a pause hears of it before long. */
TEST(datagram_error_is_told_to_who_floods)
{
	struct rpc_datagram d = { .kind = DATAGRAM_ERROR,
				  .error = ECONNREFUSED };
	char text[8] = "";
	struct iovec iov;
	ssize_t r = 1;
	int ends[2];
	int i;

	make(ends);
	CHECK_EQ(tl_client_send(ends[0], CONNECTED, message(&iov, text, 1), 0),
		 1);
	deliver(ends[1], &d, "");
	for (i = 0; i < 100000 && r == 1; i++) {
		r = tl_client_send(ends[0], CONNECTED, message(&iov, text, 1),
				   MSG_DONTWAIT);
		drain(ends[1]);
	}
	CHECK_EQ(r, -ECONNREFUSED);
	CHECK_EQ(tl_client_send(ends[0], CONNECTED, message(&iov, text, 1), 0),
		 1);
}

TEST(datagram_error_waits_behind_data)
{
	struct rpc_datagram data = { .kind = DATAGRAM_DATA };
	struct rpc_datagram error = { .kind = DATAGRAM_ERROR,
				      .error = EHOSTUNREACH };
	char text[8] = "";
	struct iovec iov;
	int ends[2];

	make(ends);
	deliver(ends[1], &data, "abc");
	deliver(ends[1], &error, "");
	CHECK_EQ(tl_client_next_size(ends[0]), 3);
	CHECK_EQ(tl_client_take_error(ends[0]), 0);
	CHECK_EQ(tl_client_recv(ends[0], CONNECTED, message(&iov, text, 8), 0),
		 3);
	CHECK_EQ(tl_client_recv(ends[0], CONNECTED, message(&iov, text, 8), 0),
		 -EHOSTUNREACH);
}

TEST(datagram_control_data)
{
	struct rpc_datagram d = {
		.ttl = 33,
		.tos = 8,
		.peer = { .family = 4, .port = 5, .ip = { 10, 0, 0, 2 } },
		.local = { .family = 4, .port = 6, .ip = { 10, 0, 0, 1 } },
	};
	uint32_t tag = CONNECTED | TAG_PKTINFO | TAG_RECVTTL | TAG_RECVTOS;
	char room[CMSG_SPACE(sizeof(struct in_pktinfo)) + 2 * CMSG_SPACE(4)];
	char text[8] = "";
	struct iovec iov;
	struct msghdr *m;
	struct cmsghdr *c;
	int ends[2];
	int n = 0;

	make(ends);
	deliver(ends[1], &d, "x");
	m = message(&iov, text, sizeof(text));
	m->msg_control = room;
	m->msg_controllen = sizeof(room);
	CHECK_EQ(tl_client_recv(ends[0], tag, m, 0), 1);
	CHECK_EQ(m->msg_flags & MSG_CTRUNC, 0);
	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c), n++)
		CHECK_EQ(c->cmsg_level, IPPROTO_IP);
	CHECK_EQ(n, 3);

	deliver(ends[1], &d, "x");
	m = message(&iov, text, sizeof(text));
	m->msg_control = room;
	m->msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo));
	CHECK_EQ(tl_client_recv(ends[0], tag, m, 0), 1);
	CHECK(m->msg_flags & MSG_CTRUNC);
}

TEST(datagram_limits)
{
	static char big[RPC_DATAGRAM_MAX + 1];
	struct iovec iov;
	int ends[2];

	make(ends);
	CHECK_EQ(tl_client_send(ends[0], CONNECTED,
				message(&iov, big, sizeof(big)), 0),
		 -EMSGSIZE);
	CHECK_EQ(tl_client_send(ends[0], CONNECTED & ~TAG_CONNECTING,
				message(&iov, big, 1), 0),
		 -EDESTADDRREQ);
	CHECK_EQ(tl_client_send(ends[0], CONNECTED, message(&iov, big, 1),
				MSG_OOB),
		 -EOPNOTSUPP);
}

TEST(datagram_end_is_no_empty_datagram)
{
	struct rpc_datagram d = { .kind = DATAGRAM_DATA };
	char text[8] = "";
	struct iovec iov;
	int ends[2];

	make(ends);
	deliver(ends[1], &d, "");
	CHECK_EQ(tl_client_recv(ends[0], CONNECTED, message(&iov, text, 8), 0),
		 0);
	close(ends[1]);
	CHECK_EQ(tl_client_recv(ends[0], CONNECTED, message(&iov, text, 8), 0),
		 -ENETDOWN);
	CHECK_EQ(tl_client_send(ends[0], CONNECTED, message(&iov, text, 8), 0),
		 -ENETDOWN);
}
