/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/assign.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

struct ip_entry {
	struct map_node node;
	struct endpoint ip;
	size_t count;
};

void tl_ip_set_init(struct ip_set *s, const uint64_t key[2])
{
	tl_map_init(&s->map, key);
}

void tl_ip_set_fini(struct ip_set *s)
{
	struct map_walk walk = { 0 };
	struct map_node *n;

	while ((n = tl_map_step(&s->map, &walk)))
		tl_free(tl_container_of(n, struct ip_entry, node));
	tl_map_fini(&s->map);
}

static uint64_t hash(const struct ip_set *s, const struct endpoint *ip)
{
	return tl_map_hash(&s->map, tl_bytes(ip->ip, tl_endpoint_ip_len(ip)));
}

static struct ip_entry *find(const struct ip_set *s, const struct endpoint *ip)
{
	struct map_node *n;

	for (n = tl_map_first(&s->map, hash(s, ip)); n; n = tl_map_next(n)) {
		struct ip_entry *e = tl_container_of(n, struct ip_entry, node);

		if (tl_endpoint_same_ip(&e->ip, ip))
			return e;
	}
	return NULL;
}

int tl_ip_set_add(struct ip_set *s, const struct endpoint *ip)
{
	struct ip_entry *e = find(s, ip);
	int err;

	if (e) {
		e->count++;
		return 0;
	}
	e = tl_alloc_zeroed(sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->ip = *ip;
	e->count = 1;
	err = tl_map_insert(&s->map, &e->node, hash(s, ip));
	if (err)
		tl_free(e);
	return err;
}

void tl_ip_set_remove(struct ip_set *s, const struct endpoint *ip)
{
	struct ip_entry *e = find(s, ip);

	if (!e || --e->count > 0)
		return;
	tl_map_remove(&s->map, &e->node);
	tl_free(e);
}

bool tl_ip_set_has(const struct ip_set *s, const struct endpoint *ip)
{
	return find(s, ip) != NULL;
}

/**
 * struct job - One assignment in the making
 */
struct job {
	struct assignment *out;
	struct member_object *member;
	const struct network_object *network;
	const struct ip_set *taken;
	random_fn random;
	void *ctx;
};

static bool is_listed(const struct assignment *a, const struct endpoint *ip)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (tl_endpoint_same_ip(&a->ips[i], ip))
			return true;
	}
	return false;
}

static void list(struct assignment *a, struct endpoint ip, uint16_t bits)
{
	if (a->n == NETCONF_MAX_ADDRESSES || is_listed(a, &ip))
		return;
	ip.port = bits;
	a->ips[a->n++] = ip;
}

static void assign_derived(struct job *j)
{
	struct member_object *m = j->member;
	struct endpoint e = { .family = 6 };

	if (j->network->assigns_rfc4193) {
		tl_ip6_rfc4193(e.ip, m->network, m->address);
		list(j->out, e, 88);
		j->out->is_derived = true;
	}
	if (j->network->assigns_6plane) {
		tl_ip6_6plane(e.ip, m->network, m->address);
		list(j->out, e, 40);
		j->out->is_derived = true;
	}
}

/* The longest route that contains @ip; NULL if none does. */
static const struct route *find_route(const struct network_object *net,
				      const struct endpoint *ip)
{
	const struct route *best = NULL;
	size_t i;

	for (i = 0; i < net->n_routes; i++) {
		const struct route *r = &net->routes[i];

		if (tl_endpoint_contains(&r->target, ip) &&
		    (!best || r->target.port > best->target.port))
			best = r;
	}
	return best;
}

static bool assign_stored(struct job *j, uint8_t family)
{
	bool found = false;
	size_t i;

	for (i = 0; i < j->member->n_ips; i++) {
		const struct endpoint *ip = &j->member->ips[i];
		const struct route *r = find_route(j->network, ip);

		if (!r)
			continue;
		list(j->out, *ip, r->target.port);
		found |= ip->family == family;
	}
	return found;
}

static int take(struct job *j, const struct endpoint *ip, uint16_t bits)
{
	int err = tl_member_object_add_ip(j->member, ip);

	if (err)
		return err == -ENOSPC ? 0 : err;
	list(j->out, *ip, bits);
	return 0;
}

static bool is_free(const struct job *j, const struct endpoint *ip)
{
	return !tl_ip_set_has(j->taken, ip) && !is_listed(j->out, ip);
}

/* Prefix length of the first IPv4 route with @ip; 0 if there is none. A default
 * route says nothing about the length. */
