/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - the heap as lwIP sees it, under a limit
 *
 * lwIP takes connections, segments and copies of data from here. Each block
 * starts with its size, so that the total is known; at the limit lwIP is told
 * that there is no memory, and it drops, waits or refuses as TCP may.
 *
 * Each segment takes three small blocks and gives them back when it has been
 * acknowledged, hundreds at a time, which is more than the C library keeps at
 * hand. So some of each size are kept here, newest first; with a sanitizer none
 * are, so that it sees each block's end.
 */
#include "stack/stack.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "stack/arch/cc.h"

#define MEMORY_LIMIT ((size_t)256 << 20)
#define MEMORY_HEAD 16

/* Small blocks: sizes are rounded up to steps; so many of each are kept. */
#define SMALL_STEP 32
#define SMALL_MAX 256
#if defined(TL_SANITIZED)
#define SMALL_KEEP 0
#else
#define SMALL_KEEP 1024
#endif

struct small {
	struct small *next;
};

struct shelf {
	struct small *first;
	unsigned int n;
};

static _Thread_local size_t used;
static _Thread_local struct shelf shelves[SMALL_MAX / SMALL_STEP];

/* Where blocks of @n bytes are kept; NULL: nowhere. */
static struct shelf *shelf_of(size_t n)
{
	return n && n <= SMALL_MAX ? &shelves[(n - 1) / SMALL_STEP] : NULL;
}

static size_t rounded(size_t n)
{
	return n <= SMALL_MAX ? (n + SMALL_STEP - 1) / SMALL_STEP * SMALL_STEP
			      : n;
}

static void *take_kept(size_t n)
{
	struct shelf *s = shelf_of(n);
	struct small *b = s ? s->first : NULL;

	if (b) {
		s->first = b->next;
		s->n--;
	}
	return b;
}

static bool keep(void *at, size_t n)
{
	struct shelf *s = shelf_of(n);
	struct small *b = at;

	if (!s || s->n >= SMALL_KEEP)
		return false;
	b->next = s->first;
	s->first = b;
	s->n++;
	return true;
}

void tl_stack_memory_trim(void)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(shelves); i++) {
		struct shelf *s = &shelves[i];

		while (s->first) {
			struct small *b = s->first;

			s->first = b->next;
			tl_free(b);
		}
		s->n = 0;
	}
}

void *tl_lwip_malloc(size_t n)
{
	uint8_t *p;

	if (n > MEMORY_LIMIT - used)
		return NULL;
	p = take_kept(n);
	if (!p)
		p = tl_alloc(rounded(n) + MEMORY_HEAD);
	if (!p)
		return NULL;
	memcpy(p, &n, sizeof(n));
	used += n;
	return p + MEMORY_HEAD;
}

size_t tl_stack_memory(size_t *limit)
{
	*limit = MEMORY_LIMIT;
	return used;
}

void *tl_lwip_calloc(size_t count, size_t size)
{
	void *p;

	if (size && count > MEMORY_LIMIT / size)
		return NULL;
	p = tl_lwip_malloc(count * size);
	if (p)
		memset(p, 0, count * size);
	return p;
}

void tl_lwip_free(void *p)
{
	uint8_t *head;
	size_t n;

	if (!p)
		return;
	head = (uint8_t *)p - MEMORY_HEAD;
	memcpy(&n, head, sizeof(n));
	used -= n;
	if (!keep(head, n))
		tl_free(head);
}
