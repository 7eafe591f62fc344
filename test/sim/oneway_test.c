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

static uint64_t id_of_probe_to(struct endpoint at)
{
	CHECK(actor_find(&a, &lone, VERB_ECHO, &at, room) ||
	      actor_find(&a, &lone, VERB_HELLO, &at, room));
	return tl_packet_id(room);
}

/* As a node of the reference does it that uses a TCP relay: @id was sent to the
 * relay, and the answer comes by UDP. */
static void answer_from(struct endpoint at, uint64_t id)
{
	a.at = at;
	send_ok(&a, VERB_ECHO, id, tl_bytes(NULL, 0));
}

static bool uses(struct endpoint at)
{
	const struct path *best =
		tl_peer_best_path(peer_of(&a), PATHS_USABLE, lone.now);

	return best && tl_endpoint_equal(&best->remote, &at);
}

/* A comes from another address, and answers there. */
static void move_to(struct endpoint at)
{
	a.at = at;
	send_echo(&a);
	CHECK(actor_ok_hello(&a, &lone));
}

TEST(answer_from_elsewhere_makes_no_path)
{
	const struct endpoint elsewhere = lone_endpoint(99, 9993);
	uint64_t id;

	start();
	peer_of(&a)->last_nontrivial_ms = lone.now;
	lone_run(&lone, 20000);
	id = id_of_probe_to(a.at);
	lone_forget(&lone);
	answer_from(elsewhere, id);
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	/* But it is asked. */
	CHECK_EQ(sent_to(elsewhere), 1);
	CHECK(actor_ok_hello(&a, &lone));
	CHECK_EQ(peer_of(&a)->n_slots, 2);
	finish();
}

TEST(answers_to_questions_sent_elsewhere_do_not_keep_a_path)
{
	const struct endpoint old = lone_endpoint(LONE_A, 9993);
	const struct endpoint relay = lone_endpoint(88, 5555);
	int i;

	start();
	move_to(relay);
	for (i = 0; i < 80; i++) {
		peer_of(&a)->last_nontrivial_ms = lone.now;
		lone_run(&lone, 1000);
		if (!actor_find(&a, &lone, VERB_ECHO, &relay, room) &&
		    !actor_find(&a, &lone, VERB_HELLO, &relay, room))
			continue;
		answer_from(old, tl_packet_id(room));
		answer_from(relay, tl_packet_id(room));
		lone_forget(&lone);
	}
	CHECK(uses(relay));
	CHECK(tl_path_is_dead(tl_path_find(&lone.node->paths, 0, &old),
			      lone.now));
	finish();
}

TEST(new_path_puts_the_old_one_to_the_proof_though_things_come_in)
{
	const struct endpoint old = lone_endpoint(LONE_A, 9993);
	const struct endpoint relay = lone_endpoint(88, 5555);
	uint64_t id;

	start();
	send_echo(&a);
	move_to(relay);
	id = id_of_probe_to(old);
	a.at = old;
	send_echo(&a);
	lone_run(&lone, PATH_PROBE_MS);
	send_echo(&a);
	CHECK(uses(relay));
	/* Late, but it is one: all is well with it. */
	answer_from(old, id);
	CHECK(!tl_path_is_dead(tl_path_find(&lone.node->paths, 0, &old),
			       lone.now));
	finish();
}
