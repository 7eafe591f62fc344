/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsd.h - a name server for programs that use a kernel's stack
 *
 * Theory of operation: programs in a network namespace whose networks are
 * devices (port.h) send DNS by the kernel. Sockets at a loopback address of the
 * namespace are given to us, so nobody but its programs can ask. Names and
 * addresses of the networks are answered from what the service knows, at once.
 * All else is asked of the networks' own servers, as far as the networks may
 * give such (dnsd_ask.c), by sockets of the same namespace, and refused if
 * there are none: the host's servers are not ours to ask.
 *
 * Over TCP the connection that has been silent longest goes when there are too
 * many, and one that takes no answers is closed. Belongs to the thread of its
 * poll set.
 */
#ifndef TL_SERVICE_DNSD_H
#define TL_SERVICE_DNSD_H

#include "os/poll.h"
#include "sockets/dns_answer.h"

/* Questions under way to servers of networks; each has a socket. */
#define DNSD_ASKS_MAX 128
/* Connections of those who ask. */
#define DNSD_STREAMS_MAX 64

struct dnsd;

/**
 * struct dnsd_config - How it is made
 * @poll:	borrowed
 * @lookup:	as struct sockets_config's
 * @servers:	whom to ask for what is in no network; how many, at most @max
 * @socket:	an IP socket in the namespace that does not block, UDP or TCP,
 *		of @family 4 or 6; or a negative errno
 * @ctx:	for these
 */
struct dnsd_config {
	struct poll_set *poll;
	dns_lookup_fn lookup;
	size_t (*servers)(void *ctx, struct rpc_addr *out, size_t max);
	int (*socket)(void *ctx, uint8_t family, bool is_stream);
	void *ctx;
};

/**
 * tl_dnsd_new() - Serve these sockets
 * @udp_fd:	bound; does not block; consumed, also after a failure
 * @tcp_fd:	listening; likewise
 *
 * Return: 0 or a negative errno.
 */
TL_MUST_USE int tl_dnsd_new(struct dnsd **dp, const struct dnsd_config *config,
			    int udp_fd, int tcp_fd);

/* Questions that are open stay so. Accepts NULL. */
void tl_dnsd_free(struct dnsd *d);

#endif /* TL_SERVICE_DNSD_H */
