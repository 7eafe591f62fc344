/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fill.c - see fill.h
 *
 * Theory of operation: written as usual, a quarter of a megabyte is copied to
 * fresh memory here and out of it by the service, for every connection that is
 * made. So most of it is one page, spliced from a pipe again and again, which
 * takes no memory and stays in the cache. The kernel counts it as if it were
 * memory, which is all that is wanted. What cannot be spliced is written.
 */
#include "sdk/client/fill.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>

#include "rpc/proto.h"
#include "sdk/client/sys.h"

#define PAGE 4096
#define PIPE_PAGES 16 /* what a pipe holds unless it is told otherwise */
#define ROUND (PIPE_PAGES * PAGE)
/* splice(2) waits when the socket is full, so these rounds leave room: the
 * kernel counts some hundred bytes for each beside what is spliced. */
#define ROUNDS ((2 * RPC_SNDBUF - 16384) / ROUND)

static _Alignas(PAGE) const uint8_t page[PAGE];

static ssize_t splice_round(int fd, const int pipe[2], const struct iovec *iov)
{
	ssize_t total = 0;
	ssize_t left, n;

	left = tl_sys_vmsplice(pipe[1], iov, PIPE_PAGES, SPLICE_F_NONBLOCK);
	if (left <= 0)
		return left;
	for (; left > 0; left -= n) {
		n = tl_sys_splice(pipe[0], fd, (size_t)left, SPLICE_F_NONBLOCK);
		if (n <= 0)
			return n == -EPIPE ? n : total;
		total += n;
	}
	return total;
}

/* Bytes spliced, or -EPIPE. */
static ssize_t splice_rounds(int fd)
{
	struct iovec iov[PIPE_PAGES];
	uint8_t *at = (uint8_t *)(uintptr_t)page;
	ssize_t total = 0;
	ssize_t n = 0;
	int pipe[2];
	int i;

	if (tl_sys_pipe2(pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return 0;
	for (i = 0; i < PIPE_PAGES; i++)
		iov[i] = (struct iovec){ .iov_base = at, .iov_len = PAGE };
	for (i = 0; i < ROUNDS; i++) {
		n = splice_round(fd, pipe, iov);
		if (n <= 0)
			break;
		total += n;
	}
	tl_sys_close(pipe[0]);
	tl_sys_close(pipe[1]);
	return n == -EPIPE ? n : total;
}

static bool is_pending(uint64_t signal)
{
	uint64_t pending = 0;

	return tl_sys_sigpending(&pending) == 0 && (pending & signal);
}

/* There is no MSG_NOSIGNAL for splice(2). */
static ssize_t splice_silently(int fd)
{
	const uint64_t sigpipe = 1ULL << (SIGPIPE - 1);
	const struct timespec zero = { 0 };
	bool was_pending;
	uint64_t old = 0;
	ssize_t n;

	if (tl_sys_sigmask(SIG_BLOCK, &sigpipe, &old) < 0)
		return 0;
	was_pending = (old & sigpipe) && is_pending(sigpipe);
	n = splice_rounds(fd);
	if (n == -EPIPE && !was_pending)
		(void)tl_sys_sigtimedwait(&sigpipe, &zero);
	(void)tl_sys_sigmask(SIG_SETMASK, &old, NULL);
	return n;
}

int tl_fill(int fd)
{
	ssize_t total = splice_silently(fd);
	ssize_t n;

	if (total < 0)
		return -ENETDOWN;
	for (;;) {
		n = tl_sys_send(fd, page, sizeof(page),
				MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -EINTR)
			continue;
		if (n <= 0)
			break;
		total += n;
	}
	return n == -EAGAIN ? (int)total : -ENETDOWN;
}
