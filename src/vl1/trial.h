/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trial.h - what was tried to reach a peer directly, and whether it answered
 *
 * Kept with a peer from the first attempt on, so that people can be told why
 * it is relayed. The last TRIALS_MAX addresses; nothing in the protocol
 * depends on it.
 */
#ifndef TL_VL1_TRIAL_H
#define TL_VL1_TRIAL_H

#include "wire/endpoint.h"

#define TRIALS_MAX 8

enum trial_kind {
	TRIAL_PUSHED, /* the peer told us the address */
	TRIAL_INTRODUCED, /* a root did */
	TRIAL_MET, /* its packets come from there */
	TRIAL_KINDS
};

/**
 * struct trial - An address that was tried
 * @n:		how often
 * @first_ms, @last_ms: when
 * @answered_ms: when a path there was found good; 0: never
 */
struct trial {
	struct endpoint remote;
	enum trial_kind kind;
	unsigned int n;
	int64_t first_ms;
	int64_t last_ms;
	int64_t answered_ms;
};

/**
 * struct trials - Of one peer; begins zeroed
 * @list:	the last ones, in no order; @n 0: free
 * @by_kind:	how often, @last_ms of each
 */
struct trials {
	struct trial list[TRIALS_MAX];
	unsigned int by_kind[TRIAL_KINDS];
	int64_t last_ms[TRIAL_KINDS];
};

/* A HELLO or ECHO goes there. The one least recently tried makes room. */
void tl_trial_note(struct trials *a, enum trial_kind kind,
		   const struct endpoint *remote, int64_t now);

/* There is a path now. */
void tl_trial_answered(struct trials *a, const struct endpoint *remote,
		       int64_t now);

#endif /* TL_VL1_TRIAL_H */
