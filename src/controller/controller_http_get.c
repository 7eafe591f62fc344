/* SPDX-License-Identifier: Apache-2.0 */
/* What can be read of the controller. Changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/controller_http.h"

/* The one answer that is indented. */
void tl_http_get_status(struct http *h)
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

void tl_http_get_networks(struct http *h)
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
	tl_http_answer(h, array);
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

void tl_http_get_all_networks(struct http *h)
{
	struct served_network **list = list_networks(h->c);
	json_t *array = list ? json_array() : NULL;
	size_t i;

	for (i = 0; array && i < h->c->networks.count; i++)
		append(&array, network_with_counts(list[i]));
	tl_free(list);
	tl_http_answer(h, array ? json_pack("{s:o,s:{s:I}}", "data", array,
					    "meta", "networkCount",
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

void tl_http_get_all_members(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	struct served_member **list;
	json_t *array;
	size_t i;

	if (!n) {
		tl_http_fail(h, 404, NULL);
		return;
	}
	list = list_members(n);
	array = list ? json_array() : NULL;
	for (i = 0; array && i < n->members.count; i++)
		append(&array, member_with_state(list[i], h->now));
	tl_free(list);
	tl_http_answer(h, array ? json_pack("{s:o,s:{s:I,s:I}}", "data", array,
					    "meta", "authorizedCount",
					    (json_int_t)n->n_authorized,
					    "totalCount",
					    (json_int_t)n->members.count)
				: NULL);
}

void tl_http_get_members(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	struct map_walk walk = { 0 };
	char text[ADDRESS_TEXT_SIZE];
	struct map_node *node;
	json_t *j;

	if (!n) {
		tl_http_fail(h, 404, NULL);
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
	tl_http_answer(h, j);
}

void tl_http_get_network(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);

	if (n)
		tl_http_answer(h, json_incref(n->object->doc));
	else
		tl_http_fail(h, 404, NULL);
}

void tl_http_get_member(struct http *h)
{
	struct served_member *m = tl_http_find_member(h);

	if (m)
		tl_http_answer(h, tl_member_object_json(m->object));
	else
		tl_http_fail(h, 404, NULL);
}
