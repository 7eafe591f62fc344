/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_access.h - who may ask the HTTP interface (api.md 1.1, 1.2)
 *
 * The policy, for either server: an address that is loopback or that the owner
 * lets in, and a token, for every path that there is or is not; only the few
 * that are open to probes need none. Owns copies of the tokens.
 */
#ifndef TL_SERVICE_HTTP_ACCESS_H
#define TL_SERVICE_HTTP_ACCESS_H

#include "base/compiler.h"
#include "os/udp.h"

/* May a client at this address use the API? */
typedef bool (*http_allow_fn)(void *ctx, const struct udp_addr *from);

struct http_access {
	char *token;
	char *metrics_token;
	http_allow_fn allow;
	void *ctx;
};

/**
 * tl_http_access_init() - Take a policy
 * @token:	full access
 * @metrics_token: only /metrics; NULL for none
 * @allow:	besides loopback addresses; NULL: only those
 *
 * Return: 0; -EINVAL without a token; -ENOMEM. There is nothing to be given
 * back on failure.
 */
TL_MUST_USE int tl_http_access_init(struct http_access *a, const char *token,
				    const char *metrics_token,
				    http_allow_fn allow, void *ctx);

/* Wipes the tokens. Accepts one that is all zero. */
void tl_http_access_fini(struct http_access *a);

/**
 * tl_http_access_token() - What a request shows
 * @header:	X-ZT1-Auth
 * @query:	"auth" in the query
 * @authorization: Authorization, which counts if it begins with "Bearer "
 *
 * Each may be NULL. The first that is there decides, even if it is wrong.
 *
 * Return: a token, or NULL.
 */
const char *tl_http_access_token(const char *header, const char *query,
				 const char *authorization);

/* Is this the token that opens everything? NULL is not. */
bool tl_http_access_is_full(const struct http_access *a, const char *token);

/* @token may be NULL. */
bool tl_http_access_may(const struct http_access *a,
			const struct udp_addr *from, const char *path,
			const char *token);

#endif /* TL_SERVICE_HTTP_ACCESS_H */
