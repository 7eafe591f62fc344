/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/fdpass.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness.h"

static void pair(int fds[2])
{
	CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
}

static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	CHECK(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

TEST(fdpass_brings_descriptors_close_on_exec)
{
	uint8_t room[16];
	struct fdpass in;
	int s[2], p[2];
	char c = 0;

	pair(s);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(tl_fdpass_send(s[0], tl_bytes("two", 3), p, 2, 0), 0);
	CHECK_EQ(tl_fdpass_recv(s[1], &in, TL_BUFFER_OF(room), 0), 0);
	CHECK_EQ(in.n, 3);
	CHECK_EQ(in.n_fds, 2);
	CHECK(fcntl(in.fds[0], F_GETFD) & FD_CLOEXEC);
	CHECK_EQ(write(in.fds[1], "x", 1), 1);
	CHECK_EQ(read(in.fds[0], &c, 1), 1);
	CHECK_EQ(c, 'x');
	tl_fdpass_drop(&in);
	CHECK_EQ(in.n_fds, 0);
	CHECK_EQ(in.fds[0], -1);
}

TEST(fdpass_without_descriptors)
{
	uint8_t room[4];
	struct fdpass in;
	int s[2];

	pair(s);
	CHECK_EQ(tl_fdpass_recv(s[1], &in, TL_BUFFER_OF(room), MSG_DONTWAIT),
		 -EAGAIN);
	CHECK_EQ(tl_fdpass_send(s[0], tl_bytes("abcd", 4), NULL, 0, 0), 0);
	CHECK_EQ(tl_fdpass_recv(s[1], &in, TL_BUFFER_OF(room), 0), 0);
	CHECK_EQ(in.n, 4);
	CHECK_EQ(in.n_fds, 0);
	close(s[0]);
	CHECK_EQ(tl_fdpass_recv(s[1], &in, TL_BUFFER_OF(room), 0), 0);
	CHECK_EQ(in.n, 0);
	CHECK_EQ(tl_fdpass_send(s[1], tl_bytes("x", 1), NULL, 0, 0), -EPIPE);
}

/* More than any of ours would send. */
static void send_fds(int sock, const int *fds, size_t n)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * 8)];
	} control = { .room = { 0 } };
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = CMSG_SPACE(sizeof(int) * n) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	CHECK_EQ(sendmsg(sock, &m, 0), 1);
}

TEST(fdpass_too_many_descriptors_are_a_violation)
{
	static const int fds[8] = { 0 };
	uint8_t room[4];
	struct fdpass in;
	int s[2];
	int before;

	pair(s);
	before = open_fds();
	send_fds(s[0], fds, RPC_MAX_FDS + 1);
	CHECK_EQ(tl_fdpass_recv(s[1], &in, TL_BUFFER_OF(room), 0), -EPROTO);
	send_fds(s[0], fds, 8);
	CHECK_EQ(tl_fdpass_recv(s[1], &in, TL_BUFFER_OF(room), 0), -EPROTO);
	CHECK_EQ(open_fds(), before);
	/* The record itself too long. */
	CHECK_EQ(tl_fdpass_send(s[0], tl_bytes("12345", 5), fds, 2, 0), 0);
	CHECK_EQ(tl_fdpass_recv(s[1], &in, TL_BUFFER_OF(room), 0), -EPROTO);
	CHECK_EQ(open_fds(), before);
}

TEST(fdpass_own_limit_is_no_violation)
{
	struct rlimit limit, old;
	uint8_t room[4];
	struct fdpass in;
	int s[2];
	int zero = 0;

	SKIP_UNDER_VALGRIND();
	pair(s);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = old;
	limit.rlim_cur = (rlim_t)s[1] + 1;
	CHECK_EQ(tl_fdpass_send(s[0], tl_bytes("x", 1), &zero, 1, 0), 0);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_EQ(tl_fdpass_recv(s[1], &in, TL_BUFFER_OF(room), 0), -EMFILE);
	/* A sanitizer opens files at the end. */
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
}

TEST(fdpass_addresses_have_exact_lengths)
{
	struct sockaddr_un sa;
	uint8_t long_name[200] = { 1 };
	socklen_t len = tl_fdpass_abstract(&sa, tl_bytes("ab", 2));

	CHECK_EQ(len, offsetof(struct sockaddr_un, sun_path) + 3);
	CHECK_EQ(sa.sun_path[0], 0);
	CHECK_EQ(sa.sun_path[2], 'b');
	CHECK_EQ(tl_fdpass_path(&sa, len).n, 3);
	CHECK_EQ(tl_fdpass_abstract(&sa, tl_bytes(NULL, 0)), 0);
	CHECK_EQ(tl_fdpass_abstract(&sa, TL_BYTES_OF(long_name)), 0);
	CHECK_EQ(tl_fdpass_path(&sa, 2).n, 0);
}
