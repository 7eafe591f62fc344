/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_server.c - greet whoever calls on the virtual networks
 *
 *	tcp_server PORT
 *
 * At the service that runs: TAPLESS_HOME names its home folder. It listens at
 * all addresses of all virtual networks, and nowhere else.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <tapless/tapless.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *home = getenv("TAPLESS_HOME");
	struct sockaddr_in6 at = { .sin6_family = AF_INET6 };
	int listener;
	int fd;

	if (argc != 2 || (home && zt_use_service(home) != ZT_OK))
		return 2;
	at.sin6_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	listener = zt_socket(AF_INET6, SOCK_STREAM, 0); /* IPv4 as well */
	if (listener < 0 ||
	    zt_bind(listener, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    zt_listen(listener, 16) < 0) {
		perror("listen");
		return 1;
	}
	fprintf(stderr, "listening\n");
	while ((fd = zt_accept(listener, NULL, NULL)) >= 0) {
		dprintf(fd, "hello from the virtual network\n");
		close(fd);
	}
	perror("accept");
	return 1;
}
