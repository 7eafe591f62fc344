/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

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

static uint64_t rotate(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint64_t load_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static uint64_t load_le8(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* SipHash-1-3 (Aumasson, Bernstein: SipHash, 2012), as hash tables use it. */
uint64_t tl_map_hash(const struct map *m, struct bytes key)
{
	uint64_t v[4] = {
		m->key[0] ^ 0x736f6d6570736575ULL,
		m->key[1] ^ 0x646f72616e646f6dULL,
		m->key[0] ^ 0x6c7967656e657261ULL,
		m->key[1] ^ 0x7465646279746573ULL,
	};
	uint64_t word;
	size_t i;

	for (i = 0; i + 8 <= key.n; i += 8) {
		word = load_le8(key.at + i);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = (key.n > i ? load_le(key.at + i, key.n - i) : 0) |
	       (uint64_t)key.n << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t tl_map_hash_u64(const struct map *m, uint64_t key)
{
	uint8_t bytes[8];

	tl_store_be64(bytes, key);
	return tl_map_hash(m, TL_BYTES_OF(bytes));
}

static struct map_node **slot_of(const struct map *m, uint64_t hash)
{
	return &m->slots[hash & (m->n_slots - 1)];
}

static void grow(struct map *m)
{
	size_t n = m->n_slots ? m->n_slots * 2 : FIRST_SLOTS;
	struct map bigger = { .n_slots = n };
	size_t i;

	bigger.slots = tl_alloc_array(n, sizeof(*bigger.slots));
	if (!bigger.slots)
		return;
	for (i = 0; i < m->n_slots; i++) {
		struct map_node *node = m->slots[i];

		while (node) {
			struct map_node *next = node->next;
			struct map_node **slot = slot_of(&bigger, node->hash);

			node->next = *slot;
			*slot = node;
			node = next;
		}
	}
	tl_free(m->slots);
	m->slots = bigger.slots;
	m->n_slots = n;
}

int tl_map_insert(struct map *m, struct map_node *node, uint64_t hash)
{
	struct map_node **slot;

	if (m->count >= m->n_slots)
		grow(m);
	if (!m->slots)
		return -ENOMEM;
	slot = slot_of(m, hash);
	node->hash = hash;
	node->next = *slot;
	*slot = node;
	m->count++;
	return 0;
}

void tl_map_remove(struct map *m, struct map_node *node)
{
	struct map_node **at = slot_of(m, node->hash);

	while (*at != node) {
		tl_assert(*at);
		at = &(*at)->next;
	}
	*at = node->next;
	node->next = NULL;
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
