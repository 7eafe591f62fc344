/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp.c - orders, states and errors of the TCP calls
 */
#include "conformance.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

static char name_[64];

/* A check's name with the family it ran over. */
static const char *in(const struct place *p, const char *what)
{
	snprintf(name_, sizeof(name_), "tcp%c %s",
		 p->family == AF_INET ? '4' : '6', what);
	return name_;
}

static void kinds(void)
{
	int fds[2];
	int fd;

	OK("socket inet stream", fd = socket(AF_INET, SOCK_STREAM, 0));
	say("socket flags", "%d %d", fcntl(fd, F_GETFL) & O_NONBLOCK,
	    fcntl(fd, F_GETFD));
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	say("socket flags set", "%d %d", !!(fcntl(fd, F_GETFL) & O_NONBLOCK),
	    fcntl(fd, F_GETFD));
	close(fd);
	OK("socket stream tcp", fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
	close(fd);
	OK("socket stream udp", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	OK("socket dgram tcp", socket(AF_INET6, SOCK_DGRAM, IPPROTO_TCP));
	OK("socket seqpacket", socket(AF_INET, SOCK_SEQPACKET, 0));
	OK("socket bad type", socket(AF_INET, 77, 0));
	OK("socket bad family", socket(177, SOCK_STREAM, 0));
	OK("socketpair unix", socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	say_own("unix own", fds[0]);
	say("unix domain", "%d", get_int(fds[0], SOL_SOCKET, SO_DOMAIN));
	RESULT("unix write", write(fds[0], "x", 1));
	close(fds[0]);
	close(fds[1]);
}

static void fresh(const struct place *p)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = 4;
	int fd = make_socket(p, SOCK_STREAM);
	char c;

	say_own(in(p, "fresh own"), fd);
	say_peer(in(p, "fresh peer"), fd);
	RESULT(in(p, "fresh own short"),
	       getsockname(fd, (struct sockaddr *)&ss, &len));
	say(in(p, "fresh own short len"), "%u %d", len, ss.ss_family);
	RESULT(in(p, "fresh own null"), getsockname(fd, NULL, NULL));
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK); /* none may wait, anywhere */
	RESULT(in(p, "fresh recv"), recv(fd, &c, 1, 0));
	RESULT(in(p, "fresh read"), read(fd, &c, 1));
	RESULT(in(p, "fresh send"), send(fd, "x", 1, MSG_NOSIGNAL));
	RESULT(in(p, "fresh shutdown"), shutdown(fd, SHUT_WR));
	RESULT(in(p, "fresh accept"), accept(fd, NULL, NULL));
	RESULT(in(p, "fresh error"), get_int(fd, SOL_SOCKET, SO_ERROR));
	say(in(p, "fresh nature"), "%d %d %d %d",
	    get_int(fd, SOL_SOCKET, SO_DOMAIN),
	    get_int(fd, SOL_SOCKET, SO_TYPE),
	    get_int(fd, SOL_SOCKET, SO_PROTOCOL),
	    get_int(fd, SOL_SOCKET, SO_ACCEPTCONN));
	close(fd);
	RESULT(in(p, "closed own"),
	       getsockname(fd, (struct sockaddr *)&ss, &len));
	RESULT(in(p, "closed bind"),
	       bind(fd, (const struct sockaddr *)&p->addr, p->len));
	RESULT(in(p, "closed accept"), accept(fd, NULL, NULL));
}

static void binds(const struct place *p)
{
	const struct place *q = p == &place4 ? &place6 : &place4;
	struct sockaddr_in any = { .sin_family = AF_UNSPEC };
	struct sockaddr_storage ss;
	int fd = make_socket(p, SOCK_STREAM);
	int other;
	socklen_t len;

	RESULT(in(p, "bind null"), bind(fd, NULL, p->len));
	RESULT(in(p, "bind short"),
	       bind(fd, (const struct sockaddr *)&p->addr, 8));
	RESULT(in(p, "bind other family"),
	       bind(fd, (const struct sockaddr *)&q->addr, q->len));
	RESULT(in(p, "bind"),
	       bind(fd, (const struct sockaddr *)&p->addr, p->len));
	say_own(in(p, "bound own"), fd);
	RESULT(in(p, "bind twice"),
	       bind(fd, (const struct sockaddr *)&p->addr, p->len));

	own_address(fd, &ss, &len);
	other = make_socket(p, SOCK_STREAM);
	RESULT(in(p, "bind in use"), bind(other, (struct sockaddr *)&ss, len));
	RESULT(in(p, "bind elsewhere after"),
	       bind(other, (const struct sockaddr *)&p->addr, p->len));
	close(other);
	other = make_socket(p, SOCK_STREAM);
	RESULT(in(p, "listen unbound"), listen(other, 1));
	say_own(in(p, "listen unbound own"), other);
	close(other);
	RESULT(in(p, "listen"), listen(fd, 5));
	RESULT(in(p, "listen again"), listen(fd, 1));
	other = make_socket(p, SOCK_STREAM);
	set_int(other, SOL_SOCKET, SO_REUSEADDR, 1);
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	RESULT(in(p, "bind where one listens"),
	       bind(other, (struct sockaddr *)&ss, len));
	close(other);
	close(fd);
	other = make_socket(p, SOCK_STREAM);
	RESULT(in(p, "bind after close"),
	       bind(other, (struct sockaddr *)&ss, len));
	close(other);
	if (p->family == AF_INET) {
		other = make_socket(p, SOCK_STREAM);
		RESULT("bind unspec",
		       bind(other, (struct sockaddr *)&any, sizeof(any)));
		say_own("bind unspec own", other);
		close(other);
	}
}

static void foreign_bind(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(0xc0000201) };
	int fd = make_socket(&place4, SOCK_STREAM);

	RESULT("bind foreign", bind(fd, (struct sockaddr *)&a, sizeof(a)));
	close(fd);
}

