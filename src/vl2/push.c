/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push.c - our credentials to other members, packet by packet (vl2.md 7.3)
 *
 * Nodes of the reference look at one message of each sender in a second and
 * drop all others unseen. So there is a pause after each packet: credentials
 * that change meanwhile, revocations that are to spread, and what does not fit
 * one packet, wait for its end.
 */
#include "vl2/vl2_impl.h"

#include "base/alloc.h"

#define PACE_MS 1100

/* One packet of @set, from which it is taken. */
static void send_set(struct network *net, struct address to,
		     struct credential_set *set)
{
	struct packet *p =
		tl_node_packet(net->v->node, to, VERB_NETWORK_CREDENTIALS);
	struct writer w;

	if (!p)
		return;
	w = tl_writer(tl_buffer(p->data + p->head, PACKET_SEND_MAX));
	w.n = p->n;
	if (!tl_write_credentials(&w, set)) {
		tl_packet_free(p);
		return;
	}
	p->n = (uint32_t)w.n;
	tl_node_send(net->v->node, p, SEND_COMPRESS, net->v->now);
}

/* Has a later one of the ring the same effect? */
static bool is_outdated(const struct network *net, uint64_t i)
{
	const struct revocation *old = &net->spread[i % SPREAD_MAX];
	uint64_t k;

	for (k = i + 1; k < net->n_spread; k++) {
		const struct revocation *new = &net->spread[k % SPREAD_MAX];

		if (tl_address_equal(new->target, old->target) &&
		    new->credential_type ==
			    old->credential_type &&new->credential_id ==
			    old->credential_id &&new->threshold >=
				    old->threshold)
			return true;
	}
	return false;
}

/* What @m was not told of yet. Return: how many. */
static size_t left_to_spread(const struct network *net, struct push *p,
			     struct revocation out[SPREAD_MAX])
{
	size_t n = 0;
	uint64_t i;

	if (net->n_spread > SPREAD_MAX)
		p->n_spread = TL_MAX(p->n_spread, net->n_spread - SPREAD_MAX);
	for (i = p->n_spread; i < net->n_spread; i++) {
		if (!is_outdated(net, i))
			out[n++] = net->spread[i % SPREAD_MAX];
	}
	return n;
}

/* What has not left yet. Arrays without elements may be null pointers. */
static struct credential_set left_of(const struct netconf *c,
				     const struct push *p)
{
	struct credential_set set = { 0 };

	if (c->com.n && !p->has_com)
		set.com = &c->com;
	set.n_capabilities = c->n_capabilities - p->n_capabilities;
	if (set.n_capabilities)
		set.capabilities = c->capabilities + p->n_capabilities;
	set.n_tags = c->n_tags - p->n_tags;
	if (set.n_tags)
		set.tags = c->tags + p->n_tags;
	set.n_ownerships = c->n_ownerships - p->n_ownerships;
	if (set.n_ownerships)
		set.ownerships = c->ownerships + p->n_ownerships;
	return set;
}

static void note_left(struct push *p, const struct netconf *c,
		      const struct credential_set *set)
{
	p->has_com = !set->com;
	p->n_capabilities = c->n_capabilities - set->n_capabilities;
	p->n_tags = c->n_tags - set->n_tags;
	p->n_ownerships = c->n_ownerships - set->n_ownerships;
}

static void wait_until(struct network *net, struct push *p, int64_t due_ms)
{
	p->due_ms = due_ms;
	if (!net->next_push_ms || due_ms < net->next_push_ms)
		net->next_push_ms = due_ms;
}

static void begin(struct network *net, struct member *m)
{
	m->pushed_ms = net->v->now;
	m->push = (struct push){ .last_ms = m->push.last_ms,
				 .n_spread = m->push.n_spread,
				 .is_unknown = m->push.is_unknown,
				 .of = net->generation };
}

/* Whoever did not know us has dropped what we said of our groups, too. */
static void introduce(struct network *net, struct member *m)
{
	if (!m->push.is_unknown || !m->push.has_com)
		return;
	m->push.is_unknown = false;
	m->liked_ms = net->v->now;
	tl_multicast_announce_to(net, m->m.member, NULL, 0);
}

static void send_next(struct network *net, struct member *m)
{
	struct revocation revoked[SPREAD_MAX];
	struct push *p = &m->push;
	int64_t now = net->v->now;
	struct credential_set set;

	if (p->of && p->of != net->generation)
		begin(net, m);
	p->due_ms = 0;
	set = p->of ? left_of(net->conf, p) : (struct credential_set){ 0 };
	set.n_revocations = left_to_spread(net, p, revoked);
	set.revocations = set.n_revocations ? revoked : NULL;
	if (tl_credential_set_is_empty(&set))
		return;
	if (p->last_ms && now < p->last_ms + PACE_MS) {
		wait_until(net, p, p->last_ms + PACE_MS);
		return;
	}
	p->last_ms = now;
	send_set(net, m->m.member, &set);
	if (!set.n_revocations)
		p->n_spread = net->n_spread;
	if (p->of) {
		note_left(p, net->conf, &set);
		introduce(net, m);
	}
	if (!tl_credential_set_is_empty(&set))
		wait_until(net, p, now + PACE_MS);
}

void tl_gate_push(struct network *net, struct address to, int64_t min_age_ms)
{
	struct member *m = tl_member_get(net, to);

	if (!m || !net->conf)
		return;
	if (m->pushed_ms && m->push.of == net->generation &&
	    net->v->now - m->pushed_ms <= min_age_ms)
		return;
	begin(net, m);
	send_next(net, m);
}

void tl_push_to_stranger(struct network *net, struct address to,
			 int64_t min_age_ms)
{
	struct member *m = tl_member_get(net, to);

	if (m)
		m->push.is_unknown = true;
	tl_gate_push(net, to, min_age_ms);
}

/* Who knows it is left out, and who is not known to the node: many that were
 * revoked are not, and no root needs to be asked for them. */
static void spread_to(struct network *net, struct member *m,
		      struct address sender, const struct revocation *rev)
{
	struct address to = m->m.member;

	if (tl_address_equal(to, sender) ||
	    tl_address_equal(to, rev->seal.signed_by) ||
	    tl_address_equal(to, tl_node_address(net->v->node))) {
		if (m->push.n_spread + 1 == net->n_spread)
			m->push.n_spread = net->n_spread;
	} else if (tl_node_find_peer(net->v->node, to)) {
		send_next(net, m);
	}
}

void tl_push_spread(struct network *net, struct address sender,
		    const struct revocation *rev)
{
	struct map_walk walk = { 0 };
	struct map_node *it;

	if (!net->spread)
		net->spread = tl_alloc_array(SPREAD_MAX, sizeof(*net->spread));
	if (!net->spread || !net->conf)
		return;
	net->spread[net->n_spread++ % SPREAD_MAX] = *rev;
	while ((it = tl_map_step(&net->members, &walk)))
		spread_to(net, tl_container_of(it, struct member, node), sender,
			  rev);
}

int64_t tl_push_run(struct network *net)
{
	struct map_walk walk = { 0 };
	struct map_node *it;

	if (net->next_push_ms && net->v->now >= net->next_push_ms) {
		net->next_push_ms = 0;
		while ((it = tl_map_step(&net->members, &walk))) {
			struct member *m =
				tl_container_of(it, struct member, node);

			if (!m->push.due_ms)
				continue;
			if (m->push.due_ms <= net->v->now)
				send_next(net, m);
			else
				wait_until(net, &m->push, m->push.due_ms);
		}
	}
	return net->next_push_ms ? net->next_push_ms : INT64_MAX;
}
