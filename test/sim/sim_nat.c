/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_nat.h"

#include "harness.h"

/* Whom a binding was used for, as far as filtering tells them apart. */
struct permit {
	struct endpoint remote;
	int64_t used_ms;
};

/**
 * struct binding - An endpoint inside and its port outside
 * @remote:	what of the remote endpoint the mapping depends on
 */
struct binding {
	struct map_node inside_node;
	struct map_node port_node;
	struct endpoint inside;
	struct endpoint remote;
	uint16_t port;
	int64_t used_ms;
	struct permit permits[NAT_PERMITS_MAX];
	unsigned int n_permits;
};

/* What of @e counts. */
static struct endpoint reduce(const struct endpoint *e, enum nat_scope scope)
{
	struct endpoint out = *e;

	if (scope == NAT_INDEPENDENT)
		return (struct endpoint){ 0 };
	if (scope == NAT_ADDRESS)
		out.port = 0;
	return out;
}

static uint64_t hash_inside(const struct nat *n, const struct endpoint *inside,
			    const struct endpoint *remote)
{
	uint8_t key[2 * 19];
	const struct endpoint *both[] = { inside, remote };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		key[i * 19] = both[i]->family;
		tl_store_be16(key + i * 19 + 1, both[i]->port);
		memcpy(key + i * 19 + 3, both[i]->ip, 16);
	}
	return tl_map_hash(&n->by_inside, TL_BYTES_OF(key));
}

static uint64_t hash_port(const struct nat *n, unsigned int port)
{
	return tl_map_hash_u64(&n->by_port, port);
}

void nat_init(struct nat *n, const struct nat_config *c,
	      const struct endpoint *outside, uint64_t seed)
{
	uint64_t key[2] = { seed, 1 };

	*n = (struct nat){ .config = *c, .outside = *outside };
	if (!n->config.timeout_ms)
		n->config.timeout_ms = NAT_TIMEOUT_MS;
	n->outside.port = 0;
	n->random.state = seed;
	n->next_port = NAT_FIRST_PORT +
		       (unsigned int)sim_draw_below(&n->random, 30000);
	tl_map_init(&n->by_inside, key);
	tl_map_init(&n->by_port, key);
}

static void drop_binding(struct nat *n, struct binding *b)
{
	tl_map_remove(&n->by_inside, &b->inside_node);
	tl_map_remove(&n->by_port, &b->port_node);
	free(b);
}

static bool is_over(const struct nat *n, int64_t used_ms, int64_t now)
{
	return now - used_ms >= n->config.timeout_ms;
}

/* Those unused since a timeout before @now; INT64_MAX: all. */
static void drop_old(struct nat *n, int64_t now)
{
	struct map_walk walk = { 0 };
	struct map_node *it;

	while ((it = tl_map_step(&n->by_port, &walk))) {
		struct binding *b =
			tl_container_of(it, struct binding, port_node);

		if (is_over(n, b->used_ms, now))
			drop_binding(n, b);
	}
}

void nat_reboot(struct nat *n)
{
	drop_old(n, INT64_MAX);
}

void nat_fini(struct nat *n)
{
	nat_reboot(n);
	tl_map_fini(&n->by_inside);
	tl_map_fini(&n->by_port);
}

static struct binding *find_port(struct nat *n, unsigned int port, int64_t now)
{
	struct map_node *it = tl_map_first(&n->by_port, hash_port(n, port));

	for (; it; it = tl_map_next(it)) {
		struct binding *b =
			tl_container_of(it, struct binding, port_node);

		if (b->port != port)
			continue;
		if (!is_over(n, b->used_ms, now))
			return b;
		drop_binding(n, b);
		return NULL;
	}
	return NULL;
}

