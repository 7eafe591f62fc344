/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icmp.c - echo requests from sockets of SOCK_DGRAM (ping without privileges)
 */
#include "conformance.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ICMP's and ICMPv6's echo messages differ in their types only. */
struct echo {
	uint8_t type;
	uint8_t code;
	uint16_t sum;
	uint16_t id;
	uint16_t seq;
	char data[24];
};

static char name_[64];

static const char *in(const struct place *p, const char *what)
{
	snprintf(name_, sizeof(name_), "icmp%c %s",
		 p->family == AF_INET ? '4' : '6', what);
	return name_;
}

static int echo_socket(const struct place *p)
{
	return socket(p->family, SOCK_DGRAM,
		      p->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static struct echo request(const struct place *p, uint16_t seq)
{
	struct echo e = { .type = p->family == AF_INET ? 8 : 128,
			  .id = 0x7777,
			  .seq = htons(seq),
			  .data = "what the other side says" };

	return e;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage ss;
	struct sockaddr_in in4;
	socklen_t len = sizeof(ss);

	/* The port has the same place in both families. */
	must(getsockname(fd, (struct sockaddr *)&ss, &len), "getsockname");
	memcpy(&in4, &ss, sizeof(in4));
	return in4.sin_port;
}

static void say_reply(const struct place *p, const char *name, int fd,
		      const struct echo *sent)
{
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	struct echo got = { 0 };
	ssize_t n;

	wait_for(fd, POLLIN);
	errno = 0;
	n = recvfrom(fd, &got, sizeof(got), MSG_DONTWAIT,
		     (struct sockaddr *)&from, &len);
	say_result(in(p, name), n);
	say(in(p, "reply"), "%u %u id %s seq %d data %s", got.type, got.code,
	    got.id == port_of(fd) ? "port" : "other", ntohs(got.seq),
	    memcmp(got.data, sent->data, sizeof(got.data)) ? "other" : "same");
	say_address(in(p, "reply from"), &from, len);
}

static void ask(const struct place *p)
{
	struct echo e = request(p, 3);
	int fd = must(echo_socket(p), "echo socket");

	say(in(p, "nature"), "%d %d", get_int(fd, SOL_SOCKET, SO_TYPE),
	    get_int(fd, SOL_SOCKET, SO_PROTOCOL));
	say(in(p, "port before"), "%d", port_of(fd) != 0);
	RESULT(in(p, "no destination"), send(fd, &e, sizeof(e), 0));
	RESULT(in(p, "sendto"),
	       sendto(fd, &e, sizeof(e), 0, (const struct sockaddr *)&p->addr,
		      p->len));
	say_reply(p, "recvfrom", fd, &e);
	say(in(p, "port after"), "%d", port_of(fd) != 0);
	close(fd);
}

static void connected(const struct place *p)
{
	struct echo e = request(p, 700);
	int fd = must(echo_socket(p), "echo socket");
	int other = must(echo_socket(p), "echo socket");

	OK(in(p, "connect"),
	   connect(fd, (const struct sockaddr *)&p->addr, p->len));
	RESULT(in(p, "send"), send(fd, &e, sizeof(e), 0));
	say_reply(p, "recv", fd, &e);
	RESULT(in(p, "write short"), write(fd, &e, 8));
	wait_for(fd, POLLIN);
	RESULT(in(p, "read short"), read(fd, &e, sizeof(e)));
	RESULT(in(p, "nothing for others"),
	       recv(other, &e, sizeof(e), MSG_DONTWAIT));
	close(other);
	close(fd);
}

/* The port is the identifier. */
static void bound(const struct place *p)
{
	struct sockaddr_storage at = p->addr;
	struct sockaddr_in in4;
	struct echo e = request(p, 1);
	int fd = must(echo_socket(p), "echo socket");

	memcpy(&in4, &at, sizeof(in4));
	in4.sin_port = htons(4242);
	memcpy(&at, &in4, p->family == AF_INET ? sizeof(in4) : 4);
	OK(in(p, "bind"), bind(fd, (struct sockaddr *)&at, p->len));
	say(in(p, "bound port"), "%d", ntohs(port_of(fd)));
	RESULT(in(p, "bound sendto"),
	       sendto(fd, &e, sizeof(e), 0, (const struct sockaddr *)&p->addr,
		      p->len));
	say_reply(p, "bound recv", fd, &e);
	close(fd);
}

void icmp_scenarios(void)
{
	const struct place *places[] = { &place4, &place6 };

	for (size_t i = 0; i < 2; i++) {
		ask(places[i]);
		connected(places[i]);
		bound(places[i]);
	}
}
