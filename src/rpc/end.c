/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/end.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/fdpass.h"

#define ROOM_MIN 73728 /* RPC_DATAGRAM_MAX, and the kernel's own in it */

int tl_end_pair(int ends[2], int type)
{
	return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) ? -errno : 0;
}

static int set_int(int fd, int name, int value)
{
	return setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value)) ? -errno
								       : 0;
}

int tl_end_prepare(int app, uint32_t tag, int type)
{
	static const uint8_t filler;
	int err;

	err = set_int(app, SO_SNDBUF, RPC_SNDBUF);
	if (!err)
		err = set_int(app, SO_INCOMING_CPU, (int)tag);
	if (err || type != SOCK_STREAM)
		return err;
	return send(app, &filler, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1 ? 0
								       : -errno;
}

void tl_end_widen(int app)
{
	/* Fails for nothing but a descriptor that is no socket. */
	(void)set_int(app, SO_SNDBUF, RPC_SNDBUF);
}

int tl_end_set_room(int own, int size)
{
	return set_int(own, SO_SNDBUF, TL_MAX(size, ROOM_MIN));
}

/* Bytes written until nothing more was taken, or a negative errno. */
static ssize_t fill_up(int app)
{
	static uint8_t filler[32768]; /* takes no place in the file so */
	ssize_t total = 0;
	ssize_t n;

	for (;;) {
		n = send(app, filler, sizeof(filler),
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? total : -errno;
		total += n;
	}
}

int tl_end_fill(int own, int app, size_t *n)
{
	int size = RPC_SNDBUF_BORN;
	ssize_t more;
	int err;

	*n = tl_end_waiting(own);
	while (size < RPC_SNDBUF) {
		size = TL_MIN(3 * size, RPC_SNDBUF);
		err = set_int(app, SO_SNDBUF, size);
		if (err)
			return err;
		more = fill_up(app);
		if (more < 0)
			return (int)more;
		*n += (size_t)more;
	}
	return tl_end_waiting(own) == *n ? 0 : -EILSEQ;
}

int tl_end_option(int fd, int level, int name, int otherwise)
{
	socklen_t len = sizeof(int);
	int value;

	if (getsockopt(fd, level, name, &value, &len) || len != sizeof(value))
		return otherwise;
	return value;
}

int tl_end_linger(int fd)
{
	struct linger linger;
	socklen_t len = sizeof(linger);

	if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len))
		return -1;
	return linger.l_onoff ? linger.l_linger : -1;
}

bool tl_end_is_unix(int fd)
{
	return tl_end_option(fd, SOL_SOCKET, SO_DOMAIN, -1) == AF_UNIX;
}

int tl_end_check(int own, int app, int type)
{
	if (!tl_end_is_unix(own) || !tl_end_is_unix(app))
		return -ENOTSOCK;
	if (tl_end_option(own, SOL_SOCKET, SO_TYPE, -1) != type ||
	    tl_end_option(app, SOL_SOCKET, SO_TYPE, -1) != type)
		return -EPROTOTYPE;
	return 0;
}

int tl_end_verify(int own, int app, int type, uint64_t nonce)
{
	int err = tl_end_check(own, app, type);
	uint8_t sent[8], got[8];

	if (err)
		return err;
	tl_store_be64(sent, nonce);
	if (send(own, sent, 8, MSG_DONTWAIT | MSG_NOSIGNAL) != 8)
		return -EINVAL;
	if (recv(app, got, 8, MSG_DONTWAIT) != 8)
		return -EINVAL;
	return memcmp(sent, got, 8) == 0 ? 0 : -EINVAL;
}

int tl_end_cookie(int fd, uint64_t *cookie)
{
	socklen_t len = sizeof(*cookie);

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookie, &len) ? -errno : 0;
}

int tl_end_bind(int own, const struct rpc_name *name)
{
	uint8_t path[RPC_NAME_LEN];
	struct sockaddr_un sa;
	socklen_t len;

	tl_rpc_name_build(path, name);
	len = tl_fdpass_name(&sa, TL_BYTES_OF(path));
	return bind(own, (struct sockaddr *)&sa, len) ? -errno : 0;
}

static size_t queue_len(int fd, unsigned int which)
{
	int n = 0;

	if (ioctl(fd, which, &n) || n < 0)
		return 0;
	return (size_t)n;
}

size_t tl_end_waiting(int own)
{
	return queue_len(own, SIOCINQ);
}

size_t tl_end_unread(int own)
{
	return queue_len(own, SIOCOUTQ);
}

void tl_end_drain(int own, size_t n)
{
	uint8_t junk[65536];
	ssize_t got;

	while (n > 0) {
		got = recv(own, junk, TL_MIN(n, sizeof(junk)), MSG_DONTWAIT);
		if (got <= 0)
			return;
		n -= (size_t)got;
	}
}

