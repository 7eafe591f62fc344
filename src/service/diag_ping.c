/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag_ping.c - round trips to another node (ECHO, vl1.md 4.8)
 *
 * An answer is a stream of lines, one for each ECHO: when it was answered, or
 * when its time was over. Which ECHO was answered says its payload.
 */
#include "service/service_impl.h"

#include <string.h>

#include "base/alloc.h"
#include "os/clock.h"

#define PING_ROOM 16384
#define COUNT_MAX 1000000000
#define INTERVAL_MIN_MS 200 /* nodes answer six times a second, not more */
#define INTERVAL_MAX_MS 3600000
#define TIMEOUT_MAX_MS 10000
#define OPEN_MAX 64 /* ECHOs under way */

/* An ECHO that was sent; @sent_us 0: it is settled. */
struct open_echo {
	uint64_t seq;
	int64_t sent_us;
};

/**
 * struct ping - One who asks
 * @id:		tells its answers from others'
 * @left:	ECHOs to be sent
 * @timer:	for the next ECHO, or the end of the wait for one
 */
struct ping {
	struct list link;
	struct service *s;
	struct http_stream *stream;
	struct address who;
	uint64_t id;
	int64_t left;
	int64_t interval_ms;
	int64_t timeout_ms;
	uint64_t seq;
	int64_t next_us;
	struct open_echo open[OPEN_MAX];
	uv_timer_t timer;
};

static void on_closed(uv_handle_t *timer)
{
	tl_free(timer->data);
}

static void forget(struct ping *p)
{
	tl_list_remove(&p->link);
	p->s->diag.n_pings--;
	uv_close((uv_handle_t *)&p->timer, on_closed);
}

static void gone(void *ctx)
{
	forget(ctx);
}

static struct open_echo *slot_of(struct ping *p, uint64_t seq)
{
	return &p->open[seq % OPEN_MAX];
}

static void tell_lost(struct ping *p, struct open_echo *e)
{
	json_t *o = json_object();

	json_object_set_new(o, "seq", json_integer((json_int_t)e->seq));
	json_object_set_new(o, "lost", json_true());
	e->sent_us = 0;
	tl_diag_put_line(p->stream, o);
}

static void send_one(struct ping *p, int64_t now_us)
{
	uint8_t payload[DIAG_ECHO_LEN];
	struct open_echo *e = slot_of(p, ++p->seq);

	if (e->sent_us)
		tell_lost(p, e);
	*e = (struct open_echo){ p->seq, now_us };
	tl_store_be64(payload, p->id);
	tl_store_be64(payload + 8, p->seq);
	tl_node_echo(p->s->node, p->who, TL_BYTES_OF(payload),
		     tl_service_now(p->s));
	tl_service_wake(p->s);
	p->left--;
	p->next_us += p->interval_ms * 1000;
	if (p->next_us <= now_us) /* the machine slept */
		p->next_us = now_us + p->interval_ms * 1000;
}

/* Give up what waited long enough. When is the next one's time over? */
static int64_t expire(struct ping *p, int64_t now_us)
{
	int64_t next = INT64_MAX;
	size_t i;

	for (i = 0; i < OPEN_MAX; i++) {
		struct open_echo *e = &p->open[i];
		int64_t due = e->sent_us + p->timeout_ms * 1000;

		if (!e->sent_us)
			continue;
		if (due <= now_us)
			tell_lost(p, e);
		else
			next = TL_MIN(next, due);
	}
	return next;
}

static void step(struct ping *p);

static void on_timer(uv_timer_t *timer)
{
	step(timer->data);
}

/* Send what is due, and wait for what comes next; at the end say so. */
static void step(struct ping *p)
{
	int64_t now_us = tl_clock_us();
	int64_t next;

	if (p->left && p->next_us <= now_us)
		send_one(p, now_us);
	next = expire(p, now_us);
	if (p->left)
		next = TL_MIN(next, p->next_us);
	if (next == INT64_MAX) {
		tl_http_stream_end(p->stream);
		forget(p);
		return;
	}
	uv_timer_start(&p->timer, on_timer,
		       (uint64_t)((next - now_us + 999) / 1000), 0);
}

static void tell_answer(struct ping *p, const struct rx *rx, uint64_t seq,
			int64_t took_us)
{
	json_t *o = tl_diag_way(p->s, rx->path, rx->hops == 0);

	json_object_set_new(o, "seq", json_integer((json_int_t)seq));
	json_object_set_new(o, "us", json_integer(took_us));
	tl_diag_put_line(p->stream, o);
}

void tl_diag_echoed(void *ctx, const struct rx *rx, struct bytes payload)
{
	struct reader r = tl_reader(payload);
	uint64_t id = tl_read_be64(&r);
	uint64_t seq = tl_read_be64(&r);
	int64_t now_us = tl_clock_us();
	struct service *s = ctx;

	if (!tl_reader_ok(&r))
		return;
	tl_list_each(it, next, &s->diag.pings) {
		struct ping *p = tl_container_of(it, struct ping, link);
		struct open_echo *e = slot_of(p, seq);

		if (p->id != id || !e->sent_us || e->seq != seq ||
		    !tl_address_equal(rx->peer->id.addr, p->who))
			continue;
		tell_answer(p, rx, seq, now_us - e->sent_us);
		e->sent_us = 0;
		/* It may have been the last: not from within the engine. */
		uv_timer_start(&p->timer, on_timer, 0, 0);
		return;
	}
}

static bool read_options(struct ping *p, const struct http_request *q,
			 const char *who, struct http_reply *reply)
{
	if (tl_address_parse(&p->who, tl_bytes_from_str(who))) {
		tl_diag_refuse(reply, 400, "a node has ten hexadecimal digits");
		return false;
	}
	if (tl_address_equal(p->who, tl_node_address(p->s->node))) {
		tl_diag_refuse(reply, 400, "this is the node itself");
		return false;
	}
	return tl_diag_number(&p->left, q, reply, "count", 1, 1, COUNT_MAX) &&
	       tl_diag_number(&p->interval_ms, q, reply, "interval", 1000,
			      INTERVAL_MIN_MS, INTERVAL_MAX_MS) &&
	       tl_diag_number(&p->timeout_ms, q, reply, "timeout", 2000, 1,
			      TIMEOUT_MAX_MS);
}

void tl_diag_get_ping(struct service *s, const struct http_request *q,
		      const char *who, struct http_reply *reply)
{
	struct ping *p = tl_alloc_zeroed(sizeof(*p));

	if (!p) {
		tl_diag_refuse(reply, 500, "out of memory");
		return;
	}
	p->s = s;
	if (!read_options(p, q, who, reply)) {
		tl_free(p);
		return;
	}
	if (s->diag.n_pings < DIAG_PINGS_MAX)
		p->stream = tl_http_stream_new(s->http, PING_ROOM, gone, p);
	if (!p->stream) {
		tl_free(p);
		tl_diag_refuse(reply, 503, "too many ask already");
		return;
	}
	p->id = tl_node_random(s->node);
	p->next_us = tl_clock_us();
	uv_timer_init(&s->loop, &p->timer);
	p->timer.data = p;
	tl_list_append(&s->diag.pings, &p->link);
	s->diag.n_pings++;
	reply->stream = p->stream;
	reply->type = "application/x-ndjson";
	step(p);
}
