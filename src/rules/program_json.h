/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program_json.h - compiled rules as the controller's JSON, and back
 *
 * The members "rules", "tags" and "capabilities" are those of a network object
 * (vl2.md 11, 12.5), so that what is written can be posted to a controller and
 * what a controller shows can be read. Names are in "tagsByName" and
 * "capabilitiesByName", which controllers pass over.
 */
#ifndef TL_RULES_PROGRAM_JSON_H
#define TL_RULES_PROGRAM_JSON_H

#include <jansson.h>

#include "rules/program.h"

/* A new object; NULL when out of memory. */
TL_MUST_USE json_t *tl_program_to_json(const struct rule_program *p);

/**
 * tl_program_from_json() - From a network object, or from an array of rules
 * @err:	written with -EINVAL; without a place
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
TL_MUST_USE int tl_program_from_json(struct rule_program **out,
				     struct rule_error *err,
				     const json_t *json);

/**
 * tl_program_read() - From a text: JSON if it begins with { or [, otherwise
 * the rule language
 *
 * Return: 0, -EINVAL with @err, or -ENOMEM.
 */
TL_MUST_USE int tl_program_read(struct rule_program **out,
				struct rule_error *err, struct bytes text);

#endif /* TL_RULES_PROGRAM_JSON_H */
