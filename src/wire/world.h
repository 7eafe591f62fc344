/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - signed lists of root servers: the planet and moons (vl1.md 6)
 *
 * A value, some 17 KB with 4 x 32 endpoints: keep on the heap.
 */
#ifndef TL_WIRE_WORLD_H
#define TL_WIRE_WORLD_H

#include "wire/endpoint.h"
#include "wire/identity.h"

#define WORLD_MAX_ROOTS 4
#define WORLD_MAX_ENDPOINTS 32
#define WORLD_WIRE_MAX 8480

enum world_type {
	WORLD_NULL = 0,
	WORLD_PLANET = 1,
	WORLD_MOON = 127,
};

struct world_root {
	struct identity identity;
	unsigned int n_endpoints;
	struct endpoint endpoints[WORLD_MAX_ENDPOINTS];
};

/**
 * struct world - Planet or moon
 * @type:	WORLD_PLANET or WORLD_MOON, or WORLD_NULL for none
 * @id:		world ID
 * @timestamp:	revision, milliseconds since 1970
 * @update_key:	public key whose holder may sign the next revision
 */
struct world {
	enum world_type type;
	uint64_t id;
	uint64_t timestamp;
	uint8_t update_key[IDENTITY_PUB_LEN];
	struct signature signature;
	unsigned int n_roots;
	struct world_root roots[WORLD_MAX_ROOTS];
};

/* Fails @r if malformed. A moon's attached dictionary is skipped. */
void tl_read_world(struct reader *r, struct world *out);
void tl_write_world(struct writer *w, const struct world *world);

/* The bytes that are signed (vl1.md 6.3). */
void tl_write_world_signing(struct writer *w, const struct world *world);

/* Sign with the Ed25519 half of a 64-byte private key. */
void tl_world_sign(struct world *world, const uint8_t pub[IDENTITY_PUB_LEN],
		   const uint8_t priv[IDENTITY_PRIV_LEN]);

TL_MUST_USE bool tl_world_verify(const struct world *world,
				 const uint8_t key[IDENTITY_PUB_LEN]);

/* May @next take the place of @current (NULL or WORLD_NULL: none)?
 * vl1.md 6.4. */
TL_MUST_USE bool tl_world_may_replace(const struct world *current,
				      const struct world *next);

/* The planet everybody has who was given no other: vl1.md appendix C. */
struct bytes tl_default_planet(void);

#endif /* TL_WIRE_WORLD_H */