static uint16_t v4_bits(const struct network_object *net, uint32_t ip)
{
	size_t i;

	for (i = 0; i < net->n_routes; i++) {
		const struct endpoint *t = &net->routes[i].target;
		uint32_t mask;

		if (t->family != 4 || t->port == 0 || t->port > 32)
			continue;
		mask = UINT32_MAX << (32 - t->port);
		if ((ip & mask) == tl_load_be32(t->ip))
			return t->port;
	}
	return 0;
}

/* Walks the pool from a place that the member's address decides, so that it
 * finds its old address again if it was forgotten and nobody else took it. */
static bool take_v4_from(struct job *j, const struct pool *pool, int *err)
{
	uint32_t start = tl_load_be32(pool->start.ip);
	uint32_t end = tl_load_be32(pool->end.ip);
	uint32_t c = (uint32_t)j->member->address.v;
	uint32_t len = end - start;
	uint32_t trials;

	if (pool->start.family != 4 || end < start || start == 0)
		return false;
	trials = len < ASSIGN_MAX_TRIALS_V4 ? len + 1 : ASSIGN_MAX_TRIALS_V4;
	for (; trials > 0; trials--, c++) {
		uint32_t ip = len ? start + c % len : start;
		struct endpoint e = { .family = 4 };
		uint16_t bits;

		tl_store_be32(e.ip, ip);
		if ((ip & 0xff) == 0xff || !is_free(j, &e))
			continue;
		bits = v4_bits(j->network, ip);
		if (!bits)
			continue;
		*err = take(j, &e, bits);
		return true;
	}
	return false;
}

static uint64_t random_below(const struct job *j, uint64_t limit)
{
	uint64_t v;

	if (limit == 0)
		return 0;
	j->random(j->ctx, &v, sizeof(v));
	return v % limit;
}

/* Prefix length of an IPv6 route on the link with @ip; 0 if there is none. */
static uint16_t v6_bits(const struct network_object *net,
			const struct endpoint *ip)
{
	size_t i;

	for (i = 0; i < net->n_routes; i++) {
		const struct route *r = &net->routes[i];

		if (r->target.family == 6 && r->target.port > 0 &&
		    tl_endpoint_is_nil(&r->via) &&
		    tl_endpoint_contains(&r->target, ip))
			return r->target.port;
	}
	return 0;
}

static bool is_within(const struct pool *pool, const struct endpoint *ip)
{
	return memcmp(pool->start.ip, ip->ip, 16) <= 0 &&
	       memcmp(ip->ip, pool->end.ip, 16) <= 0;
}

static bool take_v6_from(struct job *j, const struct pool *pool, int *err)
{
	uint64_t high = tl_load_be64(pool->start.ip);
	uint64_t low = tl_load_be64(pool->start.ip + 8);
	uint64_t high_len = tl_load_be64(pool->end.ip) - high;
	uint64_t low_len = tl_load_be64(pool->end.ip + 8) - low;
	unsigned int trial;

	if (pool->start.family != 6)
		return false;
	for (trial = 0; trial < ASSIGN_MAX_TRIALS_V6; trial++) {
		bool by_address = trial == 0 && low_len >= 0xffffffffff;
		struct endpoint e = { .family = 6 };
		uint16_t bits;

		tl_store_be64(e.ip, by_address
					    ? high
					    : high + random_below(j, high_len));
		tl_store_be64(e.ip + 8,
			      low + (by_address ? j->member->address.v
						: random_below(j, low_len)));
		if (!is_within(pool, &e) || !is_free(j, &e))
			continue;
		bits = v6_bits(j->network, &e);
		if (!bits)
			continue;
		*err = take(j, &e, bits);
		return true;
	}
	return false;
}

/* From the first pool that has one. */
static int assign_from_pools(struct job *j,
			     bool (*take_from)(struct job *,
					       const struct pool *, int *))
{
	int err = 0;
	size_t i;

	for (i = 0; i < j->network->n_pools; i++) {
		if (take_from(j, &j->network->pools[i], &err))
			break;
	}
	return err;
}

int tl_assign(struct assignment *out, struct member_object *member,
	      const struct network_object *network, const struct ip_set *taken,
	      random_fn random, void *ctx)
{
	struct job j = { out, member, network, taken, random, ctx };
	bool has_v4;
	bool has_v6;
	int err = 0;

	memset(out, 0, sizeof(*out));
	if (!member->no_auto_ips)
		assign_derived(&j);
	has_v4 = assign_stored(&j, 4);
	has_v6 = assign_stored(&j, 6);
	if (member->no_auto_ips)
		return 0;
	if (network->assigns_v6 && !has_v6)
		err = assign_from_pools(&j, take_v6_from);
	if (!err && network->assigns_v4 && !has_v4)
		err = assign_from_pools(&j, take_v4_from);
	return err;
}
