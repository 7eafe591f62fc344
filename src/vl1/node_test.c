/* SPDX-License-Identifier: Apache-2.0 */
/* node_test.c - making a node, and what it says of itself. What it does to
 * datagrams is in test/sim. */
#include "vl1/node.h"

#include <errno.h>

#include "base/alloc.h"
#include "vectors/vector.h"

#define NOW INT64_C(1700000000000)

static struct packet_pool pool;
static struct identity own;
static struct identity other;
static unsigned int n_sent;
static struct endpoint last_to;

static void on_send(void *ctx, int socket, const struct endpoint *to,
		    struct packet *p, const struct cuts *cuts)
{
	(void)ctx;
	(void)socket;
	(void)cuts;
	n_sent++;
	last_to = *to;
	tl_packet_free(p);
}

static void on_send_raw(void *ctx, int socket, const struct endpoint *to,
			struct bytes datagram, int ttl)
{
	(void)ctx;
	(void)socket;
	(void)to;
	(void)datagram;
	(void)ttl;
	n_sent++;
}

static void on_random(void *ctx, void *out, size_t n)
{
	static uint8_t counter;
	uint8_t *o = out;

	(void)ctx;
	while (n--)
		*o++ = counter++;
}

static const struct node_host host = {
	.send = on_send,
	.send_raw = on_send_raw,
	.random = on_random,
};

static struct node_config config(struct bytes planet)
{
	json_t *valid = tl_vector_array(tl_vector_load("identity"), "valid");
	size_t i;

	for (i = 0; i < 2; i++)
		CHECK_EQ(tl_identity_parse(i ? &other : &own,
					   tl_bytes_from_str(tl_vector_text(
						   json_array_get(valid, i),
						   "string_secret"))),
			 0);
	tl_packet_pool_init(&pool, 10, 100);
	return (struct node_config){
		.identity = &own, .planet = planet, .pool = &pool, .host = &host
	};
}

/* A planet with these roots, without endpoints. */
static struct bytes planet_of(const struct identity *a,
			      const struct identity *b)
{
	static uint8_t wire[WORLD_WIRE_MAX];
	struct writer out = tl_writer(TL_BUFFER_OF(wire));
	struct world *w = tl_alloc_zeroed(sizeof(*w));

	CHECK(w);
	w->type = WORLD_PLANET;
	w->id = 1;
	w->roots[w->n_roots++].identity = *a;
	if (b)
		w->roots[w->n_roots++].identity = *b;
	tl_write_world(&out, w);
	tl_free(w);
	return tl_writer_bytes(&out);
}

TEST(any_failed_allocation_is_reported)
{
	struct node_config c = config(tl_bytes(NULL, 0));
	struct node *node = NULL;
	int n;

	for (n = 0;; n++) {
		int r;

		tl_alloc_fail_after(n);
		r = tl_node_new(&node, &c, NOW);
		tl_alloc_fail_after(-1);
		if (r == 0)
			break;
		CHECK_EQ(r, -ENOMEM);
		CHECK(!node);
	}
	/* The node, the world, and four peers with their keys. */
	CHECK(n >= 10);
	tl_node_free(node);
	tl_node_free(NULL);
	tl_packet_pool_fini(&pool);
}

TEST(malformed_planet_is_refused)
{
	static const uint8_t junk[] = { 1, 2, 3 };
	struct node_config c = config(TL_BYTES_OF(junk));
	struct node *node;

	CHECK_EQ(tl_node_new(&node, &c, NOW), -EINVAL);
	tl_packet_pool_fini(&pool);
}

TEST(without_a_planet_the_default_one_is_used)
{
	struct node_config c = config(tl_bytes(NULL, 0));
	struct address roots[8];
	struct node *node;

	CHECK_EQ(tl_node_new(&node, &c, NOW), 0);
	CHECK_EQ(tl_node_planet(node)->id, 149604618);
	CHECK_EQ(tl_node_upstreams(node, roots, 8), 4);
	CHECK_EQ(tl_node_upstreams(node, roots, 2), 2);
	CHECK_EQ(roots[0].v, 0xcafe9efeb9);
	CHECK(tl_node_is_upstream(node, roots[0]));
	CHECK(!tl_node_is_upstream(node, own.addr));
	CHECK(!tl_node_is_root(node));
	CHECK(!tl_node_is_online(node, NOW));
	/* An IPv4 and an IPv6 endpoint of each. */
	CHECK(tl_node_run(node, NOW) > NOW);
	CHECK_EQ(n_sent, 8);
	tl_node_free(node);
	tl_packet_pool_fini(&pool);
}

TEST(node_in_its_planet_is_a_root_and_no_upstream_of_its_own)
{
	struct node_config c = config(tl_bytes(NULL, 0));
	struct address roots[8];
	struct node *node;

	c.planet = planet_of(&own, &other);
	CHECK_EQ(tl_node_new(&node, &c, NOW), 0);
	CHECK(tl_node_is_root(node));
	CHECK(tl_node_is_online(node, NOW));
	CHECK_EQ(tl_node_upstreams(node, roots, 8), 1);
	CHECK(tl_address_equal(roots[0], other.addr));
	CHECK(tl_node_best_upstream(node, NOW) ==
	      tl_node_find_peer(node, other.addr));
	CHECK(!tl_node_find_peer(node, own.addr));
	tl_node_free(node);
	tl_packet_pool_fini(&pool);
}

