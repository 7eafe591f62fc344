/* SPDX-License-Identifier: Apache-2.0 */
/*
 * surface.c - under which addresses others see us (vl1.md 7.10)
 *
 * A change of our address that a root reports means that every path of that
 * kind must be confirmed again.
 */
#include "vl1/node_impl.h"

#include <string.h>

static bool is_reportable(enum ip_scope scope)
{
	return scope != IP_SCOPE_NONE && scope != IP_SCOPE_LOOPBACK &&
	       scope != IP_SCOPE_MULTICAST;
}

static bool is_same_key(const struct surface_entry *e, const struct rx *rx,
			enum ip_scope scope)
{
	return e->when_ms && e->scope == scope &&
	       e->socket == rx->path->socket &&
	       tl_address_equal(e->reporter, rx->peer->id.addr) &&
	       tl_endpoint_equal(&e->reporter_at, &rx->path->remote);
}

/* The entry for this reporter, else a free one, else the oldest. */
static struct surface_entry *entry_for(struct node *n, const struct rx *rx,
				       enum ip_scope scope)
{
	struct surface_entry *oldest = &n->surface[0];
	unsigned int i;

	for (i = 0; i < SURFACE_MAX; i++) {
		struct surface_entry *e = &n->surface[i];

		if (is_same_key(e, rx, scope))
			return e;
		if (e->when_ms < oldest->when_ms)
			oldest = e;
	}
	oldest->when_ms = 0;
	return oldest;
}

/* Probe all paths of a family and scope; none is used before it answers. */
static void reset_paths(struct node *n, unsigned int family,
			enum ip_scope scope)
{
	struct map_walk walk = { 0 };
	struct peer *peer;
	unsigned int i;

	while ((peer = tl_node_each_peer(n, &walk))) {
		for (i = 0; i < peer->n_slots; i++) {
			struct path *path = peer->slots[i].path;

			if (path->remote.family != family ||
			    path->scope != scope || tl_path_is_tunnel(path))
				continue;
			tl_greet_contact(n, peer, path->socket, &path->remote,
					 false);
			tl_path_sent(path, n->now);
			peer->slots[i].last_receive_ms = 0;
		}
	}
}

static void forget_others(struct node *n, const struct surface_entry *keep)
{
	unsigned int i;

	for (i = 0; i < SURFACE_MAX; i++) {
		struct surface_entry *e = &n->surface[i];

		if (e != keep && e->scope == keep->scope &&
		    !tl_endpoint_equal(&e->reporter_at, &keep->reporter_at))
			e->when_ms = 0;
	}
}

void tl_surface_report(struct node *n, const struct rx *rx,
		       const struct endpoint *seen, bool is_trusted)
{
	enum ip_scope scope = tl_endpoint_scope(seen);
	struct surface_entry *e;
	bool has_changed;

	if (scope != rx->path->scope || !is_reportable(scope) ||
	    tl_path_is_tunnel(rx->path))
		return;
	e = entry_for(n, rx, scope);
	if (!e->when_ms || !tl_endpoint_equal(&e->seen, seen))
		tl_nat_seen(n, rx->path->socket, seen);
	has_changed = is_trusted && e->when_ms &&
		      n->now - e->when_ms < SURFACE_MS &&
		      !tl_endpoint_same_ip(&e->seen, seen);
	*e = (struct surface_entry){
		.reporter = rx->peer->id.addr,
		.socket = rx->path->socket,
		.reporter_at = rx->path->remote,
		.seen = *seen,
		.scope = scope,
		.is_trusted = is_trusted,
		.when_ms = n->now,
	};
	if (has_changed) {
		forget_others(n, e);
		reset_paths(n, seen->family, scope);
	}
}

void tl_surface_expire(struct node *n)
{
	unsigned int i;

	for (i = 0; i < SURFACE_MAX; i++) {
		if (n->now - n->surface[i].when_ms > SURFACE_MS)
			n->surface[i].when_ms = 0;
	}
}

size_t tl_node_surface(const struct node *n, struct endpoint *out, size_t max)
{
	size_t count = 0;
	unsigned int i;
	size_t j;

	for (i = 0; i < SURFACE_MAX && count < max; i++) {
		const struct surface_entry *e = &n->surface[i];

		if (!e->when_ms)
			continue;
		for (j = 0; j < count; j++) {
			if (tl_endpoint_equal(&out[j], &e->seen))
				break;
		}
		if (j == count)
			out[count++] = e->seen;
	}
	return count;
}
