/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task.h - the thread whose system call has come: its memory and descriptors
 *
 * It waits in the kernel until it is answered, killed, or woken by a signal, so
 * what is read here may be of somebody else with the same number by then:
 * tl_task_is_there() is asked after reading and before acting on it.
 */
#ifndef TL_LAUNCHER_TASK_H
#define TL_LAUNCHER_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/compiler.h"

/**
 * struct task - A thread that waits for an answer
 * @listener:	where answers go; borrowed
 * @id:		of the notification
 * @tid:	its number as the launcher sees it
 * @pidfd:	readable when the thread has ended; owned, -1: none
 */
struct task {
	int listener;
	uint64_t id;
	pid_t tid;
	int pidfd;
};

/* 0; -ESRCH if it has gone, -EMFILE. */
TL_MUST_USE int tl_task_open(struct task *t, int listener, uint64_t id,
			     pid_t tid);
void tl_task_close(struct task *t);

/* Does it still wait for an answer to this notification? */
TL_MUST_USE bool tl_task_is_there(const struct task *t);

/* Its descriptor @fd, close-on-exec, the caller's; -EBADF, -EPERM if it may not
 * be looked at, -EMFILE. */
TL_MUST_USE int tl_task_fd(const struct task *t, int fd);

/* FD_CLOEXEC of its descriptor @fd. */
bool tl_task_is_cloexec(const struct task *t, int fd);

/* Memory at the address @at: 0 or -EFAULT. */
TL_MUST_USE int tl_task_read(const struct task *t, void *to, uint64_t at,
			     size_t n);
TL_MUST_USE int tl_task_write(const struct task *t, uint64_t at,
			      const void *from, size_t n);

/* Runs of memory; @n bytes of them in all are read or written. */
TL_MUST_USE int tl_task_gather(const struct task *t, void *to,
			       const struct iovec *runs, size_t n_runs,
			       size_t n);
TL_MUST_USE int tl_task_scatter(const struct task *t, const struct iovec *runs,
				size_t n_runs, const void *from, size_t n);

/* --- answers; -ENOENT if it waits no longer --- */

/* @value >= 0, or a negative errno. */
TL_MUST_USE int tl_task_answer(const struct task *t, int64_t value);
/* The kernel does the call. */
TL_MUST_USE int tl_task_continue(const struct task *t);
/* @fd gets the lowest free number there, which is the answer. Borrowed. */
TL_MUST_USE int tl_task_answer_fd(const struct task *t, int fd, bool cloexec);
/* @fd under the number @number there; no answer. Borrowed. */
TL_MUST_USE int tl_task_put_fd(const struct task *t, int fd, int number,
			       bool cloexec);

#endif /* TL_LAUNCHER_TASK_H */
