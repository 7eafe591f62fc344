/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/world_test.h"

#include <sys/epoll.h>
#include <sys/wait.h>

#include "lwip/priv/tcp_priv.h"

#include "sockets/socket_impl.h"

TEST(tcp_connects_accepts_and_echoes)
{
	int ends[2];
	char got[6] = "";

	world_start();
	z_pair(ends);
	write_all(ends[0], "hello", 5);
	read_all(ends[1], got, 5);
	CHECK_STR(got, "hello");
	write_all(ends[1], "olleh", 5);
	read_all(ends[0], got, 5);
	CHECK_STR(got, "olleh");
	close(ends[0]);
	CHECK_EQ(read(ends[1], got, 1), 0);
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}

struct transfer {
	int fd;
	size_t n;
	uint32_t sum;
};

static uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 2654435761u >> 13);
}

static void *send_pattern(void *ctx)
{
	struct transfer *t = ctx;
	uint8_t buf[150000];
	size_t done = 0;
	size_t i, n;

	while (done < t->n) {
		n = TL_MIN(sizeof(buf), t->n - done);
		for (i = 0; i < n; i++)
			buf[i] = pattern(done + i);
		write_all(t->fd, buf, n);
		done += n;
	}
	CHECK_EQ(shutdown(t->fd, SHUT_WR), 0);
	return NULL;
}

static void check_pattern(int fd, size_t want)
{
	static uint8_t buf[100000];
	size_t done = 0;
	ssize_t n, i;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++)
			CHECK_EQ(buf[i], pattern(done + (size_t)i));
		done += (size_t)n;
	}
	CHECK_EQ(n, 0);
	CHECK_EQ(done, want);
}

TEST(tcp_carries_megabytes_unchanged)
{
	struct transfer t = { .n = 50 * 1000 * 1000 + 7 };
	pthread_t thread;
	int ends[2];

	world_start();
	z_pair(ends);
	t.fd = ends[0];
	CHECK_EQ(pthread_create(&thread, NULL, send_pattern, &t), 0);
	check_pattern(ends[1], t.n);
	pthread_join(thread, NULL);
	/* Half-closed: the other direction still works. */
	write_all(ends[1], "x", 1);
	read_all(ends[0], &t.sum, 1);
	close(ends[1]);
	CHECK_EQ(read(ends[0], &t.sum, 1), 0);
	close(ends[0]);
	wait_for_sockets(0);
	world_stop();
}

/* A program that writes as much as goes and polls for more. */
TEST(tcp_polling_writer_never_stalls)
{
	static uint8_t buf[262144], sink[262144];
	size_t sent = 0, got = 0, total = 20 * 1000 * 1000;
	struct pollfd p[2];
	int ends[2];
	ssize_t n;

	world_start();
	z_pair(ends);
	p[0] = (struct pollfd){ .fd = ends[0], .events = POLLOUT };
	p[1] = (struct pollfd){ .fd = ends[1], .events = POLLIN };
	while (got < total) {
		CHECK(poll(p, 2, WAIT_MS) > 0);
		if (p[0].revents & POLLOUT) {
			n = send(ends[0], buf,
				 TL_MIN(sizeof(buf), total - sent),
				 MSG_DONTWAIT);
			sent += n > 0 ? (size_t)n : 0;
			if (sent == total)
				p[0].fd = -1;
		}
		if (p[1].revents & POLLIN) {
			n = recv(ends[1], sink, sizeof(sink), MSG_DONTWAIT);
			got += n > 0 ? (size_t)n : 0;
		}
	}
	CHECK_EQ(got, total);
	close(ends[0]);
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}

