/* SPDX-License-Identifier: Apache-2.0 */
/* scan.c - where the blocks of a text begin and end; macros */
#include <string.h>

#include "rules/compiler.h"

static bool is_name(struct bytes name)
{
	size_t i;

	if (name.n == 0 || (name.at[0] >= '0' && name.at[0] <= '9'))
		return false;
	for (i = 0; i < name.n; i++) {
		uint8_t ch = name.at[i];
		uint8_t low = ch | 0x20;

		if (!(low >= 'a' && low <= 'z') && !(ch >= '0' && ch <= '9') &&
		    ch != '_' && ch < 0x80)
			return false;
	}
	return tl_word_is_utf8(name);
}

void tl_scan_fold(char *out, struct bytes name)
{
	size_t i;

	for (i = 0; i < name.n; i++)
		out[i] = name.at[i] >= 'A' && name.at[i] <= 'Z'
				 ? (char)(name.at[i] | 0x20)
				 : (char)name.at[i];
	out[i] = 0;
}

bool tl_scan_name(struct compiler *c, const struct rule_word *w,
		  struct bytes name, const char *what)
{
	if (!is_name(name))
		return tl_compile_fail(c, w, NULL,
				       "\"%s\" is no name for a %s: letters, "
				       "digits and _, not a digit first",
				       tl_word_shown(name), what);
	if (tl_word_is_reserved(name))
		return tl_compile_fail(c, w, NULL,
				       "no %s can be called \"%s\": it is a "
				       "word of the language",
				       what, tl_word_shown(name));
	if (name.n >= PROGRAM_NAME_SIZE)
		return tl_compile_fail(c, w, NULL,
				       "the name of a %s has at most %d bytes",
				       what, PROGRAM_NAME_SIZE - 1);
	return true;
}

/* The word behind the one at c->at, which is moved there; what it should be. */
const struct rule_word *tl_scan_next(struct compiler *c, const char *want)
{
	const struct rule_word *w = &c->words[c->at];

	if (w->ends || c->at + 1 == c->n || tl_word_is_end(w + 1)) {
		tl_compile_fail(c, w, NULL, "%s is missing behind \"%s\"", want,
				tl_word_shown(w->text));
		return NULL;
	}
	return &c->words[++c->at];
}

bool tl_scan_number(struct compiler *c, uint32_t *out, const char *want)
{
	const struct rule_word *w = tl_scan_next(c, want);
	uint64_t v;

	if (!w)
		return false;
	if (!tl_word_number(&v, w->text) || v > UINT32_MAX)
		return tl_compile_fail(c, w, NULL,
				       "\"%s\" is no number from 0 to "
				       "4294967295; %s is wanted",
				       tl_word_shown(w->text), want);
	*out = (uint32_t)v;
	return true;
}

/* "name(inside)"; without parentheses @inside has a null pointer. */
bool tl_split_call(struct bytes word, struct bytes *name, struct bytes *inside)
{
	const uint8_t *open = word.n ? memchr(word.at, '(', word.n) : NULL;

	*inside = tl_bytes(NULL, 0);
	*name = word;
	if (!open)
		return true;
	name->n = (size_t)(open - word.at);
	*inside = tl_bytes(open + 1, word.n - name->n - 1);
	if (inside->n == 0 || inside->at[inside->n - 1] != ')')
		return false;
	inside->n--;
	if (inside->n == 0)
		inside->at = NULL;
	return true;
}

size_t tl_count_parts(struct bytes list)
{
	struct bytes part;
	size_t n = 0;

	while (tl_word_next_part(&list, &part, ','))
		n++;
	return n;
}

const struct macro *tl_macro_find(const struct compiler *c, struct bytes name)
{
	size_t i;

	for (i = 0; i < c->n_macros; i++)
		if (tl_word_same(c->macros[i].name, name))
			return &c->macros[i];
	return NULL;
}

static bool check_params(struct compiler *c, const struct rule_word *w,
			 struct bytes params)
{
	struct bytes part;

	while (tl_word_next_part(&params, &part, ','))
		if (part.n < 2 || part.at[0] != '$' ||
		    !is_name(tl_bytes_skip(part, 1)))
			return tl_compile_fail(c, w, NULL,
					       "\"%s\" is no parameter: $name, "
					       "with commas between and no "
					       "blanks",
					       tl_word_shown(part));
	return true;
}

static void add_span(struct compiler *c, struct rule_chain *chain, size_t first)
{
	struct span *s = &c->spans[c->n_spans++];

	*s = (struct span){ .first = first, .end = c->at };
	if (chain->tail)
		c->spans[chain->tail - 1].next = c->n_spans;
	else
		chain->head = c->n_spans;
	chain->tail = c->n_spans;
}

static bool is_action(struct bytes word)
{
	return tl_word_opens_block(word) && !tl_word_is(word, "macro") &&
	       !tl_word_is(word, "tag") && !tl_word_is(word, "cap");
}

