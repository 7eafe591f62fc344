/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discover_test.c - neighbours on the same wire: who is greeted, who is not,
 * and what it costs (discover.h, kin.c)
 */
#include "test/sim/cast.h"

#define NETWORK 0xff0b000000000001
#define DAY_MS 86400000

static unsigned int n_beacons;
static struct beacon last;
static struct actor c;

static void on_beacon(void *ctx, struct beacon *ours)
{
	(void)ctx;
	ours->port = 9993;
	last = *ours;
	n_beacons++;
}

static bool on_kin(void *ctx, const struct beacon *heard, int64_t now)
{
	struct lone *l = ctx;

	return tl_vl2_upper.is_kin(l->vl2, heard, now);
}

static void on_met(void *ctx, struct peer *peer, int64_t now)
{
	struct lone *l = ctx;

	tl_vl2_upper.met(l->vl2, peer, now);
}

static size_t on_hints(void *ctx, uint64_t instance, uint64_t *out, size_t max)
{
	struct lone *l = ctx;

	return tl_vl2_upper.hints(l->vl2, instance, out, max);
}

static struct node_host host;
static struct node_upper upper;

/* Nobody but the node, on a network that anybody may join; C is a neighbour. */
static void begin(void)
{
	static const struct network_id net = { NETWORK };

	lone_new(&lone);
	host = lone_host;
	host.beacon = on_beacon;
	upper = lone_upper;
	upper.is_kin = on_kin;
	upper.met = on_met;
	upper.hints = on_hints;
	lone.node->host = &host;
	lone.node->upper = &upper;
	actor_init(&root, &lone, LONE_ROOT);
	actor_init(&a, &lone, LONE_A);
	actor_init(&b, &lone, LONE_B);
	actor_init(&c, &lone, LONE_C);
	CHECK_EQ(tl_vl2_join(lone.vl2, net, tl_bytes(NULL, 0), lone.now), 0);
	n_beacons = 0;
}

static void end(void)
{
	actor_fini(&c);
	finish();
}

/* A beacon of @who, at its address, with a hint at network @net. */
static struct beacon beacon_of(const struct actor *who, uint64_t net,
			       uint64_t instance)
{
	struct beacon out = { .port = who->at.port,
			      .instance = instance,
			      .identity = who->id,
			      .n_hints = 1 };

	out.identity.has_priv = false;
	out.hints[0] = tl_beacon_hint((struct network_id){ net }, who->id.addr,
				      instance);
	return out;
}

static void hear(struct endpoint from, const struct beacon *what)
{
	uint8_t wire[BEACON_MAX_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(wire));

	tl_write_beacon(&w, what);
	from.port = 9995; /* of the datagram: means nothing */
	tl_node_on_beacon(lone.node, 0, &from, tl_writer_bytes(&w), lone.now);
}

static void hear_from(const struct actor *who, uint64_t instance)
{
	struct beacon what = beacon_of(who, NETWORK, instance);

	hear(who->at, &what);
}

TEST(neighbour_of_the_same_network_becomes_a_peer_by_its_answer)
{
	begin();
	hear_from(&c, 1);
	CHECK_EQ(lone.n_validations, 1);
	CHECK(peer_of(&c));
	CHECK_EQ(peer_of(&c)->n_slots, 0);
	CHECK(actor_find(&c, &lone, VERB_HELLO, &c.at, room));
	CHECK_EQ(actor_count(&c, &lone, VERB_MULTICAST_LIKE), 0);
	CHECK(actor_ok_hello(&c, &lone));
	CHECK_EQ(peer_of(&c)->n_slots, 1);
	end();
}

TEST(neighbour_is_told_of_our_groups_when_it_has_answered)
{
	static const struct group g = { .mac = { { 1, 2, 3, 4, 5, 6 } } };

	begin();
	lone_run(&lone, 100); /* there is a configuration now */
	tl_network_set_groups(tl_vl2_at(lone.vl2, 0), &g, 1, lone.now);
	hear_from(&c, 1);
	CHECK_EQ(actor_count(&c, &lone, VERB_MULTICAST_LIKE), 0);
	CHECK(actor_ok_hello(&c, &lone));
	CHECK_EQ(actor_count(&c, &lone, VERB_MULTICAST_LIKE), 1);
	end();
}

TEST(neighbour_of_another_network_is_passed_over)
{
	struct beacon other;

	begin();
	other = beacon_of(&c, NETWORK + 256, 1);
	hear(c.at, &other);
	other.n_hints = 0;
	hear(c.at, &other);
	/* Somebody else's hint says nothing about this one. */
	other = beacon_of(&c, NETWORK, 1);
	other.hints[0] = beacon_of(&b, NETWORK, 1).hints[0];
	hear(c.at, &other);
	CHECK_EQ(lone.n_validations, 0);
	CHECK(!peer_of(&c));
	CHECK_EQ(lone.n_sent, 0);
	end();
}