TEST(tcp_slow_reader_stops_the_writer_and_loses_nothing)
{
	static uint8_t buf[65536];
	size_t sent = 0, got = 0;
	int ends[2];
	ssize_t n;

	world_start();
	z_pair(ends);
	/* Until nothing moves any more: window and buffers are full. */
	while (wait_for(ends[0], POLLOUT, 1000) & POLLOUT) {
		n = send(ends[0], buf, sizeof(buf), MSG_DONTWAIT);
		sent += n > 0 ? (size_t)n : 0;
		CHECK(sent < 64 * 1000 * 1000);
	}
	CHECK(sent > 1000 * 1000);
	while (got < sent) {
		n = read(ends[1], buf, sizeof(buf));
		CHECK(n > 0);
		got += (size_t)n;
	}
	CHECK(wait_for(ends[0], POLLOUT, WAIT_MS) & POLLOUT);
	close(ends[0]);
	CHECK_EQ(read(ends[1], buf, 1), 0);
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}

struct burst {
	int fd;
	size_t sent;
};

/* In the service's thread, so that it sees all of it at once. */
static void write_burst(void *ctx)
{
	struct burst *b = ctx;
	uint8_t buf[30000];
	ssize_t n;
	size_t i;

	do {
		for (i = 0; i < sizeof(buf); i++)
			buf[i] = pattern(b->sent + i);
		n = send(b->fd, buf, sizeof(buf), MSG_DONTWAIT);
		b->sent += n > 0 ? (size_t)n : 0;
	} while (n > 0);
}

/* Write a pattern until nothing moves any more. */
static size_t fill_with_pattern(int fd)
{
	struct burst b = { .fd = fd };

	while (wait_for(fd, POLLOUT, 1000) & POLLOUT) {
		world_do(write_burst, &b);
		CHECK(b.sent < 64 * 1000 * 1000);
	}
	return b.sent;
}

/* Let each socket whose application is gone have its turn. */
static void mark_draining(void *ctx)
{
	size_t *n = ctx;

	tl_list_each(it, next, &world.sockets->all) {
		struct socket *k = tl_container_of(it, struct socket, link);

		if (k->state == SOCKET_DRAINING) {
			tl_socket_mark(k);
			++*n;
		}
	}
}

TEST(tcp_goes_on_sending_when_its_application_is_gone)
{
	static uint8_t buf[300000];
	size_t n_draining = 0;
	size_t sent;
	size_t i;
	int ends[2];

	world_start();
	z_pair(ends);
	sent = fill_with_pattern(ends[0]);
	close(ends[0]);
	/* Enough that the stack was given all, but cannot have sent all. */
	read_all(ends[1], buf, sizeof(buf));
	while (!n_draining)
		world_do(mark_draining, &n_draining);
	world_do(mark_draining, &n_draining);
	CHECK_EQ(n_draining, 2);
	for (i = sizeof(buf); i < sent; i++) {
		if (i % sizeof(buf) == 0)
			read_all(ends[1], buf, TL_MIN(sizeof(buf), sent - i));
		CHECK_EQ(buf[i % sizeof(buf)], pattern(i));
	}
	CHECK_EQ(read(ends[1], buf, 1), 0);
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}

static void shrink_mtu(void *ctx)
{
	(void)ctx;
	tl_ifc_set_mtu(world.ifc, 1280);
}

static void count_losses(void *ctx)
{
	size_t *n = ctx;
	const struct tcp_pcb *pcb;

	for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
		*n += pcb->ssthresh != TCP_SND_BUF || pcb->nrtx > 0;
}

/* What the stack was told to keep makes it throw away what comes after. */
TEST(tcp_slow_reader_makes_nothing_be_sent_twice)
{
	size_t n_losses = 0;
	int ends[2];
	size_t sent;

	world_start();
	/* Many segments in a batch. */
	world_do(shrink_mtu, NULL);
	z_pair(ends);
	sent = fill_with_pattern(ends[0]);
	world_do(count_losses, &n_losses);
	CHECK_EQ(n_losses, 0);
	CHECK_EQ(shutdown(ends[0], SHUT_WR), 0);
	check_pattern(ends[1], sent);
	close(ends[0]);
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}

static void find_least_window(void *ctx)
{
	uint32_t *least = ctx;
	const struct tcp_pcb *pcb;

	for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
		*least = TL_MIN(*least, pcb->rcv_wnd);
}

