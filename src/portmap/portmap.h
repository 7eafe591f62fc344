/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portmap.h - have gateways let the outside reach a port of ours (vl1.md 7.16)
 *
 * Told what to map and at which gateways, this asks them by PCP, NAT-PMP and
 * UPnP, keeps what was granted alive, and takes it back at the end. It belongs
 * to one loop and its poll set, and never blocks but in tl_portmap_free(). In a
 * build without the libraries nothing is ever mapped.
 */
#ifndef TL_PORTMAP_PORTMAP_H
#define TL_PORTMAP_PORTMAP_H

#include "os/poll.h"
#include "portmap/target.h"
#include "portmap/way.h"

struct portmap;

/**
 * struct portmap_config - Who uses it
 * @poll:	borrowed
 * @plan:	call tl_portmap_run() at this time of tl_clock_ms(), and not at
 *		the one named before; INT64_MAX: at none
 * @name:	for people who look at their gateway
 */
struct portmap_config {
	struct poll_set *poll;
	void (*plan)(void *ctx, int64_t at_ms);
	void *ctx;
	char name[WAY_NAME_SIZE];
};

/* Does this build map ports? */
TL_MUST_USE bool tl_portmap_is_built(void);

/* 0; -ENOSYS if it is not built; -ENOMEM. */
TL_MUST_USE int tl_portmap_new(struct portmap **pp,
			       const struct portmap_config *c);

/* Removes mappings, and waits for the gateways to say so, at most 80 ms.
 * Accepts NULL. */
void tl_portmap_free(struct portmap *p);

/**
 * tl_portmap_set() - What is to be mapped from now on
 * @targets:	@n of them, at most TARGETS_MAX
 *
 * To be called when interfaces or routes have changed. What was mapped and is
 * among @targets is asked for again, since the gateway may be another one of
 * the same address.
 */
void tl_portmap_set(struct portmap *p, const struct portmap_target *targets,
		    size_t n);

/* The time that @plan named has come. */
void tl_portmap_run(struct portmap *p);

/* Where the outside reaches us that does not hear of it otherwise: without what
 * is behind another NAT, and without addresses of our own. Accepts NULL. */
size_t tl_portmap_endpoints(const struct portmap *p, struct endpoint *out,
			    size_t max);

enum portmap_state {
	PORTMAP_ASKING,
	PORTMAP_MAPPED,
	PORTMAP_NONE, /* nobody granted anything; asked again later */
};

const char *tl_portmap_state_name(enum portmap_state state);

/**
 * struct portmap_status - What has come of one target
 * @protocol:	that granted it; NULL if none has
 * @external:	nil if nothing is mapped
 * @is_public:	the outside can use @external
 * @why:	in words, what is not as it should be; empty if nothing is
 */
struct portmap_status {
	enum portmap_state state;
	const char *protocol;
	struct portmap_target target;
	struct endpoint external;
	bool is_public;
	char why[256];
};

/* False behind the last one. Accepts NULL. */
TL_MUST_USE bool tl_portmap_status(const struct portmap *p, size_t i,
				   struct portmap_status *out);

#endif /* TL_PORTMAP_PORTMAP_H */
