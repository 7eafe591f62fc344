/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worlds.c - whose roots are ours: the planet and moons (vl1.md 6)
 *
 * Theory of operation: the roots of all worlds are one set of upstreams, kept
 * in step whenever a world comes, changes or goes. A root is known by its whole
 * identity: a world that names the address of another node lends that one
 * nothing, neither rights nor endpoints. A node that several worlds list may be
 * reached at the endpoints of all of them.
 *
 * The first version of a moon is believed because the user named its ID and a
 * seed. The reference takes it from any upstream, here it must come from the
 * seed itself, which must be among its roots under the identity that its
 * address belongs to; so no other root can slip in a moon of its own. All later
 * versions must be newer and signed with the key that the one before names, and
 * may then come from anybody who is asked.
 */
#include "vl1/node_impl.h"

#include <assert.h>
#include <errno.h>

#include "base/alloc.h"
#include "base/log.h"

#define SEED_WARN_MS 600000

static_assert(NODE_MOONS_MAX <= HELLO_MAX_MOONS, "a HELLO tells of all");

/* NULL for a moon that is wanted and not known yet. */
static const struct world *world_at(const struct node *n, unsigned int i)
{
	return i ? n->moons[i - 1].world : &n->planet;
}

struct root_walk {
	unsigned int world;
	unsigned int root;
};

/* Over the roots of all worlds, the planet's first; starts zeroed. */
static const struct world_root *next_root(const struct node *n,
					  struct root_walk *at)
{
	for (; at->world <= n->n_moons; at->world++, at->root = 0) {
		const struct world *w = world_at(n, at->world);

		if (w && at->root < w->n_roots)
			return &w->roots[at->root++];
	}
	return NULL;
}

static bool has_root(const struct world *w, const struct identity *id)
{
	unsigned int i;

	for (i = 0; i < w->n_roots; i++) {
		if (tl_identity_equal(&w->roots[i].identity, id))
			return true;
	}
	return false;
}

bool tl_node_is_upstream(const struct node *n, struct address a)
{
	const struct peer *p = tl_node_find_peer(n, a);

	return p && p->is_upstream;
}

enum world_type tl_node_role(const struct node *n, const struct peer *p)
{
	if (!p->is_upstream)
		return WORLD_NULL;
	return has_root(&n->planet, &p->id) ? WORLD_PLANET : WORLD_MOON;
}

bool tl_worlds_allow(const struct node *n, const struct peer *p,
		     const struct endpoint *remote)
{
	const struct world_root *root;
	struct root_walk walk = { 0 };
	bool is_any = true;
	unsigned int i;

	if (!p->is_upstream)
		return true;
	while ((root = next_root(n, &walk))) {
		if (!tl_identity_equal(&root->identity, &p->id))
			continue;
		for (i = 0; i < root->n_endpoints; i++) {
			if (tl_endpoint_same_ip(&root->endpoints[i], remote))
				return true;
		}
		is_any &= root->n_endpoints == 0;
	}
	return is_any;
}

static bool is_listed(const struct endpoint *list, size_t n_list,
		      const struct endpoint *e)
{
	size_t i;

	for (i = 0; i < n_list; i++) {
		if (tl_endpoint_equal(&list[i], e))
			return true;
	}
	return false;
}

size_t tl_worlds_endpoints(const struct node *n, const struct peer *p,
			   struct endpoint *out, size_t max)
{
	const struct world_root *root;
	struct root_walk walk = { 0 };
	size_t count = 0;
	unsigned int i;

	while ((root = next_root(n, &walk))) {
		if (!tl_identity_equal(&root->identity, &p->id))
			continue;
		for (i = 0; i < root->n_endpoints && count < max; i++) {
			if (!is_listed(out, count, &root->endpoints[i]))
				out[count++] = root->endpoints[i];
		}
	}
	return count;
}

static int adopt_root(struct node *n, const struct identity *id, int64_t now)
{
	struct peer *p = tl_node_find_peer(n, id->addr);
	int r;

	if (tl_identity_equal(id, &n->id)) {
		n->is_root = true;
		return 0;
	}
	/* Somebody else under our address is nobody. */
	if (tl_address_equal(id->addr, n->id.addr))
		return 0;
	r = p ? 0 : tl_node_add_peer(n, &p, id, now);
	if (r == -ENOMEM)
		return r;
	/* One bad root does not spoil the others. */
	if (r || !tl_identity_equal(&p->id, id) || p->is_upstream)
		return 0;
	tl_assert(n->n_upstreams < NODE_UPSTREAMS_MAX);
	p->is_upstream = true;
	p->hello_attempts = 0;
	p->hello_retry_ms = 0;
	n->upstreams[n->n_upstreams++] = p;
	return 0;
}

