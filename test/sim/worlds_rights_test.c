/* SPDX-License-Identifier: Apache-2.0 */
/* worlds_rights_test.c - whose roots are ours, where they are, whom we tell of
 * worlds, and how many there may be (vl1.md 6) */
#include "test/sim/worlds.h"

#include <errno.h>

/* --- who has which rights --- */

static void send_collision(struct actor *from)
{
	uint8_t payload[10] = { VERB_HELLO };

	payload[9] = ERROR_IDENTITY_COLLISION;
	actor_send(from, &lone, VERB_ERROR, TL_BYTES_OF(payload));
}

TEST(roots_of_a_moon_have_the_rights_of_roots_until_deorbit)
{
	struct endpoint at = lone_endpoint(90, 4000);

	begin();
	be_in_orbit();
	CHECK(actor_ok_hello(&c, &lone) || peer_of(&c));
	actor_send(&c, &lone, VERB_RENDEZVOUS, rendezvous(&a, at));
	CHECK_EQ(sent_to(at), 2);
	lone_forget(&lone);

	CHECK(tl_node_deorbit(lone.node, MOON, lone.now));
	CHECK(!known(MOON));
	CHECK(peer_of(&c) && !is_upstream(&c));
	CHECK(is_upstream(&root));
	actor_send(&c, &lone, VERB_RENDEZVOUS, rendezvous(&a, at));
	CHECK_EQ(sent_to(at), 0);
	send_collision(&c);
	CHECK_EQ(lone.n_collisions, 0);
	make_moon(11);
	offer(&c, &moon);
	offer(&root, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	CHECK(!tl_node_deorbit(lone.node, MOON, lone.now));
	end();
}

TEST(root_that_left_the_moon_loses_its_rights)
{
	begin();
	be_in_orbit();
	make_moon(11);
	moon.n_roots = 0;
	add_root(&moon, &d.id, &d.at);
	sign(&moon, &c);
	offer(&c, &moon);
	CHECK_EQ(known(MOON)->timestamp, 11);
	CHECK(!is_upstream(&c) && is_upstream(&d));
	send_collision(&c);
	CHECK_EQ(lone.n_collisions, 0);
	send_collision(&d);
	CHECK_EQ(lone.n_collisions, 1);
	end();
}

TEST(moon_takes_nothing_away_from_the_planet)
{
	begin();
	make_moon(10);
	add_root(&moon, &root.id, NULL);
	sign(&moon, &c);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	CHECK_EQ(tl_node_role(lone.node, peer_of(&root)), WORLD_PLANET);
	CHECK_EQ(lone.node->n_upstreams, 2);
	make_moon(11);
	offer(&root, &moon);
	CHECK(is_upstream(&root));
	CHECK(tl_node_deorbit(lone.node, MOON, lone.now));
	CHECK(is_upstream(&root));
	end();
}

TEST(root_of_two_worlds_is_met_where_either_lists_it)
{
	struct endpoint other = lone_endpoint(91, 9993);
	struct endpoint third = lone_endpoint(92, 9993);
	struct endpoint list[4];

	begin();
	CHECK(!tl_node_may_use(lone.node, root.id.addr, &other));
	make_moon(10);
	add_root(&moon, &root.id, &other);
	sign(&moon, &c);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	CHECK(tl_node_may_use(lone.node, root.id.addr, &root.at));
	CHECK(tl_node_may_use(lone.node, root.id.addr, &other));
	CHECK(!tl_node_may_use(lone.node, root.id.addr, &third));
	CHECK_EQ(tl_worlds_endpoints(lone.node, peer_of(&root), list, 4), 2);
	CHECK_EQ(tl_worlds_endpoints(lone.node, peer_of(&root), list, 1), 1);

	/* A path that only the moon allows goes with it. */
	root.at = other;
	actor_hello(&root, &lone);
	CHECK(actor_ok_hello(&root, &lone));
	CHECK_EQ(peer_of(&root)->n_slots, 2);
	CHECK(tl_node_deorbit(lone.node, MOON, lone.now));
	CHECK_EQ(peer_of(&root)->n_slots, 1);
	end();
}

TEST(root_without_endpoints_may_be_anywhere)
{
	struct endpoint other = lone_endpoint(91, 9993);

	begin();
	make_moon(10);
	add_root(&moon, &d.id, NULL);
	add_root(&moon, &root.id, NULL);
	sign(&moon, &c);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	CHECK(tl_node_may_use(lone.node, d.id.addr, &other));
	/* But the planet says where this one is. */
	CHECK(!tl_node_may_use(lone.node, root.id.addr, &other));
	end();
}

TEST(address_of_a_root_under_another_identity_lends_it_nothing)
{
	struct endpoint other = lone_endpoint(91, 9993);
	struct identity twin;

	begin();
	twin = d.id;
	twin.addr = root.id.addr;
	make_moon(10);
	add_root(&moon, &twin, &other);
	twin.addr = a.id.addr;
	add_root(&moon, &twin, &other);
	sign(&moon, &c);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	CHECK(!tl_node_may_use(lone.node, root.id.addr, &other));
	CHECK(tl_node_may_use(lone.node, root.id.addr, &root.at));
	CHECK(!is_upstream(&a));
	CHECK(tl_identity_equal(&peer_of(&a)->id, &a.id));
	CHECK(tl_identity_equal(&peer_of(&root)->id, &root.id));
	end();
}

TEST(our_own_identity_among_roots_makes_us_one_and_another_does_not)
{
	struct identity twin;

	begin();
	twin = d.id;
	twin.addr = lone.id.addr;
	make_moon(10);
	add_root(&moon, &twin, NULL);
	sign(&moon, &c);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	CHECK(!tl_node_is_root(lone.node));
	CHECK(!tl_node_is_upstream(lone.node, lone.id.addr));
	CHECK(!tl_node_find_peer(lone.node, lone.id.addr));

	make_moon(11);
	add_root(&moon, &lone.id, NULL);
	sign(&moon, &c);
	offer(&c, &moon);
	CHECK(tl_node_is_root(lone.node));
	CHECK(!tl_node_find_peer(lone.node, lone.id.addr));

	/* A later version without us. */
	make_moon(12);
	offer(&c, &moon);
	CHECK(!tl_node_is_root(lone.node));
	CHECK(is_upstream(&root));
	end();
}

TEST(peer_that_becomes_a_root_keeps_listed_paths_only)
{
	struct endpoint other = lone_endpoint(91, 9993);

	begin();
	CHECK_EQ(peer_of(&a)->n_slots, 1);
	CHECK_EQ(peer_of(&b)->n_slots, 1);
	make_moon(10);
	add_root(&moon, &a.id, &other);
	add_root(&moon, &b.id, &b.at);
	sign(&moon, &c);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	CHECK_EQ(peer_of(&a)->n_slots, 0);
	CHECK_EQ(peer_of(&b)->n_slots, 1);
	end();
}

/* --- telling others --- */

TEST(moon_is_given_to_those_who_ask_for_it_or_have_an_older_one)
{
	static struct world got;
	struct hello h;

	begin();
	be_in_orbit();
	h = actor_hello_fields(&a, &lone);
	actor_hello_with(&a, &lone, &h);
	CHECK_EQ(worlds_in_ok(&a, &got), 0);

	h.n_moons = 2;
	h.moons[0] = (struct moon_note){ MOON + 1, 0 };
	h.moons[1] = (struct moon_note){ MOON, 0 };
	actor_hello_with(&a, &lone, &h);
	CHECK_EQ(worlds_in_ok(&a, &got), 1);
	CHECK(got.id == MOON && got.timestamp == 10);
	CHECK(tl_world_verify(&got, c.id.pub));
	h.moons[1].timestamp = 9;
	actor_hello_with(&a, &lone, &h);
	CHECK_EQ(worlds_in_ok(&a, &got), 1);
	h.moons[1].timestamp = 10;
	actor_hello_with(&a, &lone, &h);
	CHECK_EQ(worlds_in_ok(&a, &got), 0);
	end();
}

/* As large as a world can be. */
static void make_large_moon(uint64_t id)
{
	unsigned int i;
	unsigned int j;

	make_moon(10);
	moon.id = id;
	moon.n_roots = WORLD_MAX_ROOTS;
	for (i = 0; i < WORLD_MAX_ROOTS; i++) {
		struct world_root *r = &moon.roots[i];

		*r = moon.roots[0];
		r->identity.addr.v = 0x4000000000 + i;
		r->n_endpoints = WORLD_MAX_ENDPOINTS;
		for (j = 0; j < WORLD_MAX_ENDPOINTS; j++)
			r->endpoints[j] =
				(struct endpoint){ .family = 6, .port = 1 };
	}
}

/* How many worlds lie in @n bytes, and that they are whole. */
static unsigned int count_worlds(const uint8_t *at, size_t n)
{
	struct reader r = tl_reader(tl_bytes(at, n));
	static struct world w;
	unsigned int count = 0;

	for (; r.rest.n; count++) {
		tl_read_world(&r, &w);
		CHECK(tl_reader_ok(&r));
	}
	return count;
}

TEST(answer_holds_as_many_worlds_as_fit_and_the_next_one_others)
{
	static uint8_t wire[WORLD_WIRE_MAX];
	unsigned int done = 0;
	unsigned int i;
	struct hello h;

	begin();
	h = actor_hello_fields(&a, &lone);
	h.n_moons = NODE_MOONS_MAX;
	for (i = 0; i < NODE_MOONS_MAX; i++) {
		make_large_moon(i + 1);
		h.moons[i] = (struct moon_note){ i + 1, 0 };
		CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	}
	while (done < NODE_MOONS_MAX) {
		size_t n = tl_worlds_newer(lone.node, &h, TL_BUFFER_OF(wire));
		unsigned int got = count_worlds(wire, n);

		CHECK(got == 2 || done + got == NODE_MOONS_MAX);
		for (i = 0; i < got; i++)
			h.moons[done++].timestamp = 10;
	}
	CHECK_EQ(tl_worlds_newer(lone.node, &h, TL_BUFFER_OF(wire)), 0);
	end();
}

/* --- limits --- */

TEST(moons_are_limited)
{
	struct node_moon m;
	uint64_t id;
	size_t n = 0;

	begin();
	make_moon(10);
	for (id = 1; id <= NODE_MOONS_MAX; id++) {
		if (id % 2)
			CHECK_EQ(tl_node_orbit(lone.node, id, c.id.addr,
					       lone.now),
				 0);
		moon.id = id;
		if (id % 2 == 0)
			CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now),
				 0);
	}
	CHECK_EQ(tl_node_orbit(lone.node, id, c.id.addr, lone.now), -ENOBUFS);
	moon.id = id;
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), -ENOBUFS);
	while (tl_node_moon_at(lone.node, n, &m))
		n++;
	CHECK_EQ(n, NODE_MOONS_MAX);
	CHECK(tl_node_deorbit(lone.node, 3, lone.now));
	CHECK_EQ(tl_node_orbit(lone.node, id, c.id.addr, lone.now), 0);
	end();
}