TEST(our_address_with_other_keys_in_the_planet_makes_no_root)
{
	struct node_config c = config(tl_bytes(NULL, 0));
	struct identity twin = other;
	struct node *node;

	twin.addr = own.addr;
	c.planet = planet_of(&twin, NULL);
	CHECK_EQ(tl_node_new(&node, &c, NOW), 0);
	CHECK(!tl_node_is_root(node));
	CHECK(!tl_node_best_upstream(node, NOW));
	tl_node_free(node);
	tl_packet_pool_fini(&pool);
}

TEST(root_with_an_unusable_key_does_not_spoil_the_others)
{
	struct node_config c = config(tl_bytes(NULL, 0));
	struct identity bad = other;
	struct address roots[8];
	struct node *node;

	bad.addr.v = 0x1122334455;
	memset(bad.pub, 0, 32);
	c.planet = planet_of(&bad, &other);
	CHECK_EQ(tl_node_new(&node, &c, NOW), 0);
	CHECK_EQ(tl_node_upstreams(node, roots, 8), 1);
	CHECK(tl_address_equal(roots[0], other.addr));
	tl_node_free(node);
	tl_packet_pool_fini(&pool);
}

TEST(timers_are_never_due_at_once_again)
{
	struct node_config c = config(tl_bytes(NULL, 0));
	struct node *node;
	int64_t now = NOW;
	int i;

	CHECK_EQ(tl_node_new(&node, &c, NOW), 0);
	for (i = 0; i < 1000; i++) {
		int64_t next = tl_node_run(node, now);

		CHECK(next > now);
		CHECK(next <= now + 30000);
		now = next;
	}
	/* Idle: a pass every five seconds. */
	CHECK(now - NOW > 4000 * 1000);
	tl_node_free(node);
	tl_packet_pool_fini(&pool);
}

TEST(packet_to_oneself_goes_nowhere)
{
	struct node_config c = config(tl_bytes(NULL, 0));
	struct node *node;

	CHECK_EQ(tl_node_new(&node, &c, NOW), 0);
	tl_node_send(node, tl_node_packet(node, own.addr, VERB_USER_MESSAGE),
		     SEND_PLAIN, NOW);
	CHECK_EQ(n_sent, 0);
	CHECK_EQ(pool.n_used, 0);
	tl_node_free(node);
	tl_packet_pool_fini(&pool);
}

static struct peer_cache cached(const struct identity *id)
{
	static const uint8_t good[4] = { 10, 0, 0, 9 };
	static const uint8_t bad[4] = { 127, 0, 0, 1 };
	struct peer_cache c = { .identity = *id, .version = { 13, 1, 2, 3 } };
	struct endpoint e = tl_endpoint_ip4(bad, 9993);

	tl_peer_cache_add(&c, &e);
	e = tl_endpoint_ip4(good, 9993);
	tl_peer_cache_add(&c, &e);
	return c;
}

TEST(cached_peer_is_known_and_greeted_where_it_may_be)
{
	struct node_config c = config(tl_bytes(NULL, 0));
	struct peer_cache k;
	struct node *node;
	struct peer *p;

	c.planet = planet_of(&own, NULL);
	CHECK_EQ(tl_node_new(&node, &c, NOW), 0);
	k = cached(&other);
	CHECK_EQ(tl_node_add_cached_peer(node, &k, NOW), 0);
	CHECK_EQ(n_sent, 1);
	CHECK(tl_endpoint_equal(&last_to, &k.endpoints[1]));
	p = tl_node_find_peer(node, other.addr);
	CHECK(p);
	CHECK_EQ(p->version.protocol, 13);
	CHECK_EQ(p->n_slots, 0);
	CHECK(!tl_peer_is_unsaved(p, NOW));
	/* Again: what is known of the version by now stays. */
	k.version.protocol = 12;
	CHECK_EQ(tl_node_add_cached_peer(node, &k, NOW), 0);
	CHECK_EQ(n_sent, 2);
	CHECK_EQ(p->version.protocol, 13);
	tl_node_free(node);
	tl_packet_pool_fini(&pool);
}

TEST(cached_peer_that_is_somebody_else_is_refused)
{
	struct node_config c = config(tl_bytes(NULL, 0));
	struct peer_cache k;
	struct node *node;

	c.planet = planet_of(&own, NULL);
	CHECK_EQ(tl_node_new(&node, &c, NOW), 0);
	k = cached(&own);
	CHECK_EQ(tl_node_add_cached_peer(node, &k, NOW), -EINVAL);
	k = cached(&other);
	memset(k.identity.pub, 0, 32);
	CHECK_EQ(tl_node_add_cached_peer(node, &k, NOW), -EKEYREJECTED);
	CHECK(!tl_node_find_peer(node, other.addr));
	k = cached(&other);
	CHECK_EQ(tl_node_add_cached_peer(node, &k, NOW), 0);
	k.identity.pub[40] ^= 1;
	CHECK_EQ(tl_node_add_cached_peer(node, &k, NOW), -EEXIST);
	CHECK_EQ(n_sent, 1);
	tl_node_free(node);
	tl_packet_pool_fini(&pool);
}

TEST(random_bytes_are_never_handed_out_twice)
{
	struct node_config c = config(tl_bytes(NULL, 0));
	struct node *node;
	uint8_t big[2000];
	uint64_t a;
	int i;

	CHECK_EQ(tl_node_new(&node, &c, NOW), 0);
	for (i = 0; i < 200; i++) {
		a = tl_node_random(node);
		CHECK(a != tl_node_random(node));
	}
	tl_node_random_bytes(node, big, sizeof(big));
	tl_node_free(node);
	tl_packet_pool_fini(&pool);
}
