/* SPDX-License-Identifier: Apache-2.0 */
/* whois.c - identities asked for and told (vl1.md 4.5, 7.7) */
#include <string.h>

#include "base/alloc.h"
#include "vl1/node_impl.h"

#define WHOIS_GATE_MS 100

/* Questions that strangers cause: 100 packets a second, 32 at once. With up to
 * 64 addresses in each, thousands of nodes that come at the same time are known
 * within a second, and a flood of made-up ones is 40 KB/s to our root. Those
 * that wait for their turn cost 8 bytes each. */
#define INQUIRY_PERIOD_MS 10
#define INQUIRY_BURST 32
#define INQUIRED_FIRST 64
#define INQUIRED_MAX 8192

/* The entry of @a, else the oldest of those it may replace. Strangers make us
 * ask for any number of addresses; by a secret hash they cannot push out a
 * certain one. */
static struct whois_entry *entry_of(struct node *n, struct address a)
{
	uint64_t hash = tl_map_hash_u64(&n->peers, a.v);
	struct whois_entry *ways =
		&n->whois[hash % (WHOIS_TABLE / WHOIS_WAYS) * WHOIS_WAYS];
	struct whois_entry *oldest = ways;
	unsigned int i;

	for (i = 0; i < WHOIS_WAYS; i++) {
		if (tl_address_equal(ways[i].who, a))
			return &ways[i];
		if (ways[i].asked_ms < oldest->asked_ms)
			oldest = &ways[i];
	}
	return oldest;
}

/* Is it time to ask for @a? Then it counts as asked for. */
static bool begin_asking(struct node *n, struct address a, int64_t now)
{
	struct whois_entry *e;

	if (tl_address_equal(a, n->id.addr) || tl_address_is_reserved(a))
		return false;
	e = entry_of(n, a);
	if (tl_address_equal(e->who, a) && now - e->asked_ms < WHOIS_RETRY_MS)
		return false;
	*e = (struct whois_entry){ a, now };
	return true;
}

/* Not queued: the asking is repeated by whatever waits. */
static void ask(struct node *n, const struct peer *root,
		const struct address *who, unsigned int count)
{
	struct packet *p = tl_node_packet(n, root->id.addr, VERB_WHOIS);
	unsigned int i;

	if (!p)
		return;
	for (i = 0; i < count; i++) {
		tl_store_be40(p->data + p->head + p->n, who[i].v);
		p->n += ADDRESS_LEN;
	}
	if (!tl_send_try(n, p, SEND_EXPECT_REPLY))
		tl_packet_free(p);
}

void tl_node_whois(struct node *n, struct address a, int64_t now)
{
	const struct peer *root = tl_node_best_upstream(n, now);

	if (root && begin_asking(n, a, now))
		ask(n, root, &a, 1);
}

/* Of the first that wait, those for whom it is time. Return: how many. */
static unsigned int take_inquired(struct node *n,
				  struct address out[WHOIS_ADDRESSES_MAX])
{
	unsigned int taken = TL_MIN(n->n_inquired, WHOIS_ADDRESSES_MAX);
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < taken; i++) {
		if (!tl_node_find_peer(n, n->inquired[i]) &&
		    begin_asking(n, n->inquired[i], n->now))
			out[count++] = n->inquired[i];
	}
	n->n_inquired -= taken;
	memmove(n->inquired, n->inquired + taken,
		n->n_inquired * sizeof(*n->inquired));
	return count;
}

static bool has_room(struct node *n)
{
	unsigned int room = TL_MAX(2 * n->inquired_room, INQUIRED_FIRST);
	struct address *more;

	if (n->n_inquired < n->inquired_room)
		return true;
	if (room > INQUIRED_MAX)
		return false;
	more = tl_realloc(n->inquired, room * sizeof(*more));
	if (!more)
		return false;
	n->inquired = more;
	n->inquired_room = room;
	return true;
}

