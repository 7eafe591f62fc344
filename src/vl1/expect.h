/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect.h - which packets of ours may be answered by OK (vl1.md 7.12)
 *
 * A fixed table; the newest entries of a bucket push out its oldest. Stricter
 * than the reference: all 64 bits and the peer that was asked must match, and
 * an entry is good for EXPECT_MS.
 *
 * Where a packet went is kept as well: an OK shows that this is a way to the
 * peer, and nothing about a place that it comes from instead.
 */
#ifndef TL_VL1_EXPECT_H
#define TL_VL1_EXPECT_H

#include "wire/address.h"
#include "wire/endpoint.h"

#define EXPECT_BUCKETS 256
#define EXPECT_PER_BUCKET 16
#define EXPECT_MS 60000

/**
 * struct expectation - One packet
 * @when_ms:	the low half of the time when it was sent
 * @where:	a hash of where to; 0: to a relay
 */
struct expectation {
	uint64_t packet_id;
	struct address peer;
	uint32_t when_ms;
	uint32_t where;
};

struct expect_table {
	struct expectation entries[EXPECT_BUCKETS][EXPECT_PER_BUCKET];
	uint8_t next[EXPECT_BUCKETS];
};

/* @where: NULL if it goes to a relay. Several answers to one packet are fine:
 * entries are not used up. */
void tl_expect_reply(struct expect_table *t, uint64_t packet_id,
		     struct address peer, const struct endpoint *where,
		     int64_t now);

TL_MUST_USE bool tl_expect_has(const struct expect_table *t, uint64_t packet_id,
			       struct address peer, int64_t now);

/* The same, and the packet was sent to @where. */
TL_MUST_USE bool tl_expect_was_sent_to(const struct expect_table *t,
				       uint64_t packet_id, struct address peer,
				       const struct endpoint *where,
				       int64_t now);

#endif /* TL_VL1_EXPECT_H */
