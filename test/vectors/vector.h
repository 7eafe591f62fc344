/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector.h - read the known answers in test/vectors/data
 *
 *	json_t *root = tl_vector_load("sign");
 *	json_t *item;
 *	size_t i;
 *
 *	json_array_foreach(tl_vector_array(root, "valid"), i, item)
 *		message = tl_vector_bytes(item, "message");
 *
 * Whatever is missing or malformed fails the test, and so does an array without
 * elements: a vector test cannot pass by testing nothing. What these functions
 * return lives until the program ends.
 */
#ifndef TL_TEST_VECTORS_VECTOR_H
#define TL_TEST_VECTORS_VECTOR_H

#include <jansson.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "harness.h"

/* @name: file name without ".json" */
json_t *tl_vector_load(const char *name);

/* All of data/@name, as it is. */
struct bytes tl_vector_file(const char *name);

/* An element of an object. */
json_t *tl_vector_get(const json_t *object, const char *key);

/* An array with at least one element. */
json_t *tl_vector_array(const json_t *object, const char *key);

bool tl_vector_has(const json_t *object, const char *key);
const char *tl_vector_text(const json_t *object, const char *key);
long long tl_vector_int(const json_t *object, const char *key);
bool tl_vector_bool(const json_t *object, const char *key);

/* A string of hexadecimal digits as bytes, of its own for each call. */
struct buffer tl_vector_buffer(const json_t *object, const char *key);
struct bytes tl_vector_bytes(const json_t *object, const char *key);

/* The same, of exactly @n bytes. */
const uint8_t *tl_vector_fixed(const json_t *object, const char *key, size_t n);

/* A string of at most 16 hexadecimal digits as a number. */
uint64_t tl_vector_u64(const json_t *object, const char *key);

/* The bytes of a string that is itself an element of an array. */
struct buffer tl_vector_unhex(const char *text);

#define CHECK_BYTES(got, want)                                                 \
	do {                                                                   \
		struct bytes got_b = (got);                                    \
		struct bytes want_b = (want);                                  \
                                                                               \
		if (got_b.n != want_b.n)                                       \
			FAIL("%s has %zu bytes, not %zu", #got, got_b.n,       \
			     want_b.n);                                        \
		if (got_b.n && memcmp(got_b.at, want_b.at, got_b.n) != 0)      \
			FAIL("%s differs from %s", #got, #want);               \
	} while (0)

#endif /* TL_TEST_VECTORS_VECTOR_H */
