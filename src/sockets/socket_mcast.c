/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_mcast.c - multicast: what a socket is a member of, and sends to
 *
 * Theory of operation
 *
 * Members join on one interface. It is named by index or by address, else it is
 * the first virtual one: programs that look for each other shall find the
 * network's members. What names an interface of the host is passed on to the
 * companion, if the socket has one; the host answers. A companion that is bound
 * (--listen=both) joins along where no interface is named.
 *
 * As on Linux a socket gets what comes to its port for any group that somebody
 * here has joined, unless IP_MULTICAST_ALL is off; the interface counts how
 * often a group was joined and tells the network.
 *
 * Filters by source are in socket_filter.c.
 */
#include "sockets/socket_impl.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "lwip/ip.h"

#include "base/alloc.h"

#define MEMBERSHIPS_MAX KEPT_GROUPS_MAX

/* Not the headers' names, since those of the C library and of Linux differ. */
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

static void set_ip4(struct rpc_addr *out, const void *ip)
{
	*out = (struct rpc_addr){ .family = 4 };
	memcpy(out->ip, ip, 4);
	if (tl_addr_is_any(out))
		out->family = 0;
}

/* struct ip_mreq, or ip_mreqn, which is longer; both begin alike. */
static int read_mreq(struct wish *w, struct bytes value)
{
	struct ip_mreqn m = { 0 };

	if (value.n < sizeof(struct ip_mreq))
		return EINVAL;
	memcpy(&m, value.at, TL_MIN(value.n, sizeof(m)));
	set_ip4(&w->group, &m.imr_multiaddr);
	set_ip4(&w->own, &m.imr_address);
	w->index = (uint32_t)m.imr_ifindex;
	return 0;
}

static int read_mreq6(struct wish *w, struct bytes value)
{
	struct ipv6_mreq m;

	if (value.n < sizeof(m))
		return EINVAL;
	memcpy(&m, value.at, sizeof(m));
	w->group.family = 6;
	memcpy(w->group.ip, &m.ipv6mr_multiaddr, sizeof(w->group.ip));
	w->index = m.ipv6mr_interface;
	return 0;
}

static int read_group_req(struct wish *w, struct bytes value)
{
	struct group_req m;
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (value.n < sizeof(m))
		return EINVAL;
	memcpy(&m, value.at, sizeof(m));
	w->index = m.gr_interface;
	if (m.gr_group.ss_family == AF_INET) {
		memcpy(&in, &m.gr_group, sizeof(in));
		set_ip4(&w->group, &in.sin_addr);
	} else if (m.gr_group.ss_family == AF_INET6) {
		memcpy(&in6, &m.gr_group, sizeof(in6));
		w->group.family = 6;
		memcpy(w->group.ip, &in6.sin6_addr, sizeof(w->group.ip));
	}
	return 0;
}

static int read_wish(struct wish *w, const struct rpc_request *q)
{
	*w = (struct wish){ 0 };
	if (q->name == MCAST_JOIN_GROUP || q->name == MCAST_LEAVE_GROUP)
		return read_group_req(w, q->opt);
	return q->level == IPPROTO_IP ? read_mreq(w, q->opt)
				      : read_mreq6(w, q->opt);
}

/* The interface that was named; NULL if it is none of ours. */
static struct ifc *find_named(const struct socket *k, uint32_t index,
			      const struct rpc_addr *own)
{
	uint32_t n = index - RPC_IFINDEX_BASE;

	if (index)
		return n <= UINT8_MAX ? tl_sight_of_number(k, (uint8_t)n)
				      : NULL;
	return tl_sight_of_address(k, own);
}

static bool is_named(const struct wish *w)
{
	return w->index || w->own.family;
}

struct ifc *tl_mcast_usual(const struct socket *k, uint8_t family)
{
	if (k->opt.device)
		return tl_sight_of_number(k, k->opt.device);
	return k->ifc ? k->ifc : tl_sight_first(k, family);
}

struct ifc *tl_mcast_wanted(const struct socket *k, const struct wish *w)
{
	if (is_named(w))
		return find_named(k, w->index, &w->own);
	return tl_mcast_usual(k, w->group.family);
}

struct membership *tl_mcast_membership(const struct socket *k,
				       const struct ifc *ifc,
				       const struct rpc_addr *group)
{
	size_t i;

	for (i = 0; i < k->group.n; i++) {
		struct membership *m = &k->group.list[i];

		if (m->ifc == ifc && m->group.family == group->family &&
		    memcmp(m->group.ip, group->ip, sizeof(group->ip)) == 0)
			return m;
	}
	return NULL;
}

