/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about AF_UNIX that the descriptor model rests on, and the calls that
 * use them.
 */
#include "rpc/end.h"

#include <errno.h>
#include <poll.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static void born(int ends[2])
{
	CHECK_EQ(tl_end_pair(ends, SOCK_STREAM), 0);
	CHECK_EQ(tl_end_prepare(ends[1], TAG_MAGIC, SOCK_STREAM), 0);
}

static int events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	CHECK(poll(&p, 1, 0) >= 0);
	return p.revents;
}

static uint32_t fill(int fd)
{
	static const uint8_t zeroes[262144];
	uint32_t total = 0;
	ssize_t n;

	while ((n = send(fd, zeroes, sizeof(zeroes), MSG_DONTWAIT)) > 0)
		total += (uint32_t)n;
	return total;
}

TEST(end_read_leaves_the_last_byte_held)
{
	uint8_t a[3], b[4];
	struct buffer to[2] = { TL_BUFFER_OF(a), TL_BUFFER_OF(b) };
	int ends[2];

	born(ends);
	CHECK_EQ(tl_end_waiting(ends[0]), 1);
	CHECK_EQ(tl_end_read(ends[0], to, 2), 0);
	CHECK_EQ(tl_end_waiting(ends[0]), 0);
	born(ends);
	CHECK_EQ(write(ends[1], "abcdefg", 7), 7);
	CHECK_EQ(tl_end_read(ends[0], to, 2), 7);
	CHECK_MEM(a, "abc", 3);
	CHECK_MEM(b, "defg", 4);
	CHECK_EQ(tl_end_waiting(ends[0]), 1);
	CHECK_EQ(write(ends[1], "h", 1), 1);
	to[0].n = 1;
	CHECK_EQ(tl_end_read(ends[0], to, 1), 1);
	CHECK_EQ(a[0], 'h');
	CHECK_EQ(tl_end_waiting(ends[0]), 1);
	/* Part of what is there. */
	CHECK_EQ(write(ends[1], "ijk", 3), 3);
	CHECK_EQ(tl_end_read(ends[0], to, 1), 1);
	CHECK_EQ(a[0], 'i');
	CHECK_EQ(tl_end_waiting(ends[0]), 3);
}

TEST(end_held_byte_makes_a_close_a_reset)
{
	uint8_t a[8];
	struct buffer to = tl_buffer(a, 3);
	int ends[2];
	char c;

	born(ends);
	CHECK_EQ(write(ends[1], "abc", 3), 3);
	CHECK_EQ(tl_end_read(ends[0], &to, 1), 3);
	CHECK_EQ(write(ends[0], "z", 1), 1);
	close(ends[0]);
	CHECK(events(ends[1]) & POLLERR);
	CHECK_EQ(read(ends[1], &c, 1), 1);
	CHECK_EQ(read(ends[1], &c, 1), -1);
	CHECK_EQ(errno, ECONNRESET);
	/* With nothing unread it is the end. */
	born(ends);
	tl_end_drain(ends[0], 1);
	close(ends[0]);
	CHECK(!(events(ends[1]) & POLLERR));
	CHECK_EQ(read(ends[1], &c, 1), 0);
}

TEST(end_sees_close_with_unread_data)
{
	int ends[2];

	born(ends);
	CHECK_EQ(write(ends[0], "x", 1), 1);
	close(ends[1]);
	CHECK(tl_end_was_reset(ends[0]));
	CHECK(!tl_end_was_reset(ends[0]));
	born(ends);
	close(ends[1]);
	CHECK(!tl_end_was_reset(ends[0]));
}

TEST(end_filled_is_not_writable_until_drained)
{
	struct epoll_event e = { .events = EPOLLOUT | EPOLLET };
	int ep = epoll_create1(0);
	int ends[2];
	uint32_t n;

	born(ends);
	n = fill(ends[1]) + 1;
	CHECK_EQ(tl_end_waiting(ends[0]), n);
	CHECK_EQ(events(ends[1]) & POLLOUT, 0);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, ends[1], &e), 0);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	tl_end_drain(ends[0], n - 1);
	CHECK_EQ(tl_end_waiting(ends[0]), 1);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	CHECK(events(ends[1]) & POLLOUT);
}

static void born_narrow(int ends[2])
{
	const int size = RPC_SNDBUF_BORN;

	born(ends);
	CHECK_EQ(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size,
			    sizeof(size)),
		 0);
	CHECK(events(ends[1]) & POLLOUT);
}

/* The least that the kernel has: one write fills it. */
TEST(end_is_born_narrow_and_widened)
{
	static uint8_t room[100000];
	int ends[2];
	uint32_t n;

	born_narrow(ends);
	n = fill(ends[1]) + 1;
	CHECK(n < 8192);
	CHECK_EQ(events(ends[1]) & POLLOUT, 0);
	tl_end_widen(ends[1]);
	CHECK(events(ends[1]) & POLLOUT);
	tl_end_drain(ends[0], n - 1);
	CHECK_EQ(tl_end_waiting(ends[0]), 1);
	CHECK_EQ(send(ends[1], room, sizeof(room), MSG_DONTWAIT), sizeof(room));
	close(ends[0]);
	close(ends[1]);
}

