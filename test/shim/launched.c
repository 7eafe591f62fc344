/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launched.c - what the launcher must get right, seen from inside a program
 *
 * usage: launched SCENARIO ADDRESS
 *
 * Each scenario prints "good" or says what was wrong and fails. Linked
 * statically if that is possible, so nothing can be preloaded.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in place;
static volatile sig_atomic_t n_signals;

#define MUST(cond) must((cond), #cond, __LINE__)

static void must(bool ok, const char *what, int line)
{
	if (ok)
		return;
	printf("line %d: not so: %s (errno %d: %s)\n", line, what, errno,
	       strerror(errno));
	exit(1);
}

static void on_signal(int number)
{
	(void)number;
	n_signals++;
}

static void catch (int number, int flags)
{
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = flags };

	MUST(sigaction(number, &action, NULL) == 0);
}

static void alarm_every(int64_t us)
{
	struct itimerval t = { .it_interval.tv_usec = (int)us,
			       .it_value.tv_usec = (int)us };

	MUST(setitimer(ITIMER_REAL, &t, NULL) == 0);
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int listen_at(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*at = place;
	MUST(fd >= 0);
	MUST(bind(fd, (struct sockaddr *)at, sizeof(*at)) == 0);
	MUST(listen(fd, 200) == 0);
	MUST(getsockname(fd, (struct sockaddr *)at, &len) == 0);
	return fd;
}

/* A blocking accept ends when a signal with a handler comes. */
static void interrupted(void)
{
	struct sockaddr_in at;
	int fd = listen_at(&at);
	struct timeval tv = { .tv_usec = 200000 };
	int64_t since;
	char c;
	int udp;

	catch (SIGALRM, 0);
	alarm_every(100000);
	MUST(accept(fd, NULL, NULL) == -1 && errno == EINTR);
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	MUST(bind(udp, (struct sockaddr *)&place, sizeof(place)) == 0);
	MUST(recvfrom(udp, &c, 1, 0, (struct sockaddr *)&at,
		      &(socklen_t){ sizeof(at) }) == -1 &&
	     errno == EINTR);
	alarm_every(0);
	MUST(n_signals >= 2);

	/* The port is free at once, though a call waited on the socket. */
	MUST(getsockname(fd, (struct sockaddr *)&at,
			 &(socklen_t){ sizeof(at) }) == 0);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	MUST(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	MUST(listen(fd, 1) == 0);

	MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0);
	since = now_us();
	MUST(accept(fd, NULL, NULL) == -1 && errno == EAGAIN);
	MUST(now_us() - since >= 190000);
}

struct side {
	struct sockaddr_in at;
	int n;
};

/* Each connection says its number once and ends. */
static void *connect_many(void *arg)
{
	const struct side *s = arg;

	for (int32_t i = 0; i < s->n; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		MUST(fd >= 0);
		MUST(connect(fd, (const struct sockaddr *)&s->at,
			     sizeof(s->at)) == 0);
		MUST(write(fd, &i, sizeof(i)) == sizeof(i));
		MUST(close(fd) == 0);
	}
	return NULL;
}

struct storm {
	pid_t tid[2];
	volatile bool is_over;
};

static void *throw_signals(void *arg)
{
	struct storm *s = arg;
	struct timespec ms = { .tv_nsec = 1000000 };
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!s->is_over) {
		for (int i = 0; i < 2; i++)
			if (s->tid[i])
				syscall(SYS_tgkill, getpid(), s->tid[i],
					SIGURG);
		nanosleep(&ms, NULL);
	}
	return NULL;
}

static struct storm storm;

static void *stormy_connects(void *arg)
{
	storm.tid[1] = (pid_t)syscall(SYS_gettid);
	connect_many(arg);
	storm.tid[1] = 0;
	return NULL;
}

/* Signals every millisecond, to both sides, as Go sends them: nothing is lost,
 * nothing comes twice. */
