/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_later.h - an answer of the HTTP interface that is not known yet
 *
 * The handler makes one and puts it into its reply; the connection rests. Who
 * made it answers once, whenever it can, even if the client or the server have
 * gone by then.
 */
#ifndef TL_SERVICE_HTTP_LATER_H
#define TL_SERVICE_HTTP_LATER_H

#include "base/compiler.h"

struct http_later;
struct http_reply;
struct http_server;

/* Put it into the reply at once. NULL when out of memory. */
struct http_later *tl_http_later_new(struct http_server *server);

/* Answer, with what @reply says; its body is consumed. @later is not to be used
 * any more. */
void tl_http_later_answer(struct http_later *later,
			  const struct http_reply *reply);

#endif /* TL_SERVICE_HTTP_LATER_H */
