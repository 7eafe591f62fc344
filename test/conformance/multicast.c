/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multicast.c - groups, broadcasts and what options say of them
 */
#include "conformance.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUP4 0xefff4d01 /* 239.255.77.1 */

static const struct in6_addr group6 = { .s6_addr = { 0xff,
						     0x05, [15] = 0x77 } };

static struct in_addr own4(void)
{
	struct sockaddr_in in;

	memcpy(&in, &place4.addr, sizeof(in));
	return in.sin_addr;
}

/* The interface that has the place's address. */
static unsigned int own_index(const struct place *p)
{
	struct ifaddrs *list = NULL;
	unsigned int index = 0;

	must(getifaddrs(&list), "getifaddrs");
	for (struct ifaddrs *i = list; i; i = i->ifa_next) {
		size_t from = p->family == AF_INET ? 4 : 8;
		size_t n = p->family == AF_INET ? 4 : 16;

		if (i->ifa_addr && i->ifa_addr->sa_family == p->family &&
		    !memcmp((const char *)i->ifa_addr + from,
			    (const char *)&p->addr + from, n))
			index = if_nametoindex(i->ifa_name);
	}
	freeifaddrs(list);
	return index;
}

static struct ip_mreq mreq(uint32_t group)
{
	return (struct ip_mreq){ .imr_multiaddr.s_addr = htonl(group),
				 .imr_interface = own4() };
}

static int join4(int fd, uint32_t group)
{
	struct ip_mreq m = mreq(group);

	return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m));
}

static int leave4(int fd, uint32_t group)
{
	struct ip_mreq m = mreq(group);

	return setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &m, sizeof(m));
}

static int by_own4(int fd)
{
	struct in_addr own = own4();

	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &own, sizeof(own));
}

/* A socket at the wildcard address and some port, which is put into @at. */
static int make_wild(int family, struct sockaddr_storage *at, socklen_t *len)
{
	int fd = must(socket(family, SOCK_DGRAM, 0), "socket");
	struct sockaddr_storage any = { .ss_family = (sa_family_t)family };

	*len = family == AF_INET ? sizeof(struct sockaddr_in)
				 : sizeof(struct sockaddr_in6);
	must(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1), "SO_REUSEADDR");
	must(bind(fd, (struct sockaddr *)&any, *len), "bind");
	must(getsockname(fd, (struct sockaddr *)at, len), "getsockname");
	return fd;
}

static struct sockaddr_in group_at(const struct sockaddr_storage *at,
				   uint32_t group)
{
	struct sockaddr_in to;

	memcpy(&to, at, sizeof(to));
	to.sin_addr.s_addr = htonl(group);
	return to;
}

static ssize_t send_to4(int fd, const struct sockaddr_in *to)
{
	return sendto(fd, "group", 5, 0, (const struct sockaddr *)to,
		      sizeof(*to));
}

/* What has come within a short time, or nothing. */
static ssize_t heard(int fd)
{
	struct timeval tv = { .tv_usec = 100000 };
	char b[16];

	must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)),
	     "SO_RCVTIMEO");
	return recv(fd, b, sizeof(b), 0);
}

static void members(void)
{
	struct sockaddr_storage at, other;
	socklen_t len;
	int a = make_wild(AF_INET, &at, &len);
	int b = make_wild(AF_INET, &other, &len);
	struct sockaddr_in to = group_at(&at, GROUP4);

	OK("mcast out", by_own4(b));
	RESULT("mcast nobody", send_to4(b, &to));
	RESULT("mcast not heard", heard(a));
	OK("mcast join", join4(a, GROUP4));
	OK("mcast join again", join4(a, GROUP4));
	RESULT("mcast send", send_to4(b, &to));
	RESULT("mcast heard", heard(a));
	RESULT("mcast once", heard(a));
	to = group_at(&at, GROUP4 + 1);
	RESULT("mcast other group", send_to4(b, &to));
	RESULT("mcast other not heard", heard(a));
	OK("mcast no loop", set_int(b, IPPROTO_IP, IP_MULTICAST_LOOP, 0));
	to = group_at(&at, GROUP4);
	RESULT("mcast silent", send_to4(b, &to));
	RESULT("mcast silent not heard", heard(a));
	OK("mcast loop", set_int(b, IPPROTO_IP, IP_MULTICAST_LOOP, 1));
	OK("mcast leave", leave4(a, GROUP4));
	OK("mcast leave again", leave4(a, GROUP4));
	RESULT("mcast after", send_to4(b, &to));
	RESULT("mcast after not heard", heard(a));
	close(a);
	close(b);
}