size_t tl_end_read(int own, const struct buffer *to, size_t n_to)
{
	struct iovec iov[END_RUNS_MAX + 1];
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = n_to + 1 };
	uint8_t *last = NULL;
	uint8_t held;
	size_t at, i;
	ssize_t n;

	if (n_to == 0 || n_to > END_RUNS_MAX || to[n_to - 1].n == 0)
		return 0;
	iov[0] = (struct iovec){ .iov_base = &held, .iov_len = 1 };
	for (i = 0; i < n_to; i++)
		iov[i + 1] = (struct iovec){ to[i].at, to[i].n };
	iov[n_to].iov_len--;
	n = recvmsg(own, &m, MSG_DONTWAIT);
	if (n <= 0)
		return 0;
	/* It may be less than asked for; the last taken follows what came. */
	for (at = (size_t)n - 1, i = 0; i < n_to; at -= to[i].n, i++) {
		if (at < to[i].n) {
			last = to[i].at + at;
			break;
		}
	}
	if (!last || recv(own, last, 1, MSG_DONTWAIT | MSG_PEEK) != 1)
		return (size_t)n - 1;
	return (size_t)n;
}

int tl_end_write(int own, const struct bytes *from, size_t n, size_t *done)
{
	struct iovec iov[END_RUNS_MAX];
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = n };
	size_t total = 0;
	ssize_t written;
	size_t i;

	*done = 0;
	if (n > END_RUNS_MAX)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		memcpy(&iov[i].iov_base, &from[i].at, sizeof(void *));
		iov[i].iov_len = from[i].n;
		total += from[i].n;
	}
	written = sendmsg(own, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (written < 0)
		return -errno;
	*done = (size_t)written;
	return *done == total ? 0 : -EAGAIN;
}

int tl_end_record(int own, struct buffer header, struct buffer rest, size_t *n)
{
	struct iovec iov[2] = { { header.at, header.n }, { rest.at, rest.n } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t got = recvmsg(own, &m, MSG_DONTWAIT);

	if (got < 0)
		return -errno;
	if (m.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	*n = (size_t)got;
	return 0;
}

/* Room for descriptors, and for credentials when they are asked for. */
union record_control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(struct ucred)) +
		  CMSG_LEN(sizeof(int) * END_FDS_MAX)];
};

/* True if there were credentials, as real records have them. */
static bool take_control(struct end_record *out, struct msghdr *m)
{
	bool is_real = false;
	struct cmsghdr *c;
	size_t n;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS)
			is_real = true;
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (out->n_fds < END_FDS_MAX)
				out->fds[out->n_fds++] = fd;
			else
				close(fd);
		}
	}
	return is_real;
}

static bool has_hung_up(int own)
{
	struct pollfd p = { .fd = own };

	return poll(&p, 1, 0) != 0;
}

int tl_end_bare_record(int own, struct buffer room, bool was_told,
		       struct end_record *out)
{
	union record_control control;
	struct iovec iov = { room.at, room.n };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	bool is_real;
	ssize_t got;

	*out = (struct end_record){ 0 };
	if (was_told)
		(void)set_int(own, SO_PASSCRED, 1);
	got = recvmsg(own, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got < 0)
		return -errno;
	is_real = take_control(out, &m);
	if (m.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	out->n = (size_t)got;
	if (got == 0 && !is_real && out->n_fds == 0)
		out->is_end = was_told || has_hung_up(own);
	return 0;
}

int tl_end_label(const struct rpc_datagram *d, uint64_t unique)
{
	uint8_t path[RPC_LABEL_LEN];
	struct sockaddr_un sa;
	socklen_t len;
	int err;
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	tl_rpc_label_build(path, d, unique);
	len = tl_fdpass_name(&sa, TL_BYTES_OF(path));
	if (bind(fd, (struct sockaddr *)&sa, len) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

bool tl_end_read_label(struct rpc_datagram *out, int fd)
{
	struct sockaddr_un sa;
	socklen_t len = sizeof(sa);

	if (!tl_end_is_unix(fd) ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		return false;
	return tl_rpc_label_parse(out, tl_fdpass_path(&sa, len));
}

int tl_end_write_labelled(int own, const struct bytes *from, size_t n,
			  int label)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov[END_RUNS_MAX];
	struct msghdr m = { .msg_iov = iov,
			    .msg_iovlen = n,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	if (n > END_RUNS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		memcpy(&iov[i].iov_base, &from[i].at, sizeof(void *));
		iov[i].iov_len = from[i].n;
	}
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &label, sizeof(label));
	if (sendmsg(own, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

void tl_end_shutdown(int own)
{
	(void)shutdown(own, SHUT_WR);
}

bool tl_end_was_reset(int own)
{
	return tl_end_option(own, SOL_SOCKET, SO_ERROR, 0) == ECONNRESET;
}
