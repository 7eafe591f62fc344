/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl2_impl.h - what the files of vl2 know of each other
 *
 * vl2.c: the set of networks and dispatch; network.c: one network and its
 * configuration; member.c: records of peers; gate.c: credentials of others and
 * who may send; revoked.c: who may no more; push.c: our own credentials;
 * frame.c: unicast; bridge.c and behind.c: what is not on the network itself;
 * group.c: the group table; multicast.c: sending and receiving multicast;
 * adhoc.c: networks without a controller; auth.c: those that want a login;
 * kin.c: members on the same wire; report.c: what an observer is told.
 */
#ifndef TL_VL2_VL2_IMPL_H
#define TL_VL2_VL2_IMPL_H

#include "base/list.h"
#include "vl2/assembly.h"
#include "vl2/filter.h"
#include "vl2/membership.h"
#include "vl2/vl2.h"

#define MEMBERS_MAX 65536
#define BRIDGE_ROUTES_MAX 65536
#define BRIDGE_RECIPIENTS_MAX 32
#define BEHIND_MAX 1024
#define BEHIND_MS 1200000
#define NEEDS_MAX 64
#define CONFIG_CHECK_MS 5000
#define CONFIG_REFRESH_MS 60000
#define LIKE_MS 60000
#define LOW_REFRESH_MS 3840000
#define LOW_MARGIN_MS 300000
#define LOW_LIKE_MS 270000
#define LOW_GATHER_MS 180000
#define GROUP_ENTRY_MS 600000
#define GROUP_QUEUE_MAX 32
#define GROUP_QUEUE_MS 5000
#define QUEUED_MAX 1024
#define GATHER_MS 60000
#define GATHER_RECIPIENTS_MAX 16
#define GROUPS_MAX 65536
#define GROUP_MEMBERS_MAX 8192
#define KIN_MAX 64
#define SPREAD_MAX 32

/* vl2.md 13: what an observer may want to hear of */
#define TRACE_LEVEL_NORMAL 0
#define TRACE_LEVEL_VERBOSE 10
#define TRACE_LEVEL_RULES 15
#define TRACE_LEVEL_MAX 100

/**
 * struct push - Our credentials on their way to a member
 * @last_ms:	when the last packet of them left
 * @due_ms:	when the next one may; 0: all have left
 * @of:		generation of the network's configuration they are from
 * @has_com, @n_capabilities, @n_tags, @n_ownerships: what has left
 * @is_unknown:	it has said that it does not know us
 * @n_spread:	how many of the network's revocations it was told of
 */
struct push {
	int64_t last_ms;
	int64_t due_ms;
	uint64_t of;
	bool has_com;
	bool is_unknown;
	uint64_t n_spread;
	size_t n_capabilities;
	size_t n_tags;
	size_t n_ownerships;
};

/**
 * struct member - What we know of a peer on one network
 * @node:	in the network's table, by address
 * @m:		its credentials
 * @side:	the same for the filter; valid if @side_of is current
 * @side_of:	generation of the network's configuration it was made for
 * @storage:	what @side points to; owned
 */
struct member {
	struct map_node node;
	struct membership m;
	int64_t pushed_ms;
	struct push push;
	int64_t liked_ms;
	struct filter_side side;
	uint64_t side_of;
	void *storage;
};

/* When somebody was told that we need its certificate. */
struct need_sent {
	struct address to;
	int64_t when_ms;
};

/* Who says on the wire that it has joined this network, too. */
struct kin {
	struct address who;
	uint64_t instance;
	int64_t heard_ms; /* 0: free */
	int64_t told_ms;
	struct bucket tellings;
};

/* A group somebody behind us has sent to. */
struct behind {
	struct group group;
	int64_t seen_ms;
};

struct bridge_route {
	struct map_node node;
	struct mac mac;
	struct address via;
};

