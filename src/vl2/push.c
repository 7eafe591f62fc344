/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push.c - our credentials to other members, packet by packet (vl2.md 7.3)
 *
 * Nodes of the reference look at one message of each sender in a second and
 * drop all others unseen. So there is a pause after each packet: credentials
 * that change meanwhile, and what does not fit one packet, wait for its end.
 */
#include "vl2/vl2_impl.h"

#define PACE_MS 1100

bool tl_push_set(struct network *net, struct address to,
		 struct credential_set *set)
{
	struct packet *p =
		tl_node_packet(net->v->node, to, VERB_NETWORK_CREDENTIALS);
	struct writer w;

	if (!p)
		return false;
	w = tl_writer(tl_buffer(p->data + p->head, PACKET_SEND_MAX));
	w.n = p->n;
	if (!tl_write_credentials(&w, set)) {
		tl_packet_free(p);
		return false;
	}
	p->n = (uint32_t)w.n;
	tl_node_send(net->v->node, p, SEND_COMPRESS, net->v->now);
	return true;
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
	struct push *p = &m->push;
	int64_t now = net->v->now;
	struct credential_set set;

	if (p->of != net->generation)
		begin(net, m);
	p->due_ms = 0;
	set = left_of(net->conf, p);
	if (tl_credential_set_is_empty(&set))
		return;
	if (p->last_ms && now < p->last_ms + PACE_MS) {
		wait_until(net, p, p->last_ms + PACE_MS);
		return;
	}
	p->last_ms = now;
	tl_push_set(net, m->m.member, &set);
	note_left(p, net->conf, &set);
	introduce(net, m);
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