/* Also for what is written while a batch is still coming in. */
TEST(tcp_window_is_whole_again_when_all_was_read)
{
	struct transfer t = { .n = 10 * 1000 * 1000 };
	uint32_t least = UINT32_MAX;
	pthread_t thread;
	int ends[2];

	world_start();
	z_pair(ends);
	t.fd = ends[0];
	CHECK_EQ(pthread_create(&thread, NULL, send_pattern, &t), 0);
	check_pattern(ends[1], t.n);
	pthread_join(thread, NULL);
	world_do(find_least_window, &least);
	CHECK_EQ(least, TCP_WND);
	close(ends[0]);
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}

TEST(tcp_is_writable_exactly_when_established)
{
	struct rpc_request q = { .op = RPC_CONNECT };
	int l, fd, a, ep;
	struct epoll_event e = { .events = EPOLLOUT | EPOLLET };

	world_start();
	fd = z_socket(TAG4);
	ep = epoll_create1(EPOLL_CLOEXEC);
	/* Nobody answers at this address. */
	CHECK_EQ(z_connect_with(fd, addr4(10, 7, 0, 99, 80), RPC_FLAG_NONBLOCK),
		 EINPROGRESS);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
	CHECK_EQ(epoll_wait(ep, &e, 1, 50), 0);
	CHECK_EQ(wait_for(fd, POLLOUT, 0), 0);
	CHECK_EQ(z_connect_with(fd, own4(80), RPC_FLAG_NONBLOCK), EALREADY);
	close(fd);

	l = z_listener(own4(7001), 4);
	fd = z_socket(TAG4);
	fill(fd);
	e = (struct epoll_event){ .events = EPOLLOUT | EPOLLET };
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	CHECK_EQ(z_connect_with(fd, own4(7001), RPC_FLAG_NONBLOCK),
		 EINPROGRESS);
	CHECK_EQ(epoll_wait(ep, &e, 1, WAIT_MS), 1);
	CHECK_EQ(e.events, EPOLLOUT);
	q.addr = own4(7001);
	CHECK_EQ(call(&q, fd), EISCONN);
	/* No filler reached the other side. */
	a = z_accept(l, NULL);
	CHECK_EQ(wait_for(a, POLLIN, 50), 0);
	close(fd);
	CHECK_EQ(read(a, &e, 1), 0);
	close(a);
	close(l);
	close(ep);
	wait_for_sockets(0);
	world_stop();
}

/* The side that closes first keeps the connection in TIME_WAIT. With so many of
 * them, a port drawn at random is one of theirs now and then. */
static void connect_often(uint16_t port, bool client_closes_first)
{
	int n_connections = 4000;
	struct rpc_accept who;
	int l, i;
	int fd[2];
	char c;

	world_start();
	l = z_listener(own4(port), 8);
	for (i = 0; i < n_connections; i++) {
		fd[0] = z_socket(TAG4);
		CHECK(fd[0] >= 0);
		CHECK_EQ(z_connect(fd[0], own4(port)), 0);
		fd[1] = z_accept(l, &who);
		CHECK(fd[1] >= 0);
		close(fd[!client_closes_first]);
		CHECK_EQ(read(fd[client_closes_first], &c, 1), 0);
		close(fd[client_closes_first]);
	}
	close(l);
	wait_for_sockets(0);
	world_stop();
}

TEST(tcp_ports_that_still_wait_are_passed_over)
{
	connect_often(5900, true);
}

TEST(tcp_ports_that_the_server_waits_on_are_taken_again)
{
	connect_often(5901, false);
}

TEST(tcp_refused_connect_says_so)
{
	char c;
	int fd;

	world_start();
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, own4(9)), ECONNREFUSED);
	CHECK_EQ(z_error(fd), 0);
	close(fd);
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect_with(fd, own4(9), RPC_FLAG_NONBLOCK), EINPROGRESS);
	CHECK(wait_for(fd, POLLOUT, WAIT_MS) & (POLLERR | POLLHUP));
	CHECK_EQ(z_error(fd), ECONNREFUSED);
	CHECK_EQ(z_error(fd), 0);
	CHECK_EQ(read(fd, &c, 1), -1);
	CHECK_EQ(errno, ECONNRESET);
	close(fd);
	world_stop();
}