struct network {
	struct vl2 *v;
	struct network_id id;
	struct mac mac;
	struct address controller;
	enum network_status failure; /* NETWORK_OK: none */
	struct auth_data *auth; /* what was said with the last such failure */
	struct netconf *conf;
	struct rule *rules;
	struct filter_policy policy;
	int trace_level; /* beside it: asked for each frame; -1: no observer */
	bool refuses_trace; /* whatever the configuration says */
	void *own_storage; /* what policy.side points to */
	uint64_t generation;
	int64_t config_changed_ms;
	int64_t next_request_ms;
	int64_t next_push_ms; /* 0: never */
	struct revocation *spread; /* a ring of SPREAD_MAX; NULL: none yet */
	uint64_t n_spread; /* so many have been in it */
	unsigned int requests;
	int64_t partial_ms; /* the controller's own first chunk; 0: none */
	bool must_ask; /* something says that we are not let in any more */
	struct assembly *assembly;
	struct map members;
	struct map bridges;
	struct need_sent needs[NEEDS_MAX];
	struct group *groups;
	size_t n_groups;
	struct behind *behind;
	size_t n_behind;
	size_t room_behind;
	int64_t liked_ms;
	struct kin kin[KIN_MAX];
	struct filter_log *filter_log;
	struct bucket reports;
	uint64_t n_unreported;
	uint64_t n_refused[2]; /* by the rules: inbound, outbound */
	void *ctx;
};

struct vl2 {
	struct node *node;
	const struct vl2_host *host;
	void *host_ctx;
	struct network **networks; /* ascending by ID */
	size_t n_networks;
	struct map groups;
	struct list unheard; /* struct mc_group: nobody in it was ever known */
	size_t n_queued; /* multicasts in all queues */
	int64_t next_sweep_ms; /* of these */
	int64_t next_check_ms;
	int64_t next_cleanup_ms;
	int64_t now;
};

/*
 * vl2.c: periods, which are longer in low-bandwidth mode. That announces groups
 * still, unlike the reference, since who is in no group gets no ARP and is not
 * reached.
 */
int64_t tl_vl2_like_ms(const struct vl2 *v);
int64_t tl_vl2_gather_ms(const struct vl2 *v);

/* network.c */
TL_MUST_USE int tl_network_new(struct network **netp, struct vl2 *v,
			       struct network_id id);
void tl_network_free(struct network *net);
/* Parse and use a dictionary. False if it is not for us or malformed. */
bool tl_network_accept(struct network *net, struct bytes dict, bool do_save);
/* Take a parsed configuration; consumed. */
void tl_network_use(struct network *net, struct netconf *conf,
		    struct bytes dict);
void tl_network_fail(struct network *net, enum network_status why);
void tl_network_check(struct network *net);
/* When to call that again at the latest. */
int64_t tl_network_next_ms(const struct network *net);
enum rx_outcome tl_network_on_chunk(struct network *net, struct rx *rx,
				    struct reader *r);
/* A chunk from our own controller. */
void tl_network_own_chunk(struct network *net, struct bytes payload);
bool tl_network_has_role(const struct network *net, struct address who,
			 uint64_t role);
/* Addresses of all specialists with @role, except our own. */
size_t tl_network_specialists(const struct network *net, uint64_t role,
			      struct address *out, size_t max);
struct keyring tl_network_keyring(const struct network *net);

/* member.c */
struct member *tl_member_find(const struct network *net, struct address who);
/* Made if missing; NULL if out of memory or at the limit. */
struct member *tl_member_get(struct network *net, struct address who);
void tl_member_free(struct network *net, struct member *m);
/* Forget members that VL1 has forgotten, and credentials out of the window. */
void tl_member_expire(struct network *net);
/* Credentials have changed: the filter's side must be made anew. */
void tl_member_changed(struct member *m);
/* What the filter may take into account; NULL if nothing is known. */
const struct filter_side *tl_member_side(const struct network *net,
					 struct member *m);
/* Our own credentials as the filter sees them. 0 or -ENOMEM. */
TL_MUST_USE int tl_member_own_side(struct network *net);

/* gate.c */
bool tl_gate_allows(struct network *net, const struct peer *peer);
/* The gate of a receiver, with its answer: RX_DONE if open. */
enum rx_outcome tl_gate_check(struct network *net, const struct rx *rx);
/* Is it a second since this one was told that we need its certificate? Then it
 * may be told now. */
