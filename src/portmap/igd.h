/* SPDX-License-Identifier: Apache-2.0 */
/*
 * igd.h - find a UPnP gateway and talk to it; blocks
 *
 * For a thread of its own. Takes up to some seconds with a device that behaves,
 * and as long as a device likes with one that does not.
 */
#ifndef TL_PORTMAP_IGD_H
#define TL_PORTMAP_IGD_H

#include "portmap/way.h"

#define IGD_URL_SIZE 256

/**
 * struct igd - A gateway and one mapping of it
 * @control:	where it is controlled; empty: not found yet
 * @service:	the name of its service there
 * @port:	external port; 0: nothing is mapped
 */
struct igd {
	struct way_request request;
	char control[IGD_URL_SIZE];
	char service[IGD_URL_SIZE];
	uint16_t port;
};

/* @q: copied */
void tl_igd_init(struct igd *g, const struct way_request *q);

/**
 * tl_igd_map() - Map the port, or renew its mapping
 * @stop:	asked now and then: true if nobody waits for the result any more
 *
 * The port is the local one or one of the next 59.
 *
 * Return: 0, a negative errno, or a positive number of UPnP; see tl_igd_why().
 */
TL_MUST_USE int tl_igd_map(struct igd *g, struct way_grant *out,
			   bool (*stop)(void *ctx), void *ctx);

/* Remove the mapping, if there is one. Return: as tl_igd_map(). */
int tl_igd_release(struct igd *g);

/* In words, for people. */
const char *tl_igd_why(int result);

/**
 * tl_igd_url_is_near() - May this be asked?
 *
 * True if @url is HTTP and names its host by an IPv4 address that is the
 * gateway's or on the link of the local one.
 */
TL_MUST_USE bool tl_igd_url_is_near(const char *url,
				    const struct way_request *q);

#endif /* TL_PORTMAP_IGD_H */
