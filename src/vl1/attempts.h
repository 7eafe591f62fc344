/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempts.h - what was tried to reach a peer directly, and whether it answered
 *
 * Kept with a peer from the first attempt on, so that people can be told why
 * it is relayed. The last ATTEMPTS_MAX addresses; nothing in the protocol
 * depends on it.
 */
#ifndef TL_VL1_ATTEMPTS_H
#define TL_VL1_ATTEMPTS_H

#include "wire/endpoint.h"

#define ATTEMPTS_MAX 8

enum attempt_kind {
	ATTEMPT_PUSHED, /* the peer told us the address */
	ATTEMPT_INTRODUCED, /* a root did */
	ATTEMPT_MET, /* its packets come from there */
	ATTEMPT_KINDS
};

/**
 * struct attempt - An address that was tried
 * @n:		how often
 * @first_ms, @last_ms: when
 * @answered_ms: when a path there was found good; 0: never
 */
struct attempt {
	struct endpoint remote;
	enum attempt_kind kind;
	unsigned int n;
	int64_t first_ms;
	int64_t last_ms;
	int64_t answered_ms;
};

/**
 * struct attempts - Of one peer; begins zeroed
 * @list:	the last ones, in no order; @n 0: free
 * @by_kind:	how often, @last_ms of each
 */
struct attempts {
	struct attempt list[ATTEMPTS_MAX];
	unsigned int by_kind[ATTEMPT_KINDS];
	int64_t last_ms[ATTEMPT_KINDS];
};

/* A HELLO or ECHO goes there. The one least recently tried makes room. */
void tl_attempt_note(struct attempts *a, enum attempt_kind kind,
		     const struct endpoint *remote, int64_t now);

/* There is a path now. */
void tl_attempt_answered(struct attempts *a, const struct endpoint *remote,
			 int64_t now);

#endif /* TL_VL1_ATTEMPTS_H */
