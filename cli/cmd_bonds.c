/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_bonds.c - bond and listbonds: several paths to one peer at once
 *
 * For services of the reference; ours answers that there is no bond.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "wire/address.h"

#define PATH_SIZE 64

static void print_bond(const json_t *peer)
{
	printf("    %-29s %-16s %lld/%lld\n", tl_cli_str(peer, "address", "-"),
	       tl_cli_str(peer, "bondingPolicyStr", "-"),
	       (long long)tl_cli_int(peer, "numAliveLinks", 0),
	       (long long)tl_cli_int(peer, "numTotalLinks", 0));
}

static void print_bonds(const json_t *peers)
{
	bool any = false;
	size_t i;

	puts("    <peer>                        <bondtype>     <links>");
	for (i = 0; i < json_array_size(peers); i++) {
		const json_t *peer = json_array_get(peers, i);

		if (!tl_cli_bool(peer, "isBonded"))
			continue;
		print_bond(peer);
		any = true;
	}
	if (!any)
		puts("      NONE\t\t\t\tNONE\t    NONE       NONE");
}

int tl_cmd_listbonds(const struct cli *cli, int argc, char **argv TL_UNUSED)
{
	struct api_answer a;
	int err;

	if (argc != 1)
		return tl_cli_fail(EXIT_USAGE, "%s takes no arguments",
				   cli->name);
	err = tl_cli_get(&a, cli, "/peer", JSON_ARRAY);
	if (err)
		return err;
	if (cli->json)
		tl_cli_print_json(a.json);
	else
		print_bonds(a.json);
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

static int bond_call(const struct cli *cli, const char *who, const char *what)
{
	bool is_show = strcmp(what, "show") == 0;
	struct api_answer a;
	struct address peer;
	char path[PATH_SIZE];
	int err;

	if (tl_address_parse(&peer, tl_bytes_from_str(who)))
		return tl_cli_fail(EXIT_USAGE,
				   "\"%s\" is no peer: that is 10 hexadecimal "
				   "digits",
				   who);
	snprintf(path, sizeof(path), "/bond/%s/%010llx", what,
		 (unsigned long long)peer.v);
	err = tl_cli_call(&a, cli, is_show ? "GET" : "POST", path, NULL);
	if (err)
		return err;
	if (is_show)
		tl_cli_print_json(a.json);
	else
		puts("200 rotate OK");
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

int tl_cmd_bond(const struct cli *cli, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return tl_cmd_listbonds(cli, 1, argv);
	if (argc == 3 &&
	    (strcmp(argv[2], "show") == 0 || strcmp(argv[2], "rotate") == 0))
		return bond_call(cli, argv[1], argv[2]);
	return tl_cli_fail(EXIT_USAGE,
			   "bond takes \"list\", or a peer and \"show\" or "
			   "\"rotate\"; see tapless bond --help");
}
