/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_resolv.h - /etc/resolv.conf of a namespace
 *
 * A file without a name, once it is mounted, that is written anew when networks
 * give other name servers.
 */
#ifndef TL_CLI_NETNS_RESOLV_H
#define TL_CLI_NETNS_RESOLV_H

#include "service/port.h"

#define RESOLV_PORTS_MAX 64

/**
 * struct netns_resolv - The file
 * @fd:		-1: there is none
 * @path:	until tl_cli_resolv_unlink()
 */
struct netns_resolv {
	int fd;
	char path[64];
	struct port_config ports[RESOLV_PORTS_MAX];
	size_t n_ports;
};

/* 0 or a negative errno. */
TL_MUST_USE int tl_cli_resolv_new(struct netns_resolv *r);
void tl_cli_resolv_unlink(struct netns_resolv *r);
void tl_cli_resolv_free(struct netns_resolv *r);

/* A network has changed. 0 or a negative errno. */
int tl_cli_resolv_set(struct netns_resolv *r, const struct port_config *c);
void tl_cli_resolv_forget(struct netns_resolv *r, const char *device);

#endif /* TL_CLI_NETNS_RESOLV_H */
