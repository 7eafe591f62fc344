/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neighbour.c - MAC addresses of IPv4 and IPv6 neighbours
 *
 * Theory of operation: one hash table for all interfaces, keyed by interface
 * and address. An entry is made by the first packet to send, which waits in it
 * while the neighbour is asked, once a second. What answers is trusted for
 * REACHABLE_US; the first packet after that still goes out, and the neighbour
 * is asked again, at its MAC alone; who does not answer is forgotten. Entries
 * that nobody sends to cost no timer.
 *
 * A request for our own address makes an entry too (we are about to answer it),
 * other unasked messages only refresh one. A full table forgets the entry that
 * was confirmed longest ago, and never one that is being asked.
 *
 * IPv6 addresses from which the MAC follows by computation need no entry.
 */
#include "stack/internal.h"

#include <string.h>

#include "base/alloc.h"

#define SECOND_US 1000000
#define REACHABLE_US (30 * (int64_t)SECOND_US)
#define ASK_TIMES 6
#define PROBE_TIMES 3
#define TABLE_MAX 8192
#define ASKING_MAX 1024
#define QUEUE_MAX 64
#define QUEUED_MAX 1024

/*
 * ASKING	MAC unknown; packets wait; on the asking list
 * KNOWN	MAC known; may be older than REACHABLE_US
 * PROBING	MAC known and used, asked for again; on the asking list
 */
enum neighbour_state {
	ASKING,
	KNOWN,
	PROBING
};

/**
 * struct neighbour - An address and its MAC
 * @link:	in the interface's list, oldest confirmation first
 * @asking:	in the stack's list while it is asked
 * @queue:	packets that wait, at most QUEUE_MAX
 * @ethertype:	of the waiting packets
 */
struct neighbour {
	struct map_node node;
	struct list link;
	struct list asking;
	struct ifc *ifc;
	struct ip ip;
	enum neighbour_state state;
	uint8_t mac[6];
	int64_t confirmed_us;
	int64_t ask_again_us;
	unsigned int asked;
	struct list queue;
	size_t n_queued;
	uint16_t ethertype;
};

static uint64_t hash_of(const struct ifc *ifc, const struct ip *ip)
{
	struct {
		uint64_t ifc;
		struct ip ip;
		uint8_t zero[7];
	} key = { (uint64_t)(uintptr_t)ifc, *ip, { 0 } };

	return tl_map_hash(&tl_stack.neighbours, tl_bytes(&key, sizeof(key)));
}

static bool is_of(struct map_node *n, const struct ifc *ifc,
		  const struct ip *ip)
{
	const struct neighbour *e = tl_container_of(n, struct neighbour, node);

	return e->ifc == ifc && tl_ip_equal(&e->ip, ip);
}

static struct neighbour *find(const struct ifc *ifc, const struct ip *ip)
{
	struct map_node *n = tl_map_last(&tl_stack.neighbours);

	if (n && is_of(n, ifc, ip))
		return tl_container_of(n, struct neighbour, node);
	n = tl_map_first(&tl_stack.neighbours, hash_of(ifc, ip));
	while (n && !is_of(n, ifc, ip))
		n = tl_map_next(n);
	if (!n)
		return NULL;
	tl_map_found(&tl_stack.neighbours, n);
	return tl_container_of(n, struct neighbour, node);
}

static void drop_oldest(struct neighbour *e, enum drop reason)
{
	struct packet *p = tl_list_first(&e->queue, struct packet, link);

	tl_list_remove(&p->link);
	e->n_queued--;
	tl_stack.n_queued--;
	tl_packet_free(p);
	tl_stack_drop(reason);
}

static void stop_asking(struct neighbour *e)
{
	if (e->state == ASKING)
		e->ifc->n_asking--;
	tl_list_remove(&e->asking);
	e->asked = 0;
	e->state = KNOWN;
}

static void forget(struct neighbour *e)
{
	while (e->n_queued)
		drop_oldest(e, DROP_NO_NEIGHBOUR);
	stop_asking(e);
	tl_list_remove(&e->link);
	tl_map_remove(&tl_stack.neighbours, &e->node);
	e->ifc->n_entries--;
	tl_free(e);
}

