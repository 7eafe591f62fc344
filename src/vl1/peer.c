/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/peer.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

#define TRY_INTERVAL_MS 1000
#define FIRST_SLOTS 2

int tl_peer_new(struct peer **peerp, const struct identity *mine,
		const struct identity *theirs, int64_t now)
{
	struct pair_key key;
	struct peer *p;
	int r;

	r = tl_identity_agree(&key, mine, theirs);
	if (r)
		return r;
	p = tl_alloc_zeroed(sizeof(*p));
	if (!p) {
		r = -ENOMEM;
		goto out;
	}
	p->id = *theirs;
	p->id.has_priv = false;
	memset(p->id.priv, 0, sizeof(p->id.priv));
	p->created_ms = now;
	r = tl_armor_new(&p->armor, &key);
	if (r) {
		tl_free(p);
		goto out;
	}
	*peerp = p;
out:
	tl_wipe(&key, sizeof(key));
	return r;
}

void tl_peer_free(struct peer *peer)
{
	if (!peer)
		return;
	while (peer->n_slots)
		tl_peer_drop_slot(peer, peer->n_slots - 1);
	tl_free(peer->slots);
	tl_free(peer->replay);
	tl_attempt_free(peer->attempt);
	tl_free(peer->trials);
	tl_armor_free(peer->armor);
	tl_free(peer);
}

enum suite tl_peer_suite(const struct peer *p)
{
	return p->version.protocol >= PROTOCOL_VERSION_AES
		       ? SUITE_BEST
		       : SUITE_SALSA_POLY1305;
}

struct path_slot *tl_peer_slot_of(const struct peer *p, const struct path *path)
{
	unsigned int i;

	for (i = 0; i < p->n_slots; i++) {
		if (p->slots[i].path == path)
			return &p->slots[i];
	}
	return NULL;
}

static bool is_usable(const struct path_slot *slot, int64_t now)
{
	return now - slot->last_receive_ms < PATH_EXPIRY_MS &&
	       !tl_path_is_dead(slot->path, now);
}

/* The best by UDP, or the best through a TCP relay. One that was probed in vain
 * comes after all others. */
static struct path *best_of(const struct peer *p, enum path_choice which,
			    bool is_tunnel, int64_t now)
{
	struct path *best = NULL;
	bool is_best_doubted = false;
	int64_t best_score = 0;
	unsigned int i;

	for (i = 0; i < p->n_slots; i++) {
		const struct path_slot *slot = &p->slots[i];
		bool is_doubted = tl_path_is_doubted(slot->path, now);
		int64_t score;

		if (tl_path_is_tunnel(slot->path) != is_tunnel ||
		    (which == PATHS_USABLE && !is_usable(slot, now)) ||
		    (best && is_doubted && !is_best_doubted))
			continue;
		score = tl_path_score(slot->path, slot->priority, now);
		if (!best || score <= best_score ||
		    (is_best_doubted && !is_doubted)) {
			best = slot->path;
			best_score = score;
			is_best_doubted = is_doubted;
		}
	}
	return best;
}

static bool is_answering(const struct path *p, int64_t now)
{
	return p && tl_path_is_alive(p, now) && !tl_path_is_doubted(p, now);
}

struct path *tl_peer_best_path(const struct peer *p, enum path_choice which,
			       int64_t now)
{
	struct path *udp = best_of(p, which, false, now);
	struct path *tunnel;

	if (is_answering(udp, now))
		return udp;
	tunnel = best_of(p, which, true, now);
	return !udp || is_answering(tunnel, now) ? tunnel : udp;
}

bool tl_peer_has_udp(const struct peer *p, int64_t now)
{
	return is_answering(best_of(p, PATHS_USABLE, false, now), now);
}

struct path *tl_peer_best_path_in(const struct peer *p, enum ip_scope scope,
				  unsigned int family, int64_t now)
{
	struct path *best = NULL;
	int64_t best_score = 0;
	unsigned int i;

	for (i = 0; i < p->n_slots; i++) {
		const struct path_slot *slot = &p->slots[i];
		int64_t score;

		if (slot->path->scope != scope ||
		    slot->path->remote.family != family)
			continue;
		score = tl_path_score(slot->path, slot->priority, now);
		if (!best || score <= best_score) {
			best = slot->path;
			best_score = score;
		}
	}
	return best;
}

