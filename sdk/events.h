/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - what happens at a node of this process, for its application
 *
 * A queue of EVENTS_MAX. When it is full all that wait are replaced by one
 * ZT_EVENT_OVERFLOW, which says that the application is to look at everything
 * again.
 */
#ifndef TL_SDK_EVENTS_H
#define TL_SDK_EVENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>
#include <tapless/tapless.h>

#include "base/compiler.h"
#include "service/service.h"

#define EVENTS_MAX 512

/**
 * struct zt_event - See zt_event_...() in tapless.h
 * @network, @peer: 0: none
 * @address:	family 0: none
 */
struct zt_event {
	enum zt_event_kind kind;
	uint64_t network;
	uint64_t peer;
	struct service_address address;
};

struct seen;

/**
 * struct events - The queue of a node, and both ends of what tells of it
 * @seen:	@n_seen networks, ascending; with @was_online of the service's
 *		thread
 * @listener, @there: the service's; -1: none
 * @making:	held by whoever makes @here
 * @lock:	protects all that follows, and @there
 * @arrived:	an event waits, or @is_over
 * @here:	the application's end; -1: none
 * @is_lit:	a byte is in it
 */
struct events {
	struct seen *seen;
	size_t n_seen;
	size_t room_seen;
	bool was_online;
	int listener;

	pthread_mutex_t making;
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	struct zt_event queue[EVENTS_MAX];
	size_t first;
	size_t n;
	bool is_over;
	int there;
	int here;
	dev_t here_dev;
	ino_t here_ino;
	bool is_lit;
};

/* Once, before all else. */
void tl_events_init(struct events *e);

/* By whoever starts and has stopped the service's thread, on a thread with the
 * application's descriptors. */
void tl_events_start(struct events *e);
void tl_events_stop(struct events *e);

/* On the service's thread: it or a network has changed; the way to a peer has;
 * it ends. */
void tl_events_look(struct events *e, const struct service *s);
void tl_events_on_peer(struct events *e, uint64_t peer, enum service_way way);
void tl_events_close(struct events *e);

/* zt_next_event() that waits, @timeout_ms as for zt_wait_online(). */
TL_MUST_USE enum zt_err tl_events_wait(struct zt_event *out, int timeout_ms);

#endif /* TL_SDK_EVENTS_H */
