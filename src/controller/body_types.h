/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body_types.h - is each field of a POST of a type that the field can have?
 *
 * For body_check.c. The pages and scripts in the field write true as 1 or "t"
 * and numbers in quotes (json.h): such values pass, and so does null, which is
 * the default, or, for a list, no change. What is of another type, negative or
 * too large is refused: nobody means it, and a network must not become public
 * by a slip of the pen.
 */
#ifndef TL_CONTROLLER_BODY_TYPES_H
#define TL_CONTROLLER_BODY_TYPES_H

#include <jansson.h>

#include "controller/network_object.h"

/* 0, or -EINVAL with the field and what is wrong with it in @why. Fields that
 * there are not, or that cannot be written, are passed over. */
TL_MUST_USE int tl_body_types_network(const json_t *body,
				      struct object_error *why);
TL_MUST_USE int tl_body_types_member(const json_t *body,
				     struct object_error *why);

/* Also "t", "0" and the like, and numbers from 0; not what begins otherwise. */
bool tl_body_is_bool(const json_t *v);

#endif /* TL_CONTROLLER_BODY_TYPES_H */
