/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multicast.c - one frame to all who listen (vl2.md 9.2, 9.5)
 *
 * The sender replicates. It sends to the members of the group that it knows, up
 * to the network's limit; knowing too few, it asks a root and the controller
 * and keeps the frame for those who turn up within five seconds. A first ARP
 * request therefore reaches its target although nobody was known.
 */
#include "vl2/vl2_impl.h"

#include <string.h>

#include "base/alloc.h"

#define PUSH_REFRESH_MS 500000
#define FLAG_COM 0x01
#define FLAG_GATHER 0x02
#define FLAG_SOURCE 0x04
#define FLAG_REPLICATE 0x08
#define LIMIT_MAX 1024
#define SWEEP_MS 1000
#define LIKE_RECORD_LEN 18
#define LIKE_RECORDS_MAX 76 /* fits one datagram: roots do not reassemble */
#define BRIDGES_MAX 64
#define FIXED_MAX 64
#define PAYLOAD_MAX 10000

/**
 * struct mc_frame - A frame that waits for listeners
 * @link:	in the group's queue
 * @payload:	without Ethernet header; owned
 * @source:	zero: our own MAC, which need not be said
 * @served:	who has got it, at most @served_max
 */
struct mc_frame {
	struct list link;
	struct packet *payload;
	struct mac source;
	struct mac dest;
	uint16_t ethertype;
	uint32_t gather_limit;
	size_t served_max;
	size_t n_served;
	size_t limit;
	int64_t when_ms;
	struct address served[];
};

bool tl_multicast_in_group(const struct network *net, struct group g)
{
	size_t i;

	if (net->conf && net->conf->flags & NETCONF_BROADCAST &&
	    tl_mac_is_broadcast(g.mac) && g.adi == 0)
		return true;
	for (i = 0; i < net->n_groups; i++) {
		if (tl_group_compare(net->groups[i], g) == 0)
			return true;
	}
	return tl_behind_has(net, g);
}

static bool is_fixed(const struct address *fixed, size_t n, struct address who)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (tl_address_equal(fixed[i], who))
			return true;
	}
	return false;
}

/* Roots, controller, anchors and replicators: told of all groups, once though
 * they may be several of these. */
static size_t fixed_recipients(struct network *net, struct address *out,
			       size_t max)
{
	struct node *node = net->v->node;
	struct address all[2 * FIXED_MAX];
	size_t n_all = tl_network_specialists(
		net, SPECIALIST_ANCHOR | SPECIALIST_REPLICATOR, all, FIXED_MAX);
	size_t n = 0;
	size_t i;

	if (!tl_network_id_is_adhoc(net->id) &&
	    !tl_address_equal(net->controller, tl_node_address(node)))
		all[n_all++] = net->controller;
	n_all += tl_node_upstreams(node, all + n_all, 2 * FIXED_MAX - n_all);
	for (i = 0; i < n_all && n < max; i++) {
		if (!is_fixed(out, n, all[i]))
			out[n++] = all[i];
	}
	return n;
}

static void send_likes(struct network *net, struct address to,
		       const struct group *list, size_t n)
{
	struct packet *p;
	struct writer w;
	size_t i;

	p = tl_node_packet(net->v->node, to, VERB_MULTICAST_LIKE);
	if (!p)
		return;
	w = tl_writer(tl_packet_room(p));
	w.n = p->n;
	for (i = 0; i < n; i++) {
		tl_write_be64(&w, net->id.v);
		tl_write_mac(&w, list[i].mac);
		tl_write_be32(&w, list[i].adi);
	}
	p->n = (uint32_t)w.n;
	tl_node_send(net->v->node, p, SEND_COMPRESS, net->v->now);
}

/* Those behind us as a bridge. */
static void send_likes_behind(struct network *net, struct address to)
{
	struct group some[LIKE_RECORDS_MAX];
	size_t at = 0;
	size_t n;

	while ((n = tl_behind_next(net, &at, some, LIKE_RECORDS_MAX)))
		send_likes(net, to, some, n);
}

static void send_all_likes(struct network *net, struct address to)
{
	static const struct group broadcast = {
		.mac = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
	};
	struct group some[LIKE_RECORDS_MAX];
	size_t n = 0;
	size_t i;

	if (net->conf && net->conf->flags & NETCONF_BROADCAST)
		some[n++] = broadcast;
	for (i = 0; i < net->n_groups; i++) {
		if (n == LIKE_RECORDS_MAX) {
			send_likes(net, to, some, n);
			n = 0;
		}
		some[n++] = net->groups[i];
	}
	if (n)
		send_likes(net, to, some, n);
	send_likes_behind(net, to);
}

