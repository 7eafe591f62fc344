/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any text as rules. What is refused has a place in the text; what is taken is
 * shown as JSON and read again the same, and can be printed and asked about.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/explain.h"
#include "rules/print.h"
#include "rules/program_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_place(const struct rule_error *e, struct bytes text)
{
	uint32_t lines = 1;
	size_t i;

	for (i = 0; i < text.n; i++)
		lines += text.at[i] == '\n';
	tl_assert(e->line <= lines);
	tl_assert(e->column <= text.n + 1);
	tl_assert(memchr(e->text, 0, sizeof(e->text)));
}

static void check_same(const struct program_rules *a,
		       const struct program_rules *b)
{
	size_t i;

	tl_assert(a->n == b->n);
	for (i = 0; i < a->n; i++)
		tl_assert(tl_rule_is_action(&a->at[i]) ||
			  tl_rule_equal(&a->at[i], &b->at[i]));
}

static void check_json(const struct rule_program *p)
{
	json_t *json = tl_program_to_json(p);
	struct rule_program *again;
	struct rule_error err;
	size_t i;

	tl_assert(json);
	tl_assert(tl_program_from_json(&again, &err, json) == 0);
	check_same(&p->base, &again->base);
	tl_assert(p->n_tags == again->n_tags && p->n_caps == again->n_caps);
	for (i = 0; i < p->n_caps; i++)
		check_same(&p->caps[i].rules, &again->caps[i].rules);
	tl_program_free(again);
	json_decref(json);
}

static void check_explained(const struct rule_program *p)
{
	static struct rule_probe probe;
	static struct explanation x;
	char text[EXPLAIN_REASON_SIZE];
	struct rule_error err;
	size_t at;
	size_t i;

	tl_assert(tl_probe_read(&probe, p, NULL, 0, &err) == 0);
	tl_explain(&x, p, &probe);
	tl_assert(x.n_steps > 0 && x.n_steps <= EXPLAIN_STEPS_MAX);
	for (i = 0; i < x.n_steps; i++) {
		tl_explain_reason(text, p, &x.steps[i]);
		for (at = 0; tl_explain_near(text, &at, p, &x.steps[i]);)
			tl_assert(*text);
	}
	for (i = 0; i < p->base.n; i++)
		tl_rules_print(text, sizeof(text), p, &p->base, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own, so that a sanitizer sees any overrun. */
	uint8_t *exact = malloc(size ? size : 1);
	struct rule_program *p;
	struct rule_error err;

	if (!exact)
		return 0;
	if (size)
		memcpy(exact, data, size);
	if (tl_program_read(&p, &err, tl_bytes(exact, size))) {
		check_place(&err, tl_bytes(exact, size));
	} else {
		check_json(p);
		check_explained(p);
		tl_program_free(p);
	}
	free(exact);
	return 0;
}
