/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_impl.h - what the files of vl1 know of each other
 *
 * Not for anybody outside this directory. node.c owns the struct; send.c,
 * receive.c, greet.c, whois.c, relay.c, keepalive.c, surface.c, nat.c,
 * direct.c, attempt.c, worlds.c, seeds.c, local.c and confirm.c each hold one
 * part of the protocol; counts.c and probe.c are for those who look on.
 */
#ifndef TL_VL1_NODE_IMPL_H
#define TL_VL1_NODE_IMPL_H

#include "base/log.h"
#include "vl1/attempt.h"
#include "vl1/bucket.h"
#include "vl1/discover.h"
#include "vl1/expect.h"
#include "vl1/nat.h"
#include "vl1/node.h"
#include "vl1/reassembly.h"
#include "vl1/tunnel.h"

#define NODE_PEERS_MAX 100000
#define TX_QUEUE_MAX 64
#define RX_QUEUE_MAX 256
#define QUEUE_TIMEOUT_MS 5000
#define QUEUE_RETRY_MS 500
#define WHOIS_TABLE 1024
#define WHOIS_WAYS 4
#define WHOIS_RETRY_MS 500
#define WHOIS_ADDRESSES_MAX 64 /* in one packet */
#define PENDING_MAX 64
#define PENDING_MS 10000
#define INTRODUCTIONS 1024
#define INTRODUCTION_MS 30000
#define SURFACE_MAX 64
#define SURFACE_MS 600000
#define PING_PASS_MS 5000
#define HOUSEKEEPING_MS 30000
#define STRANGER_KEYS 1024
#define LOCAL_TRY_MAX 16
#define OPENER_LEN 4 /* what opens a NAT (vl1.md 4.6) is for nobody */
#define MEMORIZED_MS 30000
#define CONFIRM_MS 500

/* Beside enum send_flags: by the general procedure, not straight back. */
#define SEND_GENERAL 0x80u
#define RANDOM_BLOCK 4096
#define NODE_UPSTREAMS_MAX (WORLD_MAX_ROOTS * (1 + NODE_MOONS_MAX))
#define ROOT_ENDPOINTS_MAX 64

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

/* What the newest mapping of our NAT is, and how many we have made since. */
struct nat_state {
	struct endpoint newest;
	int socket;
	unsigned int n_opened;
	int64_t when_ms;
};

/* A moon, or the want of one: see worlds.c. */
struct moon {
	uint64_t id;
	struct world *world; /* owned; NULL: it is asked for */
	struct address seed;
	unsigned int asked;
	int64_t retry_ms;
	struct log_limit warned;
};