void tl_multicast_announce_to(struct network *net, struct address to,
			      const struct group *list, size_t n)
{
	if (list)
		send_likes(net, to, list, n);
	else
		send_all_likes(net, to);
}

/* To members we have dealt with; @list NULL: all groups where it is due. */
static void announce_to_members(struct network *net,
				const struct address *fixed, size_t n_fixed,
				const struct group *list, size_t n)
{
	struct map_walk walk = { 0 };
	struct map_node *it;

	while ((it = tl_map_step(&net->members, &walk))) {
		struct member *m = tl_container_of(it, struct member, node);
		struct peer *peer =
			tl_node_find_peer(net->v->node, m->m.member);

		if (!peer || is_fixed(fixed, n_fixed, m->m.member) ||
		    !tl_peer_is_active(peer, net->v->now))
			continue;
		if (!list && net->v->now - m->liked_ms < tl_vl2_like_ms(net->v))
			continue;
		if (!list)
			m->liked_ms = net->v->now;
		tl_multicast_announce_to(net, m->m.member, list, n);
	}
}

void tl_multicast_announce(struct network *net)
{
	struct address fixed[FIXED_MAX];
	size_t n_fixed;
	size_t i;

	if (!net->conf)
		return;
	n_fixed = fixed_recipients(net, fixed, FIXED_MAX);
	if (net->v->now - net->liked_ms >= tl_vl2_like_ms(net->v)) {
		net->liked_ms = net->v->now;
		for (i = 0; i < n_fixed; i++)
			send_all_likes(net, fixed[i]);
	}
	announce_to_members(net, fixed, n_fixed, NULL, 0);
}

void tl_multicast_on_greeted(struct network *net, struct address who)
{
	struct address fixed[FIXED_MAX];

	if (net->conf &&
	    is_fixed(fixed, fixed_recipients(net, fixed, FIXED_MAX), who))
		send_all_likes(net, who);
}

static bool is_listed(const struct group *list, size_t n, struct group g)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (tl_group_compare(list[i], g) == 0)
			return true;
	}
	return false;
}

static void announce_new(struct network *net, const struct group *old,
			 size_t n_old)
{
	struct address fixed[FIXED_MAX];
	struct group fresh[LIKE_RECORDS_MAX];
	size_t n_fixed = fixed_recipients(net, fixed, FIXED_MAX);
	size_t n = 0;
	size_t i;
	size_t j;

	for (i = 0; i <= net->n_groups; i++) {
		if (i < net->n_groups && !is_listed(old, n_old, net->groups[i]))
			fresh[n++] = net->groups[i];
		if (!n || (n < LIKE_RECORDS_MAX && i < net->n_groups))
			continue;
		for (j = 0; j < n_fixed; j++)
			send_likes(net, fixed[j], fresh, n);
		announce_to_members(net, fixed, n_fixed, fresh, n);
		n = 0;
	}
}

void tl_multicast_announce_one(struct network *net, struct group g)
{
	struct address fixed[FIXED_MAX];
	size_t n_fixed = fixed_recipients(net, fixed, FIXED_MAX);
	size_t i;

	for (i = 0; i < n_fixed; i++)
		send_likes(net, fixed[i], &g, 1);
	announce_to_members(net, fixed, n_fixed, &g, 1);
}

void tl_network_set_groups(struct network *net, const struct group *list,
			   size_t n, int64_t now)
{
	struct group *old = net->groups;
	size_t n_old = net->n_groups;
	struct group *copy;

	n = TL_MIN(n, (size_t)NETWORK_GROUPS_MAX);
	copy = tl_alloc_array(n, sizeof(*copy));
	if (!copy)
		return;
	if (n)
		memcpy(copy, list, n * sizeof(*copy));
	net->v->now = now;
	net->groups = copy;
	net->n_groups = n;
	announce_new(net, old, n_old);
	tl_free(old);
}

size_t tl_network_groups(const struct network *net, struct group *out,
			 size_t max)
{
	size_t n = TL_MIN(max, net->n_groups);

	if (n)
		memcpy(out, net->groups, n * sizeof(*out));
	return n;
}

