/* SPDX-License-Identifier: Apache-2.0 */
/* http_later_impl.h - what http_server.c and http_later.c know of each other */
#ifndef TL_SERVICE_HTTP_LATER_IMPL_H
#define TL_SERVICE_HTTP_LATER_IMPL_H

#include <microhttpd.h>

#include "base/list.h"
#include "service/http_later.h"

/**
 * struct http_laters - All of a server that are not answered
 * @kick:	run libmicrohttpd soon; gets @server
 */
struct http_laters {
	struct list list;
	void (*kick)(struct http_server *server);
	struct http_server *server;
};

/* http_server.c */
struct http_laters *tl_http_server_laters(struct http_server *server);

/* The request on @c has it now; suspends the connection. */
void tl_http_later_wait(struct http_later *later, struct MHD_Connection *c);

/* Is there an answer? Then it is @out, which owns its body. */
TL_MUST_USE bool tl_http_later_take(struct http_later *later,
				    struct http_reply *out);

/* The request that had it is over. Accepts NULL. */
void tl_http_later_leave(struct http_later *later);

/* Wake all connections, so that the server can stop: libmicrohttpd is to be run
 * then. They get 503. */
void tl_http_laters_end(struct http_laters *all);

#endif /* TL_SERVICE_HTTP_LATER_IMPL_H */
