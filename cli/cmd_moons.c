/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_moons.c - listmoons, orbit, deorbit */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cmd.h"

#define PATH_SIZE 64
#define ADDRESS_MAX 0xffffffffffull

int tl_cmd_listmoons(const struct cli *cli, int argc, char **argv TL_UNUSED)
{
	struct api_answer a;
	int err;

	if (argc != 1)
		return tl_cli_fail(EXIT_USAGE, "%s takes no arguments",
				   cli->name);
	err = tl_cli_get(&a, cli, "/moon", JSON_ARRAY);
	if (err)
		return err;
	tl_cli_print_json(a.json);
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

/* A non-zero number of up to 40 bits, 0 if it is none. A moon's ID may be
 * written with the leading zeroes of its 16 digits. */
static unsigned long long hex_address(const char *text)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 16);
	return *end || errno || v > ADDRESS_MAX || *text == '-' ? 0 : v;
}

static int moon_call(const struct cli *cli, const char *method,
		     unsigned long long id, const char *body)
{
	struct api_answer a;
	char path[PATH_SIZE];
	int err;

	snprintf(path, sizeof(path), "/moon/%010llx", id);
	err = tl_cli_call(&a, cli, method, path, body);
	if (err)
		return err;
	if (cli->json && !body)
		tl_cli_print_raw(&a);
	else
		printf("200 %s OK\n", cli->name);
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

int tl_cmd_orbit(const struct cli *cli, int argc, char **argv)
{
	unsigned long long id;
	unsigned long long seed;
	char body[64];

	if (argc != 3)
		return tl_cli_fail(EXIT_USAGE,
				   "orbit takes a moon's id and the address of "
				   "one of its roots");
	id = hex_address(argv[1]);
	seed = hex_address(argv[2]);
	if (!id || !seed)
		return EXIT_OK; /* says nothing: api.md 5.1 */
	snprintf(body, sizeof(body), "{\"seed\":\"%010llx\"}", seed);
	return moon_call(cli, "POST", id, body);
}

int tl_cmd_deorbit(const struct cli *cli, int argc, char **argv)
{
	unsigned long long id;

	if (argc != 2)
		return tl_cli_fail(EXIT_USAGE, "deorbit takes a moon's id");
	id = hex_address(argv[1]);
	if (!id)
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" is no moon's id: that is up to 10 "
				   "hexadecimal digits, not zero",
				   argv[1]);
	return moon_call(cli, "DELETE", id, NULL);
}
