/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assembly.c - slots in which chunks wait for each other
 *
 * Theory of operation: a slot belongs to one update. The one used longest ago
 * is taken for a new update. Chunks may come in any order, but must not
 * overlap, so that as many bytes as the update has cover all of it. A slot
 * whose update is complete keeps the list of its chunks and gives up the bytes.
 */
#include "vl2/assembly.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

struct piece {
	uint64_t id;
	uint32_t offset;
	uint32_t len;
};

/**
 * struct slot - One update
 * @last_used:	order of use; 0: never
 * @got:	bytes received
 * @data:	@total bytes, NULL if none were needed yet or any more
 */
struct slot {
	uint64_t last_used;
	uint64_t update_id;
	uint32_t total;
	uint32_t got;
	uint8_t *data;
	unsigned int n_pieces;
	struct piece pieces[ASSEMBLY_MAX_CHUNKS];
};

struct assembly {
	uint64_t uses;
	struct slot slots[ASSEMBLY_SLOTS];
};

int tl_assembly_new(struct assembly **ap)
{
	*ap = tl_alloc_zeroed(sizeof(**ap));
	return *ap ? 0 : -ENOMEM;
}

static bool is_complete(const struct slot *slot)
{
	return slot->last_used > 0 && slot->got == slot->total;
}

static void clear(struct slot *slot)
{
	tl_free(slot->data);
	memset(slot, 0, sizeof(*slot));
}

void tl_assembly_free(struct assembly *a)
{
	if (!a)
		return;
	tl_assembly_reset(a);
	tl_free(a);
}

void tl_assembly_release(struct assembly *a)
{
	size_t i;

	for (i = 0; i < ASSEMBLY_SLOTS; i++) {
		if (is_complete(&a->slots[i])) {
			tl_free(a->slots[i].data);
			a->slots[i].data = NULL;
		}
	}
}

void tl_assembly_reset(struct assembly *a)
{
	size_t i;

	tl_assembly_release(a);
	for (i = 0; i < ASSEMBLY_SLOTS; i++) {
		if (!is_complete(&a->slots[i]))
			clear(&a->slots[i]);
	}
}

static const struct slot *find_slot(const struct assembly *a,
				    uint64_t update_id)
{
	size_t i;

	for (i = 0; i < ASSEMBLY_SLOTS; i++) {
		const struct slot *slot = &a->slots[i];

		if (slot->last_used > 0 && slot->update_id == update_id)
			return slot;
	}
	return NULL;
}

/* Kept before, or in the way of what was kept, or of another size? */
static bool is_acceptable(const struct slot *slot,
			  const struct config_chunk *chunk)
{
	unsigned int i;

	if (slot->total != chunk->total ||
	    slot->n_pieces == ASSEMBLY_MAX_CHUNKS)
		return false;
	for (i = 0; i < slot->n_pieces; i++) {
		const struct piece *p = &slot->pieces[i];

		if (p->id == chunk->chunk_id)
			return false;
		if (chunk->offset < p->offset + p->len &&
		    p->offset < chunk->offset + chunk->data.n)
			return false;
	}
	return true;
}

bool tl_assembly_wants(const struct assembly *a,
		       const struct config_chunk *chunk)
{
	const struct slot *slot = find_slot(a, chunk->update_id);

	return !slot || is_acceptable(slot, chunk);
}

static struct slot *oldest_slot(struct assembly *a)
{
	struct slot *oldest = &a->slots[0];
	size_t i;

	for (i = 1; i < ASSEMBLY_SLOTS; i++) {
		if (a->slots[i].last_used < oldest->last_used)
			oldest = &a->slots[i];
	}
	return oldest;
}

/* The slot of this update, taken from another one if it is new. */
static int get_slot(struct assembly *a, struct slot **slotp,
		    const struct config_chunk *chunk)
{
	const struct slot *known = find_slot(a, chunk->update_id);
	struct slot *slot = oldest_slot(a);
	uint8_t *data;

	if (known) {
		*slotp = &a->slots[known - a->slots];
		return 0;
	}
	data = tl_alloc_zeroed(chunk->total);
	if (!data)
		return -ENOMEM;
	clear(slot);
	slot->update_id = chunk->update_id;
	slot->total = chunk->total;
	slot->data = data;
	*slotp = slot;
	return 0;
}

static void keep(struct slot *slot, const struct config_chunk *chunk)
{
	slot->pieces[slot->n_pieces++] = (struct piece){
		.id = chunk->chunk_id,
		.offset = chunk->offset,
		.len = (uint32_t)chunk->data.n,
	};
	memcpy(slot->data + chunk->offset, chunk->data.at, chunk->data.n);
	slot->got += (uint32_t)chunk->data.n;
}

int tl_assembly_add(struct assembly *a, enum assembly_result *resultp,
		    struct bytes *dictp, const struct config_chunk *chunk)
{
	struct slot *slot;
	int err;

	tl_assembly_release(a);
	if (!tl_assembly_wants(a, chunk)) {
		*resultp = ASSEMBLY_REFUSED;
		return 0;
	}
	err = get_slot(a, &slot, chunk);
	if (err < 0)
		return err;
	slot->last_used = ++a->uses;
	keep(slot, chunk);
	*resultp = ASSEMBLY_PARTIAL;
	if (is_complete(slot)) {
		*resultp = ASSEMBLY_COMPLETE;
		*dictp = tl_bytes(slot->data, slot->total);
	}
	return 0;
}
