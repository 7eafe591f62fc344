/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.c - IP packets of lwIP on their way out
 *
 * Theory of operation: lwIP hands over whole IP packets, whatever the MTU. Each
 * is copied here, once, into packets that fit: a TCP segment that is too long
 * is cut into segments of its own (as a network card would) unless the peer
 * takes it as it is, anything else into IP fragments. TCP's checksum is left to
 * this place, since only here it is known what will be a segment on the wire.
 * Then packets for own addresses are queued for the end of the pass, and others
 * go to the next hop.
 *
 * lwIP's buffers are never kept: TCP refuses to send a segment again while
 * somebody else holds it.
 */
#include "stack/internal.h"

#include <string.h>

#include "lwip/ip.h"
#include "stack/checksum.h"

#define FRAGMENT_LEN 8
#define PROTO_FRAGMENT 44
#define TCP_FIN_PSH 0x09
#define IP4_MF 0x2000

/**
 * struct out - One packet of lwIP
 * @p:		borrowed
 * @head:	its first bytes: IP header, and TCP's if it is TCP
 * @ip_len:	length of the IP header
 * @head_len:	length of both
 * @next:	next hop, or the group or broadcast address
 * @own:	deliver to ourselves, and
 * @other:	send to others
 * @is_behind:	the destination is no neighbour, but behind @next
 */
struct out {
	struct ifc *ifc;
	struct pbuf *p;
	uint8_t head[120];
	size_t ip_len;
	size_t head_len;
	bool is_tcp;
	uint16_t ethertype;
	struct ip next;
	bool own;
	bool other;
	bool to_group;
	bool is_behind;
};

/* Where a broadcast or multicast goes on Ethernet. */
static void group_mac(const struct ip *ip, uint8_t mac[6])
{
	if (ip->family == 6) {
		mac[0] = 0x33;
		mac[1] = 0x33;
		memcpy(mac + 2, ip->at + 12, 4);
	} else if (tl_ip_is_multicast(ip)) {
		mac[0] = 0x01;
		mac[1] = 0x00;
		mac[2] = 0x5e;
		mac[3] = ip->at[1] & 0x7f;
		memcpy(mac + 4, ip->at + 2, 2);
	} else {
		memset(mac, 0xff, 6);
	}
}

static void queue_for_self(struct ifc *ifc, struct packet *p)
{
	tl_list_append(&ifc->looped, &p->link);
}

static struct packet *copy_of(const struct packet *p)
{
	struct packet *copy = tl_packet_new(tl_stack.pool);

	if (copy && !tl_packet_append(copy, tl_packet_bytes(p))) {
		tl_packet_free(copy);
		copy = NULL;
	}
	return copy;
}

/* A packet that fits is complete. */
static void emit(const struct out *o, struct packet *p)
{
	struct packet *copy;
	uint8_t mac[6];

	if (o->own && o->other) {
		copy = copy_of(p);
		if (copy)
			queue_for_self(o->ifc, copy);
		else
			tl_stack_drop(DROP_NO_MEMORY);
	} else if (o->own) {
		queue_for_self(o->ifc, p);
		return;
	}
	if (o->to_group) {
		group_mac(&o->next, mac);
		tl_ifc_send(o->ifc, mac, o->ethertype, p);
	} else {
		tl_neighbour_send(o->ifc, &o->next, o->ethertype, p);
	}
}

/* @sum: of the payload, by copy_payload() */
static void finish_tcp(const struct out *o, struct packet *p, uint16_t sum)
{
	uint8_t *tcp = p->data + p->head + o->ip_len;

	memset(tcp + 16, 0, 2);
	tl_store_be16(tcp + 16,
		      tl_checksum_copied(tl_packet_bytes(p), o->ip_len,
					 o->head_len, PROTO_TCP, sum));
}

static void finish_ip4(const struct out *o, uint8_t *ip)
{
	memset(ip + 10, 0, 2);
	tl_store_be16(ip + 10, tl_checksum_of(tl_bytes(ip, o->ip_len)));
}

