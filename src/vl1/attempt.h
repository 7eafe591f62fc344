/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt.h - trying to reach a peer directly
 *
 * Theory of operation: where a peer might be reached is told by a root that
 * introduces it (RENDEZVOUS) and by itself (PUSH_DIRECT_PATHS); what answers
 * becomes a path. With both sides behind NATs each must send to the other, and
 * to the right ports. Where ours gives each remote endpoint another port, in
 * order, the peer is told the next ones, in that order, and then probes them;
 * and we send to its endpoints, in the order in which it told them, so that our
 * i-th datagram leaves by the i-th port. That must not happen before it knows
 * the ports: so we wait for its own push, with which such a node answers ours,
 * or for a moment, if it is one that does not. What a root tells meanwhile
 * waits as well, or it would take the first of those ports. Two such NATs are
 * passed by this, too: either side's i-th datagram goes from its i-th to the
 * other's i-th port.
 *
 * An attempt belongs to its peer and is made when there is something to be
 * remembered of it. It also says why there is no direct path (why.c).
 */
#ifndef TL_VL1_ATTEMPT_H
#define TL_VL1_ATTEMPT_H

#include "base/list.h"
#include "vl1/nat.h"
#include "vl1/trial.h"

struct node;
struct peer;
struct rx;

#define ATTEMPT_TOLD_MAX 32

/* An endpoint that may be the peer's. */
struct told_endpoint {
	struct endpoint at;
	enum trial_kind how;
	bool is_opened; /* probed: our NAT has a mapping for it */
};

/**
 * struct attempt - What is known of ways to a peer, and was tried
 * @due:	in the node's list while something is to be done at @due_ms
 * @told:	in the order in which it was told
 * @their_nat:	as the peer says
 * @n_rendezvous: introductions since there was a direct path
 * @n_probes:	probes since then
 * @rendezvous_ms, @told_ms, @probed_ms: when last; 0: never
 */
struct attempt {
	struct list due;
	int64_t due_ms;
	struct peer *peer;
	struct told_endpoint told[ATTEMPT_TOLD_MAX];
	unsigned int n_told;
	enum nat_kind their_nat;
	unsigned int n_rendezvous;
	unsigned int n_probes;
	int64_t rendezvous_ms;
	int64_t told_ms;
	int64_t probed_ms;
};

/* That of @peer, made if there is none; NULL if memory is short. */
struct attempt *tl_attempt_of(struct peer *peer);

/* Accepts NULL. */
void tl_attempt_free(struct attempt *a);

/* A root says that @peer is at @at; rx->path is where it said so. */
void tl_attempt_introduced(struct node *n, const struct rx *rx,
			   struct peer *peer, const struct endpoint *at);

/* @peer says that it is at @list and has a NAT of kind @nat. */
void tl_attempt_told(struct node *n, struct peer *peer,
		     const struct endpoint *list, size_t n_list,
		     enum nat_kind nat);

/* It was told which ports we will have next: send to it soon, and open no other
 * port before. */
void tl_attempt_soon(struct node *n, struct peer *peer);

/* What is due. Return: when the next is, INT64_MAX if there is none. */
int64_t tl_attempt_run(struct node *n);

#endif /* TL_VL1_ATTEMPT_H */
