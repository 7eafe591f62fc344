/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/task.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"

/* Newer than some headers: descriptors of single threads (Linux 6.9). */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

/* Remote runs that one call takes. */
#define RUNS_MAX 1024
#define PROC_TEXT 4096

static int read_proc(char *text, size_t room, pid_t tid, const char *what)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, room - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return n > 0 ? 0 : -ESRCH;
}

/* The process that a thread belongs to. */
static pid_t group_of(pid_t tid)
{
	char text[PROC_TEXT];
	const char *line;

	if (read_proc(text, sizeof(text), tid, "status") < 0)
		return -1;
	line = strstr(text, "\nTgid:");
	return line ? (pid_t)strtoll(line + 6, NULL, 10) : -1;
}

static int open_pid(pid_t tid)
{
	intptr_t fd = syscall(SYS_pidfd_open, tid, PIDFD_THREAD);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_pidfd_open, group_of(tid), 0);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE ? -EMFILE : -ESRCH;
	return (int)fd;
}

int tl_task_open(struct task *t, int listener, uint64_t id, pid_t tid)
{
	*t = (struct task){
		.listener = listener, .id = id, .tid = tid, .pidfd = -1
	};
	t->pidfd = open_pid(tid);
	if (t->pidfd < 0)
		return t->pidfd;
	/* The number may have been given to somebody else meanwhile. */
	if (tl_task_is_there(t))
		return 0;
	tl_task_close(t);
	return -ESRCH;
}

void tl_task_close(struct task *t)
{
	if (t->pidfd >= 0)
		close(t->pidfd);
	t->pidfd = -1;
}

bool tl_task_is_there(const struct task *t)
{
	uint64_t id = t->id;

	return ioctl(t->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

int tl_task_fd(const struct task *t, int fd)
{
	intptr_t r = syscall(SYS_pidfd_getfd, t->pidfd, fd, 0);

	return r < 0 ? -errno : (int)r;
}

bool tl_task_is_cloexec(const struct task *t, int fd)
{
	char text[PROC_TEXT];
	char what[32];
	const char *line;

	snprintf(what, sizeof(what), "fdinfo/%d", fd);
	if (read_proc(text, sizeof(text), t->tid, what) < 0)
		return false;
	line = strstr(text, "flags:");
	return line && (strtoull(line + 6, NULL, 8) & O_CLOEXEC);
}

static struct iovec run_at(uint64_t at, size_t n)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)at,
			       .iov_len = n };
}

int tl_task_read(const struct task *t, void *to, uint64_t at, size_t n)
{
	struct iovec there = run_at(at, n);

	return tl_task_gather(t, to, &there, 1, n);
}

int tl_task_write(const struct task *t, uint64_t at, const void *from, size_t n)
{
	struct iovec there = run_at(at, n);

	return tl_task_scatter(t, &there, 1, from, n);
}

/* Where the calls are forbidden or left out: the file that does the same. */
static ssize_t by_file(const struct task *t, bool write, void *here,
		       const struct iovec *runs, size_t n_runs, size_t n)
{
	char path[32];
	size_t done = 0;
	ssize_t r = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)t->tid);
	fd = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < n_runs && done < n && r >= 0; i++) {
		size_t part = TL_MIN(runs[i].iov_len, n - done);
		off_t at = (off_t)(uintptr_t)runs[i].iov_base;

		r = write ? pwrite(fd, (uint8_t *)here + done, part, at)
			  : pread(fd, (uint8_t *)here + done, part, at);
		if (r != (ssize_t)part)
			break;
		done += part;
	}
	close(fd);
	return (ssize_t)done;
}

/* @n bytes, of all runs together at least as many. */
static int copy(const struct task *t, bool write, void *here,
		const struct iovec *runs, size_t n_runs, size_t n)
{
	struct iovec own = { .iov_base = here, .iov_len = n };
	ssize_t r;

	if (n == 0)
		return 0;
	if (n_runs > RUNS_MAX)
		return -EINVAL;
	r = write ? process_vm_writev(t->tid, &own, 1, runs, n_runs, 0)
		  : process_vm_readv(t->tid, &own, 1, runs, n_runs, 0);
	if (r < 0 && (errno == ENOSYS || errno == EPERM))
		r = by_file(t, write, here, runs, n_runs, n);
	return r == (ssize_t)n ? 0 : -EFAULT;
}

int tl_task_gather(const struct task *t, void *to, const struct iovec *runs,
		   size_t n_runs, size_t n)
{
	return copy(t, false, to, runs, n_runs, n);
}

int tl_task_scatter(const struct task *t, const struct iovec *runs,
		    size_t n_runs, const void *from, size_t n)
{
	void *here;

	memcpy(&here, &from, sizeof(from)); /* an iovec is never const */
	return copy(t, true, here, runs, n_runs, n);
}

static int send_answer(const struct task *t, struct seccomp_notif_resp *resp)
{
	resp->id = t->id;
	return ioctl(t->listener, SECCOMP_IOCTL_NOTIF_SEND, resp) ? -errno : 0;
}

int tl_task_answer(const struct task *t, int64_t value)
{
	struct seccomp_notif_resp resp = {
		.val = value < 0 ? 0 : value,
		.error = value < 0 ? (int32_t)value : 0,
	};

	return send_answer(t, &resp);
}

int tl_task_continue(const struct task *t)
{
	struct seccomp_notif_resp resp = {
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE
	};

	return send_answer(t, &resp);
}

static int add_fd(const struct task *t, struct seccomp_notif_addfd *a)
{
	int r;

	a->id = t->id;
	/* The thread was woken while it took another: nothing has happened. */
	do
		r = ioctl(t->listener, SECCOMP_IOCTL_NOTIF_ADDFD, a);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == ESRCH) /* it went away in between */
		return -ENOENT;
	return r < 0 ? -errno : 0;
}

int tl_task_answer_fd(const struct task *t, int fd, bool cloexec)
{
	struct seccomp_notif_addfd a = {
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (uint32_t)fd,
		.newfd_flags = cloexec ? O_CLOEXEC : 0,
	};

	return add_fd(t, &a);
}

int tl_task_put_fd(const struct task *t, int fd, int number, bool cloexec)
{
	struct seccomp_notif_addfd a = {
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = (uint32_t)fd,
		.newfd = (uint32_t)number,
		.newfd_flags = cloexec ? O_CLOEXEC : 0,
	};

	return add_fd(t, &a);
}
