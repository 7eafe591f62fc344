/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_test.h - streams across a link with delay, loss, a rate and a queue, in
 * virtual time, for tests
 *
 * The two interfaces of lan_test.h, but each frame is under way for a time of
 * its own: link_run() delivers what is due and lets the clock jump to what is
 * next. The first interface is the sender's; its way has the rate and the
 * queue.
 */
#ifndef TL_STACK_LINK_TEST_H
#define TL_STACK_LINK_TEST_H

#include "stack/lan_test.h"

#include "lwip/priv/tcp_priv.h"

#define LINK_FRAMES 32768
#define LINK_STREAMS 16
#define LINK_STEP_US 500 /* what comes sooner is one pass */
#define LINK_IDLE_US 100000 /* at most until the next one */
#define LINK_PORT 80

/**
 * struct stream - A connection that carries zeros
 * @total:	bytes to send; SIZE_MAX: until it is cut off
 * @took_us:	from the connect to the last byte; 0: not there yet
 * @is_plain:	takes each loss for congestion, as RFC 5681 does
 */
struct stream {
	struct tcp_pcb *client;
	struct tcp_pcb *server;
	size_t total;
	size_t written;
	size_t received;
	int64_t began_us;
	int64_t took_us;
	bool is_plain;
};

/* One way; its frames arrive in the order in which they were sent. */
struct link_way {
	struct lan_frame frames[LINK_FRAMES];
	int64_t due_us[LINK_FRAMES];
	size_t first;
	size_t n;
	int64_t busy_until_us;
};

static struct link {
	int64_t delay_us; /* one way */
	unsigned int loss_ppm; /* each way */
	uint64_t rate; /* bytes a second; 0: no limit */
	size_t queue; /* bytes that may wait for it */
	size_t overflowed;
	int64_t waited_us; /* in the queue, in all */
	size_t n_carried; /* the sender's way */
	struct link_way ways[2];
	struct tcp_pcb *listener;
	struct stream streams[LINK_STREAMS];
} wire;

static TL_UNUSED void link_write(struct stream *s)
{
	static uint8_t zeros[16384];
	size_t n;

	while (s->written < s->total) {
		n = TL_MIN(sizeof(zeros), s->total - s->written);
		n = TL_MIN(n, (size_t)tcp_sndbuf(s->client));
		if (!n || tcp_write(s->client, zeros, (u16_t)n, 0))
			break;
		s->written += n;
	}
	tcp_output(s->client);
}

static TL_UNUSED err_t link_on_sent(void *arg, struct tcp_pcb *pcb, u16_t n)
{
	(void)pcb;
	(void)n;
	link_write(arg);
	return ERR_OK;
}

static TL_UNUSED err_t link_on_connected(void *arg, struct tcp_pcb *pcb,
					 err_t err)
{
	(void)pcb;
	(void)err;
	link_write(arg);
	return ERR_OK;
}

static TL_UNUSED err_t link_on_recv(void *arg, struct tcp_pcb *pcb,
				    struct pbuf *p, err_t err)
{
	struct stream *s = arg;

	(void)err;
	CHECK(p);
	s->received += p->tot_len;
	if (s->received == s->total)
		s->took_us = lan.now_us - s->began_us;
	tcp_recved(pcb, p->tot_len);
	pbuf_free(p);
	return ERR_OK;
}

static TL_UNUSED void link_on_error(void *arg, err_t err)
{
	(void)arg;
	FAIL("a stream ended by error %d", err);
}

static TL_UNUSED err_t link_on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	size_t i;

	(void)arg;
	(void)err;
	for (i = 0; i < LINK_STREAMS; i++) {
		if (!wire.streams[i].client || wire.streams[i].server ||
		    wire.streams[i].client->local_port != pcb->remote_port)
			continue;
		wire.streams[i].server = pcb;
		tcp_arg(pcb, &wire.streams[i]);
		tcp_recv(pcb, link_on_recv);
		tcp_err(pcb, link_on_error);
		return ERR_OK;
	}
	FAIL("nobody of ours connected");
}

/* A listener for all streams; link_stop() ends it. */
static TL_UNUSED void link_start(unsigned int mtu)
{
	ip_addr_t to = lan_ip(4, 2);

	lan_start(mtu);
	memset(&wire, 0, sizeof(wire));
	wire.listener = tcp_new();
	tcp_bind_netif(wire.listener, tl_ifc_netif(lan.ifc[1]));
	CHECK_EQ(tcp_bind(wire.listener, &to, LINK_PORT), ERR_OK);
	wire.listener = tcp_listen(wire.listener);
	tcp_accept(wire.listener, link_on_accept);
}

static TL_UNUSED struct stream *link_stream(size_t total)
{
	struct stream *s = wire.streams;
	ip_addr_t from = lan_ip(4, 1);
	ip_addr_t to = lan_ip(4, 2);

	while (s->client)
		CHECK(++s < wire.streams + LINK_STREAMS);
	*s = (struct stream){ .total = total, .began_us = lan.now_us };
	s->client = tcp_new();
	tcp_bind_netif(s->client, tl_ifc_netif(lan.ifc[0]));
	tcp_arg(s->client, s);
	tcp_nagle_disable(s->client);
	tcp_sent(s->client, link_on_sent);
	tcp_err(s->client, link_on_error);
	CHECK_EQ(tcp_bind(s->client, &from, 0), ERR_OK);
	CHECK_EQ(tcp_connect(s->client, &to, LINK_PORT, link_on_connected),
		 ERR_OK);
	return s;
}

