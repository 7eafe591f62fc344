/* SPDX-License-Identifier: Apache-2.0 */
/* run_netns.h - `tapless run --via netns` */
#ifndef TL_CLI_RUN_NETNS_H
#define TL_CLI_RUN_NETNS_H

#include "cli/netns_options.h"

/* Run @command. Returns its status, or one of ours. */
int tl_cli_run_netns(struct netns_options *o, const char *home, char **command);

#endif /* TL_CLI_RUN_NETNS_H */
