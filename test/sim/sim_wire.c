/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_wire.c - datagrams from host to host
 *
 * Theory of operation: addresses live in realms, the Internet or the LAN inside
 * a NAT. A datagram climbs from its host's realm through NATs, which rewrite
 * its source at once, until it is in a realm that has its destination, or on
 * the Internet; there it travels. When that time has passed it goes down
 * through NATs, which let it in or do not as they are at that time, to a host
 * and its link. A binding made while a datagram is under way lets it in, as
 * with real wires; simultaneous openings depend on that.
 *
 * Each NAT counts as one hop and the Internet as HOPS_INTERNET, so that packets
 * with a small TTL open their own NAT and end before the other one.
 */
#include "harness.h"
#include "sim_impl.h"

#define TTL_DEFAULT 64
#define HOPS_INTERNET 8
#define LAN_DELAY_MS 1

static uint64_t hash_place(const struct sim *s, const struct sim_realm *realm,
			   const struct endpoint *at)
{
	uint8_t key[21];

	tl_store_be32(key, realm->number);
	key[4] = at->family;
	memcpy(key + 5, at->ip, 16);
	return tl_map_hash(&s->places, TL_BYTES_OF(key));
}

static struct sim_place *find_place(const struct sim *s,
				    const struct sim_realm *realm,
				    const struct endpoint *at)
{
	struct map_node *it =
		tl_map_first(&s->places, hash_place(s, realm, at));

	for (; it; it = tl_map_next(it)) {
		struct sim_place *p =
			tl_container_of(it, struct sim_place, map_node);

		if (p->realm == realm && tl_endpoint_same_ip(&p->at, at))
			return p;
	}
	return NULL;
}

static void leave(struct sim *s, struct sim_place *p)
{
	if (p->realm)
		tl_map_remove(&s->places, &p->map_node);
	p->realm = NULL;
}

static void take(struct sim *s, struct sim_place *p, struct sim_realm *realm,
		 const struct endpoint *at)
{
	leave(s, p);
	CHECK(!find_place(s, realm, at));
	p->at = *at;
	p->at.port = 0;
	p->realm = realm;
	CHECK_EQ(tl_map_insert(&s->places, &p->map_node,
			       hash_place(s, realm, at)),
		 0);
}

/* The next address that nobody has had. On the Internet each has a /24 of its
 * own, as homes have networks of their own. */
static struct endpoint next_address(const struct sim *s,
				    struct sim_realm *realm)
{
	uint32_t number = ++realm->n_given;
	uint32_t base = 0x0a000000;
	uint8_t ip[4];

	if (realm->is_carrier) {
		base = 0x64400001;
	} else if (realm->nat) {
		base = 0xc0a80101;
	} else if (s->o.is_internet) {
		base = 0x2d000001; /* a block that counts as global */
		number <<= 8;
	}
	tl_store_be32(ip, base + number);
	return tl_endpoint_ip4(ip, SIM_PORT);
}

static struct endpoint address6(const struct sim *s, uint32_t number)
{
	uint8_t ip[16] = { 0xfd, 0x74, 0x6c };

	if (s->o.is_internet) {
		ip[0] = 0x2a;
		ip[1] = 0;
	}
	tl_store_be32(ip + 12, number);
	return tl_endpoint_ip6(ip, SIM_PORT);
}

void sim_wire_init(struct sim *s)
{
	uint64_t key[2] = { s->random.state, 2 };

	tl_map_init(&s->places, key);
	tl_map_init(&s->pairs, key);
	s->n_realms = 1;
}

void sim_wire_fini(struct sim *s)
{
	struct map_walk walk = { 0 };
	struct map_node *it;

	while ((it = tl_map_step(&s->pairs, &walk))) {
		tl_map_remove(&s->pairs, it);
		free(tl_container_of(it, struct pair, node));
	}
	tl_map_fini(&s->pairs);
	tl_map_fini(&s->places);
	while (s->nats) {
		struct sim_nat *nat = s->nats;

		s->nats = nat->next;
		nat_fini(&nat->core);
		free(nat);
	}
}

/* A new host gets its addresses. */
void sim_wire_settle(struct sim_node *node)
{
	struct sim *s = node->sim;

	node->places[0].host = node;
	node->places[1].host = node;
	node->at = next_address(s, &s->internet);
	take(s, &node->places[0], &s->internet, &node->at);
	if (!s->o.has_ip6)
		return;
	node->at6 = address6(s, s->internet.n_given);
	take(s, &node->places[1], &s->internet, &node->at6);
}

void sim_move(struct sim *s, unsigned int i, uint8_t last)
{
	struct sim_place *p = &s->nodes[i].places[0];
	struct endpoint at = p->at;

	at.ip[3] = last;
	take(s, p, p->realm, &at);
}

