/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seeds.c - asking for moons that are wanted (vl1.md 6.6)
 *
 * A seed may be anybody: its identity is asked for by WHOIS, and it gets HELLOs
 * through a root as long as there is no path. Each says which moons we want.
 */
#include "vl1/node_impl.h"

#define SEED_FIRST_MS 250
#define SEED_MAX_MS 30000
#define SEED_DOUBLINGS 7

/* False if there is no way yet. */
static bool ask_seed(struct node *n, const struct moon *m)
{
	struct peer *root = tl_node_best_upstream(n, n->now);
	struct peer *seed = tl_node_find_peer(n, m->seed);
	struct path *path = NULL;
	struct path *relay = NULL;

	if (root)
		relay = tl_peer_best_path(root, PATHS_ANY, n->now);
	if (!seed) {
		tl_node_whois(n, m->seed, n->now);
		return relay;
	}
	path = tl_peer_best_path(seed, PATHS_USABLE, n->now);
	if (!path)
		path = relay;
	if (path)
		tl_greet(n, seed, path->socket, &path->remote);
	return path;
}

int64_t tl_worlds_keep(struct node *n)
{
	int64_t next = INT64_MAX;
	unsigned int i;

	for (i = 0; i < n->n_moons; i++) {
		struct moon *m = &n->moons[i];

		if (m->world)
			continue;
		if (n->now >= m->retry_ms && ask_seed(n, m)) {
			m->retry_ms = n->now + TL_MIN(SEED_FIRST_MS << m->asked,
						      SEED_MAX_MS);
			m->asked += m->asked < SEED_DOUBLINGS;
		}
		/* Without a way tl_worlds_hurry() says when there is one. */
		if (m->retry_ms > n->now)
			next = TL_MIN(next, m->retry_ms);
	}
	return next;
}

void tl_worlds_hurry(struct node *n, const struct peer *p)
{
	unsigned int i;

	for (i = 0; i < n->n_moons; i++) {
		struct moon *m = &n->moons[i];

		if (m->world ||
		    (!p->is_upstream && !tl_address_equal(m->seed, p->id.addr)))
			continue;
		m->asked = 0;
		m->retry_ms = 0;
		n->next_ping_ms = n->now;
	}
}
