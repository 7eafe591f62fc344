/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edges.c - an ordinary program that does what breaks interception elsewhere
 *
 * usage: edges OWN-IPV4 SILENT-IPV4
 *
 * The second address is one that nobody answers for. Run under the preload
 * object by edges.sh; ends with 1 at the first fact that does not hold.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in own = { .sin_family = AF_INET };
static struct sockaddr_in silent = { .sin_family = AF_INET };

#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond)) {                                                 \
			fprintf(stderr, "edges.c:%d: %s (errno %s)\n",         \
				__LINE__, #cond, strerror(errno));             \
			exit(1);                                               \
		}                                                              \
	} while (0)

static int listener(struct sockaddr_in *at, const struct sockaddr_in *where)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(bind(fd, (const struct sockaddr *)where, sizeof(*where)) == 0);
	CHECK(listen(fd, 8) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)at, &len) == 0);
	return fd;
}

static int call_connect(int fd, const struct sockaddr_in *at)
{
	return connect(fd, (const struct sockaddr *)at, sizeof(*at));
}

/* hazards: libraries that call the kernel by number */
static void by_number(void)
{
	struct sockaddr_in at;
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	int l = listener(&at, &own);
	int c = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	int s;

	CHECK(c >= 0);
	CHECK(syscall(SYS_connect, c, &at, sizeof(at)) == 0);
	s = (int)syscall(SYS_accept4, l, NULL, NULL, SOCK_CLOEXEC);
	CHECK(s >= 0);
	CHECK(syscall(SYS_getpeername, c, &name, &len) == 0);
	CHECK(name.sin_family == AF_INET && name.sin_port == at.sin_port);
	CHECK(syscall(SYS_write, c, "n", 1) == 1);
	CHECK(syscall(SYS_read, s, (char[2]){ 0 }, 2) == 1);
	CHECK(syscall(SYS_getpid) == getpid());
	errno = 0;
	CHECK(syscall(4000) == -1 && errno == ENOSYS);
	close(c);
	close(s);
	close(l);
}

/* design: nothing is writable before the connection stands */
static void never_answered(void)
{
	struct pollfd p = { .events = POLLOUT };
	struct timeval tv = { .tv_usec = 50000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	CHECK(call_connect(fd, &silent) == -1 && errno == EINPROGRESS);
	p.fd = fd;
	CHECK(poll(&p, 1, 50) == 0);
	CHECK(call_connect(fd, &silent) == -1 && errno == EALREADY);
	CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1 && errno == EAGAIN);
	close(fd);

	fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == 0);
	CHECK(call_connect(fd, &silent) == -1 && errno == EINPROGRESS);
	close(fd);
}

static void on_alarm(int number)
{
	(void)number;
}

/* hazards: a signal ends a wait, as sigaction(2) says */
static void interrupted(void)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value.tv_usec = 50000,
				  .it_interval.tv_usec = 50000 };
	struct itimerval never = { 0 };
	struct sockaddr_in at;
	int l = listener(&at, &own);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CHECK(call_connect(fd, &silent) == -1 && errno == EINTR);
	CHECK(accept(l, NULL, NULL) == -1 && errno == EINTR);
	setitimer(ITIMER_REAL, &never, NULL);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	CHECK(call_connect(fd, &silent) == -1 && errno == EALREADY);
	close(fd);
	close(l);
}

/* design: registered with epoll first, then found to be the host's */
static void registered_first(void)
{
	struct sockaddr_in host = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event ev = { .events = EPOLLOUT | EPOLLET,
				  .data.u64 = 0x1122334455667788 };
	struct sockaddr_in at;
	socklen_t len = sizeof(int);
	int nodelay = 1;
	int l = listener(&at, &host);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int ep = epoll_create1(0);

	CHECK(setsockopt(fd, IPPROTO_TCP, 1, &nodelay, sizeof(nodelay)) == 0);
	CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == 0);
	while (epoll_wait(ep, &ev, 1, 0) > 0)
		continue;
	CHECK(call_connect(fd, &at) == -1 && errno == EINPROGRESS);
	memset(&ev, 0, sizeof(ev));
	CHECK(epoll_wait(ep, &ev, 1, 2000) == 1);
	CHECK(ev.data.u64 == 0x1122334455667788);
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	nodelay = 0;
	CHECK(getsockopt(fd, IPPROTO_TCP, 1, &nodelay, &len) == 0 && nodelay);
	CHECK(write(fd, "x", 1) == 1);
	close(ep);
	close(fd);
	close(l);
}

/* hazards: programs close what they do not know; sandboxes forbid new
 * descriptors, and names must still be told */
