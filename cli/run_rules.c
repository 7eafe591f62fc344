/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "sdk/client/policy.h"

#define RULE_SIZE 128

static int refuse_rule(const char *option, const char *value)
{
	if (strcmp(option, "--allow") == 0)
		return tl_cli_fail(EXIT_USAGE,
				   "%s %s: ports are tcp/PORT or udp/FIRST-LAST"
				   ", parted by commas",
				   option, value);
	return tl_cli_fail(EXIT_USAGE,
			   "%s %s: a destination is ADDRESS[/BITS][,PORT"
			   "[-LAST]]",
			   option, value);
}

static int add_rule(struct run_rules *r, const char *option, const char *value,
		    size_t len)
{
	struct policy before = { 0 };
	char rule[RULE_SIZE];
	int n = snprintf(rule, sizeof(rule), "%s:%.*s", option + 2, (int)len,
			 value);

	if (n < 0 || (size_t)n >= sizeof(rule) || strchr(rule, ' ') ||
	    tl_policy_parse(&before, rule) != 0 || before.n != 1)
		return refuse_rule(option, value);
	if (tl_policy_parse(&before, r->text) != 0 ||
	    r->n + (size_t)n + 2 > sizeof(r->text))
		return tl_cli_fail(EXIT_USAGE,
				   "%s %s: more than %d rules for one program",
				   option, value, POLICY_RULES_MAX);
	r->n += (size_t)snprintf(r->text + r->n, sizeof(r->text) - r->n, "%s%s",
				 r->n ? " " : "", rule);
	return EXIT_OK;
}

int tl_cli_rule(struct run_rules *r, const char *option, const char *value)
{
	bool allow = strcmp(option, "--allow") == 0;
	bool host = strcmp(option, "--host") == 0;
	int err = EXIT_OK;
	size_t len;

	if (!allow && !host && strcmp(option, "--route") != 0)
		return -1;
	if (!value || !*value)
		return tl_cli_fail(EXIT_USAGE,
				   "a value must follow %s; see tapless run "
				   "--help",
				   option);
	r->has_host |= host;
	if (!allow)
		return add_rule(r, option, value, strlen(value));
	for (; err == EXIT_OK; value += len + 1) {
		len = strcspn(value, ",");
		err = add_rule(r, option, value, len);
		if (!value[len])
			break;
	}
	return err;
}
