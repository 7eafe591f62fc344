/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - the text of the rule language as words (vl2.md 12.1)
 *
 * Words are parted by white space; one that begins with '#' and all behind it
 * in its line is a comment. A ';' at the end of a word, or alone, ends a block;
 * one is taken off. Nothing else has a meaning here.
 */
#ifndef TL_RULES_WORDS_H
#define TL_RULES_WORDS_H

#include <stdint.h>

#include "base/bytes.h"

#define RULES_TEXT_MAX (256 * 1024)
#define RULE_ERROR_SIZE 320

/**
 * struct rule_word - One word
 * @text:	without its ';'; borrowed from the text; empty if it was but one
 * @line:	from 1
 * @column:	from 1; characters of UTF-8, a tab is one
 * @ends:	there was a ';'
 */
struct rule_word {
	struct bytes text;
	uint32_t line;
	uint32_t column;
	bool ends;
};

/**
 * struct rule_error - What is wrong, where, and what to do about it
 * @line:	0: it is of no line
 */
struct rule_error {
	uint32_t line;
	uint32_t column;
	char text[RULE_ERROR_SIZE];
};

/* Behind the mark of the byte order with which some editors begin a text. */
struct bytes tl_words_without_mark(struct bytes text);

/**
 * tl_words_split() - Split a text
 * @out:	to be freed with tl_free()
 *
 * Return: 0; -E2BIG beyond RULES_TEXT_MAX bytes; -ENOMEM.
 */
TL_MUST_USE int tl_words_split(struct rule_word **out, size_t *n,
			       struct bytes text);

/* Equal but for upper and lower case of ASCII. */
bool tl_word_is(struct bytes word, const char *name);
bool tl_word_same(struct bytes a, struct bytes b);

/* Is it UTF-8, as JSON wants it? */
bool tl_word_is_utf8(struct bytes word);

/* For messages: cut after 40 characters, controls as '?'. A static string that
 * the third call after it writes over. */
const char *tl_word_shown(struct bytes word);

/* The next part of a list parted by @mark; false at its end. */
bool tl_word_next_part(struct bytes *rest, struct bytes *part, char mark);

/* Decimal, or hexadecimal behind 0x; nothing else. */
TL_MUST_USE bool tl_word_number(uint64_t *out, struct bytes word);

#endif /* TL_RULES_WORDS_H */
