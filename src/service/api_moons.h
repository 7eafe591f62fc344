/* SPDX-License-Identifier: Apache-2.0 */
/* api_moons.h - moons in JSON, and what is asked of them (api.md 2.6). Each
 * function returns a new value, owned by the caller. */
#ifndef TL_SERVICE_API_MOONS_H
#define TL_SERVICE_API_MOONS_H

#include <jansson.h>

#include "service/service_impl.h"

/* All that are orbited or waited for. */
json_t *tl_api_moons(const struct service *s);

/**
 * tl_api_moon() - Answer a request for /moon/@digits
 * @body:	of a POST: {"seed":"10 digits"}
 * @status:	changed if it is not to be 200
 *
 * Return: what to answer with; NULL: nothing but the status, or out of memory.
 */
json_t *tl_api_moon(struct service *s, enum http_method method,
		    const char *digits, struct bytes body,
		    unsigned int *status);

#endif /* TL_SERVICE_API_MOONS_H */
