/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The controller's HTTP API (api.md 3). A path is parsed into a target first;
 * there is one function for each target and method.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/controller_impl.h"
#include "controller/json.h"

#define RANDOM_NUMBER_TRIES 100000
#define NETWORK_NUMBER_MASK 0xffffffu

enum target_kind {
	TARGET_NONE,
	TARGET_STATUS,
	TARGET_NETWORKS,
	TARGET_NEW_NETWORK, /* the form with six underscores */
	TARGET_NETWORK,
	TARGET_MEMBERS,
	TARGET_MEMBER,
	TARGET_ALL_NETWORKS,
	TARGET_ALL_MEMBERS,
};

/**
 * struct target - What a path names
 * @address:	of a member; with TARGET_NEW_NETWORK: of a controller
 */
struct target {
	enum target_kind kind;
	struct network_id network;
	struct address address;
};

/**
 * struct http - One request on its way
 */
struct http {
	struct controller *c;
	struct target target;
	struct bytes body;
	int64_t now;
	struct controller_reply *reply;
};

/* Cuts the next part off *@rest, which begins with '/'. */
static struct bytes next_part(const char **rest)
{
	const char *start = *rest;
	size_t n;

	if (*start != '/')
		return tl_bytes(NULL, 0);
	start++;
	n = strcspn(start, "/");
	*rest = start + n;
	return tl_bytes(start, n);
}

static bool is_word(struct bytes part, const char *word)
{
	return tl_bytes_equal(part, tl_bytes_from_str(word));
}

static bool parse_new(struct target *t, struct bytes part)
{
	struct bytes lines = tl_bytes_skip(part, ADDRESS_TEXT_SIZE - 1);

	return is_word(lines, "______") &&
	       tl_address_parse(&t->address,
				tl_bytes_first(part, ADDRESS_TEXT_SIZE - 1)) ==
		       0;
}

/* "/controller" and below, or "/unstable/controller" and below. */
static enum target_kind parse_below(struct target *t, const char *rest,
				    bool is_all)
{
	struct bytes part;

	if (*rest == '\0')
		return is_all ? TARGET_NONE : TARGET_STATUS;
	if (!is_word(next_part(&rest), "network"))
		return TARGET_NONE;
	if (*rest == '\0')
		return is_all ? TARGET_ALL_NETWORKS : TARGET_NETWORKS;
	part = next_part(&rest);
	if (*rest == '\0' && !is_all && parse_new(t, part))
		return TARGET_NEW_NETWORK;
	if (tl_network_id_parse(&t->network, part))
		return TARGET_NONE;
	if (*rest == '\0')
		return is_all ? TARGET_NONE : TARGET_NETWORK;
	if (!is_word(next_part(&rest), "member"))
		return TARGET_NONE;
	if (*rest == '\0')
		return is_all ? TARGET_ALL_MEMBERS : TARGET_MEMBERS;
	part = next_part(&rest);
	if (*rest != '\0' || is_all || tl_address_parse(&t->address, part))
		return TARGET_NONE;
	return TARGET_MEMBER;
}

static struct target parse_path(const char *path)
{
	struct target t = { .kind = TARGET_NONE };
	const char *rest = path;
	struct bytes part = next_part(&rest);
	bool is_all = is_word(part, "unstable");

	if (is_all)
		part = next_part(&rest);
	if (is_word(part, "controller"))
		t.kind = parse_below(&t, rest, is_all);
	return t;
}

bool tl_controller_has_path(const char *path)
{
	return parse_path(path).kind != TARGET_NONE;
}

static void fail(struct http *h, int status, const char *text)
{
	json_t *j;

	h->reply->status = status;
	if (!text)
		return;
	j = json_pack("{s:i,s:s}", "error", status, "description", text);
	h->reply->text = j ? tl_json_print(j) : NULL;
	json_decref(j);
}

static void fail_with(struct http *h, int err)
{
	if (err != -ENOMEM)
		tl_controller_complain(h->c, err, h->now);
	fail(h, 500, err == -ENOMEM ? "out of memory" : "cannot store");
}

/* @j is consumed; NULL: memory is out. */
static void answer(struct http *h, json_t *j)
{
	char *text = j ? tl_json_print(j) : NULL;

	json_decref(j);
	if (!text) {
		fail_with(h, -ENOMEM);
		return;
	}
	h->reply->status = 200;
	h->reply->text = text;
}

/* The body as an object, or NULL with the answer made. */
static json_t *parse_body(struct http *h)
{
	json_t *body;

	if (h->body.n > CONTROLLER_BODY_MAX) {
		fail(h, 400, "body too long");
		return NULL;
	}
	body = tl_json_parse(h->body);
	if (!body) {
		fail(h, 500, "body is not JSON");
		return NULL;
	}
	if (!json_is_object(body)) {
		json_decref(body);
		fail(h, 400, "body is not an object");
		return NULL;
	}
	return body;
}

