/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_info.c - info, status, and GET of any path */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/cmd.h"

static const char *state(const json_t *status)
{
	if (tl_cli_bool(status, "tcpFallbackActive"))
		return "TUNNELED";
	return tl_cli_bool(status, "online") ? "ONLINE" : "OFFLINE";
}

/* Only if there was any, and only as a second line: others read the first. */
static void print_restarts(const json_t *status)
{
	long long n = tl_cli_int(status, "restarts", 0);
	int how = (int)tl_cli_int(status, "lastWorkerStatus", 0);

	if (n == 0)
		return;
	printf("worker restarted %lld times, the last one ", n);
	if (WIFSIGNALED(how))
		printf("was killed by signal %d\n", WTERMSIG(how));
	else if (how)
		printf("ended with status %d\n", WEXITSTATUS(how));
	else
		puts("for a new start of the program");
}

/* Likewise. */
static void print_config_error(const json_t *status)
{
	const char *error = tl_cli_str(status, "configError", "");

	if (error[0])
		printf("%s (the settings before are in effect)\n", error);
}

int tl_cmd_info(const struct cli *cli, int argc, char **argv TL_UNUSED)
{
	struct api_answer a;
	int err;

	if (argc != 1)
		return tl_cli_fail(EXIT_USAGE, "%s takes no arguments",
				   cli->name);
	err = tl_cli_get(&a, cli, "/status", JSON_OBJECT);
	if (err)
		return err;
	if (cli->json)
		tl_cli_print_json(a.json);
	else
		printf("200 info %s %s %s\n",
		       tl_cli_str(a.json, "address", "-"),
		       tl_cli_str(a.json, "version", "-"), state(a.json));
	if (!cli->json && strcmp(cli->name, "status") == 0) {
		print_restarts(a.json);
		print_config_error(a.json);
	}
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

int tl_cmd_raw(const struct cli *cli, int argc, char **argv)
{
	struct api_answer a;
	int err;

	if (argc != 1)
		return tl_cli_fail(EXIT_USAGE,
				   "a path takes no further arguments");
	err = tl_cli_call(&a, cli, "GET", argv[0], NULL);
	if (err)
		return err;
	tl_cli_print_raw(&a);
	tl_cli_answer_free(&a);
	return EXIT_OK;
}
