/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be changed: networks and members are made, changed and deleted. A
 * change is stored first; then those whom it concerns are told.
 */
#include <errno.h>

#include "base/alloc.h"
#include "controller/body_check.h"
#include "controller/controller_http.h"

#define RANDOM_NUMBER_TRIES 100000
#define NETWORK_NUMBER_MASK 0xffffffu

/* Make a network with the defaults and @body, and store it. */
static void create_network(struct http *h, struct network_id id,
			   const json_t *body)
{
	struct network_object *base;
	struct network_object *o;
	struct object_error why;
	struct served_network *n;
	int err;

	if (h->c->networks.count >= CONTROLLER_MAX_NETWORKS) {
		tl_http_fail(h, 503, "too many networks");
		return;
	}
	err = tl_network_object_new(&base, id, h->now);
	if (err) {
		tl_http_fail_with(h, err);
		return;
	}
	err = tl_body_check_network(body, &why);
	if (!err)
		err = tl_network_object_merge(&o, base, body, &why);
	tl_network_object_free(base);
	if (err == -EINVAL) {
		tl_http_fail(h, 400, why.text);
		return;
	}
	if (!err)
		err = tl_served_network_create(&n, h->c, o);
	if (err)
		tl_http_fail_with(h, err);
	else
		tl_http_answer(h, json_incref(n->object->doc));
}

static void change_network(struct http *h, struct served_network *n,
			   const json_t *body)
{
	struct network_object *next;
	struct object_error why;
	int err = tl_body_check_network(body, &why);

	if (!err)
		err = tl_network_object_merge(&next, n->object, body, &why);
	if (err == -EINVAL) {
		tl_http_fail(h, 400, why.text);
		return;
	}
	if (!err && next->revision == n->object->revision) {
		tl_network_object_free(next);
	} else if (!err) {
		err = tl_served_network_store(h->c, n, next, true);
	}
	if (err)
		tl_http_fail_with(h, err);
	else
		tl_http_answer(h, json_incref(n->object->doc));
}

void tl_http_post_network(struct http *h)
{
	struct network_id id = h->target.network;
	struct served_network *n = tl_served_network_find(h->c, id);
	json_t *body = tl_http_parse_body(h);

	if (!body)
		return;
	if (n)
		change_network(h, n, body);
	else if (!tl_address_equal(tl_network_id_controller(id),
				   h->c->self.addr) ||
		 (id.v & NETWORK_NUMBER_MASK) == 0)
		tl_http_fail(h, 400, "id: not a network of this controller");
	else
		create_network(h, id, body);
	json_decref(body);
}

/* A number that is not in use. */
static bool pick_number(struct controller *c, struct network_id *out)
{
	unsigned int i;
	uint32_t v;

	for (i = 0; i < RANDOM_NUMBER_TRIES; i++) {
		c->host.random(c->host.ctx, &v, sizeof(v));
		v &= NETWORK_NUMBER_MASK;
		out->v = c->self.addr.v << 24 | (v ? v : 1);
		if (!tl_served_network_find(c, *out))
			return true;
	}
	return false;
}

void tl_http_post_networks(struct http *h)
{
	struct network_id id;
	json_t *body = tl_http_parse_body(h);

	if (!body)
		return;
	if (pick_number(h->c, &id))
		create_network(h, id, body);
	else
		tl_http_fail(h, 503, "no free network number");
	json_decref(body);
}

void tl_http_post_new_network(struct http *h)
{
	if (tl_address_equal(h->target.address, h->c->self.addr))
		tl_http_post_networks(h);
	else
		tl_http_fail(h, 400, NULL);
}

void tl_http_delete_network(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	json_t *shown;
	int err;

	if (!n) {
		tl_http_fail(h, 404, NULL);
		return;
	}
	shown = json_incref(n->object->doc);
	err = tl_controller_will_revoke(h->c, h->now);
	if (!err)
		err = tl_served_network_delete(h->c, n);
	if (!err) {
		tl_http_answer(h, shown);
		return;
	}
	json_decref(shown);
	tl_http_fail_with(h, err);
}

int tl_http_merge_member(struct http *h, struct served_member *m,
			 const json_t *body, struct object_error *why,
			 bool *changedp)
{
	struct member_object *next;
	int err = tl_body_check_member(body, why);

	if (!err)
		err = tl_member_object_copy(&next, m->object);
	if (err)
		return err;
	err = tl_member_object_merge(next, body, why, h->now);
	if (!err && next->authorized && m->object->last_authorized_ms == 0 &&
	    !json_object_get(body, "capabilities"))
		err = tl_served_add_default_capabilities(next,
							 m->network->object);
	if (!err && m->object->authorized && !next->authorized)
		err = tl_controller_will_revoke(h->c, h->now);
	if (err) {
		tl_member_object_free(next);
		return err;
	}
	return tl_served_member_store(h->c, m, next, true, changedp);
}

static void change_member(struct http *h, struct served_member *m,
			  const json_t *body)
{
	struct object_error why;
	bool changed;
	int err = tl_http_merge_member(h, m, body, &why, &changed);

	if (err == -EINVAL)
		tl_http_fail(h, 400, why.text);
	else if (err)
		tl_http_fail_with(h, err);
	if (err)
		return;
	tl_http_answer_text(h, tl_member_object_text(m->object));
}

struct served_member *tl_http_make_member(struct http *h,
					  struct served_network *n)
{
	struct member_object *o;
	struct served_member *m;

	if (n->members.count >= CONTROLLER_MAX_MEMBERS) {
		tl_http_fail(h, 503, "too many members");
		return NULL;
	}
	if (tl_member_object_new(&o, n->object->id, h->target.address,
				 h->now) ||
	    tl_served_member_add(&m, n, o)) {
		tl_http_fail_with(h, -ENOMEM);
		return NULL;
	}
	return m;
}

void tl_http_post_member(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	struct served_member *m;
	json_t *body;

	if (!n || tl_address_is_reserved(h->target.address)) {
		tl_http_fail(h, 404, NULL);
		return;
	}
	body = tl_http_parse_body(h);
	if (!body)
		return;
	m = tl_served_member_find(n, h->target.address);
	if (!m)
		m = tl_http_make_member(h, n);
	if (m) {
		change_member(h, m, body);
		if (m->object->revision == 0)
			tl_served_member_drop(n, m);
	}
	json_decref(body);
}

void tl_http_delete_member(struct http *h)
{
	struct served_member *m = tl_http_find_member(h);
	char *text;
	int err;

	if (!m) {
		tl_http_fail(h, 404, NULL);
		return;
	}
	text = tl_member_object_text(m->object);
	err = text ? tl_controller_will_revoke(h->c, h->now) : -ENOMEM;
	if (!err)
		err = tl_served_member_delete(h->c, m);
	if (!err) {
		tl_http_answer_text(h, text);
		return;
	}
	tl_free(text);
	tl_http_fail_with(h, err);
}
