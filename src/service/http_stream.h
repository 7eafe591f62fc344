/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_stream.h - an answer of the HTTP interface that comes piece by piece
 *
 * The handler makes one and puts it into its reply. Who made it puts bytes
 * whenever there are some, and ends it; the server sends them as the client
 * reads. A client that reads too slowly fills the room and then loses what does
 * not fit: putting never waits and never allocates.
 */
#ifndef TL_SERVICE_HTTP_STREAM_H
#define TL_SERVICE_HTTP_STREAM_H

#include "base/bytes.h"
#include "base/compiler.h"

#define HTTP_STREAMS_MAX 32

struct http_server;
struct http_stream;

/**
 * tl_http_stream_new() - Make one
 * @room:	bytes that wait for the client, at most
 * @gone:	the client wants no more, or the server ends: the last chance to
 *		put something. The stream is ended when it returns. Not called
 *		after tl_http_stream_end()
 *
 * It belongs to the server; put it into the reply at once. Return: NULL if
 * there are too many, or memory is short.
 */
struct http_stream *tl_http_stream_new(struct http_server *server, size_t room,
				       void (*gone)(void *ctx), void *ctx);

/* False if it does not fit: then nothing of it was put. */
bool tl_http_stream_put(struct http_stream *st, struct bytes b);

/* How many bytes fit now. */
size_t tl_http_stream_left(const struct http_stream *st);

/* All was put; not to be used any more. */
void tl_http_stream_end(struct http_stream *st);

#endif /* TL_SERVICE_HTTP_STREAM_H */
