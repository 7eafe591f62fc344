/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/world_test.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>

TEST(rpc_hello_tells_the_version)
{
	const struct rpc_request q = { .op = RPC_HELLO };
	struct rpc_reply reply;

	world_start();
	CHECK_EQ(call_full(&q, NULL, 0, &reply), 0);
	CHECK_EQ(reply.value, RPC_VERSION);
	world_stop();
}

TEST(rpc_several_requests_on_one_connection)
{
	const struct rpc_request q = { .op = RPC_HELLO };
	struct rpc_reply reply;
	int control, i;

	world_start();
	control = dial();
	for (i = 0; i < 3; i++) {
		send_request(control, &q, NULL, 0);
		CHECK(receive_reply(control, &reply, reply_room));
	}
	send_request(control, &q, NULL, 0);
	send_request(control, &q, NULL, 0);
	CHECK(receive_reply(control, &reply, reply_room));
	CHECK(receive_reply(control, &reply, reply_room));
	close(control);
	world_stop();
}

static void get_rpc_counts(void *ctx)
{
	*(struct rpc_server_counts *)ctx =
		*tl_sockets_rpc_counts(world.sockets);
}

TEST(rpc_malformed_request_closes_and_is_counted)
{
	struct rpc_request q = { .op = RPC_BIND };
	struct rpc_server_counts counts;
	struct rpc_reply reply;
	int control = -1;
	int fd = 0;

	world_start();
	control = dial();
	CHECK_EQ(send(control, "nonsense", 8, 0), 8);
	CHECK(!receive_reply(control, &reply, reply_room));
	close(control);
	/* A call about a socket without one, and one with too many. */
	CHECK_EQ(call_full(&q, NULL, 0, &reply), -1);
	q.op = RPC_HELLO;
	CHECK_EQ(call_full(&q, &fd, 1, &reply), -1);
	world_do(get_rpc_counts, &counts);
	CHECK_EQ(counts.malformed, 3);
	world_stop();
}

TEST(rpc_owner_or_token_makes_sockets)
{
	struct sockets_config c = { .owner = geteuid() + 1 };
	struct rpc_request q = { .op = RPC_SESSION };
	struct rpc_server_counts counts;
	struct rpc_reply reply;
	int ends[2];

	world_start_with(&c);
	CHECK_EQ(z_socket(TAG4), -EPERM);
	CHECK_EQ(call_full(&q, NULL, 0, &reply), EPERM);
	q = (struct rpc_request){ .op = RPC_SOCKET,
				  .tag = TAG4,
				  .token = { 1, 2, 3 } };
	CHECK_EQ(tl_end_pair(ends, SOCK_STREAM), 0);
	CHECK_EQ(call_full(&q, ends, 2, &reply), EPERM);
	world_do(get_rpc_counts, &counts);
	CHECK_EQ(counts.refused, 1);
	world_stop();
}

TEST(rpc_token_of_a_session_works)
{
	struct rpc_request q = { .op = RPC_SESSION };
	struct rpc_reply reply;
	uint8_t first[RPC_TOKEN_LEN];
	int ends[2];

	world_start();
	CHECK_EQ(call_full(&q, NULL, 0, &reply), 0);
	CHECK_EQ(reply.opt.n, RPC_TOKEN_LEN);
	memcpy(first, reply.opt.at, sizeof(first));
	CHECK_EQ(call_full(&q, NULL, 0, &reply), 0);
	CHECK(memcmp(first, reply.opt.at, sizeof(first)) != 0);
	q = (struct rpc_request){ .op = RPC_SOCKET, .tag = TAG4 };
	memcpy(q.token, first, sizeof(first));
	CHECK_EQ(tl_end_pair(ends, SOCK_STREAM), 0);
	CHECK_EQ(call_full(&q, ends, 2, &reply), 0);
	/* One bit off, and even the owner is refused: somebody guesses. */
	q.token[15] ^= 1;
	CHECK_EQ(tl_end_pair(ends, SOCK_STREAM), 0);
	CHECK_EQ(call_full(&q, ends, 2, &reply), EPERM);
	world_stop();
}

