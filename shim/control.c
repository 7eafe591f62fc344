/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - hooks of the calls that concern addresses and options
 */
#include "shim/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "sdk/client/client.h"
#include "sdk/client/endpoint.h"
#include "sdk/client/tag.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

int shim_socket(int domain, int type, int protocol)
{
	bool inet = domain == AF_INET || domain == AF_INET6;
	int fd;

	/* Programs then try plain TCP, which is ours to give. */
	if (inet && protocol == IPPROTO_MPTCP)
		return tl_result(-EPROTONOSUPPORT);
	if (!tl_client_has(domain, type, protocol))
		return tl_real.socket(domain, type, protocol);

	fd = tl_client_socket(domain, type, protocol, CLIENT_BOTH_SIDES);
	tl_fd_forget(fd);
	return tl_result(fd);
}

int shim_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	uint32_t tag;
	int r;

	if (!tl_tag_get(&tag, fd))
		return tl_real.bind(fd, sa, len);

	r = tl_client_bind(fd, tag, sa, len);
	if (r != RPC_USE_HOST)
		return tl_result(r);
	r = tl_exchange_host(fd, tag);
	return r < 0 ? tl_result(r) : tl_real.bind(fd, sa, len);
}

int shim_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	uint32_t tag;
	int r;

	if (!tl_tag_get(&tag, fd))
		return tl_real.connect(fd, sa, len);

	r = tl_client_connect(fd, tag, sa, len);
	if (r == CLIENT_RENEW) {
		r = tl_exchange_renew(fd, tag);
		if (r == 0 && tl_tag_get(&tag, fd))
			r = tl_client_connect(fd, tag, sa, len);
	}
	if (r != RPC_USE_HOST)
		return tl_result(r);
	r = tl_exchange_host(fd, tag);
	return r < 0 ? tl_result(r) : tl_real.connect(fd, sa, len);
}

int shim_listen(int fd, int backlog)
{
	uint32_t tag;

	if (!tl_tag_get(&tag, fd))
		return tl_real.listen(fd, backlog);
	return tl_result(tl_client_listen(fd, tag, backlog));
}

int shim_accept(int fd, struct sockaddr *sa, socklen_t *len)
{
	uint32_t tag;
	int r;

	if (!tl_tag_get(&tag, fd))
		return tl_real.accept(fd, sa, len);

	r = tl_client_accept(fd, tag, sa, len, 0);
	tl_fd_forget(r);
	return tl_result(r);
}

int shim_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	uint32_t tag;
	int r;

	if (!tl_tag_get(&tag, fd))
		return tl_real.accept4(fd, sa, len, flags);

	r = tl_client_accept(fd, tag, sa, len, flags);
	tl_fd_forget(r);
	return tl_result(r);
}

int shim_getsockname(int fd, struct sockaddr *sa, socklen_t *len)
{
	uint32_t tag;

	if (!tl_tag_get(&tag, fd))
		return tl_real.getsockname(fd, sa, len);
	return tl_result(tl_client_getsockname(fd, tag, sa, len));
}

int shim_getpeername(int fd, struct sockaddr *sa, socklen_t *len)
{
	uint32_t tag;

	if (!tl_tag_get(&tag, fd))
		return tl_real.getpeername(fd, sa, len);
	return tl_result(tl_client_getpeername(fd, tag, sa, len));
}

int shim_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	uint32_t tag;

	if (!tl_tag_get(&tag, fd))
		return tl_real.getsockopt(fd, level, name, value, len);
	return tl_result(
		tl_client_getsockopt(fd, tag, level, name, value, len));
}

/* Does SO_BINDTODEVICE name an interface that only the host has? */
static bool is_host_device(const void *value, socklen_t len)
{
	const struct service_endpoint *e = tl_endpoint();
	char name[RPC_IFNAME_LEN] = "";

	memcpy(name, value, TL_MIN(len, sizeof(name) - 1));
	return !(e && e->isolate) && tl_real.if_nametoindex(name) != 0;
}

int shim_setsockopt(int fd, int level, int name, const void *value,
		    socklen_t len)
{
	int saved = errno;
	uint32_t tag;
	int r;

	if (!tl_tag_get(&tag, fd))
		return tl_real.setsockopt(fd, level, name, value, len);
	r = tl_client_setsockopt(fd, tag, level, name, value, len);
	if (r != -ENODEV || level != SOL_SOCKET || name != SO_BINDTODEVICE ||
	    !is_host_device(value, len))
		return tl_result(r);
	errno = saved;
	r = tl_exchange_host(fd, tag);
	return r < 0 ? tl_result(r)
		     : tl_real.setsockopt(fd, level, name, value, len);
}

int shim_shutdown(int fd, int how)
{
	uint32_t tag;

	if (!tl_tag_get(&tag, fd))
		return tl_real.shutdown(fd, how);
	return tl_result(tl_client_shutdown(fd, tag, how));
}

int shim_dup(int fd)
{
	int r = tl_real.dup(fd);

	tl_fd_forget(r);
	return r;
}

int shim_dup2(int fd, int to)
{
	int r = tl_real.dup2(fd, to);

	tl_fd_forget(r);
	return r;
}

int shim_dup3(int fd, int to, int flags)
{
	int r = tl_real.dup3(fd, to, flags);

	tl_fd_forget(r);
	return r;
}

static int forget_duplicate(int cmd, int r)
{
	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
		tl_fd_forget(r);
	return r;
}

int shim_fcntl(int fd, int cmd, void *arg)
{
	return forget_duplicate(cmd, tl_real.fcntl(fd, cmd, arg));
}

int shim_fcntl64(int fd, int cmd, void *arg)
{
	return forget_duplicate(cmd, tl_real.fcntl64(fd, cmd, arg));
}

/* Established connections are never exchanged: nothing to remember. */
int shim_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	int r = tl_real.epoll_ctl(epfd, op, fd, event);
	uint32_t tag;

	if (r != 0 || !tl_tag_get(&tag, fd))
		return r;
	if ((tag & TAG_REPORTED) ||
	    ((tag & TAG_CONNECTING) && !(tag & TAG_FILLED)))
		op = EPOLL_CTL_DEL;
	tl_watch_note(epfd, op, fd, event);
	return r;
}
