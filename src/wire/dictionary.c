/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/dictionary.h"

#include <string.h>

#define NUMBER_TEXT_MAX 64 /* longer numbers are cut, and too large anyway */

static bool ends_line(uint8_t c)
{
	return c == '\n' || c == '\r';
}

/* A zero byte ends the dictionary, as if it were a C string. */
static struct bytes cut_at_zero(struct bytes dict)
{
	const uint8_t *zero = dict.n ? memchr(dict.at, 0, dict.n) : NULL;

	return zero ? tl_bytes(dict.at, (size_t)(zero - dict.at)) : dict;
}

static size_t line_len(struct bytes b)
{
	size_t n = 0;

	while (n < b.n && !ends_line(b.at[n]))
		n++;
	return n;
}

/* The escaped value of the first line that begins with @key and '='. */
static bool find_value(struct bytes dict, const char *key, struct bytes *value)
{
	size_t key_len = strlen(key);

	dict = cut_at_zero(dict);
	while (dict.n > 0) {
		size_t n = line_len(dict);

		if (n > key_len && dict.at[key_len] == '=' &&
		    memcmp(dict.at, key, key_len) == 0) {
			*value = tl_bytes(dict.at + key_len + 1,
					  n - key_len - 1);
			return true;
		}
		dict = tl_bytes_skip(dict, n + 1);
	}
	return false;
}

static uint8_t unescape(uint8_t c)
{
	switch (c) {
	case '0':
		return '\0';
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case 'e':
		return '=';
	default:
		return c;
	}
}

bool tl_dict_get(struct bytes dict, const char *key, struct buffer out,
		 size_t *n)
{
	struct bytes value;
	size_t used = 0;
	size_t i;

	if (!find_value(dict, key, &value))
		return false;
	for (i = 0; i < value.n && used < out.n; i++) {
		uint8_t c = value.at[i];

		if (c == '\\') {
			if (++i == value.n)
				break;
			c = unescape(value.at[i]);
		}
		out.at[used++] = c;
	}
	*n = used;
	return true;
}

bool tl_dict_has(struct bytes dict, const char *key)
{
	struct bytes value;

	return find_value(dict, key, &value);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/**
 * struct number - A number as it was written
 * @too_large:	more than 64 bits; @magnitude is then all ones
 */
struct number {
	uint64_t magnitude;
	bool negative;
	bool too_large;
};

/* As strtoull(3) reads it with base 16: spaces, sign, 0x, then digits up to
 * the first other character. @text ends with a zero. */
static struct number read_number(const char *text)
{
	struct number v = { .magnitude = 0 };

	while (is_space(*text))
		text++;
	if (*text == '-' || *text == '+')
		v.negative = *text++ == '-';
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
	    digit_of(text[2]) >= 0)
		text += 2;
	for (; digit_of(*text) >= 0; text++) {
		if (v.magnitude >> 60)
			v.too_large = true;
		v.magnitude = v.magnitude << 4 | (uint64_t)digit_of(*text);
	}
	if (v.too_large)
		v.magnitude = UINT64_MAX;
	return v;
}

static bool get_number(struct bytes dict, const char *key, struct number *v)
{
	char text[NUMBER_TEXT_MAX + 1];
	size_t n;

	if (!tl_dict_get(dict, key, tl_buffer(text, NUMBER_TEXT_MAX), &n) ||
	    n == 0)
		return false;
	text[n] = '\0';
	*v = read_number(text);
	return true;
}

uint64_t tl_dict_get_uint(struct bytes dict, const char *key,
			  uint64_t otherwise)
{
	struct number v;

	if (!get_number(dict, key, &v))
		return otherwise;
	return v.negative && !v.too_large ? 0 - v.magnitude : v.magnitude;
}

int64_t tl_dict_get_int(struct bytes dict, const char *key, int64_t otherwise)
{
	struct number v;

	if (!get_number(dict, key, &v))
		return otherwise;
	if (v.magnitude > INT64_MAX)
		return v.negative ? INT64_MIN : INT64_MAX;
	return v.negative ? -(int64_t)v.magnitude : (int64_t)v.magnitude;
}

bool tl_dict_get_bool(struct bytes dict, const char *key, bool otherwise)
{
	uint8_t first;
	size_t n;

	if (!tl_dict_get(dict, key, tl_buffer(&first, 1), &n))
		return otherwise;
	return n == 1 && (first == '1' || first == 't' || first == 'T');
}

struct address tl_dict_get_address(struct bytes dict, const char *key)
{
	return (struct address){ tl_dict_get_uint(dict, key, 0) &
				 UINT64_C(0xffffffffff) };
}

static void write_escaped(struct writer *w, struct bytes value)
{
	size_t i;

	for (i = 0; i < value.n; i++) {
		uint8_t c = value.at[i];
		uint8_t escaped = c == '\0'   ? '0'
				  : c == '\r' ? 'r'
				  : c == '\n' ? 'n'
				  : c == '\\' ? '\\'
				  : c == '='  ? 'e'
					      : 0;

		if (escaped) {
			tl_write_u8(w, '\\');
			c = escaped;
		}
		tl_write_u8(w, c);
	}
}

void tl_dict_add(struct writer *w, const char *key, struct bytes value)
{
	if (w->n > 0)
		tl_write_u8(w, '\n');
	tl_write_bytes(w, tl_bytes_from_str(key));
	tl_write_u8(w, '=');
	write_escaped(w, value);
}

void tl_dict_add_text(struct writer *w, const char *key, const char *value)
{
	tl_dict_add(w, key, tl_bytes_from_str(value));
}

/* The last @digits hexadecimal digits of @v. */
static void put_digits(char *out, size_t digits, uint64_t v)
{
	while (digits > 0) {
		out[--digits] = "0123456789abcdef"[v & 15];
		v >>= 4;
	}
}

void tl_dict_add_uint(struct writer *w, const char *key, uint64_t value)
{
	char text[16];

	put_digits(text, sizeof(text), value);
	tl_dict_add(w, key, TL_BYTES_OF(text));
}

void tl_dict_add_int(struct writer *w, const char *key, int64_t value)
{
	char text[17] = "-";

	if (value >= 0) {
		tl_dict_add_uint(w, key, (uint64_t)value);
		return;
	}
	put_digits(text + 1, sizeof(text) - 1, 0 - (uint64_t)value);
	tl_dict_add(w, key, TL_BYTES_OF(text));
}

void tl_dict_add_bool(struct writer *w, const char *key, bool value)
{
	tl_dict_add_text(w, key, value ? "1" : "0");
}

void tl_dict_add_address(struct writer *w, const char *key,
			 struct address value)
{
	char text[10];

	put_digits(text, sizeof(text), value.v);
	tl_dict_add(w, key, TL_BYTES_OF(text));
}