TEST(rpc_socket_takes_nothing_foreign)
{
	struct rpc_request q = { .op = RPC_SOCKET, .tag = TAG4 };
	struct rpc_reply reply;
	int one[2], two[2], mixed[2], files[2];
	int fd = -1;
	char c;

	world_start();
	CHECK_EQ(pipe(files), 0);
	CHECK_EQ(call_full(&q, files, 2, &reply), ENOTSOCK);
	CHECK_EQ(tl_end_pair(one, SOCK_STREAM), 0);
	CHECK_EQ(tl_end_pair(two, SOCK_STREAM), 0);
	mixed[0] = one[0];
	mixed[1] = two[1];
	CHECK_EQ(call_full(&q, mixed, 2, &reply), EINVAL);
	CHECK_EQ(tl_end_pair(two, SOCK_SEQPACKET), 0);
	CHECK_EQ(call_full(&q, two, 2, &reply), EPROTOTYPE);
	/* Nothing of the nonce remains. */
	CHECK_EQ(tl_end_pair(one, SOCK_STREAM), 0);
	CHECK_EQ(call_full(&q, one, 2, &reply), 0);
	CHECK_EQ(recv(one[1], &c, 1, MSG_DONTWAIT), -1);
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(call_full(&q, one, 2, &reply), EINVAL);
	q.tag = 0x12345678;
	CHECK_EQ(tl_end_pair(two, SOCK_STREAM), 0);
	CHECK_EQ(call_full(&q, two, 2, &reply), EPROTONOSUPPORT);
	/* A socket that is not ours, and a file. */
	q = (struct rpc_request){ .op = RPC_BIND, .addr = own4(1) };
	CHECK_EQ(call(&q, two[0]), EBADF);
	CHECK_EQ(call(&q, files[0]), ENOTSOCK);
	fd = z_socket(TAG4);
	CHECK(fd >= 0);
	close(fd);
	close(one[1]);
	close(one[0]);
	wait_for_sockets(0);
	CHECK(world.foreign_closed >= 3);
	world_stop();
}

TEST(rpc_quota_of_sockets_is_each_users)
{
	struct sockets_config c = { .user_sockets = 3 };
	int fds[3];
	int i;

	world_start_with(&c);
	for (i = 0; i < 3; i++) {
		fds[i] = z_socket(TAG4);
		CHECK(fds[i] >= 0);
	}
	CHECK_EQ(z_socket(TAG4), -EMFILE);
	close(fds[0]);
	wait_for_sockets(2);
	fds[0] = z_socket(TAG4);
	CHECK(fds[0] >= 0);
	for (i = 0; i < 3; i++)
		close(fds[i]);
	wait_for_sockets(0);
	world_stop();
}

/* The request of a client that does not wait; the application's end. */
static int z_socket_quiet(uint32_t tag)
{
	const struct rpc_request q = { .op = RPC_SOCKET,
				       .tag = tag,
				       .flags = RPC_FLAG_ONLY |
						RPC_FLAG_QUIET };
	int control = dial();
	int fds[2];

	CHECK_EQ(tl_end_pair(fds, SOCK_STREAM), 0);
	prepare(fds[1], tag, SOCK_STREAM);
	send_request(control, &q, fds, 2);
	close(control);
	close(fds[0]);
	return fds[1];
}

TEST(rpc_only_request_is_answered_and_the_connection_closed)
{
	const struct rpc_request q = { .op = RPC_HELLO,
				       .flags = RPC_FLAG_ONLY };
	struct rpc_reply reply;
	int control;
	char byte;

	world_start();
	control = dial();
	send_request(control, &q, NULL, 0);
	CHECK(receive_reply(control, &reply, reply_room));
	CHECK_EQ(reply.value, RPC_VERSION);
	CHECK_EQ(recv(control, &byte, 1, 0), 0);
	close(control);
	world_stop();
}

