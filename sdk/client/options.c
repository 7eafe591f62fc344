/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - setsockopt(2) and getsockopt(2)
 *
 * One table says for each option who knows it: the kernel's own socket (what
 * concerns waiting, and what the service reads from there), the tag, the
 * service, or nobody because it is a mere hint. What is not in the table gets
 * Linux's own "not supported": an option that changes security or the contract
 * must not seem to work.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "sdk/client/call.h"
#include "sdk/client/filter.h"
#include "sdk/client/client.h"
#include "sdk/client/names.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

/* Newer than some C libraries. */
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif
#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#endif

enum keeper {
	BY_KERNEL, /* the AF_UNIX socket keeps it with the same meaning */
	BY_BOTH, /* likewise; the service has read it when connecting, or is
		  * told */
	BY_TAG, /* @arg: the bit */
	BY_TAG_AND_SERVICE, /* likewise; the service wants to know of UDP's */
	BY_SERVICE, /* the service or "not supported" */
	BY_SERVICE_OR_HINT, /* @arg: the value if the service has no idea */
	HINT, /* @arg: the value it always reads */
	REFUSED, /* @arg: errno */
};

/**
 * struct option - Who keeps an option
 * @level, @name: as setsockopt(2) names it
 * @keeper:	who knows its value
 * @arg:	see enum keeper
 */
struct option {
	int level;
	int name;
	enum keeper keeper;
	int arg;
};