/* Everybody on a port hears it; a socket may insist on groups of its own. */
static void several(void)
{
	struct sockaddr_storage at, other;
	struct sockaddr_in to, group;
	socklen_t len;
	int a = make_wild(AF_INET, &at, &len);
	int b = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	int c = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	int sender = make_wild(AF_INET, &other, &len);

	set_int(b, SOL_SOCKET, SO_REUSEADDR, 1);
	set_int(c, SOL_SOCKET, SO_REUSEADDR, 1);
	OK("mcast share", bind(b, (struct sockaddr *)&at, len));
	group = group_at(&at, GROUP4);
	OK("mcast bind to group",
	   bind(c, (struct sockaddr *)&group, sizeof(group)));
	OK("mcast a joins", join4(a, GROUP4));
	OK("mcast sender out", by_own4(sender));
	to = group_at(&at, GROUP4);
	RESULT("mcast to all", send_to4(sender, &to));
	RESULT("mcast a hears", heard(a));
	RESULT("mcast b hears", heard(b));
	RESULT("mcast c hears", heard(c));
	OK("mcast own only", set_int(b, IPPROTO_IP, IP_MULTICAST_ALL, 0));
	RESULT("mcast to members", send_to4(sender, &to));
	RESULT("mcast a hears it", heard(a));
	RESULT("mcast b does not", heard(b));
	OK("mcast a leaves by closing", close(a));
	RESULT("mcast to none", send_to4(sender, &to));
	RESULT("mcast c does not", heard(c) < 0 ? -1 : heard(c));
	close(b);
	close(c);
	close(sender);
}

static void groups_by_index(void)
{
	struct group_req g = { .gr_interface = own_index(&place4) };
	struct ip_mreqn n = { .imr_multiaddr.s_addr = htonl(GROUP4),
			      .imr_ifindex = (int)own_index(&place4) };
	struct sockaddr_storage at;
	struct sockaddr_in to;
	socklen_t len;
	int a = make_wild(AF_INET, &at, &len);

	to = group_at(&at, GROUP4);
	memcpy(&g.gr_group, &to, sizeof(to));
	OK("mcast mreqn out",
	   setsockopt(a, IPPROTO_IP, IP_MULTICAST_IF, &n, sizeof(n)));
	OK("mcast req",
	   setsockopt(a, IPPROTO_IP, MCAST_JOIN_GROUP, &g, sizeof(g)));
	OK("mcast mreqn again",
	   setsockopt(a, IPPROTO_IP, IP_ADD_MEMBERSHIP, &n, sizeof(n)));
	RESULT("mcast req send", send_to4(a, &to));
	RESULT("mcast req heard", heard(a));
	OK("mcast mreqn drop",
	   setsockopt(a, IPPROTO_IP, IP_DROP_MEMBERSHIP, &n, sizeof(n)));
	OK("mcast req leave",
	   setsockopt(a, IPPROTO_IP, MCAST_LEAVE_GROUP, &g, sizeof(g)));
	n.imr_ifindex = 0x12345678;
	OK("mcast nowhere",
	   setsockopt(a, IPPROTO_IP, IP_ADD_MEMBERSHIP, &n, sizeof(n)));
	OK("mcast out nowhere",
	   setsockopt(a, IPPROTO_IP, IP_MULTICAST_IF, &n, sizeof(n)));
	close(a);
}

static void refusals(void)
{
	struct ip_mreq m = mreq(0x0a000001);
	struct in_addr foreign = { htonl(0xc6336401) };
	struct sockaddr_storage at;
	socklen_t len;
	int a = make_wild(AF_INET, &at, &len);
	int tcp = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
	int i;

	OK("mcast no group",
	   setsockopt(a, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m)));
	OK("mcast short", setsockopt(a, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, 4));
	OK("mcast foreign out", setsockopt(a, IPPROTO_IP, IP_MULTICAST_IF,
					   &foreign, sizeof(foreign)));
	m = mreq(GROUP4);
	m.imr_interface = foreign;
	OK("mcast foreign",
	   setsockopt(a, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m)));
	for (i = 0; i < 20; i++)
		must(join4(a, GROUP4 + 1 + (uint32_t)i), "join");
	OK("mcast too many", join4(a, GROUP4));
	OK("mcast tcp", join4(tcp, GROUP4));
	close(tcp);
	close(a);
}