TEST(end_filled_later_is_never_writable_on_the_way)
{
	struct epoll_event e = { .events = EPOLLOUT | EPOLLET };
	int ep = epoll_create1(0);
	int ends[2];
	size_t n;

	born_narrow(ends);
	(void)fill(ends[1]);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, ends[1], &e), 0);
	CHECK_EQ(tl_end_fill(ends[0], ends[1], &n), 0);
	CHECK_EQ(tl_end_waiting(ends[0]), n);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	CHECK_EQ(send(ends[1], "x", 1, MSG_DONTWAIT), -1);
	tl_end_drain(ends[0], n - 1);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	CHECK_EQ(tl_end_option(ends[1], SOL_SOCKET, SO_SNDBUF, 0),
		 2 * RPC_SNDBUF);
	close(ep);
	close(ends[0]);
	close(ends[1]);
}

TEST(end_that_was_shut_is_not_filled)
{
	int ends[2];
	size_t n;

	born_narrow(ends);
	CHECK_EQ(shutdown(ends[1], SHUT_WR), 0);
	CHECK_EQ(tl_end_fill(ends[0], ends[1], &n), -EPIPE);
	close(ends[0]);
	close(ends[1]);
}

struct intruder {
	int fd;
	_Atomic bool stop;
};

/* Writes an "x" whenever that is possible. */
static void *intrude(void *arg)
{
	struct intruder *i = arg;

	while (!i->stop)
		(void)send(i->fd, "x", 1, MSG_DONTWAIT);
	return NULL;
}

static bool has_x(int own, size_t n)
{
	static uint8_t room[600000];

	CHECK(n <= sizeof(room));
	CHECK_EQ(recv(own, room, n, MSG_DONTWAIT), (ssize_t)n);
	return memchr(room, 'x', n);
}

/* What it cannot prevent it tells. */
TEST(end_filled_later_notices_what_others_write)
{
	struct intruder i;
	pthread_t thread;
	int ends[2];
	size_t n;
	int err;

	for (int round = 0; round < 200; round++) {
		born_narrow(ends);
		(void)fill(ends[1]);
		i = (struct intruder){ .fd = ends[1] };
		CHECK_EQ(pthread_create(&thread, NULL, intrude, &i), 0);
		err = tl_end_fill(ends[0], ends[1], &n);
		i.stop = true;
		pthread_join(thread, NULL);
		CHECK(err == 0 || err == -EILSEQ);
		if (err == 0)
			CHECK(!has_x(ends[0], n));
		close(ends[0]);
		close(ends[1]);
	}
}

/* Why RPC_SNDBUF is what it is: the held byte keeps its whole buffer. */
TEST(end_held_byte_of_the_largest_write_leaves_it_writable)
{
	static uint8_t room[262144];
	struct buffer to = { .at = room };
	size_t step;
	int ends[2];

	for (step = 1; step <= sizeof(room); step = step * 5 / 4 + 1) {
		born(ends);
		CHECK(send(ends[1], room, step, MSG_DONTWAIT) > 0);
		to.n = tl_end_waiting(ends[0]) - 1;
		CHECK_EQ(tl_end_read(ends[0], &to, 1), to.n);
		CHECK(events(ends[1]) & POLLOUT);
		close(ends[0]);
		close(ends[1]);
	}
}

/* sendfile(2) and splice(2) make larger buffers than write(2). */
TEST(end_held_byte_of_sendfile_leaves_it_writable)
{
	static uint8_t room[1 << 20];
	struct buffer to = { .at = room };
	int file = memfd_create("sent", MFD_CLOEXEC);
	off_t at = 0;
	int ends[2];

	CHECK(file >= 0);
	CHECK_EQ(write(file, room, sizeof(room)), (ssize_t)sizeof(room));
	born(ends);
	CHECK_EQ(fcntl(ends[1], F_SETFL, O_RDWR | O_NONBLOCK), 0);
	while (at < (off_t)sizeof(room)) {
		CHECK(events(ends[1]) & POLLOUT);
		CHECK(sendfile(ends[1], file, &at, sizeof(room)) > 0);
		to.n = tl_end_waiting(ends[0]) - 1;
		CHECK_EQ(tl_end_read(ends[0], &to, 1), to.n);
	}
	close(file);
	close(ends[0]);
	close(ends[1]);
}

