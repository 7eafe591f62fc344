/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member.c - records of the peers of a network, and their credentials as the
 * filter wants them
 *
 * The filter looks at every frame, so it gets plain sorted arrays, made anew
 * when a credential or our configuration changes, and not a walk over
 * certificates.
 */
#include "vl2/vl2_impl.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

/* Twice the longest window of credentials (vl2.md 6.9). */
#define REVOKED_MS 14400000

/* Arrays that a filter_side points to, in one block. */
struct side_storage {
	struct filter_tag *tags;
	struct filter_capability *capabilities;
	struct filter_thing *owned;
	struct rule *rules;
	size_t n_tags;
	size_t n_capabilities;
	size_t n_owned;
	size_t n_rules;
};

struct member *tl_member_find(const struct network *net, struct address who)
{
	struct map_node *it = tl_map_last(&net->members);
	struct member *m;

	if (it) {
		m = tl_container_of(it, struct member, node);
		if (tl_address_equal(m->m.member, who))
			return m;
	}
	it = tl_map_first(&net->members, tl_map_hash_u64(&net->members, who.v));
	for (; it; it = tl_map_next(it)) {
		m = tl_container_of(it, struct member, node);
		if (!tl_address_equal(m->m.member, who))
			continue;
		tl_map_found(&net->members, it);
		return m;
	}
	return NULL;
}

struct member *tl_member_get(struct network *net, struct address who)
{
	struct member *m = tl_member_find(net, who);

	if (m || net->members.count >= MEMBERS_MAX)
		return m;
	m = tl_alloc_zeroed(sizeof(*m));
	if (!m)
		return NULL;
	tl_membership_init(&m->m, net->id, who);
	m->push.n_spread = net->n_spread;
	if (tl_map_insert(&net->members, &m->node,
			  tl_map_hash_u64(&net->members, who.v))) {
		tl_membership_fini(&m->m);
		tl_free(m);
		return NULL;
	}
	return m;
}

void tl_member_free(struct network *net, struct member *m)
{
	tl_map_remove(&net->members, &m->node);
	tl_membership_fini(&m->m);
	tl_free(m->storage);
	tl_free(m);
}

static struct credential_window window_of(const struct network *net)
{
	return (struct credential_window){ net->conf->timestamp,
					   net->conf->max_delta };
}

/* The highest threshold of all its revocations, 0 if it has none. */
static int64_t highest_threshold(const struct membership *m)
{
	int64_t highest = m->com_threshold;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(m->floor); i++)
		highest = TL_MAX(highest, m->floor[i]);
	for (i = 0; i < m->n_revoked; i++)
		highest = TL_MAX(highest, m->revoked[i].threshold);
	return highest;
}

/* What was revoked must not come back by being forgotten: not before nobody
 * takes credentials of that time any more, whatever window there may be. */
static bool is_needed(const struct network *net, const struct membership *m)
{
	int64_t highest = highest_threshold(m);

	return highest > 0 && (!net->conf || highest > net->conf->timestamp ||
			       net->conf->timestamp - highest < REVOKED_MS);
}

void tl_member_expire(struct network *net)
{
	struct map_walk walk = { 0 };
	struct map_node *it;

	while ((it = tl_map_step(&net->members, &walk))) {
		struct member *m = tl_container_of(it, struct member, node);

		if (!tl_node_find_peer(net->v->node, m->m.member) &&
		    !is_needed(net, &m->m))
			tl_member_free(net, m);
		else if (net->conf)
			tl_membership_expire(&m->m, window_of(net));
	}
}

void tl_member_changed(struct member *m)
{
	m->side_of = 0;
}

static size_t capability_rules(const struct capability *c)
{
	return TL_MIN(c->n_rules, (unsigned int)CAPABILITY_MAX_RULES);
}

/* One block for all arrays of the sizes that @s asks for. */
static void *make_storage(struct side_storage *s)
{
	size_t tags = s->n_tags * sizeof(*s->tags);
	size_t caps = s->n_capabilities * sizeof(*s->capabilities);
	size_t rules = s->n_rules * sizeof(*s->rules);
	size_t owned = s->n_owned * sizeof(*s->owned);
	char *block = tl_alloc_zeroed(caps + rules + tags + owned);

	if (!block)
		return NULL;
	s->capabilities = (struct filter_capability *)(void *)block;
	s->rules = (struct rule *)(void *)(block + caps);
	s->tags = (struct filter_tag *)(void *)(block + caps + rules);
	s->owned = (struct filter_thing *)(void *)(block + caps + rules + tags);
	s->n_capabilities = 0;
	s->n_rules = 0;
	s->n_tags = 0;
	s->n_owned = 0;
	return block;
}

