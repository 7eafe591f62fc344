/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_framing.h - where libmicrohttpd is more lenient than we want to be
 *
 * For http_server.c. Owns nothing.
 */
#ifndef TL_SERVICE_HTTP_FRAMING_H
#define TL_SERVICE_HTTP_FRAMING_H

#include <microhttpd.h>
#include <stdbool.h>

/* Is it said once how long the body is (RFC 9112 6.3)? What is in front of us
 * might take the other length, and part of the body for a request. */
bool tl_http_framing_is_clear(struct MHD_Connection *c);

/* Decode %XX in @s, but no zero byte, which would cut a path short: that stays
 * as it is written, and so does what is no code. Returns the length. */
size_t tl_http_framing_decode(void *ctx, struct MHD_Connection *c, char *s);

#endif /* TL_SERVICE_HTTP_FRAMING_H */
