/* SPDX-License-Identifier: Apache-2.0 */
#include "service/segment.h"

#include <string.h>

#include "stack/checksum.h"

#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_IP6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8
#define VLAN_LEN 4
#define IP4_LEN 20
#define IP6_LEN 40
#define TCP_LEN 20
#define UDP_LEN 8
#define PROTO_TCP 6
#define PROTO_UDP 17
#define UDP_CSUM_OFFSET 6
#define TCP_FIN_PSH 0x09
#define TCP_CWR 0x80
#define HEAD_MAX 1024 /* of IP with all its extensions, and TCP */

/* The field holds the sum of the pseudo header, so it is summed up, too. */
static enum drop complete_checksum(struct buffer frame, const struct vnet *v)
{
	struct buffer part = tl_buffer_skip(frame, v->csum_start);
	uint16_t sum;

	if (v->csum_start < ETHERNET_LEN || part.n < 2 ||
	    v->csum_offset > part.n - 2)
		return DROP_BAD_FRAME;
	sum = tl_checksum_of(tl_buffer_bytes(part));
	if (!sum && v->csum_offset == UDP_CSUM_OFFSET)
		sum = 0xffff; /* RFC 768: zero means that there is none */
	tl_store_be16(part.at + v->csum_offset, sum);
	return DROP_NONE;
}

static bool is_vlan(uint16_t ethertype)
{
	return ethertype == ETHERTYPE_VLAN || ethertype == ETHERTYPE_QINQ;
}

static enum drop begin_whole(struct segmenter *g, struct buffer frame,
			     const struct vnet *v, size_t mtu)
{
	if (!g->payload.n)
		return DROP_BAD_FRAME;
	if (g->payload.n > mtu + (is_vlan(g->ethertype) ? VLAN_LEN : 0))
		return DROP_TOO_LONG;
	g->size = g->payload.n;
	return v->flags & VNET_NEEDS_CSUM ? complete_checksum(frame, v)
					  : DROP_NONE;
}

/* Where the transport header starts, which the kernel says by where the sum
 * does. 0 if that cannot be. */
static size_t find_transport(const struct segmenter *g, const struct vnet *v)
{
	const uint8_t *ip = g->payload.at;
	size_t at;

	if (v->csum_start < ETHERNET_LEN + IP4_LEN)
		return 0;
	at = v->csum_start - (size_t)ETHERNET_LEN;
	if (at > HEAD_MAX || at >= g->payload.n)
		return 0;
	if (g->ethertype == ETHERTYPE_IP4)
		return ip[0] >> 4 == 4 && at == (ip[0] & 15U) * 4U ? at : 0;
	return g->ethertype == ETHERTYPE_IP6 && at >= IP6_LEN && ip[0] >> 4 == 6
		       ? at
		       : 0;
}

static size_t transport_len(const struct segmenter *g)
{
	size_t room = g->payload.n - g->ip_len;
	size_t n;

	if (g->is_udp)
		return room >= UDP_LEN ? UDP_LEN : 0;
	if (room < TCP_LEN)
		return 0;
	n = (g->payload.at[g->ip_len + 12] >> 4) * 4U;
	return n >= TCP_LEN && n <= room ? n : 0;
}

static enum drop begin_cut(struct segmenter *g, const struct vnet *v,
			   size_t mtu)
{
	size_t n;

	g->ip_len = find_transport(g, v);
	if (!g->ip_len)
		return DROP_BAD_FRAME;
	n = transport_len(g);
	g->head_len = g->ip_len + n;
	if (!n || g->head_len >= mtu || !v->gso_size ||
	    g->payload.n == g->head_len)
		return DROP_BAD_FRAME;
	/* A datagram's length is its sender's affair, so none is made shorter
	 * than asked for; a segment of TCP may be. */
	if (g->is_udp && v->gso_size > mtu - g->head_len)
		return DROP_TOO_LONG;
	g->size = TL_MIN(v->gso_size, mtu - g->head_len);
	return DROP_NONE;
}

enum drop tl_segment_begin(struct segmenter *g, struct buffer frame,
			   const struct vnet *v, size_t mtu)
{
	uint8_t type = v->gso_type & (uint8_t)~VNET_GSO_ECN;

	*g = (struct segmenter){ .payload =
					 tl_buffer_skip(frame, ETHERNET_LEN) };
	if (frame.n <= ETHERNET_LEN)
		return DROP_BAD_FRAME;
	g->ethertype = tl_load_be16(frame.at + 12);
	switch (type) {
	case VNET_GSO_NONE:
		return begin_whole(g, frame, v, mtu);
	case VNET_GSO_TCP4:
	case VNET_GSO_TCP6:
		return begin_cut(g, v, mtu);
	case VNET_GSO_UDP:
		g->is_udp = true;
		return begin_cut(g, v, mtu);
	default:
		return DROP_UNSUPPORTED;
	}
}

size_t tl_segment_left(const struct segmenter *g)
{
	size_t left = g->payload.n - g->head_len - g->done;

	return (left + g->size - 1) / g->size;
}

static void finish_ip(const struct segmenter *g, struct packet *p)
{
	uint8_t *ip = p->data + p->head;

	if (g->ethertype == ETHERTYPE_IP6) {
		tl_store_be16(ip + 4, (uint16_t)(p->n - IP6_LEN));
		return;
	}
	tl_store_be16(ip + 2, (uint16_t)p->n);
	tl_store_be16(ip + 4, (uint16_t)(tl_load_be16(ip + 4) + g->n_pieces));
	memset(ip + 10, 0, 2);
	tl_store_be16(ip + 10, tl_checksum_of(tl_bytes(ip, g->ip_len)));
}

static void finish_tcp(const struct segmenter *g, struct packet *p,
		       bool is_last)
{
	uint8_t *tcp = p->data + p->head + g->ip_len;

	tl_store_be32(tcp + 4, tl_load_be32(tcp + 4) + (uint32_t)g->done);
	if (!is_last)
		tcp[13] &= (uint8_t)~TCP_FIN_PSH;
	if (g->n_pieces)
		tcp[13] &= (uint8_t)~TCP_CWR;
	memset(tcp + 16, 0, 2);
	tl_store_be16(tcp + 16, tl_checksum_transport(tl_packet_bytes(p),
						      g->ip_len, PROTO_TCP));
}

static void finish_udp(const struct segmenter *g, struct packet *p)
{
	uint8_t *udp = p->data + p->head + g->ip_len;
	uint16_t sum;

	tl_store_be16(udp + 4, (uint16_t)(p->n - g->ip_len));
	memset(udp + 6, 0, 2);
	sum = tl_checksum_transport(tl_packet_bytes(p), g->ip_len, PROTO_UDP);
	tl_store_be16(udp + 6, sum ? sum : 0xffff);
}

void tl_segment_next(struct segmenter *g, struct packet *p)
{
	size_t left = g->payload.n - g->head_len - g->done;
	size_t n = TL_MIN(left, g->size);
	uint8_t *at = p->data + p->head;

	tl_assert(n && g->head_len + n <= PACKET_SIZE - p->head);
	if (g->head_len)
		memcpy(at, g->payload.at, g->head_len);
	memcpy(at + g->head_len, g->payload.at + g->head_len + g->done, n);
	p->n = (uint32_t)(g->head_len + n);
	if (g->head_len) {
		finish_ip(g, p);
		if (g->is_udp)
			finish_udp(g, p);
		else
			finish_tcp(g, p, n == left);
	}
	g->done += n;
	g->n_pieces++;
}
