/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_line.h - in which line of a JSON text something stands
 *
 * The JSON library tells that of errors of syntax only. Here the text is known
 * to be JSON, and it is looked for what else is wrong with it. Any bytes are
 * survived.
 */
#ifndef TL_SERVICE_JSON_LINE_H
#define TL_SERVICE_JSON_LINE_H

#include "base/bytes.h"

/* One step down: into an object by @key, or if that is NULL into an array. */
struct json_step {
	const char *key;
	size_t index;
};

/**
 * tl_json_line() - Find the line of a key or element
 * @path:	from the outermost value on, @n steps
 *
 * Keys are compared as they are written: one with escapes is not found.
 *
 * Return: its line, counted from 1; of what is not there, that of the innermost
 * step that is.
 */
unsigned int tl_json_line(struct bytes text, const struct json_step *path,
			  size_t n);

#endif /* TL_SERVICE_JSON_LINE_H */
