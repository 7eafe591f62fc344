/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.h - changes that are in memory and not yet sure to be on disk
 *
 * For controller*.c and served.c only.
 *
 * Theory of operation: a change takes effect in memory at once, so that the
 * next one is decided on top of it, but nobody is told before the store has
 * made it durable. Changes gather in the open batch; while the store writes
 * one, the next fills. When a batch is durable its changes are followed up:
 * members are told, questions answered. When it cannot be, its changes and all
 * later ones are taken back, the last one first, and memory is what the store
 * holds again.
 *
 * A change names networks and members by their numbers: what it was about may
 * be gone when it is followed up.
 */
#ifndef TL_CONTROLLER_BATCH_H
#define TL_CONTROLLER_BATCH_H

#include "base/list.h"
#include "controller/member_object.h"

struct controller;
struct served_member;
struct served_network;

enum change_kind {
	CHANGE_NETWORK, /* made or changed */
	CHANGE_NO_NETWORK, /* deleted */
	CHANGE_MEMBER, /* made or changed */
	CHANGE_NO_MEMBER, /* deleted */
	CHANGE_CLOCK, /* timestamps below @until_ms may be issued */
	CHANGE_ANSWER, /* nothing: a configuration that waits */
};

/**
 * struct change - One change; owns what it points to
 * @is_told:	members are sent what follows from it
 * @member, @packet_id: what is of use for the kind
 * @is_authorized: the member is, by this change
 * @was_member:	before; NULL: there was none
 * @was_network: likewise
 * @gone:	a network with all its members, out of the tables
 * @left:	a member, likewise; @was_member is not used then
 */
struct change {
	struct list node;
	enum change_kind kind;
	bool is_told;
	bool is_authorized;
	struct network_id network;
	struct address member;
	uint64_t packet_id;
	int64_t until_ms;
	struct member_object *was_member;
	struct network_object *was_network;
	struct served_network *gone;
	struct served_member *left;
};

/**
 * struct batches - The open one and the one that is being written
 * @n_open:	number of the open one; counts from 1
 * @n_done:	all up to this are durable, or taken back
 */
struct batches {
	struct list open;
	struct list flying;
	uint64_t n_open;
	uint64_t n_done;
};

void tl_batches_init(struct batches *b);
void tl_batches_fini(struct controller *c);

/* Not in a batch yet: what follows may fail. NULL when out of memory. */
TL_MUST_USE struct change *tl_change_new(enum change_kind kind,
					 struct network_id network,
					 struct address member);

/* Accepts NULL. With what it owns. */
void tl_change_free(struct controller *c, struct change *change);

/* Into the open batch, consumed; something was put into the store for it. */
void tl_change_add(struct controller *c, struct change *change);

/* Is anything of this waiting for the store? */
bool tl_change_is_pending(const struct controller *c, uint64_t batch);

/* The batch that one who wants to be sure now must wait for; 0: none. */
uint64_t tl_change_last(const struct controller *c);

/* Send @m a configuration as soon as nothing of it waits for the store. 0 or
 * -ENOMEM. */
TL_MUST_USE int tl_change_answer(struct controller *c, struct served_member *m,
				 uint64_t packet_id);

/**
 * tl_change_clock() - Have the store know a time beyond @ts
 *
 * Return: true if @ts may be issued; else it may be when the open batch is
 * durable, unless *@errp says that it cannot be stored.
 */
TL_MUST_USE bool tl_change_clock(struct controller *c, int64_t ts, int *errp);

/**
 * tl_change_commit() - Have what is open written, if nothing is being written
 *
 * To be called at the end of every function that may have changed something.
 *
 * Return: 0, or why the store has failed at once: all was taken back then.
 */
int tl_change_commit(struct controller *c, int64_t now);

#endif /* TL_CONTROLLER_BATCH_H */
