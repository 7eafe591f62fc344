/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_session.h - a service whose networks are devices in a namespace
 *
 * The service runs in this process, on the host's network; an agent is in the
 * namespace. Both end together. There is one session in a process.
 */
#ifndef TL_CLI_NETNS_SESSION_H
#define TL_CLI_NETNS_SESSION_H

#include "cli/netns_options.h"

/**
 * tl_cli_netns_run() - Run a command in namespaces of its own
 *
 * Return: its exit status, 128 + N if signal N ended it; or one of ours, after
 * it was said what is wrong.
 */
int tl_cli_netns_run(const struct netns_options *o, char **command);

/**
 * struct netns_other - A namespace that somebody else has made
 * @fd:		it itself
 * @gone_fd:	readable when it may have gone
 * @is_gone:	looks whether it has, and takes from @gone_fd what was read
 */
struct netns_other {
	int fd;
	int gone_fd;
	const char *path;
	bool (*is_gone)(const struct netns_other *other);
};

/* Serve a namespace, until it goes or we are told to end. Return: as above. */
int tl_cli_netns_serve(const struct netns_options *o,
		       const struct netns_other *other);

#endif /* TL_CLI_NETNS_SESSION_H */
