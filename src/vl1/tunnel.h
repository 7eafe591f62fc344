/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tunnel.h - does UDP get through, and what is done while it does not
 *
 * Theory of operation: whatever we ask a root by UDP (HELLO, ECHO) is to be
 * answered. When something has not been for UDP_DOUBT_MS all roots are asked,
 * and when none has answered UDP_BLOCKED_MS after the first question, UDP
 * counts as blocked; one datagram from a root, or from any global address, and
 * it does not. A direct path that falls silent is reason to ask, too, and so
 * are frames that came steadily and come no more: a program that only answers
 * asks for nothing by itself. A root that is known to be down is none while
 * others answer.
 *
 * Who is cut off uses a relay as soon as he knows; the other side sees nothing
 * but that, and so takes it as a sign that its direct path has ended.
 *
 * The host then opens a connection to a TCP relay (vl1.md 7.13), if it has one,
 * and says so. Datagrams through it belong to paths whose local socket is
 * PATH_SOCKET_TCP. While it is open, roots are tried by UDP every five seconds,
 * and so are peers that are reached through it, where the relay reaches them.
 * As soon as a path by UDP answers it is used again (tl_peer_best_path()), and
 * the tunnel's falls silent, so that the other side leaves it as well: probes
 * that come in on it are no longer answered. The host closes the connection
 * when nothing has gone through it for a while.
 */
#ifndef TL_VL1_TUNNEL_H
#define TL_VL1_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/address.h"

struct node;
struct path;
struct peer;
struct rx;

#define UDP_DOUBT_MS 700
#define UDP_BLOCKED_MS 1500
/* If there is another sign of it. */
#define UDP_ANSWER_MS 1000

/* What the host has. */
enum tunnel_state {
	TUNNEL_CLOSED,
	TUNNEL_OPEN, /* beside UDP */
	TUNNEL_ONLY, /* there is no UDP, by the owner's wish */
};

/**
 * struct udp_watch - Whether UDP gets through
 * @state:	as the host says
 * @asked_ms:	first question since the last answer; 0: none is open
 * @has_doubts:	all roots were asked since then
 * @is_blocked:	nobody has answered
 * @frames_ms:	since when frames come by UDP without a pause
 * @frame_ms:	the newest one; 0: its absence was noticed
 * @heard_ms:	newest datagram by UDP that counts
 * @back_ms:	the first one after UDP was blocked; 0: it is, or never was
 */
struct udp_watch {
	enum tunnel_state state;
	int64_t asked_ms;
	bool has_doubts;
	bool is_blocked;
	int64_t frames_ms;
	int64_t frame_ms;
	int64_t heard_ms;
	int64_t back_ms;
};

/* Who is to be asked by the host: borrowed. */
const struct udp_watch *tl_node_udp(const struct node *n);

/* When tl_node_run() is to be called on account of that, INT64_MAX: never. */
int64_t tl_node_udp_due(const struct node *n);

/* The connection is open, or it is not any more: paths through it are gone. */
void tl_node_on_tunnel(struct node *n, enum tunnel_state state, int64_t now);

/**
 * tl_node_wants_copy() - What goes from PATH_SOCKET_ANY: also into the tunnel?
 * @dest:	whom the packet is for
 *
 * Return: true for a root that has no fresh path there, while UDP is blocked.
 */
bool tl_node_wants_copy(const struct node *n, struct address dest, int64_t now);

/*
 * For the other files of vl1.
 */

/* A HELLO or ECHO goes to @peer, from @socket. */
void tl_tunnel_asked(struct node *n, const struct peer *peer, int socket);
/* An authentic packet was received. */
void tl_tunnel_heard(struct node *n, const struct rx *rx);
/* A peer is silent: is it UDP? */
void tl_tunnel_doubt(struct node *n);
/* @peer has a new path: perhaps because the others have ceased to work. */
void tl_tunnel_learned(struct node *n, struct peer *peer,
		       const struct path *path);
/* A probe came in through the tunnel that UDP has taken the place of. */
bool tl_tunnel_is_past(const struct node *n, const struct rx *rx);
/* The tunnel is open: a root is to be tried by UDP all the same. */
bool tl_tunnel_seeks_udp(const struct node *n, const struct peer *peer);
/* As part of each ping pass. */
void tl_tunnel_pass(struct node *n);
void tl_tunnel_run(struct node *n);

#endif /* TL_VL1_TUNNEL_H */
