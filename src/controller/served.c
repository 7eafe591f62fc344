/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The controller's tables. A member's addresses, its authorization and whether
 * it is a bridge are counted in its network; count_in() and count_out() are the
 * only places that do so.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/controller_impl.h"
#include "controller/json.h"

static const struct address nobody;

struct served_network *tl_served_network_find(const struct controller *c,
					      struct network_id id)
{
	struct map_node *node;

	node = tl_map_first(&c->networks, tl_map_hash_u64(&c->networks, id.v));
	for (; node; node = tl_map_next(node)) {
		struct served_network *n =
			tl_container_of(node, struct served_network, node);

		if (tl_network_id_equal(n->object->id, id))
			return n;
	}
	return NULL;
}

struct served_member *tl_served_member_find(const struct served_network *n,
					    struct address address)
{
	struct map_node *node;

	node = tl_map_first(&n->members,
			    tl_map_hash_u64(&n->members, address.v));
	for (; node; node = tl_map_next(node)) {
		struct served_member *m =
			tl_container_of(node, struct served_member, node);

		if (tl_address_equal(m->object->address, address))
			return m;
	}
	return NULL;
}

int tl_served_network_add(struct served_network **np, struct controller *c,
			  struct network_object *o)
{
	struct served_network *n = tl_alloc_zeroed(sizeof(*n));

	if (!n)
		goto fail;
	n->object = o;
	tl_list_init(&n->pushing);
	tl_list_init(&n->leaving);
	tl_revoke_network_init(c, n);
	tl_map_init(&n->members, c->key);
	tl_ip_set_init(&n->ips, c->key);
	if (tl_map_insert(&c->networks, &n->node,
			  tl_map_hash_u64(&c->networks, o->id.v)))
		goto fail;
	*np = n;
	return 0;

fail:
	tl_free(n);
	tl_network_object_free(o);
	return -ENOMEM;
}

void tl_served_member_free(struct served_member *m)
{
	if (!m)
		return;
	tl_list_remove(&m->push);
	tl_list_remove(&m->untaken);
	tl_member_object_free(m->object);
	tl_free(m);
}

void tl_served_network_free(struct controller *c, struct served_network *n)
{
	struct map_walk walk = { 0 };
	struct map_node *node;

	(void)c;
	while ((node = tl_map_step(&n->members, &walk)))
		tl_served_member_free(
			tl_container_of(node, struct served_member, node));
	tl_map_fini(&n->members);
	tl_ip_set_fini(&n->ips);
	tl_list_remove(&n->pushing);
	tl_list_remove(&n->leaving);
	tl_revoke_network_fini(n);
	tl_network_object_free(n->object);
	tl_free(n->bridges);
	tl_free(n);
}

void tl_served_network_drop(struct controller *c, struct served_network *n)
{
	tl_map_remove(&c->networks, &n->node);
	tl_served_network_free(c, n);
}

/* Never admitted, and nobody said anything about it. */
static bool is_pending(const struct member_object *o)
{
	return !o->authorized && o->last_authorized_ms == 0 &&
	       o->last_deauthorized_ms == 0;
}

static size_t bridge_place(const struct served_network *n, struct address a)
{
	size_t i = 0;

	while (i < n->n_bridges && n->bridges[i].v < a.v)
		i++;
	return i;
}

static int add_bridge(struct served_network *n, struct address a)
{
	struct address *grown =
		tl_realloc(n->bridges, (n->n_bridges + 1) * sizeof(*grown));
	size_t at;

	if (!grown)
		return -ENOMEM;
	n->bridges = grown;
	at = bridge_place(n, a);
	memmove(&grown[at + 1], &grown[at],
		(n->n_bridges - at) * sizeof(*grown));
	grown[at] = a;
	n->n_bridges++;
	return 0;
}

static void remove_bridge(struct served_network *n, struct address a)
{
	size_t at = bridge_place(n, a);

	if (at == n->n_bridges || n->bridges[at].v != a.v)
		return;
	n->n_bridges--;
	memmove(&n->bridges[at], &n->bridges[at + 1],
		(n->n_bridges - at) * sizeof(*n->bridges));
}

static void count_out(struct served_network *n, const struct member_object *o)
{
	size_t i;

	for (i = 0; i < o->n_ips; i++)
		tl_ip_set_remove(&n->ips, &o->ips[i]);
	if (o->active_bridge)
		remove_bridge(n, o->address);
	n->n_authorized -= o->authorized;
	n->n_pending -= is_pending(o);
}

