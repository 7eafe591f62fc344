/* SPDX-License-Identifier: Apache-2.0 */
/* http_stream_impl.h - what http_server.c and http_stream.c know of each other
 */
#ifndef TL_SERVICE_HTTP_STREAM_IMPL_H
#define TL_SERVICE_HTTP_STREAM_IMPL_H

#include <microhttpd.h>
#include <uv.h>

#include "base/list.h"
#include "service/http_stream.h"

/**
 * struct http_streams - All of a server
 * @kick:	run libmicrohttpd soon; gets @server
 */
struct http_streams {
	struct list list;
	unsigned int n;
	uv_loop_t *loop;
	void (*kick)(struct http_server *server);
	struct http_server *server;
};

/* http_server.c */
struct http_streams *tl_http_server_streams(struct http_server *server);

/* http_stream.c: the body of an answer on @c, whose socket is @fd. NULL when
 * out of memory; then the stream is gone. */
struct MHD_Response *tl_http_stream_response(struct http_stream *st,
					     struct MHD_Connection *c, int fd);

/* End all, so that the server can stop: libmicrohttpd is to be run then. */
void tl_http_streams_end(struct http_streams *all);

#endif /* TL_SERVICE_HTTP_STREAM_IMPL_H */
