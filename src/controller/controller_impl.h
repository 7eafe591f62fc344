/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controller_impl.h - the inside of a controller, for controller*.c only
 *
 * The controller owns its networks, a network its members. What is in memory is
 * what the store holds, or what it is about to write: see batch.h.
 */
#ifndef TL_CONTROLLER_CONTROLLER_IMPL_H
#define TL_CONTROLLER_CONTROLLER_IMPL_H

#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "controller/assign.h"
#include "controller/batch.h"
#include "controller/controller.h"
#include "controller/issue.h"
#include "wire/config_chunk.h"
#include "wire/revocation.h"

#define NEVER_MS INT64_MIN
#define STRANGER_SLOTS 1024
/* How far ahead of what was issued the stored clock is, and so how often it is
 * stored. After a restart timestamps begin there. */
#define CLOCK_RESERVE_MS 10000
/* What a network's revocations may be at once; the oldest makes way. */
#define REVOCATIONS_MAX 16384
#define TOLD_SLOTS 4096

/**
 * struct served_member - A member and what is only known while we run
 * @push:	in the controller's list while a push is due
 * @last_request_ms: NEVER_MS if it has not asked yet
 * @sent_ms:	when it was last sent a configuration, else NEVER_MS
 * @pushed_ms:	the same, whatever has become of it since
 * @push_due_ms: with @push among those that wait for a pause to end: when
 * @untaken:	in one of the controller's lists while it has not said that it
 *		has @update_id, which was pushed, with @n_tries before it; it is
 *		sent another at @untaken_ms
 * @n_told:	how many of its network's revocations it was told of
 * @batch:	the last one in which it was changed
 * @has_metadata: @has_rules_engine is known
 * @from:	physical address of the last request; nil if relayed
 */
struct served_member {
	struct map_node node;
	struct list push;
	struct list untaken;
	struct served_network *network;
	struct member_object *object;
	int64_t last_request_ms;
	int64_t sent_ms;
	int64_t pushed_ms;
	int64_t push_due_ms;
	int64_t untaken_ms;
	uint64_t update_id;
	uint64_t n_told;
	uint64_t batch;
	uint8_t n_tries;
	bool has_metadata;
	bool has_rules_engine;
	struct endpoint from;
};

/**
 * struct told - A revocation that members are told of
 * @node:	in its network's map of the latest, unless @is_outdated
 * @number:	how many of the network were before it
 * @is_outdated: there is a later one of the same member
 * @is_signed:	not before it is sent: a thousand at once take their time
 */
struct told {
	struct map_node node;
	struct revocation revocation;
	uint64_t number;
	bool is_outdated;
	bool is_signed;
};

/**
 * struct farewell - What a member that was deleted is still to be told
 * @due_ms:	when @to may be sent credentials again
 */
struct farewell {
	struct list node;
	struct address to;
	struct revocation revocation;
	int64_t due_ms;
};

/**
 * struct served_network - A network with its members
 * @ips:	all members' assigned addresses
 * @bridges:	addresses of all active bridges, ascending; owned
 * @batch:	the last one in which the network itself was changed
 * @telling:	in the controller's list while members are to be told of
 *		revocations, at @tell_ms
 * @pushing:	in the controller's list while a batch is followed up after
 *		which all are to be sent a configuration
 * @leaving:	in the controller's list while its deletion is not durable
 * @told:	revocations that may still matter, oldest first; owned
 * @latest:	those of them that are not outdated, by member
 * @n_forgotten: how many there were before these
 * @is_gone:	deleted; owned by that list while it is in it
 */
struct served_network {
	struct map_node node;
	struct network_object *object;
	struct map members;
	struct ip_set ips;
	struct address *bridges;
	size_t n_bridges;
	size_t n_authorized;
	size_t n_pending;
	uint64_t batch;
	struct list telling;
	int64_t tell_ms;
	struct list pushing;
	struct list leaving;
	struct told **told;
	struct map latest;
	size_t n_told;
	size_t room_told;
	uint64_t n_forgotten;
	bool is_gone;
};

/* When a node was last sent credentials; a later one with the same slot takes
 * it over. */
struct told_slot {
	uint64_t address;
	int64_t told_ms;
};

/* When somebody without a record asked last; a later stranger with the same
 * slot takes it over. */
struct stranger {
	uint64_t network;
	uint64_t address;
	int64_t asked_ms;
};

/**
 * struct controller - See controller.h
 * @pushes:	members to be sent a configuration now
 * @paced:	the same, later, in the order of time
 * @untaken:	members that have not said that they have what was pushed, by
 *		how many pushes there were before it, in the order of time
 * @telling:	networks whose members are to be told of revocations
 * @farewells:	what deleted members are to be told, in the order of time
 * @pushing:	networks whose members are all to be sent a configuration
 * @leaving:	networks whose deletion is not durable, in its order
 * @clock_ms:	nothing is issued with a timestamp below
 * @issued_ms:	the newest timestamp of what was issued
 * @reserved_ms: the store's clock; nothing is issued with it or later
 * @asked_ms:	what it was given, durable or not
 * @dict:	NETCONF_DICT_MAX bytes, to build a configuration in
 */
struct controller {
	struct identity self;
	struct controller_host host;
	struct store store;
	uint64_t key[2];
	struct map networks;
	struct list pushes;
	struct list paced;
	struct list untaken[CONTROLLER_RESENDS];
	struct list telling;
	struct list farewells;
	struct list pushing;
	struct list leaving;
	int64_t clock_ms;
	int64_t issued_ms;
	int64_t reserved_ms;
	int64_t asked_ms;
	struct batches batches;
	uint8_t *dict;
	struct log_limit complaints;
	struct controller_counts counts;
	struct stranger strangers[STRANGER_SLOTS];
	struct told_slot told[TOLD_SLOTS];
};