TEST(orbit_refuses_what_cannot_be_a_moon)
{
	struct address none = { 0 };
	struct address broadcast = { 0xff00000001 };

	begin();
	CHECK_EQ(tl_node_orbit(lone.node, 0, c.id.addr, lone.now), -EINVAL);
	CHECK_EQ(tl_node_orbit(lone.node, 1, none, lone.now), -EINVAL);
	CHECK_EQ(tl_node_orbit(lone.node, 1, broadcast, lone.now), -EINVAL);
	CHECK_EQ(tl_node_orbit(lone.node, 1, lone.id.addr, lone.now), -EINVAL);
	make_moon(10);
	moon.type = WORLD_PLANET;
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), -EINVAL);
	moon.type = WORLD_MOON;
	moon.id = 0;
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), -EINVAL);
	end();
}

TEST(file_of_a_known_moon_counts_only_as_an_update)
{
	begin();
	be_in_orbit();
	CHECK_EQ(tl_node_orbit(lone.node, MOON, d.id.addr, lone.now), 0);
	CHECK(known(MOON));
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), -EEXIST);
	make_moon(11);
	sign(&moon, &d);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), -EEXIST);
	sign(&moon, &c);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	CHECK_EQ(known(MOON)->timestamp, 11);
	end();
}

TEST(world_with_more_roots_or_endpoints_than_allowed_is_malformed)
{
	static uint8_t wire[2 * WORLD_WIRE_MAX];
	struct ok_hello ok = { .version = { PROTOCOL_VERSION, 1, 14, 1 } };
	struct writer w = tl_writer(TL_BUFFER_OF(wire));
	struct writer five;
	unsigned int i;

	begin();
	be_in_orbit();
	make_moon(11);
	tl_write_world(&w, &moon);
	wire[177] = WORLD_MAX_ROOTS + 1;
	five = tl_writer(tl_buffer(wire + 178, sizeof(wire) - 178));
	for (i = 0; i <= WORLD_MAX_ROOTS; i++) {
		tl_write_identity(&five, &moon.roots[0].identity);
		tl_write_u8(&five, 0);
	}
	tl_write_be16(&five, 0);
	ok.worlds = tl_bytes(wire, 178 + tl_writer_bytes(&five).n);
	tl_greet(lone.node, peer_of(&root), 0, &root.at);
	CHECK(actor_ok_hello_with(&root, &lone, &ok));
	CHECK_EQ(lone.n_worlds, 0);
	CHECK_EQ(lone_drops(&lone, DROP_MALFORMED), 1);
	end();
}
