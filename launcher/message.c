/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.c - datagrams and messages, carried between two memories
 *
 * One buffer holds the payload on its way; the launcher does one thing at a
 * time. Bytes are copied once more than natively, which is what a call through
 * the launcher costs besides the switches.
 */
#include "launcher/message.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>

#include "launcher/control.h"
#include "os/clock.h"
#include "sdk/client/client.h"
#include "sdk/client/tag.h"

#define PAYLOAD_MAX 65536
#define CONTROL_MAX 1024
#define MMSG_MAX 1024 /* as the kernel has it */

static uint8_t payload[PAYLOAD_MAX];

/* Aligned room for control data in our layout. */
union control {
	struct cmsghdr head;
	uint8_t room[CONTROL_MAX];
};

static bool is_idle(const struct trap *t)
{
	return !tl_tag_is_udp(t->tag) && !(t->tag & TAG_CONNECTING);
}

/* The run of memory that sendto and recvfrom name. */
static void flat(struct trap_message *m, const struct trap *t)
{
	m->at = 0;
	m->name = t->args[4];
	m->name_len = (uint32_t)t->args[5];
	m->control = 0;
	m->control_len = 0;
	m->n = TL_MIN((size_t)t->args[2], (size_t)INT32_MAX);
	m->runs[0].iov_base = (void *)(uintptr_t)t->args[1];
	m->runs[0].iov_len = m->n;
	m->n_runs = 1;
}

/* Leave out the first @n bytes of its runs, which are done. */
static void skip(struct trap_message *m, size_t n)
{
	size_t i = 0;

	m->n -= n;
	for (; i < m->n_runs && n >= m->runs[i].iov_len; i++)
		n -= m->runs[i].iov_len;
	m->n_runs -= i;
	memmove(m->runs, m->runs + i, m->n_runs * sizeof(m->runs[0]));
	if (m->n_runs == 0)
		return;
	m->runs[0].iov_base = (uint8_t *)m->runs[0].iov_base + n;
	m->runs[0].iov_len -= n;
}

/* --- streams --- */

static enum trap_end wait_unless(struct trap *t, int flags, uint32_t events,
				 int timeout)
{
	int64_t so_far = t->done ? (int64_t)t->done : -EAGAIN;

	if (flags & (MSG_DONTWAIT | MSG_ERRQUEUE))
		return tl_trap_answer(t, so_far);
	return tl_wait_for(t, events, timeout, (int)so_far, (int)so_far);
}

