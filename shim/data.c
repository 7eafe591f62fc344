/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data.c - hooks of the calls that carry bytes
 *
 * On TCP sockets the kernel does it all, except that a unix socket has names of
 * its own to show and no error queue, and that a socket which is not connected
 * must say so. On UDP sockets every call becomes one record.
 */
#include "shim/shim.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "sdk/client/client.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

/* A message of one run of bytes; sendmsg's are not const, though not
 * written. */
struct flat {
	struct iovec iov;
	struct msghdr m;
};

static struct msghdr *flat(struct flat *f, const void *at, size_t n,
			   const struct sockaddr *sa, socklen_t len)
{
	memset(f, 0, sizeof(*f));
	memcpy(&f->iov.iov_base, &at, sizeof(at));
	f->iov.iov_len = n;
	f->m.msg_iov = &f->iov;
	f->m.msg_iovlen = 1;
	memcpy(&f->m.msg_name, &sa, sizeof(sa));
	f->m.msg_namelen = sa ? len : 0;
	return &f->m;
}

/* What tcp(7) does on a socket that was never connected. */
static ssize_t broken_pipe(int flags)
{
	if (!(flags & MSG_NOSIGNAL))
		SYS3(SYS_tgkill, SYS3(SYS_getpid, 0, 0, 0),
		     SYS3(SYS_gettid, 0, 0, 0), SIGPIPE);
	return tl_result_size(-EPIPE);
}

static ssize_t send_idle(int fd, const struct msghdr *m, int flags)
{
	struct msghdr rest = *m;

	if (!(flags & MSG_FASTOPEN) || !m->msg_name)
		return broken_pipe(flags);
	if (shim_connect(fd, m->msg_name, m->msg_namelen) < 0)
		return -1;
	rest.msg_name = NULL;
	rest.msg_namelen = 0;
	return tl_real.sendmsg(fd, &rest, flags & ~MSG_FASTOPEN);
}

static ssize_t send_ours(int fd, enum fd_kind kind, uint32_t tag,
			 const struct msghdr *m, int flags)
{
	if (kind == FD_IDLE)
		return send_idle(fd, m, flags);
	return tl_result_size(tl_client_send(fd, tag, m, flags));
}

static ssize_t receive_ours(int fd, enum fd_kind kind, uint32_t tag,
			    struct msghdr *m, int flags)
{
	if (kind == FD_IDLE)
		return tl_result_size(flags & MSG_ERRQUEUE ? -EAGAIN
							   : -ENOTCONN);
	return tl_result_size(tl_client_recv(fd, tag, m, flags));
}

/* A TCP socket of ours, among those whose data is the kernel's. */
static bool is_stream(int fd)
{
	uint32_t tag;

	return tl_tag_get(&tag, fd) && !tl_tag_is_udp(tag);
}

ssize_t shim_sendto(int fd, const void *at, size_t n, int flags,
		    const struct sockaddr *sa, socklen_t len)
{
	enum fd_kind kind;
	struct flat f;
	uint32_t tag;

	kind = tl_fd_kind(fd, &tag);
	if (kind != FD_PLAIN)
		return send_ours(fd, kind, tag, flat(&f, at, n, sa, len),
				 flags);
	if (sa && is_stream(fd)) /* TCP ignores it, AF_UNIX would not */
		return tl_real.send(fd, at, n, flags & ~MSG_FASTOPEN);
	return tl_real.sendto(fd, at, n, flags, sa, len);
}

ssize_t shim_send(int fd, const void *at, size_t n, int flags)
{
	enum fd_kind kind;
	struct flat f;
	uint32_t tag;

	kind = tl_fd_kind(fd, &tag);
	if (kind == FD_PLAIN)
		return tl_real.send(fd, at, n, flags);
	return send_ours(fd, kind, tag, flat(&f, at, n, NULL, 0), flags);
}

