/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/world_test.h"

TEST(listen_is_readable_exactly_when_accept_succeeds)
{
	int l, fd, a;

	world_start();
	l = z_listener(own4(6001), 4);
	CHECK_EQ(wait_for(l, POLLIN, 0), 0);
	CHECK_EQ(recv(l, &a, 1, MSG_DONTWAIT), -1);
	CHECK_EQ(errno, EAGAIN);
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, own4(6001)), 0);
	CHECK_EQ(wait_for(l, POLLIN, WAIT_MS), POLLIN);
	a = z_accept(l, NULL);
	CHECK(a >= 0);
	CHECK_EQ(wait_for(l, POLLIN, 0), 0);
	close(a);
	close(fd);
	close(l);
	wait_for_sockets(0);
	world_stop();
}

/* Start @n connections to @port, without waiting. */
static void connect_many(int *fds, size_t n, uint16_t port)
{
	size_t i;

	for (i = 0; i < n; i++) {
		fds[i] = z_socket(TAG4);
		CHECK(fds[i] >= 0);
		CHECK_EQ(z_connect_with(fds[i], own4(port), RPC_FLAG_NONBLOCK),
			 EINPROGRESS);
	}
}

static size_t records_in(int l)
{
	int n;

	CHECK_EQ(ioctl(l, FIONREAD, &n), 0);
	return (size_t)n / RPC_ACCEPT_LEN;
}

TEST(listen_backlog_limits_what_is_under_way)
{
	int fds[12];
	int l, a, i;

	world_start();
	l = z_listener(own4(6002), 3);
	connect_many(fds, 12, 6002);
	/* Four under way (Linux takes one more), four wait inside: eight
	 * applications see their connection, the others are not answered. */
	for (i = 0; i < 8; i++)
		CHECK_EQ(wait_for(fds[i], POLLOUT, WAIT_MS), POLLOUT);
	CHECK_EQ(wait_for(fds[8], POLLOUT, 100), 0);
	CHECK_EQ(records_in(l), 4);
	/* Taking some lets the others in, by and by; none is lost. */
	for (i = 0; i < 12; i++) {
		a = z_accept(l, NULL);
		CHECK(a >= 0);
		close(a);
		CHECK(records_in(l) <= 4);
	}
	for (i = 0; i < 12; i++)
		close(fds[i]);
	close(l);
	wait_for_sockets(0);
	world_stop();
}

TEST(listen_carries_data_sent_before_accept)
{
	static uint8_t buf[300000];
	int fds[3];
	int l, a, i;

	world_start();
	l = z_listener(own4(6003), 0);
	connect_many(fds, 2, 6003);
	for (i = 0; i < 2; i++)
		CHECK_EQ(wait_for(fds[i], POLLOUT, WAIT_MS), POLLOUT);
	memset(buf, 'q', sizeof(buf));
	/* One is under way, the other still waits inside. */
	write_all(fds[1], buf, sizeof(buf));
	CHECK_EQ(shutdown(fds[1], SHUT_WR), 0);
	a = z_accept(l, NULL);
	close(a);
	a = z_accept(l, NULL);
	CHECK(a >= 0);
	memset(buf, 0, sizeof(buf));
	read_all(a, buf, sizeof(buf));
	CHECK_EQ(buf[0], 'q');
	CHECK_EQ(buf[sizeof(buf) - 1], 'q');
	CHECK_EQ(read(a, buf, 1), 0);
	close(a);
	close(fds[0]);
	close(fds[1]);
	close(l);
	wait_for_sockets(0);
	world_stop();
}

TEST(listen_end_resets_what_waits)
{
	int fds[3];
	char c;
	int l, i;

	world_start();
	l = z_listener(own4(6004), 0);
	connect_many(fds, 2, 6004);
	for (i = 0; i < 2; i++)
		CHECK_EQ(wait_for(fds[i], POLLOUT, WAIT_MS), POLLOUT);
	close(l);
	CHECK_EQ(read(fds[1], &c, 1), -1);
	CHECK_EQ(errno, ECONNRESET);
	fds[2] = z_socket(TAG4);
	CHECK_EQ(z_connect(fds[2], own4(6004)), ECONNREFUSED);
	for (i = 0; i < 3; i++)
		close(fds[i]);
	wait_for_sockets(0);
	world_stop();
}

