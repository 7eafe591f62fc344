/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdint.h>

#include "harness.h"

TEST(nth_allocation_fails_once)
{
	void *a;
	void *b;
	void *c;

	tl_alloc_fail_after(1);
	a = tl_alloc(1);
	b = tl_alloc(1);
	c = tl_alloc(1);
	CHECK(a && !b && c);
	tl_free(a);
	tl_free(c);
}

TEST(every_kind_of_allocation_can_fail)
{
	void *p = tl_alloc(4);

	CHECK(p);
	tl_alloc_fail_after(0);
	CHECK(!tl_alloc_zeroed(1));
	tl_alloc_fail_after(0);
	CHECK(!tl_alloc_aligned(64, 1));
	tl_alloc_fail_after(0);
	CHECK(!tl_alloc_array(1, 1));
	tl_alloc_fail_after(0);
	CHECK(!tl_strdup("x"));
	tl_alloc_fail_after(0);
	CHECK(!tl_realloc(p, 8));
	tl_free(p);
	tl_free(NULL);
}

TEST(aligned_memory_is_aligned)
{
	void *p[8];
	size_t i;

	for (i = 0; i < 8; i++) {
		p[i] = tl_alloc_aligned(64, 72 * i);
		CHECK(p[i]);
		CHECK_EQ((uintptr_t)p[i] % 64, 0);
	}
	for (i = 0; i < 8; i++)
		tl_free(p[i]);
}

TEST(array_that_overflows_is_refused)
{
	volatile size_t half = SIZE_MAX / 2 + 1;

	CHECK(!tl_alloc_array(half, 2));
	CHECK(!tl_alloc_array(2, half));
}

TEST(zeroed_memory_is_zero_and_nothing_is_something)
{
	uint8_t *p = tl_alloc_array(100, 3);
	void *nothing = tl_alloc(0);
	size_t i;

	CHECK(p && nothing);
	for (i = 0; i < 300; i++)
		CHECK_EQ(p[i], 0);
	tl_free(p);
	tl_free(nothing);
	nothing = tl_alloc_array(0, 8);
	CHECK(nothing);
	tl_free(nothing);
}

TEST(copied_text_is_equal_and_apart)
{
	const char *text = "abc";
	char *copy = tl_strdup(text);

	CHECK(copy && copy != text);
	CHECK_STR(copy, text);
	tl_free(copy);
}
