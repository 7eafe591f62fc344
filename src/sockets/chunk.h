/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunk.h - bytes of streams, in 16 KiB pieces from a capped pool
 *
 * A ring is a queue of bytes: filled at its tail, emptied at its head. An empty
 * ring holds no chunk. Who holds few chunks always gets one more while there is
 * one; who holds many gets more only while as many are free, so that a stream
 * whose reader is slow never takes what the others need.
 *
 * Bytes in a ring do not move, so the stack may refer to them until they are
 * consumed.
 */
#ifndef TL_SOCKETS_CHUNK_H
#define TL_SOCKETS_CHUNK_H

#include "base/bytes.h"
#include "base/list.h"

#define CHUNK_SIZE 16384
/* Every ring may have so many, if the pool has any at all. */
#define CHUNK_FEW 4

/**
 * struct chunk_pool - Chunks, not in use and handed out
 * @keep:	more unused ones go back to the heap
 * @limit:	no more are handed out; one user has half of them at most, and
 *		one for each ring without any up to three quarters
 */
struct chunk_pool {
	struct list free;
	size_t n_free;
	size_t n_used;
	size_t keep;
	size_t limit;
};

/**
 * struct ring - A queue of bytes
 * @n:		their number
 * @held:	how many chunks the rings of one user hold; NULL: not counted
 */
struct ring {
	struct list chunks;
	size_t n;
	size_t n_chunks;
	size_t *held;
};

/* At most @limit chunks are handed out; @keep unused ones are kept. */
void tl_chunk_pool_init(struct chunk_pool *pool, size_t keep, size_t limit);

/* All chunks must be back. */
void tl_chunk_pool_fini(struct chunk_pool *pool);

/* @held: borrowed, must outlive the ring; may be NULL */
void tl_ring_init(struct ring *r, size_t *held);

/* Give all chunks back. */
void tl_ring_clear(struct ring *r, struct chunk_pool *pool);

/* Bytes that the ring could still take now. */
size_t tl_ring_allowance(const struct ring *r, const struct chunk_pool *pool);

/**
 * tl_ring_reserve() - Get room for @n more bytes at the tail
 * @out:	at most @max runs
 *
 * Follow with tl_ring_commit() before anything else is done with the ring.
 *
 * Return: the number of runs; together they may be shorter than @n, or none.
 */
size_t tl_ring_reserve(struct ring *r, struct chunk_pool *pool, size_t n,
		       struct buffer *out, size_t max);

/* The first @n bytes of what was reserved are filled; unused chunks go back. */
void tl_ring_commit(struct ring *r, struct chunk_pool *pool, size_t n);

/* Copy bytes to the tail. Return: how many there was room for. */
size_t tl_ring_append(struct ring *r, struct chunk_pool *pool, struct bytes b);

/* The bytes from the head on, as at most @max runs. */
size_t tl_ring_head(const struct ring *r, struct bytes *out, size_t max);

/* The last @n bytes, or the first @max runs of them. */
size_t tl_ring_tail(const struct ring *r, size_t n, struct bytes *out,
		    size_t max);

/* Drop @n bytes, which must be there, from the head. */
void tl_ring_consume(struct ring *r, struct chunk_pool *pool, size_t n);

#endif /* TL_SOCKETS_CHUNK_H */
