/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waiting_test.c - what waits goes on as soon as it can, not with the next tick
 */
#include "test/sim/cast.h"

#define QUICK_MS 50 /* the queues are looked at every 500 ms */

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