ssize_t shim_sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct msghdr plain;
	enum fd_kind kind;
	uint32_t tag;

	tl_libc_clean(m);
	kind = tl_fd_kind(fd, &tag);
	if (kind != FD_PLAIN && m)
		return send_ours(fd, kind, tag, m, flags);
	if (m && m->msg_name && is_stream(fd)) {
		plain = *m;
		plain.msg_name = NULL;
		plain.msg_namelen = 0;
		return tl_real.sendmsg(fd, &plain, flags & ~MSG_FASTOPEN);
	}
	return tl_real.sendmsg(fd, m, flags);
}

ssize_t shim_write(int fd, const void *at, size_t n)
{
	enum fd_kind kind;
	struct flat f;
	uint32_t tag;

	kind = tl_fd_kind(fd, &tag);
	if (kind == FD_PLAIN)
		return tl_real.write(fd, at, n);
	return send_ours(fd, kind, tag, flat(&f, at, n, NULL, 0), 0);
}

static bool is_vector(const struct iovec *iov, int n)
{
	return iov && n >= 0 && n <= 1024;
}

ssize_t shim_writev(int fd, const struct iovec *iov, int n)
{
	struct msghdr m = { .msg_iovlen = (size_t)n };
	enum fd_kind kind;
	uint32_t tag;

	kind = tl_fd_kind(fd, &tag);
	if (kind == FD_PLAIN || !is_vector(iov, n))
		return tl_real.writev(fd, iov, n);
	memcpy(&m.msg_iov, &iov, sizeof(iov));
	return send_ours(fd, kind, tag, &m, 0);
}

ssize_t shim_recvfrom(int fd, void *at, size_t n, int flags,
		      struct sockaddr *sa, socklen_t *len)
{
	enum fd_kind kind;
	struct flat f;
	uint32_t tag;
	ssize_t r;

	kind = tl_fd_kind(fd, &tag);
	if (kind == FD_PLAIN) {
		if (!(sa || (flags & MSG_ERRQUEUE)) || !is_stream(fd))
			return tl_real.recvfrom(fd, at, n, flags, sa, len);
		if (flags & MSG_ERRQUEUE)
			return tl_result_size(-EAGAIN);
		r = tl_real.recv(fd, at, n, flags);
		if (r >= 0 && len)
			*len = 0; /* TCP has no address to tell */
		return r;
	}
	r = receive_ours(fd, kind, tag,
			 flat(&f, at, n, sa, sa && len ? *len : 0), flags);
	if (r >= 0 && sa && len)
		*len = f.m.msg_namelen;
	return r;
}

ssize_t shim_recv(int fd, void *at, size_t n, int flags)
{
	enum fd_kind kind;
	struct flat f;
	uint32_t tag;

	kind = tl_fd_kind(fd, &tag);
	if (kind != FD_PLAIN)
		return receive_ours(fd, kind, tag, flat(&f, at, n, NULL, 0),
				    flags);
	if ((flags & MSG_ERRQUEUE) && is_stream(fd))
		return tl_result_size(-EAGAIN);
	return tl_real.recv(fd, at, n, flags);
}

static ssize_t receive_plain(int fd, struct msghdr *m, int flags)
{
	bool stream = (m->msg_name || (flags & MSG_ERRQUEUE)) && is_stream(fd);
	ssize_t r;

	if (stream && (flags & MSG_ERRQUEUE))
		return tl_result_size(-EAGAIN);
	r = tl_real.recvmsg(fd, m, flags);
	if (r >= 0 && stream)
		m->msg_namelen = 0;
	if (r >= 0)
		tl_fd_forget_passed(m);
	return r;
}

/* The buffer for control data may hold anything yet. */
static void clean_empty(struct msghdr *m)
{
	struct msghdr outer = *m;

	outer.msg_control = NULL;
	tl_libc_clean(&outer);
	m->msg_iovlen = outer.msg_iovlen;
	m->msg_controllen = outer.msg_controllen;
}

ssize_t shim_recvmsg(int fd, struct msghdr *m, int flags)
{
	enum fd_kind kind;
	uint32_t tag;

	if (!m)
		return tl_real.recvmsg(fd, m, flags);
	clean_empty(m);
	kind = tl_fd_kind(fd, &tag);
	if (kind == FD_PLAIN)
		return receive_plain(fd, m, flags);
	return receive_ours(fd, kind, tag, m, flags);
}

