/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_impl.h - what the files of vl1 know of each other
 *
 * Not for anybody outside this directory. node.c owns the struct; send.c,
 * receive.c, greet.c, whois.c, relay.c, keepalive.c, surface.c and direct.c
 * each hold one part of the protocol; counts.c and probe.c are for those who
 * look on.
 */
#ifndef TL_VL1_NODE_IMPL_H
#define TL_VL1_NODE_IMPL_H

#include "vl1/bucket.h"
#include "vl1/expect.h"
#include "vl1/node.h"
#include "vl1/reassembly.h"

#define NODE_PEERS_MAX 100000
#define TX_QUEUE_MAX 64
#define RX_QUEUE_MAX 256
#define QUEUE_TIMEOUT_MS 5000
#define QUEUE_RETRY_MS 500
#define WHOIS_TABLE 1024
#define WHOIS_WAYS 4
#define WHOIS_RETRY_MS 500
#define PENDING_MAX 64
#define PENDING_MS 10000
#define INTRODUCTIONS 1024
#define INTRODUCTION_MS 30000
#define SURFACE_MAX 64
#define SURFACE_MS 600000
#define PING_PASS_MS 5000
#define HOUSEKEEPING_MS 30000
#define STRANGER_KEYS 1024
#define RANDOM_BLOCK 512

/* Packets waiting to be decoded again, with what is known of them. */
struct waiting {
	struct list link;
	struct packet *packet;
	struct address source;
	struct path from;
	bool is_open; /* decrypted and decompressed already */
	int64_t when_ms;
};

struct whois_entry {
	struct address who;
	int64_t asked_ms;
};

/* A HELLO of a stranger while its identity is being validated. */
struct pending {
	struct packet *packet; /* NULL: free */
	struct identity id;
	struct path from;
	int64_t when_ms;
};

struct introduction {
	uint64_t low;
	uint64_t high;
	int64_t when_ms;
};

/* What somebody says our address is (vl1.md 7.10). */
struct surface_entry {
	struct address reporter;
	int socket;
	struct endpoint reporter_at;
	struct endpoint seen;
	enum ip_scope scope;
	bool is_trusted;
	int64_t when_ms; /* 0: free */
};

struct node {
	struct identity id;
	struct world planet;
	struct world offered; /* being parsed */
	bool is_root;
	bool allow_loopback;
	struct packet_pool *pool;
	const struct node_host *host;
	void *host_ctx;
	const struct node_upper *upper;
	void *upper_ctx;

	struct map peers;
	struct map paths;
	struct expect_table expect;
	struct reassembly reassembly;
	struct list tx_queue;
	unsigned int n_tx;
	struct list rx_queue;
	struct list kept;
	unsigned int n_rx;
	int64_t next_retry_ms;
	struct whois_entry whois[WHOIS_TABLE];
	struct pending pending[PENDING_MAX];
	struct introduction introductions[INTRODUCTIONS];
	struct surface_entry surface[SURFACE_MAX];
	struct bucket strangers[STRANGER_KEYS];
	struct bucket validation;
	struct peer *upstreams[WORLD_MAX_ROOTS];
	unsigned int n_upstreams;
	int64_t next_ping_ms;
	int64_t next_housekeeping_ms;
	int64_t last_upstream_ms;
	uint64_t n_paths_learned;
	int64_t now;

	uint8_t random[RANDOM_BLOCK];
	size_t random_left;
	struct drop_counts drops;
	struct node_counts counts;
};

/* node.c */
TL_MUST_USE int tl_node_add_peer(struct node *n, struct peer **peerp,
				 const struct identity *id, int64_t now);
TL_MUST_USE int tl_node_set_planet(struct node *n, struct world *planet,
				   int64_t now);

/* May @remote be used with @peer: vl1.md 7.4.1. */
bool tl_node_may_use(const struct node *n, struct address peer,
		     const struct endpoint *remote);

/* send.c: seal and send to a known peer on a path; consumes @p. */
void tl_send_on_path(struct node *n, struct peer *peer, struct path *path,
		     struct packet *p, unsigned int flags);
/* True if sent (consumed), false if there is no way: @p is still ours. */
TL_MUST_USE bool tl_send_try(struct node *n, struct packet *p,
			     unsigned int flags);
void tl_send_retry_queue(struct node *n);

/* receive.c: decode a complete packet (vl1.md 3.6). */
void tl_receive_packet(struct node *n, struct path *from, struct buffer packet,
		       bool is_open);
void tl_receive_retry_queue(struct node *n);
/* vl1.md 7.3 */
void tl_receive_heard(struct node *n, const struct rx *rx, bool is_trusted);
/* Retry what waits for @who, now that it is known. */
void tl_receive_peer_known(struct node *n, struct address who);

/* greet.c: HELLO and its answers. */
void tl_greet(struct node *n, struct peer *peer, int socket,
	      const struct endpoint *to);
void tl_greet_relayed(struct node *n, struct peer *peer);
void tl_greet_on_hello(struct node *n, struct path *from, struct buffer packet,
		       bool is_authentic, bool is_validated);
enum rx_outcome tl_greet_on_ok(struct node *n, struct rx *rx, struct reader *r);
void tl_greet_expire(struct node *n);
/* Probe an address: vl1.md 7.11.1. */
void tl_greet_contact(struct node *n, struct peer *peer, int socket,
		      const struct endpoint *to, bool is_full);

/* whois.c */
enum rx_outcome tl_whois_on_request(struct node *n, struct rx *rx);
enum rx_outcome tl_whois_on_ok(struct node *n, struct rx *rx, struct reader *r);

/* relay.c */
void tl_relay(struct node *n, const struct path *from, struct buffer datagram,
	      bool is_fragment);
enum rx_outcome tl_relay_on_rendezvous(struct node *n, struct rx *rx);

/* keepalive.c */
void tl_keepalive_pass(struct node *n);
/* A datagram of ours goes out on @path, which may be silent. */
void tl_keepalive_watch(struct node *n, struct peer *peer, struct path *path);

/* surface.c: how others see us. */
void tl_surface_report(struct node *n, const struct rx *rx,
		       const struct endpoint *seen, bool is_trusted);
void tl_surface_expire(struct node *n);

/* direct.c: PUSH_DIRECT_PATHS. */
void tl_direct_push(struct node *n, const struct rx *rx);
enum rx_outcome tl_direct_on_push(struct node *n, struct rx *rx);

/* counts.c: a packet that is open, and one that is not sealed yet. */
void tl_count_received(struct node *n, struct peer *peer, struct bytes packet);
void tl_count_sent(struct node *n, struct peer *peer, struct bytes packet);
void tl_count_latency(struct node *n, struct peer *peer, int64_t rtt_ms);

/* probe.c */
enum rx_outcome tl_probe_on_ok(struct node *n, const struct rx *rx,
			       const struct reader *r);
/* An address of a peer is tried. */
void tl_probe_note(struct node *n, struct peer *peer, enum attempt_kind kind,
		   const struct endpoint *remote);

#endif /* TL_VL1_NODE_IMPL_H */