static void options(void)
{
	struct in_addr out = { 1 };
	struct sockaddr_storage at;
	socklen_t len;
	int a = make_wild(AF_INET, &at, &len);
	int b = make_wild(AF_INET6, &at, &len);
	unsigned char byte = 7;

	say("mcast defaults", "%d %d %d",
	    get_int(a, IPPROTO_IP, IP_MULTICAST_TTL),
	    get_int(a, IPPROTO_IP, IP_MULTICAST_LOOP),
	    get_int(a, IPPROTO_IP, IP_MULTICAST_ALL));
	say("mcast6 defaults", "%d %d %d",
	    get_int(b, IPPROTO_IPV6, IPV6_MULTICAST_HOPS),
	    get_int(b, IPPROTO_IPV6, IPV6_MULTICAST_LOOP),
	    get_int(b, IPPROTO_IPV6, IPV6_MULTICAST_IF));
	OK("mcast ttl", set_int(a, IPPROTO_IP, IP_MULTICAST_TTL, 9));
	say("mcast ttl now", "%d", get_int(a, IPPROTO_IP, IP_MULTICAST_TTL));
	OK("mcast ttl byte",
	   setsockopt(a, IPPROTO_IP, IP_MULTICAST_TTL, &byte, 1));
	say("mcast ttl byte now", "%d",
	    get_int(a, IPPROTO_IP, IP_MULTICAST_TTL));
	OK("mcast ttl wrong", set_int(a, IPPROTO_IP, IP_MULTICAST_TTL, 256));
	OK("mcast all wrong", set_int(a, IPPROTO_IP, IP_MULTICAST_ALL, 2));
	OK("mcast6 loop wrong",
	   set_int(b, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 2));
	OK("mcast loop two", set_int(a, IPPROTO_IP, IP_MULTICAST_LOOP, 2));
	say("mcast loop now", "%d", get_int(a, IPPROTO_IP, IP_MULTICAST_LOOP));
	len = sizeof(out);
	OK("mcast get out",
	   getsockopt(a, IPPROTO_IP, IP_MULTICAST_IF, &out, &len));
	say("mcast no out", "%x %u", out.s_addr, len);
	OK("mcast set out", by_own4(a));
	OK("mcast get out",
	   getsockopt(a, IPPROTO_IP, IP_MULTICAST_IF, &out, &len));
	say("mcast own out", "%d", out.s_addr == own4().s_addr);
	OK("mcast6 out", set_int(b, IPPROTO_IPV6, IPV6_MULTICAST_IF,
				 (int)own_index(&place6)));
	say("mcast6 own out", "%d",
	    get_int(b, IPPROTO_IPV6, IPV6_MULTICAST_IF) ==
		    (int)own_index(&place6));
	OK("mcast6 out nowhere",
	   set_int(b, IPPROTO_IPV6, IPV6_MULTICAST_IF, 0x12345678));
	close(a);
	close(b);
}

static int change6(int fd, int option, unsigned int index)
{
	struct ipv6_mreq m = { .ipv6mr_multiaddr = group6,
			       .ipv6mr_interface = index };

	return setsockopt(fd, IPPROTO_IPV6, option, &m, sizeof(m));
}

static void members6(void)
{
	unsigned int index = own_index(&place6);
	struct sockaddr_storage at, other;
	struct sockaddr_in6 to, from;
	socklen_t len;
	int a = make_wild(AF_INET6, &at, &len);
	int b = make_wild(AF_INET6, &other, &len);
	char c[8];

	memcpy(&to, &at, sizeof(to));
	to.sin6_addr = group6;
	OK("mcast6 join", change6(a, IPV6_JOIN_GROUP, index));
	OK("mcast6 join again", change6(a, IPV6_JOIN_GROUP, index));
	OK("mcast6 out",
	   set_int(b, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)index));
	OK("mcast6 hops", set_int(b, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 5));
	RESULT("mcast6 send",
	       sendto(b, "six", 3, 0, (struct sockaddr *)&to, sizeof(to)));
	wait_for(a, POLLIN);
	len = sizeof(from);
	RESULT("mcast6 heard", recvfrom(a, c, sizeof(c), MSG_DONTWAIT,
					(struct sockaddr *)&from, &len));
	OK("mcast6 leave", change6(a, IPV6_LEAVE_GROUP, index));
	OK("mcast6 leave again", change6(a, IPV6_LEAVE_GROUP, index));
	RESULT("mcast6 after",
	       sendto(b, "six", 3, 0, (struct sockaddr *)&to, sizeof(to)));
	RESULT("mcast6 not heard", heard(a));
	OK("mcast6 nowhere", change6(a, IPV6_JOIN_GROUP, 0x12345678));
	close(a);
	close(b);
}

