/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.h - how much of everything each user holds
 *
 * Every object and descriptor that somebody makes us hold is charged to a uid,
 * so that one user cannot use up what the others need: a control connection to
 * the process at its other end, a socket to the user whose session made it,
 * whoever holds it later. Accepted sockets are their listener's.
 */
#ifndef TL_SOCKETS_QUOTA_H
#define TL_SOCKETS_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"

enum quota_kind {
	QUOTA_CONTROL, /* control connections */
	QUOTA_SOCKETS, /* sockets, accepted ones included */
	QUOTA_KINDS
};

#define QUOTA_COUNTERS 2

/**
 * struct quota_user - A user while he holds something
 * @counters:	for any use of tl_quota_counter()'s callers
 */
struct quota_user {
	struct map_node node;
	uint32_t uid;
	uint32_t held[QUOTA_KINDS];
	size_t counters[QUOTA_COUNTERS];
};

struct quota {
	struct map users;
	uint32_t limit[QUOTA_KINDS];
};

void tl_quota_init(struct quota *q, const uint64_t key[2],
		   const uint32_t limit[QUOTA_KINDS]);

/* Everything must have been given back. */
void tl_quota_fini(struct quota *q);

/* False if @uid has its share already, or without memory to count it. */
TL_MUST_USE bool tl_quota_take(struct quota *q, uint32_t uid,
			       enum quota_kind kind);
void tl_quota_give(struct quota *q, uint32_t uid, enum quota_kind kind);

/* A counter of the user's for any use; valid while the user holds something. */
size_t *tl_quota_counter(struct quota *q, uint32_t uid, unsigned int which);

/* What is left of its share. */
uint32_t tl_quota_left(const struct quota *q, uint32_t uid,
		       enum quota_kind kind);

/* What @uid holds now. */
uint32_t tl_quota_held(const struct quota *q, uint32_t uid,
		       enum quota_kind kind);

/* Walk over those who hold something, as tl_map_step(); NULL at the end. */
const struct quota_user *tl_quota_step(const struct quota *q,
				       struct map_walk *walk);

#endif /* TL_SOCKETS_QUOTA_H */
