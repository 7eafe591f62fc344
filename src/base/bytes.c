/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <string.h>

struct bytes tl_bytes_from_str(const char *s)
{
	return tl_bytes(s, strlen(s));
}

bool tl_bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n) == 0);
}

int tl_bytes_compare(struct bytes a, struct bytes b)
{
	size_t n = TL_MIN(a.n, b.n);
	int order = n ? memcmp(a.at, b.at, n) : 0;

	if (order)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

bool tl_equal_ct(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t differing = 0;
	size_t i;

	for (i = 0; i < n; i++)
		differing |= (uint8_t)(x[i] ^ y[i]);
	return differing == 0;
}

void tl_wipe(void *at, size_t n)
{
	if (!n)
		return;
	memset(at, 0, n);
	/* Claims to read the memory, so the stores above are not dead. */
	__asm__ volatile("" : : "r"(at) : "memory");
}
