/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/program.h"

#include <errno.h>

#include "base/alloc.h"

int tl_program_reserve(struct program_rules *rules, size_t max)
{
	rules->at = tl_alloc_array(max, sizeof(*rules->at));
	rules->lines = tl_alloc_array(max, sizeof(*rules->lines));
	rules->columns = tl_alloc_array(max, sizeof(*rules->columns));
	rules->max = max;
	return rules->at && rules->lines && rules->columns ? 0 : -ENOMEM;
}

static void free_rules(struct program_rules *rules)
{
	tl_free(rules->at);
	tl_free(rules->lines);
	tl_free(rules->columns);
}

int tl_program_new(struct rule_program **out, size_t n_tags, size_t n_values,
		   size_t n_caps)
{
	struct rule_program *p = tl_alloc_zeroed(sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->tags = tl_alloc_array(n_tags + 1, sizeof(*p->tags));
	p->values = tl_alloc_array(n_values + 1, sizeof(*p->values));
	p->caps = tl_alloc_array(n_caps + 1, sizeof(*p->caps));
	if (!p->tags || !p->values || !p->caps ||
	    tl_program_reserve(&p->base, RULES_MAX)) {
		tl_program_free(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

void tl_program_free(struct rule_program *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < p->n_caps; i++)
		free_rules(&p->caps[i].rules);
	free_rules(&p->base);
	tl_free(p->tags);
	tl_free(p->values);
	tl_free(p->caps);
	tl_free(p);
}

static bool is_called(const char *own, uint32_t id, struct bytes name)
{
	uint64_t number;

	if (*own && tl_word_is(name, own))
		return true;
	return tl_word_number(&number, name) && number == id;
}

const struct program_tag *tl_program_tag(const struct rule_program *p,
					 struct bytes name)
{
	size_t i;

	for (i = 0; i < p->n_tags; i++)
		if (is_called(p->tags[i].name, p->tags[i].id, name))
			return &p->tags[i];
	return NULL;
}

const struct program_cap *tl_program_cap(const struct rule_program *p,
					 struct bytes name)
{
	size_t i;

	for (i = 0; i < p->n_caps; i++)
		if (is_called(p->caps[i].name, p->caps[i].id, name))
			return &p->caps[i];
	return NULL;
}

static bool find_value(uint32_t *out, const struct program_tag *tag,
		       struct bytes word, bool is_flag)
{
	size_t i;

	for (i = 0; i < tag->n_values; i++) {
		const struct program_value *v = &tag->values[i];

		if (v->is_flag == is_flag && tl_word_is(word, v->name)) {
			*out = v->value;
			return true;
		}
	}
	return false;
}

bool tl_program_value(uint32_t *out, const struct program_tag *tag,
		      struct bytes word)
{
	uint64_t number;

	if (tag && (find_value(out, tag, word, true) ||
		    find_value(out, tag, word, false)))
		return true;
	if (!tl_word_number(&number, word) || number > UINT32_MAX)
		return false;
	*out = (uint32_t)number;
	return true;
}
