/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static _Thread_local int fail_after = -1;

static bool must_fail(void)
{
	if (TL_LIKELY(fail_after < 0))
		return false;
	return fail_after-- == 0;
}

void tl_alloc_fail_after(int n)
{
	fail_after = n;
}

void *tl_alloc(size_t n)
{
	return must_fail() ? NULL : malloc(n ? n : 1);
}

void *tl_alloc_zeroed(size_t n)
{
	return must_fail() ? NULL : calloc(1, n ? n : 1);
}

void *tl_alloc_array(size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return NULL;
	return tl_alloc_zeroed(count * size);
}

void *tl_realloc(void *p, size_t n)
{
	return must_fail() ? NULL : realloc(p, n ? n : 1);
}

void *tl_alloc_pages(size_t n)
{
	void *p = must_fail() ? MAP_FAILED
			      : mmap(NULL, n, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void tl_free_pages(void *p, size_t n)
{
	if (p)
		tl_assert(munmap(p, n) == 0);
}

char *tl_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = tl_alloc(n);

	if (copy)
		memcpy(copy, s, n);
	return copy;
}

void tl_free(void *p)
{
	free(p);
}
