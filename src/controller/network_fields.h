/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network_fields.h - the larger fields of a network object (vl2.md 14.1)
 *
 * For network_object.c: from what was posted to the form that is stored and
 * shown, and from there to values. Functions that make a JSON value return NULL
 * when out of memory, or when the input is refused: they say so in @why.
 */
#ifndef TL_CONTROLLER_NETWORK_FIELDS_H
#define TL_CONTROLLER_NETWORK_FIELDS_H

#include <jansson.h>

#include "wire/netconf.h"

/* Entries that are of no use are left out. */
TL_MUST_USE json_t *tl_field_routes(const json_t *v);
TL_MUST_USE json_t *tl_field_pools(const json_t *v);

/* {"domain", "servers"}; an empty array if @v is no object. */
TL_MUST_USE json_t *tl_field_dns(const json_t *v);

/* Ascending by id; of equal ids the last one. */
TL_MUST_USE json_t *tl_field_tags(const json_t *v);
TL_MUST_USE json_t *tl_field_capabilities(const json_t *v, char *why,
					  size_t why_size);

/**
 * tl_field_rules() - Check rules and show them anew
 * @max:	how many there may be
 * @name:	where they are, for @why
 */
TL_MUST_USE json_t *tl_field_rules(const json_t *v, size_t max,
				   const char *name, char *why,
				   size_t why_size);

/* From the stored form. */
void tl_field_get_route(struct route *out, const json_t *v);
void tl_field_get_pool(struct endpoint *start, struct endpoint *end,
		       const json_t *v);
void tl_field_get_dns(struct netconf_dns *out, const json_t *v);

/* Rules as an owned run of bytes. 0, -EINVAL or -ENOMEM. */
TL_MUST_USE int tl_field_compile_rules(struct bytes *out, unsigned int *n,
				       const json_t *v);
void tl_field_free_rules(struct bytes *rules);

#endif /* TL_CONTROLLER_NETWORK_FIELDS_H */
