/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/chunk.h"

#include <string.h>

#include "base/alloc.h"

/* Where the kernel copies with `rep movsb`, it is a tenth slower to what is not
 * aligned to lines of the cache, and a dozen times where the target lies 1 to
 * 15 bytes behind the source, modulo 4096 (measured, Zen 4). */
#define LINE 64

/* Filled from @start to @end. */
struct chunk {
	struct list link;
	uint32_t start;
	uint32_t end;
	_Alignas(LINE) uint8_t data[CHUNK_SIZE];
};

void tl_chunk_pool_init(struct chunk_pool *pool, size_t keep, size_t limit)
{
	*pool = (struct chunk_pool){ .keep = keep, .limit = limit };
	tl_list_init(&pool->free);
}

void tl_chunk_pool_fini(struct chunk_pool *pool)
{
	struct chunk *c;

	tl_assert(pool->n_used == 0);
	while ((c = tl_list_first(&pool->free, struct chunk, link))) {
		tl_list_remove(&c->link);
		tl_free(c);
	}
	pool->n_free = 0;
}

static size_t left(const struct chunk_pool *pool)
{
	return pool->limit - pool->n_used;
}

/* A user's share is a half. When streams that do not move have used it up, the
 * others of that user still get their first chunk, from one quarter more. */
static size_t left_to_user(const struct ring *r, const struct chunk_pool *pool)
{
	size_t most = pool->limit / 2;

	if (!r->held)
		return pool->limit;
	if (most > *r->held)
		return most - *r->held;
	return r->n_chunks == 0 && *r->held < most + pool->limit / 4;
}

/* How many chunks more the ring may have. */
static size_t allowed(const struct ring *r, const struct chunk_pool *pool)
{
	size_t few = r->n_chunks < CHUNK_FEW ? CHUNK_FEW - r->n_chunks : 0;
	size_t fair = 0;
	size_t room = TL_MIN(left(pool), left_to_user(r, pool));

	/* After taking x of f free ones it holds h + x <= f - x. */
	if (room > r->n_chunks)
		fair = (room - r->n_chunks) / 2;
	return TL_MIN(TL_MAX(few, fair), room);
}

static struct chunk *take(struct ring *r, struct chunk_pool *pool)
{
	struct chunk *c;

	if (allowed(r, pool) == 0)
		return NULL;
	c = tl_list_first(&pool->free, struct chunk, link);
	if (c) {
		tl_list_remove(&c->link);
		pool->n_free--;
	} else {
		c = tl_alloc_aligned(LINE, sizeof(*c));
		if (!c)
			return NULL;
		tl_list_init(&c->link);
	}
	c->start = 0;
	c->end = 0;
	pool->n_used++;
	r->n_chunks++;
	if (r->held)
		++*r->held;
	tl_list_append(&r->chunks, &c->link);
	return c;
}

static void give_back(struct ring *r, struct chunk_pool *pool, struct chunk *c)
{
	tl_list_remove(&c->link);
	r->n_chunks--;
	pool->n_used--;
	if (r->held)
		--*r->held;
	if (pool->n_free >= pool->keep) {
		tl_free(c);
		return;
	}
	tl_list_prepend(&pool->free, &c->link);
	pool->n_free++;
}

void tl_ring_init(struct ring *r, size_t *held)
{
	*r = (struct ring){ .held = held };
	tl_list_init(&r->chunks);
}

void tl_ring_clear(struct ring *r, struct chunk_pool *pool)
{
	struct chunk *c;

	while ((c = tl_list_first(&r->chunks, struct chunk, link)))
		give_back(r, pool, c);
	r->n = 0;
}

static struct chunk *last_of(const struct ring *r)
{
	if (tl_list_is_empty(&r->chunks))
		return NULL;
	return tl_container_of(r->chunks.prev, struct chunk, link);
}

size_t tl_ring_allowance(const struct ring *r, const struct chunk_pool *pool)
{
	const struct chunk *c = last_of(r);

	return (c ? CHUNK_SIZE - c->end : 0) + allowed(r, pool) * CHUNK_SIZE;
}

