/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.c - packets as pcapng, for each reader
 *
 * In the ring, room for a block of statistics of each interface is always kept
 * free, so that a reader learns at the end how much it has lost; and before the
 * first packet that fits again.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "os/clock.h"
#include "service/capture_headers.h"
#include "service/pcapng.h"

#define ROOM_DEFAULT (4 * 1024 * 1024)
#define ROOM_MIN (64 * 1024)
#define ROOM_MAX (256 * 1024 * 1024)
#define ETHERNET_LEN 14
#define RESERVE (CAPTURE_INTERFACES_MAX * PCAPNG_STATS_MAX)
#define BLOCK_MAX                                                              \
	(CAPTURE_SNAP_MAX + PCAPNG_PACKET_EXTRA + PCAPNG_STATS_MAX +           \
	 2 * PCAPNG_NAME_MAX + 64)

/* One interface of the file; @network 0: the wire. */
struct interface {
	uint64_t network;
	uint64_t received;
	uint64_t dropped;
	uint64_t told_dropped;
};

/**
 * struct capture - A reader
 * @network:	only this one's frames; 0: of all
 * @left:	packets still wanted; INT64_MAX: no limit
 * @start_us:	since 1970
 * @block:	where blocks are built
 */
struct capture {
	struct list link;
	struct service *s;
	struct http_stream *stream;
	bool is_virtual;
	bool is_wire;
	uint64_t network;
	int64_t snaplen;
	int64_t left;
	int64_t start_us;
	struct interface interfaces[CAPTURE_INTERFACES_MAX];
	uint32_t n_interfaces;
	uint8_t block[BLOCK_MAX];
};

void tl_captures_init(struct captures *all)
{
	tl_list_init(&all->list);
}

/* Microseconds since 1970; as steady as the service's own time. */
static int64_t time_us(const struct service *s)
{
	return tl_clock_us() + s->wall_offset_ms * 1000;
}

static void add_stats(struct capture *c, struct writer *w, uint32_t i)
{
	struct interface *f = &c->interfaces[i];
	const struct pcapng_stats stats = {
		.interface = i,
		.start_us = c->start_us,
		.now_us = time_us(c->s),
		.received = f->received,
		.dropped = f->dropped,
	};

	tl_pcapng_stats(w, &stats);
	f->told_dropped = f->dropped;
}

/* It is in no list any more, and ends. */
static void forget(struct capture *c)
{
	struct captures *all = &c->s->diag.captures;

	all->n_virtual -= c->is_virtual;
	all->n_wire -= c->is_wire;
	tl_list_remove(&c->link);
	tl_free(c);
}

static void put_last(struct capture *c)
{
	uint32_t i;

	for (i = 0; i < c->n_interfaces; i++) {
		struct writer w = tl_writer(TL_BUFFER_OF(c->block));

		add_stats(c, &w, i);
		tl_http_stream_put(c->stream, tl_writer_bytes(&w));
	}
}

static void gone(void *ctx)
{
	struct capture *c = ctx;

	put_last(c);
	forget(c);
}

static void finish(struct capture *c)
{
	put_last(c);
	tl_http_stream_end(c->stream);
	forget(c);
}

static bool put(struct capture *c, const struct writer *w)
{
	struct bytes b = tl_writer_bytes(w);

	return tl_writer_ok(w) &&
	       tl_http_stream_left(c->stream) >= b.n + RESERVE &&
	       tl_http_stream_put(c->stream, b);
}

/* NULL if there is no room for one more. */
static struct interface *add_interface(struct capture *c, uint64_t network,
				       const char *device)
{
	struct writer w = tl_writer(TL_BUFFER_OF(c->block));
	struct interface *f = &c->interfaces[c->n_interfaces];
	char text[64];
	const struct pcapng_interface i = {
		.link_type = network ? PCAPNG_ETHERNET : PCAPNG_RAW,
		.snaplen = (uint32_t)c->snaplen,
		.name = network ? device : "wire",
		.description = text,
	};

	if (c->n_interfaces == CAPTURE_INTERFACES_MAX)
		return NULL;
	snprintf(text, sizeof(text),
		 network ? "network %016llx" : "UDP, encrypted",
		 (unsigned long long)network);
	tl_pcapng_interface(&w, &i);
	if (!put(c, &w))
		return NULL;
	*f = (struct interface){ .network = network };
	c->n_interfaces++;
	return f;
}

static struct interface *interface_of(struct capture *c, uint64_t network,
				      const char *device)
{
	uint32_t i;

	for (i = 0; i < c->n_interfaces; i++) {
		if (c->interfaces[i].network == network)
			return &c->interfaces[i];
	}
	return add_interface(c, network, device);
}

/* @whole_len bytes were there, of which @data are at hand. */
static void put_packet(struct capture *c, struct interface *f,
		       struct bytes data, size_t whole_len, bool is_outbound)
{
	struct writer w = tl_writer(TL_BUFFER_OF(c->block));
	const struct pcapng_packet p = {
		.interface = (uint32_t)(f - c->interfaces),
		.time_us = time_us(c->s),
		.is_outbound = is_outbound,
		.data = tl_bytes_first(data, (size_t)c->snaplen),
		.whole_len = (uint32_t)whole_len,
	};
	uint64_t told = f->told_dropped;

	f->received++;
	if (f->told_dropped != f->dropped)
		add_stats(c, &w, p.interface);
	tl_pcapng_packet(&w, &p);
	if (!put(c, &w)) {
		f->dropped++;
		f->told_dropped = told;
		return;
	}
	if (c->left != INT64_MAX && --c->left == 0)
		finish(c);
}