static const struct option options[] = {
	{ SOL_SOCKET, SO_REUSEADDR, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_KEEPALIVE, BY_BOTH, 0 },
	{ SOL_SOCKET, SO_LINGER, BY_BOTH, 0 },
	{ SOL_SOCKET, SO_BROADCAST, BY_BOTH, 0 },
	{ SOL_SOCKET, SO_OOBINLINE, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_PRIORITY, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_RCVTIMEO, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_SNDTIMEO, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_RCVLOWAT, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_SNDLOWAT, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_RCVBUF, BY_BOTH, 0 },
	{ SOL_SOCKET, SO_RCVBUFFORCE, BY_BOTH, 0 },
	{ SOL_SOCKET, SO_DONTROUTE, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_COOKIE, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_TIMESTAMP, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_TIMESTAMPNS, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_MAX_PACING_RATE, BY_KERNEL, 0 },
	{ SOL_SOCKET, SO_REUSEPORT, BY_SERVICE_OR_HINT, 0 },
	{ SOL_SOCKET, SO_SNDBUFFORCE, REFUSED, EPERM },
	{ SOL_SOCKET, SO_BINDTODEVICE, BY_SERVICE, 0 },
	{ SOL_SOCKET, SO_BUSY_POLL, HINT, 0 },
	{ SOL_SOCKET, SO_PREFER_BUSY_POLL, HINT, 0 },
	{ SOL_SOCKET, SO_INCOMING_CPU, HINT, -1 },
	{ SOL_SOCKET, SO_INCOMING_NAPI_ID, HINT, 0 },
	{ SOL_SOCKET, SO_NO_CHECK, HINT, 0 },
	{ SOL_SOCKET, SO_RXQ_OVFL, HINT, 0 },
	{ SOL_SOCKET, SO_SELECT_ERR_QUEUE, HINT, 0 },
	{ SOL_SOCKET, SO_MARK, REFUSED, EPERM },
	{ SOL_SOCKET, SO_ZEROCOPY, REFUSED, EOPNOTSUPP },

	{ IPPROTO_TCP, TCP_NODELAY, BY_TAG, TAG_NODELAY },
	{ IPPROTO_TCP, TCP_CORK, BY_TAG, TAG_CORK },
	{ IPPROTO_TCP, TCP_QUICKACK, BY_TAG, TAG_QUICKACK },
	{ IPPROTO_TCP, TCP_KEEPIDLE, BY_SERVICE_OR_HINT, 7200 },
	{ IPPROTO_TCP, TCP_KEEPINTVL, BY_SERVICE_OR_HINT, 75 },
	{ IPPROTO_TCP, TCP_KEEPCNT, BY_SERVICE_OR_HINT, 9 },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, BY_SERVICE_OR_HINT, 0 },
	{ IPPROTO_TCP, TCP_MAXSEG, BY_SERVICE_OR_HINT, 536 },
	{ IPPROTO_TCP, TCP_CONGESTION, BY_SERVICE, 0 },
	{ IPPROTO_TCP, TCP_SYNCNT, HINT, 6 },
	{ IPPROTO_TCP, TCP_LINGER2, HINT, 60 },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT, HINT, 0 },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP, HINT, 0 },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, HINT, 0 },
	{ IPPROTO_TCP, TCP_FASTOPEN, HINT, 0 },
	{ IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, HINT, 0 },
	{ IPPROTO_TCP, TCP_MD5SIG, REFUSED, EINVAL },
	{ IPPROTO_TCP, TCP_REPAIR, REFUSED, EPERM },
	{ IPPROTO_TCP, TCP_ULP, REFUSED, ENOENT },
	{ IPPROTO_TCP, TCP_FASTOPEN_CONNECT, REFUSED, EOPNOTSUPP },

	{ IPPROTO_IP, IP_TOS, BY_SERVICE_OR_HINT, 0 },
	{ IPPROTO_IP, IP_TTL, BY_SERVICE_OR_HINT, 64 },
	{ IPPROTO_IP, IP_MTU, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_PKTINFO, BY_TAG, TAG_PKTINFO },
	{ IPPROTO_IP, IP_RECVTTL, BY_TAG, TAG_RECVTTL },
	{ IPPROTO_IP, IP_RECVTOS, BY_TAG, TAG_RECVTOS },
	{ IPPROTO_IP, IP_RECVERR, BY_TAG_AND_SERVICE, TAG_RECVERR },
	{ IPPROTO_IP, IP_MTU_DISCOVER, BY_SERVICE_OR_HINT, IP_PMTUDISC_WANT },
	{ IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, HINT, 0 },
	{ IPPROTO_IP, IP_RECVOPTS, HINT, 0 },
	{ IPPROTO_IP, IP_RETOPTS, HINT, 0 },
	{ IPPROTO_IP, IP_MULTICAST_TTL, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_MULTICAST_LOOP, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_MULTICAST_IF, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_MULTICAST_ALL, BY_SERVICE, 0 },
	{ IPPROTO_IP, MCAST_JOIN_GROUP, BY_SERVICE, 0 },
	{ IPPROTO_IP, MCAST_LEAVE_GROUP, BY_SERVICE, 0 },
	{ IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, BY_SERVICE, 0 },
	{ IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, BY_SERVICE, 0 },
	{ IPPROTO_IP, MCAST_BLOCK_SOURCE, BY_SERVICE, 0 },
	{ IPPROTO_IP, MCAST_UNBLOCK_SOURCE, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_BLOCK_SOURCE, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_UNBLOCK_SOURCE, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_ADD_MEMBERSHIP, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_DROP_MEMBERSHIP, BY_SERVICE, 0 },
	{ IPPROTO_IP, IP_FREEBIND, REFUSED, EPERM },
	{ IPPROTO_IP, IP_TRANSPARENT, REFUSED, EPERM },

	{ IPPROTO_IPV6, IPV6_V6ONLY, BY_TAG, TAG_V6ONLY },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, BY_SERVICE_OR_HINT, 64 },
	{ IPPROTO_IPV6, IPV6_TCLASS, BY_SERVICE_OR_HINT, 0 },
	{ IPPROTO_IPV6, IPV6_MTU, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, BY_TAG, TAG_PKTINFO },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, BY_TAG, TAG_RECVTTL },
	{ IPPROTO_IPV6, IPV6_2292HOPLIMIT, BY_TAG, TAG_OLD_HOPS },
	{ IPPROTO_IPV6, IPV6_RECVTCLASS, BY_TAG, TAG_RECVTOS },
	{ IPPROTO_IPV6, IPV6_RECVERR, BY_TAG_AND_SERVICE, TAG_RECVERR },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, BY_SERVICE_OR_HINT,
	  IPV6_PMTUDISC_WANT },
	{ IPPROTO_IPV6, IPV6_DONTFRAG, BY_SERVICE_OR_HINT, 0 },
	{ IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, HINT, 1 },
	{ IPPROTO_IPV6, IPV6_MULTICAST_HOPS, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, IPV6_MULTICAST_IF, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, IPV6_MULTICAST_ALL, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, MCAST_JOIN_GROUP, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, MCAST_LEAVE_GROUP, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, MCAST_LEAVE_SOURCE_GROUP, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, MCAST_BLOCK_SOURCE, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, MCAST_UNBLOCK_SOURCE, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, IPV6_JOIN_GROUP, BY_SERVICE, 0 },
	{ IPPROTO_IPV6, IPV6_LEAVE_GROUP, BY_SERVICE, 0 },
};