TEST(neighbour_is_nobody_before_its_identity_is_validated)
{
	begin();
	lone.is_late = true;
	hear_from(&c, 1);
	CHECK(!peer_of(&c));
	CHECK_EQ(lone.n_sent, 0);
	tl_node_on_validated(lone.node, &lone.waiting, false, lone.now);
	CHECK(!peer_of(&c));
	CHECK_EQ(lone_drops(&lone, DROP_BAD_IDENTITY), 1);
	hear_from(&c, 1);
	tl_node_on_validated(lone.node, &lone.waiting, true, lone.now);
	CHECK(peer_of(&c));
	CHECK_EQ(actor_count(&c, &lone, VERB_HELLO), 1);
	end();
}

TEST(beacon_with_another_identity_for_a_known_address_is_ignored)
{
	struct beacon what;

	begin();
	hear_from(&c, 1);
	what = beacon_of(&c, NETWORK, 2);
	memcpy(what.identity.pub, b.id.pub, sizeof(b.id.pub));
	lone_forget(&lone);
	lone.now += 5000;
	hear(c.at, &what);
	CHECK_EQ(lone_drops(&lone, DROP_COLLISION), 1);
	CHECK_EQ(lone.n_sent, 0);
	end();
}

TEST(beacons_from_far_away_or_nowhere_lead_nowhere)
{
	static const uint8_t ips[][4] = { { 8, 8, 8, 8 },
					  { 169, 254, 1, 1 },
					  { 127, 0, 0, 1 },
					  { 224, 0, 0, 1 },
					  { 0, 0, 0, 0 } };
	struct beacon what;
	size_t i;

	begin();
	what = beacon_of(&c, NETWORK, 1);
	for (i = 0; i < TL_ARRAY_SIZE(ips); i++)
		hear(tl_endpoint_ip4(ips[i], 9993), &what);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_PATH), TL_ARRAY_SIZE(ips));
	what = beacon_of(&root, NETWORK, 1); /* not at its listed address */
	hear(lone_endpoint(77, 1), &what);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_PATH), TL_ARRAY_SIZE(ips) + 1);
	CHECK_EQ(lone.n_sent + lone.n_validations, 0);
	end();
}

TEST(own_beacon_is_nobody)
{
	struct actor self;

	begin();
	self = c;
	self.id = lone.id;
	hear_from(&self, 1);
	CHECK_EQ(lone.n_validations, 0);
	end();
}

TEST(neighbours_that_do_not_exist_cost_little)
{
	struct beacon what;
	unsigned int i;

	begin();
	lone.is_valid = false;
	for (i = 0; i < 10000; i++) {
		c.id.addr.v = 0x2000000000 + i;
		what = beacon_of(&c, NETWORK, i + 1);
		hear(c.at, &what); /* from one place */
		lone.now++;
	}
	CHECK_EQ(lone.n_validations, DISCOVER_SOURCE_BURST);
	for (; i < 20000; i++) {
		c.id.addr.v = 0x2000000000 + i;
		what = beacon_of(&c, NETWORK, i + 1);
		hear(lone_endpoint((uint8_t)(i % 250 + 2), 9993), &what);
		lone.now++;
	}
	CHECK(lone.n_validations <= 5 + DISCOVER_BURST + 5);
	CHECK_EQ(lone.node->peers.count, 1);
	CHECK_EQ(lone.n_sent, 0);
	lone_parse(&c.id, lone_identities[LONE_C]);
	end();
}

TEST(forged_beacons_of_a_known_neighbour_cost_little)
{
	unsigned int i;

	begin();
	hear_from(&c, 1);
	CHECK(actor_ok_hello(&c, &lone));
	lone_forget(&lone);
	n_beacons = 0;
	for (i = 0; i < 1000; i++) {
		struct endpoint from =
			lone_endpoint((uint8_t)(i % 250 + 2), 9993);
		struct beacon what = beacon_of(&c, NETWORK, i + 2);

		hear(from, &what);
		lone.now++;
	}
	CHECK(actor_count(&c, &lone, VERB_HELLO) <= 2 * PEER_TRIED_MAX);
	CHECK(n_beacons <= 1000 / DISCOVER_ANSWER_MS + 1);
	CHECK_EQ(peer_of(&c)->n_slots, 1);
	end();
}

TEST(new_neighbour_is_answered_by_a_beacon_and_a_known_one_is_not)
{
	begin();
	lone_run(&lone, 5000);
	n_beacons = 0;
	hear_from(&c, 1);
	CHECK_EQ(n_beacons, 1);
	CHECK(actor_ok_hello(&c, &lone));
	lone_forget(&lone);
	lone.now += 1500;
	hear_from(&c, 1);
	CHECK_EQ(n_beacons, 1);
	CHECK_EQ(lone.n_sent, 0);
	/* It was restarted: it may know nobody. */
	hear_from(&c, 2);
	CHECK_EQ(n_beacons, 2);
	CHECK_EQ(actor_count(&c, &lone, VERB_HELLO), 1);
	end();
}