TEST(end_longest_datagram_fits)
{
	static uint8_t record[RPC_DATAGRAM_LEN + RPC_DATAGRAM_MAX];
	static uint8_t rest[RPC_DATAGRAM_MAX];
	uint8_t header[RPC_DATAGRAM_LEN];
	int ends[2];
	size_t n;

	CHECK_EQ(tl_end_pair(ends, SOCK_SEQPACKET), 0);
	CHECK_EQ(tl_end_prepare(ends[1], TAG_MAGIC | TAG_DGRAM, SOCK_SEQPACKET),
		 0);
	CHECK_EQ(tl_end_record(ends[0], TL_BUFFER_OF(header),
			       TL_BUFFER_OF(rest), &n),
		 -EAGAIN);
	CHECK_EQ(send(ends[1], record, sizeof(record), 0),
		 (ssize_t)sizeof(record));
	CHECK_EQ(tl_end_record(ends[0], TL_BUFFER_OF(header),
			       TL_BUFFER_OF(rest), &n),
		 0);
	CHECK_EQ(n, sizeof(record));
	CHECK_EQ(send(ends[1], record, sizeof(record), 0),
		 (ssize_t)sizeof(record));
	CHECK_EQ(tl_end_record(ends[0], TL_BUFFER_OF(header),
			       tl_buffer(rest, 100), &n),
		 -EMSGSIZE);
	close(ends[1]);
	CHECK_EQ(tl_end_record(ends[0], TL_BUFFER_OF(header),
			       TL_BUFFER_OF(rest), &n),
		 0);
	CHECK_EQ(n, 0);
}

TEST(end_cookie_and_tag_survive_dup_and_fork)
{
	uint64_t cookie, other;
	int ends[2];
	int status;
	pid_t pid;

	born(ends);
	CHECK_EQ(tl_end_cookie(ends[1], &cookie), 0);
	CHECK_EQ(tl_end_cookie(dup(ends[1]), &other), 0);
	CHECK_EQ(cookie, other);
	CHECK_EQ(tl_end_cookie(ends[0], &other), 0);
	CHECK(cookie != other);
	pid = fork();
	if (pid == 0)
		_exit(tl_end_cookie(ends[1], &other) || other != cookie ||
		      tl_end_option(ends[1], SOL_SOCKET, SO_INCOMING_CPU, 0) !=
			      (int)TAG_MAGIC);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* Why pairs are made by the client: what was accepted cannot be bound. */
TEST(end_accepted_from_a_name_cannot_be_bound)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct rpc_name name = { .kind = NAME_BOUND,
				 .unique = (uint64_t)getpid() };
	int l = socket(AF_UNIX, SOCK_STREAM, 0);
	int c = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t len;
	int a;

	snprintf(sa.sun_path + 1, sizeof(sa.sun_path) - 1, "tapless-end-%d",
		 getpid());
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			  strlen(sa.sun_path + 1));
	CHECK_EQ(bind(l, (struct sockaddr *)&sa, len), 0);
	CHECK_EQ(listen(l, 1), 0);
	CHECK_EQ(connect(c, (struct sockaddr *)&sa, len), 0);
	a = accept(l, NULL, NULL);
	CHECK(a >= 0);
	CHECK_EQ(tl_end_bind(a, &name), -EINVAL);
}

TEST(end_verify_believes_nothing)
{
	int one[2], two[2], p[2];
	uint8_t c;

	born(one);
	born(two);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(tl_end_verify(one[0], one[1], SOCK_STREAM, 77), 0);
	CHECK_EQ(recv(one[1], &c, 1, MSG_DONTWAIT), -1);
	CHECK_EQ(tl_end_waiting(one[0]), 1);
	CHECK_EQ(tl_end_verify(p[0], p[1], SOCK_STREAM, 77), -ENOTSOCK);
	CHECK_EQ(tl_end_verify(one[0], one[1], SOCK_SEQPACKET, 77),
		 -EPROTOTYPE);
	CHECK_EQ(tl_end_verify(one[0], two[1], SOCK_STREAM, 77), -EINVAL);
	/* Something was there before: it is not what was just written. */
	CHECK_EQ(write(two[0], "before!!", 8), 8);
	CHECK_EQ(tl_end_verify(two[0], two[1], SOCK_STREAM, 77), -EINVAL);
}

TEST(end_never_blocks_whatever_the_flags)
{
	static uint8_t block[262144];
	struct bytes from = TL_BYTES_OF(block);
	size_t done;
	int ends[2];

	born(ends);
	CHECK_EQ(tl_end_write(ends[0], &from, 1, &done), -EAGAIN);
	CHECK(done > 0 && done < sizeof(block));
	CHECK_EQ(tl_end_write(ends[0], &from, 1, &done), -EAGAIN);
	CHECK_EQ(done, 0);
	CHECK_EQ(shutdown(ends[1], SHUT_RD), 0);
	CHECK_EQ(tl_end_write(ends[0], &from, 1, &done), -EPIPE);
	tl_end_drain(ends[0], 100);
	CHECK_EQ(tl_end_waiting(ends[0]), 0);
}