/* The one answer that is indented. */
static void get_status(struct http *h)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "{\n\t\"controller\": true,\n\t\"apiVersion\": 4,\n"
		 "\t\"clock\": %lld,\n\t\"databaseReady\": true\n}\n",
		 (long long)h->now);
	h->reply->text = tl_strdup(text);
	h->reply->status = h->reply->text ? 200 : 500;
}

static int by_id(const void *a, const void *b)
{
	const struct served_network *const *x = a;
	const struct served_network *const *y = b;
	uint64_t p = (*x)->object->id.v;
	uint64_t q = (*y)->object->id.v;

	return p < q ? -1 : p > q;
}

static int by_address(const void *a, const void *b)
{
	const struct served_member *const *x = a;
	const struct served_member *const *y = b;
	uint64_t p = (*x)->object->address.v;
	uint64_t q = (*y)->object->address.v;

	return p < q ? -1 : p > q;
}

/* All networks in ascending order; NULL when out of memory. */
static struct served_network **list_networks(const struct controller *c)
{
	size_t n = c->networks.count;
	struct served_network **list = tl_alloc_array(n, sizeof(*list));
	struct map_walk walk = { 0 };
	struct map_node *node;
	size_t i = 0;

	if (!list)
		return NULL;
	while ((node = tl_map_step(&c->networks, &walk)))
		list[i++] = tl_container_of(node, struct served_network, node);
	qsort(list, n, sizeof(struct served_network *), by_id);
	return list;
}

static struct served_member **list_members(const struct served_network *n)
{
	size_t count = n->members.count;
	struct served_member **list = tl_alloc_array(count, sizeof(*list));
	struct map_walk walk = { 0 };
	struct map_node *node;
	size_t i = 0;

	if (!list)
		return NULL;
	while ((node = tl_map_step(&n->members, &walk)))
		list[i++] = tl_container_of(node, struct served_member, node);
	qsort(list, count, sizeof(struct served_member *), by_address);
	return list;
}

/* Append, or throw away what there is. */
static void append(json_t **array, json_t *item)
{
	if (json_array_append_new(*array, item) == 0)
		return;
	json_decref(*array);
	*array = NULL;
}

static void get_networks(struct http *h)
{
	struct served_network **list = list_networks(h->c);
	json_t *array = list ? json_array() : NULL;
	char text[NETWORK_ID_TEXT_SIZE];
	size_t i;

	for (i = 0; array && i < h->c->networks.count; i++) {
		tl_network_id_print(text, list[i]->object->id);
		append(&array, json_string(text));
	}
	tl_free(list);
	answer(h, array);
}

static json_t *network_with_counts(const struct served_network *n)
{
	json_t *j = json_copy(n->object->doc);

	if (json_object_set_new(j, "meta",
				json_pack("{s:I,s:I}", "authorizedMemberCount",
					  (json_int_t)n->n_authorized,
					  "totalMemberCount",
					  (json_int_t)n->members.count)) == 0)
		return j;
	json_decref(j);
	return NULL;
}

static void get_all_networks(struct http *h)
{
	struct served_network **list = list_networks(h->c);
	json_t *array = list ? json_array() : NULL;
	size_t i;

	for (i = 0; array && i < h->c->networks.count; i++)
		append(&array, network_with_counts(list[i]));
	tl_free(list);
	answer(h, array ? json_pack("{s:o,s:{s:I}}", "data", array, "meta",
				    "networkCount",
				    (json_int_t)h->c->networks.count)
			: NULL);
}

/* With what is only known while we run, under names of our own. */
static json_t *member_with_state(const struct served_member *m, int64_t now)
{
	json_t *j = tl_member_object_json(m->object);
	bool is_seen = m->last_request_ms != NEVER_MS;
	char text[ENDPOINT_TEXT_SIZE];

	if (m->from.family)
		tl_endpoint_print(text, &m->from);
	if (json_object_set_new(
		    j, "online",
		    json_boolean(tl_served_member_is_online(m, now))) == 0 &&
	    json_object_set_new(j, "lastSeen",
				json_integer(is_seen ? m->last_request_ms
						     : 0)) == 0 &&
	    json_object_set_new(j, "physicalAddress",
				m->from.family ? json_string(text)
					       : json_null()) == 0)
		return j;
	json_decref(j);
	return NULL;
}