TEST(lost_neighbour_is_greeted_again_only_where_no_root_is)
{
	begin();
	hear_from(&c, 1);
	CHECK(actor_ok_hello(&c, &lone));
	lone_run(&lone, PATH_EXPIRY_MS + 6000);
	lone_forget(&lone);
	hear_from(&c, 1);
	CHECK_EQ(actor_count(&c, &lone, VERB_HELLO), 1);
	CHECK(actor_ok_hello(&c, &lone));
	lone_run(&lone, PATH_EXPIRY_MS + 6000);
	actor_hello(&root, &lone);
	CHECK(tl_node_is_online(lone.node, lone.now));
	lone_forget(&lone);
	hear_from(&c, 1);
	CHECK_EQ(actor_count(&c, &lone, VERB_HELLO), 0);
	end();
}

TEST(beacons_become_rare_and_begin_anew_when_addresses_change)
{
	uint64_t instance;

	begin();
	lone_run(&lone, 100);
	CHECK_EQ(n_beacons, 1);
	CHECK_EQ(last.n_hints, 1);
	CHECK(tl_identity_equal(&last.identity, &lone.id));
	CHECK(!last.identity.has_priv);
	lone_run(&lone, 60000); /* at 1, 3, 7, 15, 31 s */
	CHECK_EQ(n_beacons, 6);
	instance = last.instance;
	tl_node_on_rebind(lone.node, lone.now);
	lone_run(&lone, 100);
	CHECK_EQ(n_beacons, 7);
	CHECK(last.instance != instance);
	end();
}

/* Of 87 + 1 + 8 bytes, and 28 of headers: 35 kB a day on an IPv4 network, 41 on
 * an IPv6 one; without a root 179 and 207. */
TEST(idle_nodes_say_little)
{
	int i;

	begin();
	lone_run(&lone, DAY_MS);
	CHECK(n_beacons <= DAY_MS / DISCOVER_OFFLINE_MS + 10);
	CHECK(n_beacons >= DAY_MS / DISCOVER_OFFLINE_MS - 10);
	n_beacons = 0;
	for (i = 0; i < DAY_MS / 100000; i++) {
		actor_hello(&root, &lone);
		lone_run(&lone, 100000);
		lone_forget(&lone);
	}
	CHECK(n_beacons <= DAY_MS / DISCOVER_ONLINE_MS + 10);
	CHECK(n_beacons >= DAY_MS / DISCOVER_ONLINE_MS - 10);
	end();
}

TEST(who_is_in_no_network_says_nothing)
{
	begin();
	lone_run(&lone, 100);
	n_beacons = 0;
	CHECK_EQ(tl_vl2_leave(lone.vl2, (struct network_id){ NETWORK }), 0);
	tl_node_announce(lone.node, lone.now);
	lone_run(&lone, 100000);
	CHECK_EQ(n_beacons, 0);
	end();
}

/* A is the controller of a network of ours. */
static void join_network_of_a(void)
{
	struct network_id id = { a.id.addr.v << 24 | 1 };

	upper = tl_vl2_upper;
	upper.hints = NULL;
	lone.node->upper_ctx = lone.vl2;
	CHECK_EQ(tl_vl2_join(lone.vl2, id, tl_bytes(NULL, 0), lone.now), 0);
}

TEST(controllers_of_our_networks_are_not_forgotten)
{
	begin();
	actor_meet(&a, &lone);
	actor_meet(&b, &lone);
	join_network_of_a();
	lone_run(&lone, 3 * PEER_ACTIVE_MS);
	CHECK(peer_of(&a));
	CHECK(!peer_of(&b));
	end();
}

TEST(controller_that_was_reached_by_relay_only_is_kept_on_disk)
{
	struct map_walk walk = { 0 };
	struct peer_cache cache;
	struct peer *p;

	begin();
	a.hops = 1;
	b.hops = 1;
	actor_hello(&a, &lone);
	actor_hello(&b, &lone);
	CHECK(!tl_node_next_unsaved_peer(lone.node, &walk, lone.now));
	join_network_of_a();
	walk = (struct map_walk){ 0 };
	p = tl_node_next_unsaved_peer(lone.node, &walk, lone.now);
	CHECK(p == peer_of(&a));
	tl_peer_remember(p, &cache, lone.now);
	CHECK(!tl_node_next_unsaved_peer(lone.node, &walk, lone.now));
	walk = (struct map_walk){ 0 };
	CHECK(!tl_node_next_unsaved_peer(lone.node, &walk, lone.now));
	end();
}
