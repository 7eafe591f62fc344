/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/chunk.h"

#include "harness.h"

static uint8_t block[100000];

static uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 31 + i / 251);
}

static void make_block(void)
{
	size_t i;

	for (i = 0; i < sizeof(block); i++)
		block[i] = pattern(i);
}

static void check_run(struct bytes run, size_t from)
{
	size_t i;

	for (i = 0; i < run.n; i++)
		CHECK_EQ(run.at[i], pattern(from + i));
}

TEST(chunk_ring_is_a_queue)
{
	struct chunk_pool pool;
	struct ring r;
	struct bytes runs[8];
	size_t n, i, at;

	make_block();
	tl_chunk_pool_init(&pool, 4, 64);
	tl_ring_init(&r, NULL);
	CHECK_EQ(tl_ring_append(&r, &pool, TL_BYTES_OF(block)), sizeof(block));
	CHECK_EQ(r.n, sizeof(block));
	CHECK_EQ(r.n_chunks, 7);
	n = tl_ring_head(&r, runs, 8);
	CHECK_EQ(n, 7);
	for (at = 0, i = 0; i < n; at += runs[i].n, i++)
		check_run(runs[i], at);
	CHECK_EQ(at, sizeof(block));
	tl_ring_consume(&r, &pool, CHUNK_SIZE + 5);
	CHECK_EQ(r.n_chunks, 6);
	CHECK_EQ(tl_ring_head(&r, runs, 1), 1);
	check_run(runs[0], CHUNK_SIZE + 5);
	n = tl_ring_tail(&r, 20000, runs, 8);
	for (at = sizeof(block) - 20000, i = 0; i < n; at += runs[i].n, i++)
		check_run(runs[i], at);
	CHECK_EQ(at, sizeof(block));
	CHECK_EQ(tl_ring_tail(&r, 0, runs, 8), 0);
	CHECK_EQ(tl_ring_tail(&r, r.n, runs, 1), 1);
	check_run(runs[0], CHUNK_SIZE + 5);
	/* An empty ring holds nothing. */
	tl_ring_consume(&r, &pool, r.n);
	CHECK_EQ(r.n_chunks, 0);
	CHECK_EQ(pool.n_used, 0);
	CHECK_EQ(pool.n_free, 4);
	tl_chunk_pool_fini(&pool);
}

TEST(chunk_reserve_gives_back_what_is_not_filled)
{
	struct chunk_pool pool;
	struct ring r;
	struct buffer room[8];
	size_t n;

	tl_chunk_pool_init(&pool, 0, 64);
	tl_ring_init(&r, NULL);
	n = tl_ring_reserve(&r, &pool, 3 * CHUNK_SIZE, room, 8);
	CHECK_EQ(n, 3);
	memset(room[0].at, 1, room[0].n);
	tl_ring_commit(&r, &pool, 10);
	CHECK_EQ(r.n_chunks, 1);
	CHECK_EQ(r.n, 10);
	/* It goes on in the same chunk. */
	n = tl_ring_reserve(&r, &pool, CHUNK_SIZE, room, 8);
	CHECK_EQ(n, 2);
	CHECK_EQ(room[0].n, CHUNK_SIZE - 10);
	CHECK_EQ(room[1].n, 10);
	tl_ring_commit(&r, &pool, CHUNK_SIZE);
	CHECK_EQ(r.n_chunks, 2);
	CHECK_EQ(r.n, CHUNK_SIZE + 10);
	/* Exactly full, and nothing taken after all. */
	CHECK_EQ(tl_ring_reserve(&r, &pool, CHUNK_SIZE - 10, room, 8), 1);
	tl_ring_commit(&r, &pool, CHUNK_SIZE - 10);
	CHECK_EQ(tl_ring_reserve(&r, &pool, 5, room, 8), 1);
	tl_ring_commit(&r, &pool, 0);
	CHECK_EQ(r.n_chunks, 2);
	CHECK_EQ(tl_ring_reserve(&r, &pool, 5 * CHUNK_SIZE, room, 2), 2);
	tl_ring_commit(&r, &pool, 2 * CHUNK_SIZE);
	CHECK_EQ(r.n_chunks, 4);
	tl_ring_clear(&r, &pool);
	CHECK_EQ(pool.n_used, 0);
	tl_chunk_pool_fini(&pool);
}

TEST(chunk_greedy_ring_leaves_others_their_share)
{
	struct chunk_pool pool;
	struct ring greedy, modest, third;
	size_t got;

	tl_chunk_pool_init(&pool, 0, 32);
	tl_ring_init(&greedy, NULL);
	tl_ring_init(&modest, NULL);
	tl_ring_init(&third, NULL);
	got = 0;
	while (tl_ring_append(&greedy, &pool, tl_bytes(block, CHUNK_SIZE)))
		got++;
	CHECK_EQ(got, 16);
	CHECK_EQ(tl_ring_allowance(&greedy, &pool), 0);
	CHECK(tl_ring_allowance(&modest, &pool) >= 8 * CHUNK_SIZE);
	while (tl_ring_append(&modest, &pool, tl_bytes(block, CHUNK_SIZE)))
		;
	CHECK_EQ(modest.n_chunks, 8);
	/* Even late comers get a few. */
	while (tl_ring_append(&third, &pool, tl_bytes(block, CHUNK_SIZE)))
		;
	CHECK(third.n_chunks >= CHUNK_FEW);
	CHECK(pool.n_used <= 32);
	tl_ring_clear(&greedy, &pool);
	tl_ring_clear(&modest, &pool);
	tl_ring_clear(&third, &pool);
	tl_chunk_pool_fini(&pool);
}

TEST(chunk_one_user_has_half_and_first_ones_at_most)
{
	struct chunk_pool pool;
	struct ring rings[20], other;
	size_t held = 0, others = 0;
	size_t i;

	tl_chunk_pool_init(&pool, 0, 32);
	for (i = 0; i < 20; i++) {
		tl_ring_init(&rings[i], &held);
		(void)tl_ring_append(&rings[i], &pool,
				     tl_bytes(block, CHUNK_SIZE));
		(void)tl_ring_append(&rings[i], &pool,
				     tl_bytes(block, CHUNK_SIZE));
	}
	/* Eight rings have a half; eight more have one chunk each. */
	CHECK_EQ(rings[7].n_chunks, 2);
	CHECK_EQ(rings[8].n_chunks, 1);
	CHECK_EQ(rings[15].n_chunks, 1);
	CHECK_EQ(rings[16].n_chunks, 0);
	CHECK_EQ(held, 24);
	tl_ring_init(&other, &others);
	CHECK_EQ(tl_ring_append(&other, &pool, tl_bytes(block, CHUNK_SIZE)),
		 CHUNK_SIZE);
	CHECK_EQ(others, 1);
	for (i = 0; i < 20; i++)
		tl_ring_clear(&rings[i], &pool);
	tl_ring_clear(&other, &pool);
	CHECK_EQ(held, 0);
	tl_chunk_pool_fini(&pool);
}
