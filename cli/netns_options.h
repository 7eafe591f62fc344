/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_options.h - what users can choose about networks in a namespace
 */
#ifndef TL_CLI_NETNS_OPTIONS_H
#define TL_CLI_NETNS_OPTIONS_H

#include "base/log.h"
#include "cli/netns_home.h"

/**
 * struct netns_options - What users can choose
 * @wait_s:	how long a command waits for its network
 * @as_root:	the command's user is root inside
 * @only_veth:	no TAP devices, for tests
 * @level:	what is logged
 */
struct netns_options {
	struct netns_home home;
	int wait_s;
	bool as_root;
	bool only_veth;
	enum log_level level;
};

/* An option with a value, NULL if that is missing: --name, --network, --wait.
 * -1: there is none of this name; else an exit status. */
int tl_cli_netns_option(struct netns_options *o, const char *name,
			const char *value);

/* As if no option was given; those of the environment are read. */
struct netns_options tl_cli_netns_defaults(const char *home);

#endif /* TL_CLI_NETNS_OPTIONS_H */
