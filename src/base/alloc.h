/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alloc.h - memory from the heap
 *
 * All of the project allocates here, so that a test can make the nth
 * allocation fail and sweep a constructor.
 */
#ifndef TL_BASE_ALLOC_H
#define TL_BASE_ALLOC_H

#include <stddef.h>

#include "base/compiler.h"

/* NULL when out of memory. Free with tl_free(). */
TL_MUST_USE void *tl_alloc(size_t n);
TL_MUST_USE void *tl_alloc_zeroed(size_t n);

/* @align: a power of two, not below 8. */
TL_MUST_USE void *tl_alloc_aligned(size_t align, size_t n);

/* @count elements of @size bytes, zeroed; NULL also if the product overflows.*/
TL_MUST_USE void *tl_alloc_array(size_t count, size_t size);

/* Like realloc(3): @p stays valid when NULL is returned. */
TL_MUST_USE void *tl_realloc(void *p, size_t n);

TL_MUST_USE char *tl_strdup(const char *s);

/* Accepts NULL. */
void tl_free(void *p);

/**
 * tl_alloc_fail_after() - Let an allocation fail, for tests
 * @n:		the next @n allocations succeed, the one after fails, then all
 *		succeed again; negative: none fails
 */
void tl_alloc_fail_after(int n);

#endif /* TL_BASE_ALLOC_H */
