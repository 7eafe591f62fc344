/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revoked.c - members whose certificate was revoked, ourselves included
 *
 * Nothing is sent to them either: they would still take it, since they have the
 * certificates of all others. They are asked for a newer one instead, as only
 * they can know that they were let in again.
 */
#include "vl2/vl2_impl.h"

static bool is_revoked(const struct network *net, const struct membership *m)
{
	if (!m->com_threshold || net->conf->is_public)
		return false;
	return !m->com.n || tl_com_timestamp(&m->com) <= m->com_threshold;
}

/* An ERROR that answers nothing: only its code and network are looked at. */
static void ask(struct network *net, struct address to)
{
	struct packet *p;
	struct writer w;

	if (!tl_gate_may_ask(net, to))
		return;
	p = tl_node_packet(net->v->node, to, VERB_ERROR);
	if (!p)
		return;
	w = tl_writer(tl_packet_room(p));
	w.n = p->n;
	tl_write_u8(&w, VERB_FRAME);
	tl_write_be64(&w, 0);
	tl_write_u8(&w, ERROR_NEED_MEMBERSHIP_CERTIFICATE);
	tl_write_be64(&w, net->id.v);
	p->n = (uint32_t)w.n;
	tl_node_send(net->v->node, p, SEND_PLAIN, net->v->now);
}

bool tl_revoked_refuses(struct network *net, const struct member *m)
{
	if (!m || !is_revoked(net, &m->m))
		return false;
	tl_node_drop(net->v->node, DROP_NOT_MEMBER);
	ask(net, m->m.member);
	return true;
}

void tl_revoked_noted(struct network *net, const struct revocation *rev)
{
	struct address own = tl_node_address(net->v->node);

	if (rev->credential_type != CREDENTIAL_COM ||
	    !tl_address_equal(rev->target, own))
		return;
	/* It comes late: we were let in again meanwhile. */
	if (net->conf && net->conf->com.n &&
	    tl_com_timestamp(&net->conf->com) > rev->threshold)
		return;
	net->must_ask = true;
	net->requests = 0;
	net->next_request_ms = net->v->now;
}
