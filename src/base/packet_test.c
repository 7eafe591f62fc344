/* SPDX-License-Identifier: Apache-2.0 */
#include "base/packet.h"

#include "base/alloc.h"
#include "harness.h"

TEST(new_packet_is_empty_with_room_in_front)
{
	struct packet_pool pool;
	struct packet *p;

	tl_packet_pool_init(&pool, 4, 4);
	p = tl_packet_new(&pool);
	CHECK(p);
	CHECK_EQ(p->n, 0);
	CHECK_EQ(p->head, PACKET_HEADROOM);
	CHECK_EQ(tl_packet_room(p).n, PACKET_SIZE - PACKET_HEADROOM);
	tl_packet_free(p);
	tl_packet_free(NULL);
	tl_packet_pool_fini(&pool);
}

TEST(pool_stops_at_its_limit)
{
	struct packet_pool pool;
	struct packet *a;
	struct packet *b;

	tl_packet_pool_init(&pool, 0, 2);
	a = tl_packet_new(&pool);
	b = tl_packet_new(&pool);
	CHECK(a && b);
	CHECK(!tl_packet_new(&pool));
	tl_packet_free(a);
	a = tl_packet_new(&pool);
	CHECK(a);
	tl_packet_free(a);
	tl_packet_free(b);
	tl_packet_pool_fini(&pool);
}

TEST(pool_keeps_no_more_than_it_was_told)
{
	struct packet *p[8];
	struct packet_pool pool;
	int i;

	tl_packet_pool_init(&pool, 3, 8);
	for (i = 0; i < 8; i++)
		CHECK((p[i] = tl_packet_new(&pool)));
	for (i = 0; i < 8; i++)
		tl_packet_free(p[i]);
	CHECK_EQ(pool.n_free, 3);
	CHECK_EQ(pool.n_used, 0);
	tl_packet_pool_fini(&pool);
}

TEST(warm_pool_allocates_nothing)
{
	struct packet_pool pool;
	struct packet *p;

	tl_packet_pool_init(&pool, 1, 2);
	tl_packet_free(tl_packet_new(&pool));
	tl_alloc_fail_after(0);
	p = tl_packet_new(&pool);
	CHECK(p);
	CHECK(!tl_packet_new(&pool));
	CHECK_EQ(pool.n_used, 1);
	tl_packet_free(p);
	tl_packet_pool_fini(&pool);
}

TEST(reused_packet_looks_new)
{
	struct packet_pool pool;
	struct packet *p;

	tl_packet_pool_init(&pool, 1, 1);
	p = tl_packet_new(&pool);
	CHECK(tl_packet_append(p, tl_bytes("abc", 3)));
	CHECK(tl_packet_push(p, 4));
	p->when_ms = 5;
	tl_packet_free(p);
	p = tl_packet_new(&pool);
	CHECK_EQ(p->n, 0);
	CHECK_EQ(p->head, PACKET_HEADROOM);
	CHECK_EQ(p->when_ms, 0);
	tl_packet_free(p);
	tl_packet_pool_fini(&pool);
}

TEST(headers_go_in_front_until_the_room_ends)
{
	struct packet_pool pool;
	struct packet *p;
	uint8_t *at;

	tl_packet_pool_init(&pool, 1, 1);
	p = tl_packet_new(&pool);
	CHECK(tl_packet_append(p, tl_bytes("xy", 2)));
	at = tl_packet_push(p, 2);
	CHECK(at);
	memcpy(at, "ab", 2);
	CHECK_EQ(tl_packet_bytes(p).n, 4);
	CHECK_MEM(tl_packet_bytes(p).at, "abxy", 4);
	CHECK(!tl_packet_push(p, PACKET_HEADROOM - 1));
	CHECK_EQ(p->n, 4);
	CHECK(tl_packet_push(p, PACKET_HEADROOM - 2));
	CHECK_EQ(p->head, 0);
	tl_packet_free(p);
	tl_packet_pool_fini(&pool);
}

TEST(append_stops_at_the_end_of_the_packet)
{
	static const uint8_t big[PACKET_SIZE];
	struct packet_pool pool;
	struct packet *p;

	tl_packet_pool_init(&pool, 1, 1);
	p = tl_packet_new(&pool);
	CHECK(!tl_packet_append(p, TL_BYTES_OF(big)));
	CHECK_EQ(p->n, 0);
	CHECK(tl_packet_append(p,
			       tl_bytes(big, PACKET_SIZE - PACKET_HEADROOM)));
	CHECK(tl_packet_append(p, tl_bytes(NULL, 0)));
	CHECK(!tl_packet_append(p, tl_bytes("x", 1)));
	tl_packet_free(p);
	tl_packet_pool_fini(&pool);
}
