/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics_text.h - the text format of Prometheus, version 0.0.4
 *
 * A family begins with its name, type and help; then come its samples, all in
 * one place, as the format wants. Labels are written as they are given: values
 * must need no escaping, which is why nothing that others choose may be one.
 */
#ifndef TL_SERVICE_METRICS_TEXT_H
#define TL_SERVICE_METRICS_TEXT_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRICS_TEXT_MAX (16 * 1024 * 1024)

/**
 * struct metrics_text - Begins zeroed
 * @at:		from malloc(3); zero-terminated once something was written
 * @family:	the name of the current one, borrowed
 * @failed:	memory is short, or it got too long
 */
struct metrics_text {
	char *at;
	size_t n;
	size_t room;
	const char *family;
	bool failed;
};

void tl_metrics_family(struct metrics_text *t, const char *name,
		       const char *type, const char *help);

/* A sample; @labels such as "a=\"b\",c=\"d\"", or NULL for none. */
void tl_metrics_int(struct metrics_text *t, const char *labels, int64_t v);
void tl_metrics_uint(struct metrics_text *t, const char *labels, uint64_t v);

/* @v thousandths. */
void tl_metrics_milli(struct metrics_text *t, const char *labels, int64_t v);

/**
 * struct metrics_histogram - What a histogram is made of
 * @ends:	upper ends of all buckets but the last, as text
 * @counts:	how many fell into each, not added up
 * @n:		buckets, the last included
 * @sum:	of all values, as text
 */
struct metrics_histogram {
	const char *const *ends;
	const uint64_t *counts;
	size_t n;
	const char *sum;
};

void tl_metrics_histogram(struct metrics_text *t, const char *labels,
			  const struct metrics_histogram *h);

#endif /* TL_SERVICE_METRICS_TEXT_H */
