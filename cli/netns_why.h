/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_why.h - what keeps a user from having namespaces, and what to do
 */
#ifndef TL_CLI_NETNS_WHY_H
#define TL_CLI_NETNS_WHY_H

#include "launcher/netns_agent.h"

/* Say it in one line on standard error; @err is a positive errno. Returns an
 * exit status. */
int tl_cli_netns_refused(enum netns_stage stage, int err);

#endif /* TL_CLI_NETNS_WHY_H */
