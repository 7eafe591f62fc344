/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of world.json, and the default planet. */
#include "vectors/vector.h"
#include "wire/world.h"

static json_t *root;

static json_t *cases(const char *key)
{
	if (!root)
		root = tl_vector_load("world");
	return tl_vector_array(root, key);
}

static struct world *new_world(void)
{
	struct world *w = calloc(1, sizeof(*w));

	CHECK(w);
	return w;
}

static struct world *parsed(struct bytes binary)
{
	struct world *w = new_world();
	struct reader r = tl_reader(binary);

	tl_read_world(&r, w);
	CHECK(tl_reader_done(&r));
	return w;
}

static const json_t *named(const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("worlds"), i, item)
	{
		if (strcmp(tl_vector_text(item, "name"), name) == 0)
			return item;
	}
	FAIL("no world named %s", name);
}

static const json_t *key_named(const char *name)
{
	return tl_vector_get(tl_vector_get(root, "signing_keys"), name);
}

static void check_root(const struct world_root *got, const json_t *want)
{
	json_t *endpoint;
	struct identity id;
	char text[ENDPOINT_TEXT_SIZE];
	size_t i;

	CHECK_EQ(tl_identity_parse(&id, tl_bytes_from_str(tl_vector_text(
						want, "identity"))),
		 0);
	CHECK(tl_identity_equal(&got->identity, &id));
	CHECK_EQ(got->n_endpoints,
		 json_array_size(tl_vector_get(want, "stable_endpoints")));
	json_array_foreach(tl_vector_get(want, "stable_endpoints"), i, endpoint)
		CHECK_STR(tl_endpoint_print(text, &got->endpoints[i]),
			  json_string_value(endpoint));
}

static void check_fields(const struct world *w, const json_t *item)
{
	json_t *want;
	size_t i;

	CHECK_EQ(w->type, tl_vector_int(item, "type"));
	CHECK_EQ(w->id, tl_vector_u64(item, "id"));
	CHECK_EQ(w->timestamp, tl_vector_int(item, "timestamp"));
	CHECK_BYTES(TL_BYTES_OF(w->update_key),
		    tl_vector_bytes(item, "updates_must_be_signed_by"));
	CHECK_BYTES(TL_BYTES_OF(w->signature.b),
		    tl_vector_bytes(item, "signature"));
	CHECK_EQ(w->n_roots, json_array_size(tl_vector_get(item, "roots")));
	json_array_foreach(tl_vector_get(item, "roots"), i, want)
		check_root(&w->roots[i], want);
}

TEST(world_parse_and_write)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("worlds"), i, item)
	{
		struct bytes binary = tl_vector_bytes(item, "binary");
		struct world *world = parsed(binary);
		uint8_t room[WORLD_WIRE_MAX + 16];
		struct writer w = tl_writer(TL_BUFFER_OF(room));

		check_fields(world, item);
		tl_write_world(&w, world);
		CHECK_BYTES(tl_writer_bytes(&w), binary);
		w = tl_writer(TL_BUFFER_OF(room));
		tl_write_world_signing(&w, world);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "for_signing"));
		free(world);
	}
}

TEST(world_signing_is_reproducible)
{
	size_t n_signed = 0;
	json_t *item;
	size_t i;

	json_array_foreach(cases("worlds"), i, item)
	{
		const char *signer = tl_vector_text(item, "signed_with");
		struct world *world = parsed(tl_vector_bytes(item, "binary"));
		const json_t *key;

		/* Others were damaged after signing, and say so there. */
		if (strlen(signer) == 2) {
			key = key_named(signer);
			CHECK(tl_world_verify(
				world, tl_vector_fixed(key, "public", 64)));
			tl_world_sign(world, tl_vector_fixed(key, "public", 64),
				      tl_vector_fixed(key, "private", 64));
			CHECK_BYTES(TL_BYTES_OF(world->signature.b),
				    tl_vector_bytes(item, "signature"));
			n_signed++;
		} else {
			key = key_named("k1");
			CHECK(!tl_world_verify(
				world, tl_vector_fixed(key, "public", 64)));
		}
		free(world);
	}
	CHECK(n_signed >= 15);
}

TEST(world_updates)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("updates"), i, item)
	{
		json_t *current = tl_vector_get(item, "current");
		const json_t *update = named(tl_vector_text(item, "update"));
		struct world *next = parsed(tl_vector_bytes(update, "binary"));
		struct world *now = new_world();

		if (!json_is_null(current)) {
			free(now);
			now = parsed(tl_vector_bytes(
				named(json_string_value(current)), "binary"));
		}
		CHECK_EQ(tl_world_may_replace(now, next),
			 tl_vector_bool(item, "accepted"));
		if (json_is_null(current))
			CHECK(tl_world_may_replace(NULL, next));
		free(now);
		free(next);
	}
}

/* Stricter than the reference: a moon's dictionary must be there. */
TEST(world_parsing)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("parsing"), i, item)
	{
		struct bytes input = tl_vector_bytes(item, "input");
		struct reader r = tl_reader(input);
		struct world *world = new_world();
		bool parses = tl_vector_bool(item, "parses");

		if (parses && (size_t)tl_vector_int(item, "consumed") > input.n)
			parses = false;
		tl_read_world(&r, world);
		CHECK_EQ(tl_reader_ok(&r), parses);
		if (parses)
			CHECK_EQ(input.n - r.rest.n,
				 tl_vector_int(item, "consumed"));
		free(world);
	}
}

TEST(world_of_type_null_is_never_accepted)
{
	const json_t *item = named("planet1");
	struct buffer binary = tl_vector_buffer(item, "binary");
	struct world *world;

	binary.at[0] = WORLD_NULL;
	world = parsed(tl_buffer_bytes(binary));
	CHECK(!tl_world_may_replace(NULL, world));
	free(world);
}

TEST(world_default_planet)
{
	struct world *world = parsed(tl_default_planet());
	char text[ENDPOINT_TEXT_SIZE];

	CHECK_EQ(tl_default_planet().n, 570);
	CHECK_EQ(world->type, WORLD_PLANET);
	CHECK_EQ(world->id, 149604618);
	CHECK_EQ(world->timestamp, 1644592324813);
	CHECK_EQ(world->n_roots, 4);
	CHECK_EQ(world->roots[0].identity.addr.v, 0xcafe9efeb9);
	CHECK_EQ(world->roots[3].identity.addr.v, 0xcafe04eba9);
	CHECK_STR(tl_endpoint_print(text, &world->roots[3].endpoints[1]),
		  "2a02:6ea0:d405::9993/9993");
	CHECK(tl_world_verify(world, world->update_key));
	free(world);
}
