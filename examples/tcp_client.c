/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_client.c - send standard input to a host of the virtual network
 *
 *	tcp_client HOST PORT <request >answer
 *
 * At the service that runs: TAPLESS_HOME names its home folder. HOST is an
 * address or a name such as 7ee85fb0c9.zt.
 */
#include <stdio.h>
#include <stdlib.h>
#include <tapless/tapless.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *home = getenv("TAPLESS_HOME");
	struct addrinfo *to;
	char text[4096];
	ssize_t n;
	int err;
	int fd;

	if (argc != 3 || (home && zt_use_service(home) != ZT_OK))
		return 2;
	err = zt_getaddrinfo(argv[1], argv[2], &hints, &to);
	if (err) {
		fprintf(stderr, "%s: %s\n", argv[1], gai_strerror(err));
		return 1;
	}
	fd = zt_socket(to->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || zt_connect(fd, to->ai_addr, to->ai_addrlen) < 0) {
		perror(argv[1]);
		return 1;
	}
	zt_freeaddrinfo(to);
	while ((n = read(0, text, sizeof(text))) > 0)
		if (write(fd, text, (size_t)n) != n)
			return 1;
	zt_shutdown(fd, SHUT_WR);
	while ((n = read(fd, text, sizeof(text))) > 0)
		if (write(1, text, (size_t)n) != n)
			return 1;
	return n != 0;
}
