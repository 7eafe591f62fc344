/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/reassembly.h"

#include "harness.h"

#define PART 100

static struct packet_pool pool;
static struct reassembly r;
static struct path came_from;

static void start(size_t limit)
{
	const uint8_t ip[4] = { 10, 0, 0, 1 };
	struct endpoint e = tl_endpoint_ip4(ip, 9993);

	tl_packet_pool_init(&pool, 8, limit);
	tl_reassembly_init(&r, &pool);
	tl_path_init(&came_from, 5, &e);
}

static void finish(void)
{
	tl_reassembly_fini(&r);
	tl_packet_pool_fini(&pool);
}

static uint8_t byte_of(uint64_t id, unsigned int part)
{
	return (uint8_t)(id * 16 + part);
}

static struct packet *give_head(uint64_t id, int64_t now)
{
	uint8_t head[PART];
	struct path from;

	memset(head, byte_of(id, 0), sizeof(head));
	tl_store_be64(head, id);
	return tl_reassembly_head(&r, TL_BYTES_OF(head), &came_from, &from,
				  now);
}

static struct packet *give(uint64_t id, unsigned int no, unsigned int total,
			   struct path *from, int64_t now)
{
	uint8_t data[PART];
	struct fragment f = {
		.id = id,
		.no = no,
		.total = total,
		.data = TL_BYTES_OF(data),
	};

	memset(data, byte_of(id, no), sizeof(data));
	return tl_reassembly_fragment(&r, &f, from, now);
}

static void check_whole(struct packet *p, uint64_t id, unsigned int total)
{
	unsigned int i;

	CHECK(p);
	CHECK_EQ(p->n, total * PART);
	for (i = 8; i < p->n; i++)
		CHECK_EQ(p->data[p->head + i], byte_of(id, i / PART));
	tl_packet_free(p);
}

TEST(parts_in_every_order_make_the_packet)
{
	static const unsigned int orders[][4] = {
		{ 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 1, 0, 3, 2 }, { 2, 3, 0, 1 }
	};
	size_t o;

	start(100);
	for (o = 0; o < TL_ARRAY_SIZE(orders); o++) {
		struct packet *p = NULL;
		struct path from;
		size_t i;

		for (i = 0; i < 4; i++) {
			unsigned int no = orders[o][i];

			CHECK(!p);
			p = no ? give(o, no, 4, &from, 1000)
			       : give_head(o, 1000);
		}
		check_whole(p, o, 4);
	}
	CHECK_EQ(pool.n_used, 0);
	finish();
}

TEST(path_is_that_of_the_head)
{
	struct path from = { 0 };

	start(100);
	CHECK(!give_head(1, 1000));
	tl_packet_free(give(1, 1, 2, &from, 1000));
	CHECK_EQ(from.socket, 5);
	finish();
}

TEST(duplicates_are_ignored)
{
	struct path from;

	start(100);
	CHECK(!give_head(1, 1000));
	CHECK(!give_head(1, 1000));
	CHECK(!give(1, 1, 3, &from, 1000));
	CHECK(!give(1, 1, 3, &from, 1000));
	check_whole(give(1, 2, 3, &from, 1000), 1, 3);
	finish();
}

TEST(part_beyond_the_total_spoils_the_packet)
{
	struct path from;

	start(100);
	CHECK(!give(1, 5, 6, &from, 1000));
	CHECK(!give(1, 1, 2, &from, 1000));
	CHECK(!give_head(1, 1000));
	finish();
}

TEST(slot_ends_after_five_seconds)
{
	struct path from;

	start(100);
	CHECK(!give_head(1, 1000));
	CHECK(!give(1, 1, 2, &from, 1000 + REASSEMBLY_MS));
	CHECK_EQ(r.n_lost, 1);
	check_whole(give_head(1, 1000 + REASSEMBLY_MS), 1, 2);
	finish();
}

TEST(expiry_gives_packets_back)
{
	start(100);
	CHECK(!give_head(1, 1000));
	CHECK(!give_head(2, 2000));
	tl_reassembly_expire(&r, 1000 + REASSEMBLY_MS);
	CHECK_EQ(pool.n_used, 1);
	CHECK_EQ(r.n_lost, 1);
	finish();
}

TEST(oldest_slot_is_overrun)
{
	struct path from;
	uint64_t id;

	start(1000);
	for (id = 0; id <= REASSEMBLY_SLOTS; id++)
		CHECK(!give_head(id, 1000));
	CHECK_EQ(r.n_lost, 1);
	CHECK_EQ(pool.n_used, REASSEMBLY_SLOTS);
	CHECK(!give(0, 1, 2, &from, 1000));
	check_whole(give(2, 1, 2, &from, 1000), 2, 2);
	finish();
}

TEST(clock_at_zero_is_fine)
{
	struct path from;

	start(100);
	CHECK(!give_head(1, 0));
	check_whole(give(1, 1, 2, &from, 0), 1, 2);
	finish();
}

TEST(sum_of_the_parts_is_not_longer_than_a_packet)
{
	static const uint8_t big[9000];
	struct fragment f = {
		.id = 1, .no = 1, .total = 2, .data = TL_BYTES_OF(big)
	};
	uint8_t head[2000] = { 0 };
	struct path from;

	start(100);
	tl_store_be64(head, 1);
	CHECK(!tl_reassembly_head(&r, TL_BYTES_OF(head), &came_from, &from,
				  1000));
	CHECK(!tl_reassembly_fragment(&r, &f, &from, 1000));
	CHECK_EQ(pool.n_used, 0);
	finish();
}

TEST(exhausted_pool_loses_parts_and_nothing_else)
{
	struct path from;

	start(1);
	CHECK(!give_head(1, 1000));
	CHECK(!give(1, 1, 2, &from, 1000));
	CHECK_EQ(pool.n_used, 1);
	finish();
}
