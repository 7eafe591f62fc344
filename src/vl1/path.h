/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - a way to reach somebody: local socket and remote UDP endpoint
 *
 * Paths are shared by all peers that use them (a relay is reached on one path,
 * whoever the packets are for). A path is entered into the table when the first
 * authentic packet has come in on it, and leaves it in housekeeping when no
 * peer refers to it any more. Datagrams from unknown endpoints are handled with
 * a path on the caller's stack, so strangers cannot fill the table (vl1.md 7.1,
 * 7.4).
 */
#ifndef TL_VL1_PATH_H
#define TL_VL1_PATH_H

#include "base/map.h"
#include "vl1/bucket.h"
#include "wire/endpoint.h"

#define PATH_SOCKET_ANY (-1) /* send from every local socket */
#define PATH_SOCKET_TCP (-2) /* through a TCP relay (tunnel.h) */
#define PATH_LATENCY_UNKNOWN 65535
#define PATH_ALIVE_MS 19000
#define PATH_TRUST_MS 600000
#define PATH_TABLE_MAX 262144

/* A path that carries our packets and answers none of them is probed after the
 * first interval and given up after PATH_PROBES unanswered probes. */
#define PATH_SILENCE_MS 1500
#define PATH_PROBE_MS 1000
#define PATH_PROBES 2

/* What comes in does not show that what goes out arrives: one side's NAT may
 * lead its packets elsewhere. So a path that has not answered for so long is
 * asked, however busy it is, and after PATH_ASKS without an answer given up. */
#define PATH_PROOF_MS 28000
#define PATH_ASKS 4

/* Unless it is answered in this time another path is better. */
#define PATH_DOUBT_MS 500

/**
 * struct path - Local socket and remote endpoint
 * @node:	in the table of paths, if @interned
 * @socket:	number of the local socket, given by the host
 * @remote:	IP and UDP port
 * @scope:	scope of @remote
 * @refs:	how many peers' slots refer to it
 * @last_in_ms:	newest authentic datagram; 0: none
 * @last_out_ms: newest datagram sent
 * @last_trusted_ms: newest packet of an established network member
 * @echoes:	gate for ECHO on it
 * @latency_ms:	round trip, PATH_LATENCY_UNKNOWN if never measured
 * @waiting_since_ms: first datagram sent since the last one came in; 0: none
 * @last_probe_ms: last probe of a silent path
 * @n_probes:	probes since the last datagram came in
 * @n_asked:	keepalives since the last one was answered
 * @proved_ms:	newest answer: what we send arrives
 * @asked_ms:	newest of @n_asked
 */
struct path {
	struct map_node node;
	bool interned;
	int socket;
	struct endpoint remote;
	enum ip_scope scope;
	unsigned int refs;
	int64_t last_in_ms;
	int64_t last_out_ms;
	int64_t last_trusted_ms;
	struct bucket echoes;
	int latency_ms;
	int64_t waiting_since_ms;
	int64_t last_probe_ms;
	unsigned int n_probes;
	unsigned int n_asked;
	int64_t proved_ms;
	int64_t asked_ms;
};

/* A path in the caller's storage, not in any table. */
void tl_path_init(struct path *p, int socket, const struct endpoint *remote);

/* NULL if it is not in the table. */
struct path *tl_path_find(const struct map *paths, int socket,
			  const struct endpoint *remote);

/**
 * tl_path_intern() - The table's own path for @like
 *
 * Return: @like itself if it is in the table already, else a copy that now is;
 * NULL if the table is full or memory is short.
 */
struct path *tl_path_intern(struct map *paths, const struct path *like);

/* Remove from the table and free. Nobody may refer to it. */
void tl_path_free(struct map *paths, struct path *p);

static inline bool tl_path_is_alive(const struct path *p, int64_t now)
{
	return p->last_in_ms && now - p->last_in_ms < PATH_ALIVE_MS;
}

static inline bool tl_path_is_trusted(const struct path *p, int64_t now)
{
	return p->last_trusted_ms && now - p->last_trusted_ms < PATH_TRUST_MS;
}

/* Our packets go out on it and nothing comes back, or things come in but no
 * answers: use another way. */
static inline bool tl_path_is_dead(const struct path *p, int64_t now)
{
	return (p->n_probes >= PATH_PROBES &&
		now - p->last_probe_ms >= PATH_PROBE_MS) ||
	       (p->n_asked >= PATH_ASKS && now - p->asked_ms >= PATH_PROBE_MS);
}

/* It was probed and has not answered yet. */
static inline bool tl_path_is_doubted(const struct path *p, int64_t now)
{
	return p->n_probes && now - p->last_probe_ms >= PATH_DOUBT_MS;
}

/* It leads through a TCP relay: the last resort. */
static inline bool tl_path_is_tunnel(const struct path *p)
{
	return p->socket == PATH_SOCKET_TCP;
}

/* An authentic datagram came in on it. */
void tl_path_heard(struct path *p, int64_t now);

/* It has answered. */
static inline void tl_path_proved(struct path *p, int64_t now)
{
	p->proved_ms = now;
	p->n_asked = 0;
}

/* A keepalive goes out on it, which is to be answered. */
static inline void tl_path_asked(struct path *p, int64_t now)
{
	p->asked_ms = now;
	p->n_asked++;
}

/* A datagram goes out on it. */
void tl_path_sent(struct path *p, int64_t now);

/* A round trip was measured (vl1.md 7.1). */
void tl_path_measured(struct path *p, int64_t rtt_ms);

/* vl1.md 7.4.2; lower is better. One through a TCP relay is worse than any that
 * is alive. */
int64_t tl_path_score(const struct path *p, int priority, int64_t now);

#endif /* TL_VL1_PATH_H */
