/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation: the text is walked through once for its blocks. Tags are
 * read whole; of macros, capabilities and rules only where they begin and end,
 * each a span of words in the chain of its owner. So everything is known when
 * the second pass renders the chains, and may be used before it is defined.
 *
 * Where a ';' could end two things it ends the inner one. The reference lets
 * that of a rule without matches end the macro or capability around it, too,
 * and then finds a lone ';' harmless; so do we, as there is nothing to end.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "rules/compiler.h"

bool tl_compile_fail(struct compiler *c, const struct rule_word *word,
		     const struct scope *scope, const char *format, ...)
{
	struct rule_error *e = c->err;
	va_list args;
	size_t n;

	e->line = word->line;
	e->column = word->column;
	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	n = strlen(e->text);
	if (scope)
		snprintf(e->text + n, sizeof(e->text) - n,
			 " (included in line %u)", (unsigned)scope->word->line);
	return false;
}

void tl_compile_warn(struct compiler *c, const struct rule_word *word,
		     const char *format, ...)
{
	struct rule_program *p = c->program;
	struct rule_error *e = &p->warnings[p->n_warnings];
	va_list args;

	if (p->n_warnings == PROGRAM_WARNINGS_MAX)
		return;
	p->n_warnings++;
	e->line = word->line;
	e->column = word->column;
	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
}

static size_t count_words(const struct compiler *c, const char *name)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < c->n; i++)
		n += tl_word_is(c->words[i].text, name);
	return n;
}

static bool has_room(struct compiler *c)
{
	size_t n_caps = count_words(c, "cap");
	size_t n_values = count_words(c, "enum") + count_words(c, "flag");

	/* One beyond what there may be: it is written to and then refused. */
	if (tl_program_new(&c->program,
			   TL_MIN(count_words(c, "tag"),
				  (size_t)PROGRAM_TAGS_MAX),
			   n_values, TL_MIN(n_caps, (size_t)PROGRAM_CAPS_MAX)))
		return false;
	c->macros =
		tl_alloc_array(count_words(c, "macro") + 1, sizeof(*c->macros));
	c->cap_chains = tl_alloc_array(n_caps + 1, sizeof(*c->cap_chains));
	c->spans = tl_alloc_array(c->n + 1, sizeof(*c->spans));
	return c->macros && c->cap_chains && c->spans;
}

static int compile(struct compiler *c)
{
	size_t i;

	if (!has_room(c))
		return -ENOMEM;
	if (!tl_scan(c))
		return -EINVAL;
	for (i = 0; i < c->program->n_caps; i++) {
		struct program_rules *rules = &c->program->caps[i].rules;

		if (tl_program_reserve(rules, RULES_MAX_CAPABILITY))
			return -ENOMEM;
		if (!tl_render_chain(c, &c->cap_chains[i], rules, NULL))
			return -EINVAL;
	}
	return tl_render_chain(c, &c->base, &c->program->base, NULL) ? 0
								     : -EINVAL;
}

int tl_program_compile(struct rule_program **out, struct rule_error *err,
		       struct bytes text)
{
	struct compiler c = { .err = err };
	struct rule_word *words;
	int ret = tl_words_split(&words, &c.n, text);

	if (ret == -E2BIG) {
		*err = (struct rule_error){ 0 };
		snprintf(err->text, sizeof(err->text),
			 "the text has more than %d bytes", RULES_TEXT_MAX);
		return -EINVAL;
	}
	if (ret)
		return ret;
	c.words = words;
	ret = compile(&c);
	if (ret)
		tl_program_free(c.program);
	else
		*out = c.program;
	tl_free(words);
	tl_free(c.macros);
	tl_free(c.cap_chains);
	tl_free(c.spans);
	return ret;
}