void sim_readdress(struct sim *s, unsigned int i, bool is_told)
{
	struct sim_node *node = &s->nodes[i];
	struct sim_place *p = &node->places[0];
	struct endpoint at = next_address(s, p->realm);

	take(s, p, p->realm, &at);
	if (!is_told)
		return;
	node->at = at;
	if (!tl_endpoint_is_nil(&node->at6)) {
		node->at6 = address6(s, ++s->internet.n_given);
		take(s, &node->places[1], &s->internet, &node->at6);
	}
	tl_node_on_rebind(node->node, s->now);
	sim_touch(node);
}

struct sim_nat *sim_nat_new(struct sim *s, const struct nat_config *c,
			    struct sim_nat *behind)
{
	struct sim_nat *nat = calloc(1, sizeof(*nat));
	struct sim_realm *outside = behind ? &behind->inside : &s->internet;
	struct endpoint at;

	CHECK(nat);
	if (behind)
		behind->inside.is_carrier = true;
	at = next_address(s, outside);
	nat->sim = s;
	nat->inside.number = s->n_realms++;
	nat->inside.nat = nat;
	nat->place.nat = nat;
	nat_init(&nat->core, c, &at, sim_draw(&s->random));
	take(s, &nat->place, outside, &at);
	nat->next = s->nats;
	s->nats = nat;
	return nat;
}

void sim_put_behind(struct sim *s, unsigned int i, struct sim_nat *nat)
{
	struct sim_node *node = &s->nodes[i];
	struct sim_realm *realm = nat ? &nat->inside : &s->internet;

	node->at = next_address(s, realm);
	take(s, &node->places[0], realm, &node->at);
	sim_touch(node);
}

void sim_nat_reboot(struct sim_nat *nat, bool has_moved)
{
	struct sim_realm *outside = nat->place.realm;

	nat_reboot(&nat->core);
	if (!has_moved)
		return;
	nat->core.outside = next_address(nat->sim, outside);
	nat->core.outside.port = 0;
	take(nat->sim, &nat->place, outside, &nat->core.outside);
}

struct nat *sim_nat_core(struct sim_nat *nat)
{
	return &nat->core;
}

static struct pair *find_pair(const struct sim *s, unsigned int a,
			      unsigned int b)
{
	uint64_t key = (uint64_t)TL_MIN(a, b) << 32 | TL_MAX(a, b);
	struct map_node *it =
		tl_map_first(&s->pairs, tl_map_hash_u64(&s->pairs, key));

	for (; it; it = tl_map_next(it)) {
		struct pair *p = tl_container_of(it, struct pair, node);

		if (p->key == key)
			return p;
	}
	return NULL;
}

static struct pair *need_pair(struct sim *s, unsigned int a, unsigned int b)
{
	struct pair *p = find_pair(s, a, b);

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	CHECK(p);
	p->key = (uint64_t)TL_MIN(a, b) << 32 | TL_MAX(a, b);
	CHECK_EQ(tl_map_insert(&s->pairs, &p->node,
			       tl_map_hash_u64(&s->pairs, p->key)),
		 0);
	return p;
}

void sim_cut(struct sim *s, unsigned int a, unsigned int b, bool is_cut)
{
	need_pair(s, a, b)->is_cut = is_cut;
}

uint64_t sim_traffic(const struct sim *s, unsigned int a, unsigned int b)
{
	const struct pair *p = find_pair(s, a, b);

	CHECK(s->n <= SIM_PAIRS_NODES_MAX);
	return p ? p->traffic : 0;
}

void sim_part(struct sim *s, unsigned int i, unsigned int group)
{
	s->nodes[i].group = group;
	s->is_parted |= group != 0;
}

/* Counts the datagram; false if it does not get through between these two. */
static bool may_pass(struct sim *s, unsigned int a, unsigned int b)
{
	struct pair *p = s->n <= SIM_PAIRS_NODES_MAX ? need_pair(s, a, b)
			 : s->pairs.count	     ? find_pair(s, a, b)
						     : NULL;

	if (s->is_parted && s->nodes[a].group != s->nodes[b].group)
		return false;
	if (!p)
		return true;
	p->traffic++;
	return !p->is_cut;
}

/* Out through NATs to where @e->dest is. False: it did not get there. */
static bool climb(struct sim *s, struct event *e, int *ttl)
{
	while (e->realm->nat && !find_place(s, e->realm, &e->dest)) {
		struct sim_nat *nat = e->realm->nat;

		if (--*ttl <= 0 ||
		    !nat_out(&nat->core, &e->source, &e->dest, s->now))
			return false;
		if (tl_endpoint_same_ip(&e->dest, &nat->core.outside) &&
		    !nat->core.config.hairpins)
			return false;
		e->realm = nat->place.realm;
	}
	return true;
}

/* How long the way takes; negative: it gets lost. */
static int64_t travel(struct sim *s, const struct event *e, int *ttl)
{
	int64_t delay = s->o.delay_ms;

	if (e->realm->nat)
		return TL_MIN(delay, LAN_DELAY_MS);
	*ttl -= HOPS_INTERNET;
	if (*ttl <= 0 || sim_happens(&s->random, s->o.loss_percent * 10))
		return -1;
	if (s->o.jitter_ms)
		delay += (int64_t)sim_draw_below(&s->random,
						 (uint64_t)s->o.jitter_ms);
	return delay;
}

