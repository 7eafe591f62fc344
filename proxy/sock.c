/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sock.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <tapless/tapless.h>
#include <unistd.h>

#include "sdk/client/client.h"
#include "sdk/client/tag.h"

#define STREAM_FLAGS (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
#define DGRAM_FLAGS (SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
#define BACKLOG 256

static bool is_virtual(int fd)
{
	uint32_t tag;

	return tl_tag_get(&tag, fd);
}

static void set_option(int fd, int level, int name, int value)
{
	if (is_virtual(fd))
		zt_setsockopt(fd, level, name, &value, sizeof(value));
	else
		setsockopt(fd, level, name, &value, sizeof(value));
}

/* Who only waits would never hear that the other host has gone. */
static void prepare_stream(int fd)
{
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static int connect_host(int *fdp, const union place *to, int type)
{
	int fd = socket(to->sa.sa_family, type, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (type == STREAM_FLAGS && to->sa.sa_family != AF_UNIX)
		prepare_stream(fd);
	if (connect(fd, &to->sa, tl_place_len(to)) == 0 ||
	    errno == EINPROGRESS) {
		*fdp = fd;
		return 0;
	}
	err = -errno;
	close(fd);
	return err;
}

/* 0, RPC_USE_HOST, or a negative errno. */
static int connect_virtual(int *fdp, const union place *to, int type)
{
	int fd = tl_client_socket(to->sa.sa_family, type, 0, false);
	uint32_t tag = 0;
	int r;

	if (fd < 0)
		return fd;
	if (type == STREAM_FLAGS)
		prepare_stream(fd);
	r = tl_tag_get(&tag, fd)
		    ? tl_client_connect(fd, tag, &to->sa, tl_place_len(to))
		    : -ENETDOWN;
	if (r == 0 || r == -EINPROGRESS) {
		*fdp = fd;
		return 0;
	}
	close(fd);
	return r;
}

static int connect_to(int *fdp, const union place *to, enum side side, int type)
{
	int r;

	if (side == SIDE_HOST || to->sa.sa_family == AF_UNIX)
		return connect_host(fdp, to, type);
	r = connect_virtual(fdp, to, type);
	if (r <= 0)
		return r;
	return side == SIDE_BOTH ? connect_host(fdp, to, type) : -EACCES;
}

int tl_sock_connect(int *fdp, const union place *to, enum side side)
{
	return connect_to(fdp, to, side, STREAM_FLAGS);
}

int tl_sock_connect_udp(int *fdp, const union place *to, enum side side)
{
	return connect_to(fdp, to, side, DGRAM_FLAGS);
}

static int bind_and_listen(int fd, const union place *at, int type,
			   enum side side)
{
	socklen_t len = tl_place_len(at);
	bool is_stream = type == STREAM_FLAGS;
	int r;

	if (side == SIDE_VIRTUAL)
		r = zt_bind(fd, &at->sa, len);
	else
		r = bind(fd, &at->sa, len);
	if (r == 0 && is_stream)
		r = side == SIDE_VIRTUAL ? zt_listen(fd, BACKLOG)
					 : listen(fd, BACKLOG);
	return r == 0 ? 0 : -errno;
}

int tl_sock_bind(const union place *at, int type, enum side side)
{
	int family = at->sa.sa_family;
	int err;
	int fd;

	type = type == SOCK_STREAM ? STREAM_FLAGS : DGRAM_FLAGS;
	if (side == SIDE_VIRTUAL)
		fd = zt_socket(family, type, 0);
	else
		fd = socket(family, type, 0);
	if (fd < 0)
		return -errno;

	if (family != AF_UNIX && type == STREAM_FLAGS)
		set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* Each family has a listener of its own. */
	if (family == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (family == AF_INET6 && type == DGRAM_FLAGS)
		set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (family == AF_INET && type == DGRAM_FLAGS)
		set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	err = bind_and_listen(fd, at, type, side);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int tl_sock_accept(int fd, union place *from)
{
	socklen_t len = sizeof(*from);
	int got;

	*from = (union place){ 0 };
	if (is_virtual(fd))
		got = zt_accept4(fd, &from->sa, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);
	else
		got = accept4(fd, &from->sa, &len,
			      SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (got < 0)
		return -errno;
	tl_place_unmap(from);
	if (from->sa.sa_family != AF_UNIX)
		prepare_stream(got);
	return got;
}

int tl_sock_udp(int family, bool both)
{
	return tl_client_socket(family, DGRAM_FLAGS, 0, both);
}

int tl_sock_error(int fd)
{
	socklen_t len = sizeof(int);
	int err = 0;
	int r;

	if (is_virtual(fd))
		r = zt_getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	else
		r = getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return r < 0 ? -errno : -err;
}

void tl_sock_local(union place *out, int fd)
{
	socklen_t len = sizeof(*out);
	int r;

	*out = (union place){ 0 };
	r = is_virtual(fd) ? zt_getsockname(fd, &out->sa, &len)
			   : getsockname(fd, &out->sa, &len);
	if (r < 0)
		*out = (union place){ 0 };
	tl_place_unmap(out);
}

void tl_sock_remote(union place *out, int fd)
{
	socklen_t len = sizeof(*out);
	int r;

	*out = (union place){ 0 };
	r = is_virtual(fd) ? zt_getpeername(fd, &out->sa, &len)
			   : getpeername(fd, &out->sa, &len);
	if (r < 0)
		*out = (union place){ 0 };
	tl_place_unmap(out);
}

/* Room for the one control message that is used, aligned as it must be. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static void read_pktinfo(union place *to, struct msghdr *m)
{
	struct in6_pktinfo info6;
	struct in_pktinfo info;
	struct cmsghdr *c;

	*to = (union place){ 0 };
	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			*to = tl_place_from_ip(tl_bytes(&info.ipi_spec_dst, 4),
					       0);
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
			   c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(c), sizeof(info6));
			if (IN6_IS_ADDR_MULTICAST(&info6.ipi6_addr))
				continue; /* nobody's own */
			*to = tl_place_from_ip(tl_bytes(&info6.ipi6_addr, 16),
					       0);
			if (IN6_IS_ADDR_LINKLOCAL(&info6.ipi6_addr))
				to->in6.sin6_scope_id = info6.ipi6_ifindex;
		}
	}
}

ssize_t tl_sock_recv(int fd, struct buffer room, union place *from,
		     union place *to)
{
	struct iovec iov = { .iov_base = room.at, .iov_len = room.n };
	union place source = { 0 };
	union control control = { 0 };
	struct msghdr m = { .msg_name = &source,
			    .msg_namelen = sizeof(source),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room) };
	ssize_t n;

	n = is_virtual(fd) ? zt_recvmsg(fd, &m, MSG_DONTWAIT)
			   : recvmsg(fd, &m, MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	if (m.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	if (to)
		read_pktinfo(to, &m);
	tl_place_unmap(&source);
	if (from)
		*from = source;
	return n;
}

static void write_pktinfo(struct msghdr *m, union control *control,
			  const union place *from)
{
	struct in6_pktinfo info6 = { 0 };
	struct in_pktinfo info = { 0 };
	struct cmsghdr *c;

	m->msg_control = control->room;
	m->msg_controllen = sizeof(control->room);
	c = CMSG_FIRSTHDR(m);
	if (from->sa.sa_family == AF_INET6) {
		info6.ipi6_addr = from->in6.sin6_addr;
		info6.ipi6_ifindex = from->in6.sin6_scope_id;
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info6));
		memcpy(CMSG_DATA(c), &info6, sizeof(info6));
		return;
	}
	info.ipi_spec_dst = from->in.sin_addr;
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	m->msg_controllen = CMSG_SPACE(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

int tl_sock_send(int fd, struct bytes payload, const union place *to,
		 const union place *from)
{
	/* sendmsg(2) reads only, though its types do not say so. */
	struct iovec iov = { .iov_len = payload.n };
	union place target;
	union control control = { 0 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	memcpy(&iov.iov_base, &payload.at, sizeof(payload.at));
	if (to) {
		target = *to;
		m.msg_name = &target;
		m.msg_namelen = tl_place_len(to);
	}
	if (from && from->sa.sa_family)
		write_pktinfo(&m, &control, from);
	n = is_virtual(fd) ? zt_sendmsg(fd, &m, MSG_DONTWAIT)
			   : sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n < 0 ? -errno : 0;
}

void tl_sock_shutdown(int fd)
{
	shutdown(fd, SHUT_WR);
}

void tl_sock_reset(int *fdp)
{
	struct linger now = { .l_onoff = 1 };

	if (*fdp < 0)
		return;
	if (is_virtual(*fdp))
		zt_setsockopt(*fdp, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	else
		setsockopt(*fdp, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	tl_sock_close(fdp);
}

void tl_sock_close(int *fdp)
{
	if (*fdp < 0)
		return;
	close(*fdp);
	*fdp = -1;
}
