/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errors.c - datagrams that do not arrive, and what MSG_ERRQUEUE tells of them
 */
#include "conformance.h"

#include <linux/errqueue.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TRIES 200
#define TRY_MS 10

static char name_[64];

static const char *in(const struct place *p, const char *what)
{
	snprintf(name_, sizeof(name_), "error%c %s",
		 p->family == AF_INET ? '4' : '6', what);
	return name_;
}

/* What one recvmsg(2) brought. */
struct arrival {
	struct sockaddr_storage dest;
	char payload[64];
	struct msghdr m;
	ssize_t n;
	int error;
	union {
		struct cmsghdr head;
		char room[256];
	} control;
};

static void receive(struct arrival *a, int fd, size_t n, size_t n_control)
{
	struct iovec iov = { a->payload, n };

	memset(a->payload, 0, sizeof(a->payload));
	a->m = (struct msghdr){ .msg_name = &a->dest,
				.msg_namelen = sizeof(a->dest),
				.msg_iov = &iov,
				.msg_iovlen = 1,
				.msg_control = &a->control,
				.msg_controllen = n_control };
	errno = 0;
	a->n = recvmsg(fd, &a->m, MSG_ERRQUEUE);
	a->error = errno;
}

/* The error may take its time, and not everybody is woken by it. */
static void await(struct arrival *a, int fd, size_t n, size_t n_control)
{
	for (int i = 0; i < TRIES; i++) {
		receive(a, fd, n, n_control);
		if (a->n >= 0 || a->error != EAGAIN)
			return;
		poll(NULL, 0, TRY_MS);
	}
}

static void say_arrival(const struct place *p, const char *name,
			struct arrival *a)
{
	errno = a->error;
	say_result(in(p, name), a->n);
	say(in(p, "flags"), "%x", a->m.msg_flags);
	say_address(in(p, "destination"), &a->dest, a->m.msg_namelen);
	say(in(p, "payload"), "%.20s", a->payload);
}

static void say_said(const struct place *p, struct arrival *a)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(&a->m);
	struct sockaddr_storage offender = { 0 };
	struct sock_extended_err e;
	size_t n;

	if (!c) {
		say(in(p, "said"), "nothing");
		return;
	}
	n = c->cmsg_len - CMSG_LEN(sizeof(e));
	memcpy(&e, CMSG_DATA(c), sizeof(e));
	memcpy(&offender, CMSG_DATA(c) + sizeof(e), n);
	say(in(p, "said"), "level %d type %d: %s origin %d %d %d info %u",
	    c->cmsg_level, c->cmsg_type, strerror((int)e.ee_errno), e.ee_origin,
	    e.ee_type, e.ee_code, e.ee_info);
	say_address(in(p, "offender"), &offender, (socklen_t)n);
	say(in(p, "more"), "%d", CMSG_NXTHDR(&a->m, c) != NULL);
}

static int asking(const struct place *p)
{
	int fd = make_socket(p, SOCK_DGRAM);

	if (p->family == AF_INET)
		RESULT(in(p, "ask"), set_int(fd, IPPROTO_IP, IP_RECVERR, 1));
	else
		RESULT(in(p, "ask"),
		       set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1));
	return fd;
}

/* A port where nobody is. */
static void closed_port(const struct place *p, struct sockaddr_storage *at,
			socklen_t *len)
{
	int fd = make_bound(p, SOCK_DGRAM);

	own_address(fd, at, len);
	close(fd);
}

static void connected(const struct place *p)
{
	struct sockaddr_storage at;
	struct arrival a;
	socklen_t len;
	int fd = asking(p);

	closed_port(p, &at, &len);
	must(connect(fd, (struct sockaddr *)&at, len), "connect");
	RESULT(in(p, "none yet"), recv(fd, &(char){ 0 }, 1, MSG_ERRQUEUE));
	RESULT(in(p, "send"), send(fd, "who is there", 12, 0));
	say_events(in(p, "events"), wait_for(fd, POLLIN));
	await(&a, fd, sizeof(a.payload), sizeof(a.control));
	say_arrival(p, "taken", &a);
	say_said(p, &a);
	RESULT(in(p, "no more"), recv(fd, &(char){ 0 }, 1, MSG_ERRQUEUE));
	RESULT(in(p, "gone"), recv(fd, &(char){ 0 }, 1, MSG_DONTWAIT));
	close(fd);
}

static void unconnected(const struct place *p)
{
	struct sockaddr_storage at;
	struct arrival a;
	socklen_t len;
	int fd = asking(p);

	closed_port(p, &at, &len);
	RESULT(in(p, "sendto"),
	       sendto(fd, "first", 5, 0, (struct sockaddr *)&at, len));
	wait_for(fd, POLLIN);
	RESULT(in(p, "recv says"), recv(fd, &(char){ 0 }, 1, MSG_DONTWAIT));
	RESULT(in(p, "once"), recv(fd, &(char){ 0 }, 1, MSG_DONTWAIT));
	/* It is in the queue all the same. */
	await(&a, fd, 3, sizeof(a.control));
	say_arrival(p, "cut", &a);
	RESULT(in(p, "sendto again"),
	       sendto(fd, "second", 6, 0, (struct sockaddr *)&at, len));
	await(&a, fd, sizeof(a.payload), 8);
	say_arrival(p, "without room", &a);
	RESULT(in(p, "sendto last"),
	       sendto(fd, "third", 5, 0, (struct sockaddr *)&at, len));
	await(&a, fd, sizeof(a.payload), sizeof(a.control));
	say_arrival(p, "third", &a);
	close(fd);
}