static void add_tag(struct side_storage *s, const struct tag *t)
{
	s->tags[s->n_tags++] = (struct filter_tag){ t->id, t->value };
}

static void add_capability(struct side_storage *s, const struct capability *c)
{
	struct filter_capability *f = &s->capabilities[s->n_capabilities++];
	struct rule *at = s->rules + s->n_rules;
	size_t n = 0;

	f->id = c->id;
	f->rules.at = at;
	if (tl_rules_parse(at, capability_rules(c), &n,
			   tl_bytes(c->rules, c->rules_len)))
		f->rules.is_refused = true;
	f->rules.n = n;
	s->n_rules += n;
}

static void add_ownership(struct side_storage *s, const struct ownership *o)
{
	unsigned int i;

	for (i = 0; i < o->n_things; i++) {
		struct filter_thing *t = &s->owned[s->n_owned++];

		t->type = o->things[i].type;
		memcpy(t->value, o->things[i].value, sizeof(t->value));
	}
}

static void set_side(struct filter_side *side, const struct side_storage *s)
{
	*side = (struct filter_side){
		.tags = s->tags,
		.n_tags = s->n_tags,
		.capabilities = s->capabilities,
		.n_capabilities = s->n_capabilities,
		.owned = s->owned,
		.n_owned = s->n_owned,
	};
}

int tl_member_own_side(struct network *net)
{
	const struct netconf *c = net->conf;
	struct side_storage s = {
		.n_tags = c->n_tags,
		.n_capabilities = c->n_capabilities,
	};
	void *block;
	size_t i;

	for (i = 0; i < c->n_capabilities; i++)
		s.n_rules += capability_rules(&c->capabilities[i]);
	for (i = 0; i < c->n_ownerships; i++)
		s.n_owned += c->ownerships[i].n_things;
	block = make_storage(&s);
	if (!block)
		return -ENOMEM;
	for (i = 0; i < c->n_tags; i++)
		add_tag(&s, &c->tags[i]);
	for (i = 0; i < c->n_capabilities; i++)
		add_capability(&s, &c->capabilities[i]);
	for (i = 0; i < c->n_ownerships; i++)
		add_ownership(&s, &c->ownerships[i]);
	tl_free(net->own_storage);
	net->own_storage = block;
	set_side(&net->policy.side, &s);
	return 0;
}

static bool is_usable(const struct network *net, const struct member *m,
		      enum credential_type type, const struct held *h)
{
	return tl_membership_is_usable(&m->m, type, h->id, h->timestamp,
				       window_of(net));
}

static void count_side(const struct network *net, const struct member *m,
		       struct side_storage *s)
{
	size_t i;

	s->n_tags = m->m.tags.n;
	s->n_capabilities = m->m.capabilities.n;
	for (i = 0; i < m->m.capabilities.n; i++) {
		const struct held *h = &m->m.capabilities.at[i];

		if (is_usable(net, m, CREDENTIAL_CAPABILITY, h))
			s->n_rules += capability_rules(h->item);
	}
	for (i = 0; i < m->m.ownerships.n; i++) {
		const struct ownership *o = m->m.ownerships.at[i].item;

		s->n_owned += o->n_things;
	}
}

static void fill_side(const struct network *net, const struct member *m,
		      struct side_storage *s)
{
	size_t i;

	for (i = 0; i < m->m.tags.n; i++) {
		if (is_usable(net, m, CREDENTIAL_TAG, &m->m.tags.at[i]))
			add_tag(s, m->m.tags.at[i].item);
	}
	for (i = 0; i < m->m.capabilities.n; i++) {
		const struct held *h = &m->m.capabilities.at[i];

		if (is_usable(net, m, CREDENTIAL_CAPABILITY, h))
			add_capability(s, h->item);
	}
	for (i = 0; i < m->m.ownerships.n; i++) {
		const struct held *h = &m->m.ownerships.at[i];

		if (is_usable(net, m, CREDENTIAL_OWNERSHIP, h))
			add_ownership(s, h->item);
	}
}

const struct filter_side *tl_member_side(const struct network *net,
					 struct member *m)
{
	struct side_storage s = { 0 };
	void *block;

	if (!m)
		return NULL;
	if (m->side_of == net->generation)
		return &m->side;
	count_side(net, m, &s);
	block = make_storage(&s);
	if (!block)
		return NULL;
	fill_side(net, m, &s);
	tl_free(m->storage);
	m->storage = block;
	set_side(&m->side, &s);
	m->side_of = net->generation;
	return &m->side;
}