TEST(tcp_to_an_address_that_nobody_has_finds_no_way)
{
	int fd;

	world_start();
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, addr4(10, 7, 0, 99, 80)), EHOSTUNREACH);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

TEST(tcp_reset_never_looks_like_the_end)
{
	struct linger linger = { .l_onoff = 1 };
	struct rpc_request q = { .op = RPC_SETOPT,
				 .level = SOL_SOCKET,
				 .name = SO_LINGER,
				 .opt = tl_bytes(&linger, sizeof(linger)) };
	char got[4];
	int ends[2];

	world_start();
	z_pair(ends);
	write_all(ends[1], "abc", 3);
	CHECK(wait_for(ends[0], POLLIN, WAIT_MS) & POLLIN);
	CHECK_EQ(call(&q, ends[1]), 0);
	close(ends[1]);
	/* What came before is still read, then the reset. */
	while (!(wait_for(ends[0], 0, WAIT_MS) & POLLERR))
		;
	CHECK_EQ(read(ends[0], got, sizeof(got)), 3);
	CHECK_EQ(read(ends[0], got, 1), -1);
	CHECK_EQ(errno, ECONNRESET);
	close(ends[0]);
	wait_for_sockets(0);
	world_stop();
}

TEST(tcp_close_with_unread_data_resets)
{
	char c;
	int ends[2];

	world_start();
	z_pair(ends);
	write_all(ends[0], "unread", 6);
	CHECK(wait_for(ends[1], POLLIN, WAIT_MS) & POLLIN);
	close(ends[1]);
	CHECK_EQ(read(ends[0], &c, 1), -1);
	CHECK_EQ(errno, ECONNRESET);
	close(ends[0]);
	wait_for_sockets(0);
	world_stop();
}

/* shutdown() of both sides, descriptor kept: the end, not a reset. */
TEST(tcp_shutdown_of_both_sides_reads_the_end)
{
	char c;
	int ends[2];

	world_start();
	z_pair(ends);
	write_all(ends[0], "x", 1);
	CHECK_EQ(shutdown(ends[0], SHUT_RDWR), 0);
	read_all(ends[1], &c, 1);
	CHECK_EQ(read(ends[1], &c, 1), 0);
	close(ends[1]);
	wait_for_sockets(0);
	CHECK_EQ(read(ends[0], &c, 1), 0);
	close(ends[0]);
	world_stop();
}

TEST(tcp_data_written_before_close_arrives)
{
	static uint8_t buf[200000];
	size_t got = 0;
	int ends[2];
	ssize_t n;

	world_start();
	z_pair(ends);
	write_all(ends[0], buf, sizeof(buf));
	close(ends[0]);
	while ((n = read(ends[1], buf, 1000)) > 0)
		got += (size_t)n;
	CHECK_EQ(n, 0);
	CHECK_EQ(got, sizeof(buf));
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}

TEST(tcp_names_spell_both_addresses)
{
	struct sockaddr_un sa;
	socklen_t len = sizeof(sa);
	struct rpc_name name, back;
	int ends[2];

	world_start();
	z_pair(ends);
	CHECK_EQ(getpeername(ends[0], (struct sockaddr *)&sa, &len), 0);
	CHECK(tl_rpc_name_parse(&name, tl_fdpass_path(&sa, len)));
	CHECK_EQ(name.kind, NAME_CONNECTED);
	CHECK_MEM(name.local.ip, own4(0).ip, 16);
	CHECK_EQ(name.remote.port, 5001);
	len = sizeof(sa);
	CHECK_EQ(getpeername(ends[1], (struct sockaddr *)&sa, &len), 0);
	CHECK(tl_rpc_name_parse(&back, tl_fdpass_path(&sa, len)));
	CHECK_EQ(back.remote.port, name.local.port);
	CHECK_EQ(back.local.port, name.remote.port);
	CHECK_EQ(tl_end_option(ends[1], SOL_SOCKET, SO_INCOMING_CPU, 0),
		 (int)(TAG4 | TAG_CONNECTING));
	close(ends[0]);
	close(ends[1]);
	world_stop();
}

