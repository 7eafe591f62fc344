/* SPDX-License-Identifier: Apache-2.0 */
/* option.c - options of sockets: other numbers, the same values */
#include "sdk/libzt/zts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>

static_assert(sizeof(zts_timeval) == sizeof(struct timeval), "same values");
static_assert(sizeof(struct zts_linger) == sizeof(struct linger), "same");
static_assert(sizeof(zts_ip_mreq) == sizeof(struct ip_mreq), "same");
static_assert(sizeof(zts_ipv6_mreq) == sizeof(struct ipv6_mreq), "same");

struct option {
	int zts_level;
	int zts_name;
	int level;
	int name;
};

static const struct option options[] = {
	{ ZTS_SOL_SOCKET, ZTS_SO_DEBUG, SOL_SOCKET, SO_DEBUG },
	{ ZTS_SOL_SOCKET, ZTS_SO_ACCEPTCONN, SOL_SOCKET, SO_ACCEPTCONN },
	{ ZTS_SOL_SOCKET, ZTS_SO_REUSEADDR, SOL_SOCKET, SO_REUSEADDR },
	{ ZTS_SOL_SOCKET, ZTS_SO_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE },
	{ ZTS_SOL_SOCKET, ZTS_SO_DONTROUTE, SOL_SOCKET, SO_DONTROUTE },
	{ ZTS_SOL_SOCKET, ZTS_SO_BROADCAST, SOL_SOCKET, SO_BROADCAST },
	{ ZTS_SOL_SOCKET, ZTS_SO_LINGER, SOL_SOCKET, SO_LINGER },
	{ ZTS_SOL_SOCKET, ZTS_SO_OOBINLINE, SOL_SOCKET, SO_OOBINLINE },
	{ ZTS_SOL_SOCKET, ZTS_SO_REUSEPORT, SOL_SOCKET, SO_REUSEPORT },
	{ ZTS_SOL_SOCKET, ZTS_SO_SNDBUF, SOL_SOCKET, SO_SNDBUF },
	{ ZTS_SOL_SOCKET, ZTS_SO_RCVBUF, SOL_SOCKET, SO_RCVBUF },
	{ ZTS_SOL_SOCKET, ZTS_SO_SNDLOWAT, SOL_SOCKET, SO_SNDLOWAT },
	{ ZTS_SOL_SOCKET, ZTS_SO_RCVLOWAT, SOL_SOCKET, SO_RCVLOWAT },
	{ ZTS_SOL_SOCKET, ZTS_SO_SNDTIMEO, SOL_SOCKET, SO_SNDTIMEO },
	{ ZTS_SOL_SOCKET, ZTS_SO_RCVTIMEO, SOL_SOCKET, SO_RCVTIMEO },
	{ ZTS_SOL_SOCKET, ZTS_SO_ERROR, SOL_SOCKET, SO_ERROR },
	{ ZTS_SOL_SOCKET, ZTS_SO_TYPE, SOL_SOCKET, SO_TYPE },
	{ ZTS_SOL_SOCKET, ZTS_SO_NO_CHECK, SOL_SOCKET, SO_NO_CHECK },
	{ ZTS_SOL_SOCKET, ZTS_SO_BINDTODEVICE, SOL_SOCKET, SO_BINDTODEVICE },
	{ ZTS_IPPROTO_IP, ZTS_IP_TOS, IPPROTO_IP, IP_TOS },
	{ ZTS_IPPROTO_IP, ZTS_IP_TTL, IPPROTO_IP, IP_TTL },
	{ ZTS_IPPROTO_IP, ZTS_IP_ADD_MEMBERSHIP, IPPROTO_IP,
	  IP_ADD_MEMBERSHIP },
	{ ZTS_IPPROTO_IP, ZTS_IP_DROP_MEMBERSHIP, IPPROTO_IP,
	  IP_DROP_MEMBERSHIP },
	{ ZTS_IPPROTO_IP, ZTS_IP_MULTICAST_TTL, IPPROTO_IP, IP_MULTICAST_TTL },
	{ ZTS_IPPROTO_IP, ZTS_IP_MULTICAST_IF, IPPROTO_IP, IP_MULTICAST_IF },
	{ ZTS_IPPROTO_IP, ZTS_IP_MULTICAST_LOOP, IPPROTO_IP,
	  IP_MULTICAST_LOOP },
	{ ZTS_IPPROTO_TCP, ZTS_TCP_NODELAY, IPPROTO_TCP, TCP_NODELAY },
	{ ZTS_IPPROTO_TCP, ZTS_TCP_KEEPALIVE, IPPROTO_TCP, TCP_KEEPIDLE },
	{ ZTS_IPPROTO_TCP, ZTS_TCP_KEEPIDLE, IPPROTO_TCP, TCP_KEEPIDLE },
	{ ZTS_IPPROTO_TCP, ZTS_TCP_KEEPINTVL, IPPROTO_TCP, TCP_KEEPINTVL },
	{ ZTS_IPPROTO_TCP, ZTS_TCP_KEEPCNT, IPPROTO_TCP, TCP_KEEPCNT },
	{ ZTS_IPPROTO_IPV6, ZTS_IPV6_V6ONLY, IPPROTO_IPV6, IPV6_V6ONLY },
	{ ZTS_IPPROTO_IPV6, ZTS_IPV6_JOIN_GROUP, IPPROTO_IPV6,
	  IPV6_JOIN_GROUP },
	{ ZTS_IPPROTO_IPV6, ZTS_IPV6_LEAVE_GROUP, IPPROTO_IPV6,
	  IPV6_LEAVE_GROUP },
};

