/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - setsockopt and getsockopt
 */
#include "conformance.h"

#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static void flag(const char *name, int fd, int level, int option)
{
	int before = get_int(fd, level, option);
	int set = set_int(fd, level, option, 1);
	int on = get_int(fd, level, option);
	int off_set = set_int(fd, level, option, 0);

	say(name, "%d, set %d, %d, unset %d, %d", before, set, on, off_set,
	    get_int(fd, level, option));
}

static void number(const char *name, int fd, int level, int option, int value)
{
	int set = set_int(fd, level, option, value);

	say(name, "set %d, %d", set, get_int(fd, level, option));
}

static void tcp_options(int fd)
{
	flag("opt reuseaddr", fd, SOL_SOCKET, SO_REUSEADDR);
	flag("opt reuseport", fd, SOL_SOCKET, SO_REUSEPORT);
	flag("opt keepalive", fd, SOL_SOCKET, SO_KEEPALIVE);
	flag("opt oobinline", fd, SOL_SOCKET, SO_OOBINLINE);
	flag("opt broadcast", fd, SOL_SOCKET, SO_BROADCAST);
	flag("opt nodelay", fd, IPPROTO_TCP, TCP_NODELAY);
	flag("opt cork", fd, IPPROTO_TCP, TCP_CORK);
	number("opt priority", fd, SOL_SOCKET, SO_PRIORITY, 3);
	number("opt keepidle", fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
	number("opt keepintvl", fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
	number("opt keepcnt", fd, IPPROTO_TCP, TCP_KEEPCNT, 5);
	number("opt user timeout", fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
	number("opt tos", fd, IPPROTO_IP, IP_TOS, 0x10);
	number("opt ttl", fd, IPPROTO_IP, IP_TTL, 33);
	number("opt rcvbuf", fd, SOL_SOCKET, SO_RCVBUF, 50000);
}

static void structs(int fd)
{
	struct linger l = { .l_onoff = 1, .l_linger = 5 };
	struct timeval tv = { .tv_sec = 3, .tv_usec = 500000 };
	socklen_t len = sizeof(l);

	RESULT("linger set",
	       setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	memset(&l, 0, sizeof(l));
	RESULT("linger get", getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len));
	say("linger", "%d %d %u", l.l_onoff, l.l_linger, len);
	RESULT("sndtimeo set",
	       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	memset(&tv, 0, sizeof(tv));
	len = sizeof(tv);
	getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, &len);
	say("sndtimeo", "%d %d", (int)tv.tv_sec, (int)tv.tv_usec);
	tv.tv_usec = 2000000;
	RESULT("sndtimeo bad",
	       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
}

static void wrong_options(int fd)
{
	char small = 1;
	int v = 1;
	socklen_t len = sizeof(v);

	RESULT("opt short",
	       setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &small, 1));
	RESULT("opt null",
	       setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, NULL, sizeof(v)));
	RESULT("opt unknown", set_int(fd, SOL_SOCKET, 9999, 1));
	RESULT("opt unknown level", set_int(fd, 9999, 1, 1));
	RESULT("opt unknown tcp", set_int(fd, IPPROTO_TCP, 9999, 1));
	RESULT("opt get unknown", getsockopt(fd, SOL_SOCKET, 9999, &v, &len));
	RESULT("opt set type", set_int(fd, SOL_SOCKET, SO_TYPE, 1));
	RESULT("opt set error", set_int(fd, SOL_SOCKET, SO_ERROR, 1));
	RESULT("opt ipv6 on inet", set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	len = 2;
	RESULT("opt get short", getsockopt(fd, SOL_SOCKET, SO_TYPE, &v, &len));
	say("opt get short len", "%u", len);
	RESULT("opt closed", set_int(999, SOL_SOCKET, SO_REUSEADDR, 1));
	RESULT("opt on a file", set_int(0, SOL_SOCKET, SO_REUSEADDR, 1));
	len = 40;
	RESULT("ip options",
	       getsockopt(fd, IPPROTO_IP, IP_OPTIONS, (char[40]){ 0 }, &len));
	say("ip options len", "%u", len);
}

static void info(void)
{
	struct pair c = make_pair(&place4);
	struct tcp_info ti = { 0 };
	socklen_t len = sizeof(ti);

	RESULT("tcp info",
	       getsockopt(c.client, IPPROTO_TCP, TCP_INFO, &ti, &len));
	say("tcp info state", "%d", ti.tcpi_state);
	flag("opt connected nodelay", c.client, IPPROTO_TCP, TCP_NODELAY);
	close_pair(&c);
}

/* Name servers set the smallest; what is told is of the way to a peer. */
static void mtu_options(int udp)
{
	int to = make_bound(&place6, SOCK_DGRAM);
	struct sockaddr_storage at;
	int value = 0;
	socklen_t len = sizeof(at);

	own_address(to, &at, &len);
	RESULT("opt udp6 mtu smallest",
	       set_int(udp, IPPROTO_IPV6, IPV6_MTU, 1280));
	RESULT("opt udp6 mtu none", set_int(udp, IPPROTO_IPV6, IPV6_MTU, 0));
	RESULT("opt udp6 mtu too small",
	       set_int(udp, IPPROTO_IPV6, IPV6_MTU, 1279));
	RESULT("opt udp6 ip mtu", set_int(udp, IPPROTO_IP, IP_MTU, 1280));
	len = sizeof(value);
	RESULT("opt udp6 get mtu",
	       getsockopt(udp, IPPROTO_IPV6, IPV6_MTU, &value, &len));
	len = sizeof(at);
	RESULT("opt udp6 connect",
	       connect(udp, (const struct sockaddr *)&at, len));
	len = sizeof(value);
	RESULT("opt udp6 get mtu connected",
	       getsockopt(udp, IPPROTO_IPV6, IPV6_MTU, &value, &len));
	say("opt udp6 mtu connected", "%d", value >= 1280);
	close(to);
}

void option_scenarios(void)
{
	int fd = make_socket(&place4, SOCK_STREAM);
	int udp;

	tcp_options(fd);
	structs(fd);
	wrong_options(fd);
	close(fd);
	info();

	udp = make_socket(&place4, SOCK_DGRAM);
	flag("opt udp broadcast", udp, SOL_SOCKET, SO_BROADCAST);
	flag("opt udp pktinfo", udp, IPPROTO_IP, IP_PKTINFO);
	flag("opt udp recvttl", udp, IPPROTO_IP, IP_RECVTTL);
	flag("opt udp recverr", udp, IPPROTO_IP, IP_RECVERR);
	RESULT("opt udp nodelay", set_int(udp, IPPROTO_TCP, TCP_NODELAY, 1));
	close(udp);
	udp = make_socket(&place6, SOCK_DGRAM);
	flag("opt udp6 v6only", udp, IPPROTO_IPV6, IPV6_V6ONLY);
	flag("opt udp6 pktinfo", udp, IPPROTO_IPV6, IPV6_RECVPKTINFO);
	mtu_options(udp);
	close(udp);
}