static void get_all_members(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	struct served_member **list;
	json_t *array;
	size_t i;

	if (!n) {
		fail(h, 404, NULL);
		return;
	}
	list = list_members(n);
	array = list ? json_array() : NULL;
	for (i = 0; array && i < n->members.count; i++)
		append(&array, member_with_state(list[i], h->now));
	tl_free(list);
	answer(h,
	       array ? json_pack("{s:o,s:{s:I,s:I}}", "data", array, "meta",
				 "authorizedCount", (json_int_t)n->n_authorized,
				 "totalCount", (json_int_t)n->members.count)
		     : NULL);
}

static void get_members(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	struct map_walk walk = { 0 };
	char text[ADDRESS_TEXT_SIZE];
	struct map_node *node;
	json_t *j;

	if (!n) {
		fail(h, 404, NULL);
		return;
	}
	j = json_object();
	while (j && (node = tl_map_step(&n->members, &walk))) {
		const struct member_object *o =
			tl_container_of(node, struct served_member, node)
				->object;

		tl_address_print(text, o->address);
		if (json_object_set_new(
			    j, text, json_integer((json_int_t)o->revision))) {
			json_decref(j);
			j = NULL;
		}
	}
	answer(h, j);
}

static void get_network(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);

	if (n)
		answer(h, json_incref(n->object->doc));
	else
		fail(h, 404, NULL);
}

static struct served_member *find_member(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);

	return n ? tl_served_member_find(n, h->target.address) : NULL;
}

static void get_member(struct http *h)
{
	struct served_member *m = find_member(h);

	if (m)
		answer(h, tl_member_object_json(m->object));
	else
		fail(h, 404, NULL);
}

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
		fail(h, 503, "too many networks");
		return;
	}
	err = tl_network_object_new(&base, id, h->now);
	if (err) {
		fail_with(h, err);
		return;
	}
	err = tl_network_object_merge(&o, base, body, &why);
	tl_network_object_free(base);
	if (err == -EINVAL) {
		fail(h, 400, why.text);
		return;
	}
	if (!err)
		err = tl_served_network_create(&n, h->c, o);
	if (err)
		fail_with(h, err);
	else
		answer(h, json_incref(n->object->doc));
}

static void change_network(struct http *h, struct served_network *n,
			   const json_t *body)
{
	struct network_object *next;
	struct object_error why;
	int err = tl_network_object_merge(&next, n->object, body, &why);

	if (err == -EINVAL) {
		fail(h, 400, why.text);
		return;
	}
	if (!err && next->revision == n->object->revision) {
		tl_network_object_free(next);
	} else if (!err) {
		err = tl_served_network_store(h->c, n, next);
		if (!err)
			tl_controller_push_all(h->c, n, h->now);
	}
	if (err)
		fail_with(h, err);
	else
		answer(h, json_incref(n->object->doc));
}

