/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h - copies of packets for those who look at them
 *
 * The virtual side: Ethernet frames of joined networks, in and out. The wire
 * side: datagrams of our UDP sockets, as they are, with the headers that the
 * kernel puts in front. Each reader has a ring of limited size; what does not
 * fit is lost to it and counted, and nobody waits. While there is no reader it
 * costs a look at a number.
 */
#ifndef TL_SERVICE_CAPTURE_H
#define TL_SERVICE_CAPTURE_H

#include "base/list.h"
#include "os/udp.h"
#include "wire/address.h"

#define CAPTURE_SNAP_MAX 16384
#define CAPTURE_INTERFACES_MAX 64

struct service;

/* All readers; how many of them want which side. */
struct captures {
	struct list list;
	unsigned int n_virtual;
	unsigned int n_wire;
};

void tl_captures_init(struct captures *all);

/**
 * struct capture_frame - A frame without its Ethernet header
 * @is_outbound: programs here have sent it
 */
struct capture_frame {
	struct network_id network;
	const char *device;
	struct mac source;
	struct mac dest;
	uint16_t ethertype;
	struct bytes payload;
	bool is_outbound;
};

/* To be called while @n_virtual is not 0. */
void tl_capture_frame(struct service *s, const struct capture_frame *f);

/**
 * struct capture_datagram - Its payload comes in two parts, one may be empty
 */
struct capture_datagram {
	const struct udp_addr *from;
	const struct udp_addr *to;
	struct bytes first;
	struct bytes second;
	bool is_outbound;
};

/* To be called while @n_wire is not 0. */
void tl_capture_datagram(struct service *s, const struct capture_datagram *d);

/* A batch as it was received: datagrams of @segment bytes, the last may be
 * shorter. */
void tl_capture_batch(struct service *s, const struct udp_addr *from,
		      const struct udp_addr *to, struct bytes batch,
		      size_t segment);

struct packet;

/* A packet, before it leaves as datagrams. */
void tl_capture_packet(struct service *s, const struct udp_addr *from,
		       const struct udp_addr *to, const struct packet *p,
		       struct udp_cuts cuts);

#endif /* TL_SERVICE_CAPTURE_H */
