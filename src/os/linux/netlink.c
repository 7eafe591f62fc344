/* SPDX-License-Identifier: Apache-2.0 */
#include "os/netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"

/* Its MAC is not known, or not any more. */
#define NUD_UNKNOWN (NUD_INCOMPLETE | NUD_FAILED)
#define MESSAGE_SIZE 1024
#define ANSWER_SIZE 32768

/* Newer than the headers of some distributions. */
#define GROUP_IP4_MEMBERSHIPS 37
#define GROUP_IP6_MEMBERSHIPS 38
#define GEN_MODE_NONE 1

/**
 * struct message - A request while it is built
 * @n:		bytes so far; all that is put in fits, as nothing is long
 */
struct message {
	_Alignas(struct nlmsghdr) uint8_t at[MESSAGE_SIZE];
	size_t n;
};

typedef int (*answer_fn)(void *ctx, const struct nlmsghdr *h);

static uint8_t *take(struct message *m, size_t n)
{
	uint8_t *at = m->at + m->n;

	tl_assert(n <= MESSAGE_SIZE - NLMSG_ALIGN(m->n));
	m->n += NLMSG_ALIGN(n);
	return at;
}

static void begin(struct message *m, uint16_t type, uint16_t flags,
		  const void *body, size_t n)
{
	struct nlmsghdr h = { .nlmsg_type = type,
			      .nlmsg_flags =
				      (uint16_t)(NLM_F_REQUEST | flags) };

	memset(m, 0, sizeof(*m));
	memcpy(take(m, sizeof(h)), &h, sizeof(h));
	memcpy(take(m, n), body, n);
}

static void put(struct message *m, uint16_t type, const void *value, size_t n)
{
	struct rtattr a = { .rta_type = type,
			    .rta_len = (uint16_t)(sizeof(a) + n) };
	uint8_t *at = take(m, sizeof(a) + n);

	memcpy(at, &a, sizeof(a));
	if (n)
		memcpy(at + sizeof(a), value, n);
}

static void put_u32(struct message *m, uint16_t type, uint32_t value)
{
	put(m, type, &value, sizeof(value));
}

static size_t open_nest(struct message *m, uint16_t type)
{
	size_t at = m->n;

	put(m, type, NULL, 0);
	return at;
}

static void close_nest(struct message *m, size_t at)
{
	uint16_t n = (uint16_t)(m->n - at);

	memcpy(m->at + at, &n, sizeof(n));
}

/* One datagram of answers. 1: more are to come. */
static int read_answers(int fd, answer_fn fn, void *ctx)
{
	_Alignas(struct nlmsghdr) uint8_t room[ANSWER_SIZE];
	const uint8_t *at = room;
	struct nlmsghdr h;
	ssize_t got = recv(fd, room, sizeof(room), 0);
	size_t left;
	int err;

	if (got < 0)
		return errno == EINTR ? 1 : -errno;
	for (left = (size_t)got; left >= sizeof(h);) {
		memcpy(&h, at, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > left)
			return -EBADMSG;
		if (h.nlmsg_type == NLMSG_DONE)
			return 0;
		if (h.nlmsg_type == NLMSG_ERROR) {
			memcpy(&err, at + sizeof(h), sizeof(err));
			return err;
		}
		if (fn)
			fn(ctx, (const void *)at);
		left -= TL_MIN(left, NLMSG_ALIGN((size_t)h.nlmsg_len));
		at += NLMSG_ALIGN(h.nlmsg_len);
	}
	return 1;
}

static int ask(int fd, struct message *m, answer_fn fn, void *ctx)
{
	uint32_t n = (uint32_t)m->n;
	int r;

	memcpy(m->at, &n, sizeof(n));
	if (send(fd, m->at, m->n, 0) < 0)
		return -errno;
	do {
		r = read_answers(fd, fn, ctx);
	} while (r > 0);
	return r;
}

int tl_netlink_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	return fd;
}

int tl_netlink_watch(void)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV6_IFADDR,
				      GROUP_IP4_MEMBERSHIPS,
				      GROUP_IP6_MEMBERSHIPS };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	size_t i;
	int err;

	if (fd < 0)
		return -errno;
	/* What the kernel does by itself goes to bound sockets only. */
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		err = -errno;
		close(fd);
		return err;
	}
	/* The last two are new; where they are missing reports tell. */
	for (i = 0; i < TL_ARRAY_SIZE(groups); i++)
		(void)setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				 &groups[i], sizeof(groups[i]));
	return fd;
}

