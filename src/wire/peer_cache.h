/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer_cache.h - what is kept of a peer over a restart (vl1.md 11.2)
 *
 * The content of one file: who the peer is, what it runs, and where it was
 * reached. A value; owns nothing. Such a file may be lost, old or foreign: it
 * says where to ask, never that somebody is there.
 */
#ifndef TL_WIRE_PEER_CACHE_H
#define TL_WIRE_PEER_CACHE_H

#include "wire/hello.h"

/* Addresses that are written, and of a longer list those that are kept. */
#define PEER_CACHE_MAX_ENDPOINTS 16

#define PEER_CACHE_HEAD_LEN (1 + IDENTITY_WIRE_LEN + 10)

/* Longest file that tl_peer_cache_build() makes. */
#define PEER_CACHE_WIRE_MAX                                                    \
	(PEER_CACHE_HEAD_LEN + PEER_CACHE_MAX_ENDPOINTS * ENDPOINT_WIRE_MAX)

/* Longest file that is worth reading: others write more addresses. */
#define PEER_CACHE_FILE_MAX 8192

/**
 * struct peer_cache - What a file says
 * @identity:	not validated, never with a private key
 * @version:	as the peer announced it; protocol 0 if it did not
 * @n_endpoints: how many of @endpoints are filled
 * @endpoints:	where it was reached; IPv4 or IPv6
 */
struct peer_cache {
	struct identity identity;
	struct node_version version;
	unsigned int n_endpoints;
	struct endpoint endpoints[PEER_CACHE_MAX_ENDPOINTS];
};

/**
 * tl_peer_cache_parse() - Read a file
 *
 * Records that are no IP address are skipped. Anything else that is not as it
 * is written (another format, a private key, a reserved address, bytes missing
 * or left over) makes the whole file useless.
 *
 * Return: 0 with @out filled, or -EINVAL.
 */
TL_MUST_USE int tl_peer_cache_parse(struct peer_cache *out, struct bytes file);

/* Write a file; PEER_CACHE_WIRE_MAX is always enough. */
void tl_peer_cache_build(struct writer *w, const struct peer_cache *c);

/* Note an address, unless it is noted already or there are enough. */
void tl_peer_cache_add(struct peer_cache *c, const struct endpoint *e);

#endif /* TL_WIRE_PEER_CACHE_H */
