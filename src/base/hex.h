/* SPDX-License-Identifier: Apache-2.0 */
/* hex.h - bytes as hexadecimal digits and back */
#ifndef TL_BASE_HEX_H
#define TL_BASE_HEX_H

#include "base/bytes.h"

/**
 * tl_hex_encode() - Write bytes as lower-case hexadecimal digits
 * @out:	room for 2 * @b.n + 1 characters; zero-terminated
 *
 * Return: @out.
 */
char *tl_hex_encode(char *out, struct bytes b);

/**
 * tl_hex_decode() - Read exactly @n bytes from 2 * @n digits, either case
 * @out:	@n bytes, written only on success
 * @text:	the digits and nothing else
 *
 * Return: 0, or -EINVAL for a wrong length or a character that is no digit.
 */
TL_MUST_USE int tl_hex_decode(void *out, size_t n, struct bytes text);

/**
 * tl_hex_to_u64() - Read @digits hexadecimal digits as a number
 * @digits:	how many digits @text must have, 1..16
 *
 * Return: 0, or -EINVAL; *@out is written only on success.
 */
TL_MUST_USE int tl_hex_to_u64(uint64_t *out, size_t digits, struct bytes text);

/* The value of one digit, or -1. */
int tl_hex_digit(char c);

#endif /* TL_BASE_HEX_H */