TEST(tcp_survives_dup_and_fork)
{
	int ends[2];
	int copy, status;
	pid_t pid;
	char c;

	world_start();
	z_pair(ends);
	copy = dup(ends[0]);
	close(ends[0]);
	pid = fork();
	if (pid == 0) {
		/* The service's descriptors are copies, too, in this process;
		 * the real one has a table of its own. */
		_exit(send(copy, "f", 1, 0) == 1 ? 0 : 1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	write_all(copy, "d", 1);
	read_all(ends[1], &c, 1);
	CHECK_EQ(c, 'f');
	read_all(ends[1], &c, 1);
	CHECK_EQ(c, 'd');
	close(copy);
	CHECK_EQ(read(ends[1], &c, 1), 0);
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}

TEST(tcp_works_over_ipv6_and_mapped)
{
	struct rpc_accept who;
	int l, fd, a;

	world_start();
	l = z_socket(TAG6);
	CHECK_EQ(z_bind(l, (struct rpc_addr){ .family = 6, .port = 7100 },
			NULL),
		 0);
	CHECK_EQ(z_listen(l, 5), 0);
	fd = z_socket(TAG6);
	CHECK_EQ(z_connect(fd, own6(7100)), 0);
	a = z_accept(l, &who);
	CHECK_EQ(who.remote.family, 6);
	close(a);
	close(fd);
	/* IPv4 reaches the dual-stack listener, also by a mapped address. */
	fd = z_socket(TAG6);
	CHECK_EQ(z_connect(fd,
			   (struct rpc_addr){
				   .family = 6,
				   .port = 7100,
				   .ip = { [10] = 0xff, 0xff, 10, 7, 0, 1 } }),
		 0);
	a = z_accept(l, &who);
	CHECK_EQ(who.remote.family, 4);
	close(a);
	close(fd);
	close(l);
	wait_for_sockets(0);
	world_stop();
}

TEST(tcp_destinations_outside_go_to_the_host)
{
	int fd;

	world_start();
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, addr4(192, 0, 2, 1, 80)), RPC_USE_HOST);
	CHECK_EQ(z_connect(fd, addr4(127, 0, 0, 1, 80)), RPC_USE_HOST);
	CHECK_EQ(z_connect_with(fd, addr4(192, 0, 2, 1, 80), RPC_FLAG_ISOLATE),
		 ENETUNREACH);
	CHECK_EQ(z_connect(fd, own6(80)), EAFNOSUPPORT);
	CHECK_EQ(z_bind(fd, addr4(192, 0, 2, 1, 80), NULL), RPC_USE_HOST);
	CHECK_EQ(z_bind(fd, own4(80), NULL), 0);
	/* Bound to a virtual address it has no way to the host. */
	CHECK_EQ(z_connect(fd, addr4(192, 0, 2, 1, 80)), ENETUNREACH);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

static void lose_ifc(void *ctx)
{
	struct world *w = ctx;

	tl_sockets_on_ifc_gone(w->sockets, w->ifc);
}

TEST(tcp_loss_of_the_interface_resets)
{
	int ends[2];
	char c;

	world_start();
	z_pair(ends);
	world_do(lose_ifc, &world);
	CHECK_EQ(read(ends[0], &c, 1), -1);
	CHECK_EQ(errno, ECONNRESET);
	CHECK_EQ(read(ends[1], &c, 1), -1);
	CHECK_EQ(errno, ECONNRESET);
	close(ends[0]);
	close(ends[1]);
	world_stop();
}

static void unreachable(void *ctx)
{
	const struct socket_error e = { .local = own4(4444),
					.remote = addr4(10, 7, 0, 99, 80),
					.error = EHOSTUNREACH };

	tl_sockets_on_error(((struct world *)ctx)->sockets, &e);
}

TEST(tcp_error_of_the_network_fails_the_connect)
{
	int fd;

	world_start();
	fd = z_socket(TAG4);
	CHECK_EQ(z_bind(fd, own4(4444), NULL), 0);
	CHECK_EQ(z_connect_with(fd, addr4(10, 7, 0, 99, 80), RPC_FLAG_NONBLOCK),
		 EINPROGRESS);
	world_do(unreachable, &world);
	CHECK(wait_for(fd, POLLOUT, WAIT_MS) & POLLERR);
	CHECK_EQ(z_error(fd), EHOSTUNREACH);
	close(fd);
	world_stop();
}

static void are_held(void *ctx)
{
	const struct sockets *s = world.sockets;

	*(bool *)ctx = !tl_list_is_empty(&s->held) ||
		       !tl_list_is_empty(&s->held_new);
}

static void wait_until_none_is_held(void)
{
	int64_t until = world_now_us() + WAIT_MS * 1000;
	bool held;

	do {
		world_do(are_held, &held);
		CHECK(world_now_us() < until);
	} while (held);
}

/* Nobody answers at this address; the application closes all the same. */
TEST(tcp_that_takes_long_to_connect_is_not_held)
{
	bool held;
	int fd;

	world_start();
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect_with(fd, addr4(10, 7, 0, 99, 80), RPC_FLAG_NONBLOCK),
		 EINPROGRESS);
	world_do(are_held, &held);
	CHECK(held);
	wait_until_none_is_held();
	CHECK_EQ(wait_for(fd, POLLOUT, 0), 0);
	CHECK_EQ(send(fd, "x", 1, MSG_DONTWAIT), -1);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

/* SYNs to a full listener are ignored until it has room. */
TEST(tcp_that_took_long_to_connect_is_as_any_other)
{
	static uint8_t sent[200000], got[sizeof(sent)];
	struct epoll_event e = { .events = EPOLLOUT | EPOLLET };
	int l, fd, a, ep;
	int early[8];
	size_t n = 0;

	world_start();
	l = z_listener(own4(7300), 1);
	ep = epoll_create1(EPOLL_CLOEXEC);
	do {
		CHECK(n < TL_ARRAY_SIZE(early));
		fd = early[n++] = z_socket(TAG4);
		CHECK_EQ(z_connect_with(fd, own4(7300), RPC_FLAG_NONBLOCK),
			 EINPROGRESS);
	} while (wait_for(fd, POLLOUT, 500));
	wait_until_none_is_held();
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	for (size_t i = 0; i + 1 < n; i++) {
		a = z_accept(l, NULL);
		CHECK(a >= 0);
		close(a);
		close(early[i]);
	}
	CHECK_EQ(epoll_wait(ep, &e, 1, WAIT_MS), 1);
	a = z_accept(l, NULL);
	CHECK(a >= 0);
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 7 + 1);
	/* At once: the buffer is as wide as any. */
	CHECK_EQ(send(fd, sent, sizeof(sent), MSG_DONTWAIT), sizeof(sent));
	read_all(a, got, sizeof(got));
	CHECK_MEM(got, sent, sizeof(sent));
	close(fd);
	close(a);
	close(ep);
	close(l);
	wait_for_sockets(0);
	world_stop();
}

