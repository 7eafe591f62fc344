/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metrics_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"

#define ROOM_FIRST 16384

static bool grow(struct metrics_text *t, size_t n)
{
	size_t room = t->room ? t->room : ROOM_FIRST;
	char *at;

	while (room - t->n <= n)
		room *= 2;
	if (room > METRICS_TEXT_MAX)
		return false;
	at = realloc(t->at, room);
	if (!at)
		return false;
	t->at = at;
	t->room = room;
	return true;
}

TL_PRINTF(2, 3)
static void put(struct metrics_text *t, const char *format, ...)
{
	va_list args;
	int n;

	if (t->failed)
		return;
	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0 || (t->room - t->n <= (size_t)n && !grow(t, (size_t)n))) {
		t->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(t->at + t->n, t->room - t->n, format, args);
	va_end(args);
	t->n += (size_t)n;
}

void tl_metrics_family(struct metrics_text *t, const char *name,
		       const char *type, const char *help)
{
	t->family = name;
	put(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_name(struct metrics_text *t, const char *labels)
{
	if (labels)
		put(t, "%s{%s} ", t->family, labels);
	else
		put(t, "%s ", t->family);
}

void tl_metrics_int(struct metrics_text *t, const char *labels, int64_t v)
{
	put_name(t, labels);
	put(t, "%" PRId64 "\n", v);
}

void tl_metrics_uint(struct metrics_text *t, const char *labels, uint64_t v)
{
	put_name(t, labels);
	put(t, "%" PRIu64 "\n", v);
}

void tl_metrics_milli(struct metrics_text *t, const char *labels, int64_t v)
{
	int64_t size = v < 0 ? -v : v;

	put_name(t, labels);
	put(t, "%s%" PRId64 ".%03" PRId64 "\n", v < 0 ? "-" : "", size / 1000,
	    size % 1000);
}

void tl_metrics_histogram(struct metrics_text *t, const char *labels,
			  const struct metrics_histogram *h)
{
	const char *more = labels ? "," : "";
	const char *all = labels ? labels : "";
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < h->n; i++) {
		sum += h->counts[i];
		put(t, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", t->family, all,
		    more, i + 1 < h->n ? h->ends[i] : "+Inf", sum);
	}
	if (labels) {
		put(t, "%s_sum{%s} %s\n", t->family, labels, h->sum);
		put(t, "%s_count{%s} %" PRIu64 "\n", t->family, labels, sum);
		return;
	}
	put(t, "%s_sum %s\n", t->family, h->sum);
	put(t, "%s_count %" PRIu64 "\n", t->family, sum);
}
