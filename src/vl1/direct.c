/* SPDX-License-Identifier: Apache-2.0 */
/* direct.c - telling members of common networks where we are (vl1.md 7.11.3,
 * 4.16) */
#include "vl1/node_impl.h"

#include <string.h>

#define PUSH_RELAYED_MS 15000
#define PUSH_DIRECT_MS 120000
#define PUSH_PACKET_MAX 1200
#define PUSH_ENDPOINTS_MAX 64
#define RECEIVE_WINDOW_MS 30000
#define RECEIVE_IN_A_ROW 8
#define TRY_PER_KIND 8
#define FLAG_FORGET 0x01
#define FLAG_REDIRECT 0x02

/* Our addresses without repetition: the host's, then those others see. */
static size_t own_endpoints(struct node *n, struct endpoint *out, size_t max)
{
	struct endpoint seen[SURFACE_MAX];
	size_t count = 0;
	size_t n_seen;
	size_t i;
	size_t j;

	if (n->host->local_endpoints)
		count = n->host->local_endpoints(n->host_ctx, out, max);
	n_seen = tl_node_surface(n, seen, SURFACE_MAX);
	for (i = 0; i < n_seen && count < max; i++) {
		for (j = 0; j < count; j++) {
			if (tl_endpoint_equal(&out[j], &seen[i]))
				break;
		}
		if (j == count)
			out[count++] = seen[i];
	}
	return count;
}

static void write_record(struct writer *w, const struct endpoint *e)
{
	size_t ip_len = tl_endpoint_ip_len(e);

	tl_write_u8(w, 0);
	tl_write_be16(w, 0);
	tl_write_u8(w, e->family);
	tl_write_u8(w, (uint8_t)(ip_len + 2));
	tl_write_bytes(w, tl_bytes(e->ip, ip_len));
	tl_write_be16(w, e->port);
}

/* One packet with as many of @list as fit. Return: how many. */
static size_t push_some(struct node *n, const struct rx *rx,
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
		write_record(&w, &list[i]);
	tl_store_be16(p->data + p->head + p->n, (uint16_t)i);
	p->n = (uint32_t)w.n;
	tl_node_reply(n, rx, p, SEND_COMPRESS);
	return i;
}

void tl_direct_push(struct node *n, const struct rx *rx)
{
	int64_t period = rx->hops ? PUSH_RELAYED_MS : PUSH_DIRECT_MS;
	struct endpoint list[PUSH_ENDPOINTS_MAX];
	size_t count;
	size_t done = 0;

	if (rx->peer->push_sent_ms && n->now - rx->peer->push_sent_ms < period)
		return;
	rx->peer->push_sent_ms = n->now;
	count = own_endpoints(n, list, PUSH_ENDPOINTS_MAX);
	while (done < count)
		done += push_some(n, rx, list + done, count - done);
}

static bool has_path_to(const struct node *n, const struct peer *peer,
			const struct endpoint *e)
{
	unsigned int i;

	for (i = 0; i < peer->n_slots; i++) {
		const struct path_slot *slot = &peer->slots[i];

		if (n->now - slot->last_receive_ms < PATH_EXPIRY_MS &&
		    tl_endpoint_equal(&slot->path->remote, e))
			return true;
	}
	return false;
}

/* An address and its flags; nil if it is of a kind we do not know. */
static struct endpoint read_record(struct reader *r, unsigned int *flags)
{
	struct endpoint e = { 0 };
	unsigned int family;
	struct bytes where;
	struct reader at;

	*flags = tl_read_u8(r);
	tl_read_skip(r, tl_read_be16(r));
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

enum rx_outcome tl_direct_on_push(struct node *n, struct rx *rx)
{
	unsigned int tried[IP_SCOPE_PRIVATE + 1][2] = { { 0 } };
	struct reader r = tl_reader(tl_rx_payload(rx));
	unsigned int count = tl_read_be16(&r);
	unsigned int flags;

	if (!gate_is_open(n, rx->peer)) {
		tl_node_drop(n, DROP_GATE);
		return RX_DONE;
	}
	while (count-- && tl_reader_ok(&r)) {
		struct endpoint e = read_record(&r, &flags);
		enum ip_scope scope = tl_endpoint_scope(&e);

		/* Cluster redirects are tolerated, not followed: no current
		 * software sends them (vl1.md 7.14). */
		if (!tl_reader_ok(&r) || tl_endpoint_is_nil(&e) ||
		    flags & (FLAG_FORGET | FLAG_REDIRECT) ||
		    !tl_node_may_use(n, rx->peer->id.addr, &e) ||
		    has_path_to(n, rx->peer, &e))
			continue;
		if (tried[scope][e.family == 6]++ < TRY_PER_KIND) {
			tl_probe_note(n, rx->peer, ATTEMPT_PUSHED, &e);
			tl_greet_contact(n, rx->peer, PATH_SOCKET_ANY, &e,
					 false);
		}
	}
	if (!tl_reader_ok(&r))
		tl_node_drop(n, DROP_MALFORMED);
	return RX_DONE;
}
