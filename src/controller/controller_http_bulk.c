/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controller_http_bulk.c - many members changed or deleted by one request
 *
 * POST to the list of all member objects: {"members":[{"id":"...", ...}, ...]},
 * each as if posted to that member. DELETE: {"members":["...", ...]}, and what
 * became of each is in the answer; one that is no member does not keep others
 * from being deleted. All of it is looked at before anything is changed, and it
 * is one batch: on disk there is all of it or nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/body_check.h"
#include "controller/controller_http.h"
#include "controller/json.h"
#include "controller/text.h"

static bool get_address(struct address *out, const json_t *id)
{
	const char *s = json_string_value(id);

	return s && tl_address_parse(out, tl_bytes_from_str(s)) == 0 &&
	       !tl_address_is_reserved(*out);
}

/* False after answering what is wrong. */
static bool check_list(struct http *h, const json_t *list)
{
	if (json_is_array(list) && json_array_size(list) <= JSON_MAX_ARRAY)
		return true;
	tl_http_fail(h, 400,
		     "members: not an array, or of more than 16384 entries");
	return false;
}

static int check_entry(const struct http *h, const json_t *entry,
		       struct object_error *why)
{
	struct network_id network = h->target.network;
	struct member_object *o;
	struct address address;
	int err;

	if (!get_address(&address, json_object_get(entry, "id"))) {
		snprintf(why->text, sizeof(why->text),
			 "id: not a node's address");
		return -EINVAL;
	}
	err = tl_body_check_member(entry, why);
	if (!err)
		err = tl_member_object_new(&o, network, address, h->now);
	if (err)
		return err;
	err = tl_member_object_merge(o, entry, why, h->now);
	tl_member_object_free(o);
	return err;
}

/* How many of them, which were checked, would be new; or come twice. */
static size_t count_new(const struct served_network *n, const json_t *list)
{
	struct address address;
	size_t n_new = 0;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		if (get_address(&address,
				json_object_get(json_array_get(list, i), "id")))
			n_new += !tl_served_member_find(n, address);
	}
	return n_new;
}

/* False after answering what is wrong. */
static bool check_all(struct http *h, const struct served_network *n,
		      const json_t *list)
{
	char text[OBJECT_ERROR_SIZE + 40];
	struct object_error why;
	size_t i;
	int err;

	if (!check_list(h, list))
		return false;
	for (i = 0; i < json_array_size(list); i++) {
		err = check_entry(h, json_array_get(list, i), &why);
		if (!err)
			continue;
		snprintf(text, sizeof(text), "members[%zu].%s", i, why.text);
		if (err == -EINVAL)
			tl_http_fail(h, 400, text);
		else
			tl_http_fail_with(h, err);
		return false;
	}
	if (n->members.count + count_new(n, list) <= CONTROLLER_MAX_MEMBERS)
		return true;
	tl_http_fail(h, 503, "too many members");
	return false;
}

/* False after answering why: what was changed before stays so. */
static bool change(struct http *h, struct served_network *n,
		   const json_t *entry, size_t *n_changed)
{
	struct object_error why;
	struct served_member *m;
	bool changed = false;
	int err;

	(void)get_address(&h->target.address, json_object_get(entry, "id"));
	m = tl_served_member_find(n, h->target.address);
	if (!m)
		m = tl_http_make_member(h, n);
	if (!m)
		return false;
	err = tl_http_merge_member(h, m, entry, &why, &changed);
	if (m->object->revision == 0)
		tl_served_member_drop(n, m);
	if (err == -EINVAL)
		tl_http_fail(h, 400, why.text);
	else if (err)
		tl_http_fail_with(h, err);
	*n_changed += changed;
	return !err;
}

/* The body and its list, borrowed from it; NULL after answering why not. */
static json_t *parse_for(struct http *h, const struct served_network *n,
			 const json_t **list)
{
	json_t *body = NULL;

	if (n)
		body = tl_http_parse_body(h);
	else
		tl_http_fail(h, 404, NULL);
	*list = json_object_get(body, "members");
	return body;
}

void tl_http_post_all_members(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	const json_t *list;
	size_t n_changed = 0;
	json_t *body;
	size_t i;

	body = parse_for(h, n, &list);
	if (!body)
		return;
	if (check_all(h, n, list)) {
		for (i = 0; i < json_array_size(list); i++) {
			if (!change(h, n, json_array_get(list, i), &n_changed))
				break;
		}
		if (i == json_array_size(list))
			tl_http_answer(h, json_pack("{s:{s:I,s:I}}", "meta",
						    "changedCount",
						    (json_int_t)n_changed,
						    "count", (json_int_t)i));
	}
	json_decref(body);
}

/* False after answering what is wrong. */
static bool check_ids(struct http *h, const json_t *list)
{
	struct address address;
	char text[64];
	size_t i;

	if (!check_list(h, list))
		return false;
	for (i = 0; i < json_array_size(list); i++) {
		if (get_address(&address, json_array_get(list, i)))
			continue;
		snprintf(text, sizeof(text),
			 "members[%zu]: not a node's address", i);
		tl_http_fail(h, 400, text);
		return false;
	}
	return true;
}

/* What became of one, for the answer; @m: NULL if it is no member. 0 or a
 * failure. */
static int delete_one(struct http *h, struct text *t, struct address address,
		      struct served_member *m)
{
	char digits[ADDRESS_TEXT_SIZE];
	int err = m ? tl_served_member_delete(h->c, m) : 0;

	tl_text_put(t, "{\"deleted\":");
	tl_text_put_bool(t, m);
	tl_text_put(t, ",\"id\":");
	tl_text_put_string(t, tl_address_print(digits, address));
	if (!m)
		tl_text_put(t, ",\"why\":\"not a member\"");
	tl_text_put(t, "}");
	return err;
}

/* 0 with the answer in @t, or a failure. */
static int delete_all(struct http *h, struct text *t, struct served_network *n,
		      const json_t *list)
{
	int err = tl_controller_will_revoke(h->c, h->now);
	size_t n_deleted = 0;
	size_t i;

	tl_text_put(t, "{\"data\":[");
	for (i = 0; !err && i < json_array_size(list); i++) {
		struct served_member *m;
		struct address address = { 0 };

		(void)get_address(&address, json_array_get(list, i));
		m = tl_served_member_find(n, address);
		tl_text_put(t, i ? "," : "");
		err = delete_one(h, t, address, m);
		n_deleted += m != NULL;
	}
	tl_text_put(t, "],\"meta\":{\"count\":");
	tl_text_put_int(t, (int64_t)i);
	tl_text_put(t, ",\"deletedCount\":");
	tl_text_put_int(t, (int64_t)n_deleted);
	tl_text_put(t, "}}");
	return err;
}

void tl_http_delete_all_members(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	struct text t = { 0 };
	const json_t *list;
	json_t *body;
	char *text;
	int err;

	body = parse_for(h, n, &list);
	if (!body)
		return;
	if (check_ids(h, list)) {
		err = delete_all(h, &t, n, list);
		text = tl_text_take(&t);
		if (!err) {
			tl_http_answer_text(h, text);
		} else {
			tl_free(text);
			tl_http_fail_with(h, err);
		}
	}
	json_decref(body);
}
