/* SPDX-License-Identifier: Apache-2.0 */
/* number_arg.h - options with a value, as most subcommands for diagnosis have
 * them */
#ifndef TL_CLI_NUMBER_ARG_H
#define TL_CLI_NUMBER_ARG_H

#include <stdint.h>

#include "base/compiler.h"

/**
 * tl_cli_option() - Is it this option? Then its value
 * @argvp:	at the argument; moved on if the value is the next one
 * @letter:	its short form, 0: it has none
 * @name:	its long form
 *
 * -c5, -c 5, --count=5 and --count 5 are all the same. Return: the value; NULL
 * if it is another option, or there is no value.
 */
const char *tl_cli_option(char ***argvp, char letter, const char *name);

/* A whole number; EXIT_USAGE after saying that it is none. @what: the option.
 */
TL_MUST_USE int tl_cli_whole(int64_t *out, const char *what, const char *text,
			     int64_t min, int64_t max);

#endif /* TL_CLI_NUMBER_ARG_H */
