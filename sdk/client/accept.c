/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accept.c - listeners
 *
 * Incoming connections are records on the listener's own stream, each with a
 * descriptor: accept is one recvmsg(2), so a listener is readable exactly when
 * accept succeeds, and processes may share it.
 *
 * A record of kind ACCEPT_HOST brings a listener of the host, the companion of
 * one that is on both sides: accept goes on there, and the program gets a
 * socket of the host. Another process may have been faster.
 *
 * When the service has died, or closed the listener as its network went, what
 * had come before is still accepted. Then accept says EINVAL, once, and the
 * listener is silent from then on (quiet.h). One that the program has shut down
 * says EINVAL every time, as with TCP.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "sdk/client/address.h"
#include "sdk/client/call.h"
#include "sdk/client/client.h"
#include "sdk/client/quiet.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

int tl_client_listen(int fd, uint32_t tag, int backlog)
{
	struct call c = { 0 };
	int r;

	if (tl_tag_is_udp(tag))
		return -EOPNOTSUPP;
	if (tag & TAG_CONNECTING)
		return -EINVAL;

	/* Negative is a large number to Linux too. */
	c.request.value = (uint32_t)backlog;
	r = tl_call_about(&c, RPC_LISTEN, fd, tag);
	if (r == 0)
		tl_tag_change(fd, TAG_LISTENING, 0);
	return r > 0 ? -EADDRNOTAVAIL : r;
}

/* The first descriptor that came along; any other is closed. */
static int take_fd(struct msghdr *m)
{
	struct cmsghdr *c;
	int taken = -1;
	size_t n;
	int fd;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (taken < 0)
				taken = fd;
			else
				tl_sys_close(fd);
		}
	}
	return taken;
}

/* The end of the stream, or a wait that nothing will end. */
static int no_more(int fd, int error)
{
	uint32_t tag;

	if (error == 0 || error == ECONNRESET) {
		tl_quiet_listener(fd);
		return -EINVAL;
	}
	if (error == EAGAIN && tl_tag_get(&tag, fd) && (tag & TAG_SHUT))
		return -EINVAL;
	return -error;
}

/* One record; the descriptor that it brings is close-on-exec. */
static int receive(struct rpc_accept *out, int fd)
{
	uint8_t room[RPC_ACCEPT_LEN];
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(RPC_MAX_FDS * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = room, .iov_len = sizeof(room) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room) };
	int saved = errno;
	struct reader r;
	int error;
	ssize_t n;
	int taken;

	/* What it brings may be a listener of the host, which is nobody else's
	 * business. */
	n = tl_sys_wait(fd, &m, MSG_CMSG_CLOEXEC);
	error = n < 0 ? errno : 0;
	errno = saved;
	if (n <= 0)
		return no_more(fd, error);

	taken = take_fd(&m);
	if (taken < 0)
		return m.msg_flags & MSG_CTRUNC ? -EMFILE : -EINVAL;
	r = tl_reader(tl_bytes(room, (size_t)n));
	tl_rpc_read_accept(&r, out);
	if (!tl_reader_ok(&r)) {
		tl_sys_close(taken);
		return -ECONNABORTED;
	}
	return taken;
}

/* Consumes @host. -EAGAIN if nothing is there any more. The connection gets its
 * number: the lowest that was free. */
static int accept_host(int host, struct sockaddr *sa, socklen_t *len, int flags)
{
	int fd;
	int r;

	/* The companion is non-blocking, whoever holds it. */
	do
		fd = (int)SYS5(SYS_accept4, host, sa, len, flags, 0);
	while (fd == -EINTR || fd == -ECONNABORTED);
	if (fd < host) {
		tl_sys_close(host);
		return fd;
	}
	r = tl_sys_dup3(fd, host, flags & SOCK_CLOEXEC ? O_CLOEXEC : 0);
	tl_sys_close(fd);
	return r;
}

int tl_client_accept(int fd, uint32_t tag, struct sockaddr *sa, socklen_t *len,
		     int flags)
{
	struct rpc_accept a = { .kind = ACCEPT_VIRTUAL };
	int taken;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	if (tl_tag_is_udp(tag))
		return -EOPNOTSUPP;
	if (!(tag & TAG_LISTENING))
		return -EINVAL;
	if (sa && !len)
		return -EFAULT;

	taken = receive(&a, fd);
	/* A record that is stale says nothing about those behind it. */
	while (taken >= 0 && a.kind == ACCEPT_HOST) {
		taken = accept_host(taken, sa, len, flags);
		if (taken != -EAGAIN)
			return taken;
		taken = receive(&a, fd);
	}
	if (taken < 0)
		return taken;
	if (!(flags & SOCK_CLOEXEC))
		tl_sys_fcntl(taken, F_SETFD, 0);
	if (flags & SOCK_NONBLOCK)
		tl_sys_fcntl(taken, F_SETFL, O_RDWR | O_NONBLOCK);
	if (sa)
		tl_address_to_sockaddr(sa, len, tag, &a.remote);
	return taken;
}
