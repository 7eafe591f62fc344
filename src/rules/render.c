/* SPDX-License-Identifier: Apache-2.0 */
/* render.c - from rules and includes to entries */
#include <string.h>

#include "rules/compiler.h"

#define INCLUDE_DEPTH_MAX 16
#define INCLUDES_MAX 20000
#define ARGS_MAX 2

static bool nth_part(struct bytes list, size_t n, struct bytes *part)
{
	do {
		if (!tl_word_next_part(&list, part, ','))
			return false;
	} while (n--);
	return true;
}

/* What a word stands for: itself, or the argument for a "$name". */
static struct bytes resolve(struct bytes word, const struct scope *scope)
{
	for (; scope && word.n && word.at[0] == '$'; scope = scope->up) {
		struct bytes params = scope->macro->params;
		struct bytes param;
		size_t i = 0;

		while (tl_word_next_part(&params, &param, ',')) {
			if (tl_word_same(param, word))
				break;
			i++;
		}
		if (i == tl_count_parts(scope->macro->params) ||
		    !nth_part(scope->args, i, &word))
			break;
	}
	return word;
}

static bool emit(struct compiler *c, struct program_rules *out,
		 const struct rule *rule, const struct rule_word *w,
		 const struct scope *scope)
{
	if (out->n == out->max)
		return tl_compile_fail(c, w, scope,
				       "these are more than %zu entries (a "
				       "match or an action each), which is all "
				       "that members accept here",
				       out->max);
	out->lines[out->n] = w->line;
	out->columns[out->n] = w->column;
	out->at[out->n++] = *rule;
	return true;
}

/* The words of a rule that is being rendered. */
struct cursor {
	const struct rule_word *at;
	const struct rule_word *end;
	const struct scope *scope;
};

static bool take_arg(struct compiler *c, struct cursor *k, struct bytes *out,
		     const struct rule_word *of, const char *usage)
{
	if (k->at == k->end)
		return tl_compile_fail(c, of, k->scope, "%s wants %s",
				       tl_word_shown(of->text), usage);
	*out = resolve(k->at->text, k->scope);
	k->at++;
	return true;
}

/* and, or, not: in any order. */
static uint8_t take_words(struct cursor *k)
{
	uint8_t flags = 0;

	for (; k->at < k->end; k->at++) {
		if (tl_word_is(k->at->text, "or"))
			flags |= RULE_OR;
		else if (tl_word_is(k->at->text, "not"))
			flags |= RULE_NOT;
		else if (!tl_word_is(k->at->text, "and"))
			break;
	}
	return flags;
}

static bool say_no_match(struct compiler *c, const struct cursor *k)
{
	struct bytes word = k->at->text;
	const char *meant = tl_word_meant(word);

	if (meant)
		return tl_compile_fail(c, k->at, k->scope,
				       "\"%s\" is no match; was \"%s\" meant?",
				       tl_word_shown(word), meant);
	return tl_compile_fail(c, k->at, k->scope,
			       "\"%s\" is no match, or the one before it has "
			       "its arguments already: ethertype, ipprotocol, "
			       "ipsrc, dport, chr, tseq ... are",
			       tl_word_shown(word));
}

static bool render_match(struct compiler *c, struct cursor *k,
			 struct program_rules *out)
{
	const struct rule_word *last = k->end - 1;
	uint8_t flags = take_words(k);
	const struct rule_word *w = k->at;
	struct bytes args[ARGS_MAX] = { 0 };
	const struct match_name *m;
	struct rule rule;
	size_t i;

	if (w == k->end)
		return tl_compile_fail(c, last, k->scope,
				       "a match is missing behind \"%s\"",
				       tl_word_shown(last->text));
	m = tl_match_find(w->text);
	if (!m)
		return say_no_match(c, k);
	k->at++;
	for (i = 0; i < tl_match_n_args(m); i++)
		if (!take_arg(c, k, &args[i], w, m->usage))
			return false;
	if (!tl_match_read(c, &rule, m, args, w + 1, k->scope))
		return false;
	rule.t |= flags;
	return emit(c, out, &rule, w, k->scope);
}

static bool read_target(struct compiler *c, struct cursor *k, struct rule *rule,
			const struct rule_word *of)
{
	const struct rule_word *w = k->at;
	struct address to;
	struct bytes arg = { 0 };

	if (!take_arg(c, k, &arg, of, "an address"))
		return false;
	if (tl_address_parse(&to, arg))
		return tl_compile_fail(c, w, k->scope,
				       "\"%s\" is no address: ten hexadecimal "
				       "digits are wanted",
				       tl_word_shown(arg));
	rule->v.copy.address = to.v;
	return true;
}

