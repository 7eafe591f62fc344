/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/quota.h"

#include <string.h>

#include "base/alloc.h"

void tl_quota_init(struct quota *q, const uint64_t key[2],
		   const uint32_t limit[QUOTA_KINDS])
{
	tl_map_init(&q->users, key);
	memcpy(q->limit, limit, sizeof(q->limit));
}

void tl_quota_fini(struct quota *q)
{
	tl_assert(q->users.count == 0);
	tl_map_fini(&q->users);
}

static struct quota_user *find(const struct quota *q, uint32_t uid)
{
	struct map_node *n =
		tl_map_first(&q->users, tl_map_hash_u64(&q->users, uid));

	for (; n; n = tl_map_next(n)) {
		struct quota_user *u =
			tl_container_of(n, struct quota_user, node);

		if (u->uid == uid)
			return u;
	}
	return NULL;
}

bool tl_quota_take(struct quota *q, uint32_t uid, enum quota_kind kind)
{
	struct quota_user *u = find(q, uid);

	if (!u) {
		u = tl_alloc_zeroed(sizeof(*u));
		if (!u)
			return false;
		u->uid = uid;
		if (q->limit[kind] == 0 ||
		    tl_map_insert(&q->users, &u->node,
				  tl_map_hash_u64(&q->users, uid))) {
			tl_free(u);
			return false;
		}
	}
	if (u->held[kind] >= q->limit[kind])
		return false;
	u->held[kind]++;
	return true;
}

void tl_quota_give(struct quota *q, uint32_t uid, enum quota_kind kind)
{
	struct quota_user *u = find(q, uid);
	size_t i;

	tl_assert(u && u->held[kind] > 0);
	u->held[kind]--;
	for (i = 0; i < QUOTA_KINDS; i++) {
		if (u->held[i])
			return;
	}
	tl_map_remove(&q->users, &u->node);
	tl_free(u);
}

size_t *tl_quota_counter(struct quota *q, uint32_t uid, unsigned int which)
{
	struct quota_user *u = find(q, uid);

	tl_assert(u && which < QUOTA_COUNTERS);
	return &u->counters[which];
}

uint32_t tl_quota_left(const struct quota *q, uint32_t uid,
		       enum quota_kind kind)
{
	return q->limit[kind] - tl_quota_held(q, uid, kind);
}

uint32_t tl_quota_held(const struct quota *q, uint32_t uid,
		       enum quota_kind kind)
{
	const struct quota_user *u = find(q, uid);

	return u ? u->held[kind] : 0;
}

const struct quota_user *tl_quota_step(const struct quota *q,
				       struct map_walk *walk)
{
	struct map_node *n = tl_map_step(&q->users, walk);

	return n ? tl_container_of(n, struct quota_user, node) : NULL;
}
