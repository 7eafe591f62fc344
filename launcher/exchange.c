/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.c - sockets change under the eyes of epoll
 *
 * Theory of operation
 *
 * epoll knows a registration by the open file and the number under which it was
 * added. When another file gets the number, the registration is lost, and
 * programs that register a socket before they connect it would wait for ever.
 * /proc/PID/fdinfo of an epoll instance tells all its registrations, events and
 * data included. To make one again from outside, the instance is duplicated to
 * here with pidfd_getfd(2); the new file must have the same number as there,
 * which it gets in a child process that does nothing else: our own numbers are
 * ours. The program can later change or remove what the child added, since file
 * and number are those that it would name itself.
 *
 * The search costs a look at each of the process's descriptors, so it takes
 * longer the more there are; it is made for sockets that go to the host only.
 * A socket that is registered under several numbers (dup) is carried under the
 * one that was exchanged.
 */
#include "launcher/exchange.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "sdk/client/replace.h"
#include "sdk/client/tag.h"

/* Epoll instances that one socket may be registered with. */
#define WATCHES_MAX 16
#define EPOLL_LINK "anon_inode:[eventpoll]"

/**
 * struct watches - What epoll knows of a socket
 * @epfd:	duplicates of the instances; owned
 */
struct watches {
	size_t n;
	int epfd[WATCHES_MAX];
	struct epoll_event event[WATCHES_MAX];
};

/* "tfd: 5 events: 19 data: 7f  pos:0 ino:1c sdev:9" */
static bool parse_watch(struct epoll_event *out, const char *line, int number,
			uint64_t inode)
{
	uint64_t data;
	uint64_t ino;
	uint32_t events;
	int tfd;

	if (sscanf(line,
		   "tfd: %d events: %" SCNx32 " data: %" SCNx64
		   " pos:%*d ino:%" SCNx64,
		   &tfd, &events, &data, &ino) != 4)
		return false;
	if (tfd != number || ino != inode)
		return false;
	out->events = events;
	out->data.u64 = data;
	return true;
}

/* True if the instance under @epoll_number has @number registered. */
static bool find_watch(struct epoll_event *out, pid_t tid,
		       const char *epoll_number, int number, uint64_t inode)
{
	char path[64];
	char *line = NULL;
	size_t room = 0;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", (int)tid,
		 epoll_number);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && getline(&line, &room, f) > 0)
		found = parse_watch(out, line, number, inode);
	free(line);
	fclose(f);
	return found;
}

static bool is_epoll(int dir, const char *name)
{
	char to[sizeof(EPOLL_LINK)];
	ssize_t n = readlinkat(dir, name, to, sizeof(to));

	return n == sizeof(EPOLL_LINK) - 1 &&
	       memcmp(to, EPOLL_LINK, sizeof(EPOLL_LINK) - 1) == 0;
}

static void collect(struct watches *w, const struct trap *t, int number)
{
	struct epoll_event event;
	struct dirent *e;
	struct stat st;
	char path[64];
	DIR *dir;
	int fd;

	w->n = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)t->task.tid);
	if (fstat(t->fd, &st) != 0)
		return;
	dir = opendir(path);
	if (!dir)
		return;
	while (w->n < WATCHES_MAX && (e = readdir(dir))) {
		if (!is_epoll(dirfd(dir), e->d_name) ||
		    !find_watch(&event, t->task.tid, e->d_name, number,
				st.st_ino))
			continue;
		fd = tl_task_fd(&t->task, (int)strtoll(e->d_name, NULL, 10));
		if (fd < 0)
			continue;
		w->event[w->n] = event;
		w->epfd[w->n++] = fd;
	}
	closedir(dir);
}

/* Above @number, so that nothing of ours is in its way. */
static int lift(int fd, int number)
{
	return fd > number ? fd : fcntl(fd, F_DUPFD, number + 1);
}

/* In the child: @old leaves the instances, @fresh comes in, as @number. */
static void move(struct watches *w, int number, int old, int fresh)
{
	size_t i;

	old = lift(old, number);
	fresh = lift(fresh, number);
	for (i = 0; i < w->n; i++)
		w->epfd[i] = lift(w->epfd[i], number);
	dup2(old, number);
	for (i = 0; i < w->n; i++)
		epoll_ctl(w->epfd[i], EPOLL_CTL_DEL, number, &w->event[i]);
	if (fresh < 0)
		return;
	dup2(fresh, number);
	for (i = 0; i < w->n; i++)
		epoll_ctl(w->epfd[i], EPOLL_CTL_ADD, number, &w->event[i]);
}

/* @fresh: -1: only forget. Closes the instances. */
static void carry(struct watches *w, int number, int old, int fresh)
{
	pid_t pid;

	if (w->n == 0)
		return;
	pid = fork();
	if (pid == 0) {
		move(w, number, old, fresh);
		_exit(0);
	}
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	for (size_t i = 0; i < w->n; i++)
		close(w->epfd[i]);
	w->n = 0;
}

/* What is @t->fd now goes there in the place of @old. Consumes @old. */
static int install(struct trap *t, int old, bool watch_it)
{
	int number = tl_trap_int(t, 0);
	struct trap before = *t;
	struct watches w;
	int r;

	before.fd = old;
	collect(&w, &before, number);
	r = tl_task_put_fd(&t->task, t->fd, number,
			   tl_task_is_cloexec(&t->task, number));
	carry(&w, number, old, r < 0 ? old : watch_it ? t->fd : -1);
	close(old);
	return r;
}

int tl_exchange_host(struct trap *t)
{
	int domain = t->tag & TAG_DOMAIN6 ? AF_INET6 : AF_INET;
	int type = tl_tag_is_udp(t->tag) ? SOCK_DGRAM : SOCK_STREAM;
	int fresh;
	int old;
	int r;

	fresh = socket(domain, type | SOCK_CLOEXEC, tl_tag_protocol(t->tag));
	if (fresh < 0)
		return -errno;
	old = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
	if (old < 0) {
		r = -errno;
		close(fresh);
		return r;
	}
	r = tl_replace_with(t->fd, t->tag, fresh);
	if (r == 0)
		return install(t, old, true);
	close(old);
	return r;
}

int tl_exchange_renew(struct trap *t)
{
	int old = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
	int r;

	if (old < 0)
		return -errno;
	r = tl_replace_renew(t->fd, t->tag);
	if (r < 0) {
		close(old);
		return r;
	}
	r = install(t, old, true);
	if (r == 0 && !tl_tag_get(&t->tag, t->fd))
		r = -EBADF;
	return r;
}

void tl_exchange_silent(struct trap *t, int old)
{
	int r = install(t, old, false);

	(void)r; /* it has gone: nobody is left to be kept busy */
}
