/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The controller's HTTP API (api.md 3). A path is parsed into a target first;
 * there is one function for each target and method.
 */
#include "controller/controller_http.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/json.h"

#define PATH_SIZE 128 /* more than the longest path there is */

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

/* Of a network or of a member, whichever the list is of. */
static bool parse_after(struct target *t, struct bytes value)
{
	bool is_of_networks = t->kind == TARGET_NETWORKS ||
			      t->kind == TARGET_ALL_NETWORKS;
	struct network_id network = { 0 };
	struct address member = { 0 };
	int err = is_of_networks ? tl_network_id_parse(&network, value)
				 : tl_address_parse(&member, value);

	t->page.has_after = true;
	t->page.after = is_of_networks ? network.v : member.v;
	return !err;
}

static bool parse_limit(struct page *page, struct bytes value)
{
	size_t i;

	if (!value.n || value.n > 6)
		return false;
	for (i = 0; i < value.n; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		page->limit = page->limit * 10 + (value.at[i] - '0');
	}
	return page->limit > 0;
}

/* "limit=N" or "after=ID". NULL, or what is wrong. */
static const char *parse_parameter(struct target *t, struct bytes p)
{
	static const char limit[] = "limit=";
	static const char after[] = "after=";
	struct bytes value = tl_bytes_skip(p, sizeof(limit) - 1);
	struct bytes name = tl_bytes_first(p, sizeof(limit) - 1);

	if (is_word(name, after))
		return parse_after(t, value)
			       ? NULL
			       : "after: not the ID of an entry of this list";
	if (is_word(name, limit))
		return parse_limit(&t->page, value)
			       ? NULL
			       : "limit: not a number from 1 to 999999";
	return "limit and after: there is no other parameter";
}

static const char *parse_page(struct target *t, const char *query)
{
	const char *why = NULL;

	while (!why && *query) {
		size_t n = strcspn(query, "&");

		why = parse_parameter(t, tl_bytes(query, n));
		query += n + (query[n] == '&');
	}
	return why;
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

/* Makes a reply an error; @text NULL: with an empty body. */
static void fail(struct controller_reply *reply, int status, const char *text)
{
	json_t *j;

	tl_free(reply->text);
	*reply = (struct controller_reply){ .status = status };
	if (!text)
		return;
	j = json_pack("{s:i,s:s}", "error", status, "description", text);
	reply->text = j ? tl_json_print(j) : NULL;
	json_decref(j);
}

void tl_http_fail(struct http *h, int status, const char *text)
{
	fail(h->reply, status, text);
}

void tl_controller_reply_fail(struct controller_reply *reply, int err)
{
	const char *text = "cannot store: input/output error";

	if (err == -ENOMEM)
		text = "out of memory";
	else if (err == -ENOSPC)
		text = "cannot store: the disk is full";
	else if (err == -EROFS)
		text = "cannot store: the disk is read-only";
	fail(reply, 500, text);
}

void tl_http_fail_with(struct http *h, int err)
{
	if (err != -ENOMEM)
		tl_controller_complain(h->c, err, h->now);
	tl_controller_reply_fail(h->reply, err);
}

void tl_http_answer(struct http *h, json_t *j)
{
	char *text = j ? tl_json_print(j) : NULL;

	json_decref(j);
	tl_http_answer_text(h, text);
}

void tl_http_answer_text(struct http *h, char *text)
{
	if (!text) {
		tl_http_fail_with(h, -ENOMEM);
		return;
	}
	h->reply->status = 200;
	h->reply->text = text;
}

json_t *tl_http_parse_body(struct http *h)
{
	char why[JSON_WHY_SIZE];
	json_t *body;

	if (h->body.n > CONTROLLER_BODY_MAX) {
		tl_http_fail(h, 400, "body: longer than 4 MB");
		return NULL;
	}
	body = tl_json_parse_why(h->body, why);
	if (!body) {
		tl_http_fail(h, 400, why);
		return NULL;
	}
	if (!json_is_object(body)) {
		json_decref(body);
		tl_http_fail(h, 400, "body: not an object");
		return NULL;
	}
	return body;
}

struct served_member *tl_http_find_member(struct http *h)
{
	struct served_network *n =
		tl_served_network_find(h->c, h->target.network);

	return n ? tl_served_member_find(n, h->target.address) : NULL;
}

typedef void (*handler_fn)(struct http *h);

static const struct {
	handler_fn get;
	handler_fn post;
	handler_fn delete;
} handlers[] = {
	[TARGET_STATUS] = { .get = tl_http_get_status },
	[TARGET_NETWORKS] = { .get = tl_http_get_networks,
			      .post = tl_http_post_networks },
	[TARGET_NEW_NETWORK] = { .post = tl_http_post_new_network },
	[TARGET_NETWORK] = { tl_http_get_network, tl_http_post_network,
			     tl_http_delete_network },
	[TARGET_MEMBERS] = { .get = tl_http_get_members },
	[TARGET_MEMBER] = { tl_http_get_member, tl_http_post_member,
			    tl_http_delete_member },
	[TARGET_ALL_NETWORKS] = { .get = tl_http_get_all_networks },
	[TARGET_ALL_MEMBERS] = { .get = tl_http_get_all_members,
				 .post = tl_http_post_all_members,
				 .delete = tl_http_delete_all_members },
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
	struct http h = { .c = c, .body = body, .now = now, .reply = reply };
	char plain[PATH_SIZE];
	handler_fn handle;
	const char *why;
	size_t n = strcspn(path, "?");
	int err;

	*reply = (struct controller_reply){ .status = 404, .text = NULL };
	if (n >= sizeof(plain))
		return;
	memcpy(plain, path, n);
	plain[n] = '\0';
	h.target = parse_path(plain);
	handle = find_handler(h.target.kind, method);
	if (!handle)
		return;
	why = path[n] ? parse_page(&h.target, path + n + 1) : NULL;
	if (why) {
		tl_http_fail(&h, 400, why);
		return;
	}
	handle(&h);
	err = tl_change_commit(c, now);
	if (handle == handlers[h.target.kind].get || reply->status != 200)
		return;
	/* Also what changed nothing says how things are. */
	if (err)
		tl_controller_reply_fail(reply, err);
	else
		reply->batch = tl_change_last(c);
}
