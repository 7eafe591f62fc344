/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/bare.h"

#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "rpc/label.h"
#include "sdk/client/call.h"
#include "sdk/client/sys.h"

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)
/* Room for a label and what the kernel has to tell (SO_TIMESTAMP). */
#define CONTROL_MAX 512

union control {
	struct cmsghdr head;
	uint8_t room[CONTROL_MAX];
};

static bool says_nothing(const struct rpc_datagram *d)
{
	return !d->peer.family && !d->local.family && !d->ttl && !d->tos;
}

/* A descriptor, or a negative errno. The cookie makes the name unique. */
static int make_label(const struct rpc_datagram *d)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int fd;
	int r;

	fd = tl_sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	r = tl_sys_getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len);
	tl_rpc_label_build((uint8_t *)un.sun_path, d, cookie);
	if (r == 0)
		r = tl_sys_bind(fd, &un,
				(socklen_t)(PATH_OFFSET + RPC_LABEL_LEN));
	if (r < 0) {
		tl_sys_close(fd);
		return r;
	}
	return fd;
}

static ssize_t send_payload(int fd, const struct msghdr *m, int label,
			    int flags)
{
	struct msghdr out = { .msg_iov = m->msg_iov,
			      .msg_iovlen = m->msg_iovlen };
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	ssize_t n;

	if (label >= 0) {
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &label, sizeof(label));
		out.msg_control = &control;
		out.msg_controllen = sizeof(control);
	}
	n = tl_sys_sendmsg(fd, &out, (flags & MSG_DONTWAIT) | MSG_NOSIGNAL);
	if (n == -EPIPE || n == -ECONNRESET || n == -ENOTCONN)
		return -ENETDOWN;
	return n == -ETOOMANYREFS ? -ENOBUFS : n;
}

ssize_t tl_bare_send(int fd, const struct msghdr *m,
		     const struct rpc_datagram *d, int flags)
{
	int label;
	ssize_t n;

	if (says_nothing(d))
		return send_payload(fd, m, -1, flags);
	label = make_label(d);
	if (label < 0)
		return label;
	n = send_payload(fd, m, label, flags);
	tl_sys_close(label);
	return n;
}

static bool read_label(struct rpc_datagram *d, int label)
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un);

	if (tl_sys_getsockname(label, &un, &len) < 0 || len <= PATH_OFFSET ||
	    len > sizeof(un))
		return false;
	return tl_rpc_label_parse(d, tl_bytes(un.sun_path, len - PATH_OFFSET));
}

/* Reads and closes all descriptors; true if one was a label. */
static bool take_labels(struct rpc_datagram *d, const struct cmsghdr *c)
{
	size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	bool found = false;
	int fd;

	for (size_t i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
		found = read_label(d, fd) || found;
		tl_sys_close(fd);
	}
	return found;
}

/* A message of the kernel's for the program, behind those that are there. */
static void pass_on(struct msghdr *m, size_t room, const struct cmsghdr *c)
{
	size_t at = m->msg_controllen;

	if (!m->msg_control || at > room || room - at < c->cmsg_len) {
		m->msg_flags |= MSG_CTRUNC;
		return;
	}
	memcpy((uint8_t *)m->msg_control + at, c, c->cmsg_len);
	m->msg_controllen = TL_MIN(at + CMSG_ALIGN(c->cmsg_len), room);
}

static bool sort_control(struct msghdr *m, struct msghdr *raw,
			 struct rpc_datagram *d)
{
	size_t room = m->msg_controllen;
	bool labelled = false;
	struct cmsghdr *c;

	m->msg_controllen = 0;
	for (c = CMSG_FIRSTHDR(raw); c; c = CMSG_NXTHDR(raw, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			labelled = take_labels(d, c) || labelled;
		else
			pass_on(m, room, c);
	}
	return labelled;
}

ssize_t tl_bare_recv(int fd, struct msghdr *m, struct rpc_datagram *d,
		     int flags)
{
	union control control;
	struct msghdr raw = { .msg_iov = m->msg_iov,
			      .msg_iovlen = m->msg_iovlen,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int saved = errno;
	bool labelled;
	ssize_t n;

	*d = (struct rpc_datagram){ 0 };
	n = tl_sys_wait(fd, &raw, flags | MSG_CMSG_CLOEXEC);
	if (n < 0) {
		n = errno == ECONNRESET ? -ENETDOWN : -errno;
		errno = saved;
		return n;
	}
	m->msg_flags = raw.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
	labelled = sort_control(m, &raw, d);
	/* Each datagram has a label; the end has none. */
	if (n == 0 && !labelled && !(raw.msg_flags & MSG_CTRUNC))
		return -ENETDOWN;
	return n;
}

int tl_bare_take_error(int fd, uint32_t tag)
{
	struct call c = { 0 };

	if (tl_call_about(&c, RPC_ERROR, fd, tag) != 0)
		return 0;
	return (int)c.reply.value;
}

int tl_bare_next_size(int fd)
{
	uint8_t byte;
	ssize_t n;

	n = tl_sys_recv(fd, &byte, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	return n < 0 ? 0 : (int)n;
}