size_t tl_network_n_groups(const struct network *net)
{
	return net->n_groups;
}

static bool was_served(const struct mc_frame *f, struct address who)
{
	return is_fixed(f->served, f->n_served, who);
}

static struct filter_frame filter_view(const struct network *net,
				       const struct mc_frame *f)
{
	return (struct filter_frame){
		.source = tl_mac_is_zero(f->source) ? net->mac : f->source,
		.dest = f->dest,
		.ethertype = f->ethertype,
		.payload = tl_packet_bytes(f->payload),
	};
}

static void send_one(struct network *net, const struct mc_frame *f,
		     uint32_t adi, struct address to)
{
	bool has_source = !tl_mac_is_zero(f->source);
	struct packet *p;
	struct writer w;

	p = tl_node_packet(net->v->node, to, VERB_MULTICAST_FRAME);
	if (!p)
		return;
	w = tl_writer(tl_packet_room(p));
	w.n = p->n;
	tl_write_be64(&w, net->id.v);
	tl_write_u8(&w, (uint8_t)((f->gather_limit ? FLAG_GATHER : 0) |
				  (has_source ? FLAG_SOURCE : 0)));
	if (f->gather_limit)
		tl_write_be32(&w, f->gather_limit);
	if (has_source)
		tl_write_mac(&w, f->source);
	tl_write_mac(&w, f->dest);
	tl_write_be32(&w, adi);
	tl_write_be16(&w, f->ethertype);
	tl_write_bytes(&w, tl_packet_bytes(f->payload));
	if (!tl_writer_ok(&w)) {
		tl_packet_free(p);
		return;
	}
	p->n = (uint32_t)w.n;
	tl_node_send(net->v->node, p,
		     SEND_EXPECT_REPLY |
			     (net->conf->flags & NETCONF_NO_COMPRESSION
				      ? SEND_PLAIN
				      : SEND_COMPRESS),
		     net->v->now);
}

/* Serve one recipient, once; what the rules forbid counts as served. */
static void serve(struct network *net, struct mc_frame *f, uint32_t adi,
		  struct address to)
{
	struct filter_frame frame = filter_view(net, f);
	struct member *m = tl_member_find(net, to);
	struct filter_result result;

	if (was_served(f, to) || f->n_served == f->served_max)
		return;
	f->served[f->n_served++] = to;
	if (tl_revoked_refuses(net, m))
		return;
	tl_frame_ask_outbound(net, &result, &frame, to, m, true);
	if (result.verdict == FILTER_DROP)
		return;
	tl_gate_push(net, to, PUSH_REFRESH_MS);
	send_one(net, f, adi, to);
}

static void serve_known(struct network *net, struct mc_frame *f,
			const struct mc_group *g)
{
	struct address bridges[BRIDGES_MAX];
	size_t n = tl_network_specialists(net, SPECIALIST_BRIDGE, bridges,
					  BRIDGES_MAX);
	size_t start;
	size_t i;

	for (i = 0; i < n; i++)
		serve(net, f, g->group.adi, bridges[i]);
	if (!g->n_members)
		return;
	start = (size_t)(tl_node_random(net->v->node) % g->n_members);
	for (i = 0; i < g->n_members && f->n_served < f->limit + n; i++)
		serve(net, f, g->group.adi,
		      g->members[(start + i) % g->n_members].who);
}

static void ask_one(struct network *net, struct address to, struct group g,
		    uint32_t limit)
{
	const struct com *com = &net->conf->com;
	struct packet *p;
	struct writer w;

	p = tl_node_packet(net->v->node, to, VERB_MULTICAST_GATHER);
	if (!p)
		return;
	w = tl_writer(tl_packet_room(p));
	w.n = p->n;
	tl_write_be64(&w, net->id.v);
	tl_write_u8(&w, com->n ? FLAG_COM : 0);
	tl_write_mac(&w, g.mac);
	tl_write_be32(&w, g.adi);
	tl_write_be32(&w, limit);
	if (com->n)
		tl_write_com(&w, com);
	p->n = (uint32_t)w.n;
	tl_node_send(net->v->node, p, SEND_EXPECT_REPLY, net->v->now);
}