static void listening(const struct place *p)
{
	struct sockaddr_storage at;
	int fd = make_listener(p, &at);
	char c;

	say(in(p, "listening nature"), "%d",
	    get_int(fd, SOL_SOCKET, SO_ACCEPTCONN));
	say_own(in(p, "listening own"), fd);
	say_peer(in(p, "listening peer"), fd);
	RESULT(in(p, "listening connect"),
	       connect(fd, (struct sockaddr *)&at, p->len));
	RESULT(in(p, "listening recv"), recv(fd, &c, 1, MSG_DONTWAIT));
	RESULT(in(p, "listening send"), send(fd, "x", 1, MSG_NOSIGNAL));
	RESULT(in(p, "listening bind"),
	       bind(fd, (const struct sockaddr *)&p->addr, p->len));
	RESULT(in(p, "accept4 bad flags"), accept4(fd, NULL, NULL, 1));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	RESULT(in(p, "accept none"), accept(fd, NULL, NULL));
	close(fd);
}

static void accepts(const struct place *p)
{
	struct sockaddr_storage at;
	struct sockaddr_storage from = { 0 };
	struct sockaddr_storage own;
	socklen_t len = sizeof(from);
	socklen_t own_len;
	int fd = make_listener(p, &at);
	int client = make_socket(p, SOCK_STREAM);
	int server;

	RESULT(in(p, "connect"),
	       connect(client, (struct sockaddr *)&at, p->len));
	say_events(in(p, "listener readable"), wait_for(fd, POLLIN));
	OK(in(p, "accept"),
	   server = accept(fd, (struct sockaddr *)&from, &len));
	say_address(in(p, "accept from"), &from, len);
	own_address(client, &own, &own_len);
	say(in(p, "accept from is client"), "%d",
	    own_len == len && memcmp(&own, &from, len) == 0);
	say_own(in(p, "client own"), client);
	say_peer(in(p, "client peer"), client);
	say_own(in(p, "server own"), server);
	say_peer(in(p, "server peer"), server);
	say(in(p, "accepted flags"), "%d %d",
	    fcntl(server, F_GETFL) & O_NONBLOCK, fcntl(server, F_GETFD));
	say(in(p, "accepted nature"), "%d %d %d %d",
	    get_int(server, SOL_SOCKET, SO_DOMAIN),
	    get_int(server, SOL_SOCKET, SO_TYPE),
	    get_int(server, SOL_SOCKET, SO_PROTOCOL),
	    get_int(server, SOL_SOCKET, SO_ACCEPTCONN));
	RESULT(in(p, "connect again"),
	       connect(client, (struct sockaddr *)&at, p->len));
	RESULT(in(p, "connect accepted"),
	       connect(server, (struct sockaddr *)&at, p->len));
	RESULT(in(p, "listen connected"), listen(client, 1));
	RESULT(in(p, "bind connected"),
	       bind(client, (const struct sockaddr *)&p->addr, p->len));
	RESULT(in(p, "accept connected"), accept(client, NULL, NULL));
	RESULT(in(p, "connected error"), get_int(client, SOL_SOCKET, SO_ERROR));
	close(server);
	close(client);

	client = make_socket(p, SOCK_STREAM);
	connect(client, (struct sockaddr *)&at, p->len);
	OK(in(p, "accept4"),
	   server = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	say(in(p, "accept4 flags"), "%d %d",
	    !!(fcntl(server, F_GETFL) & O_NONBLOCK), fcntl(server, F_GETFD));
	close(server);
	close(client);
	close(fd);
}

/* A Unix socket whose other end closes says so in steps: the error first, room
 * in its buffer a moment later. Who looks in between sees less. */
static short settled_events(int fd)
{
	short seen = wait_for(fd, POLLIN | POLLOUT);
	int i;

	for (i = 0; i < 100000 && !(seen & POLLOUT); i++) {
		sched_yield();
		seen = wait_for(fd, POLLIN | POLLOUT);
	}
	return seen;
}

static void refused(const struct place *p)
{
	struct sockaddr_storage at;
	int fd = make_listener(p, &at);
	int client;

	close(fd);
	client = make_socket(p, SOCK_STREAM);
	RESULT(in(p, "connect refused"),
	       connect(client, (struct sockaddr *)&at, p->len));
	RESULT(in(p, "refused error"), get_int(client, SOL_SOCKET, SO_ERROR));
	say_peer(in(p, "refused peer"), client);
	RESULT(in(p, "refused twice"),
	       connect(client, (struct sockaddr *)&at, p->len));
	close(client);

	client = make_socket(p, SOCK_STREAM | SOCK_NONBLOCK);
	RESULT(in(p, "connect nb refused"),
	       connect(client, (struct sockaddr *)&at, p->len));
	say_events(in(p, "nb refused events"), settled_events(client));
	RESULT(in(p, "nb refused error"),
	       get_int(client, SOL_SOCKET, SO_ERROR));
	RESULT(in(p, "nb refused error again"),
	       get_int(client, SOL_SOCKET, SO_ERROR));
	close(client);

	client = make_socket(p, SOCK_STREAM | SOCK_NONBLOCK);
	connect(client, (struct sockaddr *)&at, p->len);
	wait_for(client, POLLOUT);
	RESULT(in(p, "nb refused connect"),
	       connect(client, (struct sockaddr *)&at, p->len));
	close(client);
}

static void nonblocking(const struct place *p)
{
	struct sockaddr_storage at;
	int fd = make_listener(p, &at);
	int client = make_socket(p, SOCK_STREAM | SOCK_NONBLOCK);
	int server;

	RESULT(in(p, "nb connect"),
	       connect(client, (struct sockaddr *)&at, p->len));
	say_events(in(p, "nb connect events"),
		   wait_for(client, POLLIN | POLLOUT));
	RESULT(in(p, "nb connect error"),
	       get_int(client, SOL_SOCKET, SO_ERROR));
	RESULT(in(p, "nb connect second"),
	       connect(client, (struct sockaddr *)&at, p->len));
	RESULT(in(p, "nb connect third"),
	       connect(client, (struct sockaddr *)&at, p->len));
	server = must(accept(fd, NULL, NULL), "accept");
	RESULT(in(p, "nb recv nothing"), recv(client, &(char){ 0 }, 1, 0));
	RESULT(in(p, "nb send"), send(client, "hello", 5, 0));
	RESULT(in(p, "nb server recv"), recv(server, (char[8]){ 0 }, 8, 0));
	close(server);
	close(client);
	close(fd);
}

static void by_select(void)
{
	struct sockaddr_storage at;
	struct timeval tv = { .tv_sec = 2 };
	int fd = make_listener(&place4, &at);
	int client = make_socket(&place4, SOCK_STREAM | SOCK_NONBLOCK);
	fd_set w;

	connect(client, (struct sockaddr *)&at, place4.len);
	FD_ZERO(&w);
	FD_SET(client, &w);
	RESULT("select connect", select(client + 1, NULL, &w, NULL, &tv));
	say("select connect set", "%d", FD_ISSET(client, &w));
	say_peer("select connect peer", client);
	close(client);
	close(fd);
}

static void say_next(const char *name, int ep, uint32_t ignored)
{
	struct epoll_event ev = { 0 };
	int n = epoll_wait(ep, &ev, 1, 2000);

	say(name, "%d %x", n, ev.events & ~ignored);
}

static void by_epoll(bool edge)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT |
					    (edge ? (uint32_t)EPOLLET : 0) };
	struct sockaddr_storage at;
	int fd = make_listener(&place4, &at);
	int client = make_socket(&place4, SOCK_STREAM | SOCK_NONBLOCK);
	int ep = must(epoll_create1(0), "epoll_create1");
	int server;

	connect(client, (struct sockaddr *)&at, place4.len);
	epoll_ctl(ep, EPOLL_CTL_ADD, client, &ev);
	server = must(accept(fd, NULL, NULL), "accept");
	say_next(edge ? "epoll et connect" : "epoll lt connect", ep, 0);
	must((int)write(server, "abc", 3), "write");
	wait_for(client, POLLIN);
	say_next(edge ? "epoll et data" : "epoll lt data", ep, 0);
	if (edge)
		say("epoll et quiet", "%d", epoll_wait(ep, &ev, 1, 0));
	must((int)read(client, (char[4]){ 0 }, 4), "read");
	close(server);
	wait_for(client, POLLIN);
	say_next(edge ? "epoll et end" : "epoll lt end", ep, EPOLLOUT);
	close(ep);
	close(client);
	close(fd);
}