/* Paths of a time when it was no root, or was listed elsewhere: vl1.md 6.7. */
static void drop_unlisted_paths(struct node *n, struct peer *p)
{
	unsigned int i;

	for (i = p->n_slots; i-- > 0;) {
		if (!tl_node_may_use(n, p->id.addr, &p->slots[i].path->remote))
			tl_peer_drop_slot(p, i);
	}
}

/* Peers for all roots; those that are roots no more become ordinary. */
static int adopt_roots(struct node *n, int64_t now)
{
	const struct world_root *root;
	struct root_walk walk = { 0 };
	unsigned int i;
	int r = 0;

	for (i = 0; i < n->n_upstreams; i++)
		n->upstreams[i]->is_upstream = false;
	n->n_upstreams = 0;
	n->is_root = false;
	while ((root = next_root(n, &walk)) && r == 0)
		r = adopt_root(n, &root->identity, now);
	for (i = 0; i < n->n_upstreams; i++)
		drop_unlisted_paths(n, n->upstreams[i]);
	n->next_ping_ms = now;
	return r;
}

static void tell_host(struct node *n, const struct world *w)
{
	if (n->host->world_changed)
		n->host->world_changed(n->host_ctx, w);
}

/* Parses into @n->offered. */
static int parse_planet(struct node *n, struct bytes serialized)
{
	struct reader r = tl_reader(serialized);

	tl_read_world(&r, &n->offered);
	return tl_reader_ok(&r) && n->offered.type == WORLD_PLANET ? 0
								   : -EINVAL;
}

int tl_worlds_init(struct node *n, struct bytes planet, int64_t now)
{
	int r = planet.n ? parse_planet(n, planet) : 0;
	bool is_stale;

	if (r)
		return r;
	n->planet = n->offered;
	r = parse_planet(n, tl_default_planet());
	if (r)
		return r;
	/* A file of the public planet that is older than this program. */
	is_stale = planet.n && tl_world_may_replace(&n->planet, &n->offered);
	if (is_stale || !planet.n)
		n->planet = n->offered;
	if (is_stale)
		tell_host(n, &n->planet);
	return adopt_roots(n, now);
}

void tl_worlds_fini(struct node *n)
{
	while (n->n_moons)
		tl_free(n->moons[--n->n_moons].world);
}

static struct moon *find_moon(struct node *n, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < n->n_moons; i++) {
		if (n->moons[i].id == id)
			return &n->moons[i];
	}
	return NULL;
}

static int new_moon(struct node *n, struct moon **mp, uint64_t id)
{
	if (n->n_moons == NODE_MOONS_MAX)
		return -ENOBUFS;
	*mp = &n->moons[n->n_moons++];
	**mp = (struct moon){ .id = id };
	return 0;
}

/* Puts @next in the place of what was there; the want, if any, is over. */
static int set_moon(struct node *n, struct moon *m, const struct world *next,
		    int64_t now)
{
	if (!m->world)
		m->world = tl_alloc(sizeof(*m->world));
	if (!m->world)
		return -ENOMEM;
	*m->world = *next;
	m->seed.v = 0;
	return adopt_roots(n, now);
}

int tl_node_add_moon(struct node *n, const struct world *moon, int64_t now)
{
	struct moon *m = find_moon(n, moon->id);
	bool is_new = !m;
	int r = 0;

	n->now = now;
	if (moon->type != WORLD_MOON || moon->id == 0)
		return -EINVAL;
	if (m && m->world && !tl_world_may_replace(m->world, moon))
		return -EEXIST;
	if (is_new)
		r = new_moon(n, &m, moon->id);
	if (r)
		return r;
	r = set_moon(n, m, moon, now);
	if (is_new && !m->world)
		n->n_moons--;
	return r;
}

/* HELLO to all roots soon: they may have newer worlds. */
static void ask_roots(struct node *n)
{
	unsigned int i;

	for (i = 0; i < n->n_upstreams; i++)
		n->upstreams[i]->last_full_hello_ms = 0;
	n->next_ping_ms = n->now;
}

int tl_node_orbit(struct node *n, uint64_t id, struct address seed, int64_t now)
{
	struct moon *m = find_moon(n, id);
	int r = 0;

	n->now = now;
	if (m && m->world) {
		ask_roots(n);
		return 0;
	}
	if (id == 0 || tl_address_is_reserved(seed) ||
	    tl_address_equal(seed, n->id.addr))
		return -EINVAL;
	if (!m)
		r = new_moon(n, &m, id);
	if (r)
		return r;
	*m = (struct moon){ .id = id, .seed = seed };
	n->next_ping_ms = now;
	return 0;
}

