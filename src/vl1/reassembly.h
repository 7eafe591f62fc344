/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reassembly.h - put fragmented packets together (vl1.md 2.6)
 *
 * A ring of slots, keyed by packet ID only: fragments carry no source and may
 * come over several paths. Nothing is authenticated before the whole packet is,
 * so strangers can spoil a slot but not get past the MAC. Slots borrow packets
 * from the pool and give them back when they complete, time out or are overrun.
 */
#ifndef TL_VL1_REASSEMBLY_H
#define TL_VL1_REASSEMBLY_H

#include "base/packet.h"
#include "vl1/path.h"
#include "wire/fragment.h"

#define REASSEMBLY_SLOTS 64
#define REASSEMBLY_MS 5000

/**
 * struct reassembly_slot - A packet of which parts are missing
 * @id:		packet ID
 * @when_ms:	first part's arrival; 0: the slot is free
 * @total:	number of parts, 0 if no fragment has told yet
 * @have:	bit i: part i is here
 * @parts:	part i's packet, owned
 * @from:	path on which the head came in
 */
struct reassembly_slot {
	uint64_t id;
	int64_t when_ms;
	unsigned int total;
	unsigned int have;
	struct packet *parts[FRAGMENT_MAX_PARTS];
	struct path from;
};

struct reassembly {
	struct packet_pool *pool;
	unsigned int next;
	struct reassembly_slot slots[REASSEMBLY_SLOTS];
	uint64_t n_lost;
};

void tl_reassembly_init(struct reassembly *r, struct packet_pool *pool);
void tl_reassembly_fini(struct reassembly *r);

/* Give back what will never be complete. */
void tl_reassembly_expire(struct reassembly *r, int64_t now);

/**
 * tl_reassembly_head() - The first part of a packet, flag 0x40 set
 * @from:	path it came on; copied
 *
 * Return: the whole packet, owned by the caller, if this completed it, and
 * *@fromp is the path of its head; else NULL. The bytes were copied.
 */
struct packet *tl_reassembly_head(struct reassembly *r, struct bytes head,
				  const struct path *from, struct path *fromp,
				  int64_t now);

/* Likewise for another part; @f was parsed from a datagram for us. */
struct packet *tl_reassembly_fragment(struct reassembly *r,
				      const struct fragment *f,
				      struct path *fromp, int64_t now);

#endif /* TL_VL1_REASSEMBLY_H */
