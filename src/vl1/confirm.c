/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confirm.c - what to do when the ground has moved (vl1.md 7.9, 7.15)
 *
 * Addresses came or went, the machine was asleep, or a NAT has dropped us. What
 * was a path may be none, and nothing tells: so all that matters is probed at
 * once, from all sockets, since the one that a path was learned on may lead
 * nowhere now. Changes come in bursts and are answered once in CONFIRM_MS, as
 * roots take no more than a HELLO in 250 ms from a node.
 */
#include "vl1/node_impl.h"

#define CONFIRM_PEERS_MAX 256
#define CONFIRM_PATHS_MAX 4 /* of one peer */
#define CUT_OFF_ATTEMPTS 5 /* which take 3.75 s */

void tl_node_on_rebind(struct node *n, int64_t now)
{
	unsigned int i;

	for (i = 0; i < n->n_upstreams; i++) {
		n->upstreams[i]->hello_attempts = 0;
		n->upstreams[i]->hello_retry_ms = 0;
	}
	n->must_confirm = true;
	tl_node_announce(n, now);
	n->next_ping_ms =
		n->confirmed_ms
			? TL_MIN(TL_MAX(now, n->confirmed_ms + CONFIRM_MS),
				 now + CONFIRM_MS)
			: now;
	/* Who was silent while we slept is asked before it is forgotten. */
	n->next_housekeeping_ms = now + HOUSEKEEPING_MS;
}

void tl_node_on_socket_closed(struct node *n, int socket, int64_t now)
{
	struct map_walk walk = { 0 };
	struct peer *peer;
	unsigned int i;

	while ((peer = tl_node_each_peer(n, &walk))) {
		for (i = peer->n_slots; i-- > 0;) {
			if (peer->slots[i].path->socket == socket)
				tl_peer_drop_slot(peer, i);
		}
	}
	n->next_ping_ms = now;
}

static bool was_greeted(const struct peer *peer, unsigned int before,
			const struct endpoint *at)
{
	unsigned int i;

	for (i = 0; i < before; i++) {
		if (tl_endpoint_equal(&peer->slots[i].path->remote, at))
			return true;
	}
	return false;
}

static void confirm_peer(struct node *n, struct peer *peer)
{
	unsigned int count = 0;
	unsigned int i;

	peer->last_full_hello_ms = n->now;
	for (i = 0; i < peer->n_slots && count < CONFIRM_PATHS_MAX; i++) {
		const struct endpoint *at = &peer->slots[i].path->remote;

		if (was_greeted(peer, i, at))
			continue;
		tl_greet(n, peer, PATH_SOCKET_ANY, at);
		count++;
	}
}

static void confirm_root(struct node *n, struct peer *peer)
{
	peer->last_full_hello_ms = n->now;
	peer->asked_ms = n->now;
	peer->hello_retry_ms = n->now + CONFIRM_MS;
	peer->hello_attempts++;
	tl_keepalive_greet_root(n, peer, 4);
	tl_keepalive_greet_root(n, peer, 6);
}

void tl_confirm_pass(struct node *n)
{
	struct map_walk walk = { 0 };
	unsigned int count = 0;
	struct peer *peer;
	unsigned int i;

	if (!n->must_confirm ||
	    (n->confirmed_ms && n->now - n->confirmed_ms < CONFIRM_MS))
		return;
	n->must_confirm = false;
	n->confirmed_ms = n->now;
	for (i = 0; i < n->n_upstreams; i++)
		confirm_root(n, n->upstreams[i]);
	while (count < CONFIRM_PEERS_MAX &&
	       (peer = tl_node_each_peer(n, &walk))) {
		/* Before we slept, if we did. */
		if (peer->is_upstream || !peer->n_slots ||
		    !tl_peer_is_active(peer, n->last_pass_ms))
			continue;
		confirm_peer(n, peer);
		count++;
	}
}

bool tl_node_is_cut_off(const struct node *n, int64_t now)
{
	unsigned int i;

	for (i = 0; i < n->n_upstreams; i++) {
		const struct peer *p = n->upstreams[i];

		if (tl_peer_best_path(p, PATHS_USABLE, now) ||
		    p->hello_attempts < CUT_OFF_ATTEMPTS)
			return false;
	}
	return n->n_upstreams != 0;
}
