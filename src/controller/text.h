/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - a JSON text that grows while it is written
 *
 * For answers with thousands of objects, where a tree of values in between
 * costs ten times the text. The writer knows the syntax: it writes commas and
 * braces itself. Running out of memory is sticky and is asked for at the end.
 */
#ifndef TL_CONTROLLER_TEXT_H
#define TL_CONTROLLER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/**
 * struct text - In the making; all zeros is an empty one
 * @at:		owned; NULL while it is empty
 * @has_failed:	memory was out
 */
struct text {
	char *at;
	size_t n;
	size_t room;
	bool has_failed;
};

/* @n bytes as they are. */
void tl_text_add(struct text *t, const char *s, size_t n);

/* A text as it is. */
void tl_text_put(struct text *t, const char *s);

/* A value of JSON; a string (valid UTF-8) with its quotes, NULL as null. */
void tl_text_put_int(struct text *t, int64_t v);
void tl_text_put_bool(struct text *t, bool v);
void tl_text_put_string(struct text *t, const char *s);

/* Give the text away: to be freed with tl_free(). NULL when memory was out. */
TL_MUST_USE char *tl_text_take(struct text *t);

#endif /* TL_CONTROLLER_TEXT_H */
