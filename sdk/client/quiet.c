/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quiet.c - a socket to which nothing ever happens
 *
 * Theory of operation
 *
 * A unix stream that has ended cannot be calmed, so another socket takes its
 * number with dup3(2): one end of a datagram pair whose other end is closed at
 * once. Nobody else may send to an end that has a peer, even if he knows its
 * name, and the end of a peer is no event for datagram sockets. recvmsg(2) on
 * it waits or gives EAGAIN, so accept need not know the difference. (A unix
 * socket that listens was refused: it needs a name, /proc/net/unix shows it,
 * and whoever connects would be accepted. Nor would waiting in accept4(2) be a
 * cancellation point here.)
 *
 * Other processes and numbers that share the dead listener keep it, each until
 * its own accept fails. So the registrations under this number are taken out of
 * epoll first: while another descriptor keeps the dead listener open they would
 * stay, and nobody could remove them any more. Which descriptors are epoll
 * instances nobody knows without /proc, so all are asked. An instance that
 * processes share thereby forgets the listener for all of them; they have
 * nothing to accept either.
 *
 * Between the last look at @fd and dup3 lies nothing but the call; a program
 * that closes a listener while another of its threads accepts from it takes
 * that risk with any accept(2).
 */
#include "sdk/client/quiet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include "sdk/client/names.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

/* Numbers that may be epoll instances; below 10 ms, once a listener. */
#define EPOLL_MAX 65536

/* Threads may be told at the same time, and the first of them may have closed
 * the number or made a listener that lives. */
static bool is_dead(uint32_t *tag, int fd)
{
	uint8_t byte;
	ssize_t n;

	if (!tl_tag_get(tag, fd) || tl_tag_is_udp(*tag))
		return false;
	if (!(*tag & TAG_LISTENING) || (*tag & TAG_SHUT))
		return false;
	n = tl_sys_recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || n == -ECONNRESET;
}

static void leave_epoll(int fd)
{
	struct epoll_event unused = { 0 };

	for (int epfd = 0; epfd < EPOLL_MAX; epfd++)
		SYS5(SYS_epoll_ctl, epfd, EPOLL_CTL_DEL, fd, &unused, 0);
}

static int make_silent(void)
{
	int ends[2] = { -1, -1 };
	int r;

	r = tl_sys_socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends);
	if (r < 0)
		return r;
	tl_sys_close(ends[1]);
	return ends[0];
}

/* What a listener can still be asked for. */
static void resemble(int silent, int fd, uint32_t tag)
{
	struct timeval tv;
	socklen_t len = sizeof(tv);
	struct rpc_addr local;

	tl_sys_setsockopt(silent, SOL_SOCKET, SO_INCOMING_CPU, &tag,
			  sizeof(tag));
	tl_sys_fcntl(silent, F_SETFL, tl_sys_fcntl(fd, F_GETFL, 0));
	if (tl_sys_getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, &len) == 0)
		tl_sys_setsockopt(silent, SOL_SOCKET, SO_RCVTIMEO, &tv, len);
	tl_names_local(&local, fd, tag);
	if (local.family)
		tl_names_set_bound(silent, &local);
}

void tl_quiet_listener(int fd)
{
	uint32_t tag;
	int cloexec;
	int silent;

	if (!is_dead(&tag, fd))
		return;

	leave_epoll(fd);
	silent = make_silent();
	if (silent < 0)
		return;
	resemble(silent, fd, tag);
	cloexec = tl_sys_fcntl(fd, F_GETFD, 0) & FD_CLOEXEC;
	if (is_dead(&tag, fd))
		tl_sys_dup3(silent, fd, cloexec ? O_CLOEXEC : 0);
	tl_sys_close(silent);
}