int tl_mcast_join(struct socket *k, struct ifc *ifc,
		  const struct rpc_addr *group, bool includes)
{
	struct group_side *g = &k->group;
	int err;

	if (tl_mcast_membership(k, ifc, group))
		return EADDRINUSE;
	if (g->n == MEMBERSHIPS_MAX)
		return ENOBUFS;
	if (!g->list)
		g->list = tl_alloc_zeroed(MEMBERSHIPS_MAX * sizeof(*g->list));
	if (!g->list)
		return ENOBUFS;
	err = tl_ifc_join(ifc, group->family, group->ip);
	if (err)
		return -err;
	g->list[g->n++] = (struct membership){ .ifc = ifc,
					       .group = *group,
					       .includes = includes };
	return 0;
}

void tl_mcast_resume(struct socket *k, struct ifc *ifc,
		     const struct rpc_addr *group)
{
	(void)tl_mcast_join(k, ifc, group, false);
}

int tl_mcast_leave(struct socket *k, struct ifc *ifc,
		   const struct rpc_addr *group)
{
	struct membership *m = tl_mcast_membership(k, ifc, group);

	if (!m)
		return EADDRNOTAVAIL;
	tl_free(m->sources);
	*m = k->group.list[--k->group.n];
	(void)tl_ifc_leave(ifc, group->family, group->ip);
	return 0;
}

static bool is_join(int name)
{
	return name == IP_ADD_MEMBERSHIP || name == MCAST_JOIN_GROUP ||
	       name == IPV6_JOIN_GROUP;
}

static int change_membership(struct socket *k, const struct rpc_request *q)
{
	struct wish w;
	struct ifc *ifc;
	int err;

	if (k->state != SOCKET_UDP)
		return EPROTO;
	err = read_wish(&w, q);
	if (err)
		return err;
	if (!tl_addr_is_multicast(&w.group))
		return EINVAL;
	ifc = tl_mcast_wanted(k, &w);
	if (!ifc)
		return tl_host_set_option(k, q->level, q->name, q->opt);
	err = is_join(q->name) ? tl_mcast_join(k, ifc, &w.group, false)
			       : tl_mcast_leave(k, ifc, &w.group);
	if (!err)
		tl_mcast_join_along(k, &w, q->level, q->name, q->opt);
	return err;
}

void tl_mcast_join_along(struct socket *k, const struct wish *w, int level,
			 int name, struct bytes value)
{
	if (!is_named(w) && tl_host_is_bound(k))
		(void)tl_host_set_option(k, level, name, value);
}

/* The kernel's own order: an index wins over an address. */
static int choose_out(struct socket *k, const struct rpc_request *q,
		      const struct wish *w)
{
	struct group_side *g = &k->group;
	struct ifc *ifc;
	int err;

	if (!is_named(w)) {
		g->out = 0;
		g->out_is_host = false;
		return 0;
	}
	ifc = find_named(k, w->index, &w->own);
	if (ifc) {
		g->out = tl_ifc_number(ifc);
		g->out_is_host = false;
		return 0;
	}
	err = tl_host_set_option(k, q->level, q->name, q->opt);
	if (err)
		return err == ENODEV && !w->index ? EADDRNOTAVAIL : err;
	g->out = 0;
	g->out_is_host = true;
	return 0;
}

static int set_out(struct socket *k, const struct rpc_request *q)
{
	struct wish w = { 0 };
	int err;

	if (q->opt.n < sizeof(struct in_addr))
		return EINVAL;
	if (q->level == IPPROTO_IPV6)
		memcpy(&w.index, q->opt.at, sizeof(w.index));
	else if (q->opt.n >= sizeof(struct ip_mreq))
		(void)read_mreq(&w, q->opt);
	else
		set_ip4(&w.own, q->opt.at);
	err = choose_out(k, q, &w);
	if (!err)
		k->group.out_address = w.own;
	return err;
}

static bool is_membership(int level, int name)
{
	if (name == MCAST_JOIN_GROUP || name == MCAST_LEAVE_GROUP)
		return level == IPPROTO_IP || level == IPPROTO_IPV6;
	if (level == IPPROTO_IP)
		return name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP;
	return level == IPPROTO_IPV6 &&
	       (name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP);
}

static bool is_out(int level, int name)
{
	return (level == IPPROTO_IP && name == IP_MULTICAST_IF) ||
	       (level == IPPROTO_IPV6 && name == IPV6_MULTICAST_IF);
}

