/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_filter.c - multicast: from whom a member hears (RFC 3678)
 *
 * Each membership has a list of sources that alone are heard, or that are not.
 * The network is told of the group only; what others send is dropped here, for
 * this socket. Values and errors are those of Linux, its order of checks as
 * well. What is about an interface of the host is the companion's, as with
 * memberships; it cannot be read back.
 */
#include "sockets/socket_impl.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "rpc/filter.h"

/* One change of a list. */
struct change {
	struct wish wish;
	uint8_t source[16];
	bool includes;
	bool adds;
	bool joins;
};

static void set_ip4(struct rpc_addr *out, const void *ip)
{
	*out = (struct rpc_addr){ .family = 4 };
	memcpy(out->ip, ip, 4);
	if (tl_addr_is_any(out))
		out->family = 0;
}

static int read_mreq_source(struct change *c, struct bytes value)
{
	struct ip_mreq_source m;

	if (value.n != sizeof(m))
		return EINVAL;
	memcpy(&m, value.at, sizeof(m));
	set_ip4(&c->wish.group, &m.imr_multiaddr);
	set_ip4(&c->wish.own, &m.imr_interface);
	memcpy(c->source, &m.imr_sourceaddr, 4);
	return 0;
}

/* False if it is of another family. */
static bool read_address(uint8_t out[16], uint8_t family,
			 const struct sockaddr_storage *ss)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	memcpy(&in, ss, sizeof(in));
	memcpy(&in6, ss, sizeof(in6));
	if (family == 4)
		memcpy(out, &in.sin_addr, 4);
	else
		memcpy(out, &in6.sin6_addr, 16);
	return ss->ss_family == (family == 4 ? AF_INET : AF_INET6);
}

static int read_group_source(struct change *c, uint8_t family,
			     struct bytes value)
{
	struct group_source_req m;

	if (value.n < sizeof(m))
		return EINVAL;
	memcpy(&m, value.at, sizeof(m));
	c->wish.index = m.gsr_interface;
	c->wish.group.family = family;
	if (!read_address(c->wish.group.ip, family, &m.gsr_group) ||
	    !read_address(c->source, family, &m.gsr_source))
		return EADDRNOTAVAIL;
	return 0;
}

/* What the option is to do; false if it is none of these. */
static bool is_change(struct change *c, int level, int name)
{
	static const struct {
		int ip;
		int any;
		bool includes;
		bool adds;
		bool joins;
	} changes[] = {
		{ IP_ADD_SOURCE_MEMBERSHIP, MCAST_JOIN_SOURCE_GROUP, true, true,
		  true },
		{ IP_DROP_SOURCE_MEMBERSHIP, MCAST_LEAVE_SOURCE_GROUP, true,
		  false, false },
		{ IP_BLOCK_SOURCE, MCAST_BLOCK_SOURCE, false, true, false },
		{ IP_UNBLOCK_SOURCE, MCAST_UNBLOCK_SOURCE, false, false,
		  false },
	};
	size_t i;

	if (level != IPPROTO_IP && level != IPPROTO_IPV6)
		return false;
	for (i = 0; i < TL_ARRAY_SIZE(changes); i++) {
		if (name != changes[i].any &&
		    (name != changes[i].ip || level != IPPROTO_IP))
			continue;
		c->includes = changes[i].includes;
		c->adds = changes[i].adds;
		c->joins = changes[i].joins;
		return true;
	}
	return false;
}

static size_t limit_of(const struct membership *m)
{
	return m->group.family == 4 ? FILTER_SOURCES_MAX4 : FILTER_SOURCES_MAX;
}

static size_t find(const struct membership *m, const uint8_t source[16])
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (memcmp(m->sources[i], source, 16) == 0)
			break;
	}
	return i;
}

bool tl_filter_hears(const struct membership *m, const struct rpc_addr *from)
{
	bool is_listed = find(m, from->ip) < m->n;

	return is_listed == m->includes;
}

static int make_list(struct membership *m)
{
	if (!m->sources)
		m->sources = tl_alloc_array(limit_of(m), 16);
	return m->sources ? 0 : ENOBUFS;
}

static int add_source(struct membership *m, const uint8_t source[16])
{
	int err;

	if (m->n >= limit_of(m))
		return ENOBUFS;
	if (find(m, source) < m->n)
		return EADDRNOTAVAIL;
	err = make_list(m);
	if (!err)
		memcpy(m->sources[m->n++], source, 16);
	return err;
}

/* Without the last one that was heard it is no member any more. */
static int remove_source(struct socket *k, struct membership *m,
			 const uint8_t source[16])
{
	size_t at = find(m, source);

	if (at == m->n)
		return EADDRNOTAVAIL;
	if (m->n == 1 && m->includes)
		return tl_mcast_leave(k, m->ifc, &m->group);
	m->n--;
	memmove(m->sources + at, m->sources + at + 1, (m->n - at) * 16);
	return 0;
}