/* When the request comes long after the connection, and with many others. */
TEST(rpc_late_request_is_answered)
{
	const struct rpc_request q = { .op = RPC_HELLO,
				       .flags = RPC_FLAG_ONLY };
	struct rpc_reply reply;
	int controls[200];

	world_start();
	for (size_t i = 0; i < TL_ARRAY_SIZE(controls); i++)
		controls[i] = dial();
	/* A round trip: they have been looked at. */
	CHECK_EQ(call_full(&q, NULL, 0, &reply), 0);
	for (size_t i = 0; i < TL_ARRAY_SIZE(controls); i++)
		send_request(controls[i], &q, NULL, 0);
	for (size_t i = 0; i < TL_ARRAY_SIZE(controls); i++) {
		CHECK(receive_reply(controls[i], &reply, reply_room));
		close(controls[i]);
	}
	world_stop();
}

TEST(rpc_quiet_socket_is_there_for_the_next_request)
{
	int fd;

	world_start();
	for (int i = 0; i < 300; i++) {
		fd = z_socket_quiet(TAG4);
		CHECK_EQ(z_bind(fd, own4(6100), NULL), 0);
		CHECK_EQ(z_listen(fd, 1), 0);
		/* Its end is noticed before the next one binds. */
		close(fd);
	}
	wait_for_sockets(0);
	world_stop();
}

/* Who polls it already sees nothing of how it is looked at. */
TEST(rpc_quiet_socket_is_never_readable)
{
	const struct rpc_request q = { .op = RPC_SOCKET,
				       .tag = TAG4,
				       .flags = RPC_FLAG_ONLY |
						RPC_FLAG_QUIET };
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	int control;
	int fds[2];

	world_start();
	CHECK_EQ(tl_end_pair(fds, SOCK_STREAM), 0);
	prepare(fds[1], TAG4, SOCK_STREAM);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fds[1], &e), 0);
	control = dial();
	send_request(control, &q, fds, 2);
	close(control);
	CHECK_EQ(z_bind(fds[1], own4(6103), NULL), 0);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	close(fds[0]);
	close(fds[1]);
	close(ep);
	wait_for_sockets(0);
	world_stop();
}

TEST(rpc_quiet_socket_that_there_may_not_be)
{
	struct sockets_config c = { .user_sockets = 2 };
	int fds[3];

	world_start_with(&c);
	for (size_t i = 0; i < 3; i++)
		fds[i] = z_socket_quiet(TAG4);
	CHECK_EQ(z_bind(fds[1], own4(6101), NULL), 0);
	CHECK_EQ(z_bind(fds[2], own4(6102), NULL), EMFILE);
	CHECK_EQ(z_listen(fds[2], 1), EMFILE);
	/* And it is dead. */
	CHECK(wait_for(fds[2], POLLIN, WAIT_MS) & POLLHUP);
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
	wait_for_sockets(0);
	world_stop();
}

static uint32_t credit_now(void)
{
	const struct rpc_request q = { .op = RPC_SOCKET, .tag = TAG4 };
	struct rpc_reply reply;
	int fds[2];

	CHECK_EQ(tl_end_pair(fds, SOCK_STREAM), 0);
	prepare(fds[1], TAG4, SOCK_STREAM);
	CHECK_EQ(call_full(&q, fds, 2, &reply), 0);
	close(fds[0]);
	close(fds[1]);
	wait_for_sockets(0);
	return reply.value;
}

/* A part of what is left, so that near a limit every client waits. */
TEST(rpc_socket_tells_how_many_need_no_reply)
{
	struct sockets_config c = { .user_sockets = 321 };
	struct rlimit low, old;
	int lowest;

	world_start_with(&c);
	CHECK_EQ(credit_now(), 20);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
	lowest = dup(0);
	close(lowest);
	low = (struct rlimit){ .rlim_cur = (rlim_t)lowest + 40,
			       .rlim_max = old.rlim_max };
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
	CHECK_EQ(credit_now(), 2);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
	world_stop();
}

