/* SPDX-License-Identifier: Apache-2.0 */
/* redirect_test.c - addresses that a peer says it has, cluster redirects among
 * them (vl1.md 4.16, 7.14) */
#include "test/sim/cast.h"

#define FORGET 1
#define REDIRECT 2

static struct writer records;
static uint8_t wire[1400];

static void begin_push(void)
{
	records = tl_writer(TL_BUFFER_OF(wire));
	tl_write_be16(&records, 0);
}

static void add(unsigned int flags, struct endpoint e)
{
	tl_write_u8(&records, (uint8_t)flags);
	tl_write_be16(&records, 0);
	tl_write_u8(&records, e.family);
	tl_write_u8(&records, (uint8_t)(tl_endpoint_ip_len(&e) + 2));
	tl_write_bytes(&records, tl_bytes(e.ip, tl_endpoint_ip_len(&e)));
	tl_write_be16(&records, e.port);
	tl_store_be16(wire, (uint16_t)(tl_load_be16(wire) + 1));
}

static void push(struct actor *from)
{
	lone_forget(&lone);
	actor_send(from, &lone, VERB_PUSH_DIRECT_PATHS,
		   tl_writer_bytes(&records));
}

static void push_one(struct actor *from, unsigned int flags, struct endpoint e)
{
	begin_push();
	add(flags, e);
	push(from);
}

TEST(redirect_is_tried_with_hello_on_the_same_socket)
{
	struct endpoint to = lone_endpoint(70, 1000);

	start();
	push_one(&a, REDIRECT, to);
	CHECK_EQ(lone.n_sent, 1);
	CHECK(actor_find(&a, &lone, VERB_HELLO, &to, room));
	CHECK_EQ(lone.sent[0].socket, 0);
	/* Others with ECHO, from everywhere. */
	push_one(&a, 0, to);
	CHECK(actor_find(&a, &lone, VERB_ECHO, &to, room));
	CHECK_EQ(lone.sent[0].socket, PATH_SOCKET_ANY);
	finish();
}

TEST(redirect_moves_nothing_before_the_address_has_answered)
{
	struct endpoint old;
	struct path *path;

	start();
	old = a.at;
	push_one(&a, REDIRECT, lone_endpoint(70, 1000));
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	path = tl_peer_best_path(peer_of(&a), PATHS_USABLE, lone.now);
	CHECK(tl_endpoint_equal(&path->remote, &old));

	a.at = lone_endpoint(70, 1000);
	CHECK(actor_ok_hello(&a, &lone));
	CHECK_EQ(peer_of(&a)->n_slots, 2);
	/* What is proved is used when the old address falls silent. */
	lone_run(&lone, 20000);
	actor_hello(&a, &lone);
	path = tl_peer_best_path(peer_of(&a), PATHS_USABLE, lone.now);
	CHECK(tl_endpoint_equal(&path->remote, &a.at));
	finish();
}

TEST(redirect_to_an_address_that_may_not_be_used_is_ignored)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };

	start();
	push_one(&a, REDIRECT, tl_endpoint_ip4(loopback, 9993));
	CHECK_EQ(lone.n_sent, 0);
	push_one(&a, REDIRECT, lone_endpoint(70, 0));
	CHECK_EQ(lone.n_sent, 0);
	/* A root stays where it is listed. */
	push_one(&root, REDIRECT, lone_endpoint(70, 1000));
	CHECK_EQ(lone.n_sent, 0);
	push_one(&root, REDIRECT, lone_endpoint(1, 1000));
	CHECK_EQ(lone.n_sent, 1);
	finish();
}

TEST(redirects_count_as_addresses_of_their_kind)
{
	unsigned int i;

	start();
	begin_push();
	for (i = 0; i < 40; i++)
		add(REDIRECT, lone_endpoint((uint8_t)(100 + i), 1000));
	push(&a);
	CHECK_EQ(lone.n_sent, 8);
	/* And pushes as pushes: seven more in a row, then no more. */
	for (i = 0; i < 20; i++) {
		push_one(&a, REDIRECT, lone_endpoint(70, 1000));
		CHECK_EQ(lone.n_sent, i < 7);
	}
	finish();
}

TEST(address_to_be_forgotten_is_not_tried)
{
	start();
	push_one(&a, FORGET, lone_endpoint(70, 1000));
	push_one(&a, FORGET | REDIRECT, lone_endpoint(70, 1000));
	CHECK_EQ(lone.n_sent, 0);
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	finish();
}
