/* SPDX-License-Identifier: Apache-2.0 */
/* bsd.c - sockets, as those of BSD */
#include "sdk/libzt/zts.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/uio.h>

static_assert(sizeof(struct zts_iovec) == sizeof(struct iovec) &&
		      offsetof(struct zts_iovec, iov_len) ==
			      offsetof(struct iovec, iov_len),
	      "vectors are the system's");

static int flags_of(int flags)
{
	int out = 0;

	out |= flags & ZTS_MSG_PEEK ? MSG_PEEK : 0;
	out |= flags & ZTS_MSG_WAITALL ? MSG_WAITALL : 0;
	out |= flags & ZTS_MSG_OOB ? MSG_OOB : 0;
	out |= flags & ZTS_MSG_DONTWAIT ? MSG_DONTWAIT : 0;
	out |= flags & ZTS_MSG_MORE ? MSG_MORE : 0;
	return out;
}

static int domain_of(int family)
{
	switch (family) {
	case ZTS_AF_INET:
		return AF_INET;
	case ZTS_AF_INET6:
		return AF_INET6;
	default:
		return -1;
	}
}

int zts_bsd_socket(int family, int type, int protocol)
{
	if (!tl_zts_is_up())
		return ZTS_ERR_SERVICE;
	return tl_zts_result(zt_socket(domain_of(family),
				       type == ZTS_SOCK_STREAM	? SOCK_STREAM
				       : type == ZTS_SOCK_DGRAM ? SOCK_DGRAM
								: -1,
				       protocol));
}

int zts_bsd_connect(int fd, const struct zts_sockaddr *addr,
		    zts_socklen_t addrlen)
{
	struct sockaddr_storage a;
	int len = tl_zts_from(&a, addr, addrlen);

	if (len < 0)
		return tl_zts_fail(-len);
	return tl_zts_result(
		zt_connect(fd, (struct sockaddr *)&a, (socklen_t)len));
}

int zts_bsd_bind(int fd, const struct zts_sockaddr *addr, zts_socklen_t addrlen)
{
	struct sockaddr_storage a;
	int len = tl_zts_from(&a, addr, addrlen);

	if (len < 0)
		return tl_zts_fail(-len);
	return tl_zts_result(
		zt_bind(fd, (struct sockaddr *)&a, (socklen_t)len));
}

int zts_bsd_listen(int fd, int backlog)
{
	return tl_zts_result(zt_listen(fd, backlog));
}

/* What a call has told of an address, if it is wanted. */
static int hand_out(int r, struct zts_sockaddr *addr, zts_socklen_t *addrlen,
		    const struct sockaddr_storage *a)
{
	if (r >= 0 && addr && addrlen)
		tl_zts_to(addr, addrlen, a);
	return tl_zts_result(r);
}

int zts_bsd_accept(int fd, struct zts_sockaddr *addr, zts_socklen_t *addrlen)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);

	return hand_out(zt_accept(fd, (struct sockaddr *)&a, &len), addr,
			addrlen, &a);
}

int zts_bsd_getsockname(int fd, struct zts_sockaddr *addr,
			zts_socklen_t *addrlen)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);

	if (!addr || !addrlen)
		return tl_zts_fail(EFAULT);
	return hand_out(zt_getsockname(fd, (struct sockaddr *)&a, &len), addr,
			addrlen, &a);
}

int zts_bsd_getpeername(int fd, struct zts_sockaddr *addr,
			zts_socklen_t *addrlen)
{
	struct sockaddr_storage a = { 0 };
	socklen_t len = sizeof(a);

	if (!addr || !addrlen)
		return tl_zts_fail(EFAULT);
	return hand_out(zt_getpeername(fd, (struct sockaddr *)&a, &len), addr,
			addrlen, &a);
}

int zts_bsd_shutdown(int fd, int how)
{
	static const int hows[] = { SHUT_RD, SHUT_WR, SHUT_RDWR };

	if (how < ZTS_SHUT_RD || how > ZTS_SHUT_RDWR)
		return tl_zts_fail(EINVAL);
	return tl_zts_result(zt_shutdown(fd, hows[how]));
}

int zts_bsd_close(int fd)
{
	return tl_zts_result(zt_close(fd));
}

