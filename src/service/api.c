/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.c - the HTTP interface's answers (api.md 2)
 *
 * Requests are authenticated already. What begins with /controller or
 * /unstable/controller is the controller's.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "service/api_json.h"
#include "service/api_moons.h"

bool tl_api_allows(void *ctx, const struct udp_addr *from)
{
	const struct service *s = ctx;
	struct endpoint e = { .family = from->family };

	memcpy(e.ip, from->ip, sizeof(e.ip));
	return tl_local_conf_contains(s->conf.management, s->conf.n_management,
				      &e);
}

/* Consumes @json. */
static void answer(struct http_reply *reply, json_t *json)
{
	reply->body = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS)
			   : NULL;
	if (reply->body)
		reply->body_len = strlen(reply->body);
	else
		reply->status = 500;
	json_decref(json);
}

static void not_found(struct http_reply *reply, bool with_object)
{
	reply->status = 404;
	if (with_object)
		tl_http_reply_text(reply, "{}");
}

/* "/network/<id>": the part behind @prefix, NULL if the path is another. */
static const char *behind(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(path, prefix, n) == 0 ? path + n : NULL;
}

/* False after saying what is wrong. */
static bool read_page(struct page *out, const struct http_request *q,
		      size_t digits, struct http_reply *reply)
{
	const char *why = tl_page_parse(out, tl_http_query(q, "after"),
					tl_http_query(q, "limit"), digits);

	if (!why)
		return true;
	reply->status = 400;
	answer(reply, json_pack("{s:s}", "error", why));
	return false;
}

static void get_networks(struct service *s, const struct http_request *q,
			 struct http_reply *reply)
{
	json_t *list;
	struct network *net;
	struct page page;
	size_t i;

	if (!read_page(&page, q, 16, reply))
		return;
	list = json_array();
	for (i = 0; (net = tl_vl2_at(s->vl2, i)); i++) {
		if (tl_page_has(&page, tl_network_id(net).v,
				json_array_size(list)))
			json_array_append_new(list, tl_api_network(net));
	}
	answer(reply, list);
}

static void refuse_user(struct http_reply *reply, const char *name, int err)
{
	const char *why = err == -ENOBUFS  ? "is one too many"
			  : err == -ENOENT ? "is unknown on this system"
			  : err == -EINVAL ? "cannot be a user"
			  : err == -EDOM   ? "is no single user in this user "
					     "namespace"
					   : "cannot be looked up now";
	json_t *o = json_object();
	char text[256];

	snprintf(text, sizeof(text), "allowUsers: \"%.*s\" %s", USER_NAME_SIZE,
		 name, why);
	json_object_set_new(o, "error", json_string(text));
	reply->status = 400;
	answer(reply, o);
}

/* False after saying what is wrong. */
static bool read_users(struct users *u, const json_t *list,
		       struct http_reply *reply)
{
	char digits[24];
	size_t i;
	int err;

	u->n = 0;
	for (i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		const char *name = json_string_value(v);

		if (json_is_integer(v)) {
			snprintf(digits, sizeof(digits), "%lld",
				 (long long)json_integer_value(v));
			name = digits;
		}
		name = name ? name : "";
		err = tl_users_add(u, tl_bytes_from_str(name));
		if (err) {
			refuse_user(reply, name, err);
			return false;
		}
	}
	return true;
}

static void cannot_keep(struct http_reply *reply, const char *what, int err)
{
	char text[128];

	snprintf(text, sizeof(text), "cannot keep %s in networks.d: %s", what,
		 strerror(-err));
	reply->status = 500;
	answer(reply, json_pack("{s:s}", "error", text));
}

/* What may be set; other keys are ignored. False after saying what is wrong. */
static bool apply_settings(struct service *s, struct network *net,
			   struct bytes body, struct http_reply *reply)
{
	struct lan_settings p = tl_lan_settings(net);
	const struct {
		const char *key;
		bool *value;
	} fields[] = {
		{ "allowManaged", &p.allow_managed },
		{ "allowGlobal", &p.allow_global },
		{ "allowDefault", &p.allow_default },
		{ "allowDNS", &p.allow_dns },
		{ "allowRemoteTrace", &p.allow_trace },
	};
	json_t *json = json_loadb((const char *)body.at, body.n, 0, NULL);
	const json_t *users = json_object_get(json, "allowUsers");
	bool any = json_is_array(users);
	bool good = !any || read_users(&p.users, users, reply);
	int err = 0;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(fields); i++) {
		const json_t *v = json_object_get(json, fields[i].key);

		if (!json_is_boolean(v))
			continue;
		*fields[i].value = json_is_true(v);
		any = true;
	}
	json_decref(json);
	if (any && good)
		err = tl_lan_set(s, net, &p);
	if (err)
		cannot_keep(reply, "the settings", err);
	return good && !err;
}