static const struct option *find(int level, int name)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(options); i++) {
		if (options[i].zts_level == level &&
		    options[i].zts_name == name)
			return &options[i];
	}
	return NULL;
}

/* The one value that has another unit here. */
static bool is_in_ms(const struct option *o)
{
	return o->zts_level == ZTS_IPPROTO_TCP &&
	       o->zts_name == ZTS_TCP_KEEPALIVE;
}

int zts_bsd_setsockopt(int fd, int level, int optname, const void *optval,
		       zts_socklen_t optlen)
{
	const struct option *o = find(level, optname);
	int seconds;

	if (!o)
		return tl_zts_fail(ENOPROTOOPT);
	if (!optval)
		return tl_zts_fail(EFAULT);
	if (is_in_ms(o)) {
		if (optlen < sizeof(seconds))
			return tl_zts_fail(EINVAL);
		memcpy(&seconds, optval, sizeof(seconds));
		seconds = seconds / 1000 + (seconds % 1000 > 0);
		optval = &seconds;
		optlen = sizeof(seconds);
	}
	return tl_zts_result(
		zt_setsockopt(fd, o->level, o->name, optval, optlen));
}

int zts_bsd_getsockopt(int fd, int level, int optname, void *optval,
		       zts_socklen_t *optlen)
{
	const struct option *o = find(level, optname);
	int value;
	int r;

	if (!o)
		return tl_zts_fail(ENOPROTOOPT);
	if (!optval || !optlen)
		return tl_zts_fail(EFAULT);
	r = zt_getsockopt(fd, o->level, o->name, optval, optlen);
	if (r == 0 && is_in_ms(o) && *optlen == sizeof(value)) {
		memcpy(&value, optval, sizeof(value));
		value *= 1000;
		memcpy(optval, &value, sizeof(value));
	}
	return tl_zts_result(r);
}

static int set_blocking(int fd, bool blocking)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return tl_zts_result(flags);
	flags = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
	return tl_zts_result(fcntl(fd, F_SETFL, flags));
}

int zts_bsd_fcntl(int fd, int cmd, int flags)
{
	int now;

	switch (cmd) {
	case ZTS_F_GETFL:
		now = fcntl(fd, F_GETFL);
		if (now < 0)
			return tl_zts_result(now);
		return ZTS_O_RDWR | (now & O_NONBLOCK ? ZTS_O_NONBLOCK : 0);
	case ZTS_F_SETFL:
		return set_blocking(fd, !(flags & ZTS_O_NONBLOCK));
	default:
		return tl_zts_fail(ENOSYS);
	}
}

/* Of UDP what the next datagram holds; 0 if there is none. */
static int count_available(int fd)
{
	socklen_t len = sizeof(int);
	int type = 0;
	int n = 0;
	ssize_t r;

	if (zt_getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return -1;
	if (type == SOCK_STREAM)
		return ioctl(fd, FIONREAD, &n) < 0 ? -1 : n;
	r = zt_recvfrom(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT, NULL,
			NULL);
	return r < 0 && errno == EAGAIN ? 0 : (int)r;
}

int zts_bsd_ioctl(int fd, unsigned long request, void *argp) /* allow long */
{
	int value;

	if (!argp)
		return tl_zts_fail(EFAULT);
	if (request == ZTS_FIONBIO) {
		memcpy(&value, argp, sizeof(value));
		return set_blocking(fd, value == 0);
	}
	if (request != ZTS_FIONREAD)
		return tl_zts_fail(ENOSYS);
	value = count_available(fd);
	if (value < 0)
		return tl_zts_result(value);
	memcpy(argp, &value, sizeof(value));
	return ZTS_ERR_OK;
}
