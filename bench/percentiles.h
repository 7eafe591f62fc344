/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percentiles.h - many times in nanoseconds, summed up as JSON
 */
#ifndef TL_BENCH_PERCENTILES_H
#define TL_BENCH_PERCENTILES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline int compare_ns(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static inline double us_at(const int64_t *ns, size_t n, double part)
{
	size_t i = (size_t)(part * (double)n);

	return (double)ns[i < n ? i : n - 1] / 1000;
}

/* As JSON; sorts them. */
static inline void print_percentiles(int64_t *ns, size_t n)
{
	qsort(ns, n, sizeof(*ns), compare_ns);
	printf("{\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, "
	       "\"max_us\": %.1f, \"messages\": %zu}\n",
	       us_at(ns, n, 0.5), us_at(ns, n, 0.99), us_at(ns, n, 0.999),
	       us_at(ns, n, 1), n);
}

#endif /* TL_BENCH_PERCENTILES_H */
