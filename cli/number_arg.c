/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/number_arg.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

const char *tl_cli_option(char ***argvp, char letter, const char *name)
{
	const char *a = **argvp;
	const char *rest = NULL;
	size_t n = strlen(name);

	if (letter && a[0] == '-' && a[1] == letter)
		rest = a + 2;
	else if (strncmp(a, name, n) == 0 && (!a[n] || a[n] == '='))
		rest = a[n] ? a + n + 1 : a + n;
	if (!rest)
		return NULL;
	if (*rest || a[strlen(a) - 1] == '=')
		return rest;
	if (!(*argvp)[1])
		return NULL;
	return *++*argvp;
}

int tl_cli_whole(int64_t *out, const char *what, const char *text, int64_t min,
		 int64_t max)
{
	char *end;
	long long v = strtoll(text, &end, 10);

	if (end == text || *end || v < min || v > max)
		return tl_cli_fail(EXIT_USAGE,
				   "%s %s: a number from %lld to %lld is "
				   "wanted",
				   what, text, (long long)min, (long long)max);
	*out = v;
	return EXIT_OK;
}
