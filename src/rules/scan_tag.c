/* SPDX-License-Identifier: Apache-2.0 */
/* scan_tag.c - the definitions of tags and capabilities (vl2.md 12.5) */
#include <string.h>

#include "rules/compiler.h"

static bool add_value(struct compiler *c, struct program_tag *tag,
		      const struct rule_word *w, uint32_t value, bool is_flag)
{
	struct program_value *v = &tag->values[tag->n_values];

	if (w->text.n >= PROGRAM_NAME_SIZE || !tl_word_is_utf8(w->text))
		return tl_compile_fail(c, w, NULL,
				       "the name of a value has at most %d "
				       "bytes of UTF-8",
				       PROGRAM_NAME_SIZE - 1);
	memcpy(v->name, w->text.at, w->text.n);
	v->name[w->text.n] = 0;
	v->value = value;
	v->is_flag = is_flag;
	tag->n_values++;
	c->program->n_values++;
	return true;
}

static bool scan_enum(struct compiler *c, struct program_tag *tag)
{
	const struct rule_word *w;
	uint32_t value;

	if (!tl_scan_number(c, &value, "the number of an enum"))
		return false;
	w = tl_scan_next(c, "the name of an enum");
	return w && add_value(c, tag, w, value, false);
}

/* Bits by number, or all of an earlier flag. */
static bool flag_bits(uint32_t *out, const struct program_tag *tag,
		      struct bytes list)
{
	struct bytes part;
	size_t i;

	*out = 0;
	while (tl_word_next_part(&list, &part, ',')) {
		bool found = false;
		uint64_t bit;

		for (i = 0; i < tag->n_values; i++) {
			const struct program_value *v = &tag->values[i];

			if (v->is_flag && tl_word_is(part, v->name)) {
				*out |= v->value;
				found = true;
			}
		}
		if (found)
			continue;
		if (!tl_word_number(&bit, part) || bit > 31)
			return false;
		*out |= 1u << bit;
	}
	return true;
}

static bool scan_flag(struct compiler *c, struct program_tag *tag)
{
	const struct rule_word *w = tl_scan_next(c, "the bits of a flag");
	uint32_t bits;

	if (!w)
		return false;
	if (!flag_bits(&bits, tag, w->text))
		return tl_compile_fail(
			c, w, NULL,
			"\"%s\" are no bits: numbers from 0 to "
			"31 or flags defined before, with commas "
			"between",
			tl_word_shown(w->text));
	w = tl_scan_next(c, "the name of a flag");
	return w && add_value(c, tag, w, bits, true);
}

static bool scan_id(struct compiler *c, uint32_t *id, bool *has_id)
{
	const struct rule_word *w = &c->words[c->at];

	if (*has_id)
		return tl_compile_fail(c, w, NULL, "there is an id already");
	*has_id = true;
	return tl_scan_number(c, id, "the number of the id");
}

/* One item of a tag; c->at is left at its last word. */
static bool scan_tag_item(struct compiler *c, struct program_tag *tag,
			  bool *has_id, const struct rule_word **default_word)
{
	const struct rule_word *w = &c->words[c->at];

	if (tl_word_is(w->text, "id"))
		return scan_id(c, &tag->id, has_id);
	if (tl_word_is(w->text, "enum"))
		return scan_enum(c, tag);
	if (tl_word_is(w->text, "flag"))
		return scan_flag(c, tag);
	if (tl_word_is(w->text, "default")) {
		*default_word = tl_scan_next(c, "the default value");
		return *default_word != NULL;
	}
	if (tl_word_opens_block(w->text))
		return tl_scan_unclosed(c, "tag", tag->name, w);
	return tl_compile_fail(c, w, NULL,
			       "\"%s\" means nothing in a tag: id, default, "
			       "enum or flag is wanted, or the ; of the tag is "
			       "missing",
			       tl_word_shown(w->text));
}

/* What is not understood is 0 for the reference. */
static void set_default(struct compiler *c, struct program_tag *tag,
			const struct rule_word *w)
{
	tag->has_default = true;
	if (tl_program_value(&tag->default_value, tag, w->text))
		return;
	tag->default_value = 0;
	tl_compile_warn(c, w,
			"\"%s\" is no flag, enum or number of the tag \"%s\": "
			"the default is 0",
			tl_word_shown(w->text), tag->name);
}

