/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_stream.c - bytes that wait for a client
 *
 * While there are none its connection is suspended, and libmicrohttpd does not
 * look at it. So that a client that goes is noticed nevertheless, a copy of its
 * socket is polled for that alone.
 */
#include "service/http_stream_impl.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define BLOCK_SIZE 65536

/**
 * struct http_stream - A ring of bytes
 * @conn:	NULL before the answer has begun
 * @fd:		copy of the client's socket, -1: none
 * @at:		ring of @room bytes; @n of them from @head on wait
 * @is_over:	ended by its maker, or @gone was called
 * @is_asleep:	the connection is suspended
 */
struct http_stream {
	struct list link;
	struct http_streams *all;
	struct MHD_Connection *conn;
	uv_poll_t poll;
	int fd;
	uint8_t *at;
	size_t room;
	size_t head;
	size_t n;
	bool is_over;
	bool is_asleep;
	void (*gone)(void *ctx);
	void *ctx;
};

struct http_stream *tl_http_stream_new(struct http_server *server, size_t room,
				       void (*gone)(void *ctx), void *ctx)
{
	struct http_streams *all = tl_http_server_streams(server);
	struct http_stream *st;

	if (all->n >= HTTP_STREAMS_MAX)
		return NULL;
	st = tl_alloc_zeroed(sizeof(*st));
	if (!st)
		return NULL;
	st->at = tl_alloc(room);
	if (!st->at) {
		tl_free(st);
		return NULL;
	}
	st->all = all;
	st->fd = -1;
	st->room = room;
	st->gone = gone;
	st->ctx = ctx;
	tl_list_append(&all->list, &st->link);
	all->n++;
	return st;
}

static void wake(struct http_stream *st)
{
	if (!st->is_asleep)
		return;
	st->is_asleep = false;
	MHD_resume_connection(st->conn);
	st->all->kick(st->all->server);
}

bool tl_http_stream_put(struct http_stream *st, struct bytes b)
{
	size_t tail = (st->head + st->n) % st->room;
	size_t first = TL_MIN(b.n, st->room - tail);

	if (b.n > st->room - st->n)
		return false;
	if (!b.n)
		return true;
	memcpy(st->at + tail, b.at, first);
	memcpy(st->at, b.at + first, b.n - first);
	st->n += b.n;
	wake(st);
	return true;
}

size_t tl_http_stream_left(const struct http_stream *st)
{
	return st->room - st->n;
}

void tl_http_stream_end(struct http_stream *st)
{
	st->is_over = true;
	wake(st);
}

/* At most once. */
static void tell_gone(struct http_stream *st)
{
	if (st->is_over)
		return;
	st->gone(st->ctx);
	tl_http_stream_end(st);
}

static void on_poll(uv_poll_t *poll, int status TL_UNUSED, int events TL_UNUSED)
{
	uv_poll_stop(poll);
	tell_gone(poll->data);
}

static void free_memory(struct http_stream *st)
{
	if (st->fd >= 0)
		close(st->fd);
	tl_free(st->at);
	tl_free(st);
}

static void on_closed(uv_handle_t *handle)
{
	free_memory(handle->data);
}

static void drop(void *ctx)
{
	struct http_stream *st = ctx;

	st->is_asleep = false;
	tell_gone(st);
	tl_list_remove(&st->link);
	st->all->n--;
	if (st->fd >= 0)
		uv_close((uv_handle_t *)&st->poll, on_closed);
	else
		free_memory(st);
}

/* What the client can have now; with nothing to send it sleeps. */
static ssize_t read_some(void *ctx, uint64_t offset TL_UNUSED, char *out,
			 size_t max)
{
	struct http_stream *st = ctx;
	size_t n = TL_MIN(TL_MIN(max, st->n), st->room - st->head);

	if (n) {
		memcpy(out, st->at + st->head, n);
		st->head = (st->head + n) % st->room;
		st->n -= n;
		return (ssize_t)n;
	}
	if (st->is_over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	st->is_asleep = true;
	MHD_suspend_connection(st->conn);
	return 0;
}

static void watch(struct http_stream *st, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return;
	if (uv_poll_init(st->all->loop, &st->poll, copy) != 0) {
		close(copy);
		return;
	}
	st->fd = copy;
	st->poll.data = st;
	uv_poll_start(&st->poll, UV_DISCONNECT, on_poll);
}

struct MHD_Response *tl_http_stream_response(struct http_stream *st,
					     struct MHD_Connection *c, int fd)
{
	struct MHD_Response *r;

	st->conn = c;
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE,
					      read_some, st, drop);
	if (!r) {
		drop(st);
		return NULL;
	}
	watch(st, fd);
	/* It may well be silent for long. */
	MHD_set_connection_option(c, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
	return r;
}

void tl_http_streams_end(struct http_streams *all)
{
	tl_list_each(it, next, &all->list)
		tell_gone(tl_container_of(it, struct http_stream, link));
}