/* Where it is kept that such a thing, usually on, is off. */
static bool *flag_of(struct socket *k, int level, int name)
{
	if (level == IPPROTO_IP && name == IP_MULTICAST_LOOP)
		return &k->group.no_loop;
	if (level == IPPROTO_IPV6 && name == IPV6_MULTICAST_LOOP)
		return &k->group.no_loop6;
	if ((level == IPPROTO_IP && name == IP_MULTICAST_ALL) ||
	    (level == IPPROTO_IPV6 && name == IPV6_MULTICAST_ALL))
		return &k->group.own_only;
	return NULL;
}

static int set_flag(const struct rpc_request *q, bool *flag)
{
	int32_t v = 0;

	if (q->opt.n >= sizeof(v))
		memcpy(&v, q->opt.at, sizeof(v));
	else if (q->opt.n >= 1 && q->level == IPPROTO_IP)
		v = q->opt.at[0];
	else
		return EINVAL;
	if (v != 0 && v != 1 && q->name != IP_MULTICAST_LOOP)
		return EINVAL;
	*flag = v == 0;
	return 0;
}

/* The companion's datagrams loop as the socket's own. */
static int set_loop(struct socket *k, const struct rpc_request *q, bool *flag)
{
	int err = set_flag(q, flag);

	if (!err && flag != &k->group.own_only)
		(void)tl_host_set_option(k, q->level, q->name, q->opt);
	return err;
}

bool tl_mcast_set(struct socket *k, const struct rpc_request *q, int *err)
{
	bool *flag = flag_of(k, q->level, q->name);

	if (is_membership(q->level, q->name))
		*err = change_membership(k, q);
	else if (is_out(q->level, q->name))
		*err = k->state == SOCKET_UDP ? set_out(k, q) : EINVAL;
	else if (flag)
		*err = set_loop(k, q, flag);
	else
		return tl_filter_set(k, q, err);
	return true;
}

bool tl_mcast_get(struct socket *k, int level, int name, int32_t *value)
{
	const struct group_side *g = &k->group;
	const bool *flag = flag_of(k, level, name);

	if (flag) {
		*value = !*flag;
		return true;
	}
	if (!is_out(level, name))
		return false;
	*value = 0;
	if (level == IPPROTO_IP)
		memcpy(value, g->out_address.ip, 4);
	else if (g->out)
		*value = (int32_t)(RPC_IFINDEX_BASE + g->out);
	return true;
}

struct ifc *tl_mcast_ifc(const struct socket *k, const struct rpc_addr *group)
{
	if (k->group.out)
		return tl_sight_of_number(k, k->group.out);
	if (k->group.out_is_host)
		return NULL;
	return tl_mcast_usual(k, group->family);
}

bool tl_mcast_is_heard(const struct socket *k, struct ifc *ifc,
		       const struct rpc_addr *to, const struct rpc_addr *from)
{
	const struct membership *m;

	if (k->opt.device && k->opt.device != tl_ifc_number(ifc))
		return false;
	if (!tl_sight_has(k->owner, k->user, ifc))
		return false;
	if (!tl_addr_is_multicast(to))
		return true;
	m = tl_mcast_membership(k, ifc, to);
	return m ? tl_filter_hears(m, from) : !k->group.own_only;
}

bool tl_mcast_loops(const struct socket *k, const struct rpc_addr *to)
{
	return to->family == 6 ? !k->group.no_loop6 : !k->group.no_loop;
}

void tl_mcast_on_ifc_gone(struct socket *k, const struct ifc *ifc)
{
	struct group_side *g = &k->group;
	size_t n = g->n;
	size_t i;

	for (i = g->n; i > 0; i--) {
		if (g->list[i - 1].ifc != ifc)
			continue;
		tl_free(g->list[i - 1].sources);
		g->list[i - 1] = g->list[--g->n];
	}
	if (g->n != n)
		tl_keep_note(k);
	/* The number may be another's tomorrow. */
	if (g->out == tl_ifc_number(ifc))
		g->out = 0;
	if (k->opt.device == tl_ifc_number(ifc))
		k->opt.device = UINT8_MAX;
}

void tl_mcast_free(struct socket *k)
{
	struct group_side *g = &k->group;

	while (g->n > 0) {
		g->n--;
		(void)tl_ifc_leave(g->list[g->n].ifc,
				   g->list[g->n].group.family,
				   g->list[g->n].group.ip);
		tl_free(g->list[g->n].sources);
	}
	tl_free(g->list);
	g->list = NULL;
}