static void wrong_connects(const struct place *p)
{
	const struct place *q = p == &place4 ? &place6 : &place4;
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage at;
	int fd = make_listener(p, &at);
	int client = make_socket(p, SOCK_STREAM);

	RESULT(in(p, "connect null"), connect(client, NULL, p->len));
	RESULT(in(p, "connect short"),
	       connect(client, (struct sockaddr *)&at, 4));
	RESULT(in(p, "connect tiny"),
	       connect(client, (struct sockaddr *)&at, 1));
	if (p->family == AF_INET)
		RESULT(in(p, "connect other family"),
		       connect(client, (const struct sockaddr *)&q->addr,
			       q->len));
	RESULT(in(p, "connect unspec fresh"),
	       connect(client, &unspec, sizeof(unspec)));
	RESULT(in(p, "connect after errors"),
	       connect(client, (struct sockaddr *)&at, p->len));
	RESULT(in(p, "connect unspec"),
	       connect(client, &unspec, sizeof(unspec)));
	say_peer(in(p, "disconnected peer"), client);
	RESULT(in(p, "connect after unspec"),
	       connect(client, (struct sockaddr *)&at, p->len));
	close(client);
	close(fd);
}

static void bound_client(const struct place *p)
{
	struct sockaddr_storage at;
	struct sockaddr_storage own;
	struct sockaddr_storage from;
	socklen_t len;
	socklen_t from_len = sizeof(from);
	int fd = make_listener(p, &at);
	int client = make_bound(p, SOCK_STREAM);
	int server;

	own_address(client, &own, &len);
	RESULT(in(p, "bound connect"),
	       connect(client, (struct sockaddr *)&at, p->len));
	server =
		must(accept(fd, (struct sockaddr *)&from, &from_len), "accept");
	say(in(p, "bound connect from"), "%d",
	    from_len == len && memcmp(&own, &from, len) == 0);
	close(server);
	close(client);
	close(fd);
}