static int count_in(struct served_network *n, const struct member_object *o)
{
	size_t i;

	for (i = 0; i < o->n_ips; i++) {
		if (tl_ip_set_add(&n->ips, &o->ips[i]))
			goto fail;
	}
	if (o->active_bridge && add_bridge(n, o->address))
		goto fail;
	n->n_authorized += o->authorized;
	n->n_pending += is_pending(o);
	return 0;

fail:
	while (i > 0)
		tl_ip_set_remove(&n->ips, &o->ips[--i]);
	return -ENOMEM;
}

int tl_served_member_add(struct served_member **mp, struct served_network *n,
			 struct member_object *o)
{
	struct served_member *m = tl_alloc_zeroed(sizeof(*m));

	if (!m || count_in(n, o)) {
		tl_free(m);
		tl_member_object_free(o);
		return -ENOMEM;
	}
	m->network = n;
	m->object = o;
	m->last_request_ms = NEVER_MS;
	m->sent_ms = NEVER_MS;
	m->pushed_ms = NEVER_MS;
	tl_list_init(&m->push);
	tl_list_init(&m->untaken);
	if (tl_map_insert(&n->members, &m->node,
			  tl_map_hash_u64(&n->members, o->address.v))) {
		count_out(n, o);
		tl_served_member_free(m);
		return -ENOMEM;
	}
	*mp = m;
	return 0;
}

void tl_served_member_drop(struct served_network *n, struct served_member *m)
{
	count_out(n, m->object);
	tl_map_remove(&n->members, &m->node);
	tl_served_member_free(m);
}

static int put_network(struct controller *c, const struct network_object *o)
{
	char *text = tl_json_print(o->doc);
	int err;

	if (!text)
		return -ENOMEM;
	err = c->store.put_network(c->store.ctx, o->id,
				   tl_bytes_from_str(text));
	tl_free(text);
	return err;
}

int tl_served_network_store(struct controller *c, struct served_network *n,
			    struct network_object *next, bool is_told)
{
	struct change *change =
		tl_change_new(CHANGE_NETWORK, n->object->id, nobody);
	int err = change ? put_network(c, next) : -ENOMEM;

	if (err) {
		tl_change_free(c, change);
		tl_network_object_free(next);
		return err;
	}
	change->is_told = is_told;
	change->was_network = n->object;
	n->object = next;
	n->batch = c->batches.n_open;
	tl_change_add(c, change);
	c->counts.networks++;
	return 0;
}

int tl_served_network_create(struct served_network **np, struct controller *c,
			     struct network_object *o)
{
	struct change *change = tl_change_new(CHANGE_NETWORK, o->id, nobody);
	int err;

	if (!change) {
		tl_network_object_free(o);
		return -ENOMEM;
	}
	err = tl_served_network_add(np, c, o);
	if (!err) {
		err = put_network(c, o);
		if (err)
			tl_served_network_drop(c, *np);
	}
	if (err) {
		tl_change_free(c, change);
		return err;
	}
	(*np)->batch = c->batches.n_open;
	tl_change_add(c, change);
	c->counts.networks++;
	return 0;
}

/* Its members are sent nothing any more. */
static void silence(struct served_network *n)
{
	struct map_walk walk = { 0 };
	struct map_node *node;

	while ((node = tl_map_step(&n->members, &walk))) {
		struct served_member *m =
			tl_container_of(node, struct served_member, node);

		tl_list_remove(&m->push);
		tl_resend_forget(m);
	}
}

int tl_served_network_delete(struct controller *c, struct served_network *n)
{
	struct change *change =
		tl_change_new(CHANGE_NO_NETWORK, n->object->id, nobody);
	int err = change ? c->store.delete_network(c->store.ctx, n->object->id)
			 : -ENOMEM;

	if (err) {
		tl_change_free(c, change);
		return err;
	}
	silence(n);
	tl_map_remove(&c->networks, &n->node);
	change->gone = n;
	tl_list_append(&c->leaving, &n->leaving);
	tl_change_add(c, change);
	c->counts.networks++;
	return 0;
}

void tl_served_network_undo(struct controller *c, struct change *change)
{
	struct served_network *n = tl_served_network_find(c, change->network);

	tl_assert(n);
	if (!change->was_network) {
		tl_served_network_drop(c, n);
		return;
	}
	tl_network_object_free(n->object);
	n->object = change->was_network;
	change->was_network = NULL;
}

