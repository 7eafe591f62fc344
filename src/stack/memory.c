/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - the heap as lwIP sees it, under a limit
 *
 * lwIP takes connections, segments and copies of data from here. Each block
 * starts with its size, so that the total is known; at the limit lwIP is told
 * that there is no memory, and it drops, waits or refuses as TCP may.
 */
#include "stack/stack.h"

#include <string.h>

#include "base/alloc.h"
#include "stack/arch/cc.h"

#define MEMORY_LIMIT ((size_t)256 << 20)
#define MEMORY_HEAD 16

static _Thread_local size_t used;

void *tl_lwip_malloc(size_t n)
{
	uint8_t *p;

	if (n > MEMORY_LIMIT - used)
		return NULL;
	p = tl_alloc(n + MEMORY_HEAD);
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
	tl_free(head);
}
