/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.h - what happens at the node of this process, for its application
 *
 * A queue of EVENTS_MAX. When it is full all that wait are replaced by one
 * ZT_EVENT_OVERFLOW, which says that the application is to look at everything
 * again.
 */
#ifndef TL_SDK_EVENTS_H
#define TL_SDK_EVENTS_H

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

/* By whoever starts and has stopped the service's thread, on a thread with the
 * application's descriptors. */
void tl_events_start(void);
void tl_events_stop(void);

/* On the service's thread: it or a network has changed; the way to a peer has;
 * it ends. */
void tl_events_look(const struct service *s);
void tl_events_on_peer(uint64_t peer, enum service_way way);
void tl_events_close(void);

/* zt_next_event() that waits, @timeout_ms as for zt_wait_online(). */
TL_MUST_USE enum zt_err tl_events_wait(struct zt_event *out, int timeout_ms);

#endif /* TL_SDK_EVENTS_H */
