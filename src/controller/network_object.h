/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network_object.h - what a controller knows of one network (vl2.md 14.1)
 *
 * The JSON object of the API is the truth; everything that is needed to issue a
 * configuration is compiled from it once. An object never changes: a POST makes
 * a new one, which takes the old one's place when it is stored.
 */
#ifndef TL_CONTROLLER_NETWORK_OBJECT_H
#define TL_CONTROLLER_NETWORK_OBJECT_H

#include <jansson.h>

#include "wire/netconf.h"

#define NETWORK_MAX_POOLS 256
#define OBJECT_ERROR_SIZE 160

/**
 * struct object_error - Why a POST was refused, for people
 */
struct object_error {
	char text[OBJECT_ERROR_SIZE];
};

/* Addresses from @start to @end, both included and of one family. */
struct pool {
	struct endpoint start;
	struct endpoint end;
};

struct network_capability {
	uint32_t id;
	bool is_default;
	unsigned int n_rules;
	struct bytes rules; /* wire form; owned */
};

struct network_tag {
	uint32_t id;
	bool has_default;
	uint32_t value;
};

/**
 * struct network_object - One network; read only
 * @doc:	the complete object as the API shows it
 * @rules:	wire form; owned
 *
 * The rest is what @doc says, in the types of wire/netconf.h.
 */
struct network_object {
	struct network_id id;
	json_t *doc;
	uint64_t revision;
	bool is_private;
	bool has_broadcast;
	bool assigns_v4;
	bool assigns_v6;
	bool assigns_rfc4193;
	bool assigns_6plane;
	uint64_t multicast_limit;
	unsigned int mtu;
	int64_t max_delta_ms;
	char name[NETCONF_NAME_SIZE];
	struct route routes[NETCONF_MAX_ROUTES];
	size_t n_routes;
	struct pool *pools;
	size_t n_pools;
	struct network_capability *capabilities;
	size_t n_capabilities;
	struct network_tag *tags;
	size_t n_tags;
	struct bytes rules;
	unsigned int n_rules;
	struct netconf_dns dns;
	struct address trace_target;
	uint64_t trace_level;
};

/* With all defaults and revision 0: not stored yet. 0 or -ENOMEM. */
TL_MUST_USE int tl_network_object_new(struct network_object **op,
				      struct network_id id, int64_t now);

/* From a row of the store. 0, -EINVAL or -ENOMEM. */
TL_MUST_USE int tl_network_object_load(struct network_object **op,
				       struct network_id id, struct bytes text);

/**
 * tl_network_object_merge() - Apply the body of a POST
 * @op:		a new object with the next revision; with the same revision if
 *		nothing differs and @old was stored
 * @old:	stays as it is
 * @body:	a JSON object; fields that are not writable are ignored
 * @err:	written with -EINVAL
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
TL_MUST_USE int tl_network_object_merge(struct network_object **op,
					const struct network_object *old,
					const json_t *body,
					struct object_error *err);

/* Accepts NULL. */
void tl_network_object_free(struct network_object *o);

/* Is @token one that admits members at @now? */
TL_MUST_USE bool tl_network_object_admits(const struct network_object *o,
					  struct bytes token, int64_t now);

/**
 * tl_network_object_spend() - A one-time token was used
 * @op:		a new object, of the next revision, without it
 *
 * Return: 0; -ENOENT if @token is none, or one that lasts, too; -ENOMEM.
 */
TL_MUST_USE int tl_network_object_spend(struct network_object **op,
					const struct network_object *old,
					struct bytes token, int64_t now);

/* NULL if there is none. */
const struct network_capability *
tl_network_object_find_capability(const struct network_object *o, uint32_t id);

#endif /* TL_CONTROLLER_NETWORK_OBJECT_H */