bool tl_gate_may_ask(struct network *net, struct address to);
enum rx_outcome tl_gate_on_credentials(struct vl2 *v, struct rx *rx);
void tl_gate_own_credentials(struct vl2 *v, struct bytes payload);
void tl_gate_on_need_certificate(struct network *net, const struct rx *rx);
/* Read the sender's COM in front of a frame, as old senders attach it. */
void tl_gate_inline_com(struct network *net, const struct rx *rx,
			struct reader *r);

/* revoked.c */
/* True if nothing may be sent to @m, which may be NULL; counted. */
bool tl_revoked_refuses(struct network *net, const struct member *m);
/* A new revocation has come; maybe of our own certificate. */
void tl_revoked_noted(struct network *net, const struct revocation *rev);

/* push.c */
/* Begin to send all our credentials, unless it was done for this configuration
 * within the time. */
void tl_gate_push(struct network *net, struct address to, int64_t min_age_ms);
/* To one who has said that it does not know us; and with them our groups. */
void tl_push_to_stranger(struct network *net, struct address to,
			 int64_t min_age_ms);
/* A new revocation, which @sender has told us, goes on to all members that we
 * know; to each as soon as it may be told something. */
void tl_push_spread(struct network *net, struct address sender,
		    const struct revocation *rev);
/* Send what is due. Return: when to call again, INT64_MAX: never. */
int64_t tl_push_run(struct network *net);

/* frame.c */
enum rx_outcome tl_frame_on_frame(struct network *net, struct rx *rx);
enum rx_outcome tl_frame_on_ext_frame(struct vl2 *v, struct rx *rx);
/* Ask the rules; copies are sent and an observer is told. @m: of whom it is to
 * go to, NULL if nobody is known; not counted as dropped, unlike inbound. */
void tl_frame_ask_outbound(struct network *net, struct filter_result *f,
			   const struct filter_frame *frame, struct address to,
			   struct member *m, bool no_tee);
enum filter_verdict tl_frame_ask_inbound(struct network *net,
					 const struct rx *rx,
					 const struct filter_frame *frame);
void tl_frame_send_copies(struct network *net, const struct filter_result *f,
			  const struct filter_frame *frame);
void tl_frame_send_ext(struct network *net, struct address to, uint8_t flags,
		       const struct filter_frame *frame, struct bytes payload);

/* bridge.c */
void tl_bridge_fini(struct network *net);
/* @mac was seen behind the bridge @via. */
void tl_bridge_learn(struct network *net, struct mac mac, struct address via);
/* Where a MAC that no member has may be: behind the bridge that it was seen
 * behind, or behind any of them. Return: how many. */
size_t tl_bridge_find(struct network *net, struct mac mac,
		      struct address out[BRIDGE_RECIPIENTS_MAX]);

/* behind.c: groups of frames that we bridged in. A new one is announced. */
void tl_behind_note(struct network *net, struct group g);
bool tl_behind_has(const struct network *net, struct group g);
/* The next @max of them, from *@at, which is moved on. Return: how many. */
size_t tl_behind_next(const struct network *net, size_t *at, struct group *out,
		      size_t max);
void tl_behind_expire(struct network *net);

/* group.c: who listens to what. */
struct mc_member {
	struct address who;
	int64_t when_ms;
};

struct mc_group {
	struct map_node node;
	struct network_id net;
	struct group group;
	struct mc_member *members;
	size_t n_members;
	size_t room;
	int64_t gathered_ms;
	struct list queue; /* struct mc_frame */
	unsigned int n_queue;
	struct list unheard; /* of vl2; alone once somebody was in it */
};

/* NULL if there is none. */
struct mc_group *tl_group_find(const struct vl2 *v, struct network_id net,
			       struct group g);
struct mc_group *tl_group_get(struct vl2 *v, struct network_id net,
			      struct group g);
void tl_group_add(struct vl2 *v, struct network_id net, struct group g,
		  struct address who);
void tl_group_remove(struct vl2 *v, struct network_id net, struct group g,
		     struct address who);
void tl_group_expire(struct vl2 *v);
void tl_group_free_all(struct vl2 *v);
enum rx_outcome tl_group_on_like(struct vl2 *v, struct rx *rx);
enum rx_outcome tl_group_on_gather(struct vl2 *v, struct rx *rx);
/* Write a gather result; false if it would list nobody, or the asker has had
 * too many. */