/* Levels that do not fit the socket have no options, as with Linux. */
static const struct option *find(uint32_t tag, int level, int name)
{
	if (level == IPPROTO_TCP && tl_tag_is_udp(tag))
		return NULL;
	if (level == IPPROTO_IPV6 && !(tag & TAG_DOMAIN6))
		return NULL;

	for (size_t i = 0; i < TL_ARRAY_SIZE(options); i++)
		if (options[i].level == level && options[i].name == name)
			return &options[i];
	return NULL;
}

/* IPPROTO_IP takes numbers of one byte as well. */
static int read_int(int *out, int level, const void *value, socklen_t len)
{
	if (!value)
		return -EFAULT;
	if (len >= sizeof(*out)) {
		memcpy(out, value, sizeof(*out));
		return 0;
	}
	if (level != IPPROTO_IP || len < 1)
		return -EINVAL;
	*out = *(const uint8_t *)value;
	return 0;
}

static int write_bytes(void *value, socklen_t *len, const void *from, size_t n)
{
	if (!len || !value)
		return -EFAULT;
	if (*len > INT_MAX)
		return -EINVAL;
	if (n < *len)
		*len = (socklen_t)n;
	memcpy(value, from, *len);
	return 0;
}

static int write_int(void *value, socklen_t *len, int v)
{
	return write_bytes(value, len, &v, sizeof(v));
}

static int set_bit(const struct option *o, int fd, uint32_t tag,
		   const void *value, socklen_t len)
{
	uint32_t bit = (uint32_t)o->arg;
	int v;
	int r;

	r = read_int(&v, o->level, value, len);
	if (r < 0)
		return r;
	if (bit == TAG_V6ONLY && (tag & (TAG_BOUND | TAG_CONNECTING)))
		return -EINVAL;
	tl_tag_change(fd, v ? bit : 0, v ? 0 : bit);
	return 0;
}

static int set_by_service(const struct option *o, int fd, uint32_t tag,
			  const void *value, socklen_t len)
{
	struct call c = { 0 };
	int r;

	if (!value && len > 0)
		return -EFAULT;
	if (len > RPC_OPT_MAX)
		return -EINVAL;

	c.request.level = o->level;
	c.request.name = o->name;
	c.request.opt = tl_bytes(value, len);
	r = tl_call_about(&c, RPC_SETOPT, fd, tag);
	if (r == 0)
		tl_tag_change(fd, TAG_OPTIONS, 0);
	if (r == -ENOPROTOOPT && o->keeper == BY_SERVICE_OR_HINT)
		return read_int(&(int){ 0 }, o->level, value, len);
	return r > 0 ? -ENOPROTOOPT : r;
}

/* A connection that stands does not look at the socket's options again, and a
 * companion never does. */
static bool is_news(const struct option *o, uint32_t tag)
{
	if (o->name == SO_BROADCAST)
		return tl_tag_is_udp(tag) && (tag & TAG_COMPANION);
	/* Datagrams wait in the service's end, for which its SO_SNDBUF is the
	 * limit; streams have windows of their own. */
	if (o->name == SO_RCVBUF || o->name == SO_RCVBUFFORCE)
		return tl_tag_is_udp(tag);
	return !tl_tag_is_udp(tag) && (tag & (TAG_CONNECTING | TAG_LISTENING));
}

static int set_by_both(const struct option *o, int fd, uint32_t tag,
		       const void *value, socklen_t len)
{
	struct call c = { 0 };
	int r;

	r = tl_sys_setsockopt(fd, o->level, o->name, value, len);
	if (r < 0 || !is_news(o, tag) || len > RPC_OPT_MAX)
		return r;

	c.request.level = o->level;
	c.request.name = o->name;
	c.request.opt = tl_bytes(value, len);
	r = tl_call_about(&c, RPC_SETOPT, fd, tag);
	return r == -ENETDOWN ? r : 0;
}