bool tl_node_deorbit(struct node *n, uint64_t id, int64_t now)
{
	struct moon *m = find_moon(n, id);

	n->now = now;
	if (!m)
		return false;
	tl_free(m->world);
	*m = n->moons[--n->n_moons];
	if (adopt_roots(n, now))
		tl_warn("out of memory: not all roots are used");
	return true;
}

bool tl_node_moon_at(const struct node *n, size_t i, struct node_moon *out)
{
	const struct moon *m;

	if (i >= n->n_moons)
		return false;
	m = &n->moons[i];
	*out = (struct node_moon){ m->id, m->seed, m->world };
	return true;
}

void tl_worlds_note(const struct node *n, struct hello *h)
{
	unsigned int i;

	h->planet_id = n->planet.id;
	h->planet_timestamp = n->planet.timestamp;
	h->n_moons = n->n_moons;
	for (i = 0; i < n->n_moons; i++) {
		const struct moon *m = &n->moons[i];

		h->moons[i].id = m->id;
		h->moons[i].timestamp = m->world ? m->world->timestamp : 0;
	}
}

/* Does the sender of @h have an older copy of @w, or want it? */
static bool is_asked_for(const struct hello *h, const struct world *w)
{
	unsigned int i;

	if (w->type == WORLD_PLANET)
		return h->planet_id && h->planet_id == w->id &&
		       h->planet_timestamp < w->timestamp;
	for (i = 0; i < h->n_moons; i++) {
		if (h->moons[i].id == w->id)
			return h->moons[i].timestamp < w->timestamp;
	}
	return false;
}

size_t tl_worlds_newer(const struct node *n, const struct hello *h,
		       struct buffer out)
{
	struct writer w = tl_writer(out);
	size_t done = 0;
	unsigned int i;

	for (i = 0; i <= n->n_moons; i++) {
		const struct world *world = world_at(n, i);

		if (!world || !is_asked_for(h, world))
			continue;
		tl_write_world(&w, world);
		/* No room: next time, when it has those before. */
		if (!tl_writer_ok(&w))
			break;
		done = w.n;
	}
	return done;
}

static bool is_seed(const struct node *n, const struct peer *p)
{
	unsigned int i;

	for (i = 0; i < n->n_moons; i++) {
		if (tl_address_equal(n->moons[i].seed, p->id.addr))
			return true;
	}
	return false;
}

static void warn_of_seed(const struct node *n, struct moon *m)
{
	if (tl_log_allowed(&m->warned, SEED_WARN_MS, n->now))
		tl_warn("moon %016llx: %010llx is not among its roots, so it "
			"is not taken from there; orbit it by one of them",
			(unsigned long long)m->id,
			(unsigned long long)m->seed.v);
}

/* May the moon we want begin with what @from sends? */
static bool is_begun_by(const struct node *n, struct moon *m,
			const struct world *moon, const struct peer *from)
{
	if (!tl_address_equal(m->seed, from->id.addr))
		return false;
	if (!has_root(moon, &from->id)) {
		warn_of_seed(n, m);
		return false;
	}
	/* What a root told us in answer to WHOIS was not checked. */
	return tl_identity_validate(&from->id) == 0;
}

static void offer_moon(struct node *n, const struct peer *from)
{
	struct world *next = &n->offered;
	struct moon *m = find_moon(n, next->id);
	bool is_good;

	if (!m)
		return;
	is_good = m->world ? tl_world_may_replace(m->world, next)
			   : is_begun_by(n, m, next, from);
	if (is_good && set_moon(n, m, next, n->now) == 0)
		tell_host(n, m->world);
}

static void offer_planet(struct node *n)
{
	if (!tl_world_may_replace(&n->planet, &n->offered))
		return;
	n->planet = n->offered;
	if (adopt_roots(n, n->now) == 0)
		tell_host(n, &n->planet);
}

void tl_worlds_offer(struct node *n, const struct peer *from,
		     struct bytes worlds)
{
	struct reader r = tl_reader(worlds);

	while (r.rest.n && (from->is_upstream || is_seed(n, from))) {
		tl_read_world(&r, &n->offered);
		if (!tl_reader_ok(&r)) {
			tl_node_drop(n, DROP_MALFORMED);
			return;
		}
		if (n->offered.type == WORLD_PLANET)
			offer_planet(n);
		else if (n->offered.type == WORLD_MOON)
			offer_moon(n, from);
	}
}
