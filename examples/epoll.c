/* SPDX-License-Identifier: Apache-2.0 */
/*
 * epoll.c - a node, its events and an echo server in one epoll loop
 *
 *	epoll HOME NETWORK PORT
 *
 * HOME is the folder that the node lives in, NETWORK a network's ID. What the
 * node tells and what clients send comes through the same epoll descriptor.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <tapless/tapless.h>
#include <unistd.h>

#define TURN 16

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void watch(int epoll, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		die("epoll");
}

static int start(const char *home, uint64_t network)
{
	struct zt_options *options = zt_options_new();
	enum zt_err err = zt_options_set_home(options, home);

	if (err == ZT_OK)
		err = zt_start(options);
	zt_options_free(options);
	if (err == ZT_OK)
		err = zt_join(network);
	if (err != ZT_OK) {
		fprintf(stderr, "start: %s\n", zt_strerror(err));
		exit(1);
	}
	return zt_event_fd();
}

static int listen_at(unsigned long port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)port) };
	int fd = zt_socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || zt_bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    zt_listen(fd, 16) < 0)
		die("listen");
	return fd;
}

static void tell_events(struct zt_event *event)
{
	while (zt_next_event(event) == ZT_OK)
		fprintf(stderr, "event: %s\n",
			zt_event_kind_name(zt_event_kind(event)));
}

static void accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = zt_accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		watch(epoll, fd);
}

/* What a slow client does not take is lost; a real server would keep it. */
static void echo(int fd)
{
	char text[4096];
	ssize_t n = read(fd, text, sizeof(text));

	if (n <= 0 || write(fd, text, (size_t)n) != n)
		close(fd);
}

int main(int argc, char **argv)
{
	struct zt_event *event = zt_event_new();
	struct epoll_event ready[TURN];
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int events;
	int listener;
	int n;

	if (argc != 4 || !event || epoll < 0)
		return 2;
	events = start(argv[1], strtoull(argv[2], NULL, 16));
	listener = listen_at(strtoul(argv[3], NULL, 10));
	watch(epoll, events);
	watch(epoll, listener);
	while ((n = epoll_wait(epoll, ready, TURN, -1)) >= 0) {
		while (n-- > 0) {
			if (ready[n].data.fd == events)
				tell_events(event);
			else if (ready[n].data.fd == listener)
				accept_all(epoll, listener);
			else
				echo(ready[n].data.fd);
		}
	}
	die("epoll");
}