static bool say_unknown(struct compiler *c, const struct rule_word *w)
{
	const char *meant = tl_word_meant(w->text);

	if (meant)
		return tl_compile_fail(c, w, NULL,
				       "\"%s\" begins no rule; was \"%s\" "
				       "meant, or is the ; of the rule before "
				       "one word too early?",
				       tl_word_shown(w->text), meant);
	return tl_compile_fail(c, w, NULL,
			       "\"%s\" begins no rule: accept, drop, break, "
			       "tee, watch, redirect, include, macro, tag or "
			       "cap is wanted",
			       tl_word_shown(w->text));
}

/* From an action to its ';', or to the end of the text. */
static bool scan_action(struct compiler *c, struct rule_chain *chain)
{
	size_t first = c->at;
	const struct rule_word *w = &c->words[first];

	while (!c->words[c->at].ends) {
		if (++c->at == c->n)
			break;
		if (tl_word_opens_block(c->words[c->at].text) ||
		    tl_word_is(c->words[c->at].text, "include"))
			return tl_compile_fail(
				c, &c->words[c->at], NULL,
				"\"%s\" stands within the rule "
				"\"%s\" of line %u, which has no "
				"; yet",
				tl_word_shown(c->words[c->at].text),
				tl_word_shown(w->text), (unsigned)w->line);
	}
	if (c->at < c->n)
		c->at++;
	add_span(c, chain, first);
	return true;
}

bool tl_scan_directive(struct compiler *c, struct rule_chain *chain)
{
	const struct rule_word *w = &c->words[c->at];
	size_t first = c->at;

	if (is_action(w->text))
		return scan_action(c, chain);
	if (!tl_word_is(w->text, "include"))
		return say_unknown(c, w);
	if (!tl_scan_next(c, "the name of a macro"))
		return false;
	c->at++;
	add_span(c, chain, first);
	return true;
}

/* "macro" and the like within another definition. */
bool tl_scan_unclosed(struct compiler *c, const char *what, const char *name,
		      const struct rule_word *of)
{
	return tl_compile_fail(c, &c->words[c->at], NULL,
			       "\"%s\" stands within the %s \"%s\" of line %u, "
			       "which has no ; of its own yet",
			       tl_word_shown(c->words[c->at].text), what, name,
			       (unsigned)of->line);
}

bool tl_word_defines(struct bytes word)
{
	return tl_word_opens_block(word) && !is_action(word);
}

bool tl_scan_was_bare(const struct compiler *c, const struct rule_chain *chain)
{
	const struct span *s;

	if (!chain->tail)
		return false;
	s = &c->spans[chain->tail - 1];
	return s->end - s->first == 1 ||
	       (tl_word_is(c->words[s->first].text, "include") &&
		c->words[s->end - 1].ends) ||
	       (s->end - s->first == 2 &&
		tl_word_is_end(&c->words[s->first + 1]));
}

static bool scan_macro_body(struct compiler *c, struct macro *m)
{
	while (c->at < c->n) {
		const struct rule_word *w = &c->words[c->at];

		if (tl_word_is_end(w)) {
			c->at++;
			return true;
		}
		if (tl_word_defines(w->text) && tl_scan_was_bare(c, &m->chain))
			return true;
		if (tl_word_defines(w->text))
			return tl_scan_unclosed(
				c, "macro", tl_word_shown(m->name), m->word);
		if (!tl_scan_directive(c, &m->chain))
			return false;
	}
	tl_compile_warn(c, m->word,
			"the macro \"%s\" has no ; of its own: all that "
			"follows belongs to it",
			tl_word_shown(m->name));
	return true;
}

static bool scan_macro(struct compiler *c)
{
	const struct rule_word *w = tl_scan_next(c, "the name of the macro");
	struct macro *m = &c->macros[c->n_macros];

	if (!w)
		return false;
	m->word = w;
	if (!tl_split_call(w->text, &m->name, &m->params))
		return tl_compile_fail(c, w, NULL,
				       "\"%s\" has no ) at its end; no blanks "
				       "may stand between ( and )",
				       tl_word_shown(w->text));
	if (!tl_scan_name(c, w, m->name, "macro") ||
	    !check_params(c, w, m->params))
		return false;
	if (tl_macro_find(c, m->name))
		return tl_compile_fail(c, w, NULL,
				       "there is a macro \"%s\" already",
				       tl_word_shown(m->name));
	c->n_macros++;
	c->at++;
	return w->ends || scan_macro_body(c, m);
}

bool tl_scan(struct compiler *c)
{
	bool ok = true;

	while (ok && c->at < c->n) {
		const struct rule_word *w = &c->words[c->at];

		if (tl_word_is_end(w))
			c->at++;
		else if (is_action(w->text) || !tl_word_defines(w->text))
			ok = tl_scan_directive(c, &c->base);
		else if (tl_word_is(w->text, "macro"))
			ok = scan_macro(c);
		else if (tl_word_is(w->text, "tag"))
			ok = tl_scan_tag(c);
		else
			ok = tl_scan_cap(c);
	}
	return ok;
}
