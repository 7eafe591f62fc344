/* SPDX-License-Identifier: Apache-2.0 */
/* worlds_test.c - moons and planets: how they are found, and whom to believe
 * (vl1.md 6) */
#include "test/sim/worlds.h"

/* --- contact by seed --- */

TEST(seed_is_found_by_whois_and_greeted_through_the_root)
{
	uint64_t timestamp = 1;

	begin();
	want(&c);
	CHECK(!known(MOON));
	CHECK(actor_find(&root, &lone, VERB_WHOIS, &root.at, room));
	CHECK(tl_load_be40(room + PACKET_AT_PAYLOAD) == c.id.addr.v);
	answer_whois(&root, tl_packet_id(room), &c.id);
	lone_run(&lone, 1);
	CHECK(note_of(&c, MOON, &timestamp));
	CHECK_EQ(timestamp, 0);
	CHECK_EQ(sent_to(root.at), 2);

	/* Its answer comes the same way. */
	make_moon(10);
	c.at = root.at;
	c.hops = 1;
	offer(&c, &moon);
	CHECK_EQ(lone.n_worlds, 1);
	CHECK(known(MOON) && known(MOON)->timestamp == 10);
	CHECK(is_upstream(&c));
	CHECK_EQ(tl_node_role(lone.node, peer_of(&c)), WORLD_MOON);
	CHECK_EQ(tl_node_role(lone.node, peer_of(&root)), WORLD_PLANET);
	CHECK_EQ(tl_node_role(lone.node, peer_of(&a)), WORLD_NULL);
	end();
}

TEST(moon_is_contacted_where_it_is_listed)
{
	uint64_t timestamp = 0;

	begin();
	make_moon(10);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	lone_run(&lone, 1);
	CHECK_EQ(sent_to(c.at), 1);
	CHECK(note_of(&c, MOON, &timestamp));
	CHECK_EQ(timestamp, 10);
	CHECK(actor_ok_hello(&c, &lone));
	CHECK_EQ(peer_of(&c)->n_slots, 1);
	end();
}

TEST(seed_that_is_a_peer_already_is_asked_at_once)
{
	uint64_t timestamp = 1;

	begin();
	want(&a);
	CHECK(note_of(&a, MOON, &timestamp));
	CHECK_EQ(timestamp, 0);
	end();
}

TEST(silent_seed_is_asked_less_and_less_often)
{
	unsigned int n_whois;

	begin();
	want(&c);
	lone_run(&lone, 60000);
	n_whois = actor_count(&root, &lone, VERB_WHOIS);
	CHECK(n_whois >= 5 && n_whois <= 9);
	lone_forget(&lone);
	want(&a);
	lone_run(&lone, 300000);
	/* As a member it gets none. */
	CHECK(actor_count(&a, &lone, VERB_HELLO) <= 8 + 10 + 6);
	end();
}

TEST(seed_is_asked_as_soon_as_there_is_a_root)
{
	struct identity own;

	lone_parse(&own, lone_identities[LONE_OWN]);
	lone_start(&lone, &own, tl_bytes(NULL, 0));
	actor_init(&root, &lone, LONE_ROOT);
	actor_init(&c, &lone, LONE_C);
	want(&c);
	lone_run(&lone, 100000);
	CHECK(!actor_find(&root, &lone, VERB_WHOIS, NULL, room));
	CHECK(actor_ok_hello(&root, &lone));
	lone_run(&lone, 1);
	CHECK(actor_find(&root, &lone, VERB_WHOIS, NULL, room));
	actor_fini(&root);
	actor_fini(&c);
	lone_free(&lone);
}

/* --- whom to believe --- */

