/* SPDX-License-Identifier: Apache-2.0 */
/*
 * membership.h - what one peer has shown on one network (vl2.md 6 and 7.1)
 *
 * Holds the credentials issued to that peer, once verified, and the thresholds
 * of its revocations. Never reads a clock: only times of the controller are
 * compared, with each other.
 *
 * Stricter than the reference: revoking a tag, capability or certificate of
 * ownership does not void the certificate of membership too (vl2.md 6.6).
 */
#ifndef TL_VL2_MEMBERSHIP_H
#define TL_VL2_MEMBERSHIP_H

#include "wire/credentials_message.h"

/*
 * When a table is full the entry with the lowest timestamp makes room, if that
 * is lower than the new one's; else the new one is rejected. A revocation that
 * makes room raises the floor of its type: nothing of that type up to its
 * threshold is valid any more, so forgetting it never makes anything valid.
 */
#define MEMBERSHIP_MAX_CAPABILITIES 128
#define MEMBERSHIP_MAX_TAGS 128
#define MEMBERSHIP_MAX_OWNERSHIPS 16
#define MEMBERSHIP_MAX_REVOCATIONS 256

enum add_result {
	ADD_REJECTED,
	ADD_NEW,
	ADD_REDUNDANT, /* had exactly this; as good as new */
	ADD_DEFERRED, /* signer's identity unknown: get it and try again */
};

/* Credentials count while |time - @timestamp| <= @max_delta (vl2.md 6.8). */
struct credential_window {
	int64_t timestamp;
	int64_t max_delta;
};

/**
 * struct held - A credential that was accepted
 * @item:	struct capability, tag or ownership; owned
 */
struct held {
	uint32_t id;
	int64_t timestamp;
	void *item;
};

/* Ascending by id, each id once. */
struct held_table {
	struct held *at;
	size_t n;
	size_t room;
};

struct revoked {
	enum credential_type type;
	uint32_t id;
	int64_t threshold;
};

/**
 * struct membership - Record of one peer on one network; embedded by its owner
 * @member:	the peer
 * @network:	the network; credentials of others are rejected
 * @com:	the last one accepted; @com.n is 0 if none
 * @com_threshold: certificates up to this time are void
 * @floor:	by type: what was forgotten for want of room
 * @pub, @hash:	the peer's public key when its identity was hashed last
 * @has_hash:	whether they are set
 * @agreed:	which of our certificates it was found to agree with; 0: none
 */
struct membership {
	struct address member;
	struct network_id network;
	struct com com;
	int64_t com_threshold;
	struct held_table capabilities;
	struct held_table tags;
	struct held_table ownerships;
	struct revoked *revoked;
	size_t n_revoked;
	size_t room_revoked;
	int64_t floor[CREDENTIAL_OWNERSHIP + 1];
	bool has_hash;
	uint8_t pub[IDENTITY_PUB_LEN];
	uint8_t hash[IDENTITY_HASH_LEN];
	uint64_t agreed;
};

void tl_membership_init(struct membership *m, struct network_id net,
			struct address member);
void tl_membership_fini(struct membership *m);

/*
 * Add a credential (vl2.md 6.2, 6.6, 6.7). @missing is whose identity is
 * needed, with ADD_DEFERRED. Out of memory counts as ADD_REJECTED, but for
 * revocations: one that cannot be kept raises the floor of its type.
 *
 * A capability must also have come from @member itself: the caller checks that.
 */
TL_MUST_USE enum add_result tl_membership_add_com(struct membership *m,
						  const struct com *com,
						  const struct keyring *keys,
						  struct address *missing);
TL_MUST_USE enum add_result tl_membership_add_capability(
	struct membership *m, const struct capability *cap,
	const struct keyring *keys, struct address *missing);
TL_MUST_USE enum add_result tl_membership_add_tag(struct membership *m,
						  const struct tag *tag,
						  const struct keyring *keys,
						  struct address *missing);
TL_MUST_USE enum add_result tl_membership_add_ownership(
	struct membership *m, const struct ownership *own,
	const struct keyring *keys, struct address *missing);
TL_MUST_USE enum add_result tl_membership_add_revocation(
	struct membership *m, const struct revocation *rev,
	const struct keyring *keys, struct address *missing);

/* Any of the five. */
TL_MUST_USE enum add_result tl_membership_add(struct membership *m,
					      const struct credential *c,
					      const struct keyring *keys,
					      struct address *missing);

/* Why one was rejected: "old", "revoked" or else "invalid". */
const char *tl_membership_why_not(const struct membership *m,
				  const struct credential *c);

/**
 * tl_membership_agrees() - Is the peer a member, by our certificate?
 * @mine:	our own certificate
 * @identity:	the peer's
 *
 * The gate of vl2.md 7.5 for private networks. Cheap enough for every frame:
 * the identity is hashed only when it is another one than before.
 */
bool tl_membership_agrees(struct membership *m, const struct com *mine,
			  const struct identity *identity);

/*
 * The same for every frame: what was found is known until this peer's
 * certificate or ours is another one. @serial: of ours, never 0, one for each.
 */
bool tl_membership_still_agrees(struct membership *m, const struct com *mine,
				uint64_t serial,
				const struct identity *identity);

/* Is a credential of this type, id and time in the window and not revoked? */
bool tl_membership_is_usable(const struct membership *m,
			     enum credential_type type, uint32_t id,
			     int64_t timestamp, struct credential_window win);

/* The tag with this id if it is usable, else NULL. */
const struct tag *tl_membership_tag(const struct membership *m, uint32_t id,
				    struct credential_window win);

/* The capability with this id if it is usable, else NULL. */
const struct capability *tl_membership_capability(const struct membership *m,
						  uint32_t id,
						  struct credential_window win);

/**
 * tl_membership_next_capability() - Walk usable capabilities, ascending by id
 * @at:		0 to begin with; moved on
 *
 * Return: NULL after the last.
 */
const struct capability *tl_membership_next_capability(
	const struct membership *m, size_t *at, struct credential_window win);

/* Does a usable certificate say that the peer owns this IP or MAC? */
bool tl_membership_owns_ip(const struct membership *m,
			   const struct endpoint *ip,
			   struct credential_window win);
bool tl_membership_owns_mac(const struct membership *m, struct mac mac,
			    struct credential_window win);

/* Forget what has fallen out of the window; thresholds stay. */
void tl_membership_expire(struct membership *m, struct credential_window win);

#endif /* TL_VL2_MEMBERSHIP_H */
