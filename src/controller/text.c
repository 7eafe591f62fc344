/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/text.h"

#include <string.h>

#include "base/alloc.h"

/* Room for @n bytes and a zero. */
static bool has_room(struct text *t, size_t n)
{
	size_t room = 2 * (t->n + n) + 256;
	char *grown;

	if (t->has_failed)
		return false;
	if (n < t->room - t->n)
		return true;
	grown = tl_realloc(t->at, room);
	if (!grown) {
		t->has_failed = true;
		return false;
	}
	t->at = grown;
	t->room = room;
	return true;
}

void tl_text_add(struct text *t, const char *s, size_t n)
{
	if (!has_room(t, n))
		return;
	memcpy(t->at + t->n, s, n);
	t->n += n;
	t->at[t->n] = '\0';
}

void tl_text_put(struct text *t, const char *s)
{
	tl_text_add(t, s, strlen(s));
}

void tl_text_put_int(struct text *t, int64_t v)
{
	char digits[24];
	char *at = digits + sizeof(digits);
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (v < 0)
		*--at = '-';
	tl_text_add(t, at, (size_t)(digits + sizeof(digits) - at));
}

void tl_text_put_bool(struct text *t, bool v)
{
	tl_text_put(t, v ? "true" : "false");
}

static void put_escaped(struct text *t, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char plain[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";
	const char *found = c ? strchr(plain, c) : NULL;
	char code[] = "\\u0000";

	if (found) {
		char pair[] = { '\\', letters[found - plain] };

		tl_text_add(t, pair, sizeof(pair));
		return;
	}
	code[4] = digits[c >> 4];
	code[5] = digits[c & 15];
	tl_text_put(t, code);
}

void tl_text_put_string(struct text *t, const char *s)
{
	const char *from;

	if (!s) {
		tl_text_put(t, "null");
		return;
	}
	tl_text_put(t, "\"");
	for (from = s; *s; s++) {
		if (*s != '"' && *s != '\\' && (unsigned char)*s >= ' ')
			continue;
		tl_text_add(t, from, (size_t)(s - from));
		put_escaped(t, (unsigned char)*s);
		from = s + 1;
	}
	tl_text_add(t, from, (size_t)(s - from));
	tl_text_put(t, "\"");
}

char *tl_text_take(struct text *t)
{
	char *at = t->at;

	if (t->has_failed) {
		tl_free(at);
		at = NULL;
	}
	*t = (struct text){ 0 };
	return at;
}
