/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Room for one more than allowed, so that too many are seen, not cut off. */
union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(int) * (RPC_MAX_FDS + 1))];
};

int tl_fdpass_send(int sock, struct bytes record, const int *fds, size_t n_fds,
		   int flags)
{
	union control control;
	struct iovec iov = { .iov_len = record.n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (record.n == 0 || record.n > FDPASS_RECORD_MAX ||
	    n_fds > RPC_MAX_FDS)
		return -EINVAL;
	/* sendmsg(2) only reads it. */
	memcpy(&iov.iov_base, &record.at, sizeof(record.at));
	if (n_fds) {
		memset(&control, 0, sizeof(control));
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	if (sendmsg(sock, &m, flags | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/* Takes what fits, closes the rest; false if there was a rest. */
static bool take_fds(struct fdpass *f, struct cmsghdr *c)
{
	size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	bool all = true;
	size_t i;
	int fd;

	for (i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
		if (f->n_fds < RPC_MAX_FDS) {
			f->fds[f->n_fds++] = fd;
		} else {
			close(fd);
			all = false;
		}
	}
	return all;
}

/* The kernel cuts descriptors off also when we may have no more. */
static int why_truncated(int sock)
{
	int fd = fcntl(sock, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return errno == ENFILE ? -ENFILE : -EMFILE;
	close(fd);
	return -EPROTO;
}

int tl_fdpass_recv(int sock, struct fdpass *out, struct buffer room, int flags)
{
	union control control;
	struct iovec iov = { .iov_base = room.at, .iov_len = room.n };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	struct fdpass f = { 0 };
	struct cmsghdr *c;
	bool all = true;
	ssize_t n;
	int err;

	n = recvmsg(sock, &m, flags | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			all = take_fds(&f, c) && all;
	}
	if (all && !(m.msg_flags & (MSG_CTRUNC | MSG_TRUNC))) {
		f.n = (size_t)n;
		*out = f;
		return 0;
	}
	err = m.msg_flags & MSG_CTRUNC ? why_truncated(sock) : -EPROTO;
	tl_fdpass_drop(&f);
	return err;
}

void tl_fdpass_drop(struct fdpass *f)
{
	size_t i;

	for (i = 0; i < f->n_fds; i++) {
		if (f->fds[i] >= 0)
			close(f->fds[i]);
		f->fds[i] = -1;
	}
	f->n_fds = 0;
}

static socklen_t fill(struct sockaddr_un *sa, size_t lead, struct bytes path)
{
	if (path.n == 0 || path.n > sizeof(sa->sun_path) - lead)
		return 0;
	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	memcpy(sa->sun_path + lead, path.at, path.n);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + lead +
			   path.n);
}

socklen_t tl_fdpass_abstract(struct sockaddr_un *sa, struct bytes name)
{
	return fill(sa, 1, name);
}

socklen_t tl_fdpass_name(struct sockaddr_un *sa, struct bytes path)
{
	return fill(sa, 0, path);
}

struct bytes tl_fdpass_path(const struct sockaddr_un *sa, socklen_t len)
{
	size_t start = offsetof(struct sockaddr_un, sun_path);

	if (len <= start || len > sizeof(*sa) || sa->sun_family != AF_UNIX)
		return tl_bytes(NULL, 0);
	return tl_bytes(sa->sun_path, len - start);
}
