/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_home.h - which node a network namespace is
 *
 * The node of the home folder, if nobody runs that. Else one of its own, with
 * an identity that stays, in HOME/ns/NAME; its planet, its settings and its
 * networks are those of the home.
 */
#ifndef TL_CLI_NETNS_HOME_H
#define TL_CLI_NETNS_HOME_H

#include "service/service.h"

#define NETNS_NAME_DEFAULT "default"

/**
 * struct netns_home - What is asked for
 * @home:	folder of the node
 * @name:	of the second one
 * @network:	the only one to be used; 0: all that the home has joined
 */
struct netns_home {
	const char *home;
	const char *name;
	uint64_t network;
};

/**
 * tl_cli_netns_service() - Start the service
 * @o:		all but the folder and the port is set
 *
 * Return: an exit status; it was said what is wrong.
 */
TL_MUST_USE int tl_cli_netns_service(struct service **sp,
				     const struct netns_home *h,
				     struct service_options *o);

#endif /* TL_CLI_NETNS_HOME_H */
