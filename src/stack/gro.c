/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gro.c - segments that follow each other go to lwIP as one
 *
 * What a network card's receive offload does for a kernel. lwIP's work is by
 * the segment, and so is that of whoever it tells; a sender's segments come
 * dozens at a time. The first one goes through all checks and waits here. What
 * continues it, byte for byte of one connection, is chained to it; anything
 * else lets it go first, so the order of what came stays. Nothing is copied.
 *
 * Only plain data without options is joined: a header says then nothing that
 * the last one does not say as well. lwIP acknowledges a chain at once, as it
 * would two segments (0020-chains), so no acknowledgement comes later than
 * without.
 */
#include "stack/internal.h"

#include <string.h>

#include "lwip/ip4.h"
#include "lwip/ip6.h"

#define TCP_LEN 20
#define TCP_NO_OPTIONS 0x50
#define TCP_FLAG_PSH 0x08
#define TCP_FLAG_ACK 0x10
#define FRAGMENTED 0x3fff
#define TOTAL_MAX 65535

/**
 * struct train - Segments that follow each other
 * @ifc:	where they came in; NULL: there are none
 * @first, @last: of the chain; payloads but for the first without headers
 * @at:		the first one's IP header, in the receive buffer
 * @ip_len:	of that
 * @total:	bytes of the packet that they become
 * @next_seq:	what the next one has to begin with
 */
struct train {
	struct ifc *ifc;
	struct pbuf *first;
	struct pbuf *last;
	uint8_t *at;
	size_t ip_len;
	size_t total;
	uint32_t next_seq;
};

static _Thread_local struct train train;

static bool is_ip4(struct bytes f)
{
	return f.n > IP4_LEN + TCP_LEN && f.at[0] == 0x45 &&
	       f.at[9] == PROTO_TCP && tl_load_be16(f.at + 2) == f.n &&
	       !(tl_load_be16(f.at + 6) & FRAGMENTED);
}

static bool is_ip6(struct bytes f)
{
	return f.n > IP6_LEN + TCP_LEN && f.at[0] >> 4 == 6 &&
	       f.at[6] == PROTO_TCP &&
	       (size_t)tl_load_be16(f.at + 4) == f.n - IP6_LEN;
}

/* The length of its IP header; 0: it is none that could be joined. */
static size_t ip_length(struct bytes f)
{
	if (is_ip4(f))
		return IP4_LEN;
	return is_ip6(f) ? IP6_LEN : 0;
}

static bool is_plain(const uint8_t *tcp)
{
	return tcp[12] == TCP_NO_OPTIONS &&
	       (tcp[13] & ~TCP_FLAG_PSH) == TCP_FLAG_ACK;
}

/* Version, traffic class, addresses, ports. */
static bool is_same_flow(const uint8_t *a, const uint8_t *b, size_t ip_len)
{
	size_t fixed = ip_len == IP4_LEN ? 2 : 4;
	size_t addresses = ip_len == IP4_LEN ? 12 : 8;

	return !memcmp(a, b, fixed) &&
	       !memcmp(a + addresses, b + addresses, ip_len - addresses + 4);
}

static bool continues(const struct ifc *ifc, struct bytes f)
{
	const uint8_t *tcp = f.at + train.ip_len;

	return train.ifc == ifc && ip_length(f) == train.ip_len &&
	       is_plain(tcp) && tl_load_be32(tcp + 4) == train.next_seq &&
	       is_same_flow(train.at, f.at, train.ip_len) &&
	       train.total + f.n - train.ip_len - TCP_LEN <= TOTAL_MAX;
}

/* PSH stays, and the highest acknowledgement: what is sent again may come ahead
 * of what was sent first. The window is that of the newest byte. */
static void take_over(const uint8_t *from)
{
	uint8_t *to = train.at + train.ip_len;

	to[13] |= from[13];
	memcpy(to + 14, from + 14, 2);
	if ((int32_t)(tl_load_be32(from + 8) - tl_load_be32(to + 8)) > 0)
		memcpy(to + 8, from + 8, 4);
}

bool tl_gro_append(struct ifc *ifc, struct buffer frame, enum drop *why)
{
	struct bytes f = tl_buffer_bytes(frame);
	size_t head;
	struct pbuf *p;

	if (!train.ifc || !continues(ifc, f))
		return false;
	*why = DROP_NO_MEMORY;
	p = tl_rx_pbuf(frame);
	if (!p)
		return true;
	head = train.ip_len + TCP_LEN;
	take_over(f.at + train.ip_len);
	(void)pbuf_remove_header(p, head);
	train.last->next = p;
	train.last = p;
	train.total += f.n - head;
	train.next_seq += (uint32_t)(f.n - head);
	*why = DROP_NONE;
	return true;
}

bool tl_gro_begin(struct ifc *ifc, struct pbuf *p)
{
	struct bytes f = tl_bytes(p->payload, p->len);
	size_t ip_len = ip_length(f);
	const uint8_t *tcp = f.at + ip_len;

	tl_assert(!train.ifc);
	if (!ip_len || !is_plain(tcp))
		return false;
	train = (struct train){
		.ifc = ifc,
		.first = p,
		.last = p,
		.at = p->payload,
		.ip_len = ip_len,
		.total = f.n,
		.next_seq = tl_load_be32(tcp + 4) +
			    (uint32_t)(f.n - ip_len - TCP_LEN),
	};
	return true;
}

static void finish_headers(void)
{
	size_t left = train.total;
	struct pbuf *p;

	if (train.ip_len == IP4_LEN)
		tl_store_be16(train.at + 2, (uint16_t)train.total);
	else
		tl_store_be16(train.at + 4, (uint16_t)(train.total - IP6_LEN));
	for (p = train.first; p; p = p->next) {
		p->tot_len = (u16_t)left;
		left -= p->len;
	}
}

void tl_gro_flush(void)
{
	struct ifc *ifc = train.ifc;
	struct pbuf *p = train.first;

	if (!ifc)
		return;
	finish_headers();
	train.ifc = NULL;
	if (train.ip_len == IP4_LEN)
		ip4_input(p, &ifc->netif);
	else
		ip6_input(p, &ifc->netif);
}