/* An AF_INET6 wildcard listener and both kinds of clients. */
static void dual_stack(bool v6only)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	struct sockaddr_storage at4 = place4.addr;
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	int fd = make_socket(&place6, SOCK_STREAM);
	int client = make_socket(&place4, SOCK_STREAM);
	int server;

	RESULT("v6only set", set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6only));
	say("v6only get", "%d", get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY));
	must(bind(fd, (struct sockaddr *)&any, sizeof(any)), "bind");
	RESULT("v6only set late", set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	must(listen(fd, 4), "listen");
	say_own("dual own", fd);
	own_address(fd, &from, &len);
	((struct sockaddr_in *)&at4)->sin_port =
		((struct sockaddr_in6 *)&from)->sin6_port;
	RESULT(v6only ? "v6only connect 4" : "dual connect 4",
	       connect(client, (struct sockaddr *)&at4, place4.len));
	if (!v6only) {
		len = sizeof(from);
		server = must(accept(fd, (struct sockaddr *)&from, &len),
			      "accept");
		say_address("dual accept", &from, len);
		say_own("dual server own", server);
		say_peer("dual server peer", server);
		close(server);
	}
	close(client);
	close(fd);
}

static void mapped_client(bool v6only)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	struct sockaddr_storage at;
	int fd = make_listener(&place4, &at);
	int client = make_socket(&place6, SOCK_STREAM);

	to.sin6_port = ((struct sockaddr_in *)&at)->sin_port;
	to.sin6_addr.s6_addr[10] = 0xff;
	to.sin6_addr.s6_addr[11] = 0xff;
	memcpy(to.sin6_addr.s6_addr + 12,
	       &((struct sockaddr_in *)&place4.addr)->sin_addr, 4);
	set_int(client, IPPROTO_IPV6, IPV6_V6ONLY, v6only);
	RESULT(v6only ? "mapped connect v6only" : "mapped connect",
	       connect(client, (struct sockaddr *)&to, sizeof(to)));
	say_own("mapped own", client);
	say_peer("mapped peer", client);
	close(client);
	close(fd);
}

void tcp_scenarios(void)
{
	const struct place *places[] = { &place4, &place6 };

	kinds();
	foreign_bind();
	for (size_t i = 0; i < 2; i++) {
		fresh(places[i]);
		binds(places[i]);
		listening(places[i]);
		accepts(places[i]);
		refused(places[i]);
		nonblocking(places[i]);
		wrong_connects(places[i]);
		bound_client(places[i]);
	}
	by_select();
	by_epoll(false);
	by_epoll(true);
	dual_stack(false);
	dual_stack(true);
	mapped_client(false);
	mapped_client(true);
}
