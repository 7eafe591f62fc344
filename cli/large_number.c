/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/large_number.h"

#include <string.h>

#include "base/alloc.h"

#define LARGEST_SIGNED "9223372036854775807"
#define SIGNED_DIGITS (sizeof(LARGEST_SIGNED) - 1)
#define UNSIGNED_DIGITS 20
/* How jansson writes the character 1, which names and texts do not have. */
#define MARK "\"\\u0001"
#define MARK_LEN (sizeof(MARK) - 1)

static size_t count_digits(const char *at, const char *end)
{
	const char *p = at;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return (size_t)(p - at);
}

static bool is_large(const char *digits, size_t n)
{
	return (n == SIGNED_DIGITS &&
		memcmp(digits, LARGEST_SIGNED, SIGNED_DIGITS) > 0) ||
	       n == UNSIGNED_DIGITS;
}

/* Behind the string that begins at @at, or @end. */
static const char *skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\';
	return at < end ? at + 1 : end;
}

/* The next large number of the text, which is no part of a string, a negative
 * number or one with a fraction; *@np is its length. NULL: none. */
static const char *find_large(const char *at, const char *end, size_t *np)
{
	while (at < end) {
		size_t n = count_digits(at, end);

		if (*at == '"') {
			at = skip_string(at, end);
			continue;
		}
		if (n == 0) {
			at += *at == '-' ? 1 + count_digits(at + 1, end) : 1;
			continue;
		}
		*np = n;
		if (is_large(at, n) && (at + n == end || !strchr(".eE", at[n])))
			return at;
		at += n;
	}
	return NULL;
}

static void put(char **out, const char *at, size_t n)
{
	memcpy(*out, at, n);
	*out += n;
}

char *tl_large_hide(struct bytes json)
{
	const char *at = (const char *)json.at;
	const char *end = at + json.n;
	const char *number;
	size_t count = 0;
	size_t n = 0;
	char *text;
	char *out;

	if (!json.n || memmem(json.at, json.n, MARK, MARK_LEN))
		return NULL;
	for (number = at; (number = find_large(number, end, &n)); number += n)
		count++;
	if (!count)
		return NULL;
	text = tl_alloc(json.n + count * (MARK_LEN + 1) + 1);
	if (!text)
		return NULL;
	out = text;
	while ((number = find_large(at, end, &n))) {
		put(&out, at, (size_t)(number - at));
		put(&out, MARK, MARK_LEN);
		put(&out, number, n);
		put(&out, "\"", 1);
		at = number + n;
	}
	put(&out, at, (size_t)(end - at));
	*out = 0;
	return text;
}

void tl_large_show(char *json)
{
	char *out = json;
	const char *at = json;
	const char *mark;

	while ((mark = strstr(at, MARK))) {
		const char *digits = mark + MARK_LEN;
		size_t n = count_digits(digits, digits + strlen(digits));

		memmove(out, at, (size_t)(mark - at));
		out += mark - at;
		memmove(out, digits, n);
		out += n;
		at = digits + n + (digits[n] == '"');
	}
	memmove(out, at, strlen(at) + 1);
}
