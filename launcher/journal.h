/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.h - what was done for calls whose answer came too late
 *
 * A signal takes a thread out of its wait for an answer. The kernel then makes
 * the call again, after the handler, or the program does; or it does not, and
 * EINTR was the answer. So whenever an answer finds nobody, it is kept here,
 * and given when the same thread comes with the same call next. Anything else
 * that it comes with says that it does not want the old answer.
 *
 * There is a moment at which a thread has decided to obey a signal and yet
 * takes an answer, which the kernel then throws away: it makes the call again,
 * and we were told of success. An answer to bind or connect, which do not give
 * the same answer twice, is therefore kept for a short time even so. A datagram
 * that is sent may go twice then, and one received may be lost, as datagrams
 * may.
 *
 * Connections that were accepted are kept for their listener instead, whoever
 * comes to it next.
 */
#ifndef TL_LAUNCHER_JOURNAL_H
#define TL_LAUNCHER_JOURNAL_H

#include "launcher/trap.h"

/* Answers and connections that are kept; the oldest make room. */
#define JOURNAL_MAX 256
#define JOURNAL_ACCEPTED_MAX 64

/* Keep the answer of @t: a value, or t->new_fd, which is consumed.
 * @was_taken: it seems to have been delivered. */
void tl_journal_keep(struct trap *t, enum trap_end end, bool was_taken);

/* The kept answer for @t, if it is the same call; forgets it in any case. */
TL_MUST_USE bool tl_journal_take(struct trap *t, enum trap_end *end);

/**
 * struct accepted - A connection that waits for the next accept
 * @listener:	cookie of the socket it came to
 * @fd:		owned
 * @addr, @len:	where it comes from
 */
struct accepted {
	uint64_t listener;
	int fd;
	struct sockaddr_storage addr;
	socklen_t len;
};

/* Consumes @a->fd. */
void tl_journal_keep_accepted(const struct accepted *a);
/* The oldest one of @listener; the caller owns @a->fd. */
TL_MUST_USE bool tl_journal_take_accepted(struct accepted *a,
					  uint64_t listener);

/* For the end: closes all that is kept. */
void tl_journal_clear(void);

#endif /* TL_LAUNCHER_JOURNAL_H */
