/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fragment.h - cut packets to the path's MTU, and their headers (vl1.md 2.6)
 *
 * Pure arithmetic; reassembly, which has state, is vl1/reassembly.h.
 */
#ifndef TL_WIRE_FRAGMENT_H
#define TL_WIRE_FRAGMENT_H

#include "wire/header.h"

/**
 * struct cuts - How a packet leaves as datagrams
 * @n:		number of datagrams, 1..FRAGMENT_MAX_PARTS; 0: too long to send
 * @head_len:	bytes of the packet in the first datagram
 * @part_len:	bytes of the packet in each further one but the last, which may
 *		have fewer; each goes behind a header of FRAGMENT_HEADER_LEN
 *
 * Datagrams are of one size wherever arithmetic allows, only the last may be
 * shorter: UDP_SEGMENT wants that. head_len == part_len + FRAGMENT_HEADER_LEN.
 */
struct cuts {
	unsigned int n;
	size_t head_len;
	size_t part_len;
};

/**
 * tl_fragment_plan() - Decide where to cut a packet
 * @len:	length of the packet
 * @mtu:	largest datagram, in bytes of UDP payload
 */
struct cuts tl_fragment_plan(size_t len, size_t mtu);

/* Write the header of part @no (1..@total - 1) of a sealed packet. */
void tl_fragment_header(uint8_t out[FRAGMENT_HEADER_LEN],
			const uint8_t packet[PACKET_HEADER_LEN],
			unsigned int no, unsigned int total);

/**
 * struct fragment - What a received fragment says about itself
 * @id:		packet ID of the packet it belongs to
 * @dest:	destination of the packet
 * @no:		number of this part, 1..@total - 1
 * @total:	number of parts with the head
 * @hops:	hop count
 * @data:	continuation of the packet; borrowed
 */
struct fragment {
	uint64_t id;
	struct address dest;
	unsigned int no;
	unsigned int total;
	unsigned int hops;
	struct bytes data;
};

/* True if a datagram is a fragment (longer than 16, byte 13 is 0xff). */
bool tl_is_fragment(struct bytes datagram);

/* @datagram satisfies tl_is_fragment(). False if its numbers are impossible;
 * the destination is set in any case, since relays do not look further. */
TL_MUST_USE bool tl_fragment_parse(struct fragment *out, struct bytes datagram);

#endif /* TL_WIRE_FRAGMENT_H */
