/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kin.c - members on the same wire, who are found without a root
 *
 * A beacon's hints say to those who have joined a network, and to nobody else,
 * that its sender has, too (wire/beacon.h). Such kin are told of our groups and
 * get our credentials as soon as they have proved who they are; with that ARP,
 * NDP and all other multicast work where no root and no controller can be asked
 * who listens.
 */
#include "vl2/vl2_impl.h"

#define KIN_NETWORKS_MAX 32 /* looked at for each beacon */
#define TELL_MS 2000
#define TELL_BURST 4 /* what an enemy who knows the network can cause */

static struct kin *find_kin(struct network *net, struct address who)
{
	size_t i;

	for (i = 0; i < KIN_MAX; i++) {
		if (net->kin[i].heard_ms &&
		    tl_address_equal(net->kin[i].who, who))
			return &net->kin[i];
	}
	return NULL;
}

/* The entry of @who, else that of who was not heard for longest. */
static void enter(struct network *net, const struct beacon *b)
{
	struct kin *k = find_kin(net, b->identity.addr);
	size_t i;

	if (!k) {
		k = &net->kin[0];
		for (i = 1; i < KIN_MAX; i++) {
			if (net->kin[i].heard_ms < k->heard_ms)
				k = &net->kin[i];
		}
		*k = (struct kin){ .who = b->identity.addr };
	}
	if (k->instance != b->instance)
		k->told_ms = 0; /* it has forgotten */
	k->instance = b->instance;
	k->heard_ms = net->v->now;
}

size_t tl_kin_hints(void *ctx, uint64_t instance, uint64_t *out, size_t max)
{
	const struct vl2 *v = ctx;
	size_t i;

	for (i = 0; i < v->n_networks && i < max; i++)
		out[i] = tl_beacon_hint(v->networks[i]->id,
					tl_node_address(v->node), instance);
	return i;
}

bool tl_kin_is(void *ctx, const struct beacon *b, int64_t now)
{
	struct vl2 *v = ctx;
	bool is_kin = false;
	size_t i;
	size_t j;

	v->now = now;
	for (i = 0; i < v->n_networks && i < KIN_NETWORKS_MAX; i++) {
		struct network *net = v->networks[i];
		uint64_t hint =
			tl_beacon_hint(net->id, b->identity.addr, b->instance);

		for (j = 0; j < b->n_hints; j++) {
			if (b->hints[j] != hint)
				continue;
			enter(net, b);
			is_kin = true;
		}
	}
	return is_kin;
}

void tl_kin_met(void *ctx, struct peer *peer, int64_t now)
{
	struct vl2 *v = ctx;
	size_t i;

	v->now = now;
	for (i = 0; i < v->n_networks; i++) {
		struct network *net = v->networks[i];
		struct kin *k = find_kin(net, peer->id.addr);

		if (!k || !net->conf ||
		    (k->told_ms && now - k->told_ms < LIKE_MS) ||
		    !tl_bucket_take(&k->tellings, TELL_MS, TELL_BURST, now))
			continue;
		k->told_ms = now;
		/* The credentials first, or it must not listen to us. */
		tl_gate_push(net, peer->id.addr, 0);
		tl_multicast_announce_to(net, peer->id.addr, NULL, 0);
	}
}

bool tl_kin_is_of(const struct vl2 *v, struct network_id id, struct address who)
{
	struct network *net = tl_vl2_find(v, id);

	return net && find_kin(net, who);
}

bool tl_kin_needs(void *ctx, struct address who)
{
	const struct vl2 *v = ctx;
	size_t i;

	for (i = 0; i < v->n_networks; i++) {
		if (tl_address_equal(v->networks[i]->controller, who))
			return true;
	}
	return false;
}
