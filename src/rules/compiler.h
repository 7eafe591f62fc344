/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compiler.h - the inside of tl_program_compile()
 *
 * compile.c tells the passes; scan.c and scan_tag.c are the first, render.c and
 * match.c the second. Each function that returns false has said
 * why, with the place, in the compiler's error.
 */
#ifndef TL_RULES_COMPILER_H
#define TL_RULES_COMPILER_H

#include "rules/names.h"
#include "rules/program.h"

/**
 * struct rule_chain - The rules of one owner: the network, a macro, a cap
 * @head, @tail: first and last in the compiler's spans, plus one; 0: none
 */
struct rule_chain {
	size_t head;
	size_t tail;
};

/**
 * struct macro - One macro
 * @params:	what stands between its parentheses
 */
struct macro {
	struct bytes name;
	struct bytes params;
	const struct rule_word *word;
	struct rule_chain chain;
};

/**
 * struct scope - What a "$name" stands for
 * @args:	what stands between the parentheses of the include
 * @word:	the include
 * @up:		where the include stands; NULL: in no macro
 */
struct scope {
	const struct macro *macro;
	struct bytes args;
	const struct rule_word *word;
	const struct scope *up;
	unsigned int depth;
};

/**
 * struct span - One rule or include: words [@first, @end)
 * @next:	the same owner's next one, plus one; 0: none
 */
struct span {
	size_t first;
	size_t end;
	size_t next;
};

struct compiler {
	const struct rule_word *words;
	size_t n;
	size_t at;
	struct rule_program *program;
	struct rule_error *err;
	struct macro *macros;
	size_t n_macros;
	struct rule_chain *cap_chains;
	struct rule_chain base;
	struct span *spans;
	size_t n_spans;
	unsigned int n_included;
};

/* Returns false. @scope: NULL, or within what; it is named, too. */
bool tl_compile_fail(struct compiler *c, const struct rule_word *word,
		     const struct scope *scope, const char *format, ...)
	TL_PRINTF(4, 5);

/* What is allowed but hardly meant; beyond the maximum nothing is said. */
void tl_compile_warn(struct compiler *c, const struct rule_word *word,
		     const char *format, ...) TL_PRINTF(3, 4);

/* First pass: everything but what is in rules. */
TL_MUST_USE bool tl_scan(struct compiler *c);

/* The definition at c->at, which is moved behind it. */
TL_MUST_USE bool tl_scan_tag(struct compiler *c);
TL_MUST_USE bool tl_scan_cap(struct compiler *c);

/* A rule or include at c->at, which is moved behind it. */
TL_MUST_USE bool tl_scan_directive(struct compiler *c,
				   struct rule_chain *chain);

/* The word behind the one at c->at, which is moved there. NULL after saying
 * that @want is missing. */
const struct rule_word *tl_scan_next(struct compiler *c, const char *want);
TL_MUST_USE bool tl_scan_number(struct compiler *c, uint32_t *out,
				const char *want);

/* May a thing, a "tag" say, be called so? */
TL_MUST_USE bool tl_scan_name(struct compiler *c, const struct rule_word *w,
			      struct bytes name, const char *what);

/* In lower case; @out: PROGRAM_NAME_SIZE, which it must be below. */
void tl_scan_fold(char *out, struct bytes name);

/* A definition begins within another one. Returns false. */
bool tl_scan_unclosed(struct compiler *c, const char *what, const char *name,
		      const struct rule_word *of);

/* Was the newest rule one without matches, such as "accept;"? */
bool tl_scan_was_bare(const struct compiler *c, const struct rule_chain *chain);

/* macro, tag, cap */
bool tl_word_defines(struct bytes word);

/* A ';' by itself. */
static inline bool tl_word_is_end(const struct rule_word *w)
{
	return w->text.n == 0;
}

/* "name(inside)"; @inside has a null pointer if there is nothing in it. False
 * if the ) is missing. */
TL_MUST_USE bool tl_split_call(struct bytes word, struct bytes *name,
			       struct bytes *inside);

size_t tl_count_parts(struct bytes list);

const struct macro *tl_macro_find(const struct compiler *c, struct bytes name);

/* Second pass: the rules of one owner, with what they include. */
TL_MUST_USE bool tl_render_chain(struct compiler *c,
				 const struct rule_chain *chain,
				 struct program_rules *out,
				 const struct scope *scope);

/**
 * tl_match_read() - One match from its arguments
 * @args:	tl_match_n_args() of them, parameters put in
 * @word:	of the first argument, for messages
 */
TL_MUST_USE bool tl_match_read(struct compiler *c, struct rule *out,
			       const struct match_name *m,
			       const struct bytes *args,
			       const struct rule_word *word,
			       const struct scope *scope);

#endif /* TL_RULES_COMPILER_H */
