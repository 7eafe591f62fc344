/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/expect.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

/* What a line says before the packet. */
struct expectation {
	enum filter_verdict verdict;
	bool is_redirect;
	bool is_copy;
	bool is_watch;
	struct address to;
	bool has_at;
	enum explain_who at;
};

/* Large: on the heap. */
struct trial {
	struct rule_probe probe;
	struct explanation explanation;
};

int tl_expect_init(struct expectations *e, struct bytes text)
{
	*e = (struct expectations){ 0 };
	return tl_words_split(&e->words, &e->n, text);
}

void tl_expect_fini(struct expectations *e)
{
	tl_free(e->words);
	*e = (struct expectations){ 0 };
}

static int fail(struct rule_error *err, const struct rule_word *w,
		const char *format, ...) TL_PRINTF(3, 4);

static int fail(struct rule_error *err, const struct rule_word *w,
		const char *format, ...)
{
	va_list args;

	err->line = w->line;
	err->column = w->column;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return -EINVAL;
}

/* The address behind a verdict; *@at is moved on. */
static int read_to(struct expectation *out, const struct rule_word *words,
		   size_t n, size_t *at, struct rule_error *err)
{
	if (*at == n || tl_address_parse(&out->to, words[*at].text))
		return fail(err, &words[*at - 1],
			    "\"%s\" wants an address of ten digits",
			    tl_word_shown(words[*at - 1].text));
	++*at;
	return 0;
}

static int read_at(struct expectation *out, const struct rule_word *words,
		   size_t n, size_t *at, struct rule_error *err)
{
	if (*at == n || !tl_word_is(words[*at].text, "--at"))
		return 0;
	out->has_at = true;
	if (*at + 1 < n && tl_word_is(words[*at + 1].text, "sender"))
		out->at = EXPLAIN_SENDER;
	else if (*at + 1 < n && tl_word_is(words[*at + 1].text, "receiver"))
		out->at = EXPLAIN_RECEIVER;
	else
		return fail(err, &words[*at], "--at wants sender or receiver");
	*at += 2;
	return 0;
}

static int read_verdict(struct expectation *out, const struct rule_word *words,
			size_t n, size_t *at, struct rule_error *err)
{
	struct bytes word = words[(*at)++].text;

	*out = (struct expectation){ .verdict = FILTER_ACCEPT };
	if (tl_word_is(word, "accept"))
		return 0;
	if (tl_word_is(word, "drop")) {
		out->verdict = FILTER_DROP;
		return read_at(out, words, n, at, err);
	}
	if (tl_word_is(word, "redirect")) {
		out->verdict = FILTER_DROP;
		out->is_redirect = true;
		return read_to(out, words, n, at, err);
	}
	out->is_watch = tl_word_is(word, "watch");
	out->is_copy = out->is_watch || tl_word_is(word, "tee");
	if (out->is_copy)
		return read_to(out, words, n, at, err);
	return fail(err, &words[*at - 1],
		    "\"%s\" is no verdict: accept, drop, redirect ADDRESS, tee "
		    "ADDRESS or watch ADDRESS is wanted",
		    tl_word_shown(word));
}

static bool is_copied(const struct explanation *x, const struct expectation *e)
{
	size_t i;
	size_t k;

	for (i = 0; i < x->n_steps; i++) {
		const struct filter_result *r = &x->steps[i].result;

		for (k = 0; k < r->n_copies; k++) {
			uint8_t flags = r->copies[k].flags;
			bool is_watch = flags == FILTER_COPY_WATCH_OUT ||
					flags == FILTER_COPY_WATCH_IN;

			if (tl_address_equal(r->copies[k].to, e->to) &&
			    is_watch == e->is_watch)
				return true;
		}
	}
	return false;
}

static bool is_met(const struct explanation *x, const struct expectation *e)
{
	const struct explain_step *last = &x->steps[x->n_steps - 1];
	bool is_drop = x->verdict == FILTER_DROP;
	bool is_redirect = is_drop && last->result.reason == DROP_NONE;

	if (is_drop != (e->verdict == FILTER_DROP) ||
	    is_redirect != e->is_redirect)
		return false;
	if (e->is_redirect)
		return tl_address_equal(last->result.redirect_to, e->to);
	if (e->has_at)
		return (e->at == EXPLAIN_RECEIVER) ==
		       (last->who == EXPLAIN_RECEIVER);
	return !e->is_copy || is_copied(x, e);
}

static void say_what_happened(struct rule_error *why, const struct rule_word *w,
			      const struct explanation *x,
			      const struct expectation *e,
			      const struct rule_program *p)
{
	const struct explain_step *last = &x->steps[x->n_steps - 1];
	char reason[EXPLAIN_REASON_SIZE];

	if (e->is_copy && x->verdict != FILTER_DROP)
		fail(why, w, "it is accepted, but no such copy is sent");
	else
		fail(why, w, "it is %s by the %s: %.240s",
		     tl_explain_verdict(&last->result), tl_explain_who(last),
		     tl_explain_reason(reason, p, last));
}

static int try(struct trial *t, enum expect_outcome *out,
	       const struct rule_program *p, const struct rule_word *words,
	       size_t n, struct rule_error *why)
{
	struct expectation e;
	size_t at = 0;
	int ret = read_verdict(&e, words, n, &at, why);

	if (!ret)
		ret = tl_probe_read(&t->probe, p, words + at, n - at, why);
	if (ret)
		return ret;
	tl_explain(&t->explanation, p, &t->probe);
	*out = EXPECT_MET;
	if (!is_met(&t->explanation, &e)) {
		*out = EXPECT_FAILED;
		say_what_happened(why, words, &t->explanation, &e, p);
	}
	return 0;
}

int tl_expect_next(struct expectations *e, enum expect_outcome *out,
		   const struct rule_program *p, struct rule_error *why)
{
	const struct rule_word *words = e->words + e->at;
	struct trial *t;
	size_t n = 0;
	int ret;

	*out = EXPECT_END;
	if (e->at == e->n)
		return 0;
	while (e->at + n < e->n && words[n].line == words[0].line)
		n++;
	e->at += n;
	t = tl_alloc_zeroed(sizeof(*t));
	if (!t)
		return -ENOMEM;
	ret = try(t, out, p, words, n, why);
	if (ret && why->line == 0) {
		why->line = words[0].line;
		why->column = words[0].column;
	}
	tl_free(t);
	return ret;
}
