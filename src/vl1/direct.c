/* SPDX-License-Identifier: Apache-2.0 */
/*
 * direct.c - telling members of common networks where we are (vl1.md 7.11.3,
 * 4.16)
 *
 * Behind a NAT that counts (nat.h) the ports come first that it will give us
 * next. The kind of NAT is told as well, in the extended information of the
 * first record, which others skip: 'N' and a byte of enum nat_kind.
 */
#include "vl1/node_impl.h"

#include <string.h>

#define PUSH_RELAYED_MS 15000
#define PUSH_DIRECT_MS 120000
#define LOW_PUSH_DIRECT_MS 1920000

/* A receiver listens to 7 in a row that are not more than 30 s apart, and to
 * none afterwards, until there is a longer pause. */
#define PUSH_PAUSE_MS 31000
#define PUSHES_IN_A_ROW 6

/* The answer to somebody who tells us where he is, if we have to be quick. */
#define PUSH_ANSWER_MS 5000
#define PUSH_PACKET_MAX 1200
#define PUSH_ENDPOINTS_MAX 64
#define RECEIVE_WINDOW_MS 30000
#define RECEIVE_IN_A_ROW 8
#define TRY_PER_KIND 8
#define EXTRA_NAT 'N'
#define FLAG_FORGET 0x01
#define FLAG_REDIRECT 0x02

static void add_new(struct endpoint *out, size_t *count, size_t max,
		    const struct endpoint *e)
{
	size_t i;

	for (i = 0; i < *count; i++) {
		if (tl_endpoint_equal(&out[i], e))
			return;
	}
	if (*count < max)
		out[(*count)++] = *e;
}

/* Our addresses without repetition: those we will have, the host's, then those
 * others see. */
static size_t own_endpoints(struct node *n, const struct nat_view *nat,
			    struct endpoint *out, size_t max)
{
	struct endpoint more[SURFACE_MAX];
	size_t count = tl_nat_predict(n, nat, out);
	size_t n_more = 0;
	size_t i;

	if (n->host->local_endpoints)
		n_more = n->host->local_endpoints(n->host_ctx, more,
						  TL_ARRAY_SIZE(more));
	for (i = 0; i < n_more; i++)
		add_new(out, &count, max, &more[i]);
	n_more = tl_node_surface(n, more, SURFACE_MAX);
	for (i = 0; i < n_more; i++)
		add_new(out, &count, max, &more[i]);
	return count;
}

/* @nat: NAT_UNKNOWN is not told. */
static void write_record(struct writer *w, const struct endpoint *e,
			 enum nat_kind nat)
{
	size_t ip_len = tl_endpoint_ip_len(e);

	tl_write_u8(w, 0);
	tl_write_be16(w, nat ? 2 : 0);
	if (nat) {
		tl_write_u8(w, EXTRA_NAT);
		tl_write_u8(w, (uint8_t)nat);
	}
	tl_write_u8(w, e->family);
	tl_write_u8(w, (uint8_t)(ip_len + 2));
	tl_write_bytes(w, tl_bytes(e->ip, ip_len));
	tl_write_be16(w, e->port);
}

/* One packet with as many of @list as fit. Return: how many. */
static size_t push_some(struct node *n, const struct rx *rx, enum nat_kind nat,
			const struct endpoint *list, size_t n_list)
{
	struct packet *p =
		tl_node_packet(n, rx->peer->id.addr, VERB_PUSH_DIRECT_PATHS);
	struct writer w;
	size_t i;

	if (!p)
		return n_list;
	w = tl_writer(tl_packet_room(p));
	w.n = p->n + 2;
	for (i = 0; i < n_list && w.n + 24 < PUSH_PACKET_MAX; i++)
		write_record(&w, &list[i], i ? NAT_UNKNOWN : nat);
	tl_store_be16(p->data + p->head + p->n, (uint16_t)i);
	p->n = (uint32_t)w.n;
	tl_node_reply(n, rx, p, SEND_COMPRESS);
	return i;
}

static void push(struct node *n, const struct rx *rx,
		 const struct nat_view *nat)
{
	struct endpoint list[PUSH_ENDPOINTS_MAX];
	struct peer *peer = rx->peer;
	size_t count;
	size_t done = 0;

	if (n->now - peer->push_sent_ms > PUSH_PAUSE_MS)
		peer->pushes_sent = 0;
	peer->pushes_sent++;
	peer->push_sent_ms = n->now;
	count = own_endpoints(n, nat, list, PUSH_ENDPOINTS_MAX);
	while (done < count)
		done += push_some(n, rx, nat->kind, list + done, count - done);
	if (nat->kind == NAT_COUNTING)
		tl_attempt_soon(n, peer);
}

static int64_t push_period(const struct node *n, const struct rx *rx)
{
	if (!rx->hops && !tl_path_is_tunnel(rx->path))
		return n->local.is_low_bandwidth ? LOW_PUSH_DIRECT_MS
						 : PUSH_DIRECT_MS;
	return rx->peer->pushes_sent < PUSHES_IN_A_ROW ? PUSH_RELAYED_MS
						       : PUSH_PAUSE_MS + 1;
}