static void share(int fd)
{
	const int32_t on = 1;
	const struct rpc_request q = { .op = RPC_SETOPT,
				       .level = SOL_SOCKET,
				       .name = SO_REUSEPORT,
				       .opt = tl_bytes(&on, sizeof(on)) };

	CHECK_EQ(call(&q, fd), 0);
}

static int sharing_listener(struct rpc_addr a)
{
	int fd = z_socket(TAG4);

	CHECK(fd >= 0);
	share(fd);
	CHECK_EQ(z_bind(fd, a, NULL), 0);
	CHECK_EQ(z_listen(fd, 8), 0);
	return fd;
}

TEST(listen_sharers_take_turns)
{
	int fds[12];
	int l[3];
	int i, j, a;

	world_start();
	for (i = 0; i < 3; i++)
		l[i] = sharing_listener(own4(6010));
	connect_many(fds, 12, 6010);
	for (i = 0; i < 12; i++)
		CHECK_EQ(wait_for(fds[i], POLLOUT, WAIT_MS), POLLOUT);
	for (i = 0; i < 3; i++) {
		for (j = 0; j < 4; j++) {
			CHECK(wait_for(l[i], POLLIN, WAIT_MS) & POLLIN);
			a = z_accept(l[i], NULL);
			CHECK(a >= 0);
			close(a);
		}
		CHECK_EQ(wait_for(l[i], POLLIN, 0), 0);
	}
	for (i = 0; i < 12; i++)
		close(fds[i]);
	for (i = 0; i < 3; i++)
		close(l[i]);
	wait_for_sockets(0);
	world_stop();
}

/* A worker that ends leaves what waits for it to the others. */
TEST(listen_sharer_that_ends_leaves_its_queue_to_the_others)
{
	int fds[8];
	int l[2];
	int i, a;

	world_start();
	l[0] = sharing_listener(own4(6011));
	l[1] = z_socket(TAG4);
	share(l[1]);
	CHECK_EQ(z_bind(l[1], own4(6011), NULL), 0);
	/* One under way, so three of its four wait inside. */
	CHECK_EQ(z_listen(l[1], 0), 0);
	connect_many(fds, 8, 6011);
	for (i = 0; i < 8; i++)
		CHECK_EQ(wait_for(fds[i], POLLOUT, WAIT_MS), POLLOUT);
	close(l[1]);
	/* What was under way to it is lost with it, as is what it accepted. */
	for (i = 0; i < 7; i++) {
		CHECK(wait_for(l[0], POLLIN, WAIT_MS) & POLLIN);
		a = z_accept(l[0], NULL);
		CHECK(a >= 0);
		close(a);
	}
	CHECK_EQ(wait_for(l[0], POLLIN, 100), 0);
	close(l[0]);
	/* Nobody listens any more. */
	a = z_socket(TAG4);
	CHECK_EQ(z_connect(a, own4(6011)), ECONNREFUSED);
	close(a);
	for (i = 0; i < 8; i++)
		close(fds[i]);
	wait_for_sockets(0);
	world_stop();
}

TEST(listen_is_shared_by_consent_only)
{
	int l, fd;

	world_start();
	l = sharing_listener(own4(6012));
	fd = z_socket(TAG4);
	CHECK_EQ(z_bind(fd, own4(6012), NULL), EADDRINUSE);
	close(fd);
	/* A wildcard beside it is another place: both listen. */
	fd = sharing_listener(addr4(0, 0, 0, 0, 6012));
	close(fd);
	close(l);
	wait_for_sockets(0);
	world_stop();
}

/* No descriptor left in the process: it waits, and comes when there is one. */
TEST(listen_waits_when_descriptors_run_out)
{
	struct rlimit old, low;
	int hogs[64];
	int n = 0;
	int l, fd, a, control;
	struct rpc_request q = { .op = RPC_CONNECT, .addr = own4(6005) };
	const struct rpc_request hello = { .op = RPC_HELLO };
	struct rpc_reply reply;

	SKIP_UNDER_VALGRIND();
	world_start();
	l = z_listener(own4(6005), 4);
	fd = z_socket(TAG4);
	fill(fd);
	control = dial();
	send_request(control, &hello, NULL, 0);
	CHECK(receive_reply(control, &reply, reply_room));
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = (struct rlimit){ .rlim_cur = 64, .rlim_max = old.rlim_max };
	/* One is left for what the request brings; two ends need two. */
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
	while ((hogs[n] = dup(fd)) >= 0)
		n++;
	CHECK_EQ(errno, EMFILE);
	close(hogs[--n]);
	send_request(control, &q, &fd, 1);
	CHECK(receive_reply(control, &reply, reply_room));
	CHECK_EQ(reply.status, 0);
	/* The handshake needs nobody, the listener gets nothing. */
	CHECK_EQ(wait_for(l, POLLIN, 100), 0);
	while (n > 0)
		close(hogs[--n]);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
	/* Something must happen for the service to try again. */
	(void)z_error(fd);
	a = z_accept(l, NULL);
	CHECK(a >= 0);
	write_all(fd, "x", 1);
	read_all(a, &n, 1);
	close(control);
	close(a);
	close(fd);
	close(l);
	wait_for_sockets(0);
	world_stop();
}

