/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rx.c - frames on their way into lwIP
 *
 * Theory of operation: frames are checked for what lwIP should never see, then
 * given to it, alone or joined (gro.c), in pbufs that point into the receive
 * buffers. Room for a copy is taken in a 16 KiB chunk at the same time. Most
 * frames are used at once and give their room back; what is still referenced at
 * the end of the pass (out of order, refused by a slow reader) is copied into
 * its room then and the pbuf turned there. Fragments are copied at once, since
 * lwIP writes into them and points at their headers.
 *
 * A chunk is used again when nothing in it is referenced. At CHUNKS_MAX, or if
 * there is no memory, frames are dropped: senders repeat what matters. No
 * connection may keep more out of order than a quarter of what is left, so
 * there is always room for the frame that all wait for.
 */
#include "stack/internal.h"

#include <string.h>

#include "base/alloc.h"
#include "lwip/ip4.h"
#include "lwip/ip6.h"
#include "stack/arch/hooks.h"

#define CHUNK_SIZE 16384
#define CHUNKS_MAX 4096
#define CHUNKS_KEPT 16
#define RX_MAX 65536
#define RX_KEPT 1024
#define OOSEQ_MAX 4096
#define OOSEQ_SHARE 4
#define PROTO_HOP_BY_HOP 0
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_DESTINATION 60
#define ICMP6_PACKET_TOO_BIG 2
#define ICMP6_FIRST_ND 133
#define ICMP6_NS 135
#define ICMP6_NA 136
#define ICMP6_LAST_ND 137
#define REASSEMBLY_US 31000000

/**
 * struct chunk - Room for copies
 * @link:	in the list of free ones
 * @used:	bytes given out; begins again when @n_refs gets 0
 */
struct chunk {
	struct list link;
	size_t n_refs;
	size_t used;
	uint8_t data[CHUNK_SIZE];
};

/**
 * struct rx - A received frame that lwIP looks at
 * @link:	in the list of this pass' frames, or of free ones
 * @start, @n:	the whole frame, borrowed until the end of the pass
 * @room:	of as many bytes in @chunk
 */
struct rx {
	struct pbuf_custom pbuf;
	struct list link;
	struct chunk *chunk;
	uint8_t *room;
	uint8_t *start;
	size_t n;
};

static _Thread_local struct list rx_free;
static _Thread_local struct list rx_borrowed;
static _Thread_local size_t n_rx_free;
static _Thread_local size_t n_rx;
static _Thread_local struct list chunks_free;
static _Thread_local size_t n_chunks_free;
static _Thread_local size_t n_chunks;
static _Thread_local struct chunk *current;

static struct chunk *chunk_new(void)
{
	struct chunk *c = tl_list_first(&chunks_free, struct chunk, link);

	if (c) {
		tl_list_remove(&c->link);
		n_chunks_free--;
	} else {
		if (n_chunks >= CHUNKS_MAX)
			return NULL;
		c = tl_alloc(sizeof(*c));
		if (!c)
			return NULL;
		n_chunks++;
	}
	tl_list_init(&c->link);
	c->n_refs = 0;
	c->used = 0;
	return c;
}

static void chunk_unref(struct chunk *c)
{
	c->n_refs--;
	if (c->n_refs)
		return;
	c->used = 0;
	if (c == current)
		return;
	if (n_chunks_free >= CHUNKS_KEPT) {
		n_chunks--;
		tl_free(c);
		return;
	}
	tl_list_append(&chunks_free, &c->link);
	n_chunks_free++;
}

/* Room for @n bytes in the current chunk or a new one, referenced. */
static struct chunk *take_room(size_t n, uint8_t **roomp)
{
	struct chunk *c = current;

	if (!c || CHUNK_SIZE - c->used < n) {
		c = chunk_new();
		if (!c)
			return NULL;
		current = c;
	}
	*roomp = c->data + c->used;
	c->used += n;
	c->n_refs++;
	return c;
}

static void rx_recycle(struct rx *rx)
{
	if (n_rx_free >= RX_KEPT) {
		n_rx--;
		tl_free(rx);
		return;
	}
	tl_list_prepend(&rx_free, &rx->link);
	n_rx_free++;
}

/* lwIP has dropped its last reference. */
static void rx_freed(struct pbuf *p)
{
	struct rx *rx = (struct rx *)(void *)p;

	tl_list_remove(&rx->link);
	chunk_unref(rx->chunk);
	rx_recycle(rx);
}

static struct rx *rx_alloc(void)
{
	struct rx *rx = tl_list_first(&rx_free, struct rx, link);

	if (rx) {
		tl_list_remove(&rx->link);
		n_rx_free--;
		return rx;
	}
	if (n_rx >= RX_MAX)
		return NULL;
	rx = tl_alloc_zeroed(sizeof(*rx));
	if (!rx)
		return NULL;
	tl_list_init(&rx->link);
	rx->pbuf.custom_free_function = rx_freed;
	n_rx++;
	return rx;
}

