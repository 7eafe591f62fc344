/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one client of the proxy, from its first byte to its last
 *
 * Asks who it is and what it wants, in SOCKS5 or HTTP as its first byte says,
 * connects, and hands both descriptors to a relay. It frees itself.
 */
#ifndef TL_PROXY_SESSION_H
#define TL_PROXY_SESSION_H

#include "proxy/server.h"

#define SESSION_SOCKS 0x1u
#define SESSION_HTTP 0x2u

/**
 * struct session_config - What all clients have in common; borrowed
 * @side:	SIDE_BOTH, or SIDE_VIRTUAL to refuse the host's addresses
 * @user, @password: whom to let in; all if @user is empty
 * @basic:	"user:password"
 */
struct session_config {
	struct server *server;
	enum side side;
	struct bytes user;
	struct bytes password;
	struct bytes basic;
};

/**
 * tl_session_new() - Serve a client
 * @fd:		consumed
 * @protocols:	SESSION_SOCKS, SESSION_HTTP or both
 *
 * A client that has too many sessions already is closed at once.
 */
void tl_session_new(const struct session_config *config, int fd,
		    const union place *from, unsigned int protocols);

#endif /* TL_PROXY_SESSION_H */
