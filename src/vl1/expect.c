/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/expect.h"

static unsigned int bucket_of(uint64_t packet_id)
{
	return (unsigned int)(packet_id >> 32) % EXPECT_BUCKETS;
}

void tl_expect_reply(struct expect_table *t, uint64_t packet_id,
		     struct address peer, int64_t now)
{
	unsigned int b = bucket_of(packet_id);
	unsigned int i = t->next[b]++ % EXPECT_PER_BUCKET;

	t->entries[b][i] = (struct expectation){ packet_id, peer, now };
}

bool tl_expect_has(const struct expect_table *t, uint64_t packet_id,
		   struct address peer, int64_t now)
{
	const struct expectation *e = t->entries[bucket_of(packet_id)];
	unsigned int i;

	for (i = 0; i < EXPECT_PER_BUCKET; i++) {
		if (e[i].packet_id == packet_id &&
		    tl_address_equal(e[i].peer, peer) &&
		    now - e[i].when_ms < EXPECT_MS)
			return true;
	}
	return false;
}
