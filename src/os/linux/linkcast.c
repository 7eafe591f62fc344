/* SPDX-License-Identifier: Apache-2.0 */
#include "os/linkcast.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "os/file.h"

#define RCVBUF 65536 /* a flood ends here */
#define TTL4 1
#define HOPS6 255

union sockaddr_ip {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Room for the interface and the TTL of either family. */
union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
		  CMSG_SPACE(sizeof(int))];
};

static socklen_t to_sockaddr(union sockaddr_ip *out, const struct udp_addr *a)
{
	memset(out, 0, sizeof(*out));
	if (a->family == 4) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(a->port);
		memcpy(&out->v4.sin_addr, a->ip, 4);
		return sizeof(out->v4);
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(a->port);
	memcpy(&out->v6.sin6_addr, a->ip, 16);
	return sizeof(out->v6);
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno
								    : 0;
}

static int set_options(int fd, bool is_v4)
{
	static const struct {
		int level;
		int option;
		int value;
	} options[][5] = { { { IPPROTO_IP, IP_PKTINFO, 1 },
			     { IPPROTO_IP, IP_RECVTTL, 1 },
			     { IPPROTO_IP, IP_MULTICAST_TTL, TTL4 },
			     { IPPROTO_IP, IP_MULTICAST_LOOP, 1 },
			     { IPPROTO_IP, IP_MULTICAST_ALL, 0 } },
			   { { IPPROTO_IPV6, IPV6_RECVPKTINFO, 1 },
			     { IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1 },
			     { IPPROTO_IPV6, IPV6_MULTICAST_HOPS, HOPS6 },
			     { IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1 },
			     { IPPROTO_IPV6, IPV6_V6ONLY, 1 } } };
	int r = set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	size_t i;

	if (!r)
		r = set(fd, SOL_SOCKET, SO_RCVBUF, RCVBUF);
	for (i = 0; i < TL_ARRAY_SIZE(options[0]) && !r; i++)
		r = set(fd, options[!is_v4][i].level, options[!is_v4][i].option,
			options[!is_v4][i].value);
	return r;
}

int tl_linkcast_open(const struct udp_addr *group)
{
	struct udp_addr any = { .family = group->family, .port = group->port };
	bool is_v4 = group->family == 4;
	union sockaddr_ip sa;
	socklen_t len = to_sockaddr(&sa, &any);
	int fd;
	int r;

	fd = socket(is_v4 ? AF_INET : AF_INET6,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = set_options(fd, is_v4);
	if (!r && bind(fd, &sa.sa, len))
		r = -errno;
	if (r)
		tl_fd_close(&fd);
	return r ? r : fd;
}

unsigned int tl_linkcast_ifindex(const char *device)
{
	return if_nametoindex(device);
}

int tl_linkcast_join(int fd, const struct udp_addr *group, unsigned int ifindex)
{
	struct ip_mreqn v4 = { .imr_ifindex = (int)ifindex };
	struct ipv6_mreq v6 = { .ipv6mr_interface = ifindex };
	int r;

	if (group->family == 4) {
		memcpy(&v4.imr_multiaddr, group->ip, 4);
		r = setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &v4,
			       sizeof(v4));
	} else {
		memcpy(&v6.ipv6mr_multiaddr, group->ip, 16);
		r = setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &v6,
			       sizeof(v6));
	}
	return r && errno != EADDRINUSE ? -errno : 0;
}

/* The interface and address to send from. */
static void put_source(struct msghdr *m, unsigned int ifindex,
		       const struct udp_addr *source)
{
	struct in_pktinfo v4 = { .ipi_ifindex = (int)ifindex };
	struct in6_pktinfo v6 = { .ipi6_ifindex = ifindex };
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	bool is_v4 = source->family == 4;
	size_t n = is_v4 ? sizeof(v4) : sizeof(v6);

	memcpy(&v4.ipi_spec_dst, source->ip, 4);
	memcpy(&v6.ipi6_addr, source->ip, 16);
	c->cmsg_level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = is_v4 ? IP_PKTINFO : IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(n);
	if (is_v4)
		memcpy(CMSG_DATA(c), &v4, n);
	else
		memcpy(CMSG_DATA(c), &v6, n);
	m->msg_controllen = CMSG_SPACE(n);
}

int tl_linkcast_send(int fd, const struct udp_addr *group, unsigned int ifindex,
		     const struct udp_addr *source, struct bytes datagram)
{
	uint8_t copy[LINKCAST_MAX];
	struct iovec iov = { copy, datagram.n };
	union control control = { 0 };
	union sockaddr_ip to;
	struct msghdr m = { .msg_name = &to,
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room) };

	if (datagram.n > sizeof(copy))
		return -EMSGSIZE;
	memcpy(copy, datagram.at, datagram.n);
	m.msg_namelen = to_sockaddr(&to, group);
	put_source(&m, ifindex, source);
	return sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* What the control messages say. */
struct arrival {
	unsigned int ifindex;
	int hops;
	uint8_t to[16];
};

static void read_one(struct arrival *a, const struct cmsghdr *c)
{
	struct in_pktinfo v4;
	struct in6_pktinfo v6;

	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		memcpy(&v4, CMSG_DATA(c), sizeof(v4));
		a->ifindex = (unsigned int)v4.ipi_ifindex;
		memcpy(a->to, &v4.ipi_addr, 4);
	} else if (c->cmsg_level == IPPROTO_IPV6 &&
		   c->cmsg_type == IPV6_PKTINFO) {
		memcpy(&v6, CMSG_DATA(c), sizeof(v6));
		a->ifindex = v6.ipi6_ifindex;
		memcpy(a->to, &v6.ipi6_addr, 16);
	} else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
		   (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_HOPLIMIT)) {
		memcpy(&a->hops, CMSG_DATA(c), sizeof(a->hops));
	}
}

static bool is_near(const struct arrival *a, const struct udp_addr *group)
{
	return a->hops == (group->family == 4 ? TTL4 : HOPS6) &&
	       memcmp(a->to, group->ip, 16) == 0;
}

static void set_from(struct udp_addr *out, const union sockaddr_ip *sa)
{
	*out = (struct udp_addr){ 0 };
	if (sa->sa.sa_family == AF_INET) {
		out->family = 4;
		out->port = ntohs(sa->v4.sin_port);
		memcpy(out->ip, &sa->v4.sin_addr, 4);
	} else {
		out->family = 6;
		out->port = ntohs(sa->v6.sin6_port);
		memcpy(out->ip, &sa->v6.sin6_addr, 16);
	}
}

int tl_linkcast_receive(int fd, const struct udp_addr *group,
			struct linkcast_info *info, struct buffer room)
{
	struct iovec iov = { room.at, TL_MIN(room.n, (size_t)INT16_MAX) };
	struct arrival arrival = { .hops = -1 };
	union sockaddr_ip from = { 0 };
	union control control;
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof(from),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room) };
	struct cmsghdr *c;
	ssize_t n = recvmsg(fd, &m, 0);

	if (n < 0)
		return -errno;
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		read_one(&arrival, c);
	if (!is_near(&arrival, group))
		return 0;
	set_from(&info->from, &from);
	info->ifindex = arrival.ifindex;
	return (int)n;
}
