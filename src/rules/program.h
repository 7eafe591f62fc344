/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.h - a network's rules with their tags and capabilities, compiled
 *
 * What the text of the rule language (vl2.md 12) becomes, or what was read from
 * the JSON of a controller; with the place of each entry in the text, so that
 * who explains a verdict can name it. On the heap; owns all of its arrays.
 */
#ifndef TL_RULES_PROGRAM_H
#define TL_RULES_PROGRAM_H

#include "rules/words.h"
#include "wire/rules.h"

#define PROGRAM_NAME_SIZE 64
#define PROGRAM_TAGS_MAX 128 /* of a member, vl2.md 15 */
#define PROGRAM_CAPS_MAX 128
#define PROGRAM_WARNINGS_MAX 16

/**
 * struct program_value - A named value of a tag
 * @name:	as it was written; found in any case
 * @is_flag:	some of its bits, not all of it
 */
struct program_value {
	char name[PROGRAM_NAME_SIZE];
	uint32_t value;
	bool is_flag;
};

/**
 * struct program_tag - One tag
 * @name:	lower case; empty if it came without one
 * @default_value: what members have that were given none, with @has_default
 * @values:	@n_values names; part of the program's
 */
struct program_tag {
	char name[PROGRAM_NAME_SIZE];
	uint32_t id;
	bool has_default;
	uint32_t default_value;
	struct program_value *values;
	size_t n_values;
};

/**
 * struct program_rules - Entries, and where they come from
 * @lines, @columns: of each entry; NULL if it came from no text
 */
struct program_rules {
	struct rule *at;
	uint32_t *lines;
	uint32_t *columns;
	size_t n;
	size_t max;
};

struct program_cap {
	char name[PROGRAM_NAME_SIZE];
	uint32_t id;
	bool is_default;
	struct program_rules rules;
};

struct rule_program {
	struct program_rules base;
	struct program_tag *tags;
	size_t n_tags;
	struct program_value *values;
	size_t n_values;
	struct program_cap *caps;
	size_t n_caps;
	struct rule_error warnings[PROGRAM_WARNINGS_MAX];
	size_t n_warnings;
};

/**
 * tl_program_new() - An empty one
 * @n_tags, @n_values, @n_caps: how many of each it has room for
 *
 * Return: 0 or -ENOMEM. To be freed with tl_program_free().
 */
TL_MUST_USE int tl_program_new(struct rule_program **out, size_t n_tags,
			       size_t n_values, size_t n_caps);

/* Accepts NULL. */
void tl_program_free(struct rule_program *p);

/* Room for @max entries, with places. 0 or -ENOMEM. */
TL_MUST_USE int tl_program_reserve(struct program_rules *rules, size_t max);

/**
 * tl_program_compile() - From the text of the rule language
 * @err:	written with -EINVAL
 *
 * What is allowed but hardly meant is in the program's warnings.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
TL_MUST_USE int tl_program_compile(struct rule_program **out,
				   struct rule_error *err, struct bytes text);

/* By name in any case, or by number; NULL if there is none. */
const struct program_tag *tl_program_tag(const struct rule_program *p,
					 struct bytes name);
const struct program_cap *tl_program_cap(const struct rule_program *p,
					 struct bytes name);

/* A value of a tag: by the name of a flag, of an enum, or as a number. @tag may
 * be NULL: numbers only. */
TL_MUST_USE bool tl_program_value(uint32_t *out, const struct program_tag *tag,
				  struct bytes word);

#endif /* TL_RULES_PROGRAM_H */
