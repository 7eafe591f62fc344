/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation: each field has a function that turns whatever was posted
 * into the form in which the field is stored and shown. A row from the store
 * goes through the same functions, so that compile() can rely on the forms.
 */
#include "controller/network_object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/json.h"
#include "controller/network_fields.h"
#include "controller/rules_json.h"

#define MULTICAST_LIMIT_DEFAULT 32

static bool is_array_within(const json_t *v, size_t max, const char *name,
			    struct object_error *err)
{
	if (json_array_size(v) <= max)
		return true;
	snprintf(err->text, sizeof(err->text), "%s: more than %zu entries",
		 name, max);
	return false;
}

/**
 * struct field - One field of the object
 * @is_writable: by a POST; the others only come from the store
 * @is_kept:	null changes nothing; else null is the default
 * @make:	a new value of the form in which the field is stored; NULL on
 *		failure, with @err->text if the input is at fault; with neither
 *		a value nor a text, memory is out
 */
struct field {
	const char *name;
	bool is_writable;
	bool is_kept;
	json_t *(*make)(const json_t *v, struct object_error *err);
};

static json_t *make_bool(const json_t *v, struct object_error *err)
{
	(void)err;
	return json_boolean(tl_json_bool(v, false));
}

/* Whatever is not clearly false: it is the safe side. */
static json_t *make_private(const json_t *v, struct object_error *err)
{
	(void)err;
	return json_boolean(tl_json_bool(v, true));
}

static json_t *make_count(const json_t *v, struct object_error *err)
{
	(void)err;
	return json_integer(TL_MAX(tl_json_int(v, 0), 0));
}

static json_t *make_multicast_limit(const json_t *v, struct object_error *err)
{
	return json_is_null(v) ? json_integer(MULTICAST_LIMIT_DEFAULT)
			       : make_count(v, err);
}

static json_t *make_mtu(const json_t *v, struct object_error *err)
{
	int64_t mtu = tl_json_int(v, NETCONF_MTU_DEFAULT);

	(void)err;
	return json_integer(
		TL_MAX(TL_MIN(mtu, NETCONF_MTU_MAX), NETCONF_MTU_MIN));
}

static json_t *make_max_delta(const json_t *v, struct object_error *err)
{
	int64_t ms = tl_json_int(v, NETCONF_MAX_DELTA_DEFAULT);

	(void)err;
	return json_integer(TL_MAX(TL_MIN(ms, NETCONF_MAX_DELTA_MAX),
				   NETCONF_MAX_DELTA_MIN));
}

static json_t *make_text(const json_t *v, struct object_error *err)
{
	json_t *text = tl_json_text(v);

	(void)err;
	return text ? text : json_string("");
}

static json_t *make_v4_mode(const json_t *v, struct object_error *err)
{
	const char *s = json_string_value(v);
	bool zt = s ? strcmp(s, "zt") == 0
		    : tl_json_bool(json_object_get(v, "zt"), false);

	(void)err;
	return json_pack("{s:b}", "zt", zt);
}

/* Is @word one of the words of @list, which commas part? */
static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (;;) {
		if (strncmp(list, word, n) == 0 &&
		    (list[n] == ',' || list[n] == '\0'))
			return true;
		list = strchr(list, ',');
		if (!list)
			return false;
		list++;
	}
}

static bool has_v6_mode(const json_t *v, const char *mode)
{
	const char *s = json_string_value(v);

	return s ? has_word(s, mode)
		 : tl_json_bool(json_object_get(v, mode), false);
}

static json_t *make_v6_mode(const json_t *v, struct object_error *err)
{
	(void)err;
	return json_pack("{s:b,s:b,s:b}", "6plane", has_v6_mode(v, "6plane"),
			 "rfc4193", has_v6_mode(v, "rfc4193"), "zt",
			 has_v6_mode(v, "zt"));
}

static json_t *make_trace_target(const json_t *v, struct object_error *err)
{
	char text[ADDRESS_TEXT_SIZE];
	struct address a;

	(void)err;
	if (!json_is_string(v) ||
	    tl_address_parse(&a, tl_bytes_from_str(json_string_value(v))))
		return json_null();
	return json_string(tl_address_print(text, a));
}

static json_t *make_tokens(const json_t *v, struct object_error *err)
{
	const char *token;
	json_t *tokens;
	json_t *expiry;

	(void)err;
	if (!json_is_object(v))
		return json_pack("[n]");
	tokens = json_object();
	json_object_foreach((json_t *)(uintptr_t)v, token, expiry)
	{
		if (!json_is_number(expiry) || json_number_value(expiry) < 0)
			continue;
		if (json_object_set_new(tokens, token,
					json_integer(tl_json_int(expiry, 0)))) {
			json_decref(tokens);
			return NULL;
		}
	}
	return tokens;
}

