/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - JSON from outside: limits and lenient types
 *
 * Owns nothing. The conversions are those of vl2.md 14.1, for the pages and
 * scripts in the field that write numbers as strings and the like.
 */
#ifndef TL_CONTROLLER_JSON_H
#define TL_CONTROLLER_JSON_H

#include <jansson.h>

#include "base/bytes.h"

#define JSON_MAX_DEPTH 16
#define JSON_MAX_ARRAY 16384
#define JSON_WHY_SIZE 256

/**
 * tl_json_parse() - Parse a text within limits
 *
 * Return: a new value, or NULL if it is no JSON, nests deeper than
 * JSON_MAX_DEPTH, or out of memory.
 */
TL_MUST_USE json_t *tl_json_parse(struct bytes text);

/* The same, of a request's body: a key that is there twice is refused, too.
 * What is wrong is in @why, if it returns NULL: where, and what, as
 * "body: ...". */
TL_MUST_USE json_t *tl_json_parse_why(struct bytes text,
				      char why[JSON_WHY_SIZE]);

/* In ascending order of keys, without white space; to be freed with tl_free().
 * NULL when out of memory. */
TL_MUST_USE char *tl_json_print(const json_t *j);

/* bool; number: above 0; string: begins with t, T or 1. Else @otherwise. */
bool tl_json_bool(const json_t *j, bool otherwise);

/* Whole number, 1e3 and 1.0 among them; string of decimal digits; bool. Else
 * @otherwise. */
int64_t tl_json_int(const json_t *j, int64_t otherwise);

/* A new string from a string, a number or a bool ("1", "0"). NULL if it is
 * something else, or out of memory. */
TL_MUST_USE json_t *tl_json_text(const json_t *j);

#endif /* TL_CONTROLLER_JSON_H */