/* Room for one more entry. */
static bool make_room(struct ifc *ifc)
{
	struct neighbour *e;

	if (ifc->n_entries < TABLE_MAX)
		return true;
	tl_list_each(it, next, &ifc->entries) {
		e = tl_container_of(it, struct neighbour, link);
		if (e->state == KNOWN) {
			forget(e);
			return true;
		}
	}
	return false;
}

static struct neighbour *add(struct ifc *ifc, const struct ip *ip)
{
	struct neighbour *e;

	if (!make_room(ifc))
		return NULL;
	e = tl_alloc_zeroed(sizeof(*e));
	if (!e)
		return NULL;
	e->ifc = ifc;
	e->ip = *ip;
	e->state = KNOWN;
	e->ethertype = ip->family == 4 ? ETHERTYPE_IP4 : ETHERTYPE_IP6;
	tl_list_init(&e->queue);
	tl_list_init(&e->asking);
	if (tl_map_insert(&tl_stack.neighbours, &e->node, hash_of(ifc, ip))) {
		tl_free(e);
		return NULL;
	}
	tl_list_append(&ifc->entries, &e->link);
	ifc->n_entries++;
	return e;
}

static void ask(struct neighbour *e)
{
	const uint8_t *mac = e->state == PROBING ? e->mac : NULL;

	e->asked++;
	e->ask_again_us = tl_stack.now_us + SECOND_US;
	tl_list_remove(&e->asking);
	tl_list_append(&tl_stack.asking, &e->asking);
	if (e->ip.family == 4)
		tl_arp_ask(e->ifc, &e->ip, mac);
	else
		tl_ndp_ask(e->ifc, &e->ip, mac);
}

static void start_asking(struct neighbour *e, enum neighbour_state state)
{
	e->state = state;
	e->asked = 0;
	if (state == ASKING)
		e->ifc->n_asking++;
	ask(e);
}

static void enqueue(struct neighbour *e, struct packet *p)
{
	if (tl_stack.n_queued >= QUEUED_MAX && !e->n_queued) {
		tl_stack_drop(DROP_QUEUE_FULL);
		tl_packet_free(p);
		return;
	}
	if (e->n_queued >= QUEUE_MAX || tl_stack.n_queued >= QUEUED_MAX)
		drop_oldest(e, DROP_QUEUE_FULL);
	tl_list_append(&e->queue, &p->link);
	e->n_queued++;
	tl_stack.n_queued++;
}

static void send_queue(struct neighbour *e)
{
	struct packet *p;

	while (e->n_queued) {
		p = tl_list_first(&e->queue, struct packet, link);
		tl_list_remove(&p->link);
		e->n_queued--;
		tl_stack.n_queued--;
		tl_ifc_send(e->ifc, e->mac, e->ethertype, p);
	}
}

static bool resolve_by_computation(struct ifc *ifc, const struct ip *ip,
				   uint8_t mac[6])
{
	const struct ifc_config *c = &ifc->config;

	return ip->family == 6 && c->ops->resolve &&
	       c->ops->resolve(c->ctx, ip->at, mac);
}

static struct neighbour *ask_first(struct ifc *ifc, const struct ip *ip)
{
	struct neighbour *e;

	if (ifc->n_asking >= ASKING_MAX)
		return NULL;
	e = add(ifc, ip);
	if (e)
		start_asking(e, ASKING);
	return e;
}

void tl_neighbour_send(struct ifc *ifc, const struct ip *next,
		       uint16_t ethertype, struct packet *p)
{
	struct neighbour *e;
	uint8_t mac[6];

	if (resolve_by_computation(ifc, next, mac)) {
		tl_ifc_send(ifc, mac, ethertype, p);
		return;
	}
	e = find(ifc, next);
	if (!e)
		e = ask_first(ifc, next);
	if (!e) {
		tl_stack_drop(DROP_NO_NEIGHBOUR);
		tl_packet_free(p);
		return;
	}
	if (e->state == ASKING) {
		enqueue(e, p);
		return;
	}
	if (e->state == KNOWN &&
	    tl_stack.now_us - e->confirmed_us > REACHABLE_US)
		start_asking(e, PROBING);
	tl_ifc_send(ifc, e->mac, ethertype, p);
}

