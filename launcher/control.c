/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/control.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

#include "launcher/exchange.h"
#include "launcher/journal.h"
#include "os/clock.h"
#include "rpc/filter.h"
#include "sdk/client/client.h"
#include "sdk/client/filter.h"
#include "sdk/client/tag.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* Longest option value that is handed through. */
/* The longest is a filter of FILTER_SOURCES_MAX sources. */
#define OPTION_MAX GROUP_FILTER_SIZE(FILTER_SOURCES_MAX + 1)

enum trap_end tl_wait_for(struct trap *t, uint32_t events, int timeout,
			  int late, int now)
{
	struct timeval tv = { 0 };
	socklen_t len = sizeof(tv);
	int flags = fcntl(t->fd, F_GETFL);

	if (flags < 0 || (flags & O_NONBLOCK))
		return tl_trap_answer(t, now);
	if (t->is_late)
		return tl_trap_answer(t, t->late);
	if (t->until_us == 0) {
		if (getsockopt(t->fd, SOL_SOCKET, timeout, &tv, &len) != 0)
			tv = (struct timeval){ 0 };
		t->until_us = tv.tv_sec || tv.tv_usec
				      ? tl_clock_us() +
						(int64_t)tv.tv_sec * 1000000 +
						tv.tv_usec
				      : INT64_MAX;
	}
	t->events = events;
	t->late = late;
	return TRAP_WAIT;
}

int tl_read_address(const struct trap *t, struct sockaddr_storage *out,
		    uint64_t at, int len)
{
	int r;

	if (len < 0 || (size_t)len > sizeof(*out))
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	r = tl_task_read(&t->task, out, at, (size_t)len);
	return r < 0 ? r : len;
}

int tl_write_address(const struct trap *t, uint64_t at, uint64_t len_at,
		     const struct sockaddr_storage *sa, socklen_t len)
{
	int room;
	int r;

	r = tl_task_read(&t->task, &room, len_at, sizeof(room));
	if (r < 0)
		return r;
	if (room < 0)
		return -EINVAL;
	r = tl_task_write(&t->task, at, sa, TL_MIN((size_t)room, (size_t)len));
	if (r < 0)
		return r;
	return tl_task_write(&t->task, len_at, &len, sizeof(len));
}

enum trap_end tl_do_socket(struct trap *t)
{
	int domain = tl_trap_int(t, 0);
	int type = tl_trap_int(t, 1);
	int protocol = tl_trap_int(t, 2);
	bool inet = domain == AF_INET || domain == AF_INET6;

	/* Programs then try plain TCP, which is ours to give. */
	if (inet && protocol == IPPROTO_MPTCP)
		return tl_trap_answer(t, -EPROTONOSUPPORT);
	if (!tl_client_has(domain, type, protocol))
		return TRAP_CONTINUE;

	t->new_fd = tl_client_socket(domain, type | SOCK_CLOEXEC, protocol,
				     CLIENT_BOTH_SIDES | CLIENT_BARE);
	if (t->new_fd < 0)
		return tl_trap_answer(t, t->new_fd);
	t->cloexec = (type & SOCK_CLOEXEC) != 0;
	return TRAP_ANSWER_FD;
}

/* The call is the host's business: its socket takes the place of ours, and the
 * kernel makes the call again. */
static enum trap_end go_to_host(struct trap *t)
{
	int r = tl_exchange_host(t);

	return r < 0 ? tl_trap_answer(t, r) : TRAP_CONTINUE;
}

enum trap_end tl_do_bind(struct trap *t)
{
	struct sockaddr_storage ss;
	int len;
	int r;

	len = tl_read_address(t, &ss, t->args[1], tl_trap_int(t, 2));
	if (len < 0)
		return tl_trap_answer(t, len);
	r = tl_client_bind(t->fd, t->tag, (struct sockaddr *)&ss,
			   (socklen_t)len);
	return r == RPC_USE_HOST ? go_to_host(t) : tl_trap_answer(t, r);
}

enum trap_end tl_do_connect(struct trap *t)
{
	struct sockaddr_storage ss;
	struct sockaddr *sa = (struct sockaddr *)&ss;
	int len;
	int r;

