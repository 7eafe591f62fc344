/* SPDX-License-Identifier: Apache-2.0 */
#include "portmap/target.h"

#include <string.h>

bool tl_target_equal(const struct portmap_target *a,
		     const struct portmap_target *b)
{
	return tl_endpoint_equal(&a->local, &b->local) &&
	       tl_endpoint_equal(&a->gateway, &b->gateway) &&
	       a->scope_id == b->scope_id;
}

static struct endpoint endpoint(uint8_t family, const uint8_t ip[16],
				uint16_t port)
{
	struct endpoint e = { .family = family, .port = port };

	memcpy(e.ip, ip, sizeof(e.ip));
	return e;
}

static bool is_bound(const struct endpoint *e, const struct endpoint *bound,
		     size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (tl_endpoint_same_ip(&bound[i], e))
			return true;
	}
	return false;
}

static bool is_worth_it(const struct endpoint *e)
{
	switch (tl_endpoint_scope(e)) {
	case IP_SCOPE_PRIVATE:
	case IP_SCOPE_PSEUDO_PRIVATE:
	case IP_SCOPE_SHARED:
		return e->family == 4;
	case IP_SCOPE_GLOBAL:
		return e->family == 6;
	case IP_SCOPE_NONE:
	case IP_SCOPE_MULTICAST:
	case IP_SCOPE_LOOPBACK:
	case IP_SCOPE_LINK_LOCAL:
		break;
	}
	return false;
}

static bool is_on_link(const struct portmap_target *t)
{
	struct endpoint link = t->local;

	link.port = t->bits;
	return tl_endpoint_contains(&link, &t->gateway);
}

/* Puts @t behind the @n that are there; of IPv4 only one for each gateway,
 * which begin at @first. */
static size_t put(struct portmap_target *out, size_t max, size_t first,
		  size_t n, const struct portmap_target *t)
{
	if (t->gateway.family == 4 && n > first) {
		if (is_on_link(t) && !is_on_link(&out[first]))
			out[first] = *t;
		return n;
	}
	if (n < max)
		out[n++] = *t;
	return n;
}

size_t tl_targets_find(struct portmap_target *out, size_t max,
		       const struct gateway *gateways, size_t n_gateways,
		       const struct local_addr *addrs, size_t n_addrs,
		       const struct endpoint *bound, size_t n_bound,
		       uint16_t port)
{
	size_t n = 0;
	size_t i;
	size_t j;

	for (i = 0; i < n_gateways; i++) {
		const struct gateway *g = &gateways[i];
		size_t first = n;

		for (j = 0; j < n_addrs; j++) {
			const struct local_addr *a = &addrs[j];
			struct portmap_target t = {
				.local = endpoint(a->addr.family, a->addr.ip,
						  port),
				.bits = a->bits,
				.gateway = endpoint(g->family, g->ip, 0),
				.scope_id = g->scope_id,
			};

			if (a->addr.family == g->family && !a->is_temporary &&
			    strcmp(a->device, g->device) == 0 &&
			    is_worth_it(&t.local) &&
			    is_bound(&t.local, bound, n_bound))
				n = put(out, max, first, n, &t);
		}
	}
	return n;
}
