/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - one node of VL1: peers, paths, encryption, relaying
 *
 * A pure machine: datagrams and the time go in; datagrams, packets of the upper
 * layer and the time of the next timer come out. It does no I/O, reads no
 * clock, owns no thread, and draws its random numbers from its host. Several
 * nodes live in one process. Not reentrant: the host's and the upper layer's
 * functions must not call tl_node_on_batch() or tl_node_run() of the same node;
 * sending is allowed from everywhere.
 *
 * `now` is wall-clock time in milliseconds since 1970, as the protocol has it,
 * and must not go backwards (a host steps over jumps).
 */
#ifndef TL_VL1_NODE_H
#define TL_VL1_NODE_H

#include "base/drop.h"
#include "base/packet.h"
#include "vl1/counts.h"
#include "vl1/local.h"
#include "vl1/path.h"
#include "vl1/peer.h"
#include "wire/beacon.h"
#include "vl1/tunnel.h"
#include "wire/fragment.h"
#include "wire/world.h"

struct node;
struct rx;

/* Functions of the host may be NULL where the text says so. */
struct node_host {
	/**
	 * @send: put a packet on the wire as @cuts->n datagrams; consumed
	 * @socket: local socket, or PATH_SOCKET_ANY: a copy from each
	 */
	void (*send)(void *ctx, int socket, const struct endpoint *to,
		     struct packet *p, const struct cuts *cuts);

	/* One datagram, borrowed. @ttl 0: the default. */
	void (*send_raw)(void *ctx, int socket, const struct endpoint *to,
			 struct bytes datagram, int ttl);

	/* Cryptographically secure random bytes. */
	void (*random)(void *ctx, void *out, size_t n);

	/* May this remote address be used with this peer? Called after the
	 * protocol's own rules; NULL: yes. */
	bool (*may_use)(void *ctx, struct address peer,
			const struct endpoint *remote);

	/**
	 * @validate: check an identity (25 ms) elsewhere and call
	 * tl_node_on_validated(); NULL: done at once on this thread.
	 * Return: 0, or -EAGAIN if too much is waiting already
	 */
	int (*validate)(void *ctx, const struct identity *id);

	/* Our own addresses with ports, to be told to peers. NULL: none. */
	size_t (*local_endpoints)(void *ctx, struct endpoint *out, size_t max);

	/* Where the owner says that @peer may be: at most @max. Return: how
	 * many. NULL: nowhere. */
	size_t (*memorized)(void *ctx, struct address peer,
			    struct endpoint *out, size_t max);

	/* A newer planet, or a moon, was accepted: keep it. NULL: do not. */
	void (*world_changed)(void *ctx, const struct world *world);

	/* A root says that another identity has our address: ours is lost. May
	 * be called again. NULL: ignore. */
	void (*collision)(void *ctx);

	/* An ECHO with a payload was answered, borrowed; see tl_node_echo().
	 * NULL: nobody asks. */
	void (*echoed)(void *ctx, const struct rx *rx, struct bytes payload);

	/* Put the port in and multicast it on each local network. NULL: no
	 * neighbours are looked for (discover.h). */
	void (*beacon)(void *ctx, struct beacon *b);
};

/* What became of a packet given to the upper layer. */
enum rx_outcome {
	RX_DONE, /* handled: the sender counts as heard */
	RX_TRUSTED, /* and it is a member of a network of ours */
	RX_IGNORED, /* dropped: not even heard */
	RX_DEFER, /* cannot be decided yet: give it to me again later */
};

/**
 * struct rx - An authentic packet, decrypted and decompressed
 * @peer:	sender
 * @path:	on which it came in
 * @packet:	complete, from the packet ID on; borrowed, may be changed
 * @id:		packet ID as on the wire
 * @verb:	enum verb
 * @hops:	0: directly from the sender
 * @is_retry:	it was deferred before
 * @is_proof:	an OK that comes from where the question was sent: a way there
 */
