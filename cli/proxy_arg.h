/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy_arg.h - options that `tapless proxy` and `tapless forward` share
 *
 * All functions return an exit status, and have said what is wrong if it is not
 * EXIT_OK.
 */
#ifndef TL_CLI_PROXY_ARG_H
#define TL_CLI_PROXY_ARG_H

#include "proxy/proxy.h"

/* What is allowed without options. */
extern const struct server_limits tl_cli_default_limits;

/* What @text is to be: "number of clients". Decimal digits, @min..@max. */
TL_MUST_USE int tl_cli_parse_number(int64_t *out, const char *what,
				    const char *text, int64_t min, int64_t max);

/* One of --max-clients, --max-per-client, --drain and --udp-idle. */
enum limit_option {
	OPT_MAX_CLIENTS = 256,
	OPT_MAX_PER_CLIENT,
	OPT_DRAIN,
	OPT_UDP_IDLE,
	OPT_OTHERS, /* the first that a subcommand may use for its own */
};
TL_MUST_USE int tl_cli_parse_limit(struct server_limits *l, int option,
				   const char *text);

/* Reach the service of @home, with messages on standard error from now on. */
TL_MUST_USE int tl_cli_start_client(const char *home);

/* Ends the process if a lookup is under way, which cannot be ended; otherwise
 * returns the status. */
int tl_cli_leave(int status);

#endif /* TL_CLI_PROXY_ARG_H */