static enum trap_end send_stream(struct trap *t, struct trap_message *m,
				 int flags)
{
	ssize_t n;
	int r;

	/* What Linux says where the system has no such thing. */
	if (flags & MSG_FASTOPEN)
		return tl_trap_answer(t, -EOPNOTSUPP);
	if (is_idle(t))
		return tl_trap_answer(t, -EPIPE);
	skip(m, t->done);
	do {
		size_t part = TL_MIN(m->n, sizeof(payload));

		r = tl_task_gather(&t->task, payload, m->runs, m->n_runs, part);
		if (r < 0)
			return tl_trap_answer(t, r);
		n = send(t->fd, payload, part,
			 flags | MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return wait_unless(t, flags, EPOLLOUT, SO_SNDTIMEO);
		if (n < 0)
			return tl_trap_answer(t, t->done ? (int64_t)t->done
							 : -errno);
		t->done += (size_t)n;
		skip(m, (size_t)n);
	} while (m->n > 0);
	return tl_trap_answer(t, (int64_t)t->done);
}

/* Bytes into the program's memory; sets t->done. TRAP_DONE: there are some. */
static enum trap_end receive_stream(struct trap *t, struct trap_message *m,
				    int flags)
{
	bool all = (flags & MSG_WAITALL) && !(flags & MSG_PEEK);
	ssize_t n;
	int r;

	if (flags & MSG_ERRQUEUE)
		return tl_trap_answer(t, -EAGAIN);
	if (is_idle(t))
		return tl_trap_answer(t, -ENOTCONN);
	skip(m, t->done);
	do {
		n = recv(t->fd, payload, TL_MIN(m->n, sizeof(payload)),
			 (flags & ~MSG_WAITALL) | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return wait_unless(t, flags, EPOLLIN, SO_RCVTIMEO);
		if (n < 0 && t->done == 0)
			return tl_trap_answer(t, -errno);
		if (n <= 0)
			break;
		r = tl_task_scatter(&t->task, m->runs, m->n_runs, payload,
				    TL_MIN((size_t)n, m->n));
		if (r < 0)
			return tl_trap_answer(t, r);
		t->done += (size_t)n;
		skip(m, TL_MIN((size_t)n, m->n));
	} while (all && m->n > 0);
	return TRAP_DONE;
}

/* --- datagrams --- */

static int read_control(struct msghdr *out, union control *room,
			const struct trap *t, const struct trap_message *m)
{
	uint8_t raw[CONTROL_MAX] = { 0 };
	size_t n = sizeof(room->room);
	int r;

	if (!m->control || m->control_len == 0)
		return 0;
	if (m->control_len > sizeof(raw))
		return -ENOBUFS;
	r = tl_task_read(&t->task, raw, m->control, (size_t)m->control_len);
	if (r < 0)
		return r;
	memset(room, 0, sizeof(*room));
	if (!tl_trap_control_in(t, room->room, &n, raw, (size_t)m->control_len))
		return -EINVAL;
	out->msg_control = room->room;
	out->msg_controllen = n;
	return 0;
}

/* The client says so, and knows whom to tell. */
static ssize_t send_too_long(struct trap *t, const struct trap_message *m,
			     int flags)
{
	struct sockaddr_storage ss;
	struct iovec iov[2] = {
		{ .iov_base = payload, .iov_len = sizeof(payload) },
		{ .iov_base = payload, .iov_len = sizeof(payload) }
	};
	struct msghdr out = { .msg_iov = iov, .msg_iovlen = 2 };
	int r;

	if (m->name) {
		r = tl_read_address(t, &ss, m->name, (int)m->name_len);
		if (r < 0)
			return r;
		out.msg_name = &ss;
		out.msg_namelen = (socklen_t)r;
	}
	return tl_client_send(t->fd, t->tag, &out, flags | MSG_DONTWAIT);
}

/* One datagram: bytes sent, or a negative errno. */
static ssize_t send_datagram(struct trap *t, const struct trap_message *m,
			     int flags)
{
	struct sockaddr_storage ss;
	struct iovec iov = { .iov_base = payload, .iov_len = m->n };
	struct msghdr out = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
	int r;

	if (m->n > sizeof(payload))
		return send_too_long(t, m, flags);
	r = tl_task_gather(&t->task, payload, m->runs, m->n_runs, m->n);
	if (r == 0)
		r = read_control(&out, &control, t, m);
	if (r == 0 && m->name) {
		r = tl_read_address(t, &ss, m->name, (int)m->name_len);
		out.msg_name = &ss;
		out.msg_namelen = r < 0 ? 0 : (socklen_t)r;
	}
	if (r < 0)
		return r;
	return tl_client_send(t->fd, t->tag, &out, flags | MSG_DONTWAIT);
}

/* What one datagram brought besides its bytes. */
struct arrival {
	struct sockaddr_storage from;
	socklen_t from_len;
	size_t control_len;
	int flags;
	union control control;
};

/* One datagram into the program's memory: its length, or a negative errno. */
static ssize_t receive_datagram(struct trap *t, const struct trap_message *m,
				struct arrival *a, int flags)
{
	struct iovec iov = { .iov_base = payload,
			     .iov_len = TL_MIN(m->n, sizeof(payload)) };
	struct msghdr in = { .msg_name = &a->from,
			     .msg_namelen = sizeof(a->from),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = a->control.room,
			     .msg_controllen = sizeof(a->control.room) };
	ssize_t n;
	int r;

	/* What is taken out of the queue is lost if nobody gets it. */
	if (!tl_task_is_there(&t->task))
		return -EINTR;
	n = tl_client_recv(t->fd, t->tag, &in, flags | MSG_DONTWAIT);
	if (n < 0)
		return n;
	r = tl_task_scatter(&t->task, m->runs, m->n_runs, payload,
			    TL_MIN((size_t)n, iov.iov_len));
	if (r < 0)
		return r;
	a->from_len = in.msg_namelen;
	a->control_len = in.msg_controllen;
	a->flags = in.msg_flags;
	return n;
}

/* Control data and name behind a datagram that recvmsg(2) received. */
static int write_rest(struct trap *t, const struct trap_message *m,
		      struct arrival *a)
{
	uint8_t raw[CONTROL_MAX] = { 0 };
	size_t n = m->control ? TL_MIN((size_t)m->control_len, sizeof(raw)) : 0;
	int r = 0;

	if (!tl_trap_control_out(t, raw, &n, a->control.room, a->control_len))
		a->flags |= MSG_CTRUNC;
	if (m->name)
		r = tl_task_write(&t->task, m->name, &a->from,
				  TL_MIN(m->name_len, a->from_len));
	if (r == 0 && n > 0)
		r = tl_task_write(&t->task, m->control, raw, n);
	if (r < 0)
		return r;
	return tl_trap_write_message(t, m, a->from_len, n, a->flags);
}

static ssize_t receive_message(struct trap *t, const struct trap_message *m,
			       int flags)
{
	struct arrival a;
	ssize_t n = receive_datagram(t, m, &a, flags);
	int r;

	if (n < 0)
		return n;
	r = write_rest(t, m, &a);
	return r < 0 ? r : n;
}

/* --- the calls --- */

enum trap_end tl_do_sendto(struct trap *t)
{
	int flags = tl_trap_int(t, 3);
	struct trap_message m;
	ssize_t n;

	flat(&m, t);
	if (!tl_tag_is_udp(t->tag))
		return m.name || is_idle(t) ? send_stream(t, &m, flags)
					    : TRAP_CONTINUE;
	n = send_datagram(t, &m, flags);
	if (n == -EAGAIN)
		return wait_unless(t, flags, EPOLLOUT, SO_SNDTIMEO);
	return tl_trap_answer(t, n);
}

static enum trap_end recvfrom_stream(struct trap *t, struct trap_message *m,
				     int flags)
{
	uint32_t none = 0;
	enum trap_end end;
	int r = 0;

	if (!m->name && !(flags & MSG_ERRQUEUE) && !is_idle(t))
		return TRAP_CONTINUE;
	end = receive_stream(t, m, flags);
	if (end != TRAP_DONE)
		return end;
	/* TCP has no address to tell. */
	if (t->args[5])
		r = tl_task_write(&t->task, t->args[5], &none, sizeof(none));
	return tl_trap_answer(t, r < 0 ? r : (int64_t)t->done);
}

enum trap_end tl_do_recvfrom(struct trap *t)
{
	int flags = tl_trap_int(t, 3);
	struct trap_message m;
	struct arrival a;
	ssize_t n;
	int r = 0;

	flat(&m, t);
	if (!tl_tag_is_udp(t->tag))
		return recvfrom_stream(t, &m, flags);
	n = receive_datagram(t, &m, &a, flags);
	if (n == -EAGAIN)
		return wait_unless(t, flags, EPOLLIN, SO_RCVTIMEO);
	if (n >= 0 && m.name)
		r = tl_write_address(t, m.name, t->args[5], &a.from,
				     a.from_len);
	return tl_trap_answer(t, r < 0 ? r : n);
}

enum trap_end tl_do_sendmsg(struct trap *t)
{
	int flags = tl_trap_int(t, 2);
	struct trap_message m;
	ssize_t n;
	int r;

	r = tl_trap_read_message(t, &m, t->args[1]);
	if (r < 0)
		return tl_trap_answer(t, r);
	if (!tl_tag_is_udp(t->tag))
		return m.name || is_idle(t) ? send_stream(t, &m, flags)
					    : TRAP_CONTINUE;
	n = send_datagram(t, &m, flags);
	if (n == -EAGAIN)
		return wait_unless(t, flags, EPOLLOUT, SO_SNDTIMEO);
	return tl_trap_answer(t, n);
}

static enum trap_end recvmsg_stream(struct trap *t, struct trap_message *m,
				    int flags)
{
	enum trap_end end;
	int r;

	if (!m->name && !(flags & MSG_ERRQUEUE) && !is_idle(t))
		return TRAP_CONTINUE;
	end = receive_stream(t, m, flags);
	if (end != TRAP_DONE)
		return end;
	r = tl_trap_write_message(t, m, 0, 0, 0);
	return tl_trap_answer(t, r < 0 ? r : (int64_t)t->done);
}

enum trap_end tl_do_recvmsg(struct trap *t)
{
	int flags = tl_trap_int(t, 2);
	struct trap_message m;
	ssize_t n;
	int r;

	r = tl_trap_read_message(t, &m, t->args[1]);
	if (r < 0)
		return tl_trap_answer(t, r);
	if (!tl_tag_is_udp(t->tag))
		return recvmsg_stream(t, &m, flags);
	n = receive_message(t, &m, flags);
	if (n == -EAGAIN)
		return wait_unless(t, flags, EPOLLIN, SO_RCVTIMEO);
	return tl_trap_answer(t, n);
}

typedef ssize_t (*message_fn)(struct trap *t, const struct trap_message *m,
			      int flags);

/* Message number t->done of a list; its length goes into the list. */
static ssize_t do_entry(struct trap *t, message_fn fn, int flags)
{
	uint64_t at = t->args[1] + t->done * tl_trap_mmsg_size(t);
	struct trap_message m;
	uint32_t len;
	ssize_t n;
	int r;

	r = tl_trap_read_message(t, &m, at);
	if (r < 0)
		return r;
	n = fn(t, &m, flags);
	if (n < 0)
		return n;
	len = (uint32_t)n;
	r = tl_task_write(&t->task, at + tl_trap_mmsg_len_offset(t), &len,
			  sizeof(len));
	if (r < 0)
		return r;
	t->done++;
	return n;
}

/* What was done counts; a later error is kept for next time. */
static enum trap_end end_list(struct trap *t, ssize_t n)
{
	return tl_trap_answer(t, t->done || n >= 0 ? (int64_t)t->done : n);
}

enum trap_end tl_do_sendmmsg(struct trap *t)
{
	size_t n_list = TL_MIN((uint32_t)t->args[2], (uint32_t)MMSG_MAX);
	int flags = tl_trap_int(t, 3);
	ssize_t n = 0;

	if (!tl_tag_is_udp(t->tag))
		return TRAP_CONTINUE;
	while (t->done < n_list && n >= 0)
		n = do_entry(t, send_datagram, flags);
	if (n == -EAGAIN && t->done < n_list)
		return wait_unless(t, flags, EPOLLOUT, SO_SNDTIMEO);
	return end_list(t, n);
}

/* The time is looked at after each datagram only: recvmmsg(2), BUGS. */
static bool is_over(const struct trap *t)
{
	int64_t wide[2];
	int32_t narrow[2];
	bool is_narrow = t->is_32 && t->data.nr != 417; /* ..._time64 */

	if (t->args[4] == 0)
		return false;
	if (is_narrow &&
	    tl_task_read(&t->task, narrow, t->args[4], sizeof(narrow)) == 0) {
		wide[0] = narrow[0];
		wide[1] = narrow[1];
	} else if (is_narrow ||
		   tl_task_read(&t->task, wide, t->args[4], sizeof(wide)) < 0) {
		return false;
	}
	return tl_clock_us() - t->since_us >=
	       wide[0] * 1000000 + wide[1] / 1000;
}

enum trap_end tl_do_recvmmsg(struct trap *t)
{
	size_t n_list = TL_MIN((uint32_t)t->args[2], (uint32_t)MMSG_MAX);
	int flags = tl_trap_int(t, 3);
	ssize_t n = 0;

	if (!tl_tag_is_udp(t->tag))
		return TRAP_CONTINUE;
	while (t->done < n_list) {
		n = do_entry(t, receive_message, flags & ~MSG_WAITFORONE);
		if (n < 0)
			break;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (is_over(t))
			break;
	}
	if (n == -EAGAIN && (t->done == 0 || !(flags & MSG_WAITFORONE)))
		return wait_unless(t, flags, EPOLLIN, SO_RCVTIMEO);
	return end_list(t, n);
}
