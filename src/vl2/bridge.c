/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bridge.c - which bridge a MAC is behind (vl2.md 8.4)
 *
 * Learned from frames, as a switch does. A full table forgets all that it knows
 * of the bridge with the most entries, so that one that floods it with made-up
 * MACs does no harm but to itself.
 */
#include "vl2/vl2_impl.h"

#include "base/alloc.h"

static struct bridge_route *find_route(const struct network *net,
				       struct mac mac, uint64_t hash)
{
	struct map_node *it = tl_map_first(&net->bridges, hash);

	for (; it; it = tl_map_next(it)) {
		struct bridge_route *b =
			tl_container_of(it, struct bridge_route, node);

		if (tl_mac_equal(b->mac, mac))
			return b;
	}
	return NULL;
}

/* Routes through @via, or all if it is zero. */
static void forget_routes(struct network *net, struct address via)
{
	struct map_walk walk = { 0 };
	struct map_node *node;

	while ((node = tl_map_step(&net->bridges, &walk))) {
		struct bridge_route *b =
			tl_container_of(node, struct bridge_route, node);

		if (via.v && !tl_address_equal(b->via, via))
			continue;
		tl_map_remove(&net->bridges, node);
		tl_free(b);
	}
}

void tl_bridge_fini(struct network *net)
{
	forget_routes(net, (struct address){ 0 });
	tl_map_fini(&net->bridges);
}

/* How many routes there are through each bridge of the table. */
struct census {
	struct address via[NETCONF_MAX_SPECIALISTS];
	size_t count[NETCONF_MAX_SPECIALISTS];
	size_t n;
};

/* Those that find no room belong to bridges that are none any more. */
static void count_one(struct census *c, struct address via)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (tl_address_equal(c->via[i], via))
			break;
	}
	if (i == NETCONF_MAX_SPECIALISTS)
		return;
	if (i == c->n) {
		c->via[i] = via;
		c->count[i] = 0;
		c->n++;
	}
	c->count[i]++;
}

static void make_room(struct network *net)
{
	struct map_walk walk = { 0 };
	struct census c = { .n = 0 };
	struct map_node *node;
	size_t most = 0;
	size_t i;

	while ((node = tl_map_step(&net->bridges, &walk)))
		count_one(
			&c,
			tl_container_of(node, struct bridge_route, node)->via);
	for (i = 1; i < c.n; i++) {
		if (c.count[i] > c.count[most])
			most = i;
	}
	if (c.n)
		forget_routes(net, c.via[most]);
}

void tl_bridge_learn(struct network *net, struct mac mac, struct address via)
{
	uint64_t hash = tl_map_hash(&net->bridges, TL_BYTES_OF(mac.b));
	struct bridge_route *b = find_route(net, mac, hash);

	if (tl_mac_is_multicast(mac))
		return;
	if (b) {
		b->via = via;
		return;
	}
	if (net->bridges.count >= BRIDGE_ROUTES_MAX)
		make_room(net);
	b = tl_alloc(sizeof(*b));
	if (!b)
		return;
	b->mac = mac;
	b->via = via;
	if (tl_map_insert(&net->bridges, &b->node, hash))
		tl_free(b);
}

size_t tl_bridge_find(struct network *net, struct mac mac,
		      struct address out[BRIDGE_RECIPIENTS_MAX])
{
	struct address all[NETCONF_MAX_SPECIALISTS];
	uint64_t hash = tl_map_hash(&net->bridges, TL_BYTES_OF(mac.b));
	const struct bridge_route *b = find_route(net, mac, hash);
	size_t n;
	size_t i;

	if (b && tl_network_has_role(net, b->via, SPECIALIST_BRIDGE)) {
		out[0] = b->via;
		return 1;
	}
	n = tl_network_specialists(net, SPECIALIST_BRIDGE, all,
				   NETCONF_MAX_SPECIALISTS);
	/* The first of a shuffled deck: others each time if there are many. */
	for (i = 0; i < n && i < BRIDGE_RECIPIENTS_MAX; i++) {
		size_t j = i;

		if (n > BRIDGE_RECIPIENTS_MAX)
			j += (size_t)(tl_node_random(net->v->node) % (n - i));
		out[i] = all[j];
		all[j] = all[i];
	}
	return i;
}
