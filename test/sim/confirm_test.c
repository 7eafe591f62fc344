/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confirm_test.c - when sockets change, the machine has slept, or nobody
 * answers any more (vl1.md 7.9, 7.15)
 */
#include "test/sim/cast.h"

static void make_active(const struct actor *who)
{
	peer_of(who)->last_nontrivial_ms = lone.now;
}

/* HELLOs from all sockets to @at. */
static unsigned int greeted(struct actor *who)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < lone.n_sent; i++) {
		const struct lone_sent *d = &lone.sent[i];

		count += d->socket == PATH_SOCKET_ANY &&
			 tl_endpoint_equal(&d->to, &who->at) &&
			 tl_packet_verb(d->data) == VERB_HELLO;
	}
	return count;
}

TEST(rebind_greets_the_root_and_active_peers_from_all_sockets)
{
	start();
	make_active(&a);
	tl_node_on_rebind(lone.node, lone.now);
	lone_run(&lone, 0);
	CHECK_EQ(greeted(&root), 1);
	CHECK_EQ(greeted(&a), 1);
	CHECK_EQ(greeted(&b), 0);
	finish();
}

TEST(rebinds_in_a_burst_are_answered_once_and_the_last_one_after_it)
{
	int i;

	start();
	for (i = 0; i < 100; i++) {
		tl_node_on_rebind(lone.node, lone.now);
		lone_run(&lone, 2);
	}
	CHECK_EQ(greeted(&root), 1);
	lone_run(&lone, CONFIRM_MS);
	CHECK_EQ(greeted(&root), 2);
	finish();
}

TEST(paths_of_a_closed_socket_are_forgotten)
{
	start();
	CHECK_EQ(peer_of(&root)->n_slots, 1);
	tl_node_on_socket_closed(lone.node, 7, lone.now);
	CHECK_EQ(peer_of(&root)->n_slots, 1);
	tl_node_on_socket_closed(lone.node, 0, lone.now);
	CHECK_EQ(peer_of(&root)->n_slots, 0);
	CHECK_EQ(peer_of(&a)->n_slots, 0);
	lone_run(&lone, 0);
	CHECK_EQ(greeted(&root), 1);
	finish();
}

TEST(who_was_active_before_a_long_sleep_is_greeted_after_it)
{
	start();
	make_active(&a);
	lone_run(&lone, 100);
	lone_forget(&lone);
	lone.now += 4 * 3600 * 1000;
	tl_node_on_rebind(lone.node, lone.now);
	lone_run(&lone, 0);
	CHECK_EQ(greeted(&root), 1);
	CHECK_EQ(greeted(&a), 1);
	CHECK_EQ(greeted(&b), 0);
	/* The answer is taken, since A is still known. */
	CHECK(peer_of(&a));
	CHECK(actor_ok_hello(&a, &lone));
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	finish();
}

TEST(echo_that_the_root_leaves_unanswered_is_followed_by_two_hellos)
{
	int64_t began;

	start();
	lone_run(&lone, 16000);
	lone_forget(&lone);
	began = lone.now;
	while (!actor_count(&root, &lone, VERB_ECHO) &&
	       lone.now - began < 10000)
		lone_run(&lone, 100);
	CHECK_EQ(actor_count(&root, &lone, VERB_ECHO), 1);
	CHECK_EQ(actor_count(&root, &lone, VERB_HELLO), 0);
	lone_run(&lone, 2 * PATH_SILENCE_MS + 100);
	CHECK_EQ(actor_count(&root, &lone, VERB_ECHO), 1);
	CHECK_EQ(actor_count(&root, &lone, VERB_HELLO), 2);
	CHECK_EQ(greeted(&root), 0);
	/* And then from all sockets. */
	lone_run(&lone, PATH_SILENCE_MS);
	CHECK(greeted(&root) > 0);
	finish();
}

TEST(echo_that_is_answered_is_followed_by_nothing)
{
	size_t n;

	start();
	lone_run(&lone, 16000);
	lone_forget(&lone);
	while (!(n = actor_find(&root, &lone, VERB_ECHO, NULL, room)))
		lone_run(&lone, 100);
	send_ok(&root, VERB_ECHO, tl_packet_id(room), tl_bytes(NULL, 0));
	lone_run(&lone, 19000);
	CHECK_EQ(actor_count(&root, &lone, VERB_HELLO), 0);
	CHECK_EQ(actor_count(&root, &lone, VERB_ECHO), 1);
	finish();
}

TEST(node_whose_roots_are_silent_is_cut_off_within_half_a_minute)
{
	start();
	CHECK(!tl_node_is_cut_off(lone.node, lone.now));
	lone_run(&lone, 18000);
	CHECK(!tl_node_is_cut_off(lone.node, lone.now));
	lone_run(&lone, 12000);
	CHECK(tl_node_is_cut_off(lone.node, lone.now));
	CHECK(actor_ok_hello(&root, &lone));
	CHECK(!tl_node_is_cut_off(lone.node, lone.now));
	finish();
}

TEST(node_that_has_just_begun_is_not_cut_off)
{
	lone_new(&lone);
	actor_init(&root, &lone, LONE_ROOT);
	CHECK(!tl_node_is_cut_off(lone.node, lone.now));
	lone_run(&lone, 1000);
	CHECK(!tl_node_is_cut_off(lone.node, lone.now));
	lone_run(&lone, 5000);
	CHECK(tl_node_is_cut_off(lone.node, lone.now));
	actor_fini(&root);
	lone_free(&lone);
}