/* -1 and 0: the whole frame. */
static bool read_length(struct compiler *c, struct cursor *k, struct rule *rule,
			const struct rule_word *of)
{
	const struct rule_word *w = k->at;
	struct bytes arg = { 0 };
	uint64_t v;

	if (!take_arg(c, k, &arg, of, "a length and an address"))
		return false;
	if (tl_word_is(arg, "-1")) {
		rule->v.copy.len = 0;
		return true;
	}
	if (!tl_word_number(&v, arg) || v > UINT16_MAX)
		return tl_compile_fail(c, w, k->scope,
				       "\"%s\" is no length: 0 to 65535, or -1 "
				       "for whole frames",
				       tl_word_shown(arg));
	rule->v.copy.len = (uint16_t)v;
	return true;
}

/* The action with its own arguments. */
static bool read_action(struct compiler *c, struct cursor *k, struct rule *rule)
{
	static const struct {
		const char *name;
		uint8_t type;
	} actions[] = {
		{ "drop", RULE_DROP },	 { "accept", RULE_ACCEPT },
		{ "break", RULE_BREAK }, { "redirect", RULE_REDIRECT },
		{ "tee", RULE_TEE },	 { "watch", RULE_WATCH },
	};
	const struct rule_word *w = k->at++;
	size_t i;

	memset(rule, 0, sizeof(*rule));
	for (i = 0; i < TL_ARRAY_SIZE(actions); i++)
		if (tl_word_is(w->text, actions[i].name))
			break;
	if (i == TL_ARRAY_SIZE(actions))
		return tl_compile_fail(c, w, k->scope,
				       "%s cannot be sent to members; write "
				       "accept, which it equals",
				       tl_word_shown(w->text));
	rule->t = actions[i].type;
	if (rule->t == RULE_REDIRECT)
		return read_target(c, k, rule, w);
	if (rule->t == RULE_TEE || rule->t == RULE_WATCH)
		return read_length(c, k, rule, w) && read_target(c, k, rule, w);
	return true;
}

static bool render_action(struct compiler *c, struct cursor *k,
			  struct program_rules *out)
{
	const struct rule_word *w = k->at;
	struct rule action;

	if (!read_action(c, k, &action))
		return false;
	while (k->at < k->end)
		if (!render_match(c, k, out))
			return false;
	return emit(c, out, &action, w, k->scope);
}

static bool render_include(struct compiler *c, const struct rule_word *w,
			   struct program_rules *out, const struct scope *up)
{
	struct scope scope = { .word = w, .up = up };
	struct bytes name;
	size_t n_params;

	if (!tl_split_call(w->text, &name, &scope.args))
		return tl_compile_fail(c, w, up,
				       "\"%s\" has no ) at its end; no blanks "
				       "may stand between ( and )",
				       tl_word_shown(w->text));
	scope.macro = tl_macro_find(c, name);
	if (!scope.macro)
		return tl_compile_fail(c, w, up, "there is no macro \"%s\"",
				       tl_word_shown(name));
	n_params = tl_count_parts(scope.macro->params);
	if (tl_count_parts(scope.args) < n_params)
		return tl_compile_fail(c, w, up,
				       "the macro \"%s\" wants %zu arguments: "
				       "(%.*s)",
				       tl_word_shown(name), n_params,
				       (int)TL_MIN(scope.macro->params.n,
						   (size_t)80),
				       (const char *)scope.macro->params.at);
	scope.depth = up ? up->depth + 1 : 1;
	if (scope.depth > INCLUDE_DEPTH_MAX || ++c->n_included > INCLUDES_MAX)
		return tl_compile_fail(c, w, up,
				       "macros include one another too deeply "
				       "or too often; does \"%s\" include "
				       "itself?",
				       tl_word_shown(name));
	return tl_render_chain(c, &scope.macro->chain, out, &scope);
}

bool tl_render_chain(struct compiler *c, const struct rule_chain *chain,
		     struct program_rules *out, const struct scope *scope)
{
	size_t i;

	for (i = chain->head; i; i = c->spans[i - 1].next) {
		const struct span *s = &c->spans[i - 1];
		struct cursor k = { c->words + s->first, c->words + s->end,
				    scope };
		bool ok;

		if (tl_word_is_end(k.end - 1))
			k.end--;
		if (tl_word_is(k.at->text, "include"))
			ok = render_include(c, k.at + 1, out, scope);
		else
			ok = render_action(c, &k, out);
		if (!ok)
			return false;
	}
	return true;
}