static void no_more_descriptors(void)
{
	struct rlimit old;
	struct rlimit none;
	struct sockaddr_in at;
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	int domain = 0;
	int l = listener(&at, &own);
	int c = socket(AF_INET, SOCK_STREAM, 0);
	int s;

	CHECK(call_connect(c, &at) == 0);
	s = accept(l, NULL, NULL);
	CHECK(s >= 0);
	close(l);
	CHECK(syscall(SYS_close_range, (unsigned int)s + 1, ~0U, 0) == 0);
	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(socket(AF_INET, SOCK_STREAM, 0) == -1 && errno == EMFILE);
	CHECK(getpeername(c, (struct sockaddr *)&name, &len) == 0);
	CHECK(name.sin_port == at.sin_port);
	len = sizeof(name);
	CHECK(getsockname(s, (struct sockaddr *)&name, &len) == 0);
	CHECK(name.sin_port == at.sin_port);
	len = sizeof(domain);
	CHECK(getsockopt(s, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0);
	CHECK(domain == AF_INET);
	CHECK(getsockopt(s, SOL_SOCKET, SO_ERROR, &domain, &len) == 0);
	CHECK(shutdown(s, SHUT_WR) == 0);
	CHECK(read(c, (char[1]){ 0 }, 1) == 0);
	setrlimit(RLIMIT_NOFILE, &old);
	CHECK(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	close(c);
	close(s);
}

/* One number means a file, then a UDP socket, then a file again. */
static void reused_number(void)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	char b[4];
	int file = open("/dev/zero", O_RDWR);
	int udp;

	CHECK(read(file, b, 4) == 4);
	close(file);
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(udp == file);
	CHECK(bind(udp, (struct sockaddr *)&own, sizeof(own)) == 0);
	CHECK(getsockname(udp, (struct sockaddr *)&at, &len) == 0);
	CHECK(call_connect(udp, &at) == 0);
	CHECK(write(udp, "ab", 2) == 2);
	CHECK(read(udp, b, 4) == 2);
	CHECK(dup2(open("/dev/zero", O_RDWR), udp) == udp);
	CHECK(read(udp, b, 4) == 4);
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(dup2(udp, file) == file);
	CHECK(write(file, "x", 1) == -1 && errno == EDESTADDRREQ);
	close(udp);
	close(file);
}

/* hazards: a child that shares memory must not disturb its parent */
static void after_vfork(void)
{
	struct sockaddr_in at;
	int l = listener(&at, &own);
	int c = socket(AF_INET, SOCK_STREAM, 0);
	int status;
	int s;
	pid_t pid;

	CHECK(call_connect(c, &at) == 0);
	pid = vfork();
	if (pid == 0) {
		dup2(c, 1);
		execl("/bin/echo", "echo", "-n", "vfork", NULL);
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	s = accept(l, NULL, NULL);
	CHECK(recv(s, (char[5]){ 0 }, 5, MSG_WAITALL) == 5);
	CHECK(write(c, "x", 1) == 1 && read(s, (char[1]){ 0 }, 1) == 1);
	close(s);
	close(c);
	close(l);
}

static void *wait_for_ever(void *arg)
{
	accept(*(int *)arg, NULL, NULL);
	return NULL;
}

/* hazards: accept(2) is a cancellation point */
static void cancelled(void)
{
	struct sockaddr_in at;
	pthread_t thread;
	void *result;
	int l = listener(&at, &own);

	CHECK(pthread_create(&thread, NULL, wait_for_ever, &l) == 0);
	CHECK(pthread_cancel(thread) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(result == PTHREAD_CANCELED);
	close(l);
}

static void errno_stays(void)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	int fd;

	errno = EXDEV;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	bind(fd, (struct sockaddr *)&own, sizeof(own));
	getsockname(fd, (struct sockaddr *)&at, &len);
	sendto(fd, "x", 1, 0, (struct sockaddr *)&at, len);
	recv(fd, (char[1]){ 0 }, 1, 0);
	close(fd);
	fd = listener(&at, &own);
	close(fd);
	CHECK(errno == EXDEV);
}

/* c-ares asks 127.0.0.53 without connecting. */
static void host_datagram(void)
{
	struct sockaddr_in host = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	int server = socket(AF_INET, SOCK_DGRAM, 0);
	int client = socket(AF_INET, SOCK_DGRAM, 0);

	CHECK(bind(server, (struct sockaddr *)&host, sizeof(host)) == 0);
	CHECK(getsockname(server, (struct sockaddr *)&at, &len) == 0);
	CHECK(sendto(client, "q", 1, 0, (struct sockaddr *)&at, len) == 1);
	CHECK(recvfrom(server, (char[4]){ 0 }, 4, 0, (struct sockaddr *)&at,
		       &len) == 1);
	CHECK(at.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	CHECK(sendto(server, "an", 2, 0, (struct sockaddr *)&at, len) == 2);
	CHECK(read(client, (char[4]){ 0 }, 4) == 2);
	close(client);
	close(server);
}

int main(int argc, char **argv)
{
	if (argc != 3 || inet_pton(AF_INET, argv[1], &own.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[2], &silent.sin_addr) != 1) {
		fprintf(stderr, "usage: edges OWN-IPV4 SILENT-IPV4\n");
		return 2;
	}
	silent.sin_port = htons(9);
	by_number();
	never_answered();
	interrupted();
	registered_first();
	no_more_descriptors();
	reused_number();
	after_vfork();
	cancelled();
	errno_stays();
	host_datagram();
	printf("good\n");
	return 0;
}