/* What fills the buffer must stay a known size (proto.h), so a stream's own is
 * the service's to enlarge. */
static int set_sndbuf(int fd, uint32_t tag, const void *value, socklen_t len)
{
	static const struct option o = { SOL_SOCKET, SO_SNDBUF,
					 BY_SERVICE_OR_HINT, 0 };

	if (tl_tag_is_udp(tag))
		return tl_sys_setsockopt(fd, SOL_SOCKET, SO_SNDBUF, value, len);
	return set_by_service(&o, fd, tag, value, len);
}

int tl_client_setsockopt(int fd, uint32_t tag, int level, int name,
			 const void *value, socklen_t len)
{
	const struct option *o = find(tag, level, name);
	int r;

	if (level == SOL_SOCKET && name == SO_SNDBUF)
		return set_sndbuf(fd, tag, value, len);
	if (tl_filter_is(level, name) &&
	    (level == IPPROTO_IP || (tag & TAG_DOMAIN6)))
		return tl_filter_setsockopt(fd, tag, level, name, value, len);
	if (!o)
		return -ENOPROTOOPT;

	switch (o->keeper) {
	case BY_KERNEL:
		return tl_sys_setsockopt(fd, level, name, value, len);
	case BY_BOTH:
		return set_by_both(o, fd, tag, value, len);
	case BY_TAG:
		return set_bit(o, fd, tag, value, len);
	case BY_TAG_AND_SERVICE:
		r = tl_tag_is_udp(tag) ? set_by_service(o, fd, tag, value, len)
				       : 0;
		return r < 0 ? r : set_bit(o, fd, tag, value, len);
	case BY_SERVICE:
	case BY_SERVICE_OR_HINT:
		return set_by_service(o, fd, tag, value, len);
	case HINT:
		return read_int(&(int){ 0 }, level, value, len);
	case REFUSED:
		return -o->arg;
	}
	return -ENOPROTOOPT;
}

static int get_by_service(const struct option *o, int fd, uint32_t tag,
			  void *value, socklen_t *len)
{
	struct call c = { 0 };
	int r;

	if (!len || !value)
		return -EFAULT;

	c.request.level = o->level;
	c.request.name = o->name;
	r = tl_call_about(&c, RPC_GETOPT, fd, tag);
	if (r == 0)
		return write_bytes(value, len, c.reply.opt.at, c.reply.opt.n);
	if (r == -ENOPROTOOPT && o->keeper == BY_SERVICE_OR_HINT)
		return write_int(value, len, o->arg);
	return r > 0 ? -ENOPROTOOPT : r;
}

int tl_client_own_option(int fd, uint32_t tag, int name, void *value,
			 socklen_t *len)
{
	const struct option o = { RPC_LEVEL_OWN, name, BY_SERVICE, 0 };

	return get_by_service(&o, fd, tag, value, len);
}

static int get_sndbuf(int fd, uint32_t tag, void *value, socklen_t *len)
{
	static const struct option o = { SOL_SOCKET, SO_SNDBUF, BY_SERVICE, 0 };
	int r;

	if (!tl_tag_is_udp(tag) && (tag & TAG_OPTIONS)) {
		r = get_by_service(&o, fd, tag, value, len);
		if (r != -ENOPROTOOPT)
			return r;
	}
	/* A stream's is smaller before it is connected, which is our affair. */
	if (!tl_tag_is_udp(tag))
		return write_int(value, len, 2 * RPC_SNDBUF);
	return tl_sys_getsockopt(fd, SOL_SOCKET, SO_SNDBUF, value, len);
}

static bool has_ended(int fd)
{
	struct pollfd p = { .fd = fd };
	struct timespec zero = { 0 };

	return tl_sys_poll(&p, 1, &zero) > 0;
}

/* Before a connection stands its error is with the service, later it is the
 * kernel socket's own: a reset closes the other end. */
