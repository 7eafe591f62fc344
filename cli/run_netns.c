/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_netns.h"

#include "cli/cmd.h"
#include "cli/netns_session.h"
#include "cli/program.h"

int tl_cli_run_netns(struct netns_options *o, const char *home, char **command)
{
	char path[PROGRAM_PATH_SIZE];

	if (tl_program_find(path, command[0]) == PROGRAM_NOT_FOUND)
		return tl_cli_fail(EXIT_NOT_FOUND, "%s: command not found",
				   command[0]);
	o->home.home = home;
	return tl_cli_netns_run(o, command);
}
