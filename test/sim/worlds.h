/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worlds.h - a cast with a moon, for tests of worlds
 */
#ifndef TL_TEST_SIM_WORLDS_H
#define TL_TEST_SIM_WORLDS_H

#include "test/sim/cast.h"

#define MOON 0x00000003f93593e0f /* C's address */

static TL_UNUSED struct actor c;
static TL_UNUSED struct actor d;
static TL_UNUSED struct world moon;

/* As start(), with C and D, who are not known to the node. */
static TL_UNUSED void begin(void)
{
	start();
	actor_init(&c, &lone, LONE_C);
	actor_init(&d, &lone, LONE_D);
}

static TL_UNUSED void end(void)
{
	actor_fini(&c);
	actor_fini(&d);
	finish();
}

static TL_UNUSED void add_root(struct world *w, const struct identity *id,
			       const struct endpoint *at)
{
	struct world_root *r = &w->roots[w->n_roots++];

	memset(r, 0, sizeof(*r));
	r->identity = *id;
	r->identity.has_priv = false;
	if (at)
		r->endpoints[r->n_endpoints++] = *at;
}

static TL_UNUSED void sign(struct world *w, const struct actor *by)
{
	tl_world_sign(w, by->id.pub, by->id.priv);
}

/* C's moon with C as its root; C's key signs it and what comes after. */
static TL_UNUSED void make_moon(uint64_t timestamp)
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
static TL_UNUSED void offer(struct actor *from, const struct world *w)
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

static TL_UNUSED bool is_upstream(const struct actor *who)
{
	return tl_node_is_upstream(lone.node, who->id.addr);
}

static TL_UNUSED const struct world *known(uint64_t id)
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
static TL_UNUSED void be_in_orbit(void)
{
	make_moon(10);
	CHECK_EQ(tl_node_add_moon(lone.node, &moon, lone.now), 0);
	lone_run(&lone, 1);
	lone_forget(&lone);
}

static TL_UNUSED void want(const struct actor *seed)
{
	CHECK_EQ(tl_node_orbit(lone.node, MOON, seed->id.addr, lone.now), 0);
	lone_run(&lone, 1);
}

/* What the node's newest HELLO to @who says of @id; false if nothing. */
static TL_UNUSED bool note_of(struct actor *who, uint64_t id,
			      uint64_t *timestamp)
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
static TL_UNUSED size_t worlds_in_ok(struct actor *who, struct world *first)
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

#endif /* TL_TEST_SIM_WORLDS_H */
