/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.h - hash table through fields of the mapped objects
 *
 * Theory of operation: a node carries its 64-bit hash, chains hang off a
 * power-of-two array that doubles when it is full. The caller computes the hash
 * with tl_map_hash() or tl_map_hash_u64(), which are keyed with a secret of the
 * map, so that strangers cannot choose colliding keys (SipHash-1-3), and
 * compares keys itself while walking one chain:
 *
 *	for (n = tl_map_first(&m, hash); n; n = tl_map_next(n))
 *		if (tl_container_of(n, struct peer, node)->addr.v == addr.v)
 *
 * Traffic asks for the same few objects again and again, so that a finder may
 * look at the one that was found last before it hashes anything:
 *
 *	n = tl_map_last(&m);
 *	if (n && tl_container_of(n, struct peer, node)->addr.v == addr.v)
 *		return ...;
 *	... as above, with tl_map_found(&m, n) ...
 *
 * The map owns its array only, never the objects.
 */
#ifndef TL_BASE_MAP_H
#define TL_BASE_MAP_H

#include <stdint.h>

#include "base/bytes.h"

struct map_node {
	struct map_node *next;
	struct map_node **at; /* what points here: a chain may be long */
	uint64_t hash;
};

/**
 * struct map - Hash table
 * @slots:	owned array of @n_slots chains; NULL until the first insertion.
 *		One more, behind them, holds what was found last
 * @n_slots:	a power of two, or 0
 * @count:	objects in the table
 * @key:	secret of the hash
 */
struct map {
	struct map_node **slots;
	size_t n_slots;
	size_t count;
	uint64_t key[2];
};

/* @key: 16 secret random bytes; tests may pass anything. */
void tl_map_init(struct map *m, const uint64_t key[2]);

/* Frees the array. The objects stay; their nodes are dangling. */
void tl_map_fini(struct map *m);

uint64_t tl_map_hash(const struct map *m, struct bytes key);
uint64_t tl_map_hash_u64(const struct map *m, uint64_t key);

/**
 * tl_map_insert() - Add an object; equal keys are not noticed
 *
 * Return: 0, or -ENOMEM if the first array cannot be had. A table that cannot
 * grow stays correct, only slower.
 */
TL_MUST_USE int tl_map_insert(struct map *m, struct map_node *node,
			      uint64_t hash);

/* @node must be in @m. */
void tl_map_remove(struct map *m, struct map_node *node);

/* The first node with this hash, NULL if none. */
struct map_node *tl_map_first(const struct map *m, uint64_t hash);

/* The next node with the same hash as @node, NULL if none. */
struct map_node *tl_map_next(const struct map_node *node);

/* What tl_map_found() was told of last, if it is still in the map; or NULL. */
static inline struct map_node *tl_map_last(const struct map *m)
{
	return m->slots ? m->slots[m->n_slots] : NULL;
}

/* @node is in @m, and is likely to be asked for again. */
static inline void tl_map_found(const struct map *m, struct map_node *node)
{
	m->slots[m->n_slots] = node;
}

/**
 * struct map_walk - Walk over all objects; start with zeroes
 *
 * The object returned last may be removed before the next step; nothing may be
 * inserted during the walk.
 */
struct map_walk {
	size_t slot;
	struct map_node *next;
	bool started;
};

/* The next object's node, NULL at the end. */
struct map_node *tl_map_step(const struct map *m, struct map_walk *walk);

#endif /* TL_BASE_MAP_H */
