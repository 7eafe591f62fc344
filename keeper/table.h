/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - what a keeper holds: descriptors and a blob under a key each
 *
 * Owns the descriptors that it was given. Blobs are not looked into. Order is
 * that of the first mention. Memory is taken for what is there only.
 */
#ifndef TL_KEEPER_TABLE_H
#define TL_KEEPER_TABLE_H

#include "base/list.h"
#include "base/map.h"
#include "rpc/fdpass.h"

/**
 * struct table - All of it
 * @n, @bytes:	entries, and bytes of their blobs
 * @max, @bytes_max: at most so many
 */
struct table {
	struct map by_key;
	struct list order;
	size_t n;
	size_t bytes;
	size_t max;
	size_t bytes_max;
};

/**
 * struct entry - One
 * @fds:	@n_fds of them, at least one
 */
struct entry {
	struct map_node node;
	struct list link;
	uint64_t key;
	size_t n_fds;
	int fds[RPC_MAX_FDS];
	size_t n;
	uint8_t blob[];
};

void tl_table_init(struct table *t, size_t max, size_t bytes_max);

/* Closes everything. */
void tl_table_fini(struct table *t);

/**
 * tl_table_put() - Hold this under @key, in place of what is there
 * @in:		its descriptors are consumed, whatever is returned
 *
 * Return: 0; -EINVAL without a descriptor; -ENOSPC if it would be too much:
 * then what was there is, too; -ENOMEM.
 */
TL_MUST_USE int tl_table_put(struct table *t, uint64_t key, struct bytes blob,
			     struct fdpass *in);

/* Close and forget what is there. */
void tl_table_drop(struct table *t, uint64_t key);

/* The entry with this key, or NULL. */
struct entry *tl_table_find(const struct table *t, uint64_t key);

/* The entry after @e, NULL: the first. NULL at the end. */
struct entry *tl_table_next(const struct table *t, const struct entry *e);

#endif /* TL_KEEPER_TABLE_H */
