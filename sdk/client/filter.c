/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c - filters by source, from the kernel's structures to rpc/filter.h
 *
 * Lengths and families are checked here, in Linux' order; groups, interfaces
 * and modes by the service.
 */
#include "sdk/client/filter.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "rpc/filter.h"
#include "sdk/client/call.h"
#include "sdk/client/tag.h"

/* net.core.optmem_max */
#define VALUE_MAX 131072

bool tl_filter_is(int level, int name)
{
	if (level == IPPROTO_IP && name == IP_MSFILTER)
		return true;
	return (level == IPPROTO_IP || level == IPPROTO_IPV6) &&
	       name == MCAST_MSFILTER;
}

static uint8_t family_of(int level)
{
	return level == IPPROTO_IP ? 4 : 6;
}

/* False if it is of another family. */
static bool read_address(uint8_t out[16], uint8_t family, const uint8_t *at)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	memcpy(&in, at, sizeof(in));
	memcpy(&in6, at, sizeof(in6));
	if (family == 4)
		memcpy(out, &in.sin_addr, 4);
	else
		memcpy(out, &in6.sin6_addr, 16);
	return in.sin_family == (family == 4 ? AF_INET : AF_INET6);
}

static void write_address(uint8_t *at, uint8_t family, const uint8_t ip[16])
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	memcpy(&in.sin_addr, ip, 4);
	memcpy(&in6.sin6_addr, ip, 16);
	memset(at, 0, sizeof(struct sockaddr_storage));
	if (family == 4)
		memcpy(at, &in, sizeof(in));
	else
		memcpy(at, &in6, sizeof(in6));
}

/* The structure without its sources; it need not be aligned. */
static int read_head(struct group_filter *g, const void *value, size_t len)
{
	if (len < GROUP_FILTER_SIZE(0))
		return -EINVAL;
	if (!value)
		return -EFAULT;
	memcpy(g, value, GROUP_FILTER_SIZE(0));
	return 0;
}

static int read_sources(struct rpc_filter *f, uint8_t family,
			const uint8_t *value)
{
	uint32_t i;

	for (i = 0; i < f->n; i++) {
		if (!read_address(f->sources[i], family,
				  value + GROUP_FILTER_SIZE(i)) &&
		    family == 4)
			return -EADDRNOTAVAIL;
	}
	return 0;
}

static int read_group_filter(struct rpc_filter *f, uint8_t family,
			     const void *value, size_t len)
{
	struct group_filter g;
	int r = read_head(&g, value, len);

	if (r < 0)
		return r;
	if (len > VALUE_MAX)
		return -ENOBUFS;
	if (g.gf_numsrc > FILTER_SOURCES_MAX && family == 6)
		return -ENOBUFS;
	if (g.gf_numsrc >= 0x1ffffff)
		return -ENOBUFS;
	if (len < GROUP_FILTER_SIZE((size_t)g.gf_numsrc))
		return -EINVAL;
	if (g.gf_numsrc > FILTER_SOURCES_MAX4 && family == 4)
		return -ENOBUFS;
	*f = (struct rpc_filter){ .group.family = family,
				  .index = g.gf_interface,
				  .mode = g.gf_fmode,
				  .n = g.gf_numsrc };
	if (!read_address(f->group.ip, family, (const uint8_t *)&g.gf_group))
		return family == 4 ? -EADDRNOTAVAIL : -EINVAL;
	return read_sources(f, family, value);
}

static int ask(struct call *c, enum rpc_op op, int fd, uint32_t tag)
{
	int r = tl_call_about(c, op, fd, tag);

	if (r == 0 && op == RPC_SETOPT)
		tl_tag_change(fd, TAG_OPTIONS, 0);
	return r > 0 ? -ENOPROTOOPT : r;
}

int tl_filter_setsockopt(int fd, uint32_t tag, int level, int name,
			 const void *value, socklen_t len)
{
	struct call c = { .request = { .level = level, .name = name } };
	uint8_t room[RPC_FILTER_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct rpc_filter f;
	int r;

	if (name == IP_MSFILTER) {
		if (len >= IP_MSFILTER_SIZE(0) && !value)
			return -EFAULT;
		if (len > VALUE_MAX)
			return -ENOBUFS;
		/* What is behind the longest list is not looked at. */
		c.request.opt = tl_bytes(value, TL_MIN(len, RPC_OPT_MAX));
		return ask(&c, RPC_SETOPT, fd, tag);
	}
	r = read_group_filter(&f, family_of(level), value, len);
	if (r < 0)
		return r;
	tl_rpc_write_filter(&w, &f);
	c.request.opt = tl_writer_bytes(&w);
	return ask(&c, RPC_SETOPT, fd, tag);
}

static int get_ip_filter(int fd, uint32_t tag, void *value, socklen_t *len)
{
	struct call c = { .request = { .level = IPPROTO_IP,
				       .name = IP_MSFILTER } };
	int r;

	if (*len < IP_MSFILTER_SIZE(0))
		return -EINVAL;
	c.request.opt = tl_bytes(value, IP_MSFILTER_SIZE(0));
	r = ask(&c, RPC_GETOPT, fd, tag);
	if (r < 0)
		return r;
	memcpy(value, c.reply.opt.at, c.reply.opt.n);
	*len = (socklen_t)c.reply.opt.n;
	return 0;
}

/* @g: what was asked, with how many there was room for */
static void write_group_filter(uint8_t *value, socklen_t *len, uint8_t family,
			       struct group_filter *g,
			       const struct rpc_filter *f)
{
	uint32_t n = TL_MIN(f->n, g->gf_numsrc);
	uint32_t i;

	g->gf_fmode = f->mode;
	g->gf_numsrc = f->n;
	memcpy(value, g, GROUP_FILTER_SIZE(0));
	for (i = 0; i < n; i++)
		write_address(value + GROUP_FILTER_SIZE(i), family,
			      f->sources[i]);
	*len = (socklen_t)GROUP_FILTER_SIZE(n);
}

static int get_group_filter(int fd, uint32_t tag, int level, void *value,
			    socklen_t *len)
{
	struct call c = { .request = { .level = level,
				       .name = MCAST_MSFILTER } };
	uint8_t room[RPC_FILTER_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	uint8_t family = family_of(level);
	struct rpc_filter f = { .group.family = family };
	struct group_filter g;
	struct reader in;
	int r = read_head(&g, value, *len);

	if (r < 0)
		return r;
	f.index = g.gf_interface;
	if (!read_address(f.group.ip, family, (const uint8_t *)&g.gf_group))
		return family == 4 ? -EINVAL : -EADDRNOTAVAIL;
	tl_rpc_write_filter(&w, &f);
	c.request.opt = tl_writer_bytes(&w);
	r = ask(&c, RPC_GETOPT, fd, tag);
	if (r < 0)
		return r;
	in = tl_reader(c.reply.opt);
	tl_rpc_read_filter(&in, &f);
	if (!tl_reader_done(&in))
		return -ENETDOWN;
	write_group_filter(value, len, family, &g, &f);
	return 0;
}

int tl_filter_getsockopt(int fd, uint32_t tag, int level, int name, void *value,
			 socklen_t *len)
{
	if (!len || !value)
		return -EFAULT;
	if (*len > INT32_MAX)
		return -EINVAL;
	if (name == IP_MSFILTER)
		return get_ip_filter(fd, tag, value, len);
	return get_group_filter(fd, tag, level, value, len);
}
