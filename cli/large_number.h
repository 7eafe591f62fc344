/* SPDX-License-Identifier: Apache-2.0 */
/*
 * large_number.h - whole numbers from 2^63 on, which jansson cannot hold
 *
 * The IDs of worlds are unsigned numbers of 64 bits, and the HTTP interface
 * shows them as they are. Between reading and printing such a number is a
 * string that nothing else can look like.
 */
#ifndef TL_CLI_LARGE_NUMBER_H
#define TL_CLI_LARGE_NUMBER_H

#include "base/bytes.h"

/**
 * tl_large_hide() - Make large numbers strings
 * @json:	text; need not be well-formed
 *
 * Return: a text for tl_free(); NULL if there are none, if what stands for them
 * occurs in @json already, or if there is no memory.
 */
char *tl_large_hide(struct bytes json);

/* Make them numbers again, in place. */
void tl_large_show(char *json);

#endif /* TL_CLI_LARGE_NUMBER_H */