TEST(listen_ports_are_shared_as_on_linux)
{
	struct rpc_addr local;
	int on = 1;
	int a, b, c;

	world_start();
	a = z_listener(own4(6006), 4);
	b = z_socket(TAG4);
	CHECK_EQ(z_bind(b, own4(6006), NULL), EADDRINUSE);
	CHECK_EQ(z_bind(b, addr4(0, 0, 0, 0, 6006), NULL), EADDRINUSE);
	CHECK_EQ(setsockopt(b, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	CHECK_EQ(z_bind(b, own4(6006), NULL), EADDRINUSE);
	CHECK_EQ(z_bind(b, addr4(0, 0, 0, 0, 0), &local), 0);
	CHECK(local.port >= 32768);
	CHECK_EQ(z_bind(b, own4(6007), NULL), EINVAL);
	/* Two may be bound with SO_REUSEADDR, one of them may listen. */
	c = z_socket(TAG4);
	CHECK_EQ(setsockopt(c, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	CHECK_EQ(z_bind(c, addr4(0, 0, 0, 0, local.port), NULL), 0);
	CHECK_EQ(z_listen(c, 1), 0);
	CHECK_EQ(z_listen(b, 1), EADDRINUSE);
	CHECK_EQ(z_listen(c, 5), 0);
	close(c);
	wait_for_sockets(2);
	CHECK_EQ(z_listen(b, 1), 0);
	close(a);
	close(b);
	/* Dual stack: [::] takes IPv4's port, too. */
	wait_for_sockets(0);
	a = z_socket(TAG6);
	b = z_socket(TAG4);
	c = z_socket(TAG6 | TAG_V6ONLY);
	CHECK_EQ(z_bind(b, own4(6008), NULL), 0);
	CHECK_EQ(z_bind(a, (struct rpc_addr){ .family = 6, .port = 6008 },
			NULL),
		 EADDRINUSE);
	CHECK_EQ(z_bind(c, (struct rpc_addr){ .family = 6, .port = 6008 },
			NULL),
		 0);
	close(a);
	close(b);
	close(c);
	wait_for_sockets(0);
	world_stop();
}

TEST(listen_restart_beside_a_live_connection)
{
	int on = 1;
	int ends[2];
	int l;

	world_start();
	z_pair(ends);
	l = z_socket(TAG4);
	CHECK_EQ(z_bind(l, own4(5001), NULL), EADDRINUSE);
	CHECK_EQ(setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	/* The listener had not set it: its connections do not share. */
	CHECK_EQ(z_bind(l, own4(5001), NULL), EADDRINUSE);
	close(ends[0]);
	close(ends[1]);
	wait_for_sockets(1);
	CHECK_EQ(z_bind(l, own4(5001), NULL), 0);
	CHECK_EQ(z_listen(l, 1), 0);
	close(l);
	wait_for_sockets(0);
	world_stop();
}

TEST(listen_without_bind_gets_a_port)
{
	struct sockaddr_un sa;
	socklen_t len = sizeof(sa);
	struct rpc_name name;
	int l, fd, a;

	world_start();
	l = z_socket(TAG4);
	CHECK_EQ(z_listen(l, 1), 0);
	CHECK_EQ(getpeername(l, (struct sockaddr *)&sa, &len), 0);
	CHECK(tl_rpc_name_parse(&name, tl_fdpass_path(&sa, len)));
	CHECK_EQ(name.kind, NAME_LISTENING);
	CHECK(name.local.port != 0);
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, own4(name.local.port)), 0);
	a = z_accept(l, NULL);
	close(a);
	close(fd);
	close(l);
	wait_for_sockets(0);
	world_stop();
}
