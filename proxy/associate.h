/* SPDX-License-Identifier: Apache-2.0 */
/*
 * associate.h - datagrams of a SOCKS5 client (UDP ASSOCIATE)
 *
 * A UDP port of the host, at the address where the client has connected, which
 * takes datagrams from the client's address only: from the port that it has
 * announced, or from the first that it uses. Fragments are dropped. It ends
 * with the connection that asked for it.
 */
#ifndef TL_PROXY_ASSOCIATE_H
#define TL_PROXY_ASSOCIATE_H

#include "proxy/server.h"

struct associate;

/**
 * tl_associate_new() - Open the port
 * @side:	SIDE_BOTH: what is in no virtual network goes to the host
 * @at:		the address to be reached at; its port does not count
 * @client:	who may send
 * @port:	from which port; 0: not known yet
 *
 * Return: 0, -ENOMEM, or what tl_sock_bind() says.
 */
TL_MUST_USE int tl_associate_new(struct associate **ap, struct server *s,
				 enum side side, const union place *at,
				 const union place *client, uint16_t port);

/* Accepts NULL. */
void tl_associate_free(struct associate *a);

/* Where the client is to send. */
void tl_associate_address(union place *out, const struct associate *a);

#endif /* TL_PROXY_ASSOCIATE_H */