void tl_neighbour_heard(struct ifc *ifc, const struct ip *ip,
			const uint8_t mac[6], bool create, bool solicited,
			bool override)
{
	struct neighbour *e = find(ifc, ip);
	bool known = e && e->state != ASKING;

	if (mac[0] & 1)
		return;
	if (!e && create && ifc->n_entries < TABLE_MAX)
		e = add(ifc, ip);
	if (!e)
		return;
	if (known && memcmp(e->mac, mac, 6) && !override)
		return;
	memcpy(e->mac, mac, 6);
	if (e->state == ASKING || solicited) {
		stop_asking(e);
		e->confirmed_us = tl_stack.now_us;
		tl_list_remove(&e->link);
		tl_list_append(&ifc->entries, &e->link);
	} else if (!known) {
		/* It will be asked when it is first used. */
		e->confirmed_us = tl_stack.now_us - REACHABLE_US;
	}
	send_queue(e);
}

/* What waits for @e becomes @out's, since who is told may send again. */
static void take_queue(struct list *out, struct neighbour *e)
{
	struct packet *p;

	tl_list_init(out);
	while ((p = tl_list_first(&e->queue, struct packet, link))) {
		tl_list_remove(&p->link);
		tl_list_append(out, &p->link);
		e->n_queued--;
		tl_stack.n_queued--;
	}
}

static void give_up(struct neighbour *e)
{
	bool was_asking = e->state == ASKING;
	struct ifc *ifc = e->ifc;
	struct ip ip = e->ip;
	struct packet *p;
	struct list queue;

	take_queue(&queue, e);
	forget(e);
	if (was_asking)
		tl_route_unreachable(ifc, &ip);
	while ((p = tl_list_first(&queue, struct packet, link))) {
		tl_list_remove(&p->link);
		tl_error_unreachable(ifc, tl_packet_bytes(p));
		tl_packet_free(p);
		tl_stack_drop(DROP_NO_NEIGHBOUR);
	}
}

int64_t tl_neighbour_run(int64_t now_us)
{
	struct neighbour *e;
	unsigned int times;

	for (;;) {
		e = tl_list_first(&tl_stack.asking, struct neighbour, asking);
		if (!e)
			return INT64_MAX;
		if (e->ask_again_us > now_us)
			return e->ask_again_us;
		times = e->state == ASKING ? ASK_TIMES : PROBE_TIMES;
		if (e->asked < times)
			ask(e);
		else
			give_up(e);
	}
}

void tl_neighbour_flush(struct ifc *ifc)
{
	struct neighbour *e;

	while ((e = tl_list_first(&ifc->entries, struct neighbour, link)))
		forget(e);
}

size_t tl_ifc_neighbours_of(const struct ifc *ifc, const uint8_t mac[6],
			    struct ifc_address *out, size_t max)
{
	size_t n = 0;

	tl_list_each(it, next, &ifc->entries) {
		const struct neighbour *e =
			tl_container_of(it, struct neighbour, link);

		if (e->state == ASKING || memcmp(e->mac, mac, 6) != 0 ||
		    n == max)
			continue;
		out[n] = (struct ifc_address){ .family = e->ip.family };
		memcpy(out[n++].ip, e->ip.at, sizeof(e->ip.at));
	}
	return n;
}

bool tl_ifc_neighbour_mac(const struct ifc *ifc, uint8_t family,
			  const uint8_t ip[16], uint8_t mac[6])
{
	struct ip a = tl_ip(family, ip);
	const struct neighbour *e = find(ifc, &a);

	if (!e || e->state == ASKING)
		return false;
	memcpy(mac, e->mac, 6);
	return true;
}
