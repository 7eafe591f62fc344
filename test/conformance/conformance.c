/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conformance.c - do sockets behave as Linux's own?
 *
 * usage: conformance [--own-network] IPV4-ADDRESS IPV6-ADDRESS
 *
 * Runs every scenario against itself at these addresses and prints one line a
 * check. test/shim/conformance.sh runs it twice and compares.
 */
#include "conformance.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place place4;
struct place place6;

static unsigned int n_checks;

void say(const char *name, const char *format, ...)
{
	va_list args;

	printf("%s: ", name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	n_checks++;
}

static const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "?";
}

void say_result(const char *name, ssize_t r)
{
	if (r < 0)
		say(name, "%zd %s", r, error_name(errno));
	else
		say(name, "%zd", r);
}

void say_ok(const char *name, int r)
{
	if (r < 0)
		say_result(name, r);
	else
		say(name, "ok");
}

short wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 2000) < 0 ? (short)-1 : p.revents;
}

void say_events(const char *name, short events)
{
	say(name, "%s%s%s%s%s%s", events & POLLIN ? "in " : "",
	    events & POLLOUT ? "out " : "", events & POLLERR ? "err " : "",
	    events & POLLHUP ? "hup " : "", events & POLLRDHUP ? "rdhup " : "",
	    events ? "" : "none");
}

static const char *ip_name(const void *ip, size_t n)
{
	static const uint8_t zero[16];
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const struct sockaddr_in *in = (struct sockaddr_in *)&place4.addr;
	const struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&place6.addr;
	const uint8_t *bytes = ip;

	if (memcmp(ip, zero, n) == 0)
		return "any";
	if (n == 4)
		return memcmp(ip, &in->sin_addr, 4) == 0 ? "place" : "other";
	if (memcmp(ip, &in6->sin6_addr, 16) == 0)
		return "place";
	if (memcmp(ip, mapped, sizeof(mapped)) == 0)
		return memcmp(bytes + 12, &in->sin_addr, 4) == 0
			       ? "mapped place"
			       : "mapped other";
	return "other";
}

void say_address(const char *name, const struct sockaddr_storage *ss,
		 socklen_t len)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

	if (ss->ss_family == AF_INET)
		say(name, "inet %s port %s len %u", ip_name(&in->sin_addr, 4),
		    in->sin_port ? "set" : "0", len);
	else if (ss->ss_family == AF_INET6)
		say(name, "inet6 %s port %s scope %u len %u",
		    ip_name(&in6->sin6_addr, 16), in6->sin6_port ? "set" : "0",
		    in6->sin6_scope_id, len);
	else
		say(name, "family %d len %u", ss->ss_family, len);
}

void say_own(const char *name, int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		say_result(name, -1);
	else
		say_address(name, &ss, len);
}

void say_peer(const char *name, int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);

	if (getpeername(fd, (struct sockaddr *)&ss, &len) < 0)
		say_result(name, -1);
	else
		say_address(name, &ss, len);
}

int get_int(int fd, int level, int option)
{
	socklen_t len = sizeof(int);
	int v = 0;

	return getsockopt(fd, level, option, &v, &len) < 0 ? -errno : v;
}

int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

int must(int r, const char *what)
{
	if (r < 0) {
		perror(what);
		exit(1);
	}
	return r;
}

int make_socket(const struct place *p, int type)
{
	return must(socket(p->family, type, 0), "socket");
}

int make_bound(const struct place *p, int type)
{
	int fd = make_socket(p, type);

	must(bind(fd, (const struct sockaddr *)&p->addr, p->len), "bind");
	return fd;
}

void own_address(int fd, struct sockaddr_storage *ss, socklen_t *len)
{
	*len = sizeof(*ss);
	must(getsockname(fd, (struct sockaddr *)ss, len), "getsockname");
}

int make_listener(const struct place *p, struct sockaddr_storage *at)
{
	int fd = make_bound(p, SOCK_STREAM);
	socklen_t len;

	must(listen(fd, 16), "listen");
	own_address(fd, at, &len);
	return fd;
}

struct pair make_pair(const struct place *p)
{
	struct sockaddr_storage at;
	struct pair c;
	int fd = make_listener(p, &at);

	c.client = make_socket(p, SOCK_STREAM);
	must(connect(c.client, (struct sockaddr *)&at, p->len), "connect");
	c.server = must(accept(fd, NULL, NULL), "accept");
	close(fd);
	return c;
}

void close_pair(struct pair *c)
{
	close(c->client);
	close(c->server);
}

static void read_places(char **argv)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&place4.addr;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&place6.addr;

	place4.family = AF_INET;
	place4.len = sizeof(*in);
	in->sin_family = AF_INET;
	place6.family = AF_INET6;
	place6.len = sizeof(*in6);
	in6->sin6_family = AF_INET6;
	if (inet_pton(AF_INET, argv[1], &in->sin_addr) != 1 ||
	    inet_pton(AF_INET6, argv[2], &in6->sin6_addr) != 1) {
		fprintf(stderr, "conformance: addresses malformed\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	bool own_network = argc > 1 && strcmp(argv[1], "--own-network") == 0;

	argv += own_network;
	argc -= own_network;
	if (argc != 3) {
		fprintf(stderr,
			"usage: conformance [--own-network] IPV4 IPV6\n");
		return 2;
	}
	alarm(60);
	read_places(argv);
	tcp_scenarios();
	stream_scenarios();
	option_scenarios();
	process_scenarios();
	udp_scenarios();
	if (own_network) {
		multicast_scenarios();
		icmp_scenarios();
		error_scenarios();
	}
	printf("%u checks\n", n_checks);
	return 0;
}