/* Ask a root, the controller, anchors and replicators who listens. */
static void gather(struct network *net, struct mc_group *g, uint32_t limit)
{
	struct node *node = net->v->node;
	struct peer *root = tl_node_best_upstream(node, net->v->now);
	struct address ask[GATHER_RECIPIENTS_MAX];
	size_t n = 0;
	size_t i;

	g->gathered_ms = net->v->now;
	if (root)
		ask[n++] = root->id.addr;
	if (!tl_network_id_is_adhoc(net->id) &&
	    !tl_address_equal(net->controller, tl_node_address(node)) &&
	    !(root && tl_address_equal(net->controller, root->id.addr)))
		ask[n++] = net->controller;
	n += tl_network_specialists(net,
				    SPECIALIST_ANCHOR | SPECIALIST_REPLICATOR,
				    ask + n, GATHER_RECIPIENTS_MAX - n);
	for (i = 0; i < n; i++)
		ask_one(net, ask[i], g->group, limit);
}

static void free_frame(struct mc_frame *f)
{
	tl_packet_free(f->payload);
	tl_free(f);
}

void tl_multicast_drop_queue(struct vl2 *v, struct mc_group *g, bool all)
{
	tl_list_each(it, next, &g->queue) {
		struct mc_frame *f = tl_container_of(it, struct mc_frame, link);

		if (!all && v->now - f->when_ms < GROUP_QUEUE_MS)
			continue;
		tl_list_remove(it);
		g->n_queue--;
		v->n_queued--;
		free_frame(f);
	}
}

/* Is there room in all queues together? Whoever scans a network has a group for
 * each address. */
static bool has_room(struct vl2 *v)
{
	struct map_walk walk = { 0 };
	struct map_node *it;

	if (v->n_queued < QUEUED_MAX)
		return true;
	if (v->now < v->next_sweep_ms)
		return false;
	v->next_sweep_ms = v->now + SWEEP_MS;
	while ((it = tl_map_step(&v->groups, &walk)))
		tl_multicast_drop_queue(
			v, tl_container_of(it, struct mc_group, node), false);
	return v->n_queued < QUEUED_MAX;
}

static void enqueue(struct vl2 *v, struct mc_group *g, struct mc_frame *f)
{
	tl_multicast_drop_queue(v, g, false);
	if (g->n_queue >= GROUP_QUEUE_MAX) {
		struct mc_frame *oldest =
			tl_list_first(&g->queue, struct mc_frame, link);

		tl_list_remove(&oldest->link);
		g->n_queue--;
		v->n_queued--;
		free_frame(oldest);
		tl_node_drop(v->node, DROP_QUEUE_FULL);
	}
	if (!has_room(v)) {
		tl_node_drop(v->node, DROP_QUEUE_FULL);
		free_frame(f);
		return;
	}
	tl_list_append(&g->queue, &f->link);
	g->n_queue++;
	v->n_queued++;
}

void tl_multicast_on_member(struct vl2 *v, struct mc_group *g,
			    struct address who)
{
	struct network *net = tl_vl2_find(v, g->net);

	if (!net || !net->conf)
		return;
	tl_multicast_drop_queue(v, g, false);
	tl_list_each(it, next, &g->queue) {
		struct mc_frame *f = tl_container_of(it, struct mc_frame, link);

		if (f->n_served < f->limit)
			serve(net, f, g->group.adi, who);
	}
}

/* Send to whom we know and keep it if these are too few; consumes @f. */
static void distribute(struct network *net, struct mc_group *g,
		       struct mc_frame *f)
{
	size_t known = g->n_members;

	if (known >= f->limit) {
		f->gather_limit = 1;
		serve_known(net, f, g);
		free_frame(f);
		return;
	}
	f->gather_limit = (uint32_t)(f->limit - known + 1);
	if (!known || !g->gathered_ms ||
	    net->v->now - g->gathered_ms >= tl_vl2_gather_ms(net->v))
		gather(net, g, f->gather_limit);
	serve_known(net, f, g);
	enqueue(net->v, g, f);
}

/* RFC 826: a request for an IPv4 address over Ethernet. Its group is that of
 * the address asked for, so only its owner gets it (vl2.md 9.2). */
static bool is_arp_request(const struct filter_frame *f)
{
	const uint8_t *p = f->payload.at;

	return f->ethertype == 0x0806 && f->payload.n >= 28 && p[2] == 8 &&
	       p[3] == 0 && p[4] == 6 && p[5] == 4 && p[6] == 0 && p[7] == 1;
}

