/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_queue.h - what will happen, by time
 *
 * Events of one millisecond come out in the order they were put in. The queue
 * owns its events; whoever takes one out frees it.
 */
#ifndef TL_TEST_SIM_QUEUE_H
#define TL_TEST_SIM_QUEUE_H

#include "sim.h"

struct sim_realm;

enum event_kind {
	EVENT_ARRIVAL, /* a datagram is at the edge of @realm */
	EVENT_DELIVERY, /* it has come through the link of host @to */
	EVENT_TIMER, /* host @to has something to do */
	EVENT_CALL,
};

/**
 * struct event - Something at a time
 * @from:	index of the host that sent it
 * @source:	as it is seen where the datagram is now
 * @dest:	likewise
 * @is_passed:	that the two hosts are not parted was seen to
 */
struct event {
	enum event_kind kind;
	unsigned int from;
	unsigned int to;
	bool is_passed;
	int socket;
	struct sim_realm *realm;
	struct endpoint source;
	struct endpoint dest;
	void (*call)(struct sim *s, void *ctx);
	void *ctx;
	size_t n;
	uint8_t data[];
};

struct queue_slot {
	int64_t when_ms;
	uint64_t order;
	struct event *event;
};

struct sim_queue {
	struct queue_slot *slots;
	size_t n;
	size_t room;
	uint64_t order;
};

void sim_queue_push(struct sim_queue *q, struct event *e, int64_t when_ms);

/* When the first one is due; INT64_MAX: there is none. */
int64_t sim_queue_next(const struct sim_queue *q);

/* There must be one. */
struct event *sim_queue_pop(struct sim_queue *q);

void sim_queue_fini(struct sim_queue *q);

#endif /* TL_TEST_SIM_QUEUE_H */
