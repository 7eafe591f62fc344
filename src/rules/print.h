/* SPDX-License-Identifier: Apache-2.0 */
/* print.h - entries back in the words of the rule language */
#ifndef TL_RULES_PRINT_H
#define TL_RULES_PRINT_H

#include "rules/program.h"

#define RULE_TEXT_SIZE 160

/**
 * tl_rule_print() - One entry: "not ipprotocol tcp", "drop", "tee 0 1122334455"
 * @out:	RULE_TEXT_SIZE characters
 * @p:		for the names of tags and their values
 *
 * What the language has no word for is written as type and number. Returns
 * @out.
 */
char *tl_rule_print(char *out, const struct rule_program *p,
		    const struct rule *rule);

/**
 * tl_rules_print() - The rule to which an entry belongs, on one line
 * @i:		any of its entries
 *
 * Its action first, then its matches; cut with "..." if there is no room.
 * Returns @out.
 */
char *tl_rules_print(char *out, size_t size, const struct rule_program *p,
		     const struct program_rules *rules, size_t i);

/* First entry of the rule to which entry @i belongs. */
size_t tl_rules_first(const struct program_rules *rules, size_t i);

/* Its action; rules->n if there is none any more. */
size_t tl_rules_action(const struct program_rules *rules, size_t i);

#endif /* TL_RULES_PRINT_H */
