/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oneway_test.c - a path on which packets come in, but none of ours arrives:
 * what comes in must not keep us on it
 */
#include "test/sim/cast.h"

static bool is_usable(void)
{
	return tl_peer_best_path(peer_of(&a), PATHS_USABLE, lone.now);
}

/* The newest probe of the node, answered. */
static void answer_probe(void)
{
	if (actor_find(&a, &lone, VERB_ECHO, &a.at, room))
		send_ok(&a, VERB_ECHO, tl_packet_id(room), tl_bytes(NULL, 0));
	else if (actor_find(&a, &lone, VERB_HELLO, &a.at, room))
		CHECK(actor_ok_hello(&a, &lone));
	lone_forget(&lone);
}

/* A is busy with us for so many seconds. */
static void be_busy(int seconds, bool answers)
{
	while (seconds--) {
		peer_of(&a)->last_nontrivial_ms = lone.now;
		send_echo(&a);
		lone_run(&lone, 1000);
		if (answers)
			answer_probe();
		lone_forget(&lone);
	}
}

TEST(path_that_answers_stays)
{
	start();
	be_busy(200, true);
	CHECK(is_usable());
	CHECK(peer_of(&a)->slots[0].path->n_asked <= 1);
	finish();
}

TEST(path_is_left_if_it_never_answers_though_things_come_in)
{
	start();
	be_busy(10, false);
	CHECK(is_usable());
	be_busy(40, false);
	CHECK(!is_usable());
	finish();
}

TEST(path_that_answers_again_is_used_again)
{
	start();
	be_busy(70, false);
	CHECK(!is_usable());
	be_busy(6, true);
	CHECK(is_usable());
	finish();
}
