/* SPDX-License-Identifier: Apache-2.0 */
/* service_options.h - what `tapless service` was told, by options and TAPLESS_
 * variables; an option wins over its variable */
#ifndef TL_CLI_SERVICE_OPTIONS_H
#define TL_CLI_SERVICE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/log.h"

/**
 * struct service_args - All of it
 * @home:	never NULL
 * @port:	-1: not said
 * @share_group: NULL: not said
 * @user_sockets: 0: not said
 * @relay:	[ADDRESS/]PORT of a TCP relay; NULL: not said
 * @relay_max, @relay_max_per_source: 0: not said
 * @worker:	descriptor of the line to a keeper; -1: this is no worker
 */
struct service_args {
	const char *home;
	int port;
	bool no_controller;
	bool no_keeper;
	const char *share_group;
	uint32_t user_sockets;
	const char *relay;
	bool relay_allow_private;
	uint32_t relay_max;
	uint32_t relay_max_per_source;
	enum log_level level;
	int worker;
};

/* For `tapless service --help`, which main() answers: what its options do. */
extern const char tl_service_help[];

/**
 * tl_service_args() - Read them
 *
 * Return: EXIT_OK, or EXIT_USAGE after it was said what is wrong.
 */
TL_MUST_USE int tl_service_args(struct service_args *out, int argc,
				char **argv);

#endif /* TL_CLI_SERVICE_OPTIONS_H */