size_t tl_ring_reserve(struct ring *r, struct chunk_pool *pool, size_t n,
		       struct buffer *out, size_t max)
{
	struct chunk *c = last_of(r);
	size_t i = 0;
	size_t room;

	while (n > 0 && i < max) {
		if (!c || c->end == CHUNK_SIZE)
			c = take(r, pool);
		if (!c)
			break;
		room = TL_MIN(n, CHUNK_SIZE - c->end);
		out[i++] = tl_buffer(c->data + c->end, room);
		n -= room;
		c = i < max && n > 0 ? take(r, pool) : NULL;
		if (!c)
			break;
	}
	return i;
}

/* The chunk where filling goes on: the first empty one, or one before it. */
static struct chunk *first_unfilled(const struct ring *r)
{
	struct list *at = r->chunks.prev;
	struct chunk *c = NULL;

	while (at != &r->chunks) {
		struct chunk *before = tl_container_of(at, struct chunk, link);

		if (c && before->end == CHUNK_SIZE)
			break;
		c = before;
		at = at->prev;
		if (c->end > 0)
			break;
	}
	return c;
}

void tl_ring_commit(struct ring *r, struct chunk_pool *pool, size_t n)
{
	struct chunk *c = first_unfilled(r);
	size_t room;

	r->n += n;
	while (n > 0) {
		tl_assert(c);
		room = TL_MIN(n, CHUNK_SIZE - c->end);
		c->end += (uint32_t)room;
		n -= room;
		c = c->link.next == &r->chunks
			    ? NULL
			    : tl_container_of(c->link.next, struct chunk, link);
	}
	while ((c = last_of(r)) && c->start == c->end)
		give_back(r, pool, c);
}

size_t tl_ring_append(struct ring *r, struct chunk_pool *pool, struct bytes b)
{
	struct buffer run;
	size_t done = 0;

	while (done < b.n &&
	       tl_ring_reserve(r, pool, b.n - done, &run, 1) == 1) {
		memcpy(run.at, b.at + done, run.n);
		tl_ring_commit(r, pool, run.n);
		done += run.n;
	}
	return done;
}

size_t tl_ring_head(const struct ring *r, struct bytes *out, size_t max)
{
	size_t i = 0;

	tl_list_each(at, next, &r->chunks) {
		struct chunk *c = tl_container_of(at, struct chunk, link);

		if (i == max)
			break;
		out[i++] = tl_bytes(c->data + c->start, c->end - c->start);
	}
	return i;
}

size_t tl_ring_tail(const struct ring *r, size_t n, struct bytes *out,
		    size_t max)
{
	struct list *at = r->chunks.prev;
	size_t skip = 0;
	size_t i = 0;

	tl_assert(n <= r->n);
	/* Back to the chunk in which the last @n bytes begin. */
	for (; n > 0 && at != &r->chunks; at = at->prev) {
		struct chunk *c = tl_container_of(at, struct chunk, link);
		size_t len = c->end - c->start;

		if (n <= len) {
			skip = len - n;
			break;
		}
		n -= len;
	}
	for (; n > 0 && at != &r->chunks && i < max; at = at->next) {
		struct chunk *c = tl_container_of(at, struct chunk, link);

		out[i++] = tl_bytes(c->data + c->start + skip,
				    c->end - c->start - skip);
		skip = 0;
	}
	return i;
}

void tl_ring_consume(struct ring *r, struct chunk_pool *pool, size_t n)
{
	struct chunk *c;
	size_t len;

	tl_assert(n <= r->n);
	r->n -= n;
	while (n > 0) {
		c = tl_list_first(&r->chunks, struct chunk, link);
		tl_assert(c);
		len = TL_MIN(n, c->end - c->start);
		c->start += (uint32_t)len;
		n -= len;
		if (c->start == c->end)
			give_back(r, pool, c);
	}
}
