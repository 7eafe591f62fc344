/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/siphash.h"

#define FIRST_SLOTS 16

void tl_map_init(struct map *m, const uint64_t key[2])
{
	*m = (struct map){ .key = { key[0], key[1] } };
}

void tl_map_fini(struct map *m)
{
	tl_free(m->slots);
	m->slots = NULL;
	m->n_slots = 0;
	m->count = 0;
}

uint64_t tl_map_hash(const struct map *m, struct bytes key)
{
	return tl_siphash_13(m->key, key);
}

uint64_t tl_map_hash_u64(const struct map *m, uint64_t key)
{
	return tl_siphash_13_u64(m->key, key);
}

static struct map_node **slot_of(const struct map *m, uint64_t hash)
{
	return &m->slots[hash & (m->n_slots - 1)];
}

static void chain(struct map_node **slot, struct map_node *node)
{
	node->next = *slot;
	node->at = slot;
	if (node->next)
		node->next->at = &node->next;
	*slot = node;
}

static void grow(struct map *m)
{
	size_t n = m->n_slots ? m->n_slots * 2 : FIRST_SLOTS;
	struct map bigger = { .n_slots = n };
	size_t i;

	bigger.slots = tl_alloc_array(n + 1, sizeof(*bigger.slots));
	if (!bigger.slots)
		return;
	for (i = 0; i < m->n_slots; i++) {
		struct map_node *node = m->slots[i];

		while (node) {
			struct map_node *next = node->next;

			chain(slot_of(&bigger, node->hash), node);
			node = next;
		}
	}
	tl_map_found(&bigger, tl_map_last(m));
	tl_free(m->slots);
	m->slots = bigger.slots;
	m->n_slots = n;
}

int tl_map_insert(struct map *m, struct map_node *node, uint64_t hash)
{
	if (m->count >= m->n_slots)
		grow(m);
	if (!m->slots)
		return -ENOMEM;
	node->hash = hash;
	chain(slot_of(m, hash), node);
	m->count++;
	return 0;
}

void tl_map_remove(struct map *m, struct map_node *node)
{
	tl_assert(*node->at == node);
	*node->at = node->next;
	if (node->next)
		node->next->at = node->at;
	node->next = NULL;
	if (tl_map_last(m) == node)
		tl_map_found(m, NULL);
	m->count--;
}

static struct map_node *same_hash(struct map_node *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct map_node *tl_map_first(const struct map *m, uint64_t hash)
{
	return m->slots ? same_hash(*slot_of(m, hash), hash) : NULL;
}

struct map_node *tl_map_next(const struct map_node *node)
{
	return same_hash(node->next, node->hash);
}

struct map_node *tl_map_step(const struct map *m, struct map_walk *walk)
{
	struct map_node *node = walk->next;

	if (!walk->started) {
		walk->started = true;
		walk->slot = 0;
		node = m->n_slots ? m->slots[0] : NULL;
	}
	while (!node) {
		if (++walk->slot >= m->n_slots)
			return NULL;
		node = m->slots[walk->slot];
	}
	walk->next = node->next;
	return node;
}