TEST(moon_nobody_wants_is_ignored)
{
	begin();
	actor_meet(&c, &lone);
	make_moon(10);
	offer(&c, &moon);
	offer(&root, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	CHECK(!is_upstream(&c));
	end();
}

TEST(moon_is_taken_from_its_seed_only)
{
	begin();
	actor_meet(&c, &lone);
	want(&c);
	make_moon(10);
	add_root(&moon, &a.id, NULL);
	add_root(&moon, &root.id, NULL);
	sign(&moon, &c);
	offer(&a, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	/* A root, but not the one that was named. */
	offer(&root, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	/* The seed of another moon. */
	CHECK_EQ(tl_node_orbit(lone.node, 77, a.id.addr, lone.now), 0);
	offer(&a, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	CHECK(!known(MOON));
	offer(&c, &moon);
	CHECK_EQ(lone.n_worlds, 1);
	CHECK(known(MOON));
	end();
}

TEST(moon_must_have_the_id_that_was_asked_for)
{
	begin();
	actor_meet(&c, &lone);
	want(&c);
	make_moon(10);
	moon.id = MOON + 1;
	sign(&moon, &c);
	offer(&c, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	moon.id = 0;
	offer(&c, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	end();
}

TEST(seed_must_be_a_root_of_its_moon_under_its_own_identity)
{
	struct identity twin;

	begin();
	actor_meet(&c, &lone);
	want(&c);
	make_moon(10);
	moon.n_roots = 0;
	add_root(&moon, &d.id, &d.at);
	sign(&moon, &c);
	offer(&c, &moon);
	CHECK_EQ(lone.n_worlds, 0);

	twin = d.id;
	twin.addr = c.id.addr;
	add_root(&moon, &twin, &c.at);
	sign(&moon, &c);
	offer(&c, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	CHECK(!is_upstream(&c));

	add_root(&moon, &c.id, &c.at);
	sign(&moon, &c);
	offer(&c, &moon);
	CHECK_EQ(lone.n_worlds, 1);
	CHECK(is_upstream(&c));
	end();
}

/* A root that answers WHOIS with keys of its own cannot be the seed. */
TEST(seed_whose_key_does_not_belong_to_its_address_is_not_believed)
{
	struct identity fake;
	struct actor x;

	begin();
	fake = d.id;
	fake.addr = c.id.addr;
	actor_init_id(&x, &lone, &fake, lone_endpoint(66, 1));
	want(&c);
	CHECK(actor_find(&root, &lone, VERB_WHOIS, &root.at, room));
	answer_whois(&root, tl_packet_id(room), &fake);
	CHECK(peer_of(&x));
	make_moon(10);
	moon.n_roots = 0;
	add_root(&moon, &fake, NULL);
	sign(&moon, &c);
	offer(&x, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	CHECK(!peer_of(&x)->is_upstream);
	actor_fini(&x);
	end();
}

/* --- updates --- */

TEST(moon_is_updated_when_newer_and_signed)
{
	begin();
	be_in_orbit();
	make_moon(11);
	add_root(&moon, &d.id, &d.at);
	sign(&moon, &c);
	offer(&root, &moon);
	CHECK_EQ(lone.n_worlds, 1);
	CHECK_EQ(known(MOON)->timestamp, 11);
	CHECK(is_upstream(&c) && is_upstream(&d));
	end();
}

TEST(moon_that_is_not_newer_or_not_signed_is_refused)
{
	begin();
	be_in_orbit();
	make_moon(10);
	add_root(&moon, &d.id, &d.at);
	sign(&moon, &c);
	offer(&root, &moon);
	moon.timestamp = 9;
	sign(&moon, &c);
	offer(&c, &moon);

	moon.timestamp = 11; /* after signing */
	offer(&c, &moon);
	sign(&moon, &d);
	offer(&c, &moon);
	memcpy(moon.update_key, d.id.pub, sizeof(moon.update_key));
	sign(&moon, &d);
	offer(&c, &moon);

	CHECK_EQ(lone.n_worlds, 0);
	CHECK(!is_upstream(&d));
	CHECK_EQ(known(MOON)->timestamp, 10);
	end();
}

TEST(update_from_somebody_who_is_no_root_is_ignored)
{
	begin();
	be_in_orbit();
	make_moon(11);
	offer(&a, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	end();
}

TEST(key_of_an_update_rules_the_next_one)
{
	begin();
	be_in_orbit();
	make_moon(11);
	memcpy(moon.update_key, d.id.pub, sizeof(moon.update_key));
	sign(&moon, &c);
	offer(&root, &moon);
	CHECK_EQ(known(MOON)->timestamp, 11);
	moon.timestamp = 12;
	sign(&moon, &c);
	offer(&root, &moon);
	CHECK_EQ(known(MOON)->timestamp, 11);
	sign(&moon, &d);
	offer(&root, &moon);
	CHECK_EQ(known(MOON)->timestamp, 12);
	end();
}

TEST(planet_in_the_clothes_of_a_moon_changes_neither)
{
	begin();
	be_in_orbit();
	make_moon(11);
	moon.type = WORLD_PLANET;
	sign(&moon, &c);
	offer(&root, &moon);
	moon.id = 1;
	sign(&moon, &c);
	offer(&root, &moon);
	moon.type = WORLD_NULL;
	offer(&root, &moon);
	CHECK_EQ(lone.n_worlds, 0);
	CHECK_EQ(tl_node_planet(lone.node)->timestamp, 1);
	end();
}

TEST(several_worlds_in_one_answer_are_all_looked_at)
{
	static uint8_t wire[2 * WORLD_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(wire));
	struct ok_hello ok = { .version = { PROTOCOL_VERSION, 1, 14, 1 } };

	begin();
	be_in_orbit();
	make_moon(9); /* old */
	tl_write_world(&w, &moon);
	make_moon(11);
	tl_write_world(&w, &moon);
	tl_write_u8(&w, 9); /* no world */
	ok.worlds = tl_writer_bytes(&w);
	tl_greet(lone.node, peer_of(&root), 0, &root.at);
	CHECK(actor_ok_hello_with(&root, &lone, &ok));
	CHECK_EQ(lone.n_worlds, 1);
	CHECK_EQ(known(MOON)->timestamp, 11);
	CHECK_EQ(lone_drops(&lone, DROP_MALFORMED), 1);
	end();
}

TEST(stale_file_of_the_public_planet_is_replaced_by_the_one_built_in)
{
	static uint8_t wire[WORLD_WIRE_MAX];
	struct reader r = tl_reader(tl_default_planet());
	struct writer w = tl_writer(TL_BUFFER_OF(wire));
	struct world *planet = malloc(sizeof(*planet));
	struct identity own;
	uint64_t newest;

	CHECK(planet);
	tl_read_world(&r, planet);
	newest = planet->timestamp;
	planet->timestamp--;
	planet->n_roots = 1;
	tl_write_world(&w, planet);
	lone_parse(&own, lone_identities[LONE_OWN]);
	lone_start(&lone, &own, tl_writer_bytes(&w));
	CHECK_EQ(tl_node_planet(lone.node)->timestamp, newest);
	CHECK_EQ(lone.node->n_upstreams, 4);
	lone_free(&lone);

	/* Not if the file's owner has other keys. */
	planet->update_key[40] ^= 1;
	w = tl_writer(TL_BUFFER_OF(wire));
	tl_write_world(&w, planet);
	lone_start(&lone, &own, tl_writer_bytes(&w));
	CHECK_EQ(tl_node_planet(lone.node)->timestamp, newest - 1);
	lone_free(&lone);
	free(planet);
}
