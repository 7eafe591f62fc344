/* SPDX-License-Identifier: Apache-2.0 */
/* worlds_test.c - moons and planets: whom to believe, and whose roots are ours
 * (vl1.md 6) */
#include "test/sim/cast.h"

#include <errno.h>

#define MOON 0x00000003f93593e0f /* C's address */

static struct actor c;
static struct actor d;
static struct world moon;

/* As start(), with C and D, who are not known to the node. */
static void begin(void)
{
	start();
	actor_init(&c, &lone, LONE_C);
	actor_init(&d, &lone, LONE_D);
}

static void end(void)
{
	actor_fini(&c);
	actor_fini(&d);
	finish();
}

static void add_root(struct world *w, const struct identity *id,
		     const struct endpoint *at)
{
	struct world_root *r = &w->roots[w->n_roots++];

	memset(r, 0, sizeof(*r));
	r->identity = *id;
	r->identity.has_priv = false;
	if (at)
		r->endpoints[r->n_endpoints++] = *at;
}

static void sign(struct world *w, const struct actor *by)
{
	tl_world_sign(w, by->id.pub, by->id.priv);
}

/* C's moon with C as its root; C's key signs it and what comes after. */
static void make_moon(uint64_t timestamp)
{
	memset(&moon, 0, sizeof(moon));
	moon.type = WORLD_MOON;
	moon.id = MOON;
	moon.timestamp = timestamp;
	memcpy(moon.update_key, c.id.pub, sizeof(moon.update_key));
	add_root(&moon, &c.id, &c.at);
	sign(&moon, &c);
}

/* @from answers a HELLO of the node, which it gets if need be, with @w. */
static void offer(struct actor *from, const struct world *w)
{
	static uint8_t wire[WORLD_WIRE_MAX];
	struct writer writer = tl_writer(TL_BUFFER_OF(wire));
	struct ok_hello ok = { .version = { PROTOCOL_VERSION, 1, 14, 1 } };
	struct peer *p = peer_of(from);

	tl_write_world(&writer, w);
	CHECK(tl_writer_ok(&writer));
	ok.worlds = tl_writer_bytes(&writer);
	CHECK(p);
	tl_greet(lone.node, p, 0, &from->at);
	CHECK(actor_ok_hello_with(from, &lone, &ok));
	lone_forget(&lone);
	lone_run(&lone, 1);
}

static bool is_upstream(const struct actor *who)
{
	return tl_node_is_upstream(lone.node, who->id.addr);
}

static const struct world *known(uint64_t id)
{
	struct node_moon m;
	size_t i;

	for (i = 0; tl_node_moon_at(lone.node, i, &m); i++) {
		if (m.id == id)
			return m.world;
	}
	return NULL;
}

/* The node orbits C's moon, and has it. */
static void be_in_orbit(void)
{
	make_moon(10);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	lone_run(&lone, 1);
	lone_forget(&lone);
}

static void want(const struct actor *seed)
{
	CHECK_EQ(tl_node_orbit(lone.node, MOON, seed->id.addr, lone.now), 0);
	lone_run(&lone, 1);
}

/* What the node's newest HELLO to @who says of @id; false if nothing. */
static bool note_of(struct actor *who, uint64_t id, uint64_t *timestamp)
{
	struct hello h;
	struct reader r;
	size_t n = actor_find(who, &lone, VERB_HELLO, NULL, room);
	size_t at;
	unsigned int i;

	CHECK(n);
	r = tl_reader(
		tl_bytes(room + PACKET_AT_PAYLOAD, n - PACKET_AT_PAYLOAD));
	CHECK(tl_hello_parse(&r, &h));
	at = n - r.rest.n;
	tl_armor_mask_field(who->armor, tl_buffer(room, n), at);
	CHECK(tl_hello_parse_moons(&h, tl_bytes(room + at, n - at)));
	for (i = 0; i < h.n_moons; i++) {
		*timestamp = h.moons[i].timestamp;
		if (h.moons[i].id == id)
			return true;
	}
	return false;
}

/* Worlds in the node's newest OK(HELLO) to @who. */
static size_t worlds_in_ok(struct actor *who, struct world *first)
{
	size_t n = actor_find(who, &lone, VERB_OK, NULL, room);
	struct ok_hello ok;
	struct reader r;
	size_t count = 0;

	CHECK(n);
	r = tl_reader(tl_bytes(room + 37, n - 37));
	CHECK(tl_ok_hello_parse(&r, &ok));
	r = tl_reader(ok.worlds);
	for (; r.rest.n; count++) {
		static struct world w;

		tl_read_world(&r, &w);
		CHECK(tl_reader_ok(&r));
		if (count == 0)
			*first = w;
	}
	return count;
}

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