ssize_t shim_read(int fd, void *at, size_t n)
{
	enum fd_kind kind;
	struct flat f;
	uint32_t tag;

	kind = tl_fd_kind(fd, &tag);
	if (kind == FD_PLAIN)
		return tl_real.read(fd, at, n);
	return receive_ours(fd, kind, tag, flat(&f, at, n, NULL, 0), 0);
}

ssize_t shim_readv(int fd, const struct iovec *iov, int n)
{
	struct msghdr m = { .msg_iovlen = (size_t)n };
	enum fd_kind kind;
	uint32_t tag;

	kind = tl_fd_kind(fd, &tag);
	if (kind == FD_PLAIN || !is_vector(iov, n))
		return tl_real.readv(fd, iov, n);
	memcpy(&m.msg_iov, &iov, sizeof(iov));
	return receive_ours(fd, kind, tag, &m, 0);
}

/* As the kernel: what was done counts, a later error is kept for next time. */
int shim_sendmmsg(int fd, struct mmsghdr *list, unsigned int n, int flags)
{
	int saved = errno;
	unsigned int i;
	uint32_t tag;
	ssize_t r;

	if (tl_fd_kind(fd, &tag) == FD_PLAIN || !list)
		return tl_real.sendmmsg(fd, list, n, flags);

	for (i = 0; i < n && i < 1024; i++) {
		r = shim_sendmsg(fd, &list[i].msg_hdr, flags);
		if (r < 0)
			break;
		list[i].msg_len = (unsigned int)r;
	}
	if (i == 0 && n > 0)
		return -1;
	errno = saved;
	return (int)i;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	SYS3(SYS_clock_gettime, CLOCK_MONOTONIC, &ts, 0);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int receive_list(int fd, struct mmsghdr *list, unsigned int n, int flags,
			int64_t until_ns)
{
	unsigned int i;
	ssize_t r;

	for (i = 0; i < n && i < 1024; i++) {
		r = shim_recvmsg(fd, &list[i].msg_hdr, flags & ~MSG_WAITFORONE);
		if (r < 0)
			break;
		list[i].msg_len = (unsigned int)r;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (now_ns() >= until_ns) {
			i++;
			break;
		}
	}
	return (int)i;
}

/* The time is looked at after each datagram only: recvmmsg(2), BUGS. */
int shim_recvmmsg(int fd, struct mmsghdr *list, unsigned int n, int flags,
		  struct timespec *timeout)
{
	int64_t until_ns = INT64_MAX;
	int saved = errno;
	uint32_t tag;
	int done;

	if (tl_fd_kind(fd, &tag) == FD_PLAIN || !list)
		return tl_real.recvmmsg(fd, list, n, flags, timeout);

	if (timeout)
		until_ns = now_ns() + (int64_t)timeout->tv_sec * 1000000000 +
			   timeout->tv_nsec;
	done = receive_list(fd, list, n, flags, until_ns);
	if (done == 0 && n > 0)
		return -1;
	errno = saved;
	return done;
}

/* A buffer that is too small is the C library's to deal with. */
ssize_t shim___read_chk(int fd, void *at, size_t n, size_t room)
{
	return n > room ? tl_real.__read_chk(fd, at, n, room)
			: shim_read(fd, at, n);
}

ssize_t shim___recv_chk(int fd, void *at, size_t n, size_t room, int flags)
{
	return n > room ? tl_real.__recv_chk(fd, at, n, room, flags)
			: shim_recv(fd, at, n, flags);
}

ssize_t shim___recvfrom_chk(int fd, void *at, size_t n, size_t room, int flags,
			    struct sockaddr *sa, socklen_t *len)
{
	return n > room
		       ? tl_real.__recvfrom_chk(fd, at, n, room, flags, sa, len)
		       : shim_recvfrom(fd, at, n, flags, sa, len);
}