void tl_served_network_undo_drop(struct controller *c, struct change *change)
{
	struct served_network *n = change->gone;

	tl_list_remove(&n->leaving);
	if (tl_map_insert(&c->networks, &n->node,
			  tl_map_hash_u64(&c->networks, change->network.v))) {
		tl_err("out of memory: network %016llx is not served until the "
		       "service is started again",
		       (unsigned long long)change->network.v);
		return;
	}
	change->gone = NULL;
}

static int put_member(struct controller *c, const struct member_object *o)
{
	char *text = tl_member_object_row(o);
	int err;

	if (!text)
		return -ENOMEM;
	err = c->store.put_member(c->store.ctx, o->network, o->address,
				  tl_bytes_from_str(text));
	tl_free(text);
	return err;
}

/* Let @next, consumed on success, take the place of what @m is. */
static int replace_member(struct served_member *m, struct member_object *next)
{
	struct served_network *n = m->network;

	count_out(n, m->object);
	if (count_in(n, next) == 0) {
		m->object = next;
		return 0;
	}
	/* What was counted a moment ago fits again. */
	if (count_in(n, m->object))
		tl_err("out of memory: addresses of a member may be given to "
		       "another one");
	return -ENOMEM;
}

static void count_change(struct controller *c, bool was, bool is)
{
	c->counts.members++;
	c->counts.authorized += is && !was;
	c->counts.deauthorized += was && !is;
}

int tl_served_member_store(struct controller *c, struct served_member *m,
			   struct member_object *next, bool is_told,
			   bool *changedp)
{
	struct member_object *old = m->object;
	bool is_new = old->revision == 0;
	struct change *change;
	int err;

	if (!is_new && tl_member_object_equal(old, next)) {
		tl_member_object_free(next);
		*changedp = false;
		return 0;
	}
	next->revision = old->revision + 1;
	change = tl_change_new(CHANGE_MEMBER, next->network, next->address);
	err = change ? replace_member(m, next) : -ENOMEM;
	if (!err) {
		err = put_member(c, next);
		if (err && replace_member(m, old))
			tl_assert(m->object == next);
	}
	if (err) {
		tl_change_free(c, change);
		if (m->object == old)
			tl_member_object_free(next);
		return err;
	}
	count_change(c, old->authorized, next->authorized);
	change->is_authorized = next->authorized;
	if (is_new)
		tl_member_object_free(old);
	else
		change->was_member = old;
	change->is_told = is_told;
	m->batch = c->batches.n_open;
	tl_change_add(c, change);
	*changedp = true;
	return 0;
}

int tl_served_member_delete(struct controller *c, struct served_member *m)
{
	struct served_network *n = m->network;
	struct member_object *o = m->object;
	struct change *change =
		tl_change_new(CHANGE_NO_MEMBER, o->network, o->address);
	int err = change ? c->store.delete_member(c->store.ctx, o->network,
						  o->address)
			 : -ENOMEM;

	if (err) {
		tl_change_free(c, change);
		return err;
	}
	count_out(n, o);
	tl_map_remove(&n->members, &m->node);
	tl_list_remove(&m->push);
	tl_resend_forget(m);
	change->left = m;
	change->is_told = true;
	tl_change_add(c, change);
	count_change(c, o->authorized, false);
	return 0;
}

void tl_served_member_undo(struct controller *c, struct change *change)
{
	struct served_network *n = tl_served_network_find(c, change->network);
	struct served_member *m = n ? tl_served_member_find(n, change->member)
				    : NULL;
	struct member_object *next;

	if (!m)
		return;
	if (!change->was_member) {
		tl_served_member_drop(n, m);
		return;
	}
	next = m->object;
	if (replace_member(m, change->was_member))
		return;
	change->was_member = NULL;
	tl_member_object_free(next);
}

void tl_served_member_undo_drop(struct controller *c, struct change *change)
{
	struct served_network *n = tl_served_network_find(c, change->network);
	struct served_member *m = change->left;

	if (!n)
		return;
	if (count_in(n, m->object) ||
	    tl_map_insert(&n->members, &m->node,
			  tl_map_hash_u64(&n->members, change->member.v))) {
		tl_err("out of memory: member %010llx is not served until the "
		       "service is started again",
		       (unsigned long long)change->member.v);
		return;
	}
	m->network = n;
	change->left = NULL;
}

int tl_served_add_default_capabilities(struct member_object *o,
				       const struct network_object *network)
{
	size_t i;
	int err;

	for (i = 0; i < network->n_capabilities; i++) {
		if (!network->capabilities[i].is_default)
			continue;
		err = tl_member_object_add_capability(
			o, network->capabilities[i].id);
		if (err == -ENOMEM)
			return err;
	}
	return 0;
}
