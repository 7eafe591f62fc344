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
/* Where our own name server is, if nobody else has one there. */
#define RESOLV_SERVER "127.0.0.53"

/**
 * struct netns_resolv - The file
 * @fd:		-1: there is none
 * @path:	until tl_cli_resolv_unlink()
 * @own:	address of our own name server, borrowed; NULL: there is none
 */
struct netns_resolv {
	int fd;
	char path[64];
	const char *own;
	struct port_config ports[RESOLV_PORTS_MAX];
	size_t n_ports;
};

/* 0 or a negative errno. */
TL_MUST_USE int tl_cli_resolv_new(struct netns_resolv *r);
void tl_cli_resolv_unlink(struct netns_resolv *r);
void tl_cli_resolv_free(struct netns_resolv *r);

/* Our own name server is at this address, which is borrowed: it comes first. */
void tl_cli_resolv_serve(struct netns_resolv *r, const char *own);

/* A network has changed. 0 or a negative errno. */
int tl_cli_resolv_set(struct netns_resolv *r, const struct port_config *c);
void tl_cli_resolv_forget(struct netns_resolv *r, const char *device);

#endif /* TL_CLI_NETNS_RESOLV_H */
