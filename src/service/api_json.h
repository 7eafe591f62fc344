/* SPDX-License-Identifier: Apache-2.0 */
/* api_json.h - what the service looks like in JSON (api.md 2). Each function
 * returns a new value, owned by the caller. */
#ifndef TL_SERVICE_API_JSON_H
#define TL_SERVICE_API_JSON_H

#include <jansson.h>

#include "service/page.h"
#include "service/service_impl.h"

json_t *tl_api_status(const struct service *s);
json_t *tl_api_health(const struct service *s);
json_t *tl_api_network(const struct network *net);
json_t *tl_api_peer(const struct service *s, const struct peer *peer);

/* Those of a page, by address. */
json_t *tl_api_peers(const struct service *s, const struct page *page);

/* What was dropped, by reason; only what happened. */
json_t *tl_api_drops(const struct service *s);

/* api_tcp.c: of a status, what there is of TCP relays: the one that is used,
 * and our own. */
void tl_api_put_tcp(json_t *status, const struct service *s);

#endif /* TL_SERVICE_API_JSON_H */
