/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body_check.h - what a POST says that cannot be meant
 *
 * What is of a type that its field cannot have (body_types.h), or names a
 * network, an address or a number that there is not, is refused instead of left
 * out, so that who typed it is told. Rows of the store are not checked: they
 * were once accepted.
 */
#ifndef TL_CONTROLLER_BODY_CHECK_H
#define TL_CONTROLLER_BODY_CHECK_H

#include <jansson.h>

#include "controller/network_object.h"

/* 0, or -EINVAL with the field and what is wrong with it in @why. */
TL_MUST_USE int tl_body_check_network(const json_t *body,
				      struct object_error *why);
TL_MUST_USE int tl_body_check_member(const json_t *body,
				     struct object_error *why);

#endif /* TL_CONTROLLER_BODY_CHECK_H */
