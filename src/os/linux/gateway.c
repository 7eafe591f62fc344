/* SPDX-License-Identifier: Apache-2.0 */
#include "os/gateway.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"

#define ANSWER_SIZE 32768

struct list_of_gateways {
	struct gateway *at;
	size_t n;
	size_t max;
};

/* Attributes of a message, or of a part of one. */
typedef void (*attribute_fn)(void *ctx, uint16_t type, struct bytes value);

static void each_attribute(struct bytes b, attribute_fn fn, void *ctx)
{
	struct rtattr a;

	while (b.n >= sizeof(a)) {
		memcpy(&a, b.at, sizeof(a));
		if (a.rta_len < sizeof(a) || a.rta_len > b.n)
			return;
		fn(ctx, a.rta_type,
		   tl_bytes(b.at + sizeof(a), a.rta_len - sizeof(a)));
		b = tl_bytes_skip(b, TL_MIN(b.n, RTA_ALIGN((size_t)a.rta_len)));
	}
}

/**
 * struct found - A route while it is read
 * @g:		its gateway, as far as it is known; family 0: none
 * @hops:	of a route with several gateways
 */
struct found {
	struct gateway g;
	uint8_t family;
	uint32_t table;
	struct bytes hops;
};

static void take_attribute(void *ctx, uint16_t type, struct bytes value)
{
	struct found *f = ctx;

	if (type == RTA_GATEWAY && value.n == (f->family == 4 ? 4 : 16)) {
		f->g.family = f->family;
		memcpy(f->g.ip, value.at, value.n);
	} else if (type == RTA_OIF && value.n == 4) {
		memcpy(&f->g.scope_id, value.at, 4);
	} else if (type == RTA_PRIORITY && value.n == 4) {
		memcpy(&f->g.metric, value.at, 4);
	} else if (type == RTA_TABLE && value.n == 4) {
		memcpy(&f->table, value.at, 4);
	} else if (type == RTA_MULTIPATH) {
		f->hops = value;
	}
}

static bool is_listed(const struct list_of_gateways *l, const struct gateway *g)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (l->at[i].family == g->family &&
		    l->at[i].scope_id == g->scope_id &&
		    memcmp(l->at[i].ip, g->ip, sizeof(g->ip)) == 0)
			return true;
	}
	return false;
}

/* In the order of metrics; the last one makes room. */
static void add(struct list_of_gateways *l, struct gateway g)
{
	size_t i;

	if (!g.family || is_listed(l, &g) ||
	    !if_indextoname(g.scope_id, g.device))
		return;
	if (l->n == l->max && l->at[l->n - 1].metric <= g.metric)
		return;
	if (l->n < l->max)
		l->n++;
	for (i = l->n - 1; i && l->at[i - 1].metric > g.metric; i--)
		l->at[i] = l->at[i - 1];
	l->at[i] = g;
}

static void add_hops(struct list_of_gateways *l, const struct found *f)
{
	struct bytes b = f->hops;
	struct rtnexthop hop;

	while (b.n >= sizeof(hop)) {
		struct found one = *f;

		memcpy(&hop, b.at, sizeof(hop));
		if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > b.n)
			return;
		one.g.scope_id = (uint32_t)hop.rtnh_ifindex;
		each_attribute(tl_bytes(b.at + sizeof(hop),
					hop.rtnh_len - sizeof(hop)),
			       take_attribute, &one);
		add(l, one.g);
		b = tl_bytes_skip(b,
				  TL_MIN(b.n, RTA_ALIGN((size_t)hop.rtnh_len)));
	}
}

static bool is_default(const struct rtmsg *m)
{
	return m->rtm_dst_len == 0 && m->rtm_src_len == 0 &&
	       !(m->rtm_flags & RTM_F_CLONED) &&
	       (m->rtm_family == AF_INET || m->rtm_family == AF_INET6);
}

/* @l: NULL: it is enough to know. True for a default route. */
static bool take_route(struct list_of_gateways *l, struct bytes body)
{
	struct found f = { 0 };
	struct rtmsg m;

	if (body.n < sizeof(m))
		return false;
	memcpy(&m, body.at, sizeof(m));
	if (!is_default(&m))
		return false;
	if (!l || m.rtm_type != RTN_UNICAST)
		return true;
	f.family = m.rtm_family == AF_INET ? 4 : 6;
	f.table = m.rtm_table;
	each_attribute(tl_bytes_skip(body, NLMSG_ALIGN(sizeof(m))),
		       take_attribute, &f);
	if (f.table != RT_TABLE_MAIN)
		return true;
	add(l, f.g);
	add_hops(l, &f);
	return true;
}

/* What one datagram holds. 1: more are to come; 0; or the kernel's error. */
static int take_messages(struct bytes b, struct list_of_gateways *l, bool *any)
{
	struct nlmsghdr h;
	int err = 0;

	while (b.n >= sizeof(h)) {
		memcpy(&h, b.at, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > b.n)
			return -EBADMSG;
		if (h.nlmsg_type == NLMSG_DONE)
			return 0;
		if (h.nlmsg_type == NLMSG_ERROR) {
			if (h.nlmsg_len >= sizeof(h) + sizeof(err))
				memcpy(&err, b.at + sizeof(h), sizeof(err));
			return err;
		}
		if (h.nlmsg_type == RTM_NEWROUTE ||
		    h.nlmsg_type == RTM_DELROUTE)
			*any |= take_route(l,
					   tl_bytes(b.at + sizeof(h),
						    h.nlmsg_len - sizeof(h)));
		b = tl_bytes_skip(b, TL_MIN(b.n,
					    NLMSG_ALIGN((size_t)h.nlmsg_len)));
	}
	return 1;
}

static int ask(int fd, uint8_t family, struct list_of_gateways *l)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg m;
	} q = {
		.h = { .nlmsg_len = sizeof(q),
		       .nlmsg_type = RTM_GETROUTE,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.m = { .rtm_family = family, .rtm_table = RT_TABLE_MAIN },
	};
	_Alignas(struct nlmsghdr) uint8_t room[ANSWER_SIZE];
	bool any = false;
	int r = 1;

	if (send(fd, &q, sizeof(q), 0) < 0)
		return -errno;
	while (r > 0) {
		ssize_t got = recv(fd, room, sizeof(room), 0);

		if (got >= 0)
			r = take_messages(tl_bytes(room, (size_t)got), l, &any);
		else if (errno != EINTR)
			r = -errno;
	}
	return r;
}

int tl_gateways_list(struct gateway *out, size_t *n, size_t max)
{
	struct list_of_gateways l = { .at = out, .max = max };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int r;

	if (fd < 0)
		return -errno;
	r = ask(fd, AF_INET, &l);
	/* Without IPv6 there are none. */
	if (!r)
		(void)ask(fd, AF_INET6, &l);
	close(fd);
	if (!r)
		*n = l.n;
	return r;
}

int tl_gateways_watch(void)
{
	struct sockaddr_nl sa = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);
	int err;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

bool tl_gateways_watch_drain(int fd)
{
	_Alignas(struct nlmsghdr) uint8_t room[ANSWER_SIZE];
	bool any = false;
	ssize_t n;

	/* Overrun (ENOBUFS) means that changes were missed: they count. */
	do {
		n = recv(fd, room, sizeof(room), MSG_DONTWAIT);
		if (n >= 0)
			(void)take_messages(tl_bytes(room, (size_t)n), NULL,
					    &any);
		else if (errno == ENOBUFS)
			any = true;
	} while (n >= 0 || errno == EINTR || errno == ENOBUFS);
	return any;
}