TEST(rpc_socket_tells_when_few_are_left)
{
	struct sockets_config c = { .user_sockets = 10 };

	world_start_with(&c);
	CHECK_EQ(credit_now(), 0);
	world_stop();
}

/* So many numbers for descriptors are left; what is made takes the lowest. */
static void leave_descriptors(size_t n, struct rlimit *before)
{
	struct rlimit few;
	int fds[8];
	size_t i;

	CHECK(n <= TL_ARRAY_SIZE(fds));
	for (i = 0; i < n; i++)
		CHECK((fds[i] = dup(0)) >= 0);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, before), 0);
	few = *before;
	few.rlim_cur = (rlim_t)fds[n - 1] + 1;
	for (i = 0; i < n; i++)
		close(fds[i]);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
}

TEST(rpc_without_descriptors_is_refused_in_words)
{
	const struct rpc_request q = { .op = RPC_SOCKET, .tag = TAG4 };
	struct rlimit before;
	struct rpc_reply reply;
	int ends[2];
	int fd;

	world_start();
	CHECK_EQ(tl_end_pair(ends, SOCK_STREAM), 0);
	/* Both ends of the call, and one of the two that come with it. */
	leave_descriptors(3, &before);
	CHECK_EQ(call_full(&q, ends, 2, &reply), ENFILE);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
	fd = z_socket(TAG4);
	CHECK(fd >= 0);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

TEST(rpc_quota_of_connections_refuses_the_rest)
{
	struct sockets_config c = { .user_calls = 2 };
	const struct rpc_request q = { .op = RPC_HELLO };
	struct rpc_reply reply;
	int a, b, more;
	char byte;

	world_start_with(&c);
	a = dial();
	b = dial();
	send_request(a, &q, NULL, 0);
	CHECK(receive_reply(a, &reply, reply_room));
	send_request(b, &q, NULL, 0);
	CHECK(receive_reply(b, &reply, reply_room));
	more = dial();
	CHECK_EQ(recv(more, &byte, 1, 0), 0);
	close(more);
	close(a);
	close(b);
	world_stop();
}

TEST(rpc_options_are_kept_or_refused_as_linux_does)
{
	int value = 42;
	struct rpc_request q = { .op = RPC_SETOPT,
				 .level = IPPROTO_TCP,
				 .name = 4 /* TCP_KEEPIDLE */,
				 .opt = tl_bytes(&value, sizeof(value)) };
	struct rpc_reply reply;
	int fd;

	world_start();
	fd = z_socket(TAG4);
	CHECK_EQ(call(&q, fd), 0);
	q.op = RPC_GETOPT;
	CHECK_EQ(call_full(&q, &fd, 1, &reply), 0);
	CHECK_EQ(reply.opt.n, sizeof(value));
	CHECK_MEM(reply.opt.at, &value, sizeof(value));
	q.op = RPC_SETOPT;
	value = 0;
	CHECK_EQ(call(&q, fd), EINVAL);
	q.name = 14; /* TCP_MD5SIG */
	CHECK_EQ(call(&q, fd), ENOPROTOOPT);
	q.name = 13; /* TCP_CONGESTION */
	q.opt = tl_bytes("nonesuch", 8);
	CHECK_EQ(call(&q, fd), ENOENT);
	q.opt = tl_bytes("reno", 4);
	CHECK_EQ(call(&q, fd), 0);
	q = (struct rpc_request){ .op = RPC_GETOPT,
				  .level = IPPROTO_TCP,
				  .name = 11 /* TCP_INFO */ };
	CHECK_EQ(call_full(&q, &fd, 1, &reply), 0);
	CHECK(reply.opt.n >= 104);
	CHECK_EQ(reply.opt.at[0], 7); /* TCP_CLOSE */
	q.opt = tl_bytes("x", 1);
	q.op = RPC_SETOPT;
	q.name = 4;
	CHECK_EQ(call(&q, fd), EINVAL);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

TEST(rpc_path_serves_too_and_is_removed)
{
	struct sockets_config c = { .poll = NULL };
	const struct rpc_request q = { .op = RPC_HELLO };
	struct rpc_reply reply;
	struct sockaddr_un sa;
	char path[64];
	socklen_t len;
	int stale, control;

	snprintf(path, sizeof(path), "tapless-test-%d.sock", getpid());
	len = tl_fdpass_name(&sa, tl_bytes_from_str(path));
	/* What a service that died has left. */
	stale = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK_EQ(bind(stale, (struct sockaddr *)&sa, len), 0);
	close(stale);
	c.path = path;
	world_start_with(&c);
	control = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK_EQ(connect(control, (struct sockaddr *)&sa, len), 0);
	send_request(control, &q, NULL, 0);
	CHECK(receive_reply(control, &reply, reply_room));
	close(control);
	world_stop();
	CHECK_EQ(access(path, F_OK), -1);
}

TEST(rpc_name_that_is_taken_says_so)
{
	struct sockets_config c = { .poll = NULL };
	struct sockets *second = NULL;

	world_start();
	c.poll = world.poll;
	c.name = world.name;
	c.random = world_random;
	CHECK_EQ(tl_sockets_new(&second, &c), -EADDRINUSE);
	CHECK(!second);
	world_stop();
}

/* --- a server alone --- */

struct lone {
	struct poll_set *poll;
	struct quota quota;
	int other_end;
	bool was_closed;
};

/* What has come along is closed before the client can know that it is served:
 * else a registration with epoll could outlive the number. */
static void answer_and_look(void *ctx, struct rpc_call *call,
			    TL_UNUSED const struct rpc_request *q)
{
	const struct rpc_reply reply = { 0 };
	struct lone *l = ctx;
	uint8_t byte;

	call->known_fds = true;
	CHECK_EQ(recv(l->other_end, &byte, 1, MSG_DONTWAIT), -1);
	tl_rpc_reply(call, &reply);
	l->was_closed = recv(l->other_end, &byte, 1, MSG_DONTWAIT) == 0;
}

static struct rpc_server *lone_start(struct lone *l)
{
	static const uint32_t limits[QUOTA_KINDS] = { 1, 1 };
	static const uint64_t key[2] = { 1, 2 };
	struct rpc_server_config c = { .name = world.name,
				       .owner = geteuid(),
				       .kept = { -1, -1 },
				       .random = world_random,
				       .quota = &l->quota,
				       .on_call = answer_and_look,
				       .on_call_ctx = l };
	struct rpc_server *server;

	snprintf(world.name, sizeof(world.name), "tapless-test-%d", getpid());
	CHECK_EQ(tl_poll_new(&l->poll), 0);
	tl_quota_init(&l->quota, key, limits);
	c.poll = l->poll;
	CHECK_EQ(tl_rpc_server_new(&server, &c), 0);
	return server;
}

TEST(rpc_descriptors_are_closed_before_the_reply)
{
	const struct rpc_request q = { .op = RPC_NAMES };
	struct lone l = { .was_closed = false };
	struct rpc_server *server = lone_start(&l);
	struct rpc_reply reply;
	int control = dial();
	int fds[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	l.other_end = fds[1];
	send_request(control, &q, fds, 1);
	close(fds[0]);
	do
		CHECK(tl_poll_run(l.poll, 0) >= 0);
	while (tl_rpc_server_end_pass(server));
	CHECK(receive_reply(control, &reply, reply_room));
	CHECK(l.was_closed);
	close(control);
	close(fds[1]);
	tl_rpc_server_free(server);
	tl_quota_fini(&l.quota);
	tl_poll_free(l.poll);
}