/* Both ends vanish; what is under way meets nobody. */
static TL_UNUSED void link_cut(struct stream *s)
{
	struct tcp_pcb *ends[2] = { s->client, s->server };
	size_t i;

	for (i = 0; i < 2; i++) {
		if (!ends[i])
			continue;
		tcp_err(ends[i], NULL);
		tcp_abandon(ends[i], 0);
	}
	s->client = NULL;
	s->server = NULL;
}

/* When the last byte of @f has left the sender's way; -1: the queue is full. */
static TL_UNUSED int64_t link_leaves_us(struct link_way *w,
					const struct lan_frame *f)
{
	int64_t from_us = TL_MAX(w->busy_until_us, lan.now_us);

	if (!wire.rate || w != &wire.ways[0])
		return lan.now_us;
	if ((uint64_t)(from_us - lan.now_us) * wire.rate / 1000000 + f->p->n >
	    wire.queue + 3000)
		return -1;
	wire.waited_us += from_us - lan.now_us;
	w->busy_until_us =
		from_us + (int64_t)((uint64_t)f->p->n * 1000000 / wire.rate);
	return w->busy_until_us;
}

static TL_UNUSED void link_take(const struct lan_frame *f)
{
	struct link_way *w = &wire.ways[memcmp(f->src, lan_mac[0], 6) != 0];
	size_t at = (w->first + w->n) % LINK_FRAMES;
	int64_t leaves_us = link_leaves_us(w, f);

	wire.overflowed += leaves_us < 0;
	if (leaves_us < 0 || (lan.loses && lan.loses(f)) ||
	    lan_random() % 1000000 < wire.loss_ppm) {
		tl_packet_free(f->p);
		return;
	}
	CHECK(w->n < LINK_FRAMES);
	w->frames[at] = *f;
	w->due_us[at] = leaves_us + wire.delay_us;
	w->n++;
	wire.n_carried += w == &wire.ways[0];
}

static TL_UNUSED void link_take_all(void)
{
	size_t i;

	for (i = 0; i < lan.n_frames; i++)
		link_take(&lan.frames[i]);
	lan.n_frames = 0;
}

/* Frames are freed when the pass is over, as payloads are borrowed. */
static TL_UNUSED void link_deliver(void)
{
	static struct packet *held[2 * LINK_FRAMES];
	size_t n = 0;
	struct link_way *w;
	struct lan_frame *f;
	size_t i;

	for (i = 0; i < 2; i++) {
		for (w = &wire.ways[i]; w->n; w->n--) {
			if (w->due_us[w->first] > lan.now_us)
				break;
			f = &w->frames[w->first];
			(void)tl_ifc_input(lan.ifc[!i], f->dst, f->src, f->type,
					   tl_packet_buffer(f->p));
			held[n++] = f->p;
			w->first = (w->first + 1) % LINK_FRAMES;
		}
	}
	tl_stack_end_pass();
	while (n)
		tl_packet_free(held[--n]);
}

/* Plain streams know nothing of their path. */
static TL_UNUSED void link_forget(void)
{
	size_t i;

	for (i = 0; i < LINK_STREAMS; i++) {
		if (wire.streams[i].client && wire.streams[i].is_plain)
			tl_congestion_forget(&wire.streams[i].client->path);
	}
}

static TL_UNUSED void link_pass(void)
{
	int64_t next_us;
	size_t i;

	(void)tl_stack_run(lan.now_us);
	link_forget();
	link_deliver();
	link_take_all();
	next_us = tl_stack_next_us();
	for (i = 0; i < 2; i++) {
		if (wire.ways[i].n)
			next_us =
				TL_MIN(next_us,
				       wire.ways[i].due_us[wire.ways[i].first]);
	}
	next_us = TL_MIN(next_us, lan.now_us + LINK_IDLE_US);
	lan.now_us = TL_MAX(next_us, lan.now_us + LINK_STEP_US);
}

static TL_UNUSED void link_run(int64_t us)
{
	int64_t end_us = lan.now_us + us;

	while (lan.now_us < end_us)
		link_pass();
}

/* Return: how long @s took, in us; at most @limit_us. */
static TL_UNUSED int64_t link_finish(struct stream *s, int64_t limit_us)
{
	while (!s->took_us && lan.now_us - s->began_us < limit_us)
		link_pass();
	return s->took_us ? s->took_us : limit_us;
}

static TL_UNUSED void link_stop(void)
{
	struct link_way *w;
	size_t i;

	for (i = 0; i < LINK_STREAMS; i++)
		link_cut(&wire.streams[i]);
	for (i = 0; i < 2; i++) {
		for (w = &wire.ways[i]; w->n; w->n--) {
			tl_packet_free(w->frames[w->first].p);
			w->first = (w->first + 1) % LINK_FRAMES;
		}
	}
	tcp_close(wire.listener);
	lan_stop();
}

#endif /* TL_STACK_LINK_TEST_H */
