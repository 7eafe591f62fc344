/* SPDX-License-Identifier: Apache-2.0 */
/* What can be read of the controller. Changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/controller_http.h"
#include "controller/text.h"

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

/* Networks that a request is about, in ascending order; all without limits.
 * NULL when out of memory. */
static struct served_network **list_networks(const struct http *h,
					     size_t *count)
{
	size_t room = h->c->networks.count;
	struct served_network **list = tl_alloc_array(room, sizeof(*list));
	const struct page *page = &h->target.page;
	struct map_walk walk = { 0 };
	struct map_node *node;
	size_t i = 0;

	if (!list)
		return NULL;
	while ((node = tl_map_step(&h->c->networks, &walk))) {
		list[i] = tl_container_of(node, struct served_network, node);
		if (!page->has_after || list[i]->object->id.v > page->after)
			i++;
	}
	qsort(list, i, sizeof(struct served_network *), by_id);
	*count = page->limit ? TL_MIN(page->limit, i) : i;
	return list;
}

/* Members of a network that a request is about, in ascending order; all without
 * limits. NULL when out of memory. */
static struct served_member **list_members(const struct http *h,
					   const struct served_network *n,
					   size_t *count)
{
	size_t room = n->members.count;
	struct served_member **list = tl_alloc_array(room, sizeof(*list));
	const struct page *page = &h->target.page;
	struct map_walk walk = { 0 };
	struct map_node *node;
	size_t i = 0;

	if (!list)
		return NULL;
	while ((node = tl_map_step(&n->members, &walk))) {
		list[i] = tl_container_of(node, struct served_member, node);
		if (!page->has_after ||
		    list[i]->object->address.v > page->after)
			i++;
	}
	qsort(list, i, sizeof(struct served_member *), by_address);
	*count = page->limit ? TL_MIN(page->limit, i) : i;
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
	size_t count = 0;
	struct served_network **list = list_networks(h, &count);
	json_t *array = list ? json_array() : NULL;
	char text[NETWORK_ID_TEXT_SIZE];
	size_t i;

	for (i = 0; array && i < count; i++) {
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
	size_t count = 0;
	struct served_network **list = list_networks(h, &count);
	json_t *array = list ? json_array() : NULL;
	size_t i;

	for (i = 0; array && i < count; i++)
		append(&array, network_with_counts(list[i]));
	tl_free(list);
	tl_http_answer(h, array ? json_pack("{s:o,s:{s:I}}", "data", array,
					    "meta", "networkCount",
					    (json_int_t)h->c->networks.count)
				: NULL);
}

/* With what is only known while we run, under names of our own. */
static void put_member(struct text *t, const struct served_member *m,
		       int64_t now)
{
	const struct member_state state = {
		.is_online = tl_served_member_is_online(m, now),
		.seen_ms = m->last_request_ms == NEVER_MS ? 0
							  : m->last_request_ms,
		.from = m->from,
	};

	tl_member_object_put(t, m->object, &state);
}

static void put_counts(struct text *t, const struct served_network *n)
{
	tl_text_put(t, "],\"meta\":{\"authorizedCount\":");
	tl_text_put_int(t, (int64_t)n->n_authorized);
	tl_text_put(t, ",\"totalCount\":");
	tl_text_put_int(t, (int64_t)n->members.count);
	tl_text_put(t, "}}");
}

void tl_http_get_all_members(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	struct served_member **list;
	struct text t = { 0 };
	size_t count = 0;
	size_t i;

	if (!n) {
		tl_http_fail(h, 404, NULL);
		return;
	}
	list = list_members(h, n, &count);
	tl_text_put(&t, "{\"data\":[");
	for (i = 0; i < count; i++) {
		tl_text_put(&t, i ? "," : "");
		put_member(&t, list[i], h->now);
	}
	put_counts(&t, n);
	t.has_failed |= !list;
	tl_free(list);
	tl_http_answer_text(h, tl_text_take(&t));
}

void tl_http_get_members(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	struct served_member **list;
	char address[ADDRESS_TEXT_SIZE];
	struct text t = { 0 };
	size_t count = 0;
	size_t i;

	if (!n) {
		tl_http_fail(h, 404, NULL);
		return;
	}
	list = list_members(h, n, &count);
	tl_text_put(&t, "{");
	for (i = 0; i < count; i++) {
		const struct member_object *o = list[i]->object;

		tl_text_put(&t, i ? "," : "");
		tl_text_put_string(&t, tl_address_print(address, o->address));
		tl_text_put(&t, ":");
		tl_text_put_int(&t, (int64_t)o->revision);
	}
	tl_text_put(&t, "}");
	t.has_failed |= !list;
	tl_free(list);
	tl_http_answer_text(h, tl_text_take(&t));
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
		tl_http_answer_text(h, tl_member_object_text(m->object));
	else
		tl_http_fail(h, 404, NULL);
}