static bool finish_tag(struct compiler *c, struct program_tag *tag,
		       const struct rule_word *w, bool has_id)
{
	size_t i;

	if (!has_id)
		return tl_compile_fail(c, w, NULL,
				       "the tag \"%s\" has no id: give it one, "
				       "\"id NUMBER\"",
				       tag->name);
	for (i = 0; i + 1 < c->program->n_tags; i++)
		if (c->program->tags[i].id == tag->id)
			tl_compile_warn(c, w,
					"the tags \"%s\" and \"%s\" have the "
					"same id",
					c->program->tags[i].name, tag->name);
	return true;
}

bool tl_scan_tag(struct compiler *c)
{
	struct rule_program *p = c->program;
	const struct rule_word *w = tl_scan_next(c, "the name of the tag");
	const struct rule_word *default_word = NULL;
	struct program_tag *tag = &p->tags[p->n_tags];
	bool has_id = false;

	if (!w || !tl_scan_name(c, w, w->text, "tag"))
		return false;
	if (p->n_tags == PROGRAM_TAGS_MAX)
		return tl_compile_fail(c, w, NULL,
				       "a network has at most %d tags",
				       PROGRAM_TAGS_MAX);
	tl_scan_fold(tag->name, w->text);
	tag->values = p->values + p->n_values;
	for (size_t i = 0; i < p->n_tags; i++)
		if (tl_word_is(w->text, p->tags[i].name))
			return tl_compile_fail(c, w, NULL,
					       "there is a tag \"%s\" already",
					       tag->name);
	p->n_tags++;
	while (!c->words[c->at].ends && ++c->at < c->n)
		if (!tl_word_is_end(&c->words[c->at]) &&
		    !scan_tag_item(c, tag, &has_id, &default_word))
			return false;
	if (c->at < c->n)
		c->at++;
	if (default_word)
		set_default(c, tag, default_word);
	return finish_tag(c, tag, w, has_id);
}

static bool finish_cap(struct compiler *c, struct program_cap *cap,
		       const struct rule_word *w, bool has_id)
{
	size_t i;

	if (!has_id)
		return tl_compile_fail(c, w, NULL,
				       "the capability \"%s\" has no id: give "
				       "it one, \"id NUMBER\"",
				       cap->name);
	for (i = 0; i + 1 < c->program->n_caps; i++)
		if (c->program->caps[i].id == cap->id)
			return tl_compile_fail(c, w, NULL,
					       "the capabilities \"%s\" and "
					       "\"%s\" have the same id",
					       c->program->caps[i].name,
					       cap->name);
	return true;
}

/* One item of a capability; true in *@ended if its ';' came. */
static bool scan_cap_item(struct compiler *c, struct program_cap *cap,
			  const struct rule_word *of, struct rule_chain *chain,
			  bool *has_id, bool *ended)
{
	const struct rule_word *w = &c->words[c->at];

	if (tl_word_is_end(w)) {
		*ended = true;
		c->at++;
		return true;
	}
	if (tl_word_defines(w->text) && tl_scan_was_bare(c, chain)) {
		*ended = true;
		return true;
	}
	if (tl_word_defines(w->text))
		return tl_scan_unclosed(c, "capability", cap->name, of);
	if (tl_word_is(w->text, "default"))
		cap->is_default = true;
	else if (!tl_word_is(w->text, "id"))
		return tl_scan_directive(c, chain);
	else if (!scan_id(c, &cap->id, has_id))
		return false;
	*ended = c->words[c->at].ends;
	c->at++;
	return true;
}

bool tl_scan_cap(struct compiler *c)
{
	struct rule_program *p = c->program;
	const struct rule_word *w =
		tl_scan_next(c, "the name of the capability");
	struct program_cap *cap = &p->caps[p->n_caps];
	bool has_id = false;
	bool ended;

	if (!w || !tl_scan_name(c, w, w->text, "capability"))
		return false;
	if (p->n_caps == PROGRAM_CAPS_MAX)
		return tl_compile_fail(c, w, NULL,
				       "a network has at most %d capabilities",
				       PROGRAM_CAPS_MAX);
	tl_scan_fold(cap->name, w->text);
	for (size_t i = 0; i < p->n_caps; i++)
		if (tl_word_is(w->text, p->caps[i].name))
			return tl_compile_fail(c, w, NULL,
					       "there is a capability \"%s\" "
					       "already",
					       cap->name);
	p->n_caps++;
	ended = w->ends;
	for (c->at++; c->at < c->n && !ended;)
		if (!scan_cap_item(c, cap, w, &c->cap_chains[p->n_caps - 1],
				   &has_id, &ended))
			return false;
	if (!ended)
		tl_compile_warn(c, w,
				"the capability \"%s\" has no ; of its own: "
				"all that follows belongs to it",
				cap->name);
	return finish_cap(c, cap, w, has_id);
}
