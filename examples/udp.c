/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp.c - datagrams on the virtual networks
 *
 *	udp PORT			answer each with itself
 *	udp HOST PORT TEXT		send one, print the answer
 *
 * At the service that runs: TAPLESS_HOME names its home folder. Datagrams need
 * their addresses, so they are sent and received by zt_...(); poll and close
 * are the kernel's.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tapless/tapless.h>

#define TRIES 10
#define WAIT_MS 1000

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int serve(const char *port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6 };
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	int fd = zt_socket(AF_INET6, SOCK_DGRAM, 0);
	char text[2048];
	ssize_t n;

	at.sin6_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (fd < 0 || zt_bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return fail("bind");
	fprintf(stderr, "listening\n");
	while ((n = zt_recvfrom(fd, text, sizeof(text), 0,
				(struct sockaddr *)&from, &len)) >= 0) {
		(void)zt_sendto(fd, text, (size_t)n, 0,
				(struct sockaddr *)&from, len);
		len = sizeof(from);
	}
	return fail("receive");
}

/* A datagram may get lost: it is sent again until an answer comes. */
static int ask(const struct addrinfo *to, const char *text)
{
	int fd = zt_socket(to->ai_family, SOCK_DGRAM, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char answer[2048];
	ssize_t n;
	int i;

	if (fd < 0 || zt_connect(fd, to->ai_addr, to->ai_addrlen) < 0)
		return fail("connect");
	for (i = 0; i < TRIES; i++) {
		if (zt_sendto(fd, text, strlen(text), 0, NULL, 0) < 0)
			return fail("send");
		if (poll(&p, 1, WAIT_MS) <= 0)
			continue;
		n = zt_recvfrom(fd, answer, sizeof(answer), 0, NULL, NULL);
		if (n < 0)
			return fail("receive");
		printf("%.*s\n", (int)n, answer);
		return zt_close(fd) != 0;
	}
	fprintf(stderr, "no answer\n");
	return 1;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	const char *home = getenv("TAPLESS_HOME");
	struct addrinfo *to;
	int err;

	if ((argc != 2 && argc != 4) || (home && zt_use_service(home) != ZT_OK))
		return 2;
	if (argc == 2)
		return serve(argv[1]);
	err = zt_getaddrinfo(argv[1], argv[2], &hints, &to);
	if (err) {
		fprintf(stderr, "%s: %s\n", argv[1], gai_strerror(err));
		return 1;
	}
	err = ask(to, argv[3]);
	zt_freeaddrinfo(to);
	return err;
}