static enum drop choose_group(const struct network *net,
			      const struct filter_frame *frame, struct group *g)
{
	*g = (struct group){ .mac = frame->dest };
	if (tl_mac_is_broadcast(frame->dest)) {
		if (is_arp_request(frame))
			*g = tl_group_of_ipv4(frame->payload.at + 24);
		else if (!(net->conf->flags & NETCONF_BROADCAST))
			return DROP_NO_BROADCAST;
	}
	return net->conf->multicast_limit ? DROP_NONE : DROP_NO_MULTICAST;
}

/* Bridges, and whom it came from, are served beyond the limit. */
static struct mc_frame *frame_new(const struct network *net)
{
	uint64_t limit =
		TL_MIN(net->conf->multicast_limit, (uint64_t)LIMIT_MAX);
	size_t served_max = (size_t)limit + BRIDGES_MAX + 1;
	struct mc_frame *f =
		tl_alloc_zeroed(sizeof(*f) + served_max * sizeof(f->served[0]));

	if (!f)
		return NULL;
	f->limit = (size_t)limit;
	f->served_max = served_max;
	f->when_ms = net->v->now;
	return f;
}

/* @payload is consumed in any case. */
static void start(struct network *net, const struct filter_frame *frame,
		  struct packet *payload, struct group where, bool has_source,
		  struct address origin)
{
	struct mc_group *g = tl_group_get(net->v, net->id, where);
	struct mc_frame *f = g ? frame_new(net) : NULL;

	if (!f) {
		tl_node_drop(net->v->node, DROP_NO_MEMORY);
		tl_packet_free(payload);
		return;
	}
	f->payload = payload;
	if (has_source)
		f->source = frame->source;
	f->dest = frame->dest;
	f->ethertype = frame->ethertype;
	if (origin.v)
		f->served[f->n_served++] = origin;
	distribute(net, g, f);
}

void tl_multicast_output(struct network *net, const struct filter_frame *frame,
			 struct packet *p, bool is_bridged)
{
	struct filter_result result;
	struct group where;
	enum drop why = choose_group(net, frame, &where);

	if (!why && is_bridged)
		tl_behind_note(net, where);
	if (!why) {
		tl_frame_ask_outbound(net, &result, frame,
				      (struct address){ 0 }, NULL, false);
		if (result.verdict == FILTER_DROP && !result.reason) {
			tl_packet_free(p); /* redirected */
			return;
		}
		if (result.verdict == FILTER_DROP)
			why = result.reason;
	} else if (tl_report_is_wanted(net, TRACE_LEVEL_VERBOSE)) {
		tl_report_not_sent(net, frame, why);
	}
	if (why) {
		tl_node_drop(net->v->node, why);
		tl_packet_free(p);
		return;
	}
	start(net, frame, p, where, is_bridged, (struct address){ 0 });
}

struct mc_header {
	struct network_id net;
	unsigned int flags;
	uint32_t gather_limit;
	struct mac source;
	struct group group;
	uint16_t ethertype;
	struct bytes payload;
};

/* What follows the inline certificate. False if malformed. */
static bool read_header(struct mc_header *h, struct reader *r,
			struct mac sender)
{
	h->gather_limit = h->flags & FLAG_GATHER ? tl_read_be32(r) : 0;
	h->source = h->flags & FLAG_SOURCE ? tl_read_mac(r) : sender;
	h->group.mac = tl_read_mac(r);
	h->group.adi = tl_read_be32(r);
	h->ethertype = tl_read_be16(r);
	h->payload = r->rest;
	return tl_reader_ok(r);
}

static void replicate(struct network *net, const struct rx *rx,
		      const struct filter_frame *frame, struct group where)
{
	struct packet *copy;

	if (!tl_network_has_role(net, tl_node_address(net->v->node),
				 SPECIALIST_REPLICATOR))
		return;
	copy = tl_packet_new(tl_node_pool(net->v->node));
	if (copy && tl_packet_append(copy, frame->payload))
		start(net, frame, copy, where, true, rx->peer->id.addr);
	else
		tl_packet_free(copy);
}

