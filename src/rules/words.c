/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/words.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"

#define SHOWN_MAX 40

/* Where the walk through the text is. */
struct place {
	struct bytes rest;
	uint32_t line;
	uint32_t column;
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void step(struct place *p)
{
	uint8_t c = p->rest.at[0];

	if (c == '\n') {
		p->line++;
		p->column = 1;
	} else if ((c & 0xc0) != 0x80) {
		p->column++;
	}
	p->rest = tl_bytes_skip(p->rest, 1);
}

static void skip_to_word(struct place *p)
{
	bool is_comment = false;

	while (p->rest.n && (is_comment || is_blank(p->rest.at[0]) ||
			     p->rest.at[0] == '#')) {
		if (p->rest.at[0] == '#')
			is_comment = true;
		else if (p->rest.at[0] == '\n')
			is_comment = false;
		step(p);
	}
}

static void take_word(struct rule_word *out, struct place *p)
{
	const uint8_t *start = p->rest.at;
	size_t n = 0;

	out->line = p->line;
	out->column = p->column;
	while (p->rest.n && !is_blank(p->rest.at[0])) {
		step(p);
		n++;
	}
	out->ends = start[n - 1] == ';';
	out->text = tl_bytes(start, out->ends ? n - 1 : n);
}

struct bytes tl_words_without_mark(struct bytes text)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (text.n < 3 || memcmp(text.at, mark, 3) != 0)
		return text;
	return tl_bytes(text.at + 3, text.n - 3);
}

int tl_words_split(struct rule_word **out, size_t *n, struct bytes text)
{
	struct place p = { .rest = tl_words_without_mark(text),
			   .line = 1,
			   .column = 1 };
	struct rule_word *words;
	size_t count = 0;

	if (text.n > RULES_TEXT_MAX)
		return -E2BIG;
	/* No two words without a blank between. */
	words = tl_alloc_array(text.n / 2 + 1, sizeof(*words));
	if (!words)
		return -ENOMEM;
	for (skip_to_word(&p); p.rest.n; skip_to_word(&p))
		take_word(&words[count++], &p);
	*out = words;
	*n = count;
	return 0;
}

static uint8_t folded(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

bool tl_word_same(struct bytes a, struct bytes b)
{
	size_t i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		if (folded(a.at[i]) != folded(b.at[i]))
			return false;
	return true;
}

bool tl_word_is(struct bytes word, const char *name)
{
	return tl_word_same(word, tl_bytes_from_str(name));
}

/* Length of the character at the beginning, 0 if it is none (RFC 3629 4). */
static size_t character_len(struct bytes b)
{
	uint8_t first = b.at[0];
	size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	size_t i;

	if (n == 1)
		return 1;
	if (first < 0xc2 || first > 0xf4 || b.n < n)
		return 0;
	for (i = 1; i < n; i++)
		if ((b.at[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, halves of pairs, and what is beyond the last. */
	if ((first == 0xe0 && b.at[1] < 0xa0) ||
	    (first == 0xed && b.at[1] > 0x9f) ||
	    (first == 0xf0 && b.at[1] < 0x90) ||
	    (first == 0xf4 && b.at[1] > 0x8f))
		return 0;
	return n;
}

bool tl_word_is_utf8(struct bytes word)
{
	while (word.n) {
		size_t n = character_len(word);

		if (n == 0)
			return false;
		word = tl_bytes_skip(word, n);
	}
	return true;
}

const char *tl_word_shown(struct bytes word)
{
	static char shown[3][SHOWN_MAX + 4];
	static unsigned int turn;
	char *out = shown[turn++ % 3];
	size_t n = TL_MIN(word.n, (size_t)SHOWN_MAX);
	size_t i;

	/* No character is cut in two. */
	while (n < word.n && n > 0 && (word.at[n] & 0xc0) == 0x80)
		n--;
	for (i = 0; i < n; i++)
		out[i] = word.at[i] < ' ' || word.at[i] == 0x7f
				 ? '?'
				 : (char)word.at[i];
	memcpy(out + n, n < word.n ? "..." : "", n < word.n ? 4 : 1);
	return out;
}

bool tl_word_next_part(struct bytes *rest, struct bytes *part, char mark)
{
	const uint8_t *end;

	if (!rest->at)
		return false;
	end = rest->n ? memchr(rest->at, mark, rest->n) : NULL;
	if (!end) {
		*part = *rest;
		*rest = tl_bytes(NULL, 0);
		return true;
	}
	part->at = rest->at;
	part->n = (size_t)(end - rest->at);
	*rest = tl_bytes(end + 1, rest->n - part->n - 1);
	return true;
}

bool tl_word_number(uint64_t *out, struct bytes word)
{
	uint64_t v = 0;
	size_t i;

	if (word.n > 2 && word.n <= 18 && word.at[0] == '0' &&
	    (word.at[1] | 0x20) == 'x') {
		word = tl_bytes_skip(word, 2);
		return tl_hex_to_u64(out, word.n, word) == 0;
	}
	if (word.n == 0 || word.n > 19)
		return false;
	for (i = 0; i < word.n; i++) {
		if (word.at[i] < '0' || word.at[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(word.at[i] - '0');
	}
	*out = v;
	return true;
}