static bool same_host(const struct path *a, const struct path *b)
{
	return a->socket == b->socket &&
	       tl_endpoint_same_ip(&a->remote, &b->remote);
}

/* The slot to be overwritten: of a dead path to the same host, else the one
 * heard least recently. */
static struct path_slot *slot_to_replace(struct peer *p,
					 const struct path *path, bool full,
					 int64_t now)
{
	struct path_slot *oldest = NULL;
	unsigned int i;

	for (i = 0; i < p->n_slots; i++) {
		struct path_slot *slot = &p->slots[i];

		if (same_host(slot->path, path) &&
		    !tl_path_is_alive(slot->path, now))
			return slot;
		if (!oldest ||
		    slot->path->last_in_ms < oldest->path->last_in_ms)
			oldest = slot;
	}
	return full ? oldest : NULL;
}

static bool make_room(struct peer *p)
{
	unsigned int room = p->room_slots ? p->room_slots * 2 : FIRST_SLOTS;
	struct path_slot *slots;

	if (p->n_slots < p->room_slots)
		return true;
	if (p->room_slots >= PEER_MAX_SLOTS)
		return false;
	slots = tl_realloc(p->slots, room * sizeof(*slots));
	if (!slots)
		return false;
	p->slots = slots;
	p->room_slots = room;
	return true;
}

bool tl_peer_learn_path(struct peer *p, struct path *path, int64_t now)
{
	struct path_slot *slot = tl_peer_slot_of(p, path);

	if (slot) {
		slot->last_receive_ms = now;
		return false;
	}
	slot = slot_to_replace(p, path, !make_room(p), now);
	if (slot)
		slot->path->refs--;
	else if (p->n_slots < p->room_slots)
		slot = &p->slots[p->n_slots++];
	else
		return false;
	path->refs++;
	*slot = (struct path_slot){ .path = path,
				    .last_receive_ms = now,
				    .priority = 1 };
	p->is_changed = true;
	if (p->trials)
		tl_trial_answered(p->trials, &path->remote, now);
	return true;
}

bool tl_peer_is_unsaved(const struct peer *p, int64_t now)
{
	if (!p->n_slots)
		return false;
	return p->is_changed || (tl_peer_is_alive(p, now) &&
				 now - p->saved_ms >= PEER_SAVE_AGAIN_MS);
}

void tl_peer_remember(struct peer *p, struct peer_cache *out, int64_t now)
{
	unsigned int i;

	*out = (struct peer_cache){ .identity = p->id, .version = p->version };
	for (i = 0; i < p->n_slots; i++)
		tl_peer_cache_add(out, &p->slots[i].path->remote);
	p->is_changed = false;
	p->saved_ms = now;
}

void tl_peer_drop_slot(struct peer *p, unsigned int i)
{
	p->slots[i].path->refs--;
	memmove(&p->slots[i], &p->slots[i + 1],
		(p->n_slots - i - 1) * sizeof(p->slots[0]));
	p->n_slots--;
}

bool tl_peer_may_try(struct peer *p, const struct path *path, int64_t now)
{
	struct tried_path *t;
	unsigned int i;

	for (i = 0; i < PEER_TRIED_MAX; i++) {
		t = &p->tried[i];
		if (t->when_ms && now - t->when_ms < TRY_INTERVAL_MS &&
		    t->socket == path->socket &&
		    tl_endpoint_equal(&t->remote, &path->remote))
			return false;
	}
	/* Packets can be replayed from any address: without a limit each would
	 * make us greet somebody. */
	t = &p->tried[p->next_tried % PEER_TRIED_MAX];
	if (t->when_ms && now - t->when_ms < TRY_INTERVAL_MS)
		return false;
	p->next_tried++;
	*t = (struct tried_path){ path->socket, path->remote, now };
	return true;
}
