/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c - credentials sent and received, and who may send us frames
 * (vl2.md 7) */
#include "vl2/vl2_impl.h"

#include "base/alloc.h"

#define CREDENTIALS_GATE_MS 1000
#define CREDENTIALS_BURST 4 /* changes soon after each other */
#define REJECTED_MAX 16 /* in one message; what follows is not looked at */
#define CONTROLLER_GATE_MS 50
#define CONTROLLER_BURST 200
#define NEED_PUSH_MS 1000
#define ERROR_MS 1000

static bool is_admitted(struct network *net, const struct peer *peer)
{
	struct member *m;

	if (!net->conf)
		return false;
	if (net->conf->is_public)
		return true;
	m = tl_member_find(net, peer->id.addr);
	return m && tl_membership_still_agrees(&m->m, &net->conf->com,
					       net->generation, &peer->id);
}

bool tl_gate_allows(struct network *net, const struct peer *peer)
{
	struct member *m;

	if (!is_admitted(net, peer))
		return false;
	m = tl_member_get(net, peer->id.addr);
	if (m && (!m->liked_ms ||
		  net->v->now - m->liked_ms >= tl_vl2_like_ms(net->v))) {
		m->liked_ms = net->v->now;
		tl_multicast_announce_to(net, peer->id.addr, NULL, 0);
	}
	return true;
}

/* Once a second. Who is asked is no member, so it gets no record among them. */
bool tl_gate_may_ask(struct network *net, struct address to)
{
	uint64_t hash = tl_map_hash_u64(&net->members, to.v);
	struct need_sent *last = &net->needs[hash % NEEDS_MAX];
	int64_t now = net->v->now;

	if (tl_address_equal(last->to, to) && now - last->when_ms < ERROR_MS)
		return false;
	*last = (struct need_sent){ to, now };
	return true;
}

/* Tell the sender what is missing. */
static void send_need(struct network *net, const struct rx *rx)
{
	struct packet *p;

	if (!tl_gate_may_ask(net, rx->peer->id.addr))
		return;
	if (tl_report_is_wanted(net, TRACE_LEVEL_VERBOSE))
		tl_report_denied(net, rx);
	p = tl_node_error(net->v->node, rx, ERROR_NEED_MEMBERSHIP_CERTIFICATE);
	if (!p)
		return;
	tl_store_be64(p->data + p->head + p->n, net->id.v);
	p->n += 8;
	tl_node_reply(net->v->node, rx, p, SEND_PLAIN);
}

enum rx_outcome tl_gate_check(struct network *net, const struct rx *rx)
{
	if (tl_gate_allows(net, rx->peer))
		return RX_DONE;
	tl_node_drop(net->v->node,
		     net->conf ? DROP_NOT_MEMBER : DROP_NO_CONFIG);
	send_need(net, rx);
	return RX_DEFER;
}

void tl_gate_on_need_certificate(struct network *net, const struct rx *rx)
{
	if (net->conf && net->conf->com.n)
		tl_push_to_stranger(net, rx->peer->id.addr, NEED_PUSH_MS);
}

/* Whose record a credential belongs to, and its network. */
static struct address owner_of(const struct credential *c,
			       struct network_id *net)
{
	switch (c->type) {
	case CREDENTIAL_COM:
		*net = tl_com_network(&c->com);
		return tl_com_issued_to(&c->com);
	case CREDENTIAL_CAPABILITY:
		*net = c->capability.network;
		return c->capability.n_custody
			       ? c->capability
					 .custody[c->capability.n_custody - 1]
					 .to
			       : (struct address){ 0 };
	case CREDENTIAL_TAG:
		*net = c->tag.network;
		return c->tag.issued_to;
	case CREDENTIAL_OWNERSHIP:
		*net = c->ownership.network;
		return c->ownership.issued_to;
	case CREDENTIAL_REVOCATION:
		*net = c->revocation.network;
		return c->revocation.target;
	case CREDENTIAL_NULL:
		break;
	}
	*net = (struct network_id){ 0 };
	return (struct address){ 0 };
}

/* Only what is properly signed makes a record: anybody can name any number of
 * members. *@mp is set with ADD_NEW. */
static enum add_result add_first(struct network *net, struct address who,
				 const struct credential *c,
				 struct address *missing, struct member **mp)
{
	struct keyring keys = tl_network_keyring(net);
	struct membership first;
	enum add_result result;

	tl_membership_init(&first, net->id, who);
	result = tl_membership_add(&first, c, &keys, missing);
	*mp = result == ADD_NEW ? tl_member_get(net, who) : NULL;
	if (*mp) {
		(*mp)->m = first;
		return ADD_NEW;
	}
	tl_membership_fini(&first);
	return result == ADD_NEW ? ADD_REJECTED : result;
}

/* @m: whose it is, NULL if we have no record. */
static void reject(struct network *net, const struct member *m,
		   const struct credential *c)
{
	tl_node_drop(net->v->node, DROP_BAD_CREDENTIAL);
	if (tl_report_is_wanted(net, TRACE_LEVEL_NORMAL))
		tl_report_credential(net, c,
				     m ? tl_membership_why_not(&m->m, c)
				       : "invalid");
}