/* There is none by default, and then no field. */
static json_t *make_once_tokens(const json_t *v, struct object_error *err)
{
	return json_is_object(v) ? make_tokens(v, err) : json_object();
}

static json_t *make_routes(const json_t *v, struct object_error *err)
{
	if (!is_array_within(v, NETCONF_MAX_ROUTES, "routes", err))
		return NULL;
	return tl_field_routes(v);
}

static json_t *make_pools(const json_t *v, struct object_error *err)
{
	if (!is_array_within(v, NETWORK_MAX_POOLS, "ipAssignmentPools", err))
		return NULL;
	return tl_field_pools(v);
}

static json_t *make_dns(const json_t *v, struct object_error *err)
{
	(void)err;
	return tl_field_dns(v);
}

static json_t *make_rules(const json_t *v, struct object_error *err)
{
	return tl_field_rules(v, RULES_MAX, "rules", err->text,
			      sizeof(err->text));
}

static json_t *make_capabilities(const json_t *v, struct object_error *err)
{
	if (!is_array_within(v, NETCONF_MAX_CAPABILITIES, "capabilities", err))
		return NULL;
	return tl_field_capabilities(v, err->text, sizeof(err->text));
}

static json_t *make_tags(const json_t *v, struct object_error *err)
{
	if (!is_array_within(v, NETCONF_MAX_TAGS, "tags", err))
		return NULL;
	return tl_field_tags(v);
}

static const struct field fields[] = {
	{ "authTokens", true, false, make_tokens },
	{ "capabilities", true, true, make_capabilities },
	{ "certificateTimeoutWindowSize", true, false, make_max_delta },
	{ "creationTime", false, false, make_count },
	{ "dns", true, true, make_dns },
	{ "enableBroadcast", true, false, make_bool },
	{ "ipAssignmentPools", true, true, make_pools },
	{ "mtu", true, false, make_mtu },
	{ "multicastLimit", true, false, make_multicast_limit },
	{ "name", true, false, make_text },
	{ "oneTimeTokens", true, false, make_once_tokens },
	{ "private", true, false, make_private },
	{ "remoteTraceLevel", true, false, make_count },
	{ "remoteTraceTarget", true, false, make_trace_target },
	{ "revision", false, false, make_count },
	{ "routes", true, true, make_routes },
	{ "rules", true, true, make_rules },
	{ "rulesSource", true, false, make_text },
	{ "tags", true, true, make_tags },
	{ "v4AssignMode", true, false, make_v4_mode },
	{ "v6AssignMode", true, false, make_v6_mode },
};

/* The fields of @from that are there. @all: also those only a store may set. */
static int apply(json_t *doc, const json_t *from, bool all,
		 struct object_error *err)
{
	size_t i;

	err->text[0] = '\0';
	for (i = 0; i < TL_ARRAY_SIZE(fields); i++) {
		const json_t *v = json_object_get(from, fields[i].name);
		json_t *made;

		if (!v || !(all || fields[i].is_writable) ||
		    (fields[i].is_kept && json_is_null(v)))
			continue;
		made = fields[i].make(v, err);
		if (!made && err->text[0])
			return -EINVAL;
		if (json_object_set_new(doc, fields[i].name, made))
			return -ENOMEM;
	}
	return 0;
}

static json_t *default_doc(struct network_id id, int64_t now)
{
	char text[NETWORK_ID_TEXT_SIZE];

	tl_network_id_print(text, id);
	return json_pack(
		"{s:[n],s:s,s:[],s:s,s:I,s:[],s:b,s:s,s:[],s:i,s:i,s:s,s:s,s:s,"
		"s:b,s:i,s:n,s:i,s:[],s:[{s:b,s:b,s:s}],s:s,s:b,s:[],s:{s:b},"
		"s:{s:b,s:b,s:b}}",
		"authTokens", "authorizationEndpoint", "", "capabilities",
		"clientId", "", "creationTime", (json_int_t)now, "dns",
		"enableBroadcast", 1, "id", text, "ipAssignmentPools", "mtu",
		NETCONF_MTU_DEFAULT, "multicastLimit", MULTICAST_LIMIT_DEFAULT,
		"name", "", "nwid", text, "objtype", "network", "private", 1,
		"remoteTraceLevel", 0, "remoteTraceTarget", "revision", 0,
		"routes", "rules", "not", 0, "or", 0, "type", "ACTION_ACCEPT",
		"rulesSource", "", "ssoEnabled", 0, "tags", "v4AssignMode",
		"zt", 0, "v6AssignMode", "6plane", 0, "rfc4193", 0, "zt", 0);
}

