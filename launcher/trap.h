/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.h - a system call that has come to the launcher, whatever its number
 *
 * Numbers and layouts differ between architectures and word sizes, and the
 * i386's socketcall(2) keeps its arguments in memory. All of that ends here:
 * what follows sees one kind of call.
 */
#ifndef TL_LAUNCHER_TRAP_H
#define TL_LAUNCHER_TRAP_H

#include <linux/seccomp.h>
#include <sys/socket.h>

#include "launcher/task.h"

enum trap_kind {
	TRAP_OTHER, /* none that concerns us */
	TRAP_SOCKET,
	TRAP_BIND,
	TRAP_CONNECT,
	TRAP_LISTEN,
	TRAP_ACCEPT, /* accept4 with no flags */
	TRAP_GETSOCKNAME,
	TRAP_GETPEERNAME,
	TRAP_SETSOCKOPT,
	TRAP_GETSOCKOPT,
	TRAP_SHUTDOWN,
	TRAP_SENDTO, /* send(2) too, without address */
	TRAP_RECVFROM,
	TRAP_SENDMSG,
	TRAP_RECVMSG,
	TRAP_SENDMMSG,
	TRAP_RECVMMSG,
	TRAP_IOCTL,
	TRAP_KINDS
};

/* What becomes of a trap; see struct trap. */
enum trap_end {
	TRAP_ANSWER, /* with @value, or as @value is negative an errno */
	TRAP_ANSWER_FD, /* with @new_fd */
	TRAP_CONTINUE, /* the kernel is to do it */
	TRAP_WAIT, /* do it again when @fd is ready for @events */
	TRAP_DONE, /* it was answered, or nobody waits */
};

/**
 * struct trap - One call
 * @task:	who waits
 * @data:	as it was notified
 * @kind, @args: what is wanted
 * @is_32:	structures in memory have the layout of 32-bit programs
 * @fd:		our duplicate of the descriptor that the call is about, -1: none
 * @tag:	its tag, if it is ours
 * @done:	bytes or messages that are done, when it waits for more
 * @since_us:	when it came
 * @until_us:	when waiting is over, 0: not decided, INT64_MAX: never
 * @is_late:	waiting is over: end with @late
 * @late:	the errno for that, negative
 * @value, @new_fd, @cloexec, @events: with enum trap_end
 */
struct trap {
	struct task task;
	struct seccomp_data data;
	enum trap_kind kind;
	uint64_t args[6];
	bool is_32;
	int fd;
	uint32_t tag;
	size_t done;
	int64_t since_us;
	int64_t until_us;
	bool is_late;
	int late;
	int64_t value;
	int new_fd;
	bool cloexec;
	uint32_t events;
};

/* Fills @kind, @args and @is_32 from @data. 0, or -EFAULT. */
TL_MUST_USE int tl_trap_decode(struct trap *t);

/* An int as the kernel takes it from a register. */
static inline int tl_trap_int(const struct trap *t, size_t arg)
{
	return (int)(uint32_t)t->args[arg];
}

static inline enum trap_end tl_trap_answer(struct trap *t, int64_t value)
{
	t->value = value;
	return TRAP_ANSWER;
}

#define TRAP_RUNS_MAX 1024 /* UIO_MAXIOV */

/**
 * struct trap_message - A struct msghdr in the program's memory
 * @name, @name_len, @control, @control_len, @flags: as there
 * @runs:	@n_runs of its memory, @n bytes
 */
struct trap_message {
	uint64_t at;
	uint64_t name;
	uint32_t name_len;
	uint64_t control;
	uint64_t control_len;
	struct iovec runs[TRAP_RUNS_MAX];
	size_t n_runs;
	size_t n;
};

/* Size of an entry of sendmmsg's list, and where its msg_len is. */
size_t tl_trap_mmsg_size(const struct trap *t);
size_t tl_trap_mmsg_len_offset(const struct trap *t);

/* The message header at @at: 0, -EFAULT, -EMSGSIZE, -EINVAL. */
TL_MUST_USE int tl_trap_read_message(const struct trap *t,
				     struct trap_message *m, uint64_t at);

/* What recvmsg(2) changes in a header. */
TL_MUST_USE int tl_trap_write_message(const struct trap *t,
				      const struct trap_message *m,
				      uint32_t name_len, size_t control_len,
				      int flags);

/* Control data as the program has it from ours, and back. @to has room for
 * *@n_to bytes, which becomes what was used; false if something did not fit. */
TL_MUST_USE bool tl_trap_control_out(const struct trap *t, void *to,
				     size_t *n_to, const void *from, size_t n);
TL_MUST_USE bool tl_trap_control_in(const struct trap *t, void *to,
				    size_t *n_to, const void *from, size_t n);

#endif /* TL_LAUNCHER_TRAP_H */
