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

static void free_member(struct served_member *m)
{
	tl_list_remove(&m->push);
	tl_member_object_free(m->object);
	tl_free(m);
}

void tl_served_network_drop(struct controller *c, struct served_network *n)
{
	struct map_walk walk = { 0 };
	struct map_node *node;

	while ((node = tl_map_step(&n->members, &walk)))
		free_member(tl_container_of(node, struct served_member, node));
	tl_map_fini(&n->members);
	tl_ip_set_fini(&n->ips);
	tl_map_remove(&c->networks, &n->node);
	tl_network_object_free(n->object);
	tl_free(n->bridges);
	tl_free(n);
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
	tl_list_init(&m->push);
	if (tl_map_insert(&n->members, &m->node,
			  tl_map_hash_u64(&n->members, o->address.v))) {
		count_out(n, o);
		free_member(m);
		return -ENOMEM;
	}
	*mp = m;
	return 0;
}

void tl_served_member_drop(struct served_network *n, struct served_member *m)
{
	count_out(n, m->object);
	tl_map_remove(&n->members, &m->node);
	free_member(m);
}

static int write_network(struct controller *c, const struct network_object *o)
{
	char *text = tl_json_print(o->doc);
	int err;

	if (!text)
		return -ENOMEM;
	err = c->store.put_network(c->store.ctx, o->id,
				   tl_bytes_from_str(text));
	tl_free(text);
	return err ? err : c->store.flush(c->store.ctx);
}

int tl_served_network_store(struct controller *c, struct served_network *n,
			    struct network_object *next)
{
	int err = write_network(c, next);

	if (err) {
		tl_network_object_free(next);
		return err;
	}
	tl_network_object_free(n->object);
	n->object = next;
	return 0;
}

int tl_served_network_create(struct served_network **np, struct controller *c,
			     struct network_object *o)
{
	struct network_id id = o->id;
	int err = write_network(c, o);

	if (err) {
		tl_network_object_free(o);
		return err;
	}
	err = tl_served_network_add(np, c, o);
	if (err && c->store.delete_network(c->store.ctx, id))
		tl_err("controller: a network that could not be made is "
		       "still stored");
	return err;
}

static int write_member(struct controller *c, const struct member_object *o)
{
	json_t *j = tl_member_object_json(o);
	char *text = j ? tl_json_print(j) : NULL;
	int err = -ENOMEM;

	if (text)
		err = c->store.put_member(c->store.ctx, o->network, o->address,
					  tl_bytes_from_str(text));
	tl_free(text);
	json_decref(j);
	return err ? err : c->store.flush(c->store.ctx);
}

int tl_served_member_store(struct controller *c, struct served_member *m,
			   struct member_object *next, bool *changedp)
{
	struct served_network *n = m->network;
	bool is_new = m->object->revision == 0;
	int err;

	if (!is_new && tl_member_object_equal(m->object, next)) {
		tl_member_object_free(next);
		*changedp = false;
		return 0;
	}
	next->revision = m->object->revision + 1;
	count_out(n, m->object);
	err = count_in(n, next);
	if (!err) {
		err = write_member(c, next);
		if (err)
			count_out(n, next);
	}
	if (err) {
		/* What was counted a moment ago fits again. */
		if (count_in(n, m->object))
			tl_err("out of memory: addresses of a member may be "
			       "given to another one");
		tl_member_object_free(next);
		return err;
	}
	tl_member_object_free(m->object);
	m->object = next;
	*changedp = true;
	return 0;
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
