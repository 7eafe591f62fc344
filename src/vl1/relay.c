/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay.c - packets for others, and introducing their ends (vl1.md 7.8, 4.6)
 *
 * A relay changes the hop count and nothing else. Both kinds of introduction
 * are limited to one in 30 s a pair, where the reference limits one kind only.
 */
#include "vl1/node_impl.h"

#include <string.h>

static bool may_introduce(struct node *n, struct address a, struct address b)
{
	uint64_t low = TL_MIN(a.v, b.v);
	uint64_t high = TL_MAX(a.v, b.v);
	uint64_t hash = tl_map_hash_u64(&n->peers, low ^ high << 20);
	struct introduction *i = &n->introductions[hash % INTRODUCTIONS];

	if (i->low == low && i->high == high &&
	    n->now - i->when_ms < INTRODUCTION_MS)
		return false;
	*i = (struct introduction){ low, high, n->now };
	return true;
}

static void send_rendezvous(struct node *n, struct peer *to,
			    struct path *to_path, const struct peer *about,
			    const struct path *about_path)
{
	struct packet *p = tl_node_packet(n, to->id.addr, VERB_RENDEZVOUS);
	const struct endpoint *e = &about_path->remote;
	struct writer w;

	if (!p)
		return;
	w = tl_writer(tl_packet_room(p));
	w.n = p->n;
	tl_write_u8(&w, 0);
	tl_write_address(&w, about->id.addr);
	tl_write_be16(&w, e->port);
	tl_write_u8(&w, (uint8_t)tl_endpoint_ip_len(e));
	tl_write_bytes(&w, tl_bytes(e->ip, tl_endpoint_ip_len(e)));
	p->n = (uint32_t)w.n;
	tl_send_on_path(n, to, to_path, p, SEND_PLAIN);
}

/* The best pair of paths of one scope and family, the widest reach last. */
static void introduce(struct node *n, struct peer *a, struct peer *b)
{
	static const unsigned int families[] = { 6, 4 };
	int scope;
	size_t f;

	for (scope = IP_SCOPE_PRIVATE; scope >= IP_SCOPE_NONE; scope--) {
		for (f = 0; f < TL_ARRAY_SIZE(families); f++) {
			struct path *pa = tl_peer_best_path_in(
				a, (enum ip_scope)scope, families[f], n->now);
			struct path *pb = tl_peer_best_path_in(
				b, (enum ip_scope)scope, families[f], n->now);

			if (!pa || !pb)
				continue;
			send_rendezvous(n, a, pa, b, pb);
			send_rendezvous(n, b, pb, a, pa);
			return;
		}
	}
}

/* Counts the hop. False if there were too many already. */
static bool add_hop(struct buffer d, bool is_fragment)
{
	uint8_t *hops = d.at + (is_fragment ? 15 : PACKET_AT_FLAGS);

	if ((*hops & PACKET_HOPS_MASK) >= RELAY_MAX_HOPS)
		return false;
	if (is_fragment)
		*hops = (uint8_t)((*hops + 1) & PACKET_HOPS_MASK);
	else
		*hops = (uint8_t)((*hops & 0xf8) |
				  ((*hops + 1) & PACKET_HOPS_MASK));
	return true;
}

static void forward(struct node *n, struct path *to, struct buffer d)
{
	n->host->send_raw(n->host_ctx, to->socket, &to->remote,
			  tl_buffer_bytes(d), 0);
	tl_path_sent(to, n->now);
	n->counts.relayed++;
	n->counts.relayed_bytes += d.n;
}

/* The destination is not ours to reach: pass it up. */
static void relay_upward(struct node *n, struct address source, struct buffer d,
			 bool is_fragment)
{
	struct peer *root = tl_node_best_upstream(n, n->now);
	struct peer *from = tl_node_find_peer(n, source);
	struct path *path;

	if (!root || (!is_fragment && root == from)) {
		tl_node_drop(n, DROP_NO_ROUTE);
		return;
	}
	path = tl_peer_best_path(root, PATHS_ANY, n->now);
	if (!path) {
		tl_node_drop(n, DROP_NO_ROUTE);
		return;
	}
	forward(n, path, d);
	if (!is_fragment && from && may_introduce(n, source, root->id.addr))
		introduce(n, from, root);
}

void tl_relay(struct node *n, const struct path *from, struct buffer d,
	      bool is_fragment)
{
	struct address dest = tl_packet_dest(d.at);
	struct address source = { 0 };
	struct peer *to;
	struct peer *sender;
	struct path *path;

	if (!n->is_root && !tl_path_is_trusted(from, n->now)) {
		tl_node_drop(n, DROP_NO_RELAY);
		return;
	}
	if (!add_hop(d, is_fragment)) {
		tl_node_drop(n, DROP_HOPS);
		return;
	}
	if (!is_fragment)
		source = tl_packet_source(d.at);
	to = tl_node_find_peer(n, dest);
	path = to ? tl_peer_best_path(to, PATHS_USABLE, n->now) : NULL;
	if (!path) {
		relay_upward(n, source, d, is_fragment);
		return;
	}
	/* Its NAT may have given it another address, where it has greeted us
	 * already: the old one must be found dead. */
	tl_keepalive_watch(n, to, path);
	forward(n, path, d);
	sender = is_fragment ? NULL : tl_node_find_peer(n, source);
	if (sender && may_introduce(n, source, dest))
		introduce(n, sender, to);
}

enum rx_outcome tl_relay_on_rendezvous(struct node *n, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	struct endpoint at = { 0 };
	struct address who;
	struct peer *peer;
	size_t ip_len;

	if (!rx->peer->is_upstream) {
		tl_node_drop(n, DROP_NOT_UPSTREAM);
		return RX_DONE;
	}
	tl_read_skip(&r, 1);
	who = tl_read_address(&r);
	at.port = tl_read_be16(&r);
	ip_len = tl_read_u8(&r);
	if (ip_len != 4 && ip_len != 16)
		tl_reader_fail(&r);
	at.family = ip_len == 4 ? 4 : 6;
	tl_read_copy(&r, at.ip, TL_MIN(ip_len, sizeof(at.ip)));
	if (!tl_reader_ok(&r)) {
		tl_node_drop(n, DROP_MALFORMED);
		return RX_DONE;
	}
	peer = tl_node_find_peer(n, who);
	if (!peer && !tl_address_equal(who, n->id.addr)) {
		/* It comes with the first packet that is relayed, often before
		 * the root has told us who sent that. */
		tl_node_whois(n, who, n->now);
		return RX_DEFER;
	}
	if (peer && tl_node_may_use(n, who, &at))
		tl_attempt_introduced(n, rx, peer, &at);
	return RX_DONE;
}