/* NULL if there is none. */
struct served_network *tl_served_network_find(const struct controller *c,
					      struct network_id id);
struct served_member *tl_served_member_find(const struct served_network *n,
					    struct address address);

/* Add a network with @o, consumed. 0 or -ENOMEM. */
TL_MUST_USE int tl_served_network_add(struct served_network **np,
				      struct controller *c,
				      struct network_object *o);

/* The same, and store it. */
TL_MUST_USE int tl_served_network_create(struct served_network **np,
					 struct controller *c,
					 struct network_object *o);

/* Take it out of memory, members and all. The second: it is in no table. */
void tl_served_network_drop(struct controller *c, struct served_network *n);
void tl_served_network_free(struct controller *c, struct served_network *n);

/* In no table any more, or never was. Accepts NULL. */
void tl_served_member_free(struct served_member *m);

/* Take it out of the store, and out of sight. 0, -ENOMEM, or what the store
 * failed with. */
TL_MUST_USE int tl_served_network_delete(struct controller *c,
					 struct served_network *n);
TL_MUST_USE int tl_served_member_delete(struct controller *c,
					struct served_member *m);

/* Take a change back: the second of each pair brings back what was deleted. */
void tl_served_network_undo(struct controller *c, struct change *change);
void tl_served_network_undo_drop(struct controller *c, struct change *change);
void tl_served_member_undo(struct controller *c, struct change *change);
void tl_served_member_undo_drop(struct controller *c, struct change *change);

/* Likewise; the counts and sets of the network follow. @o is consumed. */
TL_MUST_USE int tl_served_member_add(struct served_member **mp,
				     struct served_network *n,
				     struct member_object *o);
void tl_served_member_drop(struct served_network *n, struct served_member *m);

/**
 * tl_served_network_store() - Let @next, consumed, replace what is in force
 * @is_told:	its members are sent what follows
 *
 * Return: 0, -ENOMEM, or what the store failed with: nothing has changed then.
 */
TL_MUST_USE int tl_served_network_store(struct controller *c,
					struct served_network *n,
					struct network_object *next,
					bool is_told);

/* The same for a member. @is_told: send it what follows. @changedp: whether
 * there was anything to store. */
TL_MUST_USE int tl_served_member_store(struct controller *c,
				       struct served_member *m,
				       struct member_object *next, bool is_told,
				       bool *changedp);

/* What a member gets at its first authorization. 0 or -ENOMEM. */
TL_MUST_USE int tl_served_add_default_capabilities(
	struct member_object *o, const struct network_object *network);

/* Say that something failed that must not, not too often. */
void tl_controller_complain(struct controller *c, int err, int64_t now);

bool tl_served_member_is_online(const struct served_member *m, int64_t now);

/* Nodes in low-bandwidth mode ask seldom; they are told of changes still. */
bool tl_served_member_is_listening(const struct controller *c,
				   const struct served_member *m, int64_t now);

/* Let tl_controller_tick() send a configuration, if the member is online: now,
 * or when CONTROLLER_PACE_MS have passed since the last one, and then what is
 * in force by that time. */
void tl_controller_push(struct controller *c, struct served_member *m,
			int64_t now);
void tl_controller_push_all(struct controller *c, struct served_network *n,
			    int64_t now);

/* Issue a configuration to a member and send it, when all that is in it is
 * stored. With @packet_id 0: as a push. 0, -EACCES if it is not authorized,
 * else see tl_served_member_store(). */
TL_MUST_USE int tl_controller_send(struct controller *c,
				   struct served_member *m, uint64_t packet_id,
				   int64_t now);

/* resend.c: it was just sent this as a push; what it has not taken in time goes
 * again. */
void tl_resend_expect(struct controller *c, struct served_member *m,
		      uint64_t update_id, int64_t now);

/* It needs none of this any more. */
void tl_resend_forget(struct served_member *m);

void tl_resend_init(struct controller *c);
void tl_resend_run(struct controller *c, int64_t now);
int64_t tl_resend_next_ms(const struct controller *c);

/* revoke.c: when a network begins and when it ends. */
void tl_revoke_network_init(struct controller *c, struct served_network *n);
void tl_revoke_network_fini(struct served_network *n);

/*
 * With the next tl_revoke_run(), tell the network that @target is no member any
 * more; and @left, too, which may be NULL: the same, after it was deleted.
 */
void tl_controller_revoke_one(struct controller *c, struct served_network *n,
			      struct address target,
			      const struct served_member *left, int64_t now);

/* All authorized members of a network that is no more. Return: whether it is
 * not done yet, and so @n is consumed. */
TL_MUST_USE bool tl_controller_revoke_all(struct controller *c,
					  struct served_network *n,
					  int64_t now);

/* It was just sent a configuration: tell it what it has missed. */
void tl_revoke_catch_up(struct controller *c, struct served_member *m,
			int64_t now);

/* Tell those who could not be told yet. */
void tl_revoke_run(struct controller *c, int64_t now);
int64_t tl_revoke_next_ms(const struct controller *c);

/* Free what was deleted and not told to all. */
void tl_revoke_fini(struct controller *c);

/* Before a change that revokes: have the store know a time above that of the
 * revocation. 0, -ENOMEM, or what the store failed with. */
TL_MUST_USE int tl_controller_will_revoke(struct controller *c, int64_t now);

#endif /* TL_CONTROLLER_CONTROLLER_IMPL_H */