void tl_whois_soon(struct node *n, struct address a)
{
	/* Who is left out now is asked for when it sends again. */
	if (has_room(n))
		n->inquired[n->n_inquired++] = a;
}

/* What many have needed is given back. */
static void release_inquired(struct node *n)
{
	if (n->n_inquired || n->inquired_room <= INQUIRED_FIRST)
		return;
	tl_free(n->inquired);
	n->inquired = NULL;
	n->inquired_room = 0;
}

void tl_whois_flush(struct node *n)
{
	struct address who[WHOIS_ADDRESSES_MAX];
	const struct peer *root;
	unsigned int count;

	while (n->n_inquired && tl_bucket_take(&n->inquiries, INQUIRY_PERIOD_MS,
					       INQUIRY_BURST, n->now)) {
		count = take_inquired(n, who);
		root = tl_node_best_upstream(n, n->now);
		if (root && count)
			ask(n, root, who, count);
	}
	release_inquired(n);
}

int64_t tl_whois_due(const struct node *n)
{
	/* There is the next token. */
	return n->n_inquired ? n->inquiries.full_at_ms -
				       INQUIRY_PERIOD_MS * (INQUIRY_BURST - 1)
			     : INT64_MAX;
}

static bool append_identity(struct packet *p, const struct identity *id)
{
	struct writer w = tl_writer(tl_packet_room(p));

	w.n = p->n;
	tl_write_identity(&w, id);
	if (!tl_writer_ok(&w) || w.n > PACKET_SEND_MAX)
		return false;
	p->n = (uint32_t)w.n;
	return true;
}

static const struct identity *find_identity(const struct node *n,
					    struct address a)
{
	const struct peer *peer;

	if (tl_address_equal(a, n->id.addr))
		return &n->id;
	peer = tl_node_find_peer(n, a);
	return peer ? &peer->id : NULL;
}

enum rx_outcome tl_whois_on_request(struct node *n, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	struct packet *p;
	unsigned int n_found = 0;
	unsigned int n_asked = 0;

	if (!n->is_root && rx->peer->whois_received_ms &&
	    n->now - rx->peer->whois_received_ms < WHOIS_GATE_MS) {
		tl_node_drop(n, DROP_GATE);
		return RX_IGNORED;
	}
	rx->peer->whois_received_ms = n->now;
	p = tl_node_ok(n, rx);
	if (!p)
		return RX_DONE;
	while (r.rest.n >= ADDRESS_LEN && n_asked++ < WHOIS_ADDRESSES_MAX) {
		struct address a = tl_read_address(&r);
		const struct identity *id = find_identity(n, a);

		if (!id)
			tl_node_whois(n, a, n->now);
		else if (append_identity(p, id))
			n_found++;
	}
	if (n_found)
		tl_node_reply(n, rx, p, SEND_PLAIN);
	else
		tl_packet_free(p);
	return RX_DONE;
}

static bool was_asked_for(struct node *n, struct address a)
{
	return tl_address_equal(entry_of(n, a)->who, a);
}

/* Unlike the reference, every identity in the answer is used; none replaces one
 * that is known, and none that was not asked for is taken. */
enum rx_outcome tl_whois_on_ok(struct node *n, struct rx *rx, struct reader *r)
{
	struct identity id;
	struct peer *peer;

	if (!rx->peer->is_upstream) {
		tl_node_drop(n, DROP_NOT_UPSTREAM);
		return RX_DONE;
	}
	while (r->rest.n) {
		tl_read_identity(r, &id);
		if (!tl_reader_ok(r)) {
			tl_node_drop(n, DROP_MALFORMED);
			break;
		}
		if (tl_node_find_peer(n, id.addr) ||
		    !was_asked_for(n, id.addr) ||
		    tl_address_equal(id.addr, n->id.addr))
			continue;
		if (tl_node_add_peer(n, &peer, &id, n->now)) {
			tl_node_drop(n, DROP_PEER_TABLE_FULL);
			continue;
		}
		tl_receive_peer_known(n, id.addr);
	}
	return RX_DONE;
}
