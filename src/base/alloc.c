/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

void *tl_alloc_aligned(size_t align, size_t n)
{
	void *p;

	return must_fail() || posix_memalign(&p, align, n ? n : 1) ? NULL : p;
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
