/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - carry epoll registrations over an exchange
 */
#ifndef TL_SHIM_WATCH_H
#define TL_SHIM_WATCH_H

#include <stddef.h>
#include <sys/epoll.h>

/* Epoll instances that one socket may be registered with. */
#define WATCH_SETS 4

struct watch_set {
	size_t n;
	int epfd[WATCH_SETS];
	struct epoll_event event[WATCH_SETS];
};

/* What the kernel knows of @fd now; before the exchange. */
void tl_watch_collect(struct watch_set *set, int fd);

/* Register what has taken its place. */
void tl_watch_restore(struct watch_set *set, int fd);

#endif /* TL_SHIM_WATCH_H */
