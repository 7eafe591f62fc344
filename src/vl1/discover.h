/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discover.h - neighbours on the same wire, found without anybody's help
 *
 * A node says where it is by beacons (wire/beacon.h) that its host multicasts.
 * Those who have joined a network of ours get a HELLO at the address that their
 * beacon came from; all others are passed over. Nothing is learned from a
 * beacon itself: a peer needs a validated identity, a path an authentic OK.
 *
 * Beacons go out after 0, 1, 3, 7, ... s, then every DISCOVER_ONLINE_MS, or
 * every DISCOVER_OFFLINE_MS as long as no root is there, who would tell us; at
 * once when a neighbour is new, since it has to know us, too. What forged ones
 * can cost is limited: a validation every DISCOVER_PERIOD_MS, one of a single
 * source every DISCOVER_SOURCE_MS, and for known peers what tl_peer_may_try()
 * lets pass. Unvalidated neighbours wait in a table of DISCOVER_PENDING.
 */
#ifndef TL_VL1_DISCOVER_H
#define TL_VL1_DISCOVER_H

#include "vl1/bucket.h"
#include "vl1/path.h"
#include "wire/beacon.h"

#define DISCOVER_FIRST_MS 1000
#define DISCOVER_ONLINE_MS 300000
#define DISCOVER_OFFLINE_MS 60000
#define DISCOVER_ANSWER_MS 250
#define DISCOVER_PENDING 16
#define DISCOVER_PERIOD_MS 2000
#define DISCOVER_BURST 16
#define DISCOVER_SOURCES 64
#define DISCOVER_SOURCE_MS 10000
#define DISCOVER_SOURCE_BURST 4

struct node;
struct peer;

/* A neighbour whose identity is being validated. */
struct sighting {
	struct identity id;
	uint64_t instance;
	int socket;
	struct endpoint at;
	int64_t when_ms; /* 0: free */
};

/**
 * struct discover - A node's part in it
 * @instance:	our own, 0 before the first beacon
 * @wait_ms:	between the last beacon and the next
 * @sent_ms:	the last one
 */
struct discover {
	uint64_t instance;
	int64_t next_ms;
	int64_t wait_ms;
	int64_t sent_ms;
	struct sighting pending[DISCOVER_PENDING];
	struct bucket sources[DISCOVER_SOURCES];
	struct bucket all;
};

/* Send what is due. Return: when to call again, INT64_MAX: never. */
int64_t tl_discover_run(struct node *n);

/* An identity was checked; maybe that of a neighbour. */
void tl_discover_on_validated(struct node *n, const struct identity *id,
			      bool is_valid);

/* A peer has answered us directly; maybe a neighbour. */
void tl_discover_on_answer(struct node *n, struct peer *peer);

#endif /* TL_VL1_DISCOVER_H */