/* A packet of @head and @n bytes of the payload from @offset on. */
static struct packet *piece(const struct out *o, size_t head_len, size_t from,
			    size_t n)
{
	struct packet *p = tl_packet_new(tl_stack.pool);
	uint8_t *at;

	if (!p) {
		tl_stack_drop(DROP_NO_MEMORY);
		return NULL;
	}
	at = p->data + p->head;
	memcpy(at, o->head, head_len);
	pbuf_copy_partial(o->p, at + head_len, (u16_t)n, (u16_t)from);
	p->n = (uint32_t)(head_len + n);
	return p;
}

/* Return: the sum of what was copied; see tl_checksum_copy(). */
static uint16_t copy_payload(uint8_t *to, const struct pbuf *p, size_t from,
			     size_t n)
{
	uint32_t sum = 0;
	size_t done = 0;

	for (; p && done < n; p = p->next) {
		const uint8_t *at = p->payload;
		size_t run;
		uint16_t part;

		if (from >= p->len) {
			from -= p->len;
			continue;
		}
		run = TL_MIN(p->len - from, n - done);
		part = tl_checksum_copy(to + done, at + from, run);
		sum += done & 1 ? __builtin_bswap16(part) : part;
		done += run;
		from = 0;
	}
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/* The segment of @n bytes of the payload from @from on. */
static struct packet *segment(const struct out *o, size_t from, size_t n,
			      uint16_t *sum)
{
	struct packet *p = tl_packet_new(tl_stack.pool);
	uint8_t *at;

	if (!p) {
		tl_stack_drop(DROP_NO_MEMORY);
		return NULL;
	}
	at = p->data + p->head;
	memcpy(at, o->head, o->head_len);
	*sum = copy_payload(at + o->head_len, o->p, o->head_len + from, n);
	p->n = (uint32_t)(o->head_len + n);
	return p;
}

static void set_length(const struct out *o, struct packet *p)
{
	uint8_t *at = p->data + p->head;

	if (o->ethertype == ETHERTYPE_IP4)
		tl_store_be16(at + 2, (uint16_t)p->n);
	else
		tl_store_be16(at + 4, (uint16_t)(p->n - IP6_LEN));
}

static err_t cut_tcp(const struct out *o)
{
	size_t room = o->ifc->config.mtu - o->head_len;
	size_t total = o->p->tot_len - o->head_len;
	uint32_t seq = tl_load_be32(o->head + o->ip_len + 4);
	uint16_t id = tl_load_be16(o->head + 4);
	struct packet *p;
	uint16_t sum;
	uint8_t *at;
	size_t done;
	size_t n;

	for (done = 0; done < total; done += n) {
		n = TL_MIN(total - done, room);
		p = segment(o, done, n, &sum);
		/* What is acknowledged of it must count as sent. */
		if (!p && done > 0)
			return ERR_OK;
		if (!p)
			return ERR_MEM;
		at = p->data + p->head;
		set_length(o, p);
		tl_store_be32(at + o->ip_len + 4, seq + (uint32_t)done);
		if (done + n < total)
			at[o->ip_len + 13] &= (uint8_t)~TCP_FIN_PSH;
		if (o->ethertype == ETHERTYPE_IP4) {
			tl_store_be16(at + 4, id++);
			finish_ip4(o, at);
		}
		finish_tcp(o, p, sum);
		emit(o, p);
	}
	return ERR_OK;
}

static err_t fragment_ip4(const struct out *o)
{
	size_t room = (o->ifc->config.mtu - o->ip_len) & ~(size_t)7;
	size_t total = o->p->tot_len - o->ip_len;
	struct packet *p;
	uint8_t *at;
	size_t done;
	size_t n;

	for (done = 0; done < total; done += n) {
		n = TL_MIN(total - done, room);
		p = piece(o, o->ip_len, o->ip_len + done, n);
		if (!p)
			return ERR_MEM;
		at = p->data + p->head;
		set_length(o, p);
		tl_store_be16(at + 6,
			      (uint16_t)(done / 8 |
					 (done + n < total ? IP4_MF : 0)));
		finish_ip4(o, at);
		emit(o, p);
	}
	return ERR_OK;
}

static err_t fragment_ip6(struct out *o)
{
	size_t room = (o->ifc->config.mtu - IP6_LEN - FRAGMENT_LEN) &
		      ~(size_t)7;
	size_t total = o->p->tot_len - IP6_LEN;
	uint8_t *fragment = o->head + IP6_LEN;
	struct packet *p;
	size_t done;
	size_t n;

	memset(fragment, 0, FRAGMENT_LEN);
	fragment[0] = o->head[6];
	o->head[6] = PROTO_FRAGMENT;
	tl_store_be32(fragment + 4, tl_stack.fragment_id++);
	for (done = 0; done < total; done += n) {
		n = TL_MIN(total - done, room);
		tl_store_be16(fragment + 2,
			      (uint16_t)(done | (done + n < total)));
		p = piece(o, IP6_LEN + FRAGMENT_LEN, IP6_LEN + done, n);
		if (!p)
			return ERR_MEM;
		set_length(o, p);
		emit(o, p);
	}
	return ERR_OK;
}

static err_t send_whole(const struct out *o)
{
	size_t n = o->p->tot_len;
	struct packet *p;
	uint16_t sum;

	p = o->is_tcp ? segment(o, 0, n - o->head_len, &sum)
		      : piece(o, 0, 0, n);
	if (!p)
		return ERR_MEM;
	if (o->is_tcp)
		finish_tcp(o, p, sum);
	emit(o, p);
	return ERR_OK;
}

/* TCP says that the peer takes it; but the way there may be another one now. */
static bool is_jumbo(const struct out *o)
{
	return o->p->flags & PBUF_FLAG_JUMBO && o->p->tot_len <= IFC_JUMBO &&
	       o->ifc->may_jumbo && !o->is_behind;
}

static err_t send_out(struct out *o)
{
	size_t n;

	n = pbuf_copy_partial(o->p, o->head, sizeof(o->head), 0);
	if (o->ethertype == ETHERTYPE_IP4) {
		o->ip_len = (o->head[0] & 15U) * 4U;
		o->is_tcp = o->head[9] == PROTO_TCP;
	} else {
		o->ip_len = IP6_LEN;
		o->is_tcp = o->head[6] == PROTO_TCP;
	}
	o->head_len = o->ip_len;
	if (o->is_tcp)
		tl_stack.stirred = true;
	o->is_tcp = o->is_tcp && n >= o->ip_len + 20;
	if (o->is_tcp)
		o->head_len += (o->head[o->ip_len + 12] >> 4) * 4U;
	if (o->p->tot_len <= o->ifc->config.mtu || is_jumbo(o))
		return send_whole(o);
	if (o->is_tcp)
		return cut_tcp(o);
	return o->ethertype == ETHERTYPE_IP4 ? fragment_ip4(o)
					     : fragment_ip6(o);
}

static err_t output(struct ifc *ifc, struct pbuf *p, const struct ip *to)
{
	struct out o = {
		.ifc = ifc,
		.p = p,
		.other = true,
		.next = *to,
		.ethertype = to->family == 4 ? ETHERTYPE_IP4 : ETHERTYPE_IP6,
	};

	if (tl_ip_is_multicast(to)) {
		o.to_group = true;
		o.own = (p->flags & PBUF_FLAG_MCASTLOOP) &&
			tl_ifc_has_group(ifc, to);
	} else if (tl_ifc_is_broadcast(ifc, to)) {
		o.to_group = true;
		o.own = true;
	} else if (tl_ifc_has(ifc, to)) {
		o.own = true;
		o.other = false;
	} else if (!tl_route_next_hop(ifc, to, &o.next)) {
		tl_stack_drop(DROP_NO_ROUTE);
		return ERR_RTE;
	}
	o.is_behind = !tl_ip_equal(&o.next, to);
	return send_out(&o);
}

err_t tl_output_ip4(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
	struct ip ip = tl_ip(4, (const uint8_t *)&to->addr);

	return output(netif->state, p, &ip);
}

err_t tl_output_ip6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
	struct ip ip = tl_ip(6, (const uint8_t *)to->addr);

	return output(netif->state, p, &ip);
}
