/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/expect.h"

#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u

static unsigned int bucket_of(uint64_t packet_id)
{
	return (unsigned int)(packet_id >> 32) % EXPECT_BUCKETS;
}

/* Never 0. Whoever finds two places with the same is an authentic peer, and
 * fools himself. */
static uint32_t hash_of(const struct endpoint *e)
{
	uint32_t h = (FNV_BASIS ^ e->port) * FNV_PRIME;
	size_t i;

	for (i = 0; i < tl_endpoint_ip_len(e); i++)
		h = (h ^ e->ip[i]) * FNV_PRIME;
	return h | 1;
}

void tl_expect_reply(struct expect_table *t, uint64_t packet_id,
		     struct address peer, const struct endpoint *where,
		     int64_t now)
{
	unsigned int b = bucket_of(packet_id);
	unsigned int i = t->next[b]++ % EXPECT_PER_BUCKET;

	t->entries[b][i] = (struct expectation){ packet_id, peer, (uint32_t)now,
						 where ? hash_of(where) : 0 };
}

static const struct expectation *find(const struct expect_table *t,
				      uint64_t packet_id, struct address peer,
				      int64_t now)
{
	const struct expectation *e = t->entries[bucket_of(packet_id)];
	unsigned int i;

	for (i = 0; i < EXPECT_PER_BUCKET; i++) {
		if (e[i].packet_id == packet_id &&
		    tl_address_equal(e[i].peer, peer) &&
		    (uint32_t)now - e[i].when_ms < EXPECT_MS)
			return &e[i];
	}
	return NULL;
}

bool tl_expect_has(const struct expect_table *t, uint64_t packet_id,
		   struct address peer, int64_t now)
{
	return find(t, packet_id, peer, now);
}

bool tl_expect_was_sent_to(const struct expect_table *t, uint64_t packet_id,
			   struct address peer, const struct endpoint *where,
			   int64_t now)
{
	const struct expectation *e = find(t, packet_id, peer, now);

	return e && e->where == hash_of(where);
}
