/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inprocess_echo.c - a node inside a program, and an echo server on its network
 *
 *	inprocess_echo HOME NETWORK			serve
 *	inprocess_echo HOME NETWORK ADDRESS TEXT	ask another one
 *
 * HOME is the folder that the node lives in, made if it is missing; NETWORK is
 * a network's ID, 16 hexadecimal digits. Nothing else is needed: no service, no
 * interface of the kernel's, no privileges. Build with -ltapless.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tapless/tapless.h>
#include <unistd.h>

#define PORT 7007
#define WAIT_MS 60000

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static void check(enum zt_err err, const char *what)
{
	if (err != ZT_OK)
		fail(what, zt_strerror(err));
}

static void check_call(ssize_t result, const char *what)
{
	if (result < 0)
		fail(what, strerror(errno));
}

/* The node runs when this returns; it is a member when the network says so. */
static void go_online(const char *home, uint64_t network)
{
	struct zt_options *options = zt_options_new();

	check(zt_options_set_home(options, home), "home");
	check(zt_start(options), "start");
	zt_options_free(options);
	check(zt_join(network), "join");
	check(zt_wait_network(network, WAIT_MS), "network");
}

/* The descriptors are the kernel's: read, write, poll and close them. */
static void echo(int fd)
{
	char text[4096];
	ssize_t n;

	check_call(fd, "accept");
	while ((n = read(fd, text, sizeof(text))) > 0 &&
	       write(fd, text, (size_t)n) == n)
		;
	close(fd);
}

static void serve(uint64_t network)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	int listener;

	check(zt_address(network, AF_INET, (struct sockaddr *)&at, &len),
	      "address");
	at.sin_port = htons(PORT);
	listener = zt_socket(AF_INET, SOCK_STREAM, 0);
	check_call(listener, "socket");
	check_call(zt_bind(listener, (struct sockaddr *)&at, len), "bind");
	check_call(zt_listen(listener, 16), "listen");
	fprintf(stderr, "listening on %s port %d\n", inet_ntoa(at.sin_addr),
		PORT);
	for (;;)
		echo(zt_accept(listener, NULL, NULL));
}

static void ask(const char *address, const char *text)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	int fd = zt_socket(AF_INET, SOCK_STREAM, 0);
	char answer[4096];
	ssize_t n;

	check_call(fd, "socket");
	check_call(inet_pton(AF_INET, address, &to.sin_addr) - 1, "address");
	check_call(zt_connect(fd, (struct sockaddr *)&to, sizeof(to)),
		   "connect");
	check_call(write(fd, text, strlen(text)), "send");
	check_call(shutdown(fd, SHUT_WR), "shutdown");
	while ((n = read(fd, answer, sizeof(answer))) > 0)
		fwrite(answer, 1, (size_t)n, stdout);
	check_call(n, "receive");
	close(fd);
}

int main(int argc, char **argv)
{
	uint64_t network = argc > 2 ? strtoull(argv[2], NULL, 16) : 0;

	if (argc != 3 && argc != 5) {
		fprintf(stderr, "usage: %s HOME NETWORK [ADDRESS TEXT]\n",
			argv[0]);
		return 2;
	}
	go_online(argv[1], network);
	argc == 5 ? ask(argv[3], argv[4]) : serve(network);
	check(zt_stop(), "stop");
	return 0;
}
