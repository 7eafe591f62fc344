/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.h - a part of a long list: ?limit=N&after=ID
 *
 * Lists are ascending by ID, so that the last one of a page is where the next
 * begins, whatever came or went in between.
 */
#ifndef TL_SERVICE_PAGE_H
#define TL_SERVICE_PAGE_H

#include "base/bytes.h"

#define PAGE_LIMIT_MAX 100000

/**
 * struct page - Which part
 * @has_after:	only what comes after @after
 * @limit:	at most so many
 */
struct page {
	bool has_after;
	uint64_t after;
	size_t limit;
};

/**
 * tl_page_parse() - Read what was asked for
 * @after, @limit: the parameters; NULL: not given
 * @digits:	hexadecimal digits of an ID
 *
 * Return: NULL, or what is wrong, for people: it names the parameter.
 */
const char *tl_page_parse(struct page *out, const char *after,
			  const char *limit, size_t digits);

/* Is @id in it, when @n are there already? */
static inline bool tl_page_has(const struct page *p, uint64_t id, size_t n)
{
	return n < p->limit && (!p->has_after || id > p->after);
}

#endif /* TL_SERVICE_PAGE_H */