static void post_network(struct http *h)
{
	struct network_id id = h->target.network;
	struct served_network *n = tl_served_network_find(h->c, id);
	json_t *body = parse_body(h);

	if (!body)
		return;
	if (n)
		change_network(h, n, body);
	else if (!tl_address_equal(tl_network_id_controller(id),
				   h->c->self.addr) ||
		 (id.v & NETWORK_NUMBER_MASK) == 0)
		fail(h, 400, "not a network of this controller");
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

static void post_networks(struct http *h)
{
	struct network_id id;
	json_t *body = parse_body(h);

	if (!body)
		return;
	if (pick_number(h->c, &id))
		create_network(h, id, body);
	else
		fail(h, 503, "no free network number");
	json_decref(body);
}

static void post_new_network(struct http *h)
{
	if (tl_address_equal(h->target.address, h->c->self.addr))
		post_networks(h);
	else
		fail(h, 400, NULL);
}

/* All authorized members: nobody shall take them for members any longer. */
static void revoke_all(struct http *h, struct served_network *n)
{
	struct address *targets =
		tl_alloc_array(n->n_authorized, sizeof(*targets));
	struct map_walk walk = { 0 };
	struct map_node *node;
	size_t count = 0;

	while (targets && (node = tl_map_step(&n->members, &walk))) {
		const struct member_object *o =
			tl_container_of(node, struct served_member, node)
				->object;

		if (o->authorized)
			targets[count++] = o->address;
	}
	tl_controller_revoke(h->c, n, targets, count, h->now);
	tl_free(targets);
}

static void delete_network(struct http *h)
{
	struct store *store = &h->c->store;
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	int err;

	if (!n) {
		fail(h, 404, NULL);
		return;
	}
	err = store->delete_network(store->ctx, n->object->id);
	if (!err)
		err = store->flush(store->ctx);
	if (err) {
		fail_with(h, err);
		return;
	}
	answer(h, json_incref(n->object->doc));
	revoke_all(h, n);
	tl_served_network_drop(h->c, n);
}

/* What a member's change means for it and for the others. */
static void follow_up(struct http *h, struct served_member *m,
		      bool was_authorized, bool was_bridge)
{
	const struct member_object *o = m->object;

	if (was_authorized && !o->authorized) {
		m->sent_ms = NEVER_MS;
		tl_controller_revoke(h->c, m->network, &o->address, 1, h->now);
	}
	if (was_bridge != o->active_bridge)
		tl_controller_push_all(h->c, m->network, h->now);
	else
		tl_controller_push(h->c, m, h->now);
}

static int merge_member(struct http *h, struct served_member *m,
			const json_t *body, struct object_error *why,
			bool *changedp)
{
	struct member_object *next;
	int err = tl_member_object_copy(&next, m->object);

	if (err)
		return err;
	err = tl_member_object_merge(next, body, why, h->now);
	if (!err && next->authorized && m->object->last_authorized_ms == 0 &&
	    !json_object_get(body, "capabilities"))
		err = tl_served_add_default_capabilities(next,
							 m->network->object);
	if (err) {
		tl_member_object_free(next);
		return err;
	}
	return tl_served_member_store(h->c, m, next, changedp);
}

static void change_member(struct http *h, struct served_member *m,
			  const json_t *body)
{
	bool was_authorized = m->object->authorized;
	bool was_bridge = m->object->active_bridge;
	struct object_error why;
	bool changed;
	int err = merge_member(h, m, body, &why, &changed);

	if (err == -EINVAL)
		fail(h, 400, why.text);
	else if (err)
		fail_with(h, err);
	if (err)
		return;
	if (changed)
		follow_up(h, m, was_authorized, was_bridge);
	answer(h, tl_member_object_json(m->object));
}

static struct served_member *make_member(struct http *h,
					 struct served_network *n)
{
	struct member_object *o;
	struct served_member *m;

	if (n->members.count >= CONTROLLER_MAX_MEMBERS) {
		fail(h, 503, "too many members");
		return NULL;
	}
	if (tl_member_object_new(&o, n->object->id, h->target.address,
				 h->now) ||
	    tl_served_member_add(&m, n, o)) {
		fail_with(h, -ENOMEM);
		return NULL;
	}
	return m;
}

static void post_member(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	struct served_member *m;
	json_t *body;

	if (!n || tl_address_is_reserved(h->target.address)) {
		fail(h, 404, NULL);
		return;
	}
	body = parse_body(h);
	if (!body)
		return;
	m = tl_served_member_find(n, h->target.address);
	if (!m)
		m = make_member(h, n);
	if (m) {
		change_member(h, m, body);
		if (m->object->revision == 0)
			tl_served_member_drop(n, m);
	}
	json_decref(body);
}

static void delete_member(struct http *h)
{
	struct store *store = &h->c->store;
	struct served_member *m = find_member(h);
	struct served_network *n;
	bool was_bridge;
	int err;

	if (!m) {
		fail(h, 404, NULL);
		return;
	}
	n = m->network;
	err = store->delete_member(store->ctx, n->object->id,
				   m->object->address);
	if (!err)
		err = store->flush(store->ctx);
	if (err) {
		fail_with(h, err);
		return;
	}
	answer(h, tl_member_object_json(m->object));
	if (m->object->authorized)
		tl_controller_revoke(h->c, n, &m->object->address, 1, h->now);
	was_bridge = m->object->active_bridge;
	tl_served_member_drop(n, m);
	if (was_bridge)
		tl_controller_push_all(h->c, n, h->now);
}

typedef void (*handler_fn)(struct http *h);

static const struct {
	handler_fn get;
	handler_fn post;
	handler_fn delete;
} handlers[] = {
	[TARGET_STATUS] = { .get = get_status },
	[TARGET_NETWORKS] = { .get = get_networks, .post = post_networks },
	[TARGET_NEW_NETWORK] = { .post = post_new_network },
	[TARGET_NETWORK] = { get_network, post_network, delete_network },
	[TARGET_MEMBERS] = { .get = get_members },
	[TARGET_MEMBER] = { get_member, post_member, delete_member },
	[TARGET_ALL_NETWORKS] = { .get = get_all_networks },
	[TARGET_ALL_MEMBERS] = { .get = get_all_members },
};

static handler_fn find_handler(enum target_kind kind, const char *method)
{
	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return handlers[kind].get;
	if (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0)
		return handlers[kind].post;
	if (strcmp(method, "DELETE") == 0)
		return handlers[kind].delete;
	return NULL;
}

void tl_controller_http(struct controller *c, const char *method,
			const char *path, struct bytes body, int64_t now,
			struct controller_reply *reply)
{
	struct http h = {
		.c = c,
		.target = parse_path(path),
		.body = body,
		.now = now,
		.reply = reply,
	};
	handler_fn handle = find_handler(h.target.kind, method);

	*reply = (struct controller_reply){ .status = 404, .text = NULL };
	if (handle)
		handle(&h);
}
