/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.h - how much of everything each user holds
 *
 * Every object and descriptor that somebody makes us hold is charged to the uid
 * at the other end of the connection, so that one user cannot use up what the
 * others need.
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

#endif /* TL_SOCKETS_QUOTA_H */
