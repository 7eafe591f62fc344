/* SPDX-License-Identifier: Apache-2.0 */
/*
 * way.h - one protocol by which a gateway can be asked for a mapping
 *
 * PCP, NAT-PMP and UPnP look alike from above: ask, turn when the descriptor is
 * readable or the time has come, and be told what came of it. No function
 * blocks. A state belongs to who opened it, is used by one thread, and concerns
 * one local port and one gateway.
 */
#ifndef TL_PORTMAP_WAY_H
#define TL_PORTMAP_WAY_H

#include "wire/endpoint.h"

#define WAY_NEVER INT64_MAX
#define WAY_COUNT 3
/* As the reference has it (vl1.md 7.16): refreshed every 300 s. */
#define WAY_LIFETIME_S 600
#define WAY_NAME_SIZE 64

/**
 * struct way_request - What is to be mapped
 * @local:	address and port of ours, neither of them zero
 * @bits:	length of the prefix that @local shares with its link
 * @gateway:	who is asked; its port does not matter
 * @scope_id:	number of the interface that leads there
 * @name:	what people find in the gateway's list of mappings
 */
struct way_request {
	struct endpoint local;
	uint8_t bits;
	struct endpoint gateway;
	uint32_t scope_id;
	char name[WAY_NAME_SIZE];
};

/**
 * struct way_grant - What a gateway has granted
 * @external:	where the outside reaches us, as the gateway sees it
 * @lifetime_s:	never 0
 * @has_epoch:	it says for how long it has been up, @epoch_s
 */
struct way_grant {
	struct endpoint external;
	uint32_t lifetime_s;
	bool has_epoch;
	uint32_t epoch_s;
};

enum way_turn {
	WAY_WAITING, /* for an answer, or to be asked */
	WAY_GRANTED,
	WAY_FAILED, /* @why says why; may be asked again */
	WAY_RELEASED, /* the mapping is gone */
};

/**
 * struct way - A protocol
 * @name:	for people
 * @does_ip6:	it maps ports of IPv6 addresses, too
 * @head_start_ms: better ones go ahead for so long, unless they fail
 * @open:	copies @q; negative errno: it cannot be used here
 * @fd:		to be watched; owned by the state
 * @ask:	for a mapping, or for the same one again; not while it waits
 * @turn:	at a good moment; @out is written with WAY_GRANTED. All that was
 *		received is taken
 * @next:	when to turn at the latest, WAY_NEVER if only @fd tells
 * @why:	in words, valid until the next call
 * @release:	ask for an end of the mapping, if there is or may be one
 * @close:	accepts NULL. What was asked is not taken back
 */
struct way {
	const char *name;
	bool does_ip6;
	int64_t head_start_ms;
	int (*open)(void **statep, const struct way_request *q);
	int (*fd)(const void *state);
	void (*ask)(void *state, int64_t now);
	enum way_turn (*turn)(void *state, struct way_grant *out, int64_t now);
	int64_t (*next)(const void *state);
	const char *(*why)(const void *state);
	void (*release)(void *state, int64_t now);
	void (*close)(void *state);
};

extern const struct way tl_way_pcp;
extern const struct way tl_way_natpmp;
extern const struct way tl_way_upnp;

#endif /* TL_PORTMAP_WAY_H */
