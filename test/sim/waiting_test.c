/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waiting_test.c - what waits goes on as soon as it can, not with the next tick
 */
#include "test/sim/cast.h"

#define QUICK_MS 50 /* the queues are looked at every 500 ms */

/* A root introduces the two ends of a packet as it passes it on, and so before
 * it has been asked who the sender is. */
TEST(introduction_waits_until_its_subject_is_known)
{
	struct endpoint at = lone_endpoint(50, 5000);
	struct actor c;

	start();
	actor_init(&c, &lone, LONE_C);
	actor_send(&root, &lone, VERB_RENDEZVOUS, rendezvous(&c, at));
	CHECK(actor_find(&root, &lone, VERB_WHOIS, NULL, room));
	CHECK_EQ(sent_to(at), 0);
	answer_whois(&root, tl_packet_id(room), &c.id);
	CHECK(actor_find(&c, &lone, VERB_HELLO, &at, room));
	actor_fini(&c);
	finish();
}

TEST(introduction_to_somebody_unknown_waits_for_some_seconds_only)
{
	struct endpoint at = lone_endpoint(50, 5000);
	struct actor c;

	start();
	actor_init(&c, &lone, LONE_C);
	actor_send(&root, &lone, VERB_RENDEZVOUS, rendezvous(&c, at));
	lone_run(&lone, 6000);
	CHECK_EQ(lone_drops(&lone, DROP_QUEUE_TIMEOUT), 1);
	lone_forget(&lone);
	tl_node_whois(lone.node, c.id.addr, lone.now);
	CHECK(actor_find(&root, &lone, VERB_WHOIS, NULL, room));
	answer_whois(&root, tl_packet_id(room), &c.id);
	CHECK(peer_of(&c));
	CHECK_EQ(sent_to(at), 0);
	actor_fini(&c);
	finish();
}

TEST(packets_for_a_root_leave_with_its_first_path)
{
	struct packet *p;

	lone_new(&lone);
	actor_init(&root, &lone, LONE_ROOT);
	p = tl_node_packet(lone.node, root.id.addr, VERB_USER_MESSAGE);
	CHECK(p);
	tl_node_send(lone.node, p, SEND_PLAIN, lone.now);
	lone_run(&lone, 10);
	CHECK_EQ(actor_count(&root, &lone, VERB_USER_MESSAGE), 0);
	CHECK(actor_ok_hello(&root, &lone));
	lone_run(&lone, QUICK_MS);
	CHECK_EQ(actor_count(&root, &lone, VERB_USER_MESSAGE), 1);
	actor_fini(&root);
	lone_free(&lone);
}