static void join(struct service *s, struct network_id id, struct bytes body,
		 struct http_reply *reply)
{
	int r = tl_lan_join(s, id);
	struct network *net = tl_vl2_find(s->vl2, id);

	if (!net && r != -ENOBUFS && r != -ENOMEM) {
		cannot_keep(reply, "the network", r);
		return;
	}
	if (!net) {
		reply->status = r == -ENOBUFS ? 400 : 500;
		tl_http_reply_text(reply,
				   r == -ENOBUFS
					   ? "{\"error\":\"too many networks\"}"
					   : "{\"error\":\"out of memory\"}");
		return;
	}
	if (apply_settings(s, net, body, reply))
		answer(reply, tl_api_network(net));
}

static void on_network(struct service *s, const struct http_request *q,
		       const char *text, struct http_reply *reply)
{
	struct network_id id;
	struct network *net;

	if (tl_network_id_parse(&id, tl_bytes_from_str(text))) {
		not_found(reply, false);
		return;
	}
	net = tl_vl2_find(s->vl2, id);
	switch (q->method) {
	case HTTP_GET:
		if (net)
			answer(reply, tl_api_network(net));
		else
			not_found(reply, true);
		break;
	case HTTP_POST:
		join(s, id, q->body, reply);
		break;
	case HTTP_DELETE:
		tl_http_reply_text(reply, tl_lan_leave(s, id) == 0
						  ? "{\"result\":true}"
						  : "{}");
		break;
	}
}

static void get_peers(struct service *s, const struct http_request *q,
		      struct http_reply *reply)
{
	struct page page;

	if (read_page(&page, q, 10, reply))
		answer(reply, tl_api_peers(s, &page));
}

static void get_peer(struct service *s, const char *text,
		     struct http_reply *reply)
{
	struct address a;
	struct peer *peer;

	if (tl_address_parse(&a, tl_bytes_from_str(text))) {
		not_found(reply, false);
		return;
	}
	peer = tl_node_find_peer(s->node, a);
	answer(reply, peer ? tl_api_peer(s, peer) : json_object());
}

static void on_moon(struct service *s, const struct http_request *q,
		    const char *id, struct http_reply *reply)
{
	json_t *json = tl_api_moon(s, q->method, id, q->body, &reply->status);

	if (json || reply->status == 200)
		answer(reply, json);
}

static const char *method_name(enum http_method m)
{
	static const char *const names[] = {
		[HTTP_GET] = "GET",
		[HTTP_POST] = "POST",
		[HTTP_DELETE] = "DELETE",
	};

	return names[m];
}

static void on_controller(struct service *s, const struct http_request *q,
			  struct http_reply *reply)
{
	const char *limit = tl_http_query(q, "limit");
	const char *after = tl_http_query(q, "after");
	struct controller_reply r = { 0 };
	char path[256];

	if (!s->controller) {
		not_found(reply, false);
		return;
	}
	snprintf(path, sizeof(path), "%s%s%s%s%s%s", q->path,
		 limit || after ? "?" : "", limit ? "limit=" : "",
		 limit ? limit : "", limit && after ? "&" : "",
		 after ? "after=" : "");
	if (after)
		snprintf(path + strlen(path), sizeof(path) - strlen(path), "%s",
			 after);
	tl_controller_http(s->controller, method_name(q->method), path, q->body,
			   tl_service_now(s), &r);
	tl_control_reply(s, &r, reply);
	tl_service_wake(s);
}

static void refuse_settings(struct http_reply *reply, unsigned int status,
			    const char *why)
{
	json_t *o = json_object();

	json_object_set_new(o, "error", json_integer(status));
	json_object_set_new(o, "description", json_string(why));
	reply->status = status;
	answer(reply, o);
}

/* The file is written, and read again when it is seen to have changed. */
static void post_settings(struct service *s, const struct http_request *q,
			  struct http_reply *reply)
{
	json_t *change =
		json_loadb((const char *)q->body.at, q->body.n, 0, NULL);
	char error[SERVICE_ERROR_SIZE];