ssize_t zts_bsd_sendmsg(int fd, const struct zts_msghdr *msg, int flags)
{
	struct sockaddr_storage a;
	struct msghdr m = { 0 };
	int len = 0;

	if (!msg || msg->msg_iovlen < 0)
		return tl_zts_fail(msg ? EINVAL : EFAULT);
	if (msg->msg_name)
		len = tl_zts_from(&a, msg->msg_name, msg->msg_namelen);
	if (len < 0)
		return tl_zts_fail(-len);
	m.msg_name = msg->msg_name ? &a : NULL;
	m.msg_namelen = (socklen_t)len;
	memcpy(&m.msg_iov, &msg->msg_iov, sizeof(m.msg_iov));
	m.msg_iovlen = (size_t)msg->msg_iovlen;
	return tl_zts_result_size(
		zt_sendmsg(fd, &m, flags_of(flags) | MSG_NOSIGNAL));
}

ssize_t zts_bsd_recvmsg(int fd, struct zts_msghdr *msg, int flags)
{
	struct sockaddr_storage a = { 0 };
	struct msghdr m = { .msg_name = &a, .msg_namelen = sizeof(a) };
	ssize_t n;

	if (!msg || msg->msg_iovlen < 0)
		return tl_zts_fail(msg ? EINVAL : EFAULT);
	memcpy(&m.msg_iov, &msg->msg_iov, sizeof(m.msg_iov));
	m.msg_iovlen = (size_t)msg->msg_iovlen;
	n = zt_recvmsg(fd, &m, flags_of(flags));
	if (n < 0)
		return tl_zts_result_size(n);
	if (msg->msg_name && m.msg_namelen)
		tl_zts_to(msg->msg_name, &msg->msg_namelen, &a);
	else
		msg->msg_namelen = 0;
	msg->msg_controllen = 0;
	msg->msg_flags = m.msg_flags & MSG_TRUNC ? ZTS_MSG_TRUNC : 0;
	return n;
}

ssize_t zts_bsd_sendto(int fd, const void *buf, size_t len, int flags,
		       const struct zts_sockaddr *addr, zts_socklen_t addrlen)
{
	struct zts_iovec iov = { .iov_len = len };
	struct zts_msghdr m = { .msg_namelen = addrlen,
				.msg_iov = &iov,
				.msg_iovlen = 1 };

	memcpy(&iov.iov_base, &buf, sizeof(buf));
	memcpy(&m.msg_name, &addr, sizeof(addr));
	return zts_bsd_sendmsg(fd, &m, flags);
}

ssize_t zts_bsd_send(int fd, const void *buf, size_t len, int flags)
{
	return zts_bsd_sendto(fd, buf, len, flags, NULL, 0);
}

ssize_t zts_bsd_recvfrom(int fd, void *buf, size_t len, int flags,
			 struct zts_sockaddr *addr, zts_socklen_t *addrlen)
{
	struct zts_iovec iov = { .iov_base = buf, .iov_len = len };
	struct zts_msghdr m = { .msg_name = addrlen ? addr : NULL,
				.msg_namelen = addrlen ? *addrlen : 0,
				.msg_iov = &iov,
				.msg_iovlen = 1 };
	ssize_t n = zts_bsd_recvmsg(fd, &m, flags);

	if (n >= 0 && addr && addrlen)
		*addrlen = m.msg_namelen;
	return n;
}

ssize_t zts_bsd_recv(int fd, void *buf, size_t len, int flags)
{
	return zts_bsd_recvfrom(fd, buf, len, flags, NULL, NULL);
}

ssize_t zts_bsd_read(int fd, void *buf, size_t len)
{
	return zts_bsd_recv(fd, buf, len, 0);
}

ssize_t zts_bsd_write(int fd, const void *buf, size_t len)
{
	return zts_bsd_send(fd, buf, len, 0);
}

ssize_t zts_bsd_readv(int fd, const struct zts_iovec *iov, int iovcnt)
{
	struct zts_msghdr m = { .msg_iovlen = iovcnt };

	memcpy(&m.msg_iov, &iov, sizeof(iov));
	return zts_bsd_recvmsg(fd, &m, 0);
}

ssize_t zts_bsd_writev(int fd, const struct zts_iovec *iov, int iovcnt)
{
	struct zts_msghdr m = { .msg_iovlen = iovcnt };

	memcpy(&m.msg_iov, &iov, sizeof(iov));
	return zts_bsd_sendmsg(fd, &m, 0);
}
