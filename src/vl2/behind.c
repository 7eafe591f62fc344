/* SPDX-License-Identifier: Apache-2.0 */
/*
 * behind.c - multicast groups behind us, if we are a bridge (vl2.md 9.1)
 *
 * A host that sends to a group is taken for one that listens to it. Kept for 20
 * minutes from the last frame; when there is no more room the oldest goes.
 */
#include "vl2/vl2_impl.h"

#include "base/alloc.h"

static struct behind *find(const struct network *net, struct group g)
{
	size_t i;

	for (i = 0; i < net->n_behind; i++) {
		if (tl_group_compare(net->behind[i].group, g) == 0)
			return &net->behind[i];
	}
	return NULL;
}

/* NULL if out of memory. */
static struct behind *add(struct network *net)
{
	size_t room = net->room_behind ? 2 * net->room_behind : 8;
	struct behind *oldest = net->behind;
	struct behind *grown;
	size_t i;

	if (net->n_behind == BEHIND_MAX) {
		for (i = 1; i < BEHIND_MAX; i++) {
			if (net->behind[i].seen_ms < oldest->seen_ms)
				oldest = &net->behind[i];
		}
		return oldest;
	}
	if (net->n_behind == net->room_behind) {
		grown = tl_realloc(net->behind, room * sizeof(*grown));
		if (!grown)
			return NULL;
		net->behind = grown;
		net->room_behind = room;
	}
	return &net->behind[net->n_behind++];
}

void tl_behind_note(struct network *net, struct group g)
{
	struct behind *b = find(net, g);

	if (b) {
		b->seen_ms = net->v->now;
		return;
	}
	b = add(net);
	if (!b)
		return;
	*b = (struct behind){ g, net->v->now };
	tl_multicast_announce_one(net, g);
}

bool tl_behind_has(const struct network *net, struct group g)
{
	return find(net, g) != NULL;
}

size_t tl_behind_next(const struct network *net, size_t *at, struct group *out,
		      size_t max)
{
	size_t n = 0;

	while (n < max && *at < net->n_behind)
		out[n++] = net->behind[(*at)++].group;
	return n;
}

void tl_behind_expire(struct network *net)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < net->n_behind; i++) {
		if (net->v->now - net->behind[i].seen_ms < BEHIND_MS)
			net->behind[kept++] = net->behind[i];
	}
	net->n_behind = kept;
}