static enum add_result add(struct vl2 *v, struct address sender,
			   const struct credential *c)
{
	struct network_id id;
	struct address who = owner_of(c, &id);
	struct network *net = tl_vl2_find(v, id);
	struct address missing = { 0 };
	enum add_result result;
	struct keyring keys;
	struct member *m;

	if (!net || tl_address_is_reserved(who))
		return ADD_REJECTED;
	/* The recipient of a capability is covered by no signature. */
	if (c->type == CREDENTIAL_CAPABILITY &&
	    !tl_address_equal(who, sender)) {
		reject(net, NULL, c);
		return ADD_REJECTED;
	}
	keys = tl_network_keyring(net);
	m = tl_member_find(net, who);
	result = m ? tl_membership_add(&m->m, c, &keys, &missing)
		   : add_first(net, who, c, &missing, &m);
	if (result == ADD_DEFERRED)
		tl_node_whois(v->node, missing, v->now);
	if (result == ADD_REJECTED)
		reject(net, m, c);
	if (result == ADD_NEW) {
		tl_member_changed(m);
		if (c->type == CREDENTIAL_REVOCATION)
			tl_revoked_noted(net, &c->revocation);
		if (c->type == CREDENTIAL_REVOCATION && c->revocation.flags & 1)
			tl_push_spread(net, sender, &c->revocation);
	}
	return result;
}

/* Those of other networks cost nothing. */
static bool is_of_ours(const struct vl2 *v, const struct credential *c)
{
	struct network_id id;

	(void)owner_of(c, &id);
	return tl_vl2_find(v, id) != NULL;
}

static enum rx_outcome add_all(struct vl2 *v, struct address sender,
			       struct bytes payload, struct credential *c)
{
	struct credentials_parser parser = tl_credentials_parser(payload);
	enum rx_outcome outcome = RX_DONE;
	unsigned int n_rejected = 0;

	while (n_rejected < REJECTED_MAX && tl_credentials_next(&parser, c)) {
		switch (add(v, sender, c)) {
		case ADD_NEW:
		case ADD_REDUNDANT:
			outcome = RX_TRUSTED;
			break;
		case ADD_DEFERRED:
			return RX_DEFER;
		case ADD_REJECTED:
			n_rejected += is_of_ours(v, c);
			break;
		}
	}
	if (n_rejected == REJECTED_MAX)
		tl_node_drop(v->node, DROP_GATE);
	else if (!tl_credentials_ok(&parser))
		tl_node_drop(v->node, DROP_MALFORMED);
	return outcome;
}

/* One of the reference that is a controller sends as many revocations as it has
 * at once, and they must not be lost. */
static bool may_take(struct vl2 *v, const struct rx *rx)
{
	bool is_controller = tl_kin_needs(v, rx->peer->id.addr);

	return tl_bucket_take(
		&rx->peer->credentials,
		is_controller ? CONTROLLER_GATE_MS : CREDENTIALS_GATE_MS,
		is_controller ? CONTROLLER_BURST : CREDENTIALS_BURST, rx->now);
}

enum rx_outcome tl_gate_on_credentials(struct vl2 *v, struct rx *rx)
{
	struct credential *c;
	enum rx_outcome outcome;

	if (!rx->is_retry && !may_take(v, rx)) {
		tl_node_drop(v->node, DROP_GATE);
		return RX_IGNORED;
	}
	c = tl_alloc_zeroed(sizeof(*c));
	if (!c)
		return RX_IGNORED;
	outcome = add_all(v, rx->peer->id.addr, tl_rx_payload(rx), c);
	tl_free(c);
	return outcome;
}

void tl_gate_own_credentials(struct vl2 *v, struct bytes payload)
{
	struct credential *c = tl_alloc_zeroed(sizeof(*c));

	if (!c)
		return;
	add_all(v, tl_node_address(v->node), payload, c);
	tl_free(c);
}

/* A certificate that is new costs the check of a signature: one a second, and
 * the sender's own only. */
void tl_gate_inline_com(struct network *net, const struct rx *rx,
			struct reader *r)
{
	struct peer *peer = rx->peer;
	struct credential *c;
	struct member *m;
	struct com com;

	tl_read_com(r, &com);
	if (!tl_reader_ok(r) ||
	    !tl_network_id_equal(tl_com_network(&com), net->id) ||
	    !tl_address_equal(tl_com_issued_to(&com), peer->id.addr))
		return;
	m = tl_member_find(net, peer->id.addr);
	if (m && m->m.com.n && tl_com_equal(&m->m.com, &com))
		return;
	if (!rx->is_retry && peer->inline_com_ms &&
	    rx->now - peer->inline_com_ms < CREDENTIALS_GATE_MS)
		return;
	peer->inline_com_ms = rx->now;
	c = tl_alloc_zeroed(sizeof(*c));
	if (!c)
		return;
	c->type = CREDENTIAL_COM;
	c->com = com;
	(void)add(net->v, peer->id.addr, c);
	tl_free(c);
}