void tl_direct_push(struct node *n, const struct rx *rx)
{
	struct nat_view nat;

	if (rx->peer->push_sent_ms &&
	    n->now - rx->peer->push_sent_ms < push_period(n, rx))
		return;
	tl_nat_look(n, &nat);
	push(n, rx, &nat);
}

/* The peer is going to probe us: which ports it should try it must hear before
 * we use them up (attempt.h). */
static void answer_push(struct node *n, const struct rx *rx)
{
	struct peer *peer = rx->peer;
	struct nat_view nat;

	if (!rx->hops || !tl_peer_is_trusted(peer, n->now) ||
	    n->now - peer->push_sent_ms < PUSH_ANSWER_MS ||
	    peer->pushes_sent >= PUSHES_IN_A_ROW)
		return;
	tl_nat_look(n, &nat);
	if (nat.kind == NAT_COUNTING)
		push(n, rx, &nat);
}

static bool has_path_to(const struct node *n, const struct peer *peer,
			const struct endpoint *e)
{
	unsigned int i;

	for (i = 0; i < peer->n_slots; i++) {
		const struct path_slot *slot = &peer->slots[i];

		if (n->now - slot->last_receive_ms < PATH_EXPIRY_MS &&
		    !tl_path_is_tunnel(slot->path) &&
		    tl_endpoint_equal(&slot->path->remote, e))
			return true;
	}
	return false;
}

static void read_extra(struct bytes extra, enum nat_kind *nat)
{
	if (extra.n >= 2 && extra.at[0] == EXTRA_NAT && extra.at[1] < NAT_KINDS)
		*nat = extra.at[1];
}

/* An address and its flags; nil if it is of a kind we do not know. */
static struct endpoint read_record(struct reader *r, unsigned int *flags,
				   enum nat_kind *nat)
{
	struct endpoint e = { 0 };
	unsigned int family;
	struct bytes where;
	struct reader at;

	*flags = tl_read_u8(r);
	read_extra(tl_read_slice(r, tl_read_be16(r)), nat);
	family = tl_read_u8(r);
	where = tl_read_slice(r, tl_read_u8(r));
	at = tl_reader(where);
	if (!(family == 4 && where.n == 6) && !(family == 6 && where.n == 18))
		return e;
	tl_read_copy(&at, e.ip, family == 4 ? 4 : 16);
	e.port = tl_read_be16(&at);
	e.family = (uint8_t)family;
	return e;
}

static bool gate_is_open(struct node *n, struct peer *peer)
{
	bool is_soon = peer->push_received_ms &&
		       n->now - peer->push_received_ms <= RECEIVE_WINDOW_MS;

	peer->pushes_in_a_row = is_soon ? peer->pushes_in_a_row + 1 : 0;
	peer->push_received_ms = n->now;
	return peer->pushes_in_a_row < RECEIVE_IN_A_ROW;
}

static bool is_worth_a_try(const struct node *n, const struct peer *peer,
			   const struct endpoint *e, unsigned int flags)
{
	return !tl_endpoint_is_nil(e) && !(flags & FLAG_FORGET) &&
	       tl_node_may_use(n, peer->id.addr, e) && !has_path_to(n, peer, e);
}

enum rx_outcome tl_direct_on_push(struct node *n, struct rx *rx)
{
	unsigned int tried[IP_SCOPE_PRIVATE + 1][2] = { { 0 } };
	struct endpoint list[ATTEMPT_TOLD_MAX];
	struct reader r = tl_reader(tl_rx_payload(rx));
	unsigned int count = tl_read_be16(&r);
	enum nat_kind nat = NAT_UNKNOWN;
	unsigned int flags;
	size_t n_list = 0;

	if (!gate_is_open(n, rx->peer)) {
		tl_node_drop(n, DROP_GATE);
		return RX_DONE;
	}
	while (count-- && n_list < ATTEMPT_TOLD_MAX) {
		struct endpoint e = read_record(&r, &flags, &nat);
		enum ip_scope scope = tl_endpoint_scope(&e);

		if (!tl_reader_ok(&r)) {
			tl_node_drop(n, DROP_MALFORMED);
			break;
		}
		if (!is_worth_a_try(n, rx->peer, &e, flags) ||
		    tried[scope][e.family == 6]++ >= TRY_PER_KIND)
			continue;
		/* A cluster redirect (vl1.md 7.14) is an address like others,
		 * tried the way that was meant: nothing moves before it has
		 * answered. */
		if (flags & FLAG_REDIRECT)
			tl_greet(n, rx->peer, rx->path->socket, &e);
		else
			list[n_list++] = e;
	}
	answer_push(n, rx);
	tl_attempt_told(n, rx->peer, list, n_list, nat);
	return RX_DONE;
}