static int get_error(int fd, uint32_t tag, void *value, socklen_t *len)
{
	struct call c = { 0 };

	if (tl_tag_is_udp(tag))
		return write_int(value, len, tl_client_take_error(fd));
	if (!(tag & TAG_CONNECTING) && (tag & TAG_FILLED))
		return write_int(value, len, 0);
	if ((tag & TAG_CONNECTING) && !tl_names_is_connected(fd) &&
	    has_ended(fd) && tl_call_about(&c, RPC_ERROR, fd, tag) == 0)
		return write_int(value, len, (int)c.reply.value);
	return tl_sys_getsockopt(fd, SOL_SOCKET, SO_ERROR, value, len);
}

static int get_tcp_info(int fd, uint32_t tag, void *value, socklen_t *len)
{
	static const struct option o = { IPPROTO_TCP, TCP_INFO, BY_SERVICE, 0 };
	struct tcp_info info = { 0 };
	struct rpc_addr remote;
	int r;

	r = get_by_service(&o, fd, tag, value, len);
	if (r != -ENOPROTOOPT)
		return r;

	info.tcpi_state = TCP_CLOSE;
	if (tag & TAG_LISTENING)
		info.tcpi_state = TCP_LISTEN;
	else if (tl_names_remote(&remote, fd, tag))
		info.tcpi_state = TCP_ESTABLISHED;
	else if (tag & TAG_CONNECTING)
		info.tcpi_state = TCP_SYN_SENT;
	return write_bytes(value, len, &info, sizeof(info));
}

/* What the socket is. @handled says whether the option is one of these. */
static int get_nature(uint32_t tag, int name, void *value, socklen_t *len,
		      bool *handled)
{
	static const struct ucred nobody = { 0, (uid_t)-1, (gid_t)-1 };
	bool udp = tl_tag_is_udp(tag);

	*handled = true;
	switch (name) {
	case SO_DOMAIN:
		return write_int(value, len,
				 tag & TAG_DOMAIN6 ? AF_INET6 : AF_INET);
	case SO_TYPE:
		return write_int(value, len, udp ? SOCK_DGRAM : SOCK_STREAM);
	case SO_PROTOCOL:
		return write_int(value, len, tl_tag_protocol(tag));
	case SO_ACCEPTCONN:
		return write_int(value, len, (tag & TAG_LISTENING) != 0);
	case SO_PEERCRED:
		return write_bytes(value, len, &nobody, sizeof(nobody));
	default:
		*handled = false;
		return 0;
	}
}

static int get_from_table(int fd, uint32_t tag, int level, int name,
			  void *value, socklen_t *len)
{
	const struct option *o = find(tag, level, name);

	if (!o)
		return -ENOPROTOOPT;

	switch (o->keeper) {
	case BY_KERNEL:
	case BY_BOTH:
		return tl_sys_getsockopt(fd, level, name, value, len);
	case BY_TAG:
	case BY_TAG_AND_SERVICE:
		return write_int(value, len, (tag & (uint32_t)o->arg) != 0);
	case BY_SERVICE:
	case BY_SERVICE_OR_HINT:
		return get_by_service(o, fd, tag, value, len);
	case HINT:
		return write_int(value, len, o->arg);
	case REFUSED:
		return write_int(value, len, 0);
	}
	return -ENOPROTOOPT;
}

int tl_client_getsockopt(int fd, uint32_t tag, int level, int name, void *value,
			 socklen_t *len)
{
	bool handled;
	int r;

	if (level == SOL_SOCKET) {
		r = get_nature(tag, name, value, len, &handled);
		if (handled)
			return r;
		if (name == SO_ERROR)
			return get_error(fd, tag, value, len);
		if (name == SO_SNDBUF)
			return get_sndbuf(fd, tag, value, len);
	}
	if (level == IPPROTO_TCP && name == TCP_INFO && !tl_tag_is_udp(tag))
		return get_tcp_info(fd, tag, value, len);
	if (level == SOL_SOCKET && name == SO_BINDTODEVICE &&
	    !(tag & TAG_OPTIONS))
		return write_bytes(value, len, "", 0);
	if (tl_filter_is(level, name) &&
	    (level == IPPROTO_IP || (tag & TAG_DOMAIN6)))
		return tl_filter_getsockopt(fd, tag, level, name, value, len);
	if (level == IPPROTO_IP && name == IP_OPTIONS) /* there never are any */
		return write_bytes(value, len, "", 0);
	return get_from_table(fd, tag, level, name, value, len);
}