/* The connect of a client that does not wait for the reply. */
static int connect_quietly(struct rpc_addr to)
{
	const struct rpc_request q = { .op = RPC_CONNECT,
				       .addr = to,
				       .flags = RPC_FLAG_NONBLOCK |
						RPC_FLAG_ONLY |
						RPC_FLAG_QUIET };
	int fd = z_socket(TAG4);
	int control = dial();

	fill(fd);
	send_request(control, &q, &fd, 1);
	close(control);
	return fd;
}

TEST(tcp_quiet_connect_goes_as_any_other)
{
	struct rpc_request q = { .op = RPC_CONNECT,
				 .addr = own4(7310),
				 .flags = RPC_FLAG_NONBLOCK };
	struct rpc_reply reply;
	int l, fd, a;

	world_start();
	l = z_listener(own4(7310), 4);
	fd = z_socket(TAG4);
	fill(fd);
	CHECK_EQ(call_full(&q, &fd, 1, &reply), EINPROGRESS);
	CHECK(reply.value > 0);
	close(fd);
	a = z_accept(l, NULL);
	CHECK(a >= 0);
	close(a);

	fd = connect_quietly(own4(7310));
	CHECK_EQ(wait_for(fd, POLLOUT, WAIT_MS), POLLOUT);
	a = z_accept(l, NULL);
	write_all(fd, "x", 1);
	read_all(a, &reply.value, 1);
	close(a);
	close(fd);
	close(l);
	wait_for_sockets(0);
	world_stop();
}

