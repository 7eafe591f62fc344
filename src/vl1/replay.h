/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.h - has this packet been here before?
 *
 * The protocol has no replay protection, and packet IDs are random, not
 * counters. So the IDs seen last are kept, in a table that an ID finds by its
 * own low bits: an ID is forgotten when another one takes its place, and
 * reordered traffic is never taken for a replay. One table for each peer, so
 * that no other can make it forget.
 */
#ifndef TL_VL1_REPLAY_H
#define TL_VL1_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"

#define REPLAY_IDS 1024

struct replay {
	uint64_t id[REPLAY_IDS]; /* 0: none */
};

/* NULL if out of memory. Free with tl_free(). */
static inline struct replay *tl_replay_new(void)
{
	return tl_alloc_zeroed(sizeof(struct replay));
}

/* True if @id is among the last ones; remembers it otherwise. @id must be that
 * of an authentic packet. */
static inline bool tl_replay_was_seen(struct replay *r, uint64_t id)
{
	uint64_t *slot = &r->id[id % REPLAY_IDS];

	if (*slot == id && id)
		return true;
	*slot = id;
	return false;
}

#endif /* TL_VL1_REPLAY_H */