void tl_capture_frame(struct service *s, const struct capture_frame *f)
{
	uint8_t data[CAPTURE_SNAP_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(data));
	size_t whole_len = ETHERNET_LEN + f->payload.n;

	tl_write_mac(&w, f->dest);
	tl_write_mac(&w, f->source);
	tl_write_be16(&w, f->ethertype);
	tl_write_bytes(&w, tl_bytes_first(f->payload, tl_writer_left(&w)));
	tl_list_each(it, next, &s->diag.captures.list) {
		struct capture *c = tl_container_of(it, struct capture, link);
		struct interface *i;

		if (!c->is_virtual ||
		    (c->network && c->network != f->network.v))
			continue;
		i = interface_of(c, f->network.v, f->device);
		if (i)
			put_packet(c, i, tl_writer_bytes(&w), whole_len,
				   f->is_outbound);
	}
}

void tl_capture_datagram(struct service *s, const struct capture_datagram *d)
{
	uint8_t data[CAPTURE_HEADERS_MAX + CAPTURE_SNAP_MAX];
	uint8_t *payload = data + CAPTURE_HEADERS_MAX;
	struct writer w = tl_writer(tl_buffer(payload, CAPTURE_SNAP_MAX));
	struct bytes b;

	tl_write_bytes(&w, tl_bytes_first(d->first, tl_writer_left(&w)));
	tl_write_bytes(&w, tl_bytes_first(d->second, tl_writer_left(&w)));
	b = tl_capture_headers(tl_buffer(payload, w.n), d->from, d->to);
	tl_list_each(it, next, &s->diag.captures.list) {
		struct capture *c = tl_container_of(it, struct capture, link);
		struct interface *i;

		if (!c->is_wire)
			continue;
		i = interface_of(c, 0, NULL);
		if (i)
			put_packet(c, i, b, b.n, d->is_outbound);
	}
}

void tl_capture_batch(struct service *s, const struct udp_addr *from,
		      const struct udp_addr *to, struct bytes batch,
		      size_t segment)
{
	while (batch.n) {
		const struct capture_datagram d = {
			.from = from,
			.to = to,
			.first = tl_bytes_first(batch, segment),
		};

		tl_capture_datagram(s, &d);
		batch = tl_bytes_skip(batch, d.first.n);
	}
}

void tl_capture_packet(struct service *s, const struct udp_addr *from,
		       const struct udp_addr *to, const struct packet *p,
		       struct udp_cuts cuts)
{
	struct bytes rest = tl_packet_bytes(p);
	struct capture_datagram d = { .from = from,
				      .to = to,
				      .is_outbound = true };
	unsigned int i;

	d.first = tl_bytes_first(rest, cuts.head_len);
	tl_capture_datagram(s, &d);
	rest = tl_bytes_skip(rest, cuts.head_len);
	for (i = 1; i < cuts.n; i++) {
		d.first = TL_BYTES_OF(p->frag[i - 1]);
		d.second = tl_bytes_first(rest, cuts.part_len);
		tl_capture_datagram(s, &d);
		rest = tl_bytes_skip(rest, d.second.n);
	}
}

/* False after saying what is wrong. */
static bool read_options(struct capture *c, int64_t *room,
			 const struct http_request *q, struct http_reply *reply)
{
	const char *network = tl_http_query(q, "network");
	struct network_id id = { 0 };

	if (network && tl_network_id_parse(&id, tl_bytes_from_str(network))) {
		tl_diag_refuse(reply, 400,
			       "a network has sixteen hexadecimal digits");
		return false;
	}
	if (id.v && !tl_vl2_find(c->s->vl2, id)) {
		tl_diag_refuse(reply, 404, "the network is not joined");
		return false;
	}
	c->network = id.v;
	c->is_wire = tl_http_query(q, "wire");
	c->is_virtual = !c->is_wire || tl_http_query(q, "virtual");
	return tl_diag_number(&c->left, q, reply, "count", INT64_MAX, 1,
			      INT64_MAX - 1) &&
	       tl_diag_number(&c->snaplen, q, reply, "snaplen",
			      CAPTURE_SNAP_MAX, 1, CAPTURE_SNAP_MAX) &&
	       tl_diag_number(room, q, reply, "room", ROOM_DEFAULT, ROOM_MIN,
			      ROOM_MAX);
}

/* Interfaces that are known already, so that an empty file has them, too. */
static void put_first(struct capture *c)
{
	struct writer w = tl_writer(TL_BUFFER_OF(c->block));
	struct network *net;
	size_t i;

	tl_pcapng_section(&w, "tapless");
	(void)put(c, &w);
	if (c->is_wire)
		add_interface(c, 0, NULL);
	for (i = 0; c->is_virtual && (net = tl_vl2_at(c->s->vl2, i)); i++) {
		uint64_t id = tl_network_id(net).v;

		if (!c->network || c->network == id)
			add_interface(c, id, tl_lan_name(net));
	}
}

void tl_diag_get_capture(struct service *s, const struct http_request *q,
			 struct http_reply *reply)
{
	struct capture *c = tl_alloc_zeroed(sizeof(*c));
	struct captures *all = &s->diag.captures;
	int64_t room;

	if (!c) {
		tl_diag_refuse(reply, 500, "out of memory");
		return;
	}
	c->s = s;
	c->start_us = time_us(s);
	if (!read_options(c, &room, q, reply)) {
		tl_free(c);
		return;
	}
	c->stream = tl_http_stream_new(s->http, (size_t)room, gone, c);
	if (!c->stream) {
		tl_free(c);
		tl_diag_refuse(reply, 503, "too many look already");
		return;
	}
	all->n_virtual += c->is_virtual;
	all->n_wire += c->is_wire;
	tl_list_append(&all->list, &c->link);
	put_first(c);
	reply->stream = c->stream;
	reply->type = "application/x-pcapng";
}