static void signal_storm(void)
{
	struct side s = { .n = 1000 };
	int fd = listen_at(&s.at);
	pthread_t thrower;
	pthread_t client;
	int32_t number;

	catch (SIGURG, SA_RESTART);
	storm.tid[0] = (pid_t)syscall(SYS_gettid);
	MUST(pthread_create(&thrower, NULL, throw_signals, &storm) == 0);
	MUST(pthread_create(&client, NULL, stormy_connects, &s) == 0);
	for (int32_t i = 0; i < s.n; i++) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		int a = accept4(fd, (struct sockaddr *)&from, &len,
				SOCK_CLOEXEC);

		MUST(a >= 0);
		MUST(from.sin_addr.s_addr == place.sin_addr.s_addr);
		MUST(read(a, &number, sizeof(number)) == sizeof(number));
		MUST(number == i);
		close(a);
	}
	pthread_join(client, NULL);
	storm.is_over = true;
	pthread_join(thrower, NULL);
	MUST(n_signals > 50);
}

/* A child that is killed while it waits leaves nothing behind. */
static void killed(void)
{
	struct sockaddr_in at;
	int fd = listen_at(&at);
	struct timespec ms = { .tv_nsec = 20000000 };
	int status;
	pid_t pid;

	for (int i = 0; i < 20; i++) {
		pid = fork();
		if (pid == 0) {
			accept(fd, NULL, NULL);
			_exit(0);
		}
		nanosleep(&ms, NULL);
		kill(pid, SIGKILL);
		MUST(waitpid(pid, &status, 0) == pid);
		MUST(WIFSIGNALED(status));
	}
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	MUST(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	MUST(listen(fd, 1) == 0);
}

static void forks(void)
{
	struct side s = { .n = 1 };
	int fd = listen_at(&s.at);
	int status;
	int32_t number;

	for (int i = 0; i < 200; i++) {
		if (fork() == 0) {
			connect_many(&s);
			_exit(0);
		}
	}
	for (int i = 0; i < 200; i++) {
		int a = accept(fd, NULL, NULL);

		MUST(a >= 0);
		MUST(read(a, &number, sizeof(number)) == sizeof(number));
		close(a);
	}
	for (int i = 0; i < 200; i++)
		MUST(wait(&status) > 0 && status == 0);
}

static int udp_at(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	*at = place;
	MUST(bind(fd, (struct sockaddr *)at, sizeof(*at)) == 0);
	MUST(getsockname(fd, (struct sockaddr *)at, &len) == 0);
	return fd;
}

/* recvmsg with the address that it was sent to, sendmsg from that address. */
static void pktinfo(int server, const struct sockaddr_in *client)
{
	union {
		struct cmsghdr head;
		char room[256];
	} control;
	struct sockaddr_in from;
	struct in_pktinfo info;
	struct cmsghdr *c;
	char b[32];
	struct iovec iov[2] = { { b, 2 }, { b + 2, sizeof(b) - 2 } };
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = iov,
			    .msg_iovlen = 2,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	MUST(recvmsg(server, &m, 0) == 5 && memcmp(b, "hello", 5) == 0);
	MUST(from.sin_port == client->sin_port);
	c = CMSG_FIRSTHDR(&m);
	MUST(c && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO);
	MUST(!CMSG_NXTHDR(&m, c));
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	MUST(info.ipi_addr.s_addr == place.sin_addr.s_addr);
	m.msg_controllen = CMSG_SPACE(sizeof(info));
	iov[1].iov_len = 3;
	MUST(sendmsg(server, &m, 0) == 5);
}

static void udp(void)
{
	struct sockaddr_in at, own, from;
	int server = udp_at(&at);
	int client = udp_at(&own);
	struct mmsghdr list[3] = { 0 };
	struct iovec iov[3];
	char b[3][32];
	socklen_t len;
	int on = 1;
	int n;

	MUST(setsockopt(server, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) == 0);
	MUST(sendto(client, "hello", 5, 0, (struct sockaddr *)&at,
		    sizeof(at)) == 5);
	pktinfo(server, &own);
	MUST(connect(client, (struct sockaddr *)&at, sizeof(at)) == 0);
	MUST(read(client, b, sizeof(b)) == 5 && memcmp(b, "hello", 5) == 0);

	/* Neither of these comes to the launcher; an empty one is no end. */
	MUST(write(client, "plain", 5) == 5);
	MUST(write(client, "x", 0) == 0 || send(client, "", 0, 0) == 0);
	MUST(send(client, "last", 4, 0) == 4);
	len = sizeof(from);
	MUST(recvfrom(server, b, sizeof(b), MSG_PEEK, (struct sockaddr *)&from,
		      &len) == 5);
	MUST(from.sin_port == own.sin_port && len == sizeof(from));
	MUST(ioctl(server, FIONREAD, &n) == 0 && n == 5);
	MUST(recv(server, b, 2, MSG_TRUNC) == 2 || b[0][0] == 'p');
	do
		n = (int)recv(server, b, sizeof(b), 0);
	while (n == 0);
	MUST(n == 4 && memcmp(b, "last", 4) == 0);

	for (int i = 0; i < 3; i++) {
		iov[i] = (struct iovec){ b[i], 6 };
		memcpy(b[i], "packet", 6);
		list[i].msg_hdr.msg_iov = &iov[i];
		list[i].msg_hdr.msg_iovlen = 1;
	}
	MUST(sendmmsg(client, list, 3, 0) == 3);
	memset(b, 0, sizeof(b));
	MUST(recvmmsg(server, list, 3, 0, NULL) == 3);
	MUST(list[2].msg_len == 6 && memcmp(b[2], "packet", 6) == 0);
	MUST(recvmmsg(server, list, 3, MSG_DONTWAIT, NULL) == -1 &&
	     errno == EAGAIN);
}

/* Microseconds for one datagram there and back, by calls that are trapped and
 * by calls that are not. */
static void cost(void)
{
	struct sockaddr_in at, own;
	int server = udp_at(&at);
	int client = udp_at(&own);
	struct sockaddr *to = (struct sockaddr *)&at;
	socklen_t len = sizeof(at);
	const int n = 5000;
	int64_t trapped_us, plain_us;
	struct sockaddr_in from;
	char b[128] = { 0 };

	trapped_us = now_us();
	for (int i = 0; i < n; i++) {
		len = sizeof(from);
		MUST(sendto(client, b, 100, 0, to, sizeof(at)) == 100);
		MUST(recvfrom(server, b, sizeof(b), 0, (struct sockaddr *)&from,
			      &len) == 100);
	}
	trapped_us = now_us() - trapped_us;
	MUST(connect(client, to, sizeof(at)) == 0);
	plain_us = now_us();
	for (int i = 0; i < n; i++) {
		MUST(send(client, b, 100, 0) == 100);
		MUST(recv(server, b, sizeof(b), 0) == 100);
	}
	plain_us = now_us() - plain_us;
	printf("trapped %.1f us, plain %.1f us, a call more %.1f us\n",
	       (double)trapped_us / n, (double)plain_us / n,
	       (double)(trapped_us - plain_us) / n / 2);
}

/* Registered with epoll first, connected to the host afterwards. */
static void epoll_to_host(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event e = { .events = EPOLLOUT | EPOLLET,
				 .data.u64 = 0x1234567890 };
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int set = epoll_create1(0);
	int r;

	MUST(bind(listener, (struct sockaddr *)&at, len) == 0);
	MUST(listen(listener, 1) == 0);
	MUST(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
	MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &e) == 0);
	r = connect(fd, (struct sockaddr *)&at, len);
	MUST(r == 0 || errno == EINPROGRESS);
	for (;;) {
		MUST(epoll_wait(set, &e, 1, 2000) == 1);
		MUST(e.data.u64 == 0x1234567890);
		if (!(e.events & EPOLLHUP))
			break;
	}
	MUST(e.events & EPOLLOUT);
	MUST(fcntl(fd, F_GETFL) & O_NONBLOCK);
	e.events = EPOLLIN;
	MUST(epoll_ctl(set, EPOLL_CTL_MOD, fd, &e) == 0);
	MUST(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL) == 0);
}

