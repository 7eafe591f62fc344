/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules_json.h - rules as the controller's API shows them (vl2.md 11)
 *
 * Input is taken leniently, as controller pages in the field send it: a number
 * may be a string of digits, a missing field is 0. What has an unknown type is
 * refused, never left out: without its action the matches before it would join
 * the next one.
 */
#ifndef TL_CONTROLLER_RULES_JSON_H
#define TL_CONTROLLER_RULES_JSON_H

#include <jansson.h>

#include "wire/rules.h"

#define RULES_JSON_TYPE_SIZE 48

/**
 * struct rules_json_error - Which entry was refused
 * @index:	its position in the array
 * @type:	what it gave as its type, cut to fit, controls replaced by '?';
 *		empty if it has none or is no object
 * @field:	name of the field that is wrong: "type", "zt", "address", ...
 */
struct rules_json_error {
	size_t index;
	char type[RULES_JSON_TYPE_SIZE];
	const char *field;
};

/**
 * tl_rules_from_json() - Compile an array of rule objects
 * @out:	room for @max rules; contents undefined on failure
 * @err:	written with -EINVAL
 *
 * Return: 0; -EINVAL if an entry is no object, has an unknown type, or names an
 * address, MAC or IP network that does not parse; -E2BIG if there are more than
 * @max.
 */
TL_MUST_USE int tl_rules_from_json(struct rule *out, size_t max, size_t *n,
				   const json_t *array,
				   struct rules_json_error *err);

/* A new array, or NULL when out of memory. Types without a JSON form are empty
 * objects in it. */
TL_MUST_USE json_t *tl_rules_to_json(const struct rule *rules, size_t n);

#endif /* TL_CONTROLLER_RULES_JSON_H */
