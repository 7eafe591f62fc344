/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include <errno.h>

char *tl_hex_encode(char *out, struct bytes b)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < b.n; i++) {
		out[2 * i] = digits[b.at[i] >> 4];
		out[2 * i + 1] = digits[b.at[i] & 15];
	}
	out[2 * b.n] = '\0';
	return out;
}

#define IS_DIGIT 0x10

/* The value of each digit, with IS_DIGIT; 0 for all else. */
static const uint8_t digits_of[256] = {
	['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14,
	['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19,
	['a'] = 0x1a, ['b'] = 0x1b, ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e,
	['f'] = 0x1f, ['A'] = 0x1a, ['B'] = 0x1b, ['C'] = 0x1c, ['D'] = 0x1d,
	['E'] = 0x1e, ['F'] = 0x1f,
};

int tl_hex_digit(char c)
{
	uint8_t v = digits_of[(uint8_t)c];

	return v ? v - IS_DIGIT : -1;
}

int tl_hex_decode(void *out, size_t n, struct bytes text)
{
	unsigned int all = IS_DIGIT;
	uint8_t *o = out;
	size_t i;

	if (text.n % 2 || text.n / 2 != n)
		return -EINVAL;
	for (i = 0; i < text.n; i++)
		all &= digits_of[text.at[i]];
	if (!all)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		unsigned int high = digits_of[text.at[2 * i]];
		unsigned int low = digits_of[text.at[2 * i + 1]] - IS_DIGIT;

		o[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int tl_hex_to_u64(uint64_t *out, size_t digits, struct bytes text)
{
	uint64_t v = 0;
	size_t i;

	if (text.n != digits || digits < 1 || digits > 16)
		return -EINVAL;
	for (i = 0; i < digits; i++) {
		int d = tl_hex_digit((char)text.at[i]);

		if (d < 0)
			return -EINVAL;
		v = v << 4 | (uint64_t)d;
	}
	*out = v;
	return 0;
}
