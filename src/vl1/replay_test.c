/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/replay.h"

#include "harness.h"

TEST(id_is_new_once)
{
	struct replay *r = tl_replay_new();

	CHECK(r);
	CHECK(!tl_replay_was_seen(r, 77));
	CHECK(tl_replay_was_seen(r, 77));
	CHECK(!tl_replay_was_seen(r, 78));
	CHECK(tl_replay_was_seen(r, 77));
	tl_free(r);
}

TEST(order_does_not_matter)
{
	struct replay *r = tl_replay_new();
	uint64_t i;

	for (i = REPLAY_IDS; i-- > 0;)
		CHECK(!tl_replay_was_seen(r, i * 7919 + 1));
	tl_free(r);
}

TEST(id_is_forgotten_when_its_place_is_taken)
{
	struct replay *r = tl_replay_new();

	CHECK(!tl_replay_was_seen(r, 5));
	CHECK(!tl_replay_was_seen(r, 5 + REPLAY_IDS));
	CHECK(!tl_replay_was_seen(r, 5));
	tl_free(r);
}

TEST(zero_is_never_a_replay)
{
	struct replay *r = tl_replay_new();

	CHECK(!tl_replay_was_seen(r, 0));
	CHECK(!tl_replay_was_seen(r, 0));
	tl_free(r);
}

TEST(lack_of_memory_is_said)
{
	tl_alloc_fail_after(0);
	CHECK(!tl_replay_new());
}
