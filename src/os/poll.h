/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll.h - readiness of many descriptors, edge-triggered unless asked otherwise
 *
 * A set owns one epoll descriptor and no other. Watches belong to their users
 * and must be deleted before their descriptor is closed or they are freed. All
 * of it belongs to one thread. The set's own descriptor is readable when
 * tl_poll_run() has something to do, so it can hang under another event loop;
 * but each event is then handed from one set to the other, at the price of one
 * more system call.
 */
#ifndef TL_OS_POLL_H
#define TL_OS_POLL_H

#include <stdint.h>

#include "base/compiler.h"

/* (signal.h has the names WATCH_IN and so on.) */
#define WATCH_IN 0x1u
#define WATCH_OUT 0x2u
#define WATCH_LEVEL 0x20u /* told in each run as long as it is so */
/* Always reported, wanted or not: */
#define WATCH_RDHUP 0x4u /* the other side will not write any more */
#define WATCH_HUP 0x8u
#define WATCH_ERR 0x10u

struct poll_set;

/* @events: WATCH_... It may add, change and delete any watch, its own too. */
typedef void (*watch_fn)(void *ctx, uint32_t events);

/**
 * struct watch - Interest in one descriptor
 * @fd:		borrowed; -1 while not in a set
 * @fn, @ctx:	what is called when it becomes ready
 * @events:	WATCH_IN, WATCH_OUT or both; and WATCH_LEVEL
 */
struct watch {
	int fd;
	watch_fn fn;
	void *ctx;
	uint32_t events;
};

TL_MUST_USE int tl_poll_new(struct poll_set **setp);

/* All watches must be gone. Accepts NULL. */
void tl_poll_free(struct poll_set *set);

int tl_poll_fd(const struct poll_set *set);

/**
 * tl_poll_add() - Watch @fd with @w, whose fn and ctx are set
 *
 * Return: 0, or a negative errno of epoll_ctl(2).
 */
TL_MUST_USE int tl_poll_add(struct poll_set *set, struct watch *w, int fd,
			    uint32_t events);

/* Change what is waited for; readiness that is there now is reported again. */
void tl_poll_mod(struct poll_set *set, struct watch *w, uint32_t events);

/* Afterwards fn is not called any more, not even for what is already known.
 * Deleting a watch that is in no set does nothing. */
void tl_poll_del(struct poll_set *set, struct watch *w);

/**
 * tl_poll_wait() - Wait for events, which tl_poll_tell() tells the watches
 * @timeout_ms:	0: do not wait; -1: without limit
 *
 * Return: how many there are, or a negative errno; -EINTR is none.
 */
TL_MUST_USE int tl_poll_wait(struct poll_set *set, int timeout_ms);

/**
 * tl_poll_spin() - Look for events without sleeping, for about @us microseconds
 *
 * Other processes that want the processor get it each time that there are none.
 *
 * Return: as tl_poll_wait(); 0 if time ran out.
 */
TL_MUST_USE int tl_poll_spin(struct poll_set *set, int64_t us);

/* Call the watches of the events that the last tl_poll_wait() found, once. */
void tl_poll_tell(struct poll_set *set);

/**
 * tl_poll_run() - Wait, then call the watches that became ready
 * @timeout_ms:	0: do not wait; -1: without limit
 *
 * Return: how many events there were, or a negative errno; -EINTR is none.
 */
int tl_poll_run(struct poll_set *set, int timeout_ms);

/* How often tl_poll_run() has told all that there was when it began to: in one
 * run, or in several where there is much. What happens while this is n has been
 * told once it is n + 2, however much happens meanwhile. */
uint64_t tl_poll_sweeps(const struct poll_set *set);

#endif /* TL_OS_POLL_H */
