/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_tunnel.h - the connection to a TCP relay while UDP is blocked (vl1.md
 * 7.13)
 *
 * The engine says when UDP seems blocked (vl1/tunnel.h). Then the connection is
 * opened beside UDP, which goes on being tried; when UDP has been back for
 * TUNNEL_BACK_MS and nothing passes here any more it is closed. With
 * forceTcpRelay there is no UDP, and it is always open. Nothing is called while
 * UDP works.
 *
 * The relay is tcpFallbackRelay of local.conf, an address or a name, with a
 * port. Without it nodes with the default planet have the public relay, and all
 * others none: whoever has roots of his own sends nothing elsewhere.
 */
#ifndef TL_SERVICE_TCP_TUNNEL_H
#define TL_SERVICE_TCP_TUNNEL_H

#include "base/packet.h"
#include "service/service.h"
#include "wire/endpoint.h"
#include "wire/fragment.h"

/* UDP has answered for so long before the tunnel is closed; and so long nothing
 * was sent there, since others use it as long as they hear from us, which is
 * 19 s (vl1.md 7.1); and nothing came. At the latest it is closed after the
 * last of these. */
#define TUNNEL_BACK_MS 10000
#define TUNNEL_UNUSED_MS 20000
#define TUNNEL_QUIET_MS 5000
#define TUNNEL_LINGER_MS 60000

/**
 * struct tcp_tunnel_view - What there is to be seen
 * @is_open:	datagrams go through it
 * @relay:	family 0: not known (yet)
 * @in, @out:	datagrams since the start; @dropped: not sent, since the
 *		connection was too slow
 * @in_bytes, @out_bytes: what is in these datagrams
 */
struct tcp_tunnel_view {
	bool is_open;
	struct endpoint relay;
	uint64_t in;
	uint64_t out;
	uint64_t in_bytes;
	uint64_t out_bytes;
	uint64_t dropped;
};

/**
 * tl_tcp_tunnel_open() - Be ready, if there is a relay to be used
 *
 * Return: 0, or a negative errno with one line in @error: what local.conf says
 * cannot be.
 */
TL_MUST_USE int tl_tcp_tunnel_open(struct service *s,
				   char error[SERVICE_ERROR_SIZE]);

/* The settings are others: act on them. Return: likewise; then all stays as it
 * was. */
TL_MUST_USE int tl_tcp_tunnel_change(struct service *s,
				     char error[SERVICE_ERROR_SIZE]);

/* While the loop is there; and when it is not any more. Both accept that there
 * is none. */
void tl_tcp_tunnel_close(struct service *s);
void tl_tcp_tunnel_free(struct service *s);

/* At the end of a pass: open it or let it go, as the engine says. */
void tl_tcp_tunnel_notice(struct service *s);

/* There is another engine, which knows nothing of it yet. */
void tl_tcp_tunnel_renewed(struct service *s);

/* This host has other addresses: try at once. */
void tl_tcp_tunnel_retry(struct service *s);

/* Send a packet; borrowed. Lost if it is not open, or too slow. */
void tl_tcp_tunnel_send(struct service *s, const struct endpoint *to,
			const struct packet *p, const struct cuts *cuts);
void tl_tcp_tunnel_send_raw(struct service *s, const struct endpoint *to,
			    struct bytes datagram);

void tl_tcp_tunnel_look(const struct service *s, struct tcp_tunnel_view *out);

#endif /* TL_SERVICE_TCP_TUNNEL_H */
