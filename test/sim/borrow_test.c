/* SPDX-License-Identifier: Apache-2.0 */
/*
 * borrow_test.c - what was handed up stays where it is until the end of the
 * pass, also when its parts came in different batches
 */
#include "test/sim/lone.h"

#define PART 1400

static struct lone lone;
static struct actor root;
static struct actor a;

/* The second part of the packet in @room, as a datagram in @out. */
static size_t second_part(const uint8_t *room, size_t n, uint8_t *out)
{
	tl_fragment_header(out, room, 1, 2);
	memcpy(out + FRAGMENT_HEADER_LEN, room + PART, n - PART);
	return FRAGMENT_HEADER_LEN + n - PART;
}

static void give(uint8_t *at, size_t n)
{
	tl_node_on_batch(lone.node, 0, &a.at, tl_buffer(at, n), n, lone.now);
}

static void split_packet(bool head_first)
{
	static const uint8_t text[2000] = { 1, 2, 3 };
	uint8_t room[PACKET_MAX_LEN];
	uint8_t part[PACKET_MAX_LEN];
	size_t n_part;
	size_t n_used;
	size_t n;

	lone_new(&lone);
	actor_init(&root, &lone, LONE_ROOT);
	actor_init(&a, &lone, LONE_A);
	actor_be_root(&root, &lone);
	actor_meet(&a, &lone);
	lone_run(&lone, 3000);
	n_used = lone.pool.n_used;

	n = PACKET_HEADER_LEN + sizeof(text);
	tl_packet_init(room, 1, lone.id.addr, a.id.addr, VERB_USER_MESSAGE);
	room[PACKET_AT_FLAGS] |= PACKET_FLAG_FRAGMENTED;
	memcpy(room + PACKET_HEADER_LEN, text, sizeof(text));
	CHECK_EQ(tl_armor_seal(a.armor, a.suite, tl_buffer(room, n)), 0);
	n_part = second_part(room, n, part);
	if (head_first)
		give(room, PART);
	give(part, n_part);
	if (!head_first)
		give(room, PART);
	CHECK_EQ(lone.n_upper, 1);
	CHECK_MEM(lone.got, text, sizeof(text));
	/* The stack may still point into it. */
	CHECK_EQ(lone.pool.n_used, n_used + 1);
	tl_node_end_pass(lone.node);
	CHECK_EQ(lone.pool.n_used, n_used);

	actor_fini(&root);
	actor_fini(&a);
	lone_free(&lone);
}

TEST(joined_packet_lives_until_the_end_of_the_pass)
{
	split_packet(true);
}

TEST(joined_packet_whose_head_came_last_does_too)
{
	split_packet(false);
}