struct node {
	struct identity id;
	struct world planet;
	struct world offered; /* being parsed */
	struct moon moons[NODE_MOONS_MAX];
	unsigned int n_moons;
	bool is_root;
	bool allow_loopback;
	struct node_local local;
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
	struct address *inquired; /* to be asked for; NULL: none ever */
	unsigned int n_inquired;
	unsigned int inquired_room;
	struct pending pending[PENDING_MAX];
	struct introduction introductions[INTRODUCTIONS];
	struct surface_entry surface[SURFACE_MAX];
	struct nat_state nat;
	struct discover discover;
	struct udp_watch udp;
	struct list attempts; /* those that are due at a time */
	struct bucket strangers[STRANGER_KEYS];
	struct bucket agreements;
	struct bucket validation;
	struct bucket inquiries; /* WHOIS for whoever sent us something */
	struct bucket unwraps[STRANGER_KEYS];
	struct bucket unwraps_all;
	struct peer *upstreams[NODE_UPSTREAMS_MAX];
	unsigned int n_upstreams;
	int64_t next_ping_ms;
	int64_t last_pass_ms;
	int64_t confirmed_ms;
	bool must_confirm;
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
/* Take extended armor off. False if it was dropped. */
TL_MUST_USE bool tl_greet_unwrap(struct node *n, const struct path *from,
				 struct buffer *packet);
void tl_greet_on_hello(struct node *n, struct path *from, struct buffer packet,
		       bool is_authentic, bool is_validated);
enum rx_outcome tl_greet_on_ok(struct node *n, struct rx *rx, struct reader *r);
void tl_greet_expire(struct node *n);
/* Probe an address: vl1.md 7.11.1. */
void tl_greet_contact(struct node *n, struct peer *peer, int socket,
		      const struct endpoint *to, bool is_full);

/* whois.c */
/* A stranger that is to be asked for: at the end of the pass, many together, as
 * fast as our root is to hear of such. */
void tl_whois_soon(struct node *n, struct address a);
void tl_whois_flush(struct node *n);
/* When the next are to be; INT64_MAX: none wait. */
int64_t tl_whois_due(const struct node *n);
enum rx_outcome tl_whois_on_request(struct node *n, struct rx *rx);
enum rx_outcome tl_whois_on_ok(struct node *n, struct rx *rx, struct reader *r);

/* relay.c */
void tl_relay(struct node *n, const struct path *from, struct buffer datagram,
	      bool is_fragment);
enum rx_outcome tl_relay_on_rendezvous(struct node *n, struct rx *rx);

/* keepalive.c */
void tl_keepalive_pass(struct node *n);
/* HELLO to one endpoint of a root, from all sockets. */
void tl_keepalive_greet_root(struct node *n, struct peer *peer,
			     unsigned int family);

/* confirm.c: probe what tl_node_on_rebind() has promised, if it is due. */
void tl_confirm_pass(struct node *n);

/* A datagram of ours goes out on @path, which may be silent. */
void tl_keepalive_watch(struct node *n, struct peer *peer, struct path *path);
/* Ask whether it still answers: others are better until it does. */
void tl_keepalive_probe(struct node *n, struct peer *peer, struct path *path);
/* The same for one on which things come in: it has a second for its answer. */
void tl_keepalive_challenge(struct node *n, struct peer *peer,
			    struct path *path);

/* local.c */
size_t tl_local_mtu(const struct node *n, const struct endpoint *remote);
/* Is a packet in suite 2 that came in on @from to be believed? */
bool tl_local_trusts(const struct node *n, const struct path *from,
		     struct bytes packet);
/* In place of tl_armor_seal(). */
void tl_local_seal(struct buffer packet, uint64_t trusted_path);
/* There is no direct path to @peer: look where the owner says that it may be,
 * at most every MEMORIZED_MS. */
void tl_local_try(struct node *n, struct peer *peer);

/* surface.c: how others see us. */
void tl_surface_report(struct node *n, const struct rx *rx,
		       const struct endpoint *seen, bool is_trusted);
void tl_surface_expire(struct node *n);

/* direct.c: PUSH_DIRECT_PATHS. */
void tl_direct_push(struct node *n, const struct rx *rx);
enum rx_outcome tl_direct_on_push(struct node *n, struct rx *rx);

/*
 * worlds.c: the planet, moons, and whose roots are ours
 */
/* @planet: serialized; empty: the default one. Return: 0, -EINVAL, -ENOMEM. */
TL_MUST_USE int tl_worlds_init(struct node *n, struct bytes planet,
			       int64_t now);
void tl_worlds_fini(struct node *n);
/* An upstream may be reached where a world lists it, and nowhere else: vl1.md
 * 6.7. Others may anywhere. */
TL_MUST_USE bool tl_worlds_allow(const struct node *n, const struct peer *p,
				 const struct endpoint *remote);
/* Where @p is listed, in all worlds. Return: how many, at most @max. */
size_t tl_worlds_endpoints(const struct node *n, const struct peer *p,
			   struct endpoint *out, size_t max);
/* What a HELLO says of our worlds. */
void tl_worlds_note(const struct node *n, struct hello *h);
/* Worlds of ours that the sender of @h asks for, serialized; as many as there
 * is room for. Return: bytes written. */
size_t tl_worlds_newer(const struct node *n, const struct hello *h,
		       struct buffer out);
/* Serialized worlds that @from sent in an OK(HELLO). */
void tl_worlds_offer(struct node *n, const struct peer *from,
		     struct bytes worlds);
/* seeds.c: ask for wanted moons. Return: when to call again, or INT64_MAX. */
int64_t tl_worlds_keep(struct node *n);
/* @p has become known, or is reached now: seeds can be asked sooner. */
void tl_worlds_hurry(struct node *n, const struct peer *p);

/* counts.c: a packet that is open, and one that is not sealed yet. */
void tl_count_received(struct node *n, struct peer *peer, struct bytes packet);
void tl_count_sent(struct node *n, struct peer *peer, struct bytes packet);
void tl_count_latency(struct node *n, struct peer *peer, int64_t rtt_ms);

/* probe.c */
enum rx_outcome tl_probe_on_ok(struct node *n, const struct rx *rx,
			       const struct reader *r);
/* An address of a peer is tried. */
void tl_probe_note(struct node *n, struct peer *peer, enum trial_kind kind,
		   const struct endpoint *remote);

#endif /* TL_VL1_NODE_IMPL_H */
