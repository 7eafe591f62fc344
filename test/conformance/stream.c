/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.c - bytes over TCP, and how connections end
 */
#include "conformance.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#define BULK (8 << 20)

static void words(void)
{
	struct pair c = make_pair(&place4);
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct iovec iov[2] = { { "ab", 2 }, { "cde", 3 } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	char a[4] = { 0 };
	char b[16] = { 0 };
	int n = -1;

	RESULT("writev", writev(c.client, iov, 2));
	wait_for(c.server, POLLIN);
	ioctl(c.server, FIONREAD, &n);
	say("fionread", "%d", n);
	RESULT("peek", recv(c.server, b, sizeof(b), MSG_PEEK));
	RESULT("recv after peek", recv(c.server, b, 1, 0));
	iov[0] = (struct iovec){ a, 2 };
	iov[1] = (struct iovec){ b, sizeof(b) };
	RESULT("readv", readv(c.server, iov, 2));
	say("readv text", "%.2s %.2s", a, b);
	RESULT("recv dontwait", recv(c.server, b, 1, MSG_DONTWAIT));
	iov[0] = (struct iovec){ "xy", 2 };
	m.msg_iovlen = 1;
	RESULT("sendmsg", sendmsg(c.server, &m, 0));
	wait_for(c.client, POLLIN);
	m.msg_name = &from;
	m.msg_namelen = sizeof(from);
	iov[0] = (struct iovec){ b, sizeof(b) };
	RESULT("recvmsg", recvmsg(c.client, &m, 0));
	say("recvmsg name", "%u %x", m.msg_namelen, m.msg_flags);
	from.ss_family = AF_INET;
	RESULT("sendto connected",
	       sendto(c.client, "z", 1, 0, (struct sockaddr *)&place4.addr,
		      place4.len));
	wait_for(c.server, POLLIN);
	RESULT("recvfrom", recvfrom(c.server, b, sizeof(b), 0,
				    (struct sockaddr *)&from, &len));
	say("recvfrom len", "%u", len);
	RESULT("recv zero", recv(c.server, b, 0, MSG_DONTWAIT));
	RESULT("send zero", send(c.server, b, 0, 0));
	RESULT("errqueue", recv(c.server, b, 1, MSG_ERRQUEUE));
	RESULT("waitall send", send(c.client, "12345678", 8, 0));
	RESULT("waitall", recv(c.server, b, 8, MSG_WAITALL));
	close_pair(&c);
}

static void timeouts(void)
{
	struct pair c = make_pair(&place4);
	struct timeval tv = { .tv_usec = 20000 };
	char b;

	RESULT("rcvtimeo set",
	       setsockopt(c.client, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	RESULT("rcvtimeo recv", recv(c.client, &b, 1, 0));
	close_pair(&c);
}

static void half_close(bool from_client)
{
	struct pair c = make_pair(&place4);
	int a = from_client ? c.client : c.server;
	int b = from_client ? c.server : c.client;
	const char *who = from_client ? "client" : "server";
	char name[64];
	char text[8];

#define NAME(what) (snprintf(name, sizeof(name), "%s %s", who, what), name)
	must((int)write(a, "last", 4), "write");
	RESULT(NAME("shut wr"), shutdown(a, SHUT_WR));
	RESULT(NAME("shut send"), send(a, "x", 1, MSG_NOSIGNAL));
	RESULT(NAME("shut last"), recv(b, text, 8, MSG_WAITALL));
	RESULT(NAME("shut end"), recv(b, text, 8, 0));
	say_events(NAME("shut end events"),
		   wait_for(b, POLLIN | POLLRDHUP) & (POLLIN | POLLRDHUP));
	RESULT(NAME("shut reply"), send(b, "reply", 5, 0));
	RESULT(NAME("shut read reply"), recv(a, text, 5, MSG_WAITALL));
	RESULT(NAME("shut wr other"), shutdown(b, SHUT_WR));
	RESULT(NAME("shut end other"), recv(a, text, 8, 0));
	close_pair(&c);
}

static void ends(bool from_client)
{
	struct pair c = make_pair(&place4);
	int a = from_client ? c.client : c.server;
	int b = from_client ? c.server : c.client;
	const char *who = from_client ? "client" : "server";
	struct linger l = { .l_onoff = 1, .l_linger = 0 };
	char name[64];
	char text[8];

	must((int)write(a, "bye", 3), "write");
	close(a);
	RESULT(NAME("close data"), recv(b, text, 8, MSG_WAITALL));
	RESULT(NAME("close end"), recv(b, text, 8, 0));
	RESULT(NAME("close error"), get_int(b, SOL_SOCKET, SO_ERROR));
	close(b);

	c = make_pair(&place4);
	a = from_client ? c.client : c.server;
	b = from_client ? c.server : c.client;
	setsockopt(a, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(a);
	say_events(NAME("reset events"),
		   wait_for(b, POLLIN) & (POLLIN | POLLERR | POLLHUP));
	RESULT(NAME("reset recv"), recv(b, text, 8, 0));
	RESULT(NAME("reset recv again"), recv(b, text, 8, 0));
	RESULT(NAME("reset send"), send(b, "x", 1, MSG_NOSIGNAL));
	close(b);

	c = make_pair(&place4);
	a = from_client ? c.client : c.server;
	b = from_client ? c.server : c.client;
	must((int)write(b, "unread", 6), "write");
	wait_for(a, POLLIN);
	close(a);
	wait_for(b, POLLIN);
	RESULT(NAME("unread close error"), get_int(b, SOL_SOCKET, SO_ERROR));
	RESULT(NAME("unread close recv"), recv(b, text, 8, 0));
	close(b);
#undef NAME
}

static volatile sig_atomic_t n_pipes;

static void on_pipe(int number)
{
	(void)number;
	n_pipes++;
}

static void pipes(void)
{
	struct pair c = make_pair(&place4);

	signal(SIGPIPE, on_pipe);
	shutdown(c.client, SHUT_WR);
	RESULT("sigpipe write", write(c.client, "x", 1));
	say("sigpipe count", "%d", (int)n_pipes);
	RESULT("nosignal send", send(c.client, "x", 1, MSG_NOSIGNAL));
	say("nosignal count", "%d", (int)n_pipes);
	signal(SIGPIPE, SIG_DFL);
	RESULT("shutdown bad", shutdown(c.client, 7));
	RESULT("shutdown rd", shutdown(c.client, SHUT_RD));
	RESULT("shutdown rd recv", recv(c.client, &(char){ 0 }, 1, 0));
	close_pair(&c);
}

/* A byte of the stream at @at: any loss or swap shows. */
static uint8_t byte_at(size_t at)
{
	return (uint8_t)(at ^ at >> 8 ^ at >> 16);
}

static void *writer(void *arg)
{
	int fd = *(int *)arg;
	static uint8_t block[100000];
	size_t done = 0;
	ssize_t n;

	while (done < BULK) {
		size_t want = sizeof(block) < BULK - done ? sizeof(block)
							  : BULK - done;

		for (size_t i = 0; i < want; i++)
			block[i] = byte_at(done + i);
		n = write(fd, block, want);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	shutdown(fd, SHUT_WR);
	return NULL;
}

static void bulk(const char *name, int from, int to)
{
	static uint8_t block[65536];
	pthread_t thread;
	size_t done = 0;
	size_t wrong = 0;
	ssize_t n;

	pthread_create(&thread, NULL, writer, &from);
	while ((n = read(to, block, sizeof(block))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			wrong += block[i] != byte_at(done + (size_t)i);
		done += (size_t)n;
	}
	pthread_join(thread, NULL);
	say(name, "%zu bytes, %zu wrong, end %zd", done, wrong, n);
}

static void bulks(void)
{
	struct pair c = make_pair(&place4);

	bulk("bulk up", c.client, c.server);
	bulk("bulk down", c.server, c.client);
	close_pair(&c);
	c = make_pair(&place6);
	bulk("bulk6 up", c.client, c.server);
	close_pair(&c);
}

static size_t read_all(int fd)
{
	static char block[65536];
	size_t done = 0;
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		done += (size_t)n;
	return done;
}

static void from_files(void)
{
	struct pair c = make_pair(&place4);
	int file = must(memfd_create("file", 0), "memfd_create");
	off_t at = 0;
	int fds[2];

	must(ftruncate(file, 20000), "ftruncate");
	RESULT("sendfile", sendfile(c.client, file, &at, 20000));
	shutdown(c.client, SHUT_WR);
	say("sendfile got", "%zu", read_all(c.server));
	must(pipe(fds), "pipe");
	must((int)write(fds[1], "through a pipe", 14), "write");
	RESULT("splice in", splice(fds[0], NULL, c.server, NULL, 14, 0));
	wait_for(c.client, POLLIN);
	RESULT("splice out", splice(c.client, NULL, fds[1], NULL, 14, 0));
	RESULT("splice read", read(fds[0], (char[20]){ 0 }, 20));
	close(fds[0]);
	close(fds[1]);
	close(file);
	close_pair(&c);
}

/* Nobody reads: a non-blocking writer stops, and goes on after a read. */
static void back_pressure(void)
{
	static char block[65536];
	struct pair c = make_pair(&place4);
	size_t sent = 0;
	ssize_t n;

	fcntl(c.client, F_SETFL, O_NONBLOCK);
	for (;;) {
		while ((n = write(c.client, block, sizeof(block))) > 0)
			sent += (size_t)n;
		if (!(wait_for(c.client, POLLOUT) & POLLOUT) ||
		    sent > (256u << 20))
			break;
	}
	say("full", "%d %s", sent > 65536 && sent < (256u << 20),
	    n < 0 && errno == EAGAIN ? "EAGAIN" : "?");
	shutdown(c.client, SHUT_WR);
	say("full read", "%d", read_all(c.server) == sent);
	close_pair(&c);
}

static void many(void)
{
	enum {
		N = 200
	};
	struct sockaddr_storage at;
	int clients[N];
	int servers[N];
	int fd = make_listener(&place4, &at);
	int good = 0;
	char c;

	for (int i = 0; i < N; i++) {
		clients[i] = make_socket(&place4, SOCK_STREAM);
		must(connect(clients[i], (struct sockaddr *)&at, place4.len),
		     "connect");
		servers[i] = must(accept(fd, NULL, NULL), "accept");
	}
	for (int i = 0; i < N; i++)
		good += write(clients[i], "x", 1) == 1;
	for (int i = 0; i < N; i++)
		good += read(servers[i], &c, 1) == 1;
	say("many", "%d", good);
	for (int i = 0; i < N; i++) {
		close(clients[i]);
		good -= read(servers[i], &c, 1) == 0;
		close(servers[i]);
	}
	say("many ended", "%d", good);
	close(fd);
}

static void *late_accept(void *arg)
{
	int *fd = arg;

	*fd = accept(*fd, NULL, NULL);
	close(*fd);
	return NULL;
}

static void threads(void)
{
	struct sockaddr_storage at;
	int fd = make_listener(&place4, &at);
	int client = make_socket(&place4, SOCK_STREAM);
	int accepted = fd;
	pthread_t thread;

	pthread_create(&thread, NULL, late_accept, &accepted);
	RESULT("connect to a waiting accept",
	       connect(client, (struct sockaddr *)&at, place4.len));
	pthread_join(thread, NULL);
	OK("accept in a thread", accepted);
	RESULT("thread closed", recv(client, &(char){ 0 }, 1, 0));
	RESULT("shutdown listener", shutdown(fd, SHUT_RD));
	RESULT("accept after shutdown", accept(fd, NULL, NULL));
	close(client);
	close(fd);
}

void stream_scenarios(void)
{
	words();
	timeouts();
	half_close(true);
	half_close(false);
	ends(true);
	ends(false);
	pipes();
	bulks();
	from_files();
	back_pressure();
	many();
	threads();
}