/* A long frame may need a chunk of its own. */
u16_t tl_lwip_ooseq_limit(void)
{
	size_t frames = RX_MAX - (n_rx - n_rx_free);
	size_t chunks = CHUNKS_MAX - (n_chunks - n_chunks_free);
	size_t left = TL_MIN(frames / OOSEQ_SHARE, chunks);

	return (u16_t)TL_MIN(left, OOSEQ_MAX);
}

static struct rx *rx_new(struct buffer frame)
{
	struct rx *rx = rx_alloc();

	if (!rx)
		return NULL;
	rx->chunk = take_room(frame.n, &rx->room);
	if (!rx->chunk) {
		rx_recycle(rx);
		return NULL;
	}
	rx->start = frame.at;
	rx->n = frame.n;
	pbuf_alloced_custom(PBUF_RAW, (u16_t)frame.n, PBUF_REF, &rx->pbuf,
			    frame.at, (u16_t)frame.n);
	tl_list_append(&rx_borrowed, &rx->link);
	return rx;
}

/* Nothing but the chunk is referenced from here on. */
static void rx_keep(struct rx *rx)
{
	size_t offset = (size_t)((uint8_t *)rx->pbuf.pbuf.payload - rx->start);

	memcpy(rx->room, rx->start, rx->n);
	rx->start = rx->room;
	rx->pbuf.pbuf.payload = rx->room + offset;
	tl_list_remove(&rx->link);
}

void tl_rx_keep(void)
{
	struct rx *rx;

	while ((rx = tl_list_first(&rx_borrowed, struct rx, link)))
		rx_keep(rx);
}

void tl_rx_init(void)
{
	tl_list_init(&rx_free);
	tl_list_init(&rx_borrowed);
	tl_list_init(&chunks_free);
}

void tl_rx_fini(void)
{
	struct chunk *c;
	struct rx *rx;

	while ((rx = tl_list_first(&rx_free, struct rx, link))) {
		tl_list_remove(&rx->link);
		tl_free(rx);
		n_rx--;
	}
	while ((c = tl_list_first(&chunks_free, struct chunk, link))) {
		tl_list_remove(&c->link);
		tl_free(c);
		n_chunks--;
	}
	if (current && !current->n_refs) {
		tl_free(current);
		n_chunks--;
	}
	current = NULL;
	n_rx_free = 0;
	n_chunks_free = 0;
}

static bool is_host_source(const struct ifc *ifc, const struct ip *src)
{
	return !tl_ip_is_multicast(src) && !tl_ifc_is_broadcast(ifc, src);
}

static bool is_for_us(const struct ifc *ifc, const struct ip *dst)
{
	if (tl_ip_is_multicast(dst))
		return tl_ifc_has_group(ifc, dst);
	return tl_ifc_has(ifc, dst) || tl_ifc_is_broadcast(ifc, dst);
}

static enum drop check_ip4(const struct ifc *ifc, struct bytes frame,
			   bool looped, bool *fragment)
{
	const uint8_t *at = frame.at;
	struct ip src;
	struct ip dst;
	size_t head;
	size_t n;

	if (frame.n < IP4_LEN || at[0] >> 4 != 4)
		return DROP_BAD_FRAME;
	head = (at[0] & 15U) * 4U;
	n = tl_load_be16(at + 2);
	if (head < IP4_LEN || n < head || n > frame.n)
		return DROP_BAD_FRAME;
	src = tl_ip(4, at + 12);
	dst = tl_ip(4, at + 16);
	if (src.at[0] == 127 || dst.at[0] == 127 || !is_host_source(ifc, &src))
		return DROP_BAD_FRAME;
	if (!looped && tl_ifc_has(ifc, &src))
		return DROP_OWN_ADDRESS;
	if (!is_for_us(ifc, &dst))
		return DROP_NO_RECIPIENT;
	*fragment = tl_load_be16(at + 6) & 0x3fff;
	return DROP_NONE;
}

/*
 * Walk the extension headers; @next and @offset become those of the message, or
 * of the fragment header. False if they run off the end.
 */
static bool skip_extensions(struct bytes frame, uint8_t *next, size_t *offset)
{
	size_t n;

	*next = frame.at[6];
	*offset = IP6_LEN;
	while (*next == PROTO_HOP_BY_HOP || *next == PROTO_ROUTING ||
	       *next == PROTO_DESTINATION) {
		if (frame.n - *offset < 8)
			return false;
		n = 8U * (1U + frame.at[*offset + 1]);
		if (n > frame.n - *offset)
			return false;
		*next = frame.at[*offset];
		*offset += n;
	}
	return true;
}

/* lwIP counts in 16 bits: header and all have to fit. */
static enum drop check_ip6_fragment(struct bytes frame, size_t offset)
{
	size_t from;

