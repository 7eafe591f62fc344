/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/json.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/text.h"

/* jansson's own limit is 2048 levels, each a recursion. */
static bool is_shallow(struct bytes text)
{
	bool in_string = false;
	size_t depth = 0;
	size_t i;

	for (i = 0; i < text.n; i++) {
		uint8_t c = text.at[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
			continue;
		}
		if (c == '"')
			in_string = true;
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > JSON_MAX_DEPTH)
			return false;
	}
	return true;
}

static json_t *parse(struct bytes text, size_t flags, char why[JSON_WHY_SIZE])
{
	json_error_t e;
	json_t *j;

	if (!text.n) {
		snprintf(why, JSON_WHY_SIZE, "body: empty, not JSON");
		return NULL;
	}
	if (!is_shallow(text)) {
		snprintf(why, JSON_WHY_SIZE,
			 "body: JSON that is nested deeper than %d levels",
			 JSON_MAX_DEPTH);
		return NULL;
	}
	j = json_loadb((const char *)text.at, text.n, flags | JSON_DECODE_ANY,
		       &e);
	if (!j)
		snprintf(why, JSON_WHY_SIZE,
			 "body: not JSON: line %d, column %d: %s", e.line,
			 e.column, e.text);
	return j;
}

/* Of a key that is there twice nobody knows which is meant. */
json_t *tl_json_parse_why(struct bytes text, char why[JSON_WHY_SIZE])
{
	return parse(text, JSON_REJECT_DUPLICATES, why);
}

json_t *tl_json_parse(struct bytes text)
{
	char why[JSON_WHY_SIZE];

	return parse(text, 0, why);
}

static int append(const char *part, size_t n, void *ctx)
{
	struct text *t = ctx;

	tl_text_add(t, part, n);
	return t->has_failed ? -1 : 0;
}

char *tl_json_print(const json_t *j)
{
	struct text t = { 0 };

	if (json_dump_callback(j, append, &t,
			       JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY))
		t.has_failed = true;
	return tl_text_take(&t);
}

bool tl_json_bool(const json_t *j, bool otherwise)
{
	const char *s = json_string_value(j);

	if (json_is_boolean(j))
		return json_is_true(j);
	if (json_is_number(j))
		return json_number_value(j) > 0;
	if (s)
		return *s == 't' || *s == 'T' || *s == '1';
	return otherwise;
}

/* Sign and at most 18 digits: always fits. */
static bool parse_decimal(int64_t *out, const char *s)
{
	bool is_negative = *s == '-';
	int64_t v = 0;

	if (*s == '-' || *s == '+')
		s++;
	if (*s == '\0' || strlen(s) > 18)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		v = v * 10 + (*s - '0');
	}
	*out = is_negative ? -v : v;
	return true;
}

int64_t tl_json_int(const json_t *j, int64_t otherwise)
{
	const char *s = json_string_value(j);
	int64_t v;

	if (json_is_integer(j))
		return json_integer_value(j);
	if (json_is_boolean(j))
		return json_is_true(j);
	if (json_is_real(j) && json_real_value(j) > -9e15 &&
	    json_real_value(j) < 9e15) {
		v = (int64_t)json_real_value(j);
		return (double)v == json_real_value(j) ? v : otherwise;
	}
	return s && parse_decimal(&v, s) ? v : otherwise;
}

json_t *tl_json_text(const json_t *j)
{
	char text[32];

	if (json_is_string(j))
		return json_stringn(json_string_value(j),
				    json_string_length(j));
	if (json_is_boolean(j))
		return json_string(json_is_true(j) ? "1" : "0");
	if (json_is_integer(j)) {
		snprintf(text, sizeof(text), "%lld",
			 (long long)json_integer_value(j));
		return json_string(text);
	}
	if (json_is_real(j)) {
		snprintf(text, sizeof(text), "%.15g", json_real_value(j));
		return json_string(text);
	}
	return NULL;
}