struct rx {
	struct peer *peer;
	struct path *path;
	struct buffer packet;
	uint64_t id;
	unsigned int verb;
	unsigned int hops;
	bool is_retry;
	bool is_proof;
	int64_t now;
};

/* The payload, behind the verb. */
static inline struct bytes tl_rx_payload(const struct rx *rx)
{
	return tl_bytes_skip(tl_buffer_bytes(rx->packet), PACKET_AT_PAYLOAD);
}

/* VL2. All verbs that VL1 does not handle itself come here; OK and ERROR do if
 * the verb they answer does. */
struct node_upper {
	/* A packet of verb FRAME, ..., or OK or ERROR in reply to such. */
	enum rx_outcome (*receive)(void *ctx, struct rx *rx);

	/* Peers to be kept in contact besides roots. NULL: none. */
	size_t (*contacts)(void *ctx, struct address *out, size_t max);

	/* @peer said HELLO: it may have been restarted and have forgotten what
	 * it was told. At most every two seconds a peer, since a HELLO can be
	 * replayed. NULL: never mind. */
	void (*greeted)(void *ctx, struct peer *peer, int64_t now);

	/* What a beacon of ours is to hint at. NULL: nothing, and there are no
	 * beacons. Return: how many were put, at most @max. */
	size_t (*hints)(void *ctx, uint64_t instance, uint64_t *out,
			size_t max);

	/* Is the sender of a beacon somebody we should know? NULL: no. */
	bool (*is_kin)(void *ctx, const struct beacon *b, int64_t now);

	/* A peer of whom there was such a beacon has answered us directly: it
	 * is who it says. NULL: never mind. */
	void (*met)(void *ctx, struct peer *peer, int64_t now);

	/* A packet has shown that there is a new path to its sender. NULL:
	 * never mind. */
	void (*learned)(void *ctx, const struct rx *rx);

	/* Is its identity needed even if it is silent? NULL: no. */
	bool (*needs)(void *ctx, struct address who);
};

/**
 * struct node_config - How a node is made
 * @identity:	own, with private key; copied
 * @planet:	serialized planet; empty: the default one
 * @pool:	where packets come from; borrowed
 * @allow_loopback: loopback addresses are usable paths (tests and demos)
 */
struct node_config {
	const struct identity *identity;
	struct bytes planet;
	struct packet_pool *pool;
	bool allow_loopback;
	const struct node_host *host;
	void *host_ctx;
	const struct node_upper *upper;
	void *upper_ctx;
};

/**
 * tl_node_new() - Make a node
 *
 * Return: 0, -EINVAL for a malformed planet, -ENOMEM.
 */
TL_MUST_USE int tl_node_new(struct node **nodep, const struct node_config *c,
			    int64_t now);
void tl_node_free(struct node *n);

/**
 * tl_node_on_batch() - Datagrams that came in on one socket from one endpoint
 * @batch:	datagrams one behind the other; their bytes are changed
 * @segment:	length of each but the last, which may be shorter
 */
void tl_node_on_batch(struct node *n, int socket, const struct endpoint *from,
		      struct buffer batch, size_t segment, int64_t now);

/**
 * tl_node_end_pass() - What was handed up is no longer needed
 *
 * Payloads given to the upper layer stay where they are until this call or, if
 * they lie in a batch given to tl_node_on_batch(), as long as that does.
 */
void tl_node_end_pass(struct node *n);

/* Keep a packet, which is consumed, until tl_node_end_pass(). */
void tl_node_keep(struct node *n, struct packet *p);

/* An identity given to @validate was checked. */
void tl_node_on_validated(struct node *n, const struct identity *id,
			  bool is_valid, int64_t now);

/*
 * confirm.c: local sockets or addresses have changed, or the machine has slept:
 * roots are greeted from all sockets at once, and the paths of all peers that
 * there was traffic with are probed, from all sockets too.
 */