	len = tl_read_address(t, &ss, t->args[1], tl_trap_int(t, 2));
	if (len < 0)
		return tl_trap_answer(t, len);
	r = tl_client_connect_now(t->fd, t->tag, sa, (socklen_t)len);
	if (r == CLIENT_RENEW) {
		r = tl_exchange_renew(t);
		if (r == 0)
			r = tl_client_connect_now(t->fd, t->tag, sa,
						  (socklen_t)len);
	}
	if (r == RPC_USE_HOST)
		return go_to_host(t);
	if (r == -EINPROGRESS || r == -EALREADY)
		return tl_wait_for(t, EPOLLOUT, SO_SNDTIMEO, -EINPROGRESS, r);
	return tl_trap_answer(t, r);
}

enum trap_end tl_do_listen(struct trap *t)
{
	return tl_trap_answer(t, tl_client_listen(t->fd, t->tag,
						  tl_trap_int(t, 1)));
}

static uint64_t cookie_of(int fd)
{
	socklen_t len = sizeof(uint64_t);
	uint64_t cookie = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) != 0)
		return 0;
	return cookie;
}

/* accept of the client, which may put a silent socket in the place of ours. */
static int accept_watching(struct trap *t, struct accepted *a)
{
	int old = -1;
	int fd;

	fd = tl_client_accept(t->fd, t->tag, (struct sockaddr *)&a->addr,
			      &a->len, SOCK_CLOEXEC);
	if (fd != -EINVAL || !(t->tag & TAG_LISTENING) ||
	    cookie_of(t->fd) == a->listener)
		return fd;
	old = tl_task_fd(&t->task, tl_trap_int(t, 0));
	if (old >= 0)
		tl_exchange_silent(t, old);
	return fd;
}

static int set_nonblocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || !!(flags & O_NONBLOCK) == on)
		return 0;
	return fcntl(fd, F_SETFL, flags ^ O_NONBLOCK);
}

/* The program gets it, or the next that asks for one of this listener. */
static enum trap_end hand_out(struct trap *t, struct accepted *a, int flags)
{
	int r = 0;

	if (t->args[1])
		r = tl_write_address(t, t->args[1], t->args[2], &a->addr,
				     a->len);
	if (r < 0) {
		close(a->fd);
		return tl_trap_answer(t, r);
	}
	(void)set_nonblocking(a->fd, flags & SOCK_NONBLOCK);
	r = tl_task_answer_fd(&t->task, a->fd, flags & SOCK_CLOEXEC);
	if (r == -ENOENT) {
		tl_journal_keep_accepted(a);
		return TRAP_DONE;
	}
	close(a->fd);
	/* Its table is full: the connection is lost, as doc/compatibility.md
	 * says. */
	return r < 0 ? tl_trap_answer(t, r) : TRAP_DONE;
}

enum trap_end tl_do_accept(struct trap *t)
{
	struct accepted a = { .len = sizeof(a.addr) };
	int flags = tl_trap_int(t, 3);
	int fd;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return tl_trap_answer(t, -EINVAL);
	a.listener = cookie_of(t->fd);
	if (tl_journal_take_accepted(&a, a.listener))
		return hand_out(t, &a, flags);
	if (!tl_task_is_there(&t->task))
		return TRAP_DONE;
	fd = accept_watching(t, &a);
	if (fd == -EAGAIN)
		return tl_wait_for(t, EPOLLIN, SO_RCVTIMEO, -EAGAIN, -EAGAIN);
	if (fd < 0)
		return tl_trap_answer(t, fd);
	a.fd = fd;
	return hand_out(t, &a, flags);
}

typedef int (*name_fn)(int fd, uint32_t tag, struct sockaddr *sa,
		       socklen_t *len);

static enum trap_end get_name(struct trap *t, name_fn fn)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int r;

	r = fn(t->fd, t->tag, (struct sockaddr *)&ss, &len);
	if (r == 0)
		r = tl_write_address(t, t->args[1], t->args[2], &ss, len);
	return tl_trap_answer(t, r);
}

enum trap_end tl_do_getsockname(struct trap *t)
{
	return get_name(t, tl_client_getsockname);
}

enum trap_end tl_do_getpeername(struct trap *t)
{
	return get_name(t, tl_client_getpeername);
}

/* SO_RCVTIMEO and SO_SNDTIMEO of 32-bit programs, by their old and new names:
 * the only values whose layout differs. */
