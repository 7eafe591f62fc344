/* SPDX-License-Identifier: Apache-2.0 */
#include "base/packet.h"

#include <string.h>

#include "base/alloc.h"

void tl_packet_pool_init(struct packet_pool *pool, size_t keep, size_t limit)
{
	*pool = (struct packet_pool){ .keep = keep, .limit = limit };
	tl_list_init(&pool->free);
}

static struct packet *take_free(struct packet_pool *pool)
{
	struct packet *p = tl_list_first(&pool->free, struct packet, link);

	if (p) {
		tl_list_remove(&p->link);
		pool->n_free--;
	}
	return p;
}

void tl_packet_pool_fini(struct packet_pool *pool)
{
	struct packet *p;

	tl_assert(pool->n_used == 0);
	while ((p = take_free(pool)))
		tl_free(p);
}

struct packet *tl_packet_new(struct packet_pool *pool)
{
	struct packet *p;

	if (pool->n_used >= pool->limit)
		return NULL;
	p = take_free(pool);
	if (!p)
		p = tl_alloc(sizeof(*p));
	if (!p)
		return NULL;
	pool->n_used++;
	tl_list_init(&p->link);
	p->pool = pool;
	p->head = PACKET_HEADROOM;
	p->n = 0;
	p->when_ms = 0;
	return p;
}

void tl_packet_free(struct packet *p)
{
	struct packet_pool *pool;

	if (!p)
		return;
	pool = p->pool;
	pool->n_used--;
	if (pool->n_free >= pool->keep) {
		tl_free(p);
		return;
	}
	tl_list_prepend(&pool->free, &p->link);
	pool->n_free++;
}

uint8_t *tl_packet_push(struct packet *p, size_t n)
{
	if (n > p->head)
		return NULL;
	p->head -= (uint32_t)n;
	p->n += (uint32_t)n;
	return p->data + p->head;
}

bool tl_packet_append(struct packet *p, struct bytes b)
{
	if (b.n > PACKET_SIZE - p->head - p->n)
		return false;
	if (b.n)
		memcpy(p->data + p->head + p->n, b.at, b.n);
	p->n += (uint32_t)b.n;
	return true;
}
