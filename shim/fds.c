/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fds.c - which descriptors the data calls may leave to the kernel
 *
 * One bit a number: certainly no UDP socket of ours and no idle TCP socket. A
 * bit that is not set costs one getsockopt(2). The bit may stay set when a
 * number is closed and reused, for anything but a socket of ours; the calls
 * that can make a number mean one of those forget it. So close() need not be
 * hooked, and neither fork nor vfork can make the bits wrong.
 */
#include "shim/shim.h"

#include <stdatomic.h>

#include "sdk/client/tag.h"

#define FDS_MAX 65536

static _Atomic uint64_t plain[FDS_MAX / 64];

static bool is_plain(int fd)
{
	if (fd < 0 || fd >= FDS_MAX)
		return false;
	return atomic_load_explicit(&plain[fd / 64], memory_order_relaxed) >>
		       (fd % 64) &
	       1;
}

static void set_plain(int fd)
{
	if (fd >= 0 && fd < FDS_MAX)
		atomic_fetch_or_explicit(&plain[fd / 64],
					 UINT64_C(1) << (fd % 64),
					 memory_order_relaxed);
}

void tl_fd_forget(int fd)
{
	if (is_plain(fd))
		atomic_fetch_and_explicit(&plain[fd / 64],
					  ~(UINT64_C(1) << (fd % 64)),
					  memory_order_relaxed);
}

enum fd_kind tl_fd_kind(int fd, uint32_t *tag)
{
	if (TL_LIKELY(is_plain(fd)))
		return FD_PLAIN;
	if (tl_tag_get(tag, fd)) {
		if (tl_tag_is_udp(*tag))
			return FD_UDP;
		if (!(*tag & TAG_CONNECTING))
			return FD_IDLE;
	}
	set_plain(fd);
	return FD_PLAIN;
}

void tl_fd_forget_passed(const struct msghdr *m)
{
	struct msghdr walk = *m; /* CMSG_NXTHDR() wants it writable */
	struct cmsghdr *c;
	size_t n;
	int fd;

	if (!m->msg_control)
		return;
	for (c = CMSG_FIRSTHDR(&walk); c; c = CMSG_NXTHDR(&walk, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			__builtin_memcpy(&fd, CMSG_DATA(c) + i * sizeof(int),
					 sizeof(fd));
			tl_fd_forget(fd);
		}
	}
}