static bool is_short_time(const struct trap *t)
{
	int name = tl_trap_int(t, 2);

	return t->is_32 && tl_trap_int(t, 1) == SOL_SOCKET &&
	       (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

/* Structures that begin with a number and have an address behind it, which is
 * at 8 for us and at 4 for programs of 32 bits. */
static bool is_short_group(const struct trap *t)
{
	int level = tl_trap_int(t, 1);
	int name = tl_trap_int(t, 2);

	return t->is_32 && (level == IPPROTO_IP || level == IPPROTO_IPV6) &&
	       name >= MCAST_JOIN_GROUP && name <= MCAST_MSFILTER;
}

static socklen_t widen(uint8_t room[OPTION_MAX], socklen_t len)
{
	if (len < 4 || len > OPTION_MAX - 4)
		return len;
	memmove(room + 8, room + 4, len - 4);
	return len + 4;
}

static socklen_t narrow(uint8_t *room, socklen_t len)
{
	if (len < 8)
		return len;
	memmove(room + 4, room + 8, len - 8);
	return len - 4;
}

/* Questions that are asked in the place of the answer. */
static int read_question(struct trap *t, uint8_t room[OPTION_MAX],
			 socklen_t *len)
{
	int r;

	if (!tl_filter_is(tl_trap_int(t, 1), tl_trap_int(t, 2)))
		return 0;
	memset(room, 0, OPTION_MAX);
	r = tl_task_read(&t->task, room, t->args[3],
			 TL_MIN((size_t)*len, (size_t)GROUP_FILTER_SIZE(0)));
	if (r == 0 && is_short_group(t))
		*len = widen(room, *len);
	return r;
}

enum trap_end tl_do_setsockopt(struct trap *t)
{
	union {
		uint8_t room[OPTION_MAX];
		struct timeval tv;
		int32_t pair[2];
	} v;
	int len = tl_trap_int(t, 4);
	int32_t pair[2];
	int r;

	if (len < 0)
		return tl_trap_answer(t, -EINVAL);
	len = TL_MIN(len, (int)OPTION_MAX);
	r = tl_task_read(&t->task, v.room, t->args[3], (size_t)len);
	if (r < 0)
		return tl_trap_answer(t, r);
	if (is_short_time(t) && len >= (int)sizeof(pair)) {
		memcpy(pair, v.pair, sizeof(pair));
		v.tv = (struct timeval){ .tv_sec = pair[0],
					 .tv_usec = pair[1] };
		len = sizeof(v.tv);
	}
	if (is_short_group(t))
		len = (int)widen(v.room, (socklen_t)len);
	r = tl_client_setsockopt(t->fd, t->tag, tl_trap_int(t, 1),
				 tl_trap_int(t, 2), v.room, (socklen_t)len);
	return tl_trap_answer(t, r);
}

enum trap_end tl_do_getsockopt(struct trap *t)
{
	union {
		uint8_t room[OPTION_MAX];
		struct timeval tv;
		int32_t pair[2];
	} v;
	struct timeval tv;
	socklen_t len;
	int wanted;
	int r;

	r = tl_task_read(&t->task, &wanted, t->args[4], sizeof(wanted));
	if (r == 0 && wanted < 0)
		r = -EINVAL;
	if (r < 0)
		return tl_trap_answer(t, r);
	len = is_short_time(t) ? sizeof(tv)
			       : (socklen_t)TL_MIN(wanted, (int)OPTION_MAX);
	r = read_question(t, v.room, &len);
	if (r < 0)
		return tl_trap_answer(t, r);
	r = tl_client_getsockopt(t->fd, t->tag, tl_trap_int(t, 1),
				 tl_trap_int(t, 2), v.room, &len);
	if (r == 0 && is_short_time(t)) {
		tv = v.tv;
		v.pair[0] = (int32_t)tv.tv_sec;
		v.pair[1] = (int32_t)tv.tv_usec;
		len = (socklen_t)TL_MIN((size_t)wanted, sizeof(v.pair));
	}
	if (r == 0 && is_short_group(t))
		len = narrow(v.room, len);
	if (r == 0)
		r = tl_task_write(&t->task, t->args[3], v.room, len);
	if (r == 0)
		r = tl_task_write(&t->task, t->args[4], &len, sizeof(len));
	return tl_trap_answer(t, r);
}

enum trap_end tl_do_shutdown(struct trap *t)
{
	return tl_trap_answer(t, tl_client_shutdown(t->fd, t->tag,
						    tl_trap_int(t, 1)));
}