static int on_link(void *ctx, const struct nlmsghdr *h)
{
	struct ifinfomsg info;

	if (h->nlmsg_type == RTM_NEWLINK) {
		memcpy(&info, (const uint8_t *)h + sizeof(*h), sizeof(info));
		*(unsigned int *)ctx = (unsigned int)info.ifi_index;
	}
	return 0;
}

int tl_netlink_index(int fd, const char *name, unsigned int *indexp)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	unsigned int index = 0;
	struct message m;
	int r;

	/* An answer and then an acknowledgement, to know when to stop. */
	begin(&m, RTM_GETLINK, NLM_F_ACK, &info, sizeof(info));
	put(&m, IFLA_IFNAME, name, strlen(name) + 1);
	r = ask(fd, &m, on_link, &index);
	if (!r && !index)
		r = -ENODEV;
	if (!r)
		*indexp = index;
	return r;
}

static void put_no_ip6(struct message *m)
{
	size_t families = open_nest(m, IFLA_AF_SPEC);
	size_t family = open_nest(m, AF_INET6);
	uint8_t mode = GEN_MODE_NONE;

	put(m, IFLA_INET6_ADDR_GEN_MODE, &mode, sizeof(mode));
	close_nest(m, family);
	close_nest(m, families);
}

int tl_netlink_add_veth(int fd, const char *name, const char *peer)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct message m;
	size_t link_info;
	size_t data;
	size_t other;

	begin(&m, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &info,
	      sizeof(info));
	put(&m, IFLA_IFNAME, name, strlen(name) + 1);
	link_info = open_nest(&m, IFLA_LINKINFO);
	put(&m, IFLA_INFO_KIND, "veth", 4);
	data = open_nest(&m, IFLA_INFO_DATA);
	other = open_nest(&m, VETH_INFO_PEER);
	memcpy(take(&m, sizeof(info)), &info, sizeof(info));
	put(&m, IFLA_IFNAME, peer, strlen(peer) + 1);
	close_nest(&m, other);
	close_nest(&m, data);
	close_nest(&m, link_info);
	return ask(fd, &m, NULL, NULL);
}

int tl_netlink_delete(int fd, const char *name)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct message m;

	begin(&m, RTM_DELLINK, NLM_F_ACK, &info, sizeof(info));
	put(&m, IFLA_IFNAME, name, strlen(name) + 1);
	return ask(fd, &m, NULL, NULL);
}

int tl_netlink_set(int fd, unsigned int index, const struct netlink_link *l)
{
	struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)index,
	};
	struct message m;

	if (l->up) {
		info.ifi_flags |= IFF_UP;
		info.ifi_change |= IFF_UP;
	}
	if (l->no_arp) {
		info.ifi_flags |= IFF_NOARP;
		info.ifi_change |= IFF_NOARP;
	}
	begin(&m, RTM_NEWLINK, NLM_F_ACK, &info, sizeof(info));
	if (l->mac)
		put(&m, IFLA_ADDRESS, l->mac, 6);
	if (l->mtu)
		put_u32(&m, IFLA_MTU, l->mtu);
	if (l->queue_len)
		put_u32(&m, IFLA_TXQLEN, l->queue_len);
	if (l->no_ip6)
		put_no_ip6(&m);
	return ask(fd, &m, NULL, NULL);
}

static uint8_t native_family(const struct netdev_address *a)
{
	return a->family == 4 ? AF_INET : AF_INET6;
}

static size_t ip_len(const struct netdev_address *a)
{
	return a->family == 4 ? 4 : 16;
}

/* IPv4 broadcasts go to the last address of the network. */
static void put_broadcast(struct message *m, const struct netdev_address *a)
{
	uint32_t mask;
	uint8_t ip[4];

	if (a->family != 4 || a->bits > 30)
		return;
	mask = a->bits ? ~(uint32_t)0 << (32 - a->bits) : 0;
	tl_store_be32(ip, tl_load_be32(a->ip) | ~mask);
	put(m, IFA_BROADCAST, ip, sizeof(ip));
}

static int change_address(int fd, unsigned int index,
			  const struct netdev_address *a, uint16_t type,
			  uint16_t flags)
{
	struct ifaddrmsg body = {
		.ifa_family = native_family(a),
		.ifa_prefixlen = a->bits,
		.ifa_index = index,
	};
	struct message m;

	begin(&m, type, (uint16_t)(NLM_F_ACK | flags), &body, sizeof(body));
	put(&m, IFA_LOCAL, a->ip, ip_len(a));
	put(&m, IFA_ADDRESS, a->ip, ip_len(a));
	if (type == RTM_NEWADDR) {
		put_broadcast(&m, a);
		put_u32(&m, IFA_FLAGS, IFA_F_NODAD);
	}
	return ask(fd, &m, NULL, NULL);
}

