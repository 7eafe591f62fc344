/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.c - the loop
 *
 * Theory of operation
 *
 * A notification is decoded, its descriptor duplicated, and looked at: is it
 * ours? All others go on in the kernel, untouched. Ours are done with
 * sdk/client, whose only wait, tl_sys_wait, is made one that never waits. So a
 * connect or accept of a blocking socket ends with "not yet" here, and is set
 * aside with the duplicate in an epoll set. The program's O_NONBLOCK is not
 * touched, for all holders share it.
 *
 * The kernel does not say when a thread has given up waiting because of a
 * signal. So those set aside are asked after when the thread comes with another
 * call, before a bind or listen, to which a duplicate that is kept open would
 * matter, when a child ends, and once a second.
 *
 * A process that may not be looked at (it is not dumpable, as after setuid(2))
 * cannot be helped: its calls go on in the kernel, where sockets of ours are
 * AF_UNIX and refuse. Nothing gets to the host that way.
 */
#include "launcher/serve.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/list.h"
#include "launcher/control.h"
#include "launcher/ioctl.h"
#include "launcher/journal.h"
#include "launcher/message.h"
#include "os/clock.h"
#include "rpc/end.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

#define EVENTS_MAX 64
#define SWEEP_US 1000000

/* Newer than some headers (Linux 6.6); a hint. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1
#endif

/**
 * struct waiting - A trap that was set aside
 * @link:	in server.waiting, behind those that came earlier
 * @cookie:	of an accept's socket, whoever has it; 0 for all else
 * @is_gone:	freed at the end of the pass: events may still name it
 */
struct waiting {
	struct list link;
	struct trap trap;
	uint64_t cookie;
	bool is_gone;
};

/**
 * struct server - The loop's state
 * @listener, @epoll: owned
 * @notif:	room for a notification of the kernel's size
 * @gone:	what is freed at the end of the pass
 */
struct server {
	int listener;
	int epoll;
	struct seccomp_notif *notif;
	size_t notif_size;
	struct list waiting;
	struct list gone;
	size_t n_waiting;
	int64_t swept_us;
	bool is_over;
};

static struct server server;

/* What an event says that is not about a trap: &server or this. */
static char for_children;

static ssize_t receive_now(int fd, struct msghdr *m, int flags)
{
	return recvmsg(fd, m, flags | MSG_DONTWAIT);
}

typedef enum trap_end (*trap_fn)(struct trap *t);

static const trap_fn actions[TRAP_KINDS] = {
	[TRAP_BIND] = tl_do_bind,
	[TRAP_CONNECT] = tl_do_connect,
	[TRAP_LISTEN] = tl_do_listen,
	[TRAP_ACCEPT] = tl_do_accept,
	[TRAP_GETSOCKNAME] = tl_do_getsockname,
	[TRAP_GETPEERNAME] = tl_do_getpeername,
	[TRAP_SETSOCKOPT] = tl_do_setsockopt,
	[TRAP_GETSOCKOPT] = tl_do_getsockopt,
	[TRAP_SHUTDOWN] = tl_do_shutdown,
	[TRAP_SENDTO] = tl_do_sendto,
	[TRAP_RECVFROM] = tl_do_recvfrom,
	[TRAP_SENDMSG] = tl_do_sendmsg,
	[TRAP_RECVMSG] = tl_do_recvmsg,
	[TRAP_SENDMMSG] = tl_do_sendmmsg,
	[TRAP_RECVMMSG] = tl_do_recvmmsg,
};

static enum trap_end act(struct trap *t)
{
	if (t->kind == TRAP_SOCKET)
		return tl_do_socket(t);
	if (!actions[t->kind] && t->kind != TRAP_IOCTL)
		return TRAP_CONTINUE;
	if (t->fd < 0)
		t->fd = tl_task_fd(&t->task, tl_trap_int(t, 0));
	if (t->fd == -EMFILE || t->fd == -ENFILE)
		return tl_trap_answer(t, t->fd);
	if (t->fd >= 0 && t->kind == TRAP_IOCTL)
		return tl_do_ioctl(t);
	if (t->fd < 0 || !tl_tag_get(&t->tag, t->fd))
		return TRAP_CONTINUE;
	return actions[t->kind](t);
}

static void answer_fd(struct trap *t)
{
	int r = tl_task_answer_fd(&t->task, t->new_fd, t->cloexec);

	if (r == -ENOENT) {
		tl_journal_keep(t, TRAP_ANSWER_FD, false);
		return;
	}
	close(t->new_fd);
	if (r < 0)
		r = tl_task_answer(&t->task, r);
}