#if defined(__x86_64__)
static int32_t int80(int32_t nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	int32_t r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d)
			 : "memory", "r8", "r9", "r10", "r11");
	return r;
}

/* The numbers of 32-bit programs: neither of them leads to the host. */
static void foreign(void)
{
	/* Where a pointer of 32 bits reaches. */
	uint32_t *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	int fd;

	MUST(low != MAP_FAILED);
	/* socketcall(SYS_SOCKET, {AF_INET, SOCK_STREAM, 0}) */
	low[0] = AF_INET;
	low[1] = SOCK_STREAM;
	low[2] = 0;
	fd = int80(102, 1, (uint32_t)(uintptr_t)low, 0, 0);
	if (fd == -ENOSYS) {
		puts("no i386 calls in this kernel");
		return;
	}
	MUST(fd >= 0);
	/* What it is shows when it is bound: no host has that address. */
	memcpy(low + 8, &place, sizeof(place));
	low[0] = (uint32_t)fd;
	low[1] = (uint32_t)(uintptr_t)(low + 8);
	low[2] = sizeof(place);
	MUST(int80(102, 2, (uint32_t)(uintptr_t)low, 0, 0) == 0);
	MUST(int80(363, (uint32_t)fd, 5, 0, 0) == 0); /* listen */
	MUST(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	MUST(at.sin_addr.s_addr == place.sin_addr.s_addr);

	/* socket(2) by its own number, sendmsg and recvmsg of a datagram. */
	fd = int80(359, AF_INET, SOCK_DGRAM, 0, 0);
	MUST(fd >= 0);
	MUST(bind(fd, (struct sockaddr *)&place, sizeof(place)) == 0);
	len = sizeof(at);
	MUST(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	memcpy(low + 8, &at, sizeof(at));
	memcpy(low + 16, "short", 5);
	low[20] = (uint32_t)(uintptr_t)(low + 16);
	low[21] = 5;
	low[0] = (uint32_t)(uintptr_t)(low + 8);
	low[1] = sizeof(at);
	low[2] = (uint32_t)(uintptr_t)(low + 20);
	low[3] = 1;
	low[4] = low[5] = low[6] = 0;
	MUST(int80(370, (uint32_t)fd, (uint32_t)(uintptr_t)low, 0, 0) == 5);
	memset(low + 8, 0, sizeof(at));
	memset(low + 16, 0, 8);
	MUST(int80(372, (uint32_t)fd, (uint32_t)(uintptr_t)low, 0, 0) == 5);
	MUST(memcmp(low + 16, "short", 5) == 0);
	MUST(memcmp(low + 8, &at, 8) == 0 && low[1] == sizeof(at));

	/* x32 */
	MUST(syscall(0x40000000 + 41, AF_INET, SOCK_STREAM, 0) == -1 &&
	     errno == ENOSYS);
}
#else
static void foreign(void)
{
}
#endif

/* Neither seen nor passed by: registers may have anything above an int. */
static void high_bits(void)
{
	struct sockaddr_in at = place;
	intptr_t dirty = (intptr_t)0x100000000 + AF_INET;
	int fd = (int)syscall(SYS_socket, dirty, SOCK_STREAM, 0);

	MUST(fd >= 0);
	MUST(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	MUST(syscall(SYS_io_uring_setup, 1, NULL) == -1 && errno == ENOSYS);
}

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {
	{ "interrupted", interrupted },
	{ "storm", signal_storm },
	{ "killed", killed },
	{ "forks", forks },
	{ "udp", udp },
	{ "cost", cost },
	{ "epoll_to_host", epoll_to_host },
	{ "foreign", foreign },
	{ "high_bits", high_bits },
};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	place.sin_family = AF_INET;
	MUST(inet_pton(AF_INET, argv[2], &place.sin_addr) == 1);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
		if (strcmp(scenarios[i].name, argv[1]) != 0)
			continue;
		scenarios[i].run();
		puts("good");
		return 0;
	}
	return 2;
}
