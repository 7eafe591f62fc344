/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "sdk/client/client.h"
#include "sdk/client/tag.h"

#define LISTENER (TAG_MAGIC | TAG_LISTENING)

/* A listener's ends; the second is the service's. */
static void make(int ends[2])
{
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
}

static void announce(int to, int fd, const void *record, size_t n)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	uint8_t copy[64];
	struct iovec iov = { .iov_base = copy, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	memcpy(copy, record, n);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	CHECK_EQ(sendmsg(to, &m, 0), (ssize_t)n);
}

static void announce_connection(int to)
{
	struct rpc_accept a = {
		.local = { .family = 4, .port = 80, .ip = { 10, 0, 0, 1 } },
		.remote = { .family = 4, .port = 999, .ip = { 10, 0, 0, 2 } },
	};
	uint8_t room[RPC_ACCEPT_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	int ends[2];

	make(ends);
	tl_rpc_write_accept(&w, &a);
	CHECK_EQ(w.n, RPC_ACCEPT_LEN);
	announce(to, ends[0], room, sizeof(room));
	close(ends[0]);
	close(ends[1]);
}

TEST(accept_takes_one_connection_each)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	int ends[2];
	int fd;

	make(ends);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 0), -EAGAIN);
	announce_connection(ends[1]);
	announce_connection(ends[1]);
	fd = tl_client_accept(ends[0], LISTENER, (struct sockaddr *)&from, &len,
			      SOCK_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(len, sizeof(from));
	CHECK_EQ(ntohs(from.sin_port), 999);
	close(fd);
	fd = tl_client_accept(ends[0], LISTENER, NULL, NULL, SOCK_NONBLOCK);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 0), -EAGAIN);
}

TEST(accept_on_other_sockets)
{
	int ends[2];

	make(ends);
	CHECK_EQ(tl_client_accept(ends[0], TAG_MAGIC, NULL, NULL, 0), -EINVAL);
	CHECK_EQ(tl_client_accept(ends[0], TAG_MAGIC | TAG_DGRAM, NULL, NULL,
				  0),
		 -EOPNOTSUPP);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 1), -EINVAL);
}

/* Neither an error that calls for another try, nor a wait without end. */
TEST(accept_ends_with_the_service)
{
	int ends[2];

	make(ends);
	CHECK_EQ(send(ends[0], "x", 1, 0), 1);
	close(ends[1]);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 0), -EINVAL);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 0), -EINVAL);
}

TEST(accept_malformed_record_leaks_nothing)
{
	int ends[2];
	int before;
	int after;

	make(ends);
	before = dup(0);
	close(before);
	announce(ends[1], ends[1], "short", 5);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 0),
		 -ECONNABORTED);
	after = dup(0);
	CHECK_EQ(after, before);
}

TEST(accept_without_descriptors_left)
{
	struct rlimit limit;
	struct rlimit old;
	int ends[2];
	int top;

	make(ends);
	announce_connection(ends[1]);
	top = dup(0);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = old;
	limit.rlim_cur = (rlim_t)top + 1;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 0), -EMFILE);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
}