bool tl_group_write_result(struct vl2 *v, struct writer *w,
			   struct network_id net, struct group g,
			   uint32_t limit, struct peer *asker);
/* Read one of @from and enter all it lists, if the group is one that we have
 * asked about, as many as one may name. */
void tl_group_read_result(struct vl2 *v, struct reader *r, struct peer *from,
			  struct network_id net, struct group g);
/* May this peer say or ask who listens on this network? */
bool tl_group_allows(struct vl2 *v, struct network_id net,
		     const struct peer *peer);

/* multicast.c */
void tl_multicast_output(struct network *net, const struct filter_frame *frame,
			 struct packet *p, bool is_bridged);
enum rx_outcome tl_multicast_on_frame(struct vl2 *v, struct rx *rx);
enum rx_outcome tl_multicast_on_ok(struct vl2 *v, struct rx *rx,
				   struct reader *r, unsigned int in_re_verb);
/* Somebody new listens: send what waits for such. */
void tl_multicast_on_member(struct vl2 *v, struct mc_group *g,
			    struct address who);
void tl_multicast_drop_queue(struct vl2 *v, struct mc_group *g, bool all);
/* Announce our groups where it is due. */
void tl_multicast_announce(struct network *net);
/* A new one, to all who are told of groups. */
void tl_multicast_announce_one(struct network *net, struct group g);
void tl_multicast_announce_to(struct network *net, struct address to,
			      const struct group *list, size_t n);
/* A root or the like that greets us may have been restarted: it has to be told
 * of our groups, lest nobody finds us for a minute. */
void tl_multicast_on_greeted(struct network *net, struct address who);
bool tl_multicast_in_group(const struct network *net, struct group g);

/* kin.c: the parts of tl_vl2_upper that are about neighbours */
size_t tl_kin_hints(void *ctx, uint64_t instance, uint64_t *out, size_t max);
bool tl_kin_is(void *ctx, const struct beacon *b, int64_t now);
void tl_kin_met(void *ctx, struct peer *peer, int64_t now);
bool tl_kin_needs(void *ctx, struct address who);
/* Does @who say that it has joined this network of ours? */
bool tl_kin_is_of(const struct vl2 *v, struct network_id id,
		  struct address who);

/* auth.c: a login is wanted; @rest is what follows the network's ID. */
void tl_auth_required(struct network *net, struct bytes rest);

/* report.c: to be asked before all that follow, which expect it. */
static inline bool tl_report_is_wanted(const struct network *net, int level)
{
#ifdef TL_LITE /* which has report_none.c */
	(void)net;
	(void)level;
	return false;
#else
	return TL_UNLIKELY(net->trace_level >= level);
#endif
}

/* How the rules have judged a frame. */
struct judgement {
	struct address source;
	struct address dest; /* 0: none is known yet */
	bool inbound;
	bool no_tee;
	enum filter_verdict verdict;
};

/* The configuration is another one. */
void tl_report_configure(struct network *net);
void tl_report_not_sent(struct network *net, const struct filter_frame *frame,
			enum drop why);
void tl_report_not_taken(struct network *net, const struct rx *rx,
			 const struct filter_frame *frame, enum drop why);
void tl_report_denied(struct network *net, const struct rx *rx);
void tl_report_path(struct network *net, const struct rx *rx);
/* @reason: "old", "revoked" or "invalid" */
void tl_report_credential(struct network *net, const struct credential *c,
			  const char *reason);
void tl_report_judged(struct network *net, const struct filter_frame *frame,
		      const struct judgement *j);
/* For struct node_upper. */
void tl_report_learned(void *ctx, const struct rx *rx);
/* What others report. */
enum rx_outcome tl_report_on_trace(struct vl2 *v, const struct rx *rx);

/* adhoc.c: a configuration that follows from the network's number; NULL if
 * there is none (*@statusp says what then), or out of memory. */
struct netconf *tl_adhoc_config(struct network_id id, struct address member,
				int64_t now, enum network_status *statusp);

#endif /* TL_VL2_VL2_IMPL_H */
