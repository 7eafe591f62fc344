/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_activate.h - listeners that a program is started with (--activate)
 *
 * As systemd's socket activation (sd_listen_fds(3)): the program finds the
 * number of listeners in LISTEN_FDS, itself in LISTEN_PID, and the listeners,
 * which are on the virtual networks, at descriptors 3 and up.
 */
#ifndef TL_CLI_RUN_ACTIVATE_H
#define TL_CLI_RUN_ACTIVATE_H

#include "proxy/spec.h"

#define ACTIVATE_MAX 16

/* Begins zeroed. */
struct run_activate {
	size_t n;
	struct spec_listen at[ACTIVATE_MAX];
};

/* One more: "[ADDRESS:]PORT". EXIT_OK, or EXIT_USAGE after saying why not. */
TL_MUST_USE int tl_cli_activate_add(struct run_activate *a, const char *text);

/* Make the listeners, in the session of the environment, for a program that
 * this process becomes, or starts. EXIT_OK, or EXIT_FAILED after saying why. */
TL_MUST_USE int tl_cli_activate(const struct run_activate *a);

#endif /* TL_CLI_RUN_ACTIVATE_H */
