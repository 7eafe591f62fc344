/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <errno.h>

#include "base/alloc.h"
#include "harness.h"

#define MANY 5000

struct item {
	uint64_t key;
	bool was_seen;
	struct map_node node;
};

static const uint64_t secret[2] = { 1, 2 };

static struct item *find(const struct map *m, uint64_t key)
{
	struct map_node *n = tl_map_first(m, tl_map_hash_u64(m, key));

	for (; n; n = tl_map_next(n)) {
		struct item *i = tl_container_of(n, struct item, node);

		if (i->key == key)
			return i;
	}
	return NULL;
}

static struct item *fill(struct map *m)
{
	struct item *items = calloc(MANY, sizeof(*items));
	uint64_t i;

	CHECK(items);
	tl_map_init(m, secret);
	for (i = 0; i < MANY; i++) {
		items[i].key = i * 3;
		CHECK_EQ(tl_map_insert(m, &items[i].node,
				       tl_map_hash_u64(m, i * 3)),
			 0);
	}
	return items;
}

TEST(everything_put_in_is_found_and_nothing_else)
{
	struct map m;
	struct item *items = fill(&m);
	uint64_t i;

	CHECK_EQ(m.count, MANY);
	for (i = 0; i < MANY; i++) {
		CHECK(find(&m, i * 3) == &items[i]);
		CHECK(!find(&m, i * 3 + 1));
	}
	tl_map_fini(&m);
	free(items);
}

TEST(what_was_removed_is_gone_and_the_rest_stays)
{
	struct map m;
	struct item *items = fill(&m);
	uint64_t i;

	for (i = 0; i < MANY; i += 2)
		tl_map_remove(&m, &items[i].node);
	CHECK_EQ(m.count, MANY / 2);
	for (i = 0; i < MANY; i++)
		CHECK(find(&m, i * 3) == (i % 2 ? &items[i] : NULL));
	tl_map_fini(&m);
	free(items);
}

TEST(what_was_found_last_is_forgotten_with_its_removal)
{
	struct map m;
	struct item *items = fill(&m);
	struct item more = { .key = 1 };

	CHECK(!tl_map_last(&m));
	tl_map_found(&m, &items[7].node);
	CHECK(tl_map_last(&m) == &items[7].node);
	tl_map_remove(&m, &items[8].node);
	CHECK(tl_map_last(&m) == &items[7].node);
	tl_map_remove(&m, &items[7].node);
	CHECK(!tl_map_last(&m));
	tl_map_fini(&m);
	CHECK(!tl_map_last(&m));

	/* And stays when the table grows. */
	CHECK_EQ(tl_map_insert(&m, &more.node, tl_map_hash_u64(&m, 1)), 0);
	tl_map_found(&m, &more.node);
	for (more.key = 2; more.key < 100; more.key++)
		CHECK_EQ(tl_map_insert(&m, &items[more.key].node, more.key), 0);
	CHECK(tl_map_last(&m) == &more.node);
	tl_map_fini(&m);
	free(items);
}

TEST(walk_sees_each_object_once_and_may_remove_it)
{
	struct map m;
	struct item *items = fill(&m);
	struct map_walk walk = { 0 };
	struct map_node *n;
	size_t count = 0;

	while ((n = tl_map_step(&m, &walk))) {
		struct item *i = tl_container_of(n, struct item, node);

		CHECK(!i->was_seen);
		i->was_seen = true;
		count++;
		tl_map_remove(&m, n);
	}
	CHECK_EQ(count, MANY);
	CHECK_EQ(m.count, 0);
	tl_map_fini(&m);
	free(items);
}

TEST(same_hash_is_a_chain)
{
	struct item a = { .key = 1 };
	struct item b = { .key = 2 };
	struct item other = { .key = 3 };
	struct map m;

	tl_map_init(&m, secret);
	CHECK_EQ(tl_map_insert(&m, &a.node, 7), 0);
	CHECK_EQ(tl_map_insert(&m, &other.node, 7 + 16), 0);
	CHECK_EQ(tl_map_insert(&m, &b.node, 7), 0);
	CHECK(tl_map_first(&m, 7) == &b.node);
	CHECK(tl_map_next(&b.node) == &a.node);
	CHECK(!tl_map_next(&a.node));
	CHECK(tl_map_first(&m, 7 + 16) == &other.node);
	tl_map_remove(&m, &a.node);
	CHECK(!tl_map_next(&b.node));
	tl_map_fini(&m);
}

TEST(empty_map_has_nothing)
{
	struct map_walk walk = { 0 };
	struct map m;

	tl_map_init(&m, secret);
	CHECK(!tl_map_first(&m, 0));
	CHECK(!tl_map_step(&m, &walk));
	tl_map_fini(&m);
}

TEST(hash_depends_on_the_secret_and_on_every_byte)
{
	static const uint64_t other[2] = { 1, 3 };
	uint8_t key[19] = { 0 };
	struct map a;
	struct map b;
	uint64_t h;
	size_t i;

	tl_map_init(&a, secret);
	tl_map_init(&b, other);
	h = tl_map_hash(&a, TL_BYTES_OF(key));
	CHECK(h != tl_map_hash(&b, TL_BYTES_OF(key)));
	CHECK(h != tl_map_hash(&a, tl_bytes(key, sizeof(key) - 1)));
	for (i = 0; i < sizeof(key); i++) {
		key[i] = 1;
		CHECK(h != tl_map_hash(&a, TL_BYTES_OF(key)));
		key[i] = 0;
	}
	CHECK(h == tl_map_hash(&a, TL_BYTES_OF(key)));
}

TEST(first_insertion_reports_lack_of_memory)
{
	struct item a = { .key = 1 };
	struct map m;

	tl_map_init(&m, secret);
	tl_alloc_fail_after(0);
	CHECK_EQ(tl_map_insert(&m, &a.node, 1), -ENOMEM);
	CHECK_EQ(m.count, 0);
	CHECK_EQ(tl_map_insert(&m, &a.node, 1), 0);
	tl_map_fini(&m);
}

TEST(map_that_cannot_grow_stays_correct)
{
	struct item items[100];
	struct map m;
	uint64_t i;

	tl_map_init(&m, secret);
	for (i = 0; i < 100; i++) {
		items[i].key = i;
		tl_alloc_fail_after(i ? 0 : -1);
		CHECK_EQ(tl_map_insert(&m, &items[i].node,
				       tl_map_hash_u64(&m, i)),
			 0);
	}
	tl_alloc_fail_after(-1);
	for (i = 0; i < 100; i++)
		CHECK(find(&m, i) == &items[i]);
	tl_map_fini(&m);
}