/* What a reply would have said is its error. */
TEST(tcp_quiet_connect_that_is_refused_fails)
{
	struct rpc_request q = { .op = RPC_LISTEN };
	int fd;

	world_start();
	fd = connect_quietly(addr4(192, 0, 2, 1, 80));
	CHECK(wait_for(fd, POLLOUT, WAIT_MS) & POLLHUP);
	CHECK_EQ(z_error(fd), ENETUNREACH);
	CHECK_EQ(z_error(fd), 0);
	CHECK_EQ(call(&q, fd), EBADF);
	close(fd);
	fd = connect_quietly(own4(0));
	CHECK(wait_for(fd, POLLOUT, WAIT_MS) & POLLHUP);
	CHECK_EQ(z_error(fd), ECONNREFUSED);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

TEST(tcp_caller_that_goes_away_leaves_the_connect)
{
	struct rpc_request q = { .op = RPC_CONNECT,
				 .addr = addr4(10, 7, 0, 99, 80) };
	int fd, control;

	world_start();
	fd = z_socket(TAG4);
	fill(fd);
	control = dial();
	send_request(control, &q, &fd, 1);
	close(control);
	/* As after EINTR. */
	q.flags = RPC_FLAG_NONBLOCK;
	CHECK_EQ(call(&q, fd), EALREADY);
	close(fd);
	wait_for_sockets(0);
	world_stop();
}

TEST(tcp_service_death_resets)
{
	int ends[2];
	char c;
	int l;

	world_start();
	z_pair(ends);
	l = z_listener(own4(7200), 1);
	world_stop();
	CHECK_EQ(read(ends[0], &c, 1), -1);
	CHECK_EQ(errno, ECONNRESET);
	CHECK_EQ(z_accept(l, NULL), -ECONNRESET);
	CHECK_EQ(z_accept(l, NULL), -EINVAL);
	close(l);
	close(ends[0]);
	close(ends[1]);
}

TEST(tcp_writing_to_who_has_closed_is_reset)
{
	int64_t until = world_now_us() + WAIT_MS * 1000;
	int ends[2];
	char c;

	world_start();
	z_pair(ends);
	close(ends[0]);
	CHECK_EQ(read(ends[1], &c, 1), 0);
	/* The first is answered by a reset, later ones find it. */
	while (send(ends[1], "x", 1, MSG_NOSIGNAL) == 1)
		CHECK(world_now_us() < until);
	CHECK(errno == EPIPE || errno == ECONNRESET);
	close(ends[1]);
	wait_for_sockets(0);
	world_stop();
}

/* Memory for little: who does not read has its share, the others go on. */
TEST(tcp_slow_reader_leaves_memory_to_others)
{
	struct sockets_config c = { .receive_limit = 2 << 20,
				    .send_limit = 2 << 20 };
	struct transfer slow = { .n = 12 * 1000 * 1000 };
	struct transfer fast = { .n = 5 * 1000 * 1000 };
	pthread_t slow_writer, fast_writer;
	int a[2], b[2];

	world_start_with(&c);
	z_pair(a);
	z_pair(b);
	slow.fd = a[0];
	fast.fd = b[0];
	CHECK_EQ(pthread_create(&slow_writer, NULL, send_pattern, &slow), 0);
	/* Nobody reads until the writer cannot write. */
	while (wait_for(a[0], POLLOUT, 300) & POLLOUT)
		;
	CHECK_EQ(pthread_create(&fast_writer, NULL, send_pattern, &fast), 0);
	check_pattern(b[1], fast.n);
	check_pattern(a[1], slow.n);
	pthread_join(slow_writer, NULL);
	pthread_join(fast_writer, NULL);
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
	wait_for_sockets(0);
	world_stop();
}
