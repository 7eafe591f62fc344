/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag_drops.c - what was dropped, once or as it happens
 *
 * A watcher is told what has grown at the end of a pass, but at most once a
 * second: the first growth after silence at once, what comes in the second
 * behind it by a timer. While nothing grows nothing is done.
 */
#include "service/service_impl.h"

#include <string.h>

#include "base/alloc.h"
#include "os/clock.h"

#define WATCH_ROOM 65536
#define WATCH_EVERY_MS 1000

/**
 * struct watcher - One who watches
 * @told:	counts as it was told them, by row
 * @timer:	runs while something is to be told that was held back
 */
struct watcher {
	struct list link;
	struct service *s;
	struct http_stream *stream;
	uint64_t told[DROP_ROWS_MAX];
	int64_t told_ms;
	uv_timer_t timer;
};

static json_t *row_json(const struct drop_row *row)
{
	json_t *o = json_object();

	json_object_set_new(o, "name", json_string(row->name));
	json_object_set_new(o, "count", json_integer((json_int_t)row->n));
	json_object_set_new(o, "text", json_string(row->text));
	json_object_set_new(o, "advice", json_string(row->advice));
	json_object_set_new(o, "where", json_string(row->where));
	return o;
}

static void tell(struct watcher *w)
{
	struct drop_row rows[DROP_ROWS_MAX];
	size_t n = tl_drop_rows(w->s, rows, DROP_ROWS_MAX);
	size_t i;

	for (i = 0; i < n; i++) {
		json_t *o;

		if (rows[i].n == w->told[i])
			continue;
		o = row_json(&rows[i]);
		json_object_set_new(
			o, "grown",
			json_integer((json_int_t)(rows[i].n - w->told[i])));
		json_object_set_new(o, "time",
				    json_integer(tl_clock_wall_ms()));
		if (!tl_diag_put_line(w->stream, o))
			return; /* it does not read: told with the next */
		w->told[i] = rows[i].n;
		w->told_ms = tl_clock_ms();
	}
}

static void on_timer(uv_timer_t *timer)
{
	tell(timer->data);
}

static bool has_grown(const struct watcher *w)
{
	struct drop_row rows[DROP_ROWS_MAX];
	size_t n = tl_drop_rows(w->s, rows, DROP_ROWS_MAX);
	size_t i;

	for (i = 0; i < n; i++) {
		if (rows[i].n != w->told[i])
			return true;
	}
	return false;
}

void tl_diag_notice(struct service *s)
{
	tl_list_each(it, next, &s->diag.watchers) {
		struct watcher *w = tl_container_of(it, struct watcher, link);
		int64_t wait = w->told_ms + WATCH_EVERY_MS - tl_clock_ms();

		if (uv_is_active((uv_handle_t *)&w->timer) || !has_grown(w))
			continue;
		if (wait <= 0)
			tell(w);
		else
			uv_timer_start(&w->timer, on_timer, (uint64_t)wait, 0);
	}
}

static void on_closed(uv_handle_t *timer)
{
	tl_free(timer->data);
}

static void gone(void *ctx)
{
	struct watcher *w = ctx;

	tl_list_remove(&w->link);
	uv_close((uv_handle_t *)&w->timer, on_closed);
}

static void start_watch(struct service *s, struct http_reply *reply)
{
	struct drop_row rows[DROP_ROWS_MAX];
	size_t n = tl_drop_rows(s, rows, DROP_ROWS_MAX);
	struct watcher *w = tl_alloc_zeroed(sizeof(*w));
	size_t i;

	if (w)
		w->stream = tl_http_stream_new(s->http, WATCH_ROOM, gone, w);
	if (!w || !w->stream) {
		tl_free(w);
		tl_diag_refuse(reply, 503, "too many watch already");
		return;
	}
	for (i = 0; i < n; i++)
		w->told[i] = rows[i].n;
	w->s = s;
	uv_timer_init(&s->loop, &w->timer);
	w->timer.data = w;
	tl_list_append(&s->diag.watchers, &w->link);
	reply->stream = w->stream;
	reply->type = "application/x-ndjson";
}

void tl_diag_get_drops(struct service *s, const struct http_request *q,
		       struct http_reply *reply)
{
	struct drop_row rows[DROP_ROWS_MAX];
	json_t *list;
	size_t n;
	size_t i;

	if (tl_http_query(q, "watch")) {
		start_watch(s, reply);
		return;
	}
	list = json_array();
	n = tl_drop_rows(s, rows, DROP_ROWS_MAX);
	for (i = 0; i < n; i++)
		json_array_append_new(list, row_json(&rows[i]));
	tl_diag_answer(reply, list);
}