static struct binding *find_inside(struct nat *n, const struct endpoint *inside,
				   const struct endpoint *remote, int64_t now)
{
	struct map_node *it =
		tl_map_first(&n->by_inside, hash_inside(n, inside, remote));

	for (; it; it = tl_map_next(it)) {
		struct binding *b =
			tl_container_of(it, struct binding, inside_node);

		if (!tl_endpoint_equal(&b->inside, inside) ||
		    !tl_endpoint_equal(&b->remote, remote))
			continue;
		if (!is_over(n, b->used_ms, now))
			return b;
		drop_binding(n, b);
		return NULL;
	}
	return NULL;
}

static uint16_t following(unsigned int port)
{
	return (uint16_t)(port >= UINT16_MAX ? NAT_FIRST_PORT : port + 1);
}

static uint16_t free_port(struct nat *n, uint16_t inside, int64_t now)
{
	unsigned int port = inside;

	if (n->config.ports == NAT_SEQUENTIAL)
		port = n->next_port;
	else if (n->config.ports == NAT_RANDOM)
		port = NAT_FIRST_PORT +
		       (unsigned int)sim_draw_below(
			       &n->random, UINT16_MAX - NAT_FIRST_PORT);
	while (find_port(n, port, now))
		port = following(port);
	n->next_port = following(port);
	return (uint16_t)port;
}

static struct binding *add_binding(struct nat *n, const struct endpoint *inside,
				   const struct endpoint *remote, int64_t now)
{
	struct binding *b;

	if (n->by_port.count >= NAT_BINDINGS_MAX)
		drop_old(n, now);
	if (n->by_port.count >= NAT_BINDINGS_MAX)
		return NULL;
	b = calloc(1, sizeof(*b));
	CHECK(b);
	b->inside = *inside;
	b->remote = *remote;
	b->port = free_port(n, inside->port, now);
	CHECK_EQ(tl_map_insert(&n->by_inside, &b->inside_node,
			       hash_inside(n, inside, remote)),
		 0);
	CHECK_EQ(tl_map_insert(&n->by_port, &b->port_node,
			       hash_port(n, b->port)),
		 0);
	return b;
}

static struct permit *find_permit(struct binding *b, struct endpoint remote)
{
	unsigned int i;

	for (i = 0; i < b->n_permits; i++) {
		if (tl_endpoint_equal(&b->permits[i].remote, &remote))
			return &b->permits[i];
	}
	return NULL;
}

/* From now on @remote may answer; the oldest permit goes if there are many. */
static void permit(struct binding *b, struct endpoint remote, int64_t now)
{
	struct permit *p = find_permit(b, remote);
	unsigned int i;

	if (!p && b->n_permits < NAT_PERMITS_MAX)
		p = &b->permits[b->n_permits++];
	if (!p) {
		p = &b->permits[0];
		for (i = 1; i < NAT_PERMITS_MAX; i++) {
			if (b->permits[i].used_ms < p->used_ms)
				p = &b->permits[i];
		}
	}
	*p = (struct permit){ remote, now };
}

bool nat_out(struct nat *n, struct endpoint *source,
	     const struct endpoint *dest, int64_t now)
{
	struct endpoint remote = reduce(dest, n->config.mapping);
	struct binding *b;

	if (n->config.is_blocking || source->family != n->outside.family)
		return false;
	b = find_inside(n, source, &remote, now);
	if (!b)
		b = add_binding(n, source, &remote, now);
	if (!b)
		return false;
	b->used_ms = now;
	permit(b, reduce(dest, n->config.filtering), now);
	*source = n->outside;
	source->port = b->port;
	return true;
}

bool nat_in(struct nat *n, struct endpoint *dest, const struct endpoint *source,
	    int64_t now)
{
	struct binding *b = find_port(n, dest->port, now);
	struct permit *p;

	if (!b || n->config.is_blocking)
		return false;
	p = find_permit(b, reduce(source, n->config.filtering));
	if (!p || is_over(n, p->used_ms, now))
		return false;
	if (n->config.is_kept_by_inbound) {
		b->used_ms = now;
		p->used_ms = now;
	}
	*dest = b->inside;
	return true;
}