static void answer(struct trap *t)
{
	/* Who polls for a connection takes EISCONN for success too. */
	bool once = t->kind == TRAP_BIND ||
		    (t->kind == TRAP_CONNECT && t->until_us);
	int r = tl_task_answer(&t->task, t->value);

	if (r == -ENOENT && t->value != -EINTR)
		tl_journal_keep(t, TRAP_ANSWER, false);
	else if (r == 0 && t->value == 0 && once)
		tl_journal_keep(t, TRAP_ANSWER, true);
}

static void end_trap(struct trap *t, enum trap_end end)
{
	int r;

	if (end == TRAP_ANSWER)
		answer(t);
	else if (end == TRAP_ANSWER_FD)
		answer_fd(t);
	else if (end == TRAP_CONTINUE) {
		r = tl_task_continue(&t->task);
		(void)r; /* it has gone */
	}
	if (t->fd >= 0)
		close(t->fd);
	tl_task_close(&t->task);
}

/* --- what waits --- */

static int watch(struct waiting *w)
{
	struct epoll_event e = { .events = w->trap.events, .data.ptr = w };
	int r;

	r = epoll_ctl(server.epoll, EPOLL_CTL_ADD, w->trap.fd, &e);
	if (r != 0)
		return -errno;
	/* The end of the thread, or of its process. */
	e.events = EPOLLIN;
	r = epoll_ctl(server.epoll, EPOLL_CTL_ADD, w->trap.task.pidfd, &e);
	if (r == 0)
		return 0;
	r = -errno;
	epoll_ctl(server.epoll, EPOLL_CTL_DEL, w->trap.fd, NULL);
	return r;
}

/* The program holds the socket too, so closing is not enough for epoll. */
static void unwatch(struct waiting *w)
{
	epoll_ctl(server.epoll, EPOLL_CTL_DEL, w->trap.fd, NULL);
	epoll_ctl(server.epoll, EPOLL_CTL_DEL, w->trap.task.pidfd, NULL);
}

/* It is out of the set already. */
static void remove_waiting(struct waiting *w, enum trap_end end)
{
	end_trap(&w->trap, end);
	w->is_gone = true;
	tl_list_remove(&w->link);
	tl_list_append(&server.gone, &w->link);
	server.n_waiting--;
}

static void drop(struct waiting *w)
{
	unwatch(w);
	remove_waiting(w, TRAP_DONE);
}

static void resume(struct waiting *w)
{
	enum trap_end end;

	unwatch(w);
	end = tl_task_is_there(&w->trap.task) ? act(&w->trap) : TRAP_DONE;
	if (end == TRAP_WAIT && watch(w) == 0)
		return;
	if (end == TRAP_WAIT)
		end = tl_trap_answer(&w->trap, -ENOBUFS);
	remove_waiting(w, end);
}

static void set_aside(struct trap *t)
{
	struct waiting *w = NULL;

	if (server.n_waiting < SERVE_WAITING_MAX)
		w = calloc(1, sizeof(*w));
	if (!w) {
		end_trap(t, tl_trap_answer(t, -ENOBUFS));
		return;
	}
	w->trap = *t;
	if (t->kind == TRAP_ACCEPT && tl_end_cookie(t->fd, &w->cookie) != 0)
		w->cookie = 0;
	tl_list_append(&server.waiting, &w->link);
	server.n_waiting++;
	if (watch(w) < 0)
		remove_waiting(w, tl_trap_answer(&w->trap, -ENOBUFS));
}

/* Who has waited longest for what @w waits for. Of processes that accept from
 * one listener epoll would wake the newest each time: the same one again. */
static struct waiting *eldest(struct waiting *w)
{
	struct waiting *other;
	struct list *at;

	if (w->cookie == 0 || !tl_task_is_there(&w->trap.task))
		return w;
	for (at = server.waiting.next; at != &w->link; at = at->next) {
		other = tl_container_of(at, struct waiting, link);
		if (other->cookie == w->cookie)
			return other;
	}
	return w;
}

/* Those that wait for nothing any more; of @tid, or of everybody. */
static void sweep(pid_t tid)
{
	struct list *at = server.waiting.next;
	struct waiting *w;

	while (at != &server.waiting) {
		w = tl_container_of(at, struct waiting, link);
		at = at->next;
		if (tid ? w->trap.task.tid == tid
			: !tl_task_is_there(&w->trap.task))
			drop(w);
	}
}

static void free_gone(void)
{
	struct waiting *w;

	while ((w = tl_list_first(&server.gone, struct waiting, link))) {
		tl_list_remove(&w->link);
		free(w);
	}
}

/* At the end, when nobody waits. */
static void drop_all(void)
{
	struct waiting *w;

	while ((w = tl_list_first(&server.waiting, struct waiting, link)))
		drop(w);
	free_gone();
}

