/* SPDX-License-Identifier: Apache-2.0 */
/*
 * marked.h - lists that programs get from us and give back to be freed
 *
 * The function that frees them gets the C library's lists as well. Ours have a
 * mark in front of their first entry, which no other memory has there.
 */
#ifndef TL_SHIM_MARKED_H
#define TL_SHIM_MARKED_H

#include <stdint.h>
#include <stdlib.h>

#include "base/compiler.h"

#define LIST_MARK UINT64_C(0x7a74f10f6c697374)

/**
 * struct marked - What stands in front of a list of ours
 * @mark:	LIST_MARK
 * @self:	where it is: two conditions that no other memory meets
 * @rest:	the C library's list that is part of it, or NULL
 */
struct marked {
	uint64_t mark;
	const void *self;
	void *rest;
	uintptr_t padding;
};

/* NULL if the list is not ours. Accepts NULL. */
static inline struct marked *tl_mark_of(void *list)
{
	struct marked *m;

	if (!list)
		return NULL;
	m = (struct marked *)list - 1;
	return m->mark == LIST_MARK && m->self == m ? m : NULL;
}

/* @size zeroed bytes for a list; NULL when out of memory. */
static inline void *tl_marked_new(size_t size, void *rest)
{
	struct marked *m = calloc(1, sizeof(*m) + size);

	if (!m)
		return NULL;
	m->mark = LIST_MARK;
	m->self = m;
	m->rest = rest;
	return m + 1;
}

static inline void tl_marked_free(struct marked *m)
{
	m->mark = 0;
	free(m);
}

#endif /* TL_SHIM_MARKED_H */
