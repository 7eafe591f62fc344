/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect.h - which packets of ours may be answered by OK (vl1.md 7.12)
 *
 * A fixed table; the newest entries of a bucket push out its oldest. Stricter
 * than the reference: all 64 bits and the peer that was asked must match, and
 * an entry is good for EXPECT_MS.
 */
#ifndef TL_VL1_EXPECT_H
#define TL_VL1_EXPECT_H

#include "wire/address.h"

#define EXPECT_BUCKETS 256
#define EXPECT_PER_BUCKET 16
#define EXPECT_MS 60000

struct expectation {
	uint64_t packet_id;
	struct address peer;
	int64_t when_ms;
};

struct expect_table {
	struct expectation entries[EXPECT_BUCKETS][EXPECT_PER_BUCKET];
	uint8_t next[EXPECT_BUCKETS];
};

/* Several answers to one packet are fine: entries are not used up. */
void tl_expect_reply(struct expect_table *t, uint64_t packet_id,
		     struct address peer, int64_t now);

TL_MUST_USE bool tl_expect_has(const struct expect_table *t, uint64_t packet_id,
			       struct address peer, int64_t now);

#endif /* TL_VL1_EXPECT_H */
