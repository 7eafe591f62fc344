/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment.h - finish the frames that a kernel leaves to its network card
 *
 * A kernel that sends by a device with offloads hands over TCP segments and UDP
 * datagrams of up to 64 KiB, and checksums that cover the pseudo header only.
 * Here they become packets that fit the network's MTU. Allocates nothing: the
 * pieces are written into packets of the caller's.
 */
#ifndef TL_SERVICE_SEGMENT_H
#define TL_SERVICE_SEGMENT_H

#include "base/drop.h"
#include "base/packet.h"
#include "os/vnet.h"

#define ETHERNET_LEN 14

/**
 * struct segmenter - One frame on its way
 * @payload:	behind the Ethernet header; borrowed, its checksum is changed
 * @ip_len:	bytes in front of the transport header
 * @head_len:	and with it; what each piece begins with. 0: nothing is cut
 * @size:	bytes behind the headers in each piece but the last
 * @done:	bytes behind the headers that are out already
 */
struct segmenter {
	struct buffer payload;
	uint16_t ethertype;
	bool is_udp;
	size_t ip_len;
	size_t head_len;
	size_t size;
	size_t done;
	unsigned int n_pieces;
};

/**
 * tl_segment_begin() - Look at a frame, complete its checksum or plan its cuts
 * @frame:	from the Ethernet header on; borrowed until the last piece
 * @v:		what it lacks, as the kernel says; not believed
 * @mtu:	most bytes of a piece
 *
 * Return: DROP_NONE; DROP_BAD_FRAME if it is not what @v says; DROP_TOO_LONG;
 * DROP_UNSUPPORTED for other kinds of segmentation.
 */
TL_MUST_USE enum drop tl_segment_begin(struct segmenter *g, struct buffer frame,
				       const struct vnet *v, size_t mtu);

/* How many pieces are still to come. */
size_t tl_segment_left(const struct segmenter *g);

/* Put the next piece, without Ethernet header, into the empty packet @p. There
 * must be one. */
void tl_segment_next(struct segmenter *g, struct packet *p);

#endif /* TL_SERVICE_SEGMENT_H */
