/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - the sockets of the measuring programs
 *
 * An endpoint is "unix:PATH" or "ADDRESS:PORT" (IPv4). The programs are ordinary
 * ones of plain socket calls, so the same binary runs on a kernel's interface
 * and under `tapless run`. Whatever goes wrong ends them with a line and 1.
 */
#ifndef TL_BENCH_ENDPOINT_H
#define TL_BENCH_ENDPOINT_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_un un;
};

static inline _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Processor time of this process so far */
static inline int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Return: how long the address is. */
static inline socklen_t parse_endpoint(union address *to, const char *text)
{
	char host[INET_ADDRSTRLEN] = "";
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;

	memset(to, 0, sizeof(*to));
	errno = EINVAL;
	if (!strncmp(text, "unix:", 5)) {
		if (strlen(text + 5) >= sizeof(to->un.sun_path))
			die(text);
		to->un.sun_family = AF_UNIX;
		memcpy(to->un.sun_path, text + 5, strlen(text + 5));
		return sizeof(to->un);
	}
	if (!colon || len >= sizeof(host))
		die(text);
	memcpy(host, text, len);
	to->in.sin_family = AF_INET;
	to->in.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &to->in.sin_addr) != 1)
		die(text);
	return sizeof(to->in);
}

static inline void set_option(int fd, int level, int option)
{
	int on = 1;

	if (setsockopt(fd, level, option, &on, sizeof(on)))
		die("setsockopt");
}

/* A socket of the endpoint's kind, and the address */
static inline int open_endpoint(const char *text, union address *a,
				socklen_t *len)
{
	int fd;

	*len = parse_endpoint(a, text);
	fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
	if (a->any.sa_family == AF_INET)
		set_option(fd, IPPROTO_TCP, TCP_NODELAY);
	return fd;
}

static inline int connect_to(const char *text)
{
	union address a;
	socklen_t len;
	int fd = open_endpoint(text, &a, &len);

	if (connect(fd, &a.any, len))
		die(text);
	return fd;
}

/* Says so on standard output as soon as connections are taken. */
static inline int listen_at(const char *text)
{
	union address a;
	socklen_t len;
	int fd = open_endpoint(text, &a, &len);

	if (a.any.sa_family == AF_UNIX)
		unlink(a.un.sun_path);
	else
		set_option(fd, SOL_SOCKET, SO_REUSEADDR);
	if (bind(fd, &a.any, len) || listen(fd, 1024))
		die(text);
	puts("ready");
	fflush(stdout);
	return fd;
}

static inline int accept_from(int listener)
{
	union address a;
	socklen_t len = sizeof(a);
	int fd = accept4(listener, &a.any, &len, SOCK_CLOEXEC);

	if (fd < 0)
		die("accept");
	if (a.any.sa_family == AF_INET)
		set_option(fd, IPPROTO_TCP, TCP_NODELAY);
	return fd;
}

#endif /* TL_BENCH_ENDPOINT_H */
