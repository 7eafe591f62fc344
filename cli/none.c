/* SPDX-License-Identifier: Apache-2.0 */
/*
 * none.c - what `run` is built without in a small program
 *
 * Ways to the service other than the preload object, and listeners that were
 * made before the program. Whoever asks for one is told so, and what to do.
 * Subcommands that are not there are left out of main.c's table.
 */
#include "cli/cmd.h"
#include "cli/run_activate.h"
#include "cli/run_netns.h"
#include "launcher/launch.h"

static int left_out(const char *what)
{
	return tl_cli_fail(EXIT_FAILED,
			   "%s is not in this small build; use that of another "
			   "one, which can talk to the same service",
			   what);
}

int tl_cli_activate_add(struct run_activate *a TL_UNUSED,
			const char *text TL_UNUSED)
{
	return left_out("run --activate");
}

int tl_cli_activate(const struct run_activate *a TL_UNUSED)
{
	return EXIT_OK;
}

int tl_cli_run_netns(struct netns_options *o TL_UNUSED,
		     const char *home TL_UNUSED, char **command TL_UNUSED)
{
	return left_out("run --via netns");
}

int tl_launch(enum launch_stage *stagep, int *statusp, char **command TL_UNUSED)
{
	*stagep = LAUNCH_FILTER;
	*statusp = left_out("run --via seccomp");
	return 0;
}
