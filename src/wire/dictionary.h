/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dictionary.h - "key=value" lines with escapes (vl2.md 3)
 *
 * Reading walks borrowed bytes; writing appends to a writer.
 */
#ifndef TL_WIRE_DICTIONARY_H
#define TL_WIRE_DICTIONARY_H

#include "base/reader.h"
#include "base/writer.h"
#include "wire/address.h"

/**
 * tl_dict_get() - Look up a key and unescape its value
 * @out:	room for the value; a longer one is cut off to fit
 * @n:		length of the value put there
 *
 * Return: true if the key is there.
 */
bool tl_dict_get(struct bytes dict, const char *key, struct buffer out,
		 size_t *n);

bool tl_dict_has(struct bytes dict, const char *key);

/* Typed readings of vl2.md 3.3; @otherwise if absent, or empty and no bool. */
uint64_t tl_dict_get_uint(struct bytes dict, const char *key,
			  uint64_t otherwise);
int64_t tl_dict_get_int(struct bytes dict, const char *key, int64_t otherwise);
bool tl_dict_get_bool(struct bytes dict, const char *key, bool otherwise);
struct address tl_dict_get_address(struct bytes dict, const char *key);

/* Append an entry; the first one has no line end before it (@w->n is 0). */
void tl_dict_add(struct writer *w, const char *key, struct bytes value);
void tl_dict_add_text(struct writer *w, const char *key, const char *value);
void tl_dict_add_uint(struct writer *w, const char *key, uint64_t value);
void tl_dict_add_int(struct writer *w, const char *key, int64_t value);
void tl_dict_add_bool(struct writer *w, const char *key, bool value);
void tl_dict_add_address(struct writer *w, const char *key,
			 struct address value);

#endif /* TL_WIRE_DICTIONARY_H */
