/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controller_http_bulk.c - many members changed by one request
 *
 * POST to the list of all member objects: {"members":[{"id":"...", ...}, ...]},
 * each as if posted to that member. All of it is looked at before anything is
 * changed, and it is one batch: on disk there is all of it or nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "controller/body_check.h"
#include "controller/controller_http.h"
#include "controller/json.h"

static bool get_address(struct address *out, const json_t *entry)
{
	const char *s = json_string_value(json_object_get(entry, "id"));

	return s && tl_address_parse(out, tl_bytes_from_str(s)) == 0 &&
	       !tl_address_is_reserved(*out);
}

static int check_entry(const struct http *h, const json_t *entry,
		       struct object_error *why)
{
	struct network_id network = h->target.network;
	struct member_object *o;
	struct address address;
	int err;

	if (!get_address(&address, entry)) {
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

/* False after answering what is wrong. */
static bool check_all(struct http *h, const struct served_network *n,
		      const json_t *list)
{
	char text[OBJECT_ERROR_SIZE + 40];
	struct object_error why;
	size_t i;
	int err;

	if (!json_is_array(list) || json_array_size(list) > JSON_MAX_ARRAY) {
		tl_http_fail(h, 400,
			     "members: not an array, or of more than 16384 "
			     "entries");
		return false;
	}
	if (json_array_size(list) > CONTROLLER_MAX_MEMBERS - n->members.count) {
		tl_http_fail(h, 503, "too many members");
		return false;
	}
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
	return true;
}

/* False after answering why: what was changed before stays so. */
static bool change(struct http *h, struct served_network *n,
		   const json_t *entry, size_t *n_changed)
{
	struct object_error why;
	struct served_member *m;
	bool changed = false;
	int err;

	(void)get_address(&h->target.address, entry);
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

void tl_http_post_all_members(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);
	const json_t *list;
	size_t n_changed = 0;
	json_t *body;
	size_t i;

	if (!n) {
		tl_http_fail(h, 404, NULL);
		return;
	}
	body = tl_http_parse_body(h);
	if (!body)
		return;
	list = json_object_get(body, "members");
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
