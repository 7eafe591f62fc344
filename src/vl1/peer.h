/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer.h - another node: its identity, key, version and paths
 *
 * Owned by the node's table of peers. Nobody else keeps a pointer over a call
 * of tl_node_run(): remember the address and look it up.
 */
#ifndef TL_VL1_PEER_H
#define TL_VL1_PEER_H

#include "base/list.h"
#include "vl1/attempt.h"
#include "vl1/bucket.h"
#include "vl1/counts.h"
#include "vl1/path.h"
#include "vl1/replay.h"
#include "vl1/trial.h"
#include "wire/armor.h"
#include "wire/hello.h"
#include "wire/identity.h"
#include "wire/peer_cache.h"

#define PEER_MAX_SLOTS 64
#define PEER_TRIED_MAX 8
#define PEER_ACTIVE_MS 500000
#define PEER_TRUST_MS 600000
#define PATH_EXPIRY_MS 243000
#define PEER_SAVE_AGAIN_MS INT64_C(86400000)

/**
 * struct path_slot - A path as one peer uses it
 * @path:	referred to (counted)
 * @last_receive_ms: newest authentic direct packet of this peer on it
 * @priority:	1, or more after a cluster redirect
 */
struct path_slot {
	struct path *path;
	int64_t last_receive_ms;
	int priority;
};

/* A path that was tried for a peer, so that it is not tried again at once. */
struct tried_path {
	int socket;
	struct endpoint remote;
	int64_t when_ms;
};

/**
 * struct peer - Another node
 * @node:	in the table, by address
 * @id:		identity; never changes
 * @armor:	key schedules; owned
 * @version:	as announced; protocol 0 if unknown
 * @slots:	owned array, compact, at most PEER_MAX_SLOTS
 * @attempt:	what was tried to reach it directly; owned, may be NULL
 * @pushes_sent: pushes since there were none for 30 s
 * @stray_echoes: gate for ECHO on paths that are in no table
 * @likes:	gate for entering new multicast groups
 * @replay:	packet IDs seen; owned, NULL before the first frame
 * @greeted_ms:	newest HELLO that the upper layer was told of
 * @is_changed:	a path was learned that no tl_peer_remember() has seen
 * @saved_ms:	newest tl_peer_remember()
 * @instance:	of its newest beacon that we acted on, 0: none
 * @told:	for the host's use, 0 at first
 * @trials:	of direct paths; owned, NULL before the first
 *
 * Times are of the newest event, 0 if none; see vl1.md 7.1.
 */
struct peer {
	struct map_node node;
	struct identity id;
	struct armor *armor;
	struct node_version version;
	struct path_slot *slots;
	unsigned int n_slots;
	unsigned int room_slots;
	struct tried_path tried[PEER_TRIED_MAX];
	unsigned int next_tried;
	bool is_upstream;
	int64_t created_ms;
	int64_t last_receive_ms;
	int64_t last_nontrivial_ms;
	int64_t last_trusted_ms;
	int64_t last_full_hello_ms;
	int64_t last_relayed_hello_ms;
	int64_t last_sent_ms;
	struct attempt *attempt;
	int64_t push_sent_ms;
	unsigned int pushes_sent;
	int64_t push_received_ms;
	unsigned int pushes_in_a_row;
	int64_t whois_received_ms;
	struct bucket credentials;
	int64_t inline_com_ms;
	int64_t hello_retry_ms;
	unsigned int hello_attempts;
	int64_t memorized_ms;
	int64_t asked_ms; /* a root, by keepalive */
	struct bucket stray_echoes;
	struct bucket likes;
	struct bucket traces;
	struct bucket chunks;
	struct bucket gathers;
	struct replay *replay;
	int64_t greeted_ms;
	bool is_changed;
	int64_t saved_ms;
	uint64_t instance;
	unsigned int told;
	struct peer_counts counts;
	struct trials *trials;
};

/**
 * tl_peer_new() - Make a peer; computes the key of the pair
 * @mine:	own identity with private key
 *
 * Return: 0, -ENOMEM, or -EKEYREJECTED for a low-order public key.
 */
TL_MUST_USE int tl_peer_new(struct peer **peerp, const struct identity *mine,
			    const struct identity *theirs, int64_t now);

/* Gives its paths back. It must not be in the table any more. */
void tl_peer_free(struct peer *peer);

static inline bool tl_peer_is_alive(const struct peer *p, int64_t now)
{
	return p->last_receive_ms && now - p->last_receive_ms < PEER_ACTIVE_MS;
}

static inline bool tl_peer_is_active(const struct peer *p, int64_t now)
{
	return p->last_nontrivial_ms &&
	       now - p->last_nontrivial_ms < PEER_ACTIVE_MS;
}

static inline bool tl_peer_is_trusted(const struct peer *p, int64_t now)
{
	return p->last_trusted_ms && now - p->last_trusted_ms < PEER_TRUST_MS;
}

/* Suite for packets to this peer other than HELLO (vl1.md 3.1). */
enum suite tl_peer_suite(const struct peer *p);

/* The slot that refers to @path, or NULL. */
struct path_slot *tl_peer_slot_of(const struct peer *p,
				  const struct path *path);

/* Which paths tl_peer_best_path() considers. */
enum path_choice {
	PATHS_USABLE, /* unexpired and not found dead */
	PATHS_ANY, /* all there are */
};

/* vl1.md 7.4.2; NULL if there is none. One through a TCP relay only if none by
 * UDP answers. */
struct path *tl_peer_best_path(const struct peer *p, enum path_choice which,
			       int64_t now);

/* Does a path by UDP answer? */
bool tl_peer_has_udp(const struct peer *p, int64_t now);

/* Best of one scope and family, expired ones too, for introductions. */
struct path *tl_peer_best_path_in(const struct peer *p, enum ip_scope scope,
				  unsigned int family, int64_t now);

/**
 * tl_peer_learn_path() - Take a confirmed path into a slot (vl1.md 7.3)
 *
 * Return: true if it was not known before.
 */
bool tl_peer_learn_path(struct peer *p, struct path *path, int64_t now);

/* Forget slot number @i; later ones move down. */
void tl_peer_drop_slot(struct peer *p, unsigned int i);

/* It has paths to be kept that were not: new ones, or the same for a day, lest
 * what is kept looks as old as that of a peer that went. */
bool tl_peer_is_unsaved(const struct peer *p, int64_t now);

/* What is to be kept of @p, which counts as saved from now on. */
void tl_peer_remember(struct peer *p, struct peer_cache *out, int64_t now);

/* True if @path was not tried within 1,000 ms, nor PEER_TRIED_MAX others;
 * remembers that it is now. */
bool tl_peer_may_try(struct peer *p, const struct path *path, int64_t now);

#endif /* TL_VL1_PEER_H */
