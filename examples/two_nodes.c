/* SPDX-License-Identifier: Apache-2.0 */
/*
 * two_nodes.c - two nodes in one program, which greet each other
 *
 *	two_nodes HOME-A HOME-B NETWORK
 *
 * Each node lives in a folder of its own and is a member by itself. Node A is
 * the program's default one; what concerns the other is said by zt_node_use(),
 * but for sockets: each belongs to the node that made it.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tapless/tapless.h>
#include <unistd.h>

#define PORT 7007
#define WAIT_MS 60000

static void check(enum zt_err err, const char *what)
{
	if (err == ZT_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, zt_strerror(err));
	exit(1);
}

static int check_call(int result, const char *what)
{
	if (result >= 0)
		return result;
	perror(what);
	exit(1);
}

/* @node NULL: the default one. */
static void start(struct zt_node **node, const char *home)
{
	struct zt_options *options = zt_options_new();

	check(zt_options_set_home(options, home), "home");
	check(node ? zt_node_start(node, options) : zt_start(options), home);
	zt_options_free(options);
}

/* The node that the thread uses is a member when this returns. */
static struct sockaddr_in join(uint64_t network)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	check(zt_join(network), "join");
	check(zt_wait_network(network, WAIT_MS), "network");
	check(zt_address(network, AF_INET, (struct sockaddr *)&at, &len),
	      "address");
	at.sin_port = htons(PORT);
	return at;
}

static int listen_at(struct sockaddr_in at)
{
	int fd = check_call(zt_socket(AF_INET, SOCK_STREAM, 0), "socket");

	check_call(zt_bind(fd, (struct sockaddr *)&at, sizeof(at)), "bind");
	check_call(zt_listen(fd, 1), "listen");
	return fd;
}

static int connect_to(struct sockaddr_in at)
{
	int fd = check_call(zt_socket(AF_INET, SOCK_STREAM, 0), "socket");

	check_call(zt_connect(fd, (struct sockaddr *)&at, sizeof(at)),
		   "connect");
	return fd;
}

int main(int argc, char **argv)
{
	static const char text[] = "hello from the other node";
	struct sockaddr_in at;
	struct zt_node *other;
	char got[sizeof(text)] = "";
	uint64_t network;
	int client;
	int listener;
	int server;

	if (argc != 4) {
		fprintf(stderr, "usage: %s HOME-A HOME-B NETWORK\n", argv[0]);
		return 2;
	}
	network = strtoull(argv[3], NULL, 16);
	start(NULL, argv[1]);
	at = join(network);
	listener = listen_at(at);

	start(&other, argv[2]);
	check(zt_node_use(other), "use");
	join(network);
	client = connect_to(at);

	/* Whatever the thread uses: this is node A's listener. */
	server = check_call(zt_accept(listener, NULL, NULL), "accept");
	check_call((int)write(client, text, strlen(text)), "write");
	check_call((int)read(server, got, sizeof(got) - 1), "read");
	puts(got);
	close(client);
	close(server);
	close(listener);
	check(zt_node_stop(other), "stop");
	check(zt_stop(), "stop");
	return 0;
}
