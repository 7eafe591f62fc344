/* SPDX-License-Identifier: Apache-2.0 */
/*
 * use_service.h - become a client of the running service of a home folder
 *
 * For subcommands that make sockets, or have others make them. Both functions
 * return an exit status, and have said what is wrong if it is not EXIT_OK.
 */
#ifndef TL_CLI_USE_SERVICE_H
#define TL_CLI_USE_SERVICE_H

#include "base/compiler.h"
#include "rpc/proto.h"

#define SESSION_TOKEN_SIZE (2 * RPC_TOKEN_LEN + 1)

/* The endpoint's name, and whose service it is, as the home folder says. */
TL_MUST_USE int tl_cli_use_service(const char *home);

/* The same, silently: false if it does not say so, or not yet. */
TL_MUST_USE bool tl_cli_find_service(const char *home);

/**
 * tl_cli_session_token() - Does it run, and does it let us in?
 * @out:	SESSION_TOKEN_SIZE bytes; the token of a session in hexadecimal
 */
TL_MUST_USE int tl_cli_session_token(char *out, const char *home);

#endif /* TL_CLI_USE_SERVICE_H */