static int change(struct socket *k, struct ifc *ifc, const struct change *c)
{
	struct membership *m;
	int err;

	if (c->joins) {
		err = tl_mcast_join(k, ifc, &c->wish.group, true);
		if (err && err != EADDRINUSE)
			return err;
	}
	m = tl_mcast_membership(k, ifc, &c->wish.group);
	if (!m || (m->sources && m->includes != c->includes))
		return EINVAL;
	m->includes = c->includes;
	return c->adds ? add_source(m, c->source)
		       : remove_source(k, m, c->source);
}

static int set_change(struct socket *k, const struct rpc_request *q,
		      struct change *c)
{
	struct ifc *ifc;
	int err;

	if (k->state != SOCKET_UDP)
		return EPROTO;
	if (q->level == IPPROTO_IP && q->name < MCAST_JOIN_GROUP)
		err = read_mreq_source(c, q->opt);
	else
		err = read_group_source(c, q->level == IPPROTO_IP ? 4 : 6,
					q->opt);
	if (err)
		return err;
	if (!tl_addr_is_multicast(&c->wish.group))
		return EINVAL;
	ifc = tl_mcast_wanted(k, &c->wish);
	if (!ifc)
		return tl_host_set_option(k, q->level, q->name, q->opt);
	err = change(k, ifc, c);
	if (!err)
		tl_mcast_join_along(k, &c->wish, q->level, q->name, q->opt);
	return err;
}

/* --- whole lists --- */

static int read_ip_filter(struct rpc_filter *f, struct rpc_addr *own,
			  struct bytes value)
{
	struct ip_msfilter m;
	uint32_t i;

	if (value.n < IP_MSFILTER_SIZE(0))
		return EINVAL;
	memset(&m, 0, sizeof(m));
	memcpy(&m, value.at, IP_MSFILTER_SIZE(0));
	if (m.imsf_numsrc > FILTER_SOURCES_MAX4)
		return ENOBUFS;
	if (value.n < IP_MSFILTER_SIZE(m.imsf_numsrc))
		return EINVAL;
	*f = (struct rpc_filter){ .mode = m.imsf_fmode, .n = m.imsf_numsrc };
	set_ip4(&f->group, &m.imsf_multiaddr);
	set_ip4(own, &m.imsf_interface);
	for (i = 0; i < f->n; i++)
		memcpy(f->sources[i],
		       value.at + IP_MSFILTER_SIZE(0) + (size_t)i * 4, 4);
	return 0;
}

static int read_filter(struct rpc_filter *f, struct bytes value)
{
	struct reader r = tl_reader(value);

	tl_rpc_read_filter(&r, f);
	if (!tl_reader_done(&r))
		return EINVAL;
	if (f->group.family == 4 && f->n > FILTER_SOURCES_MAX4)
		return ENOBUFS;
	return 0;
}

static void put_address(struct sockaddr_storage *out, uint8_t family,
			const uint8_t ip[16])
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	memcpy(&in.sin_addr, ip, 4);
	memcpy(&in6.sin6_addr, ip, 16);
	if (family == 4)
		memcpy(out, &in, sizeof(in));
	else
		memcpy(out, &in6, sizeof(in6));
}

/* As the kernel wants it, for the companion. */
static int set_host(struct socket *k, int level, const struct rpc_filter *f)
{
	size_t n = GROUP_FILTER_SIZE(f->n);
	struct group_filter *g = tl_alloc_zeroed(n + sizeof(*g));
	uint32_t i;
	int err;

	if (!g)
		return ENOBUFS;
	g->gf_interface = f->index;
	g->gf_fmode = f->mode;
	g->gf_numsrc = f->n;
	put_address(&g->gf_group, f->group.family, f->group.ip);
	for (i = 0; i < f->n; i++)
		put_address(&g->gf_slist[i], f->group.family, f->sources[i]);
	err = tl_host_set_option(k, level, MCAST_MSFILTER, tl_bytes(g, n));
	tl_free(g);
	return err;
}

static int replace(struct socket *k, struct ifc *ifc,
		   const struct rpc_filter *f)
{
	struct membership *m = tl_mcast_membership(k, ifc, &f->group);

	if (f->mode == MCAST_INCLUDE && f->n == 0)
		return tl_mcast_leave(k, ifc, &f->group);
	if (!m)
		return EINVAL;
	if (f->n && make_list(m))
		return ENOBUFS;
	if (!f->n) {
		tl_free(m->sources);
		m->sources = NULL;
	}
	m->n = f->n;
	if (f->n)
		memcpy(m->sources, f->sources, (size_t)f->n * 16);
	m->includes = f->mode == MCAST_INCLUDE;
	return 0;
}

