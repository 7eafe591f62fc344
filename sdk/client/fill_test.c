/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "rpc/proto.h"
#include "sdk/client/fill.h"

static void make(int ends[2])
{
	const int size = RPC_SNDBUF;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CHECK_EQ(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size,
			    sizeof(size)),
		 0);
	CHECK_EQ(send(ends[0], "", 1, 0), 1);
}

static bool is_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

/* Reads @n bytes and says if they were there, and zeroes. */
static bool drain(int fd, size_t n)
{
	static uint8_t room[65536];
	ssize_t got;

	for (; n > 0; n -= (size_t)got) {
		got = recv(fd, room, TL_MIN(n, sizeof(room)), MSG_DONTWAIT);
		if (got <= 0)
			return false;
		for (ssize_t i = 0; i < got; i++) {
			if (room[i])
				return false;
		}
	}
	return true;
}

static void check_fill(int ends[2])
{
	uint8_t byte;
	int n;

	n = tl_fill(ends[0]);
	CHECK(n > RPC_SNDBUF);
	CHECK(!is_writable(ends[0]));
	CHECK_EQ(send(ends[0], "x", 1, MSG_DONTWAIT), -1);
	CHECK_EQ(errno, EAGAIN);

	/* All but one are drained, as the service does. */
	CHECK(drain(ends[1], (size_t)n));
	CHECK(is_writable(ends[0]));
	CHECK_EQ(recv(ends[1], &byte, 1, MSG_DONTWAIT), 1);
	CHECK_EQ(recv(ends[1], &byte, 1, MSG_DONTWAIT), -1);
}

static void close_both(int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

TEST(fill_until_nothing_more_is_taken)
{
	int ends[2];

	make(ends);
	CHECK(is_writable(ends[0]));
	check_fill(ends);
	close_both(ends);
}

/* A socket that may wait is filled without waiting, one that may not, too. */
TEST(fill_whatever_the_socket_says_about_waiting)
{
	int ends[2];

	make(ends);
	CHECK_EQ(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	check_fill(ends);
	close_both(ends);
}

TEST(fill_without_descriptors_for_a_pipe)
{
	struct rlimit none, had;
	int ends[2];

	make(ends);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &had), 0);
	none = had;
	none.rlim_cur = 1;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
	check_fill(ends);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &had), 0);
	close_both(ends);
}

TEST(fill_leaves_no_descriptor)
{
	int ends[2];
	int before = dup(0);
	int after;

	close(before);
	make(ends);
	close_both(ends);
	make(ends);
	CHECK(tl_fill(ends[0]) > 0);
	close_both(ends);
	after = dup(0);
	CHECK_EQ(after, before);
	close(after);
}

static bool is_sigpipe_pending(void)
{
	sigset_t pending;

	CHECK_EQ(sigpending(&pending), 0);
	return sigismember(&pending, SIGPIPE);
}

/* The signal's action is the default one here: it would end the program. */
TEST(fill_of_a_dead_socket_is_silent)
{
	int ends[2];

	signal(SIGPIPE, SIG_DFL);
	make(ends);
	close(ends[1]);
	CHECK_EQ(tl_fill(ends[0]), -ENETDOWN);
	CHECK(!is_sigpipe_pending());
	close(ends[0]);
}

/* Who blocks the signal gets none from here, and keeps the one that is his. */
TEST(fill_keeps_a_signal_that_was_there)
{
	sigset_t set, old;
	int ends[2];

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, &old), 0);
	make(ends);
	close(ends[1]);
	CHECK_EQ(tl_fill(ends[0]), -ENETDOWN);
	CHECK(!is_sigpipe_pending());
	CHECK_EQ(raise(SIGPIPE), 0);
	CHECK_EQ(tl_fill(ends[0]), -ENETDOWN);
	CHECK(is_sigpipe_pending());
	CHECK_EQ(sigtimedwait(&set, NULL, &(struct timespec){ 0 }), SIGPIPE);
	CHECK_EQ(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	close(ends[0]);
}