static void end_late(int64_t now_us)
{
	struct list *at = server.waiting.next;
	struct waiting *w;

	while (at != &server.waiting) {
		w = tl_container_of(at, struct waiting, link);
		at = at->next;
		if (w->trap.until_us > now_us)
			continue;
		w->trap.is_late = true;
		resume(w);
	}
}

static int timeout_ms(int64_t now_us)
{
	int64_t until_us = server.swept_us + SWEEP_US;
	struct waiting *w;
	struct list *at;

	if (server.n_waiting == 0)
		return -1;
	for (at = server.waiting.next; at != &server.waiting; at = at->next) {
		w = tl_container_of(at, struct waiting, link);
		until_us = TL_MIN(until_us, w->trap.until_us);
	}
	return (int)(TL_MAX(until_us - now_us, 0) / 1000) + 1;
}

/* --- notifications --- */

static void do_trap(struct trap *t)
{
	enum trap_end end;

	if (t->kind == TRAP_BIND || t->kind == TRAP_LISTEN)
		sweep(0);
	if (!tl_journal_take(t, &end))
		end = act(t);
	if (end == TRAP_WAIT)
		set_aside(t);
	else
		end_trap(t, end);
}

static void take_notification(void)
{
	struct trap t = { .fd = -1, .new_fd = -1 };
	pid_t tid;
	int r;

	memset(server.notif, 0, server.notif_size);
	if (ioctl(server.listener, SECCOMP_IOCTL_NOTIF_RECV, server.notif) != 0)
		return; /* it was killed, or woken, in the meantime */
	tid = (pid_t)server.notif->pid;
	t.data = server.notif->data;
	t.since_us = tl_clock_us();
	sweep(tid);
	r = tl_task_open(&t.task, server.listener, server.notif->id, tid);
	if (r == 0)
		r = tl_trap_decode(&t);
	if (r == 0)
		do_trap(&t);
	else
		end_trap(&t, tl_trap_answer(&t, r == -ESRCH ? -EINTR : r));
}

static void on_event(const struct epoll_event *e, void (*on_child)(void))
{
	struct waiting *w = e->data.ptr;

	if (e->data.ptr == &server) {
		if (e->events & EPOLLIN)
			take_notification();
		else if (e->events & (EPOLLHUP | EPOLLERR))
			server.is_over = true;
	} else if (e->data.ptr == &for_children) {
		on_child();
		sweep(0);
	} else if (!w->is_gone) {
		resume(eldest(w));
	}
}

static void run(void (*on_child)(void))
{
	struct epoll_event events[EVENTS_MAX];
	int64_t now_us;
	int n;

	while (!server.is_over) {
		n = epoll_wait(server.epoll, events, EVENTS_MAX,
			       timeout_ms(tl_clock_us()));
		for (int i = 0; i < n; i++)
			on_event(&events[i], on_child);
		now_us = tl_clock_us();
		if (server.n_waiting)
			end_late(now_us);
		if (now_us - server.swept_us >= SWEEP_US) {
			sweep(0);
			server.swept_us = now_us;
		}
		free_gone();
	}
}

/* Answers that bring a descriptor came with Linux 5.14; who knows them looks
 * for the notification first. */
bool tl_serve_is_possible(int listener)
{
	struct task nobody = { .listener = listener };

	return tl_task_answer_fd(&nobody, listener, true) == -ENOENT;
}

static int open_server(int listener)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = &server };
	struct seccomp_notif_sizes sizes;

	server.listener = listener;
	tl_list_init(&server.waiting);
	tl_list_init(&server.gone);
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0)
		return -errno;
	server.notif_size = TL_MAX(sizes.seccomp_notif, sizeof(*server.notif));
	server.notif = calloc(1, server.notif_size);
	if (!server.notif)
		return -ENOMEM;
	server.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server.epoll < 0 ||
	    epoll_ctl(server.epoll, EPOLL_CTL_ADD, listener, &e) != 0)
		return -errno;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
	      SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	tl_sys_wait = receive_now;
	return 0;
}

int tl_serve(int listener, int child_fd, void (*on_child)(void))
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = &for_children };
	int r;

	server = (struct server){ .epoll = -1 };
	r = open_server(listener);
	if (r == 0 && epoll_ctl(server.epoll, EPOLL_CTL_ADD, child_fd, &e) != 0)
		r = -errno;
	if (r == 0)
		run(on_child);
	drop_all();
	tl_journal_clear();
	if (server.epoll >= 0)
		close(server.epoll);
	close(listener);
	free(server.notif);
	return r;
}
