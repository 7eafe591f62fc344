/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sso.h - networks with single sign-on, in words
 *
 * We offer no login of our own: where a page is enough the user is told which,
 * and otherwise that it is not offered and who can help.
 */
#ifndef TL_SERVICE_SSO_H
#define TL_SERVICE_SSO_H

#include <jansson.h>

#include "vl2/vl2.h"

#define SSO_WHY_SIZE (AUTH_URL_SIZE + 128)

/* Why the network cannot be used: @out, or NULL if that is not because of a
 * login. */
const char *tl_sso_why(char out[SSO_WHY_SIZE], const struct network *net);

/* Its fields in a network object (api.md 2.4), if it has single sign-on. */
void tl_sso_put(json_t *o, const struct network *net);

#endif /* TL_SERVICE_SSO_H */