/* At most @size - 1 bytes, and no part of a character (UTF-8). */
static void copy_cut(char *out, size_t size, const char *text)
{
	size_t n = strlen(text);

	if (n >= size) {
		n = size - 1;
		while (n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out, text, n);
	out[n] = '\0';
}

static bool get_bool(const struct network_object *o, const char *key)
{
	return json_is_true(json_object_get(o->doc, key));
}

static int64_t get_int(const struct network_object *o, const char *key,
		       int64_t otherwise)
{
	return tl_json_int(json_object_get(o->doc, key), otherwise);
}

static void compile_plain(struct network_object *o)
{
	const json_t *v4 = json_object_get(o->doc, "v4AssignMode");
	const json_t *v6 = json_object_get(o->doc, "v6AssignMode");
	const char *target =
		json_string_value(json_object_get(o->doc, "remoteTraceTarget"));

	o->revision = (uint64_t)get_int(o, "revision", 1);
	o->is_private = get_bool(o, "private");
	o->has_broadcast = get_bool(o, "enableBroadcast");
	o->assigns_v4 = json_is_true(json_object_get(v4, "zt"));
	o->assigns_v6 = json_is_true(json_object_get(v6, "zt"));
	o->assigns_rfc4193 = json_is_true(json_object_get(v6, "rfc4193"));
	o->assigns_6plane = json_is_true(json_object_get(v6, "6plane"));
	o->multicast_limit =
		(uint64_t)get_int(o, "multicastLimit", MULTICAST_LIMIT_DEFAULT);
	o->mtu = (unsigned int)get_int(o, "mtu", NETCONF_MTU_DEFAULT);
	o->max_delta_ms = get_int(o, "certificateTimeoutWindowSize",
				  NETCONF_MAX_DELTA_DEFAULT);
	copy_cut(o->name, sizeof(o->name),
		 json_string_value(json_object_get(o->doc, "name")));
	o->trace_level = (uint64_t)get_int(o, "remoteTraceLevel", 0);
	if (target &&
	    tl_address_parse(&o->trace_target, tl_bytes_from_str(target)))
		o->trace_target = (struct address){ 0 };
}

static int compile_lists(struct network_object *o)
{
	const json_t *routes = json_object_get(o->doc, "routes");
	const json_t *pools = json_object_get(o->doc, "ipAssignmentPools");
	const json_t *tags = json_object_get(o->doc, "tags");
	size_t i;

	o->n_pools = json_array_size(pools);
	o->n_tags = json_array_size(tags);
	o->pools = tl_alloc_array(o->n_pools, sizeof(*o->pools));
	o->tags = tl_alloc_array(o->n_tags, sizeof(*o->tags));
	if (!o->pools || !o->tags)
		return -ENOMEM;
	for (i = 0; i < json_array_size(routes); i++)
		tl_field_get_route(&o->routes[i], json_array_get(routes, i));
	o->n_routes = i;
	for (i = 0; i < o->n_pools; i++)
		tl_field_get_pool(&o->pools[i].start, &o->pools[i].end,
				  json_array_get(pools, i));
	for (i = 0; i < o->n_tags; i++) {
		const json_t *tag = json_array_get(tags, i);
		const json_t *value = json_object_get(tag, "default");

		o->tags[i].id =
			(uint32_t)tl_json_int(json_object_get(tag, "id"), 0);
		o->tags[i].has_default = json_is_integer(value);
		o->tags[i].value = (uint32_t)tl_json_int(value, 0);
	}
	return 0;
}

static int compile_capabilities(struct network_object *o)
{
	const json_t *caps = json_object_get(o->doc, "capabilities");
	size_t i;
	int err;

	o->n_capabilities = json_array_size(caps);
	o->capabilities =
		tl_alloc_array(o->n_capabilities, sizeof(*o->capabilities));
	if (!o->capabilities)
		return -ENOMEM;
	for (i = 0; i < o->n_capabilities; i++) {
		struct network_capability *c = &o->capabilities[i];
		const json_t *cap = json_array_get(caps, i);

		c->id = (uint32_t)tl_json_int(json_object_get(cap, "id"), 0);
		c->is_default = json_is_true(json_object_get(cap, "default"));
		err = tl_field_compile_rules(&c->rules, &c->n_rules,
					     json_object_get(cap, "rules"));
		if (err)
			return err;
	}
	return 0;
}

static int compile(struct network_object *o)
{
	int err;

	compile_plain(o);
	tl_field_get_dns(&o->dns, json_object_get(o->doc, "dns"));
	err = compile_lists(o);
	if (err)
		return err;
	err = compile_capabilities(o);
	if (err)
		return err;
	return tl_field_compile_rules(&o->rules, &o->n_rules,
				      json_object_get(o->doc, "rules"));
}

/* @doc is consumed. */
static int make_object(struct network_object **op, struct network_id id,
		       json_t *doc)
{
	struct network_object *o = tl_alloc_zeroed(sizeof(*o));
	int err = -ENOMEM;

	if (!o) {
		json_decref(doc);
		return -ENOMEM;
	}
	o->id = id;
	o->doc = doc;
	if (doc)
		err = compile(o);
	if (err) {
		tl_network_object_free(o);
		return err;
	}
	*op = o;
	return 0;
}

int tl_network_object_new(struct network_object **op, struct network_id id,
			  int64_t now)
{
	return make_object(op, id, default_doc(id, now));
}

/* The rule of a network that nobody has given any is shown with NOT and OR,
 * until it is posted. */
static int restore_default_rules(json_t *doc, const json_t *row, json_t *rules)
{
	if (!json_equal(json_object_get(row, "rules"), rules))
		return 0;
	return json_object_set(doc, "rules", rules) ? -ENOMEM : 0;
}

int tl_network_object_load(struct network_object **op, struct network_id id,
			   struct bytes text)
{
	struct object_error why;
	json_t *row = tl_json_parse(text);
	json_t *rules;
	json_t *doc;
	int err;

	if (!json_is_object(row)) {
		json_decref(row);
		return -EINVAL;
	}
	doc = default_doc(id, 0);
	rules = json_incref(json_object_get(doc, "rules"));
	err = doc ? apply(doc, row, true, &why) : -ENOMEM;
	if (!err)
		err = restore_default_rules(doc, row, rules);
	json_decref(rules);
	json_decref(row);
	if (err) {
		json_decref(doc);
		return err;
	}
	return make_object(op, id, doc);
}

int tl_network_object_merge(struct network_object **op,
			    const struct network_object *old,
			    const json_t *body, struct object_error *why)
{
	json_t *doc = json_copy(old->doc);
	int err;

	if (!doc)
		return -ENOMEM;
	err = apply(doc, body, false, why);
	if (!err && (old->revision == 0 || !json_equal(doc, old->doc)))
		err = json_object_set_new(
			      doc, "revision",
			      json_integer((json_int_t)old->revision + 1))
			      ? -ENOMEM
			      : 0;
	if (err) {
		json_decref(doc);
		return err;
	}
	return make_object(op, old->id, doc);
}

void tl_network_object_free(struct network_object *o)
{
	size_t i;

	if (!o)
		return;
	for (i = 0; o->capabilities && i < o->n_capabilities; i++)
		tl_field_free_rules(&o->capabilities[i].rules);
	tl_field_free_rules(&o->rules);
	tl_free(o->capabilities);
	tl_free(o->tags);
	tl_free(o->pools);
	json_decref(o->doc);
	tl_free(o);
}

/* The name of the token among @tokens that admits, NULL if none does. All are
 * compared, so that time does not tell which is nearly right. */
static const char *find_token(json_t *tokens, struct bytes token, int64_t now)
{
	const char *found = NULL;
	const char *key;
	json_t *expiry;

	json_object_foreach(tokens, key, expiry)
	{
		struct bytes t = tl_bytes_from_str(key);
		int64_t until = json_integer_value(expiry);

		if (t.n && t.n == token.n && tl_equal_ct(t.at, token.at, t.n) &&
		    (until == 0 || until > now))
			found = key;
	}
	return found;
}

bool tl_network_object_admits(const struct network_object *o,
			      struct bytes token, int64_t now)
{
	return find_token(json_object_get(o->doc, "authTokens"), token, now) ||
	       find_token(json_object_get(o->doc, "oneTimeTokens"), token, now);
}

int tl_network_object_spend(struct network_object **op,
			    const struct network_object *old,
			    struct bytes token, int64_t now)
{
	json_t *once = json_object_get(old->doc, "oneTimeTokens");
	const char *spent = find_token(once, token, now);
	json_t *left;
	json_t *doc;

	if (find_token(json_object_get(old->doc, "authTokens"), token, now) ||
	    !spent)
		return -ENOENT;
	left = json_copy(once);
	doc = json_copy(old->doc);
	if (left && doc && json_object_del(left, spent) == 0 &&
	    json_object_set(doc, "oneTimeTokens", left) == 0 &&
	    json_object_set_new(doc, "revision",
				json_integer((json_int_t)old->revision + 1)) ==
		    0) {
		json_decref(left);
		return make_object(op, old->id, doc);
	}
	json_decref(left);
	json_decref(doc);
	return -ENOMEM;
}

const struct network_capability *
tl_network_object_find_capability(const struct network_object *o, uint32_t id)
{
	size_t i;

	for (i = 0; i < o->n_capabilities; i++) {
		if (o->capabilities[i].id == id)
			return &o->capabilities[i];
	}
	return NULL;
}
