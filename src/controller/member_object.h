/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member_object.h - what a controller knows of one member (vl2.md 14.1)
 *
 * A heap object that owns what it points to. There may be very many, so it is
 * kept as values and turned into the API's JSON when somebody asks. What is in
 * force never changes: a change is made on a copy, which takes the old one's
 * place when it is stored.
 */
#ifndef TL_CONTROLLER_MEMBER_OBJECT_H
#define TL_CONTROLLER_MEMBER_OBJECT_H

#include <jansson.h>

#include "controller/network_object.h"

#define MEMBER_MAX_IPS 256
#define MEMBER_MAX_TAGS NETCONF_MAX_TAGS
#define MEMBER_MAX_CAPABILITIES NETCONF_MAX_CAPABILITIES
#define MEMBER_NAME_MAX 1024 /* bytes */

/* How a member came to be authorized. */
enum member_grant {
	MEMBER_GRANT_NONE,
	MEMBER_GRANT_API,
	MEMBER_GRANT_PUBLIC,
	MEMBER_GRANT_TOKEN,
};

/* As the API shows it; NULL for none. */
extern const char *const tl_member_grant_names[];

struct member_tag {
	uint32_t id;
	uint32_t value;
};

/* What the member's software says of itself; -1: unknown. */
struct member_version {
	int64_t major;
	int64_t minor;
	int64_t revision;
	int64_t protocol;
};

/**
 * struct member_object - One member of one network
 * @has_identity: it was seen once; @pub is then what it must always be
 * @ips:	assigned addresses, in order; ports are 0
 * @tags:	ascending by id
 * @capabilities: ascending ids
 * @name:	NULL if it was never named
 * @token:	with MEMBER_GRANT_TOKEN
 */
struct member_object {
	struct network_id network;
	struct address address;
	uint64_t revision;
	bool has_identity;
	bool authorized;
	bool active_bridge;
	bool no_auto_ips;
	bool sso_exempt;
	enum member_grant grant;
	uint8_t pub[IDENTITY_PUB_LEN];
	struct endpoint *ips;
	size_t n_ips;
	struct member_tag *tags;
	size_t n_tags;
	uint32_t *capabilities;
	size_t n_capabilities;
	char *name;
	char *token;
	int64_t creation_ms;
	int64_t last_authorized_ms;
	int64_t last_deauthorized_ms;
	int64_t auth_expiry_ms;
	struct member_version version;
	struct address trace_target;
	uint64_t trace_level;
};

/* Unauthorized, revision 0. 0 or -ENOMEM. */
TL_MUST_USE int tl_member_object_new(struct member_object **op,
				     struct network_id network,
				     struct address address, int64_t now);

/* From a row of the store. 0, -EINVAL or -ENOMEM. */
TL_MUST_USE int tl_member_object_load(struct member_object **op,
				      struct network_id network,
				      struct address address,
				      struct bytes text);

/* 0 or -ENOMEM. */
TL_MUST_USE int tl_member_object_copy(struct member_object **op,
				      const struct member_object *o);

/* Accepts NULL. */
void tl_member_object_free(struct member_object *o);

/**
 * tl_member_object_merge() - Apply the body of a POST to @o itself
 * @body:	a JSON object; fields that are not writable are ignored
 * @why:	written with -EINVAL; @o is then half changed: throw it away
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
TL_MUST_USE int tl_member_object_merge(struct member_object *o,
				       const json_t *body,
				       struct object_error *why, int64_t now);

/**
 * struct member_state - What is only known while we run
 * @seen_ms:	its last request, 0 if there was none
 * @from:	its physical address; nil if it is relayed
 */
struct member_state {
	bool is_online;
	int64_t seen_ms;
	struct endpoint from;
};

struct text;

/* Append the object of the API. @state: NULL to leave it out. */
void tl_member_object_put(struct text *t, const struct member_object *o,
			  const struct member_state *state);

/* The same alone, zero-terminated; to be freed with tl_free(). NULL when out of
 * memory. */
TL_MUST_USE char *tl_member_object_text(const struct member_object *o);

/* Likewise for the store: without what follows from the row's key, and without
 * what is as in a new member, since most of it is. */
TL_MUST_USE char *tl_member_object_row(const struct member_object *o);

/* Do they differ in nothing but the revision? */
bool tl_member_object_equal(const struct member_object *a,
			    const struct member_object *b);

/* Change @o->authorized, with its times. @token: for MEMBER_GRANT_TOKEN, else
 * NULL. 0 or -ENOMEM. */
TL_MUST_USE int tl_member_object_authorize(struct member_object *o,
					   enum member_grant grant,
					   const char *token, int64_t now);

/* Append an address (already there: nothing to do), set a tag, add a
 * capability. 0, -ENOMEM, or -ENOSPC if there are too many. */
TL_MUST_USE int tl_member_object_add_ip(struct member_object *o,
					const struct endpoint *ip);
TL_MUST_USE int tl_member_object_set_tag(struct member_object *o, uint32_t id,
					 uint32_t value);
TL_MUST_USE int tl_member_object_add_capability(struct member_object *o,
						uint32_t id);

/* NULL if it has no such tag. */
const struct member_tag *
tl_member_object_find_tag(const struct member_object *o, uint32_t id);

#endif /* TL_CONTROLLER_MEMBER_OBJECT_H */
