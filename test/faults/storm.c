/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storm.c - sockets of a program that a signal hits each millisecond
 *
 * usage: storm ADDRESS PORT ROUNDS
 *
 * A handler without SA_RESTART; every call may be interrupted and is then made
 * again, as programs do. In each round a child connects, both sides send
 * numbers and check those of the other, and datagrams go there and back. Prints
 * how often which call was interrupted; any other errno, or a byte out of its
 * place, ends it with 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBERS 100000
#define DATAGRAMS 200

enum call {
	CONNECT,
	ACCEPT,
	READ,
	WRITE,
	SENDTO,
	RECVFROM,
	CALLS
};

static const char *const names[CALLS] = { "connect", "accept", "read",
					  "write",   "sendto", "recvfrom" };
static unsigned int interrupted[CALLS];
static const char *who = "parent";

static void on_alarm(int sig)
{
	(void)sig;
}

static void die(const char *what)
{
	printf("%s: %s: %s\n", who, what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

/* Is the call to be made again? */
static int again(ssize_t r, enum call call)
{
	if (r >= 0)
		return 0;
	if (errno != EINTR)
		die(names[call]);
	interrupted[call]++;
	return 1;
}

static void start_storm(void)
{
	struct itimerval each_ms = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction sa = { .sa_handler = on_alarm };

	if (sigaction(SIGALRM, &sa, NULL) != 0 ||
	    setitimer(ITIMER_REAL, &each_ms, NULL) != 0)
		die("setitimer");
}

static socklen_t parse(struct sockaddr_storage *sa, const char *address,
		       int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons((uint16_t)port) };

	memset(sa, 0, sizeof(*sa));
	if (inet_pton(AF_INET, address, &in.sin_addr) == 1) {
		memcpy(sa, &in, sizeof(in));
		return sizeof(in);
	}
	if (inet_pton(AF_INET6, address, &in6.sin6_addr) != 1)
		die("address");
	memcpy(sa, &in6, sizeof(in6));
	return sizeof(in6);
}

static void write_all(int fd, const void *at, size_t n)
{
	const char *p = at;
	ssize_t done;

	while (n > 0) {
		done = write(fd, p, n);
		if (again(done, WRITE))
			continue;
		p += done;
		n -= (size_t)done;
	}
}

/* False at the end. */
static int read_all(int fd, void *at, size_t n)
{
	char *p = at;
	ssize_t done;

	while (n > 0) {
		done = read(fd, p, n);
		if (again(done, READ))
			continue;
		if (done == 0)
			return 0;
		p += done;
		n -= (size_t)done;
	}
	return 1;
}

static void send_numbers(int fd)
{
	uint32_t run[128];
	uint32_t i, n = 0;

	while (n < NUMBERS) {
		for (i = 0; i < 128; i++)
			run[i] = n++;
		write_all(fd, run, sizeof(run));
	}
	shutdown(fd, SHUT_WR);
}

static void check_numbers(int fd)
{
	uint32_t got, n = 0;

	while (read_all(fd, &got, sizeof(got))) {
		if (got != n) {
			printf("%s: %u instead of %u\n", who, got, n);
			exit(1);
		}
		n++;
	}
	if (n < NUMBERS) {
		printf("%s: the end after %u numbers\n", who, n);
		exit(1);
	}
}

/* After EINTR a connect goes on by itself: poll(2) waits for it. */
static int connect_once(const struct sockaddr_storage *sa, socklen_t len)
{
	int fd = socket(sa->ss_family, SOCK_STREAM, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t n = sizeof(int);
	int error = 0;

	if (fd < 0)
		die("socket");
	if (!again(connect(fd, (const struct sockaddr *)sa, len), CONNECT))
		return fd;
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
		die("SO_ERROR");
	errno = error;
	if (error)
		die("connect");
	return fd;
}

/* Some may be lost: so many tries, and most of them must come back. */
static void exchange_datagrams(const struct sockaddr_storage *sa, socklen_t len)
{
	struct timeval second = { 1, 0 };
	int fd = socket(sa->ss_family, SOCK_DGRAM, 0);
	uint32_t i, got, good = 0;
	ssize_t n;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	for (i = 0; i < DATAGRAMS; i++) {
		do
			n = sendto(fd, &i, sizeof(i), 0,
				   (const struct sockaddr *)sa, len);
		while (again(n, SENDTO));
		do
			n = recvfrom(fd, &got, sizeof(got), MSG_DONTWAIT, NULL,
				     NULL);
		while (n < 0 && (errno == EINTR || errno == EAGAIN) &&
		       poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 1000) != 0);
		good += n == sizeof(got) && got == i;
	}
	close(fd);
	if (good < DATAGRAMS / 2) {
		printf("%s: %u of %u datagrams\n", who, good, DATAGRAMS);
		exit(1);
	}
}

static void report(void)
{
	int i;

	for (i = 0; i < CALLS; i++)
		printf("%s %s: %u times EINTR\n", who, names[i],
		       interrupted[i]);
}

static int run_client(const struct sockaddr_storage *sa, socklen_t len,
		      int rounds)
{
	pid_t pid;
	int fd;

	who = "client";
	memset(interrupted, 0, sizeof(interrupted));
	start_storm();
	while (rounds-- > 0) {
		fd = connect_once(sa, len);
		/* Both ways at once. */
		pid = fork();
		if (pid == 0) {
			send_numbers(fd);
			_exit(0);
		}
		check_numbers(fd);
		close(fd);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		exchange_datagrams(sa, len);
	}
	report();
	return 0;
}

/* Sends back what comes, until it is killed. */
static void echo_datagrams(int fd)
{
	struct sockaddr_storage from;
	socklen_t len;
	uint32_t data;
	ssize_t n;

	who = "echo";
	start_storm();
	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, &data, sizeof(data), 0,
			     (struct sockaddr *)&from, &len);
		if (again(n, RECVFROM))
			continue;
		do
			n = sendto(fd, &data, sizeof(data), 0,
				   (struct sockaddr *)&from, len);
		while (again(n, SENDTO));
	}
}

static void serve_once(int listener)
{
	pid_t pid;
	int fd;

	do
		fd = accept(listener, NULL, NULL);
	while (again(fd, ACCEPT));
	pid = fork();
	if (pid == 0) {
		start_storm();
		send_numbers(fd);
		_exit(0);
	}
	check_numbers(fd);
	close(fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int main(int argc, char **argv)
{
	struct sockaddr_storage sa;
	int rounds, listener, datagrams, status = 0, i;
	pid_t client, echo;
	socklen_t len;

	if (argc != 4)
		return 2;
	len = parse(&sa, argv[1], (int)strtol(argv[2], NULL, 10));
	rounds = (int)strtol(argv[3], NULL, 10);
	listener = socket(sa.ss_family, SOCK_STREAM, 0);
	datagrams = socket(sa.ss_family, SOCK_DGRAM, 0);
	if (bind(listener, (struct sockaddr *)&sa, len) != 0 ||
	    listen(listener, 8) != 0 ||
	    bind(datagrams, (struct sockaddr *)&sa, len) != 0)
		die("bind");
	echo = fork();
	if (echo == 0)
		echo_datagrams(datagrams);
	client = fork();
	if (client == 0)
		return run_client(&sa, len, rounds);
	start_storm();
	for (i = 0; i < rounds; i++)
		serve_once(listener);
	while (waitpid(client, &status, 0) < 0 && errno == EINTR)
		;
	kill(echo, SIGKILL);
	report();
	return status != 0;
}