void tl_node_on_rebind(struct node *n, int64_t now);

/* A local socket is no more: its paths are forgotten. */
void tl_node_on_socket_closed(struct node *n, int socket, int64_t now);

/* Are there roots, and do all of them leave us without an answer for seconds,
 * though they were greeted again and again? */
bool tl_node_is_cut_off(const struct node *n, int64_t now);

/**
 * tl_node_on_beacon() - A neighbour says where it is
 * @socket:	the local socket to answer from
 * @from:	source of the datagram; the host has made sure that it is on
 *		the same wire
 */
void tl_node_on_beacon(struct node *n, int socket, const struct endpoint *from,
		       struct bytes datagram, int64_t now);

/* Tell the local network of us at once, as after a start: neighbours are to
 * greet us again. */
void tl_node_announce(struct node *n, int64_t now);

/**
 * tl_node_run() - Let timers fire
 *
 * Return: when to call again at the latest.
 */
int64_t tl_node_run(struct node *n, int64_t now);

/* When regular work is to be done next, after @now: layers that keep to it wake
 * up together, and other nodes at other times. At most NODE_BEAT_MS away. */
#define NODE_BEAT_MS 5000
int64_t tl_node_next_beat(const struct node *n, int64_t now);

const struct identity *tl_node_identity(const struct node *n);
struct address tl_node_address(const struct node *n);
const struct world *tl_node_planet(const struct node *n);
bool tl_node_is_root(const struct node *n);
bool tl_node_is_upstream(const struct node *n, struct address a);

/* As what a peer is our upstream: WORLD_PLANET, WORLD_MOON or WORLD_NULL. */
enum world_type tl_node_role(const struct node *n, const struct peer *p);

#define NODE_MOONS_MAX 16

/**
 * struct node_moon - A moon that is orbited
 * @seed:	who is asked for it; 0 if it is known
 * @world:	borrowed until worlds change; NULL while it is not known
 */
struct node_moon {
	uint64_t id;
	struct address seed;
	const struct world *world;
};

/**
 * tl_node_orbit() - Have the roots of a moon as well (vl1.md 6.6)
 * @seed:	one of its roots, which is asked for it
 *
 * When it is known world_changed() says so. For one that is wanted already the
 * new seed counts; for one that is known roots are asked for a newer version.
 *
 * Return: 0, -EINVAL for an ID of 0 and for a seed that is reserved or
 * ourselves, -ENOBUFS if there are NODE_MOONS_MAX.
 */
TL_MUST_USE int tl_node_orbit(struct node *n, uint64_t id, struct address seed,
			      int64_t now);

/**
 * tl_node_add_moon() - Orbit a moon from our own disk, or update one
 * @moon:	copied; its signature counts only if an older one is known
 *
 * Return: 0, -EINVAL if it is no moon, -EEXIST if one is known that it may not
 * replace, -ENOBUFS, -ENOMEM.
 */
TL_MUST_USE int tl_node_add_moon(struct node *n, const struct world *moon,
				 int64_t now);

/* Its roots become ordinary peers. False if it was not orbited. */
bool tl_node_deorbit(struct node *n, uint64_t id, int64_t now);

/* The moon at place @i, in no order. False behind the last. */
TL_MUST_USE bool tl_node_moon_at(const struct node *n, size_t i,
				 struct node_moon *out);

/* A root was heard within 500 s and answers, or we are one (vl1.md 7.9.4). */
bool tl_node_is_online(const struct node *n, int64_t now);

/* NULL if not known. */
struct peer *tl_node_find_peer(const struct node *n, struct address a);

/* The best root, NULL if none (vl1.md 6.8). */
struct peer *tl_node_best_upstream(const struct node *n, int64_t now);

/* Walk over all peers; see tl_map_step(). */
struct peer *tl_node_each_peer(const struct node *n, struct map_walk *walk);

