/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapping.h - one local endpoint at one gateway: who grants it, and until when
 *
 * Theory of operation
 *
 * All ways are tried, the better ones with a head start: a gateway that is
 * silent costs a few small datagrams and nobody's time, and one that refuses is
 * asked in the next way at once. The first that grants the mapping keeps it:
 * it is renewed at half its lifetime. When the lifetime has run out unrenewed
 * all begins anew. If nobody grants anything it is tried again later, and ever
 * later, up to an hour.
 *
 * It is told the time and reads no clock. What the ways have open hangs in the
 * owner's poll set.
 */
#ifndef TL_PORTMAP_MAPPING_H
#define TL_PORTMAP_MAPPING_H

#include "os/poll.h"
#include "portmap/pcp.h"
#include "portmap/portmap.h"
#include "portmap/target.h"
#include "portmap/way.h"

#define MAPPING_LIFETIME_MIN_S 20

struct mapping;

/**
 * struct attempt - One way of asking
 * @state:	the way's; NULL: not begun, or over
 * @why:	how it failed; NULL: it did not
 */
struct attempt {
	struct mapping *m;
	const struct way *way;
	void *state;
	struct watch watch;
	const char *why;
};

/**
 * struct mapping - A target and what has come of it
 * @ready:	called when something was received: run it then
 * @by:		whoever granted it; NULL unless PORTMAP_MAPPED
 * @external:	nil unless PORTMAP_MAPPED
 * @since_ms:	of this state
 * @due_ms:	when to renew, or to try again
 * @asked_ms:	when it was last asked for
 * @failures:	in a row, of all ways together
 * @is_told:	that it failed was logged, by the owner
 */
struct mapping {
	struct portmap_target target;
	struct way_request request;
	struct poll_set *poll;
	void (*ready)(void *ctx, struct mapping *m);
	void *ctx;
	enum portmap_state state;
	struct attempt attempts[WAY_COUNT];
	size_t n_attempts;
	struct attempt *by;
	struct endpoint external;
	struct pcp_epoch epoch;
	int64_t since_ms;
	int64_t due_ms;
	int64_t asked_ms;
	int64_t expires_ms;
	unsigned int failures;
	bool is_renewing;
	bool is_told;
};

/**
 * struct mapping_config - How it is made
 * @ways:	better ones first, @n_ways, at most WAY_COUNT
 */
struct mapping_config {
	const struct portmap_target *target;
	const char *name;
	struct poll_set *poll;
	void (*ready)(void *ctx, struct mapping *m);
	void *ctx;
	const struct way *const *ways;
	size_t n_ways;
};

/* On the caller's storage, which must stay where it is. */
void tl_mapping_init(struct mapping *m, const struct mapping_config *c,
		     int64_t now);

/* Closes all; what was granted is not taken back. */
void tl_mapping_fini(struct mapping *m);

enum mapping_news {
	MAPPING_CHANGED = 1, /* @state or @external */
	MAPPING_FORGOTTEN = 2, /* the gateway has lost its mappings */
};

/* At tl_mapping_next(), and when @ready was called. Return: enum mapping_news
 * as flags. */
unsigned int tl_mapping_run(struct mapping *m, int64_t now);
int64_t tl_mapping_next(const struct mapping *m);

/* Ask again soon: interfaces have changed, or the gateway seems to be new. */
void tl_mapping_hurry(struct mapping *m, int64_t now);

/* Begin to take it back; then run it until tl_mapping_is_released(). */
void tl_mapping_release(struct mapping *m, int64_t now);
TL_MUST_USE bool tl_mapping_is_released(const struct mapping *m);

#endif /* TL_PORTMAP_MAPPING_H */
