/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group.c - who listens to which multicast group (vl2.md 9.3, 9.4)
 *
 * Entries live ten minutes. A member that is known is refreshed; when a group
 * is full a new member is not entered. When the table is full a new group takes
 * the place of the oldest that nobody was ever known to be in, such as whoever
 * scans a network makes for each address; if there is none, it is not entered.
 */
#include "vl2/vl2_impl.h"

#include "base/alloc.h"

/* New entries of one peer. They live GROUP_ENTRY_MS, so it never has more than
 * about twice the burst, and cannot fill the table alone. */
#define ENTRY_BURST 2048
#define ENTRY_PERIOD_MS (GROUP_ENTRY_MS / ENTRY_BURST)
/* Of a root or controller, which tells of many members. */
#define TOLD_BURST 65536
#define TOLD_PERIOD_MS 5
/* Answers to one peer, each much longer than its question. */
#define GATHER_BURST 512
#define GATHER_PERIOD_MS 20

static uint64_t hash_of(const struct vl2 *v, struct network_id net,
			struct group g)
{
	uint8_t key[8 + MAC_LEN + 4];
	struct writer w = tl_writer(TL_BUFFER_OF(key));

	tl_write_be64(&w, net.v);
	tl_write_mac(&w, g.mac);
	tl_write_be32(&w, g.adi);
	return tl_map_hash(&v->groups, TL_BYTES_OF(key));
}

struct mc_group *tl_group_find(const struct vl2 *v, struct network_id net,
			       struct group g)
{
	struct map_node *it = tl_map_first(&v->groups, hash_of(v, net, g));

	for (; it; it = tl_map_next(it)) {
		struct mc_group *m = tl_container_of(it, struct mc_group, node);

		if (tl_network_id_equal(m->net, net) &&
		    tl_group_compare(m->group, g) == 0)
			return m;
	}
	return NULL;
}

static void free_group(struct vl2 *v, struct mc_group *g)
{
	tl_multicast_drop_queue(v, g, true);
	tl_list_remove(&g->unheard);
	tl_map_remove(&v->groups, &g->node);
	tl_free(g->members);
	tl_free(g);
}

/* False if all that are there are more use than a new one. */
static bool has_room(struct vl2 *v)
{
	if (v->groups.count < GROUPS_MAX)
		return true;
	if (tl_list_is_empty(&v->unheard))
		return false;
	free_group(v, tl_list_first(&v->unheard, struct mc_group, unheard));
	return true;
}

struct mc_group *tl_group_get(struct vl2 *v, struct network_id net,
			      struct group g)
{
	struct mc_group *m = tl_group_find(v, net, g);

	if (m || !has_room(v))
		return m;
	m = tl_alloc_zeroed(sizeof(*m));
	if (!m)
		return NULL;
	m->net = net;
	m->group = g;
	tl_list_init(&m->queue);
	tl_list_init(&m->unheard);
	if (tl_map_insert(&v->groups, &m->node, hash_of(v, net, g))) {
		tl_free(m);
		return NULL;
	}
	tl_list_append(&v->unheard, &m->unheard);
	return m;
}

static bool make_room(struct mc_group *g)
{
	size_t room = g->room ? g->room * 2 : 4;
	struct mc_member *members;

	if (g->n_members < g->room)
		return true;
	if (g->n_members >= GROUP_MEMBERS_MAX)
		return false;
	members = tl_realloc(g->members, room * sizeof(*members));
	if (!members)
		return false;
	g->members = members;
	g->room = room;
	return true;
}

static struct mc_member *find_member(struct mc_group *g, struct address who)
{
	size_t i;

	for (i = 0; g && i < g->n_members; i++) {
		if (tl_address_equal(g->members[i].who, who))
			return &g->members[i];
	}
	return NULL;
}

void tl_group_add(struct vl2 *v, struct network_id net, struct group g,
		  struct address who)
{
	struct mc_member *known;
	struct mc_group *m;

	if (tl_address_is_reserved(who) ||
	    tl_address_equal(who, tl_node_address(v->node)))
		return;
	m = tl_group_get(v, net, g);
	if (!m)
		return;
	known = find_member(m, who);
	if (known) {
		known->when_ms = v->now;
		return;
	}
	if (!make_room(m))
		return;
	m->members[m->n_members++] = (struct mc_member){ who, v->now };
	tl_list_remove(&m->unheard);
	tl_multicast_on_member(v, m, who);
}

void tl_group_remove(struct vl2 *v, struct network_id net, struct group g,
		     struct address who)
{
	struct mc_group *m = tl_group_find(v, net, g);
	size_t i;

	for (i = 0; m && i < m->n_members; i++) {
		if (tl_address_equal(m->members[i].who, who))
			m->members[i] = m->members[--m->n_members];
	}
}

static void expire_members(struct mc_group *g, int64_t now)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < g->n_members; i++) {
		if (now - g->members[i].when_ms < GROUP_ENTRY_MS)
			g->members[kept++] = g->members[i];
	}
	g->n_members = kept;
}

void tl_group_expire(struct vl2 *v)
{
	struct map_walk walk = { 0 };
	struct map_node *it;

	while ((it = tl_map_step(&v->groups, &walk))) {
		struct mc_group *g = tl_container_of(it, struct mc_group, node);

		expire_members(g, v->now);
		tl_multicast_drop_queue(v, g, false);
		if (!g->n_members && !g->n_queue &&
		    v->now - g->gathered_ms >= tl_vl2_gather_ms(v))
			free_group(v, g);
	}
}