/* Nobody asked, or does not want to know any more. */
static void unasked(const struct place *p)
{
	struct sockaddr_storage at;
	socklen_t len;
	int fd = make_socket(p, SOCK_DGRAM);
	int level = p->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int option = p->family == AF_INET ? IP_RECVERR : IPV6_RECVERR;

	closed_port(p, &at, &len);
	sendto(fd, "x", 1, 0, (struct sockaddr *)&at, len);
	poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 100);
	RESULT(in(p, "unasked recv"), recv(fd, &(char){ 0 }, 1, MSG_DONTWAIT));
	RESULT(in(p, "unasked"), recv(fd, &(char){ 0 }, 1, MSG_ERRQUEUE));
	RESULT(in(p, "on"), set_int(fd, level, option, 1));
	say(in(p, "is on"), "%d", get_int(fd, level, option));
	sendto(fd, "x", 1, 0, (struct sockaddr *)&at, len);
	wait_for(fd, POLLIN);
	RESULT(in(p, "off"), set_int(fd, level, option, 0));
	say(in(p, "is off"), "%d", get_int(fd, level, option));
	RESULT(in(p, "off take"), recv(fd, &(char){ 0 }, 1, MSG_ERRQUEUE));
	close(fd);
}

/* What else was asked for comes before. */
static void with_ttl(const struct place *p)
{
	struct sockaddr_storage at;
	struct arrival a;
	struct cmsghdr *c;
	socklen_t len;
	int fd = asking(p);
	int v = -1;

	if (p->family == AF_INET) {
		OK(in(p, "ttl"), set_int(fd, IPPROTO_IP, IP_RECVTTL, 1));
	} else {
		OK(in(p, "hops"),
		   set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1));
		OK(in(p, "old hops"),
		   set_int(fd, IPPROTO_IPV6, IPV6_2292HOPLIMIT, 1));
	}
	closed_port(p, &at, &len);
	sendto(fd, "x", 1, 0, (struct sockaddr *)&at, len);
	await(&a, fd, sizeof(a.payload), sizeof(a.control));
	for (c = CMSG_FIRSTHDR(&a.m); c; c = CMSG_NXTHDR(&a.m, c)) {
		memcpy(&v, CMSG_DATA(c), sizeof(v));
		say(in(p, "with ttl"), "level %d type %d: %d", c->cmsg_level,
		    c->cmsg_type, v);
	}
	close(fd);
}

/* The MTUs differ, so they are not told. */
static void say_local(const struct place *p, struct arrival *a)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(&a->m);
	struct sock_extended_err e;

	if (!c)
		return;
	memcpy(&e, CMSG_DATA(c), sizeof(e));
	say(in(p, "local"), "level %d type %d: %s origin %d %d %d",
	    c->cmsg_level, c->cmsg_type, strerror((int)e.ee_errno), e.ee_origin,
	    e.ee_type, e.ee_code);
}

static void too_long(const struct place *p)
{
	static char data[65530];
	bool v4 = p->family == AF_INET;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	int name = v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER;
	struct sockaddr_storage at;
	struct arrival a;
	socklen_t len;
	int fd = asking(p);

	say(in(p, "discover"), "%d", get_int(fd, level, name));
	OK(in(p, "do discover"), set_int(fd, level, name, IP_PMTUDISC_DO));
	say(in(p, "discovers"), "%d", get_int(fd, level, name));
	RESULT(in(p, "discover 6"), set_int(fd, level, name, 6));
	closed_port(p, &at, &len);
	RESULT(in(p, "too long"),
	       sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&at, len));
	await(&a, fd, sizeof(a.payload), sizeof(a.control));
	say_arrival(p, "too long taken", &a);
	say_local(p, &a);
	close(fd);
}

/* Of a socket of both families it is told in IPv6's words. */
static void mapped(void)
{
	struct sockaddr_in at;
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	struct sockaddr_storage ss;
	struct arrival a;
	socklen_t len;
	int fd = asking(&place6);

	RESULT("error mapped ask", set_int(fd, IPPROTO_IP, IP_RECVERR, 1));
	closed_port(&place4, &ss, &len);
	memcpy(&at, &ss, sizeof(at));
	to.sin6_port = at.sin_port;
	to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
	memcpy(to.sin6_addr.s6_addr + 12, &at.sin_addr, 4);
	RESULT("error mapped sendto",
	       sendto(fd, "mapped", 6, 0, (struct sockaddr *)&to, sizeof(to)));
	await(&a, fd, sizeof(a.payload), sizeof(a.control));
	say_arrival(&place6, "mapped", &a);
	say_said(&place6, &a);
	close(fd);
}

void error_scenarios(void)
{
	const struct place *places[] = { &place4, &place6 };

	for (size_t i = 0; i < 2; i++) {
		connected(places[i]);
		unconnected(places[i]);
		unasked(places[i]);
		with_ttl(places[i]);
		too_long(places[i]);
	}
	mapped();
}