int tl_netlink_add_address(int fd, unsigned int index,
			   const struct netdev_address *a)
{
	return change_address(fd, index, a, RTM_NEWADDR,
			      NLM_F_CREATE | NLM_F_REPLACE);
}

int tl_netlink_delete_address(int fd, unsigned int index,
			      const struct netdev_address *a)
{
	return change_address(fd, index, a, RTM_DELADDR, 0);
}

static int change_route(int fd, unsigned int index,
			const struct netdev_route *r, uint16_t type,
			uint16_t flags)
{
	struct rtmsg body = {
		.rtm_family = native_family(&r->target),
		.rtm_dst_len = r->target.bits,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = r->via.family || r->target.family == 6
				     ? RT_SCOPE_UNIVERSE
				     : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};
	struct message m;

	begin(&m, type, (uint16_t)(NLM_F_ACK | flags), &body, sizeof(body));
	if (r->target.bits)
		put(&m, RTA_DST, r->target.ip, ip_len(&r->target));
	if (r->via.family)
		put(&m, RTA_GATEWAY, r->via.ip, ip_len(&r->via));
	put_u32(&m, RTA_OIF, index);
	if (r->metric)
		put_u32(&m, RTA_PRIORITY, r->metric);
	return ask(fd, &m, NULL, NULL);
}

int tl_netlink_add_route(int fd, unsigned int index,
			 const struct netdev_route *r)
{
	return change_route(fd, index, r, RTM_NEWROUTE,
			    NLM_F_CREATE | NLM_F_REPLACE);
}

int tl_netlink_delete_route(int fd, unsigned int index,
			    const struct netdev_route *r)
{
	return change_route(fd, index, r, RTM_DELROUTE, 0);
}

struct listing {
	unsigned int index;
	struct netdev_address *out;
	size_t max;
	size_t n;
};

static void add_listed(struct listing *l, const struct ifaddrmsg *body,
		       const uint8_t *ip)
{
	struct netdev_address *a = &l->out[l->n++];

	*a = (struct netdev_address){
		.family = body->ifa_family == AF_INET ? 4 : 6,
		.bits = body->ifa_prefixlen,
	};
	memcpy(a->ip, ip, ip_len(a));
}

static int on_address(void *ctx, const struct nlmsghdr *h)
{
	const uint8_t *at = (const uint8_t *)h + sizeof(*h);
	const uint8_t *end = (const uint8_t *)h + h->nlmsg_len;
	struct listing *l = ctx;
	struct ifaddrmsg body;
	struct rtattr a;
	uint16_t wanted;

	memcpy(&body, at, sizeof(body));
	if (h->nlmsg_type != RTM_NEWADDR || body.ifa_index != l->index ||
	    (body.ifa_family != AF_INET && body.ifa_family != AF_INET6))
		return 0;
	/* IFA_ADDRESS is the other end where there is one. */
	wanted = body.ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS;
	for (at += NLMSG_ALIGN(sizeof(body)); end - at >= (int)sizeof(a);
	     at += RTA_ALIGN(a.rta_len)) {
		memcpy(&a, at, sizeof(a));
		if (a.rta_len < sizeof(a) || a.rta_len > end - at)
			break;
		if (a.rta_type == wanted && l->n < l->max)
			add_listed(l, &body, at + sizeof(a));
	}
	return 0;
}

int tl_netlink_addresses(int fd, unsigned int index, struct netdev_address *out,
			 size_t max)
{
	struct listing l = { .index = index, .out = out, .max = max };
	struct ifaddrmsg body = { .ifa_family = AF_UNSPEC };
	struct message m;
	int r;

	begin(&m, RTM_GETADDR, NLM_F_DUMP, &body, sizeof(body));
	r = ask(fd, &m, on_address, &l);
	return r ? r : (int)l.n;
}

struct neighbours {
	unsigned int index;
	const struct netdev_neighbour *like;
	struct netdev_neighbour *out;
	size_t max;
	size_t n;
};

static bool is_like(const struct netdev_neighbour *n,
		    const struct netdev_neighbour *like)
{
	if (!like->family)
		return memcmp(n->mac, like->mac, sizeof(n->mac)) == 0;
	return n->family == like->family &&
	       memcmp(n->ip, like->ip, sizeof(n->ip)) == 0;
}

