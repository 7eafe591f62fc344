/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_rules.h - the rules of a session, from options of `tapless run`
 */
#ifndef TL_CLI_RUN_RULES_H
#define TL_CLI_RUN_RULES_H

#include <stdbool.h>
#include <stddef.h>

#define RUN_RULES_SIZE 2048

/* Rules as the environment has them; begins zeroed. */
struct run_rules {
	char text[RUN_RULES_SIZE];
	size_t n;
	bool has_host;
};

/**
 * tl_cli_rule() - Is @option one of --host, --route, --allow? Then add @value
 * @option:	without its value
 * @value:	NULL if it is missing
 *
 * --allow takes several, parted by commas.
 *
 * Return: EXIT_OK; -1 if it is another option; or an exit status after saying
 * what is wrong.
 */
int tl_cli_rule(struct run_rules *r, const char *option, const char *value);

#endif /* TL_CLI_RUN_RULES_H */