	if (offset != IP6_LEN)
		return DROP_UNSUPPORTED;
	if (frame.n - offset < 8)
		return DROP_BAD_FRAME;
	from = tl_load_be16(frame.at + offset + 2) & 0xfff8U;
	if (from + (frame.n - offset - 8) > 65535 - IP6_LEN)
		return DROP_TOO_LONG;
	return DROP_NONE;
}

static enum drop check_ip6_message(struct bytes frame, size_t offset,
				   bool *discovery)
{
	uint8_t type;

	if (frame.n - offset < 4)
		return DROP_BAD_FRAME;
	type = frame.at[offset];
	if (type == ICMP6_PACKET_TOO_BIG)
		return DROP_UNSUPPORTED;
	if (type < ICMP6_FIRST_ND || type > ICMP6_LAST_ND)
		return DROP_NONE;
	if (type != ICMP6_NS && type != ICMP6_NA)
		return DROP_UNSUPPORTED;
	if (offset != IP6_LEN)
		return DROP_BAD_FRAME;
	*discovery = true;
	return DROP_NONE;
}

static enum drop check_ip6(const struct ifc *ifc, struct bytes *frame,
			   bool looped, bool *fragment, bool *discovery)
{
	struct ip src;
	struct ip dst;
	uint8_t next;
	size_t offset;
	size_t n;

	if (frame->n < IP6_LEN || frame->at[0] >> 4 != 6)
		return DROP_BAD_FRAME;
	n = IP6_LEN + (size_t)tl_load_be16(frame->at + 4);
	if (n > frame->n)
		return DROP_BAD_FRAME;
	frame->n = n;
	src = tl_ip(6, frame->at + 8);
	dst = tl_ip(6, frame->at + 24);
	if (tl_ip_is_multicast(&src))
		return DROP_BAD_FRAME;
	if (!looped && tl_ifc_has(ifc, &src))
		return DROP_OWN_ADDRESS;
	if (!is_for_us(ifc, &dst))
		return DROP_NO_RECIPIENT;
	if (!skip_extensions(*frame, &next, &offset))
		return DROP_BAD_FRAME;
	*fragment = next == PROTO_FRAGMENT;
	if (*fragment)
		return check_ip6_fragment(*frame, offset);
	if (next == PROTO_ICMP6)
		return check_ip6_message(*frame, offset, discovery);
	return DROP_NONE;
}

struct pbuf *tl_rx_pbuf(struct buffer frame)
{
	struct rx *rx = rx_new(frame);

	return rx ? &rx->pbuf.pbuf : NULL;
}

static enum drop give(struct ifc *ifc, struct buffer frame, bool fragment,
		      bool looped, bool is_ip4)
{
	struct rx *rx = rx_new(frame);

	if (!rx)
		return DROP_NO_MEMORY;
	if (fragment) {
		rx_keep(rx);
		tl_stack.reass_until_us = tl_stack.now_us + REASSEMBLY_US;
	} else if (!looped && tl_gro_begin(ifc, &rx->pbuf.pbuf)) {
		return DROP_NONE;
	}
	if (is_ip4)
		ip4_input(&rx->pbuf.pbuf, &ifc->netif);
	else
		ip6_input(&rx->pbuf.pbuf, &ifc->netif);
	return DROP_NONE;
}

/* Is it an ICMP error, right behind the IP header? */
static bool is_error(struct bytes packet, struct bytes *icmp)
{
	if (packet.at[0] >> 4 == 4) {
		packet = tl_bytes_first(packet, tl_load_be16(packet.at + 2));
		*icmp = tl_bytes_skip(packet, (packet.at[0] & 15U) * 4U);
		return packet.at[9] == PROTO_ICMP && tl_error_is_one4(*icmp);
	}
	*icmp = tl_bytes_skip(packet, IP6_LEN);
	return packet.at[6] == PROTO_ICMP6 && tl_error_is_one6(*icmp);
}

enum drop tl_rx_input(struct ifc *ifc, uint16_t ethertype, struct buffer frame,
		      bool looped, const uint8_t from[6])
{
	struct bytes view = tl_buffer_bytes(frame);
	bool is_ip4 = ethertype == ETHERTYPE_IP4;
	bool discovery = false;
	bool fragment = false;
	struct bytes icmp;
	enum drop drop;

	if (!looped && tl_gro_append(ifc, frame, &drop))
		return drop;
	tl_gro_flush();
	if (ethertype == ETHERTYPE_ARP)
		return tl_arp_input(ifc, view);
	if (is_ip4)
		drop = check_ip4(ifc, view, looped, &fragment);
	else if (ethertype == ETHERTYPE_IP6)
		drop = check_ip6(ifc, &view, looped, &fragment, &discovery);
	else
		drop = DROP_UNSUPPORTED;
	if (drop)
		return drop;
	if (discovery)
		return tl_ndp_input(ifc, from, view);
	if (!fragment && is_error(view, &icmp))
		return is_ip4 ? tl_error_input4(ifc, view, icmp)
			      : tl_error_input6(ifc, view, icmp);
	return give(ifc, frame, fragment, looped, is_ip4);
}
