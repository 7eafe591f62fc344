/* SPDX-License-Identifier: Apache-2.0 */
#include "service/json_line.h"

#include <string.h>

struct cursor {
	struct bytes rest;
	unsigned int line;
};

/* The next byte, 0 at the end. */
static char peek(const struct cursor *c)
{
	return c->rest.n ? (char)c->rest.at[0] : '\0';
}

static void step(struct cursor *c)
{
	if (!c->rest.n)
		return;
	c->line += c->rest.at[0] == '\n';
	c->rest = tl_bytes_skip(c->rest, 1);
}

/* White space, and the commas and colons between values. */
static void skip_between(struct cursor *c)
{
	while (c->rest.n && strchr(" \t\r\n,:", c->rest.at[0]))
		step(c);
}

/* From the opening quote on. Return: what is between the quotes. */
static struct bytes take_string(struct cursor *c)
{
	struct bytes whole;

	step(c);
	whole = c->rest;
	while (c->rest.n && peek(c) != '"') {
		if (peek(c) == '\\')
			step(c);
		step(c);
	}
	whole.n -= c->rest.n;
	step(c);
	return whole;
}

/* A value with all that is in it. */
static void skip_value(struct cursor *c)
{
	size_t depth = 0;

	do {
		char at = peek(c);

		if (at == '"') {
			(void)take_string(c);
		} else {
			depth += at == '{' || at == '[';
			depth -= depth && (at == '}' || at == ']');
			step(c);
			/* The rest of a number or word. */
			while (c->rest.n &&
			       !strchr("{}[]\",: \t\r\n", c->rest.at[0]))
				step(c);
		}
		skip_between(c);
	} while (c->rest.n && depth);
}

/* To the member named @key, just before its name. False if there is none. */
static bool find_key(struct cursor *c, const char *key)
{
	if (peek(c) != '{')
		return false;
	step(c);
	skip_between(c);
	while (peek(c) == '"') {
		struct cursor before = *c;
		struct bytes name = take_string(c);

		if (tl_bytes_equal(name, tl_bytes_from_str(key))) {
			*c = before;
			return true;
		}
		skip_between(c);
		skip_value(c);
	}
	return false;
}

static bool find_index(struct cursor *c, size_t index)
{
	if (peek(c) != '[')
		return false;
	step(c);
	skip_between(c);
	while (index-- && c->rest.n && peek(c) != ']')
		skip_value(c);
	return c->rest.n && peek(c) != ']';
}

unsigned int tl_json_line(struct bytes text, const struct json_step *path,
			  size_t n)
{
	struct cursor c = { text, 1 };
	unsigned int line;
	size_t i;

	skip_between(&c);
	line = c.line;
	for (i = 0; i < n; i++) {
		if (!path[i].key) {
			if (!find_index(&c, path[i].index))
				break;
			line = c.line;
			continue;
		}
		if (!find_key(&c, path[i].key))
			break;
		line = c.line;
		(void)take_string(&c);
		skip_between(&c);
	}
	return line;
}