	if (!json_is_object(change))
		refuse_settings(reply, 400, "body: not an object of JSON");
	else if (tl_settings_merge(s, change, error))
		refuse_settings(reply, 400, error);
	else
		tl_http_reply_text(reply, "{}");
	json_decref(change);
}

/* For probes, which look at the status alone. */
static void get_health(struct service *s, struct http_reply *reply)
{
	json_t *json = tl_api_health(s);

	if (json && !json_is_true(json_object_get(json, "ok")))
		reply->status = 503;
	answer(reply, json);
}

/* A number above INT64_MAX, which jansson does not have, in the place of
 * INT64_MIN: both take twenty characters, or this one fewer. */
static void put_unsigned(struct http_reply *reply, const char *key,
			 uint64_t value)
{
	char small[64];
	char large[64];
	size_t n;
	char *at;

	snprintf(small, sizeof(small), "\"%s\":%lld", key,
		 (long long)INT64_MIN);
	snprintf(large, sizeof(large), "\"%s\":%llu", key,
		 (unsigned long long)value);
	at = reply->body ? strstr(reply->body, small) : NULL;
	if (!at)
		return;
	n = strlen(large);
	memcpy(at, large, n);
	memmove(at + n, at + strlen(small), strlen(at + strlen(small)) + 1);
	reply->body_len = strlen(reply->body);
}

static void get_status(struct service *s, struct http_reply *reply)
{
	answer(reply, tl_api_status(s));
	put_unsigned(reply, "planetWorldId", tl_node_planet(s->node)->id);
}

static bool is_address(const char *text)
{
	struct address a;

	return text && tl_address_parse(&a, tl_bytes_from_str(text)) == 0;
}

/* "MTU/INTERFACE/IP" */
static bool is_link(const char *text)
{
	unsigned int n = 0;

	for (; text && text[strcspn(text, "/")]; n++) {
		if (*text == '/')
			return false;
		text += strcspn(text, "/") + 1;
	}
	return text && *text && n == 2;
}

/* Several paths to a peer at a time, which we do not use: what there is to ask
 * about them is answered as by the reference without any (api.md 2.8). */
static void on_bond(const struct http_request *q, const char *what,
		    struct http_reply *reply)
{
	bool is_known = false;

	if (q->method == HTTP_GET)
		is_known = is_address(behind(what, "show/"));
	else if (q->method == HTTP_POST)
		is_known = is_address(behind(what, "rotate/")) ||
			   is_link(behind(what, "setmtu/"));
	if (!is_known) {
		not_found(reply, false);
		return;
	}
	reply->status = 400;
	tl_http_reply_text(reply, "{}");
}

static void get_plain(struct service *s, const struct http_request *q,
		      struct http_reply *reply)
{
	const char *id;

	if (strcmp(q->path, "/status") == 0)
		get_status(s, reply);
	else if (strcmp(q->path, "/health") == 0)
		get_health(s, reply);
	else if (strcmp(q->path, "/config") == 0)
		answer(reply, json_incref(tl_settings_json(s)));
	else if (strcmp(q->path, "/network") == 0)
		get_networks(s, q, reply);
	else if (strcmp(q->path, "/peer") == 0)
		get_peers(s, q, reply);
	else if ((id = behind(q->path, "/peer/")))
		get_peer(s, id, reply);
	else if (strcmp(q->path, "/moon") == 0)
		answer(reply, tl_api_moons(s));
	else if (strcmp(q->path, "/drops") == 0)
		answer(reply, tl_api_drops(s));
	else
		not_found(reply, false);
}

void tl_api_handle(void *ctx, const struct http_request *q,
		   struct http_reply *reply)
{
	struct service *s = ctx;
	const char *id = behind(q->path, "/network/");
	const char *moon = behind(q->path, "/moon/");
	const char *bond = behind(q->path, "/bond/");

	if (id)
		on_network(s, q, id, reply);
	else if (moon)
		on_moon(s, q, moon, reply);
	else if (bond)
		on_bond(q, bond, reply);
	else if (tl_diag_handle(s, q, reply))
		return;
	else if (tl_controller_has_path(q->path))
		on_controller(s, q, reply);
	else if (q->method == HTTP_POST &&
		 strcmp(q->path, "/config/settings") == 0)
		post_settings(s, q, reply);
	else if (q->method == HTTP_GET)
		get_plain(s, q, reply);
	else
		not_found(reply, false);
}