/* --- by source --- */

#define GROUPS_OTHER 0xefff4d09

static int source4(int fd, int option, uint32_t group, uint32_t source)
{
	struct ip_mreq_source m = { .imr_multiaddr.s_addr = htonl(group),
				    .imr_interface = own4(),
				    .imr_sourceaddr.s_addr = source };

	return setsockopt(fd, IPPROTO_IP, option, &m, sizeof(m));
}

static void put(struct sockaddr_storage *out, const struct place *p,
		uint32_t group, unsigned int n)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	in.sin_addr.s_addr = htonl(group + n);
	in6.sin6_addr = group6;
	in6.sin6_addr.s6_addr[14] = (uint8_t)n;
	memset(out, 0, sizeof(*out));
	if (p->family == AF_INET)
		memcpy(out, &in, sizeof(in));
	else
		memcpy(out, &in6, sizeof(in6));
}

static int level_of(const struct place *p)
{
	return p->family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

/* @n: 0 the place's own address, else another source */
static int source_any(int fd, const struct place *p, int option, unsigned int n)
{
	struct group_source_req g = { .gsr_interface = own_index(p) };

	put(&g.gsr_group, p, GROUP4, 0);
	put(&g.gsr_source, p, 0x0a630000, n);
	if (n == 0)
		memcpy(&g.gsr_source, &p->addr, sizeof(g.gsr_source));
	return setsockopt(fd, level_of(p), option, &g, sizeof(g));
}

static char filter_room[GROUP_FILTER_SIZE(80)];

static int set_filter(int fd, const struct place *p, uint32_t mode, uint32_t n,
		      size_t len)
{
	struct group_filter *g = (struct group_filter *)filter_room;

	memset(filter_room, 0, sizeof(filter_room));
	g->gf_interface = own_index(p);
	g->gf_fmode = mode;
	g->gf_numsrc = n;
	put(&g->gf_group, p, GROUP4, 0);
	for (uint32_t i = 0; i < n && i < 80; i++)
		put(&g->gf_slist[i], p, 0x0a630000, i + 1);
	return setsockopt(fd, level_of(p), MCAST_MSFILTER, g, (socklen_t)len);
}

static int set_sources(int fd, const struct place *p, uint32_t mode, uint32_t n)
{
	return set_filter(fd, p, mode, n, GROUP_FILTER_SIZE(n));
}

/* Mode, number, length and the first source with room for @room of them. */
static void say_filter(const char *what, int fd, const struct place *p,
		       uint32_t room)
{
	struct group_filter *g = (struct group_filter *)filter_room;
	socklen_t len = (socklen_t)GROUP_FILTER_SIZE(room);
	struct sockaddr_storage first;
	int r;

	memset(filter_room, 0, sizeof(filter_room));
	g->gf_interface = own_index(p);
	g->gf_numsrc = room;
	put(&g->gf_group, p, GROUP4, 0);
	put(&first, p, 0x0a630000, 1);
	r = getsockopt(fd, level_of(p), MCAST_MSFILTER, g, &len);
	if (r < 0)
		OK(what, r);
	else
		say(what, "%u %u %u %d", g->gf_fmode, g->gf_numsrc, len,
		    room && !memcmp(&first, g->gf_slist,
				    p->family == AF_INET ? 8 : 24));
}

static void sources_heard(void)
{
	struct sockaddr_storage at, other;
	socklen_t len;
	uint32_t own = own4().s_addr;
	int a = make_wild(AF_INET, &at, &len);
	int b = make_wild(AF_INET, &other, &len);
	struct sockaddr_in to = group_at(&at, GROUP4);

	OK("ssm out", by_own4(b));
	OK("ssm join", source4(a, IP_ADD_SOURCE_MEMBERSHIP, GROUP4, own));
	OK("ssm again", source4(a, IP_ADD_SOURCE_MEMBERSHIP, GROUP4, own));
	OK("ssm plain join", join4(a, GROUP4));
	RESULT("ssm send", send_to4(b, &to));
	RESULT("ssm heard", heard(a));
	OK("ssm other", source4(a, IP_ADD_SOURCE_MEMBERSHIP, GROUP4, 9));
	OK("ssm block", source4(a, IP_BLOCK_SOURCE, GROUP4, own));
	OK("ssm unblock", source4(a, IP_UNBLOCK_SOURCE, GROUP4, own));
	OK("ssm drop", source4(a, IP_DROP_SOURCE_MEMBERSHIP, GROUP4, own));
	OK("ssm drop again",
	   source4(a, IP_DROP_SOURCE_MEMBERSHIP, GROUP4, own));
	RESULT("ssm send", send_to4(b, &to));
	RESULT("ssm not heard", heard(a));
	OK("ssm last", source4(a, IP_DROP_SOURCE_MEMBERSHIP, GROUP4, 9));
	OK("ssm left", leave4(a, GROUP4));
	OK("asm join", join4(a, GROUP4));
	OK("asm drop", source4(a, IP_DROP_SOURCE_MEMBERSHIP, GROUP4, own));
	OK("asm block", source4(a, IP_BLOCK_SOURCE, GROUP4, own));
	OK("asm block again", source4(a, IP_BLOCK_SOURCE, GROUP4, own));
	RESULT("asm send", send_to4(b, &to));
	RESULT("asm blocked", heard(a));
	OK("asm add", source4(a, IP_ADD_SOURCE_MEMBERSHIP, GROUP4, own));
	OK("asm unblock", source4(a, IP_UNBLOCK_SOURCE, GROUP4, own));
	OK("asm unblock again", source4(a, IP_UNBLOCK_SOURCE, GROUP4, own));
	RESULT("asm send", send_to4(b, &to));
	RESULT("asm heard", heard(a));
	OK("asm add", source4(a, IP_ADD_SOURCE_MEMBERSHIP, GROUP4, own));
	OK("asm leave", leave4(a, GROUP4));
	OK("asm none", source4(a, IP_BLOCK_SOURCE, GROUP4, own));
	OK("ssm no group", source4(a, IP_ADD_SOURCE_MEMBERSHIP, 0x0a000001, 9));
	OK("ssm foreign", source_any(a, &place6, MCAST_JOIN_SOURCE_GROUP, 1));
	close(a);
	close(b);
}

static void sources_limits(const struct place *p, unsigned int limit)
{
	int fd = must(socket(p->family, SOCK_DGRAM, 0), "socket");
	struct group_source_req g = { .gsr_interface = own_index(p) };
	unsigned int i;

	for (i = 1; i <= limit; i++)
		must(source_any(fd, p, MCAST_JOIN_SOURCE_GROUP, i), "source");
	OK("ssm too many", source_any(fd, p, MCAST_JOIN_SOURCE_GROUP, i));
	OK("ssm the last but once",
	   source_any(fd, p, MCAST_JOIN_SOURCE_GROUP, limit));
	say_filter("ssm all", fd, p, limit);
	say_filter("ssm one", fd, p, 1);
	say_filter("ssm none of them", fd, p, 0);
	for (i = 1; i <= limit; i++)
		must(source_any(fd, p, MCAST_LEAVE_SOURCE_GROUP, i), "leave");
	say_filter("ssm left", fd, p, 1);
	OK("ssm leave no member",
	   source_any(fd, p, MCAST_LEAVE_SOURCE_GROUP, 1));
	OK("ssm block no member", source_any(fd, p, MCAST_BLOCK_SOURCE, 1));
	OK("ssm short", setsockopt(fd, level_of(p), MCAST_JOIN_SOURCE_GROUP, &g,
				   sizeof(g) - 1));
	OK("ssm no family",
	   setsockopt(fd, level_of(p), MCAST_JOIN_SOURCE_GROUP, &g, sizeof(g)));
	g.gsr_interface = 0x12345678;
	put(&g.gsr_group, p, GROUP4, 0);
	put(&g.gsr_source, p, GROUP4, 1);
	OK("ssm nowhere",
	   setsockopt(fd, level_of(p), MCAST_JOIN_SOURCE_GROUP, &g, sizeof(g)));
	close(fd);
}

static void sources_whole(const struct place *p, unsigned int limit)
{
	struct group_req g = { .gr_interface = own_index(p) };
	int fd = must(socket(p->family, SOCK_DGRAM, 0), "socket");

	put(&g.gr_group, p, GROUP4, 0);
	OK("msf no member", set_sources(fd, p, MCAST_INCLUDE, 1));
	OK("msf leave no member", set_sources(fd, p, MCAST_INCLUDE, 0));
	OK("msf join",
	   setsockopt(fd, level_of(p), MCAST_JOIN_GROUP, &g, sizeof(g)));
	say_filter("msf plain", fd, p, 2);
	OK("msf set", set_sources(fd, p, MCAST_INCLUDE, 2));
	say_filter("msf now", fd, p, 2);
	OK("msf block", source_any(fd, p, MCAST_BLOCK_SOURCE, 0));
	OK("msf most", set_sources(fd, p, MCAST_EXCLUDE, limit));
	OK("msf too many", set_sources(fd, p, MCAST_EXCLUDE, limit + 1));
	say_filter("msf as before", fd, p, limit);
	OK("msf empty", set_sources(fd, p, MCAST_EXCLUDE, 0));
	OK("msf mode may change",
	   source_any(fd, p, MCAST_JOIN_SOURCE_GROUP, 3));
	say_filter("msf changed", fd, p, 2);
	OK("msf wrong mode", set_sources(fd, p, 7, 1));
	OK("msf short",
	   set_filter(fd, p, MCAST_INCLUDE, 2, GROUP_FILTER_SIZE(1)));
	OK("msf very short", set_filter(fd, p, MCAST_INCLUDE, 0, 100));
	OK("msf leave", set_sources(fd, p, MCAST_INCLUDE, 0));
	say_filter("msf left", fd, p, 2);
	close(fd);
}

/* struct ip_msfilter, whose sources are four bytes each */
static void sources_whole_old(void)
{
	uint32_t room[16] = {
		htonl(GROUP4), own4().s_addr, MCAST_EXCLUDE, 2, 1, 2
	};
	int fd = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	socklen_t len = sizeof(room);

	OK("old join", join4(fd, GROUP4));
	OK("old set", setsockopt(fd, IPPROTO_IP, IP_MSFILTER, room, 24));
	OK("old short", setsockopt(fd, IPPROTO_IP, IP_MSFILTER, room, 20));
	OK("old very short", setsockopt(fd, IPPROTO_IP, IP_MSFILTER, room, 12));
	memset(room + 2, 0, sizeof(room) - 8);
	room[3] = 1;
	OK("old get", getsockopt(fd, IPPROTO_IP, IP_MSFILTER, room, &len));
	say("old list", "%u %u %u %u %u", room[2], room[3], room[4], room[5],
	    len);
	room[3] = 11;
	OK("old too many",
	   setsockopt(fd, IPPROTO_IP, IP_MSFILTER, room, sizeof(room)));
	room[0] = htonl(GROUPS_OTHER);
	len = sizeof(room);
	OK("old get no member",
	   getsockopt(fd, IPPROTO_IP, IP_MSFILTER, room, &len));
	len = 12;
	OK("old get short",
	   getsockopt(fd, IPPROTO_IP, IP_MSFILTER, room, &len));
	close(fd);
}

static void sources6(void)
{
	struct sockaddr_storage at, other;
	struct sockaddr_in6 to;
	socklen_t len;
	int a = make_wild(AF_INET6, &at, &len);
	int b = make_wild(AF_INET6, &other, &len);

	memcpy(&to, &at, sizeof(to));
	to.sin6_addr = group6;
	OK("ssm6 out", set_int(b, IPPROTO_IPV6, IPV6_MULTICAST_IF,
			       (int)own_index(&place6)));
	OK("ssm6 join", source_any(a, &place6, MCAST_JOIN_SOURCE_GROUP, 0));
	RESULT("ssm6 send",
	       sendto(b, "six", 3, 0, (struct sockaddr *)&to, sizeof(to)));
	RESULT("ssm6 heard", heard(a));
	OK("ssm6 other", source_any(a, &place6, MCAST_JOIN_SOURCE_GROUP, 1));
	OK("ssm6 leave", source_any(a, &place6, MCAST_LEAVE_SOURCE_GROUP, 0));
	RESULT("ssm6 send",
	       sendto(b, "six", 3, 0, (struct sockaddr *)&to, sizeof(to)));
	RESULT("ssm6 not heard", heard(a));
	close(a);
	close(b);
}

void multicast_scenarios(void)
{
	members();
	several();
	groups_by_index();
	refusals();
	options();
	members6();
	sources_heard();
	sources_limits(&place4, 10);
	sources_limits(&place6, 64);
	sources_whole(&place4, 10);
	sources_whole(&place6, 64);
	sources_whole_old();
	sources6();
}
