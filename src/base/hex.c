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

int tl_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int tl_hex_decode(void *out, size_t n, struct bytes text)
{
	uint8_t *o = out;
	size_t i;

	if (text.n % 2 || text.n / 2 != n)
		return -EINVAL;
	for (i = 0; i < text.n; i++) {
		if (tl_hex_digit((char)text.at[i]) < 0)
			return -EINVAL;
	}
	for (i = 0; i < n; i++) {
		int high = tl_hex_digit((char)text.at[2 * i]);
		int low = tl_hex_digit((char)text.at[2 * i + 1]);

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
