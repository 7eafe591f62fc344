/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local.c - the owner's settings, and what follows for packets
 *
 * A trusted path takes the cryptography away, so it is understood narrowly
 * here: only packets that go straight to their destination are sent so, and
 * only those that came straight from their sender are accepted (hop count 0).
 * The reference also sends in the clear to a relay in a trusted network, which
 * then carries the packet out of it; and it takes what such a relay has brought
 * in, from wherever that came.
 */
#include "vl1/node_impl.h"

static const struct local_net *find_net(const struct node *n,
					const struct endpoint *remote)
{
	const struct local_net *best = NULL;
	size_t i;

	for (i = 0; i < n->local.n_nets; i++) {
		const struct local_net *l = &n->local.nets[i];

		if (tl_endpoint_contains(&l->net, remote) &&
		    (!best || l->net.port > best->net.port))
			best = l;
	}
	return best;
}

uint64_t tl_local_trusted_path(const struct node *n,
			       const struct endpoint *remote)
{
	const struct local_net *l = find_net(n, remote);

	return l ? l->trusted_path : 0;
}

size_t tl_local_mtu(const struct node *n, const struct endpoint *remote)
{
	const struct local_net *l = find_net(n, remote);

	return l && l->mtu ? l->mtu : MTU_DEFAULT;
}

bool tl_local_trusts(const struct node *n, const struct path *from,
		     struct bytes packet)
{
	uint64_t ours = tl_local_trusted_path(n, &from->remote);

	return ours && tl_packet_hops(packet.at) == 0 &&
	       tl_load_be64(packet.at + PACKET_AT_MAC) == ours;
}

void tl_local_seal(struct buffer packet, uint64_t trusted_path)
{
	uint8_t *flags = packet.at + PACKET_AT_FLAGS;

	*flags = (uint8_t)((*flags & PACKET_FLAG_FRAGMENTED) |
			   SUITE_TRUSTED_PATH << 3);
	tl_store_be64(packet.at + PACKET_AT_MAC, trusted_path);
}

void tl_local_try(struct node *n, struct peer *peer)
{
	struct endpoint list[LOCAL_TRY_MAX];
	size_t count;
	size_t i;

	if (!n->host->memorized ||
	    (peer->memorized_ms && n->now - peer->memorized_ms < MEMORIZED_MS))
		return;
	peer->memorized_ms = n->now;
	count = n->host->memorized(n->host_ctx, peer->id.addr, list,
				   LOCAL_TRY_MAX);
	for (i = 0; i < count; i++) {
		if (tl_node_may_use(n, peer->id.addr, &list[i]))
			tl_greet(n, peer, PATH_SOCKET_ANY, &list[i]);
	}
}

/* Paths that were learned under other settings. */
static void forget_refused(struct node *n, struct peer *peer)
{
	unsigned int i;

	for (i = peer->n_slots; i-- > 0;) {
		if (!tl_node_may_use(n, peer->id.addr,
				     &peer->slots[i].path->remote))
			tl_peer_drop_slot(peer, i);
	}
}

void tl_node_set_local(struct node *n, const struct node_local *l, int64_t now)
{
	struct map_walk walk = { 0 };
	struct peer *peer;

	tl_assert(l->n_nets <= LOCAL_NETS_MAX);
	n->now = now;
	n->local = *l;
	n->allow_loopback = l->allow_loopback;
	while ((peer = tl_node_each_peer(n, &walk)))
		forget_refused(n, peer);
	n->next_ping_ms = now;
}

bool tl_node_is_low_bandwidth(const struct node *n)
{
	return n->local.is_low_bandwidth;
}
