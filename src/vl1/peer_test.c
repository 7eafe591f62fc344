/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/peer.h"

#include <errno.h>

#include "base/alloc.h"
#include "vectors/vector.h"

static const uint64_t secret[2] = { 1, 2 };
static struct identity mine;
static struct identity theirs;
static struct map paths;

static void load(struct identity *id, size_t i)
{
	json_t *valid = tl_vector_array(tl_vector_load("identity"), "valid");
	const char *text =
		tl_vector_text(json_array_get(valid, i), "string_secret");

	CHECK_EQ(tl_identity_parse(id, tl_bytes_from_str(text)), 0);
}

static struct peer *new_peer(void)
{
	struct peer *p;

	load(&mine, 0);
	load(&theirs, 1);
	tl_map_init(&paths, secret);
	CHECK_EQ(tl_peer_new(&p, &mine, &theirs, 1000), 0);
	return p;
}

static struct path *path_to(uint8_t last, uint16_t port)
{
	const uint8_t ip[4] = { 10, 0, 0, last };
	struct endpoint e = tl_endpoint_ip4(ip, port);
	struct path like;
	struct path *p;

	tl_path_init(&like, 0, &e);
	p = tl_path_intern(&paths, &like);
	CHECK(p);
	return p;
}

static void finish(struct peer *peer)
{
	struct map_walk walk = { 0 };
	struct map_node *n;

	tl_peer_free(peer);
	/* tl_path_free() insists that nobody refers to it. */
	while ((n = tl_map_step(&paths, &walk)))
		tl_path_free(&paths, tl_container_of(n, struct path, node));
	tl_map_fini(&paths);
}

TEST(peer_keeps_no_private_key)
{
	struct peer *p = new_peer();
	static const uint8_t zeroes[IDENTITY_PRIV_LEN];

	CHECK(tl_identity_equal(&p->id, &theirs));
	CHECK(!p->id.has_priv);
	CHECK_MEM(p->id.priv, zeroes, sizeof(zeroes));
	finish(p);
}

TEST(any_failed_allocation_is_reported)
{
	struct peer *p = NULL;
	int n;

	load(&mine, 0);
	load(&theirs, 1);
	for (n = 0;; n++) {
		tl_alloc_fail_after(n);
		if (tl_peer_new(&p, &mine, &theirs, 0) == 0)
			break;
		CHECK(!p);
	}
	CHECK(n >= 2);
	tl_alloc_fail_after(-1);
	tl_peer_free(p);
	tl_peer_free(NULL);
}

TEST(public_key_of_low_order_makes_no_peer)
{
	struct peer *p;

	load(&mine, 0);
	load(&theirs, 1);
	memset(theirs.pub, 0, 32);
	CHECK_EQ(tl_peer_new(&p, &mine, &theirs, 0), -EKEYREJECTED);
}

TEST(suite_follows_the_version)
{
	struct peer *p = new_peer();

	CHECK_EQ(tl_peer_suite(p), SUITE_SALSA_POLY1305);
	p->version.protocol = 11;
	CHECK_EQ(tl_peer_suite(p), SUITE_SALSA_POLY1305);
	p->version.protocol = 12;
	CHECK_EQ(tl_peer_suite(p), SUITE_BEST);
	finish(p);
}

TEST(learned_path_is_counted_once)
{
	struct peer *p = new_peer();
	struct path *a = path_to(1, 1);

	CHECK(!tl_peer_slot_of(p, a));
	CHECK(tl_peer_learn_path(p, a, 2000));
	CHECK(!tl_peer_learn_path(p, a, 3000));
	CHECK_EQ(p->n_slots, 1);
	CHECK_EQ(a->refs, 1);
	CHECK_EQ(tl_peer_slot_of(p, a)->last_receive_ms, 3000);
	finish(p);
}

TEST(dead_path_to_the_same_host_gives_up_its_slot)
{
	struct peer *p = new_peer();
	struct path *old = path_to(1, 1);
	struct path *new = path_to(1, 2);

	tl_path_heard(old, 1000);
	tl_peer_learn_path(p, old, 1000);
	CHECK(tl_peer_learn_path(p, new, 1000 + PATH_ALIVE_MS));
	CHECK_EQ(p->n_slots, 1);
	CHECK_EQ(old->refs, 0);
	CHECK(tl_peer_slot_of(p, new));
	finish(p);
}

TEST(full_table_gives_up_the_path_heard_least_recently)
{
	struct peer *p = new_peer();
	struct path *first = path_to(1, 1);
	uint8_t i;

	for (i = 1; i <= PEER_MAX_SLOTS; i++) {
		tl_path_heard(path_to(i, 1), 1000 + (i == 40 ? 0 : i));
		CHECK(tl_peer_learn_path(p, path_to(i, 1), 2000));
	}
	CHECK_EQ(p->n_slots, PEER_MAX_SLOTS);
	CHECK(tl_peer_learn_path(p, path_to(200, 1), 2000));
	CHECK_EQ(p->n_slots, PEER_MAX_SLOTS);
	CHECK(!tl_peer_slot_of(p, path_to(40, 1)));
	CHECK(tl_peer_slot_of(p, first));
	finish(p);
}