static bool is_whole(int level, int name)
{
	return (level == IPPROTO_IP && name == IP_MSFILTER) ||
	       ((level == IPPROTO_IP || level == IPPROTO_IPV6) &&
		name == MCAST_MSFILTER);
}

static int set_whole(struct socket *k, const struct rpc_request *q)
{
	bool raw = q->name == IP_MSFILTER;
	struct wish w = { .index = 0 };
	struct rpc_filter f;
	struct ifc *ifc;
	int err;

	if (k->state != SOCKET_UDP)
		return EPROTO;
	err = raw ? read_ip_filter(&f, &w.own, q->opt)
		  : read_filter(&f, q->opt);
	if (err)
		return err;
	w.group = f.group;
	w.index = f.index;
	if (!tl_addr_is_multicast(&w.group) ||
	    (f.mode != MCAST_INCLUDE && f.mode != MCAST_EXCLUDE))
		return EINVAL;
	ifc = tl_mcast_wanted(k, &w);
	if (!ifc)
		return raw ? tl_host_set_option(k, q->level, q->name, q->opt)
			   : set_host(k, q->level, &f);
	return replace(k, ifc, &f);
}

bool tl_filter_set(struct socket *k, const struct rpc_request *q, int *err)
{
	struct change c = { .adds = false };

	if (is_change(&c, q->level, q->name))
		*err = set_change(k, q, &c);
	else if (is_whole(q->level, q->name))
		*err = set_whole(k, q);
	else
		return false;
	return true;
}

/* --- reading --- */

/* At most as many sources as the program has room for; how many there are. */
static void write_ip_filter(struct writer *out, const struct membership *m,
			    struct bytes question)
{
	struct ip_msfilter head;
	size_t i, n;

	memset(&head, 0, sizeof(head));
	memcpy(&head, question.at, IP_MSFILTER_SIZE(0));
	n = TL_MIN(m->n, (size_t)head.imsf_numsrc);
	head.imsf_fmode = m->includes ? MCAST_INCLUDE : MCAST_EXCLUDE;
	head.imsf_numsrc = (uint32_t)m->n;
	tl_write_bytes(out, tl_bytes(&head, IP_MSFILTER_SIZE(0)));
	for (i = 0; i < n; i++)
		tl_write_bytes(out, tl_bytes(m->sources[i], 4));
}

static void write_filter(struct writer *out, const struct membership *m,
			 struct rpc_filter *f)
{
	f->mode = m->includes ? MCAST_INCLUDE : MCAST_EXCLUDE;
	f->n = (uint32_t)m->n;
	if (m->n)
		memcpy(f->sources, m->sources, m->n * 16);
	tl_rpc_write_filter(out, f);
}

/* A question has no sources, however many it has room for. */
static int read_question(struct rpc_filter *f, struct rpc_addr *own,
			 const struct rpc_request *q)
{
	struct ip_msfilter m;

	if (q->name == MCAST_MSFILTER)
		return read_filter(f, q->opt);
	if (q->opt.n < IP_MSFILTER_SIZE(0))
		return EINVAL;
	memset(&m, 0, sizeof(m));
	memcpy(&m, q->opt.at, IP_MSFILTER_SIZE(0));
	*f = (struct rpc_filter){ .index = 0 };
	set_ip4(&f->group, &m.imsf_multiaddr);
	set_ip4(own, &m.imsf_interface);
	return 0;
}

static int get(struct socket *k, const struct rpc_request *q,
	       struct writer *out)
{
	struct wish w = { .index = 0 };
	const struct membership *m;
	struct rpc_filter f;
	struct ifc *ifc;
	int err = read_question(&f, &w.own, q);

	if (err)
		return err;
	w.group = f.group;
	w.index = f.index;
	if (!tl_addr_is_multicast(&w.group))
		return EINVAL;
	ifc = tl_mcast_wanted(k, &w);
	if (!ifc)
		return q->name == MCAST_MSFILTER && q->level == IPPROTO_IP
			       ? EADDRNOTAVAIL
			       : ENODEV;
	m = tl_mcast_membership(k, ifc, &w.group);
	if (!m)
		return EADDRNOTAVAIL;
	if (q->name == MCAST_MSFILTER)
		write_filter(out, m, &f);
	else
		write_ip_filter(out, m, q->opt);
	return 0;
}

bool tl_filter_get(struct socket *k, const struct rpc_request *q,
		   struct writer *out, int *err)
{
	if (!is_whole(q->level, q->name))
		return false;
	*err = get(k, q, out);
	return true;
}
