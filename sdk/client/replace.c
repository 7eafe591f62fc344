/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include "sdk/client/address.h"
#include "sdk/client/client.h"
#include "sdk/client/names.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

/* Options that a program may have set before it said where to connect. */
static const struct {
	int level;
	int name;
} carried[] = {
	{ SOL_SOCKET, SO_REUSEADDR },	     { SOL_SOCKET, SO_KEEPALIVE },
	{ SOL_SOCKET, SO_BROADCAST },	     { SOL_SOCKET, SO_OOBINLINE },
	{ SOL_SOCKET, SO_PRIORITY },	     { SOL_SOCKET, SO_RCVLOWAT },
	{ SOL_SOCKET, SO_TIMESTAMP },	     { SOL_SOCKET, SO_TIMESTAMPNS },
	{ IPPROTO_TCP, TCP_NODELAY },	     { IPPROTO_TCP, TCP_CORK },
	{ IPPROTO_IPV6, IPV6_V6ONLY },	     { IPPROTO_IP, IP_PKTINFO },
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO },  { IPPROTO_IP, IP_RECVTTL },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT }, { IPPROTO_IP, IP_RECVTOS },
	{ IPPROTO_IPV6, IPV6_RECVTCLASS },   { IPPROTO_IP, IP_RECVERR },
	{ IPPROTO_IPV6, IPV6_RECVERR },
};

/* Options that the service keeps; asked for only if any was set. */
static const struct {
	int level;
	int name;
} kept_by_service[] = {
	{ SOL_SOCKET, SO_REUSEPORT },
	{ IPPROTO_TCP, TCP_KEEPIDLE },
	{ IPPROTO_TCP, TCP_KEEPINTVL },
	{ IPPROTO_TCP, TCP_KEEPCNT },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ IPPROTO_IP, IP_TOS },
	{ IPPROTO_IP, IP_TTL },
	{ IPPROTO_IP, IP_MTU_DISCOVER },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER },
	{ IPPROTO_IPV6, IPV6_DONTFRAG },
	{ IPPROTO_IPV6, IPV6_TCLASS },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS },
};

/* @fresh is ours or the host's: each wants to be told in its own way. */
static void set_option(int fresh, int level, int name, const void *value,
		       socklen_t len)
{
	uint32_t tag;
	int r;

	if (tl_tag_get(&tag, fresh))
		r = tl_client_setsockopt(fresh, tag, level, name, value, len);
	else
		r = tl_sys_setsockopt(fresh, level, name, value, len);
	(void)r; /* what cannot be carried over stays at its default */
}

static void carry_int(int fresh, int fd, uint32_t tag, int level, int name)
{
	socklen_t len = sizeof(int);
	int v = 0;

	if (tl_client_getsockopt(fd, tag, level, name, &v, &len) == 0 && v)
		set_option(fresh, level, name, &v, sizeof(v));
}

static void carry_struct(int fresh, int fd, int name, void *room, socklen_t len)
{
	if (tl_sys_getsockopt(fd, SOL_SOCKET, name, room, &len) == 0)
		set_option(fresh, SOL_SOCKET, name, room, len);
}

/* Buffer sizes read doubled, and only those that were changed are carried. */
static void carry_buffer(int fresh, int fd, int name)
{
	socklen_t len = sizeof(int);
	int virgin = 0;
	int v = 0;
	int pair;

	pair = tl_sys_socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (pair < 0)
		return;
	if (tl_sys_getsockopt(pair, SOL_SOCKET, name, &virgin, &len) == 0 &&
	    tl_sys_getsockopt(fd, SOL_SOCKET, name, &v, &len) == 0 &&
	    v != virgin) {
		v /= 2;
		set_option(fresh, SOL_SOCKET, name, &v, sizeof(v));
	}
	tl_sys_close(pair);
}

void tl_replace_carry_options(int fresh, int fd, uint32_t tag)
{
	struct timeval tv;
	struct linger l;

	for (size_t i = 0; i < TL_ARRAY_SIZE(carried); i++)
		carry_int(fresh, fd, tag, carried[i].level, carried[i].name);
	if (tag & TAG_OPTIONS)
		for (size_t i = 0; i < TL_ARRAY_SIZE(kept_by_service); i++)
			carry_int(fresh, fd, tag, kept_by_service[i].level,
				  kept_by_service[i].name);
	carry_struct(fresh, fd, SO_LINGER, &l, sizeof(l));
	carry_struct(fresh, fd, SO_RCVTIMEO, &tv, sizeof(tv));
	carry_struct(fresh, fd, SO_SNDTIMEO, &tv, sizeof(tv));
	carry_buffer(fresh, fd, SO_RCVBUF);
	if (tl_tag_is_udp(tag))
		carry_buffer(fresh, fd, SO_SNDBUF);
}

/* The companion has the same port, and may be closed a moment later only, when
 * the service's keeper has heard of it: it lets itself be shared. */
static int bind_native(int fresh, uint32_t tag, const struct sockaddr *sa,
		       socklen_t len)
{
	socklen_t n = sizeof(int);
	int before = 0;
	int on = 1;
	int r;

	if (!tl_tag_is_udp(tag))
		return tl_sys_bind(fresh, sa, len);
	tl_sys_getsockopt(fresh, SOL_SOCKET, SO_REUSEADDR, &before, &n);
	tl_sys_setsockopt(fresh, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	r = tl_sys_bind(fresh, sa, len);
	tl_sys_setsockopt(fresh, SOL_SOCKET, SO_REUSEADDR, &before,
			  sizeof(before));
	return r;
}

static int carry_bind(int fresh, int fd, uint32_t tag)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rpc_addr local;
	uint32_t fresh_tag;
	int r;

	if (!(tag & TAG_BOUND))
		return 0;
	tl_names_local(&local, fd, tag);
	tl_address_to_sockaddr((struct sockaddr *)&ss, &len, tag, &local);
	if (!tl_tag_get(&fresh_tag, fresh))
		return bind_native(fresh, tag, (struct sockaddr *)&ss, len);

	r = tl_client_bind(fresh, fresh_tag, (struct sockaddr *)&ss, len);
	return r > 0 ? -EADDRNOTAVAIL : r;
}

static int exchange(int fd, int fresh)
{
	int status = tl_sys_fcntl(fd, F_GETFL, 0);
	int cloexec = tl_sys_fcntl(fd, F_GETFD, 0) & FD_CLOEXEC;
	int r;

	tl_sys_fcntl(fresh, F_SETFL, status);
	r = tl_sys_dup3(fresh, fd, cloexec ? O_CLOEXEC : 0);
	tl_sys_close(fresh);
	return r < 0 ? r : 0;
}

int tl_replace_with(int fd, uint32_t tag, int fresh)
{
	int r;

	tl_replace_carry_options(fresh, fd, tag);
	r = carry_bind(fresh, fd, tag);
	if (r < 0) {
		tl_sys_close(fresh);
		return r;
	}
	return exchange(fd, fresh);
}

int tl_replace_renew(int fd, uint32_t tag)
{
	int type = tl_tag_is_udp(tag) ? SOCK_DGRAM : SOCK_STREAM;
	unsigned int flags = (tag & TAG_COMPANION ? CLIENT_BOTH_SIDES : 0) |
			     (tag & TAG_BARE ? CLIENT_BARE : 0);
	int fresh;

	fresh = tl_client_socket_at(tl_tag_endpoint(tag),
				    tag & TAG_DOMAIN6 ? AF_INET6 : AF_INET,
				    type | SOCK_CLOEXEC, 0, flags);
	return fresh < 0 ? fresh : tl_replace_with(fd, tag, fresh);
}