void tl_group_free_all(struct vl2 *v)
{
	struct map_walk walk = { 0 };
	struct map_node *it;

	while ((it = tl_map_step(&v->groups, &walk)))
		free_group(v, tl_container_of(it, struct mc_group, node));
	tl_map_fini(&v->groups);
}

bool tl_group_allows(struct vl2 *v, struct network_id id,
		     const struct peer *peer)
{
	struct network *net = tl_vl2_find(v, id);

	if (net && tl_gate_allows(net, peer))
		return true;
	if (tl_node_is_root(v->node))
		return true;
	return v->host->recently_authorized &&
	       v->host->recently_authorized(v->host_ctx, id, peer->id.addr);
}

/* @peer says that @who listens. */
static void enter(struct vl2 *v, struct peer *peer, struct network_id net,
		  struct group g, struct address who)
{
	bool is_told = tl_node_is_upstream(v->node, peer->id.addr) ||
		       tl_kin_needs(v, peer->id.addr);

	if (find_member(tl_group_find(v, net, g), who) ||
	    tl_bucket_take(&peer->likes,
			   is_told ? TOLD_PERIOD_MS : ENTRY_PERIOD_MS,
			   is_told ? TOLD_BURST : ENTRY_BURST, v->now))
		tl_group_add(v, net, g, who);
	else
		tl_node_drop(v->node, DROP_GATE);
}

enum rx_outcome tl_group_on_like(struct vl2 *v, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	struct network_id decided = { 0 };
	bool is_allowed = false;
	bool is_early = false;

	while (r.rest.n >= 18) {
		struct network_id net = { tl_read_be64(&r) };
		struct group g;

		g.mac = tl_read_mac(&r);
		g.adi = tl_read_be32(&r);
		if (!tl_network_id_equal(net, decided)) {
			decided = net;
			is_allowed = tl_group_allows(v, net, rx->peer);
		}
		if (is_allowed)
			enter(v, rx->peer, net, g, rx->peer->id.addr);
		else
			is_early |= tl_kin_is_of(v, net, rx->peer->id.addr);
	}
	/* The certificate of a neighbour waits for the controller's identity,
	 * which is being read from disk. */
	return is_early ? RX_DEFER : RX_DONE;
}

bool tl_group_write_result(struct vl2 *v, struct writer *w,
			   struct network_id id, struct group g, uint32_t limit,
			   struct peer *asker)
{
	struct network *net = tl_vl2_find(v, id);
	bool is_ours = net && tl_multicast_in_group(net, g);
	struct mc_group *m = tl_group_find(v, id, g);
	size_t known = m ? m->n_members : 0;
	size_t start = known ? (size_t)(tl_node_random(v->node) % known) : 0;
	size_t listed = 0;
	uint8_t *head = tl_write_room(w, 6);
	size_t i;

	limit = TL_MIN(limit, 65535u);
	if (!head || !limit || (!known && !is_ours) ||
	    !tl_bucket_take(&asker->gathers, GATHER_PERIOD_MS, GATHER_BURST,
			    v->now))
		return false;
	if (is_ours && ++listed)
		tl_write_address(w, tl_node_address(v->node));
	for (i = 0; i < known && listed < limit; i++) {
		struct address who = m->members[(start + i) % known].who;

		if (tl_address_equal(who, asker->id.addr))
			continue;
		if (w->n + ADDRESS_LEN > PACKET_SEND_MAX)
			break;
		tl_write_address(w, who);
		listed++;
	}
	tl_store_be32(head, (uint32_t)(known + is_ours));
	tl_store_be16(head + 4, (uint16_t)listed);
	return listed > 0 && tl_writer_ok(w);
}

void tl_group_read_result(struct vl2 *v, struct reader *r, struct peer *from,
			  struct network_id net, struct group g)
{
	bool is_asked_for = tl_group_find(v, net, g) != NULL;
	unsigned int n;

	tl_read_skip(r, 4);
	n = tl_read_be16(r);
	while (n-- && tl_reader_ok(r)) {
		struct address who = tl_read_address(r);

		if (tl_reader_ok(r) && is_asked_for)
			enter(v, from, net, g, who);
	}
}

enum rx_outcome tl_group_on_gather(struct vl2 *v, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	struct network_id id = { tl_read_be64(&r) };
	unsigned int flags = tl_read_u8(&r);
	struct network *net = tl_vl2_find(v, id);
	struct packet *p;
	struct group g;
	struct writer w;
	uint32_t limit;

	g.mac = tl_read_mac(&r);
	g.adi = tl_read_be32(&r);
	limit = tl_read_be32(&r);
	if (!tl_reader_ok(&r)) {
		tl_node_drop(v->node, DROP_MALFORMED);
		return RX_DONE;
	}
	if (net && flags & 0x01)
		tl_gate_inline_com(net, rx, &r);
	if (!limit || !tl_group_allows(v, id, rx->peer))
		return RX_DONE;
	p = tl_node_ok(v->node, rx);
	if (!p)
		return RX_DONE;
	w = tl_writer(tl_packet_room(p));
	w.n = p->n;
	tl_write_be64(&w, id.v);
	tl_write_mac(&w, g.mac);
	tl_write_be32(&w, g.adi);
	if (tl_group_write_result(v, &w, id, g, limit, rx->peer)) {
		p->n = (uint32_t)w.n;
		tl_node_reply(v->node, rx, p, SEND_PLAIN);
	} else {
		tl_packet_free(p);
	}
	return net && tl_gate_allows(net, rx->peer) ? RX_TRUSTED : RX_DONE;
}