static void take_frame(struct network *net, struct rx *rx,
		       const struct mc_header *h)
{
	struct address sender = rx->peer->id.addr;
	struct mac own = tl_mac_of_member(net->id, sender);
	struct filter_frame frame = {
		.source = h->source,
		.dest = h->group.mac,
		.ethertype = h->ethertype,
		.payload = h->payload,
	};

	if (!tl_mac_is_multicast(frame.dest) || tl_mac_is_zero(frame.source) ||
	    tl_mac_is_multicast(frame.source) ||
	    tl_mac_equal(frame.source, net->mac)) {
		tl_node_drop(net->v->node, DROP_BAD_FRAME);
		return;
	}
	if (h->flags & FLAG_REPLICATE)
		replicate(net, rx, &frame, h->group);
	if (!tl_mac_equal(frame.source, own)) {
		if (!tl_network_has_role(net, sender, SPECIALIST_BRIDGE)) {
			tl_node_drop(net->v->node, DROP_NOT_BRIDGE);
			if (tl_report_is_wanted(net, TRACE_LEVEL_VERBOSE))
				tl_report_not_taken(net, rx, &frame,
						    DROP_NOT_BRIDGE);
			return;
		}
		tl_bridge_learn(net, frame.source, sender);
	}
	if (tl_frame_ask_inbound(net, rx, &frame) == FILTER_DROP)
		return;
	net->v->host->frame(net->v->host_ctx, net, frame.source, frame.dest,
			    frame.ethertype,
			    tl_buffer_skip(rx->packet,
					   rx->packet.n - frame.payload.n));
}

static void answer_gather(struct network *net, const struct rx *rx,
			  const struct mc_header *h)
{
	struct packet *p = tl_node_ok(net->v->node, rx);
	struct writer w;

	if (!p)
		return;
	w = tl_writer(tl_packet_room(p));
	w.n = p->n;
	tl_write_be64(&w, net->id.v);
	tl_write_mac(&w, h->group.mac);
	tl_write_be32(&w, h->group.adi);
	tl_write_u8(&w, FLAG_GATHER);
	if (tl_group_write_result(net->v, &w, net->id, h->group,
				  h->gather_limit, rx->peer)) {
		p->n = (uint32_t)w.n;
		tl_node_reply(net->v->node, rx, p, SEND_PLAIN);
	} else {
		tl_packet_free(p);
	}
}

enum rx_outcome tl_multicast_on_frame(struct vl2 *v, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	struct mc_header h = { 0 };
	struct network *net;
	enum rx_outcome gate;

	h.net.v = tl_read_be64(&r);
	h.flags = tl_read_u8(&r);
	net = tl_vl2_find(v, h.net);
	if (!net) {
		tl_node_drop(v->node, DROP_NOT_JOINED);
		return RX_IGNORED;
	}
	if (h.flags & FLAG_COM)
		tl_gate_inline_com(net, rx, &r);
	if (!read_header(&h, &r,
			 tl_mac_of_member(net->id, rx->peer->id.addr))) {
		tl_node_drop(v->node, DROP_MALFORMED);
		return RX_DONE;
	}
	gate = tl_gate_check(net, rx);
	if (gate != RX_DONE)
		return gate;
	if (!net->conf->multicast_limit) {
		tl_node_drop(v->node, DROP_NO_MULTICAST);
		return RX_TRUSTED;
	}
	if (h.payload.n && h.payload.n <= PAYLOAD_MAX)
		take_frame(net, rx, &h);
	if (h.gather_limit)
		answer_gather(net, rx, &h);
	return RX_TRUSTED;
}

enum rx_outcome tl_multicast_on_ok(struct vl2 *v, struct rx *rx,
				   struct reader *r, unsigned int in_re_verb)
{
	struct network_id id = { tl_read_be64(r) };
	struct network *net = tl_vl2_find(v, id);
	unsigned int flags = FLAG_GATHER;
	struct group g;

	g.mac = tl_read_mac(r);
	g.adi = tl_read_be32(r);
	if (!net)
		return RX_DONE;
	if (in_re_verb == VERB_MULTICAST_FRAME)
		flags = tl_read_u8(r);
	if (in_re_verb == VERB_MULTICAST_FRAME && flags & FLAG_COM)
		tl_gate_inline_com(net, rx, r);
	if (flags & FLAG_GATHER)
		tl_group_read_result(v, r, rx->peer, id, g);
	if (!tl_reader_ok(r))
		tl_node_drop(v->node, DROP_MALFORMED);
	return RX_DONE;
}