/* One datagram is on its way after @wait_ms; consumes it. */
static void launch(struct sim *s, struct event *e, int64_t wait_ms, int ttl)
{
	struct sim_place *p;
	int64_t delay;

	if (!climb(s, e, &ttl))
		goto lost;
	p = find_place(s, e->realm, &e->dest);
	if (!p || (p->host && !may_pass(s, e->from, p->host->index)))
		goto lost;
	e->is_passed = p->host;
	delay = travel(s, e, &ttl);
	if (delay < 0)
		goto lost;
	sim_queue_push(&s->queue, e, s->now + wait_ms + delay);
	return;
lost:
	free(e);
}

static struct event *copy_of(const struct event *e)
{
	size_t n = sizeof(*e) + e->n;
	struct event *copy = malloc(n);

	CHECK(copy);
	memcpy(copy, e, n);
	return copy;
}

static struct endpoint endpoint_of(const struct sim_node *node, int socket,
				   unsigned int family)
{
	unsigned int n = TL_MAX(node->sim->o.n_sockets, 1u);
	struct endpoint at = node->places[family == 6].at;

	at.port =
		(uint16_t)(SIM_PORT + (unsigned int)socket % n * SIM_PORT_STEP);
	return at;
}

void sim_wire_send(struct sim_node *from, int socket, const struct endpoint *to,
		   struct bytes head, struct bytes rest, int ttl)
{
	struct sim_place *place = &from->places[to->family == 6];
	struct sim *s = from->sim;
	size_t n = head.n + rest.n;
	int64_t delays[2];
	unsigned int copies;
	struct event *e;

	from->n_sent++;
	from->bytes_sent += n + SIM_IP_OVERHEAD;
	copies = sim_link_pass(&from->up, n, s->now, &s->random, delays);
	if (!copies || !place->realm)
		return;
	e = malloc(sizeof(*e) + n);
	CHECK(e);
	*e = (struct event){ .kind = EVENT_ARRIVAL, .from = from->index };
	e->realm = place->realm;
	e->source = endpoint_of(from, socket, to->family);
	e->dest = *to;
	e->n = n;
	if (head.n)
		memcpy(e->data, head.at, head.n);
	if (rest.n)
		memcpy(e->data + head.n, rest.at, rest.n);
	if (copies == 2)
		launch(s, copy_of(e), delays[1], ttl ? ttl : TTL_DEFAULT);
	launch(s, e, delays[0], ttl ? ttl : TTL_DEFAULT);
}

/* Down through NATs to a host; NULL: it did not get there. */
static struct sim_node *descend(struct sim *s, struct event *e)
{
	for (;;) {
		struct sim_place *p = find_place(s, e->realm, &e->dest);

		if (!p)
			return NULL;
		if (p->host)
			return p->host;
		if (!nat_in(&p->nat->core, &e->dest, &e->source, s->now))
			return NULL;
		e->realm = &p->nat->inside;
	}
}

/* -1: nobody listens there. */
static int socket_at(const struct sim *s, const struct endpoint *at)
{
	unsigned int n = TL_MAX(s->o.n_sockets, 1u);
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (at->port == SIM_PORT + i * SIM_PORT_STEP)
			return (int)(at->family == 6 ? n + i : i);
	}
	return -1;
}

void sim_wire_arrive(struct sim *s, struct event *e)
{
	struct sim_node *to = descend(s, e);
	int64_t delays[2];
	unsigned int copies;

	if (!to || (!e->is_passed && !may_pass(s, e->from, to->index)))
		goto lost;
	e->kind = EVENT_DELIVERY;
	e->to = to->index;
	e->socket = socket_at(s, &e->dest);
	if (e->socket < 0)
		goto lost;
	copies = sim_link_pass(&to->down, e->n, s->now, &s->random, delays);
	if (!copies)
		goto lost;
	if (copies == 2)
		sim_queue_push(&s->queue, copy_of(e), s->now + delays[1]);
	if (delays[0])
		sim_queue_push(&s->queue, e, s->now + delays[0]);
	else
		sim_wire_deliver(s, e);
	return;
lost:
	free(e);
}

/* Into the buffer of a node that does nothing; consumes the event. */
static void wait_for(struct sim *s, struct sim_node *to, struct event *e)
{
	if (to->n_backlog >= SIM_BACKLOG_MAX) {
		free(e);
		return;
	}
	to->n_backlog++;
	sim_queue_push(&s->queue, e, to->stalled_until);
}

void sim_wire_deliver(struct sim *s, struct event *e)
{
	struct sim_node *to = &s->nodes[e->to];

	if (to->is_down) {
		free(e);
		return;
	}
	if (to->stalled_until > s->now) {
		wait_for(s, to, e);
		return;
	}
	to->n_backlog = 0;
	to->n_received++;
	tl_node_on_batch(to->node, e->socket, &e->source,
			 tl_buffer(e->data, e->n), e->n, s->now);
	tl_node_end_pass(to->node);
	sim_touch(to);
	free(e);
}
