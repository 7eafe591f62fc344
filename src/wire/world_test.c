/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/world.h"

#include "actors.h"

static void keep(struct world *out, enum world_type type, uint64_t timestamp)
{
	const struct identity *signer = actor(ACTOR_CONTROLLER);
	unsigned int i, j;

	memset(out, 0, sizeof(*out));
	out->type = type;
	out->id = 77;
	out->timestamp = timestamp;
	memcpy(out->update_key, signer->pub, sizeof(out->update_key));
	out->n_roots = WORLD_MAX_ROOTS;
	for (i = 0; i < WORLD_MAX_ROOTS; i++) {
		struct world_root *root = &out->roots[i];

		root->identity = *actor((enum actor)i);
		root->n_endpoints = WORLD_MAX_ENDPOINTS;
		for (j = 0; j < WORLD_MAX_ENDPOINTS; j++) {
			uint8_t ip[16] = { 0xfd, (uint8_t)i, (uint8_t)j };

			root->endpoints[j] = tl_endpoint_ip6(ip, 9993);
		}
	}
	tl_world_sign(out, signer->pub, signer->priv);
}

TEST(world_of_the_largest_size_fits)
{
	static struct world world, again;
	static uint8_t room[WORLD_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r;

	keep(&world, WORLD_MOON, 1);
	tl_write_world(&w, &world);
	CHECK(tl_writer_ok(&w));
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_world(&r, &again);
	CHECK(tl_reader_done(&r));
	CHECK_EQ(again.n_roots, WORLD_MAX_ROOTS);
	CHECK_EQ(again.roots[3].n_endpoints, WORLD_MAX_ENDPOINTS);
	CHECK(tl_world_verify(&again, world.update_key));
}

TEST(world_never_carries_private_keys)
{
	static struct world world, again;
	static uint8_t room[WORLD_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct reader r;

	keep(&world, WORLD_PLANET, 1);
	CHECK(world.roots[0].identity.has_priv);
	tl_write_world(&w, &world);
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_world(&r, &again);
	CHECK(!again.roots[0].identity.has_priv);
}

TEST(world_cut_anywhere_is_malformed)
{
	static struct world world, again;
	static uint8_t room[WORLD_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t n;

	keep(&world, WORLD_MOON, 1);
	world.n_roots = 1;
	world.roots[0].n_endpoints = 1;
	tl_write_world(&w, &world);
	for (n = 0; n < w.n; n++) {
		struct reader r = tl_reader(tl_bytes(room, n));

		tl_read_world(&r, &again);
		CHECK(!tl_reader_ok(&r));
	}
}

TEST(world_is_replaced_by_newer_ones_only)
{
	static struct world now, next;

	keep(&now, WORLD_PLANET, 5);
	keep(&next, WORLD_PLANET, 6);
	CHECK(tl_world_may_replace(&now, &next));
	CHECK(!tl_world_may_replace(&next, &now));
	CHECK(!tl_world_may_replace(&now, &now));
	next.timestamp++; /* without signing again */
	CHECK(!tl_world_may_replace(&now, &next));
	now.id = 0;
	CHECK(tl_world_may_replace(&now, &next));
}