/**
 * tl_node_add_cached_peer() - Take up what was kept of a peer (vl1.md 7.2)
 * @c:		from our own disk: the identity is not validated
 *
 * The peer is known from now on, and each of its addresses that may be used
 * gets a HELLO; its paths are those that answer. To be called for so many peers
 * at a time as the host can send PEER_CACHE_MAX_ENDPOINTS packets each for.
 *
 * Return: 0, also if it was known; -EINVAL if it is ourselves; -EEXIST if
 * another identity has its address; or as for a new peer -ENOBUFS, -ENOMEM,
 * -EKEYREJECTED.
 */
TL_MUST_USE int tl_node_add_cached_peer(struct node *n,
					const struct peer_cache *c,
					int64_t now);

/* How often a path was learned: where this stands still, there is nothing new
 * for tl_node_next_unsaved_peer(). */
uint64_t tl_node_paths_learned(const struct node *n);

/* Walk over those that tl_peer_remember() is due for; as
 * tl_node_each_peer(). */
struct peer *tl_node_next_unsaved_peer(const struct node *n,
				       struct map_walk *walk, int64_t now);

/* Roots of all worlds, ourselves excluded. Return: how many were put. */
size_t tl_node_upstreams(const struct node *n, struct address *out, size_t max);

/* Addresses under which others see us, newest first. */
size_t tl_node_surface(const struct node *n, struct endpoint *out, size_t max);

/* Where packets come from. */
struct packet_pool *tl_node_pool(const struct node *n);

uint64_t tl_node_random(struct node *n);
void tl_node_random_bytes(struct node *n, void *out, size_t size);

/**
 * tl_node_packet() - Start a packet
 *
 * Return: a packet with its header written and an empty payload, or NULL.
 */
TL_MUST_USE struct packet *tl_node_packet(struct node *n, struct address dest,
					  enum verb verb);

/* Put a header in front of a payload that is in the packet already. False if
 * there is no room. */
TL_MUST_USE bool tl_node_push_header(struct node *n, struct packet *p,
				     struct address dest, enum verb verb);

enum send_flags {
	SEND_PLAIN = 0,
	SEND_COMPRESS = 1, /* compress if it gets shorter */
	SEND_EXPECT_REPLY = 2, /* an OK may come back */
};

/**
 * tl_node_send() - Send a packet to its destination (vl1.md 7.5)
 * @p:		unencrypted, from tl_node_packet(); consumed
 *
 * It waits in a queue if the destination is not known yet.
 */
void tl_node_send(struct node *n, struct packet *p, unsigned int flags,
		  int64_t now);

/* Start an answer to @rx: OK, or ERROR with a code. NULL: out of packets. */
TL_MUST_USE struct packet *tl_node_ok(struct node *n, const struct rx *rx);
TL_MUST_USE struct packet *tl_node_error(struct node *n, const struct rx *rx,
					 enum error_code code);

/* Send an answer on the path the request came in on; consumed. */
void tl_node_reply(struct node *n, const struct rx *rx, struct packet *p,
		   unsigned int flags);

/* True if @rx, an OK, answers a packet of ours. VL1 asks before handing up. */
bool tl_node_is_expected(const struct node *n, const struct rx *rx,
			 uint64_t in_re);

/* Have @who send @payload back, by the way that packets to it take now. The
 * answer comes to the host's function; if there is none, nothing does. */
void tl_node_echo(struct node *n, struct address who, struct bytes payload,
		  int64_t now);

/* Ask a root for an identity, at most every 500 ms (vl1.md 7.7). */
void tl_node_whois(struct node *n, struct address a, int64_t now);

/* Count a drop. */
void tl_node_drop(struct node *n, enum drop reason);
const struct drop_counts *tl_node_drops(const struct node *n);
const struct node_counts *tl_node_counts(const struct node *n);
struct node_sizes tl_node_sizes(const struct node *n);

#endif /* TL_VL1_NODE_H */