/* False if it lacks an address or a MAC. */
static bool read_neighbour(struct netdev_neighbour *n, const uint8_t *at,
			   const uint8_t *end)
{
	size_t ip = n->family == 4 ? 4 : 16;
	bool has_ip = false, has_mac = false;
	struct rtattr a;

	for (; end - at >= (int)sizeof(a); at += RTA_ALIGN(a.rta_len)) {
		memcpy(&a, at, sizeof(a));
		if (a.rta_len < sizeof(a) || a.rta_len > end - at)
			break;
		if (a.rta_type == NDA_DST && a.rta_len == sizeof(a) + ip) {
			memcpy(n->ip, at + sizeof(a), ip);
			has_ip = true;
		} else if (a.rta_type == NDA_LLADDR &&
			   a.rta_len == sizeof(a) + sizeof(n->mac)) {
			memcpy(n->mac, at + sizeof(a), sizeof(n->mac));
			has_mac = true;
		}
	}
	return has_ip && has_mac;
}

static int on_neighbour(void *ctx, const struct nlmsghdr *h)
{
	const uint8_t *at = (const uint8_t *)h + sizeof(*h);
	struct netdev_neighbour n = { 0 };
	struct neighbours *l = ctx;
	struct ndmsg body;

	if (h->nlmsg_type != RTM_NEWNEIGH ||
	    h->nlmsg_len < sizeof(*h) + sizeof(body))
		return 0;
	memcpy(&body, at, sizeof(body));
	if ((unsigned int)body.ndm_ifindex != l->index ||
	    (body.ndm_state & NUD_UNKNOWN) ||
	    (body.ndm_family != AF_INET && body.ndm_family != AF_INET6))
		return 0;
	n.family = body.ndm_family == AF_INET ? 4 : 6;
	if (read_neighbour(&n, at + NLMSG_ALIGN(sizeof(body)),
			   (const uint8_t *)h + h->nlmsg_len) &&
	    is_like(&n, l->like) && l->n < l->max)
		l->out[l->n++] = n;
	return 0;
}

int tl_netlink_neighbours(int fd, unsigned int index,
			  const struct netdev_neighbour *like,
			  struct netdev_neighbour *out, size_t max)
{
	struct neighbours l = {
		.index = index, .like = like, .out = out, .max = max
	};
	struct ndmsg body = { .ndm_family = AF_UNSPEC };
	struct message m;
	int r;

	begin(&m, RTM_GETNEIGH, NLM_F_DUMP, &body, sizeof(body));
	r = ask(fd, &m, on_neighbour, &l);
	return r ? r : (int)l.n;
}

static bool is_same_address(const struct netdev_address *a,
			    const struct netdev_address *b)
{
	return a->family == b->family && a->bits == b->bits &&
	       memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

static bool is_same_route(const struct netdev_route *a,
			  const struct netdev_route *b)
{
	return is_same_address(&a->target, &b->target) &&
	       is_same_address(&a->via, &b->via) && a->metric == b->metric;
}

static bool has_address(const struct netdev_config *c,
			const struct netdev_address *a)
{
	size_t i;

	for (i = 0; i < c->n_addresses; i++)
		if (is_same_address(&c->addresses[i], a))
			return true;
	return false;
}

static bool has_route(const struct netdev_config *c,
		      const struct netdev_route *r)
{
	size_t i;

	for (i = 0; i < c->n_routes; i++)
		if (is_same_route(&c->routes[i], r))
			return true;
	return false;
}

static void keep_first(int *first, int r)
{
	if (!*first)
		*first = r;
}

/* Routes go first and come last: they lean on addresses, and may have gone with
 * one. What is to go and has gone already is no failure. */
int tl_netdev_apply(int fd, unsigned int index, const struct netdev_config *now,
		    const struct netdev_config *before)
{
	struct netlink_link mtu = { .mtu = now->mtu };
	int first = 0;
	size_t i;

	if (now->mtu != before->mtu)
		keep_first(&first, tl_netlink_set(fd, index, &mtu));
	for (i = 0; i < before->n_routes; i++)
		if (!has_route(now, &before->routes[i]))
			tl_netlink_delete_route(fd, index, &before->routes[i]);
	for (i = 0; i < before->n_addresses; i++)
		if (!has_address(now, &before->addresses[i]))
			tl_netlink_delete_address(fd, index,
						  &before->addresses[i]);
	for (i = 0; i < now->n_addresses; i++)
		if (!has_address(before, &now->addresses[i]))
			keep_first(&first,
				   tl_netlink_add_address(fd, index,
							  &now->addresses[i]));
	for (i = 0; i < now->n_routes; i++)
		keep_first(&first,
			   tl_netlink_add_route(fd, index, &now->routes[i]));
	return first;
}