TEST(without_memory_no_path_is_learned_and_none_lost)
{
	struct peer *p = new_peer();
	struct path *a = path_to(1, 1);

	tl_alloc_fail_after(0);
	CHECK(!tl_peer_learn_path(p, a, 2000));
	CHECK_EQ(a->refs, 0);
	CHECK(tl_peer_learn_path(p, a, 2000));
	finish(p);
}

TEST(best_path_has_the_lowest_score_and_the_later_slot_wins_ties)
{
	struct peer *p = new_peer();
	struct path *slow = path_to(1, 1);
	struct path *fast = path_to(2, 1);
	struct path *same = path_to(3, 1);

	CHECK(!tl_peer_best_path(p, PATHS_ANY, 1000));
	tl_peer_learn_path(p, fast, 1000);
	tl_peer_learn_path(p, slow, 1000);
	tl_path_heard(slow, 1000);
	tl_path_heard(fast, 1000);
	tl_path_measured(slow, 50);
	tl_path_measured(fast, 5);
	CHECK(tl_peer_best_path(p, PATHS_USABLE, 1000) == fast);
	tl_peer_learn_path(p, same, 1000);
	tl_path_heard(same, 1000);
	tl_path_measured(same, 5);
	CHECK(tl_peer_best_path(p, PATHS_USABLE, 1000) == same);
	finish(p);
}

TEST(expired_and_dead_paths_are_a_last_resort)
{
	struct peer *p = new_peer();
	struct path *a = path_to(1, 1);

	tl_path_heard(a, 1000);
	tl_peer_learn_path(p, a, 1000);
	CHECK(tl_peer_best_path(p, PATHS_USABLE, 1000 + PATH_EXPIRY_MS - 1));
	CHECK(!tl_peer_best_path(p, PATHS_USABLE, 1000 + PATH_EXPIRY_MS));
	CHECK(tl_peer_best_path(p, PATHS_ANY, 1000 + PATH_EXPIRY_MS) == a);
	a->n_probes = PATH_PROBES;
	a->last_probe_ms = 1000;
	CHECK(!tl_peer_best_path(p, PATHS_USABLE, 1000 + PATH_PROBE_MS));
	finish(p);
}

TEST(best_path_can_be_asked_for_by_scope_and_family)
{
	struct peer *p = new_peer();
	struct path *a = path_to(1, 1);

	tl_peer_learn_path(p, a, 1000);
	CHECK(tl_peer_best_path_in(p, IP_SCOPE_PRIVATE, 4, 1000) == a);
	CHECK(!tl_peer_best_path_in(p, IP_SCOPE_PRIVATE, 6, 1000));
	CHECK(!tl_peer_best_path_in(p, IP_SCOPE_GLOBAL, 4, 1000));
	finish(p);
}

TEST(dropped_slot_leaves_the_others_in_order)
{
	struct peer *p = new_peer();
	uint8_t i;

	for (i = 1; i <= 4; i++)
		tl_peer_learn_path(p, path_to(i, 1), 1000);
	tl_peer_drop_slot(p, 1);
	CHECK_EQ(p->n_slots, 3);
	CHECK(p->slots[0].path == path_to(1, 1));
	CHECK(p->slots[1].path == path_to(3, 1));
	CHECK(p->slots[2].path == path_to(4, 1));
	CHECK_EQ(path_to(2, 1)->refs, 0);
	finish(p);
}

TEST(path_is_tried_once_a_second_and_eight_in_all)
{
	struct peer *p = new_peer();
	uint8_t i;

	CHECK(tl_peer_may_try(p, path_to(1, 1), 1000));
	CHECK(!tl_peer_may_try(p, path_to(1, 1), 1999));
	CHECK(tl_peer_may_try(p, path_to(1, 1), 2000));
	for (i = 2; i <= PEER_TRIED_MAX; i++)
		CHECK(tl_peer_may_try(p, path_to(i, 1), 2500));
	CHECK(!tl_peer_may_try(p, path_to(100, 1), 2500));
	CHECK(tl_peer_may_try(p, path_to(100, 1), 3500));
	finish(p);
}

TEST(peer_is_alive_active_and_trusted_for_its_time)
{
	struct peer *p = new_peer();

	CHECK(!tl_peer_is_alive(p, 1000));
	CHECK(!tl_peer_is_active(p, 1000));
	CHECK(!tl_peer_is_trusted(p, 1000));
	p->last_receive_ms = 1000;
	p->last_nontrivial_ms = 1000;
	p->last_trusted_ms = 1000;
	CHECK(tl_peer_is_alive(p, 1000 + PEER_ACTIVE_MS - 1));
	CHECK(!tl_peer_is_alive(p, 1000 + PEER_ACTIVE_MS));
	CHECK(!tl_peer_is_active(p, 1000 + PEER_ACTIVE_MS));
	CHECK(tl_peer_is_trusted(p, 1000 + PEER_TRUST_MS - 1));
	CHECK(!tl_peer_is_trusted(p, 1000 + PEER_TRUST_MS));
	finish(p);
}
