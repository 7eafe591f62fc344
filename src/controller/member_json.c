/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member_json.c - members from JSON
 *
 * A POST and a row of the store share most fields; the ones that only the store
 * may set are read by load_rest().
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/json.h"
#include "controller/member_object.h"
#include "controller/member_row.h"

static int replace_text(char **textp, const char *with)
{
	char *copy = tl_strdup(with);

	if (!copy)
		return -ENOMEM;
	tl_free(*textp);
	*textp = copy;
	return 0;
}

static int refuse(struct object_error *why, const char *text)
{
	snprintf(why->text, sizeof(why->text), "%s", text);
	return -EINVAL;
}

static int too_many(int err, struct object_error *why, const char *text)
{
	return err == -ENOSPC ? refuse(why, text) : err;
}

static int set_authorized(struct member_object *o, const json_t *v, int64_t now)
{
	bool authorized = v ? tl_json_bool(v, false) : o->authorized;

	if (authorized == o->authorized)
		return 0;
	if (authorized)
		return tl_member_object_authorize(o, MEMBER_GRANT_API, NULL,
						  now);
	o->authorized = false;
	o->last_deauthorized_ms = now;
	return 0;
}

static int set_ips(struct member_object *o, const json_t *v,
		   struct object_error *why)
{
	size_t i;
	int err;

	if (!json_is_array(v))
		return 0;
	o->n_ips = 0;
	for (i = 0; i < json_array_size(v); i++) {
		const char *s = json_string_value(json_array_get(v, i));
		struct endpoint ip;

		if (!s || tl_endpoint_parse(&ip, s) || ip.family == 0)
			return refuse(why, "ipAssignments: not an address");
		err = tl_member_object_add_ip(o, &ip);
		if (err)
			return too_many(err, why,
					"ipAssignments: too many entries");
	}
	return 0;
}

static int set_tags(struct member_object *o, const json_t *v,
		    struct object_error *why)
{
	size_t i;
	int err;

	if (!json_is_array(v))
		return 0;
	o->n_tags = 0;
	for (i = 0; i < json_array_size(v); i++) {
		const json_t *pair = json_array_get(v, i);

		if (json_array_size(pair) != 2)
			return refuse(why, "tags: not a pair of id and value");
		err = tl_member_object_set_tag(
			o, (uint32_t)tl_json_int(json_array_get(pair, 0), 0),
			(uint32_t)tl_json_int(json_array_get(pair, 1), 0));
		if (err)
			return too_many(err, why, "tags: too many entries");
	}
	return 0;
}

static int set_capabilities(struct member_object *o, const json_t *v,
			    struct object_error *why)
{
	size_t i;
	int err;

	if (!json_is_array(v))
		return 0;
	o->n_capabilities = 0;
	for (i = 0; i < json_array_size(v); i++) {
		const json_t *id = json_array_get(v, i);

		err = tl_member_object_add_capability(
			o, (uint32_t)tl_json_int(id, 0));
		if (err)
			return too_many(err, why,
					"capabilities: too many entries");
	}
	return 0;
}

static int set_name(struct member_object *o, const json_t *v,
		    struct object_error *why)
{
	json_t *text = json_is_null(v) ? json_string("") : tl_json_text(v);
	int err = 0;

	if (!text)
		return 0;
	if (json_string_length(text) > MEMBER_NAME_MAX) {
		err = refuse(why, "name: too long");
	} else {
		err = replace_text(&o->name, json_string_value(text));
	}
	json_decref(text);
	return err;
}

static void set_trace_target(struct member_object *o, const json_t *v)
{
	const char *s = json_string_value(v);

	if (!s || tl_address_parse(&o->trace_target, tl_bytes_from_str(s)))
		o->trace_target = (struct address){ 0 };
}

static int64_t int_of(const json_t *object, const char *key, int64_t otherwise)
{
	return tl_json_int(json_object_get(object, key), otherwise);
}

static bool bool_of(const json_t *object, const char *key, bool otherwise)
{
	return tl_json_bool(json_object_get(object, key), otherwise);
}

/* A field that is there changes; null is its default. */
static void take_bool(bool *out, const json_t *from, const char *key)
{
	const json_t *v = json_object_get(from, key);

	if (v)
		*out = tl_json_bool(v, false);
}

static void take_count(int64_t *out, const json_t *from, const char *key)
{
	const json_t *v = json_object_get(from, key);

	if (v)
		*out = TL_MAX(tl_json_int(v, 0), 0);
}

/* What both a POST and the store may set, but for `authorized`. */
static int apply(struct member_object *o, const json_t *from,
		 struct object_error *why)
{
	const json_t *target = json_object_get(from, "remoteTraceTarget");
	int64_t level = (int64_t)o->trace_level;
	int err;

	take_bool(&o->active_bridge, from, "activeBridge");
	take_bool(&o->no_auto_ips, from, "noAutoAssignIps");
	take_bool(&o->sso_exempt, from, "ssoExempt");
	take_count(&o->auth_expiry_ms, from, "authenticationExpiryTime");
	take_count(&level, from, "remoteTraceLevel");
	o->trace_level = (uint64_t)level;
	if (target)
		set_trace_target(o, target);
	err = set_name(o, json_object_get(from, "name"), why);
	if (!err)
		err = set_ips(o, json_object_get(from, "ipAssignments"), why);
	if (!err)
		err = set_tags(o, json_object_get(from, "tags"), why);
	if (!err)
		err = set_capabilities(o, json_object_get(from, "capabilities"),
				       why);
	return err;
}

int tl_member_object_merge(struct member_object *o, const json_t *body,
			   struct object_error *why, int64_t now)
{
	int err = apply(o, body, why);

	return err ? err
		   : set_authorized(o, json_object_get(body, "authorized"),
				    now);
}

const char *const tl_member_grant_names[] = {
	[MEMBER_GRANT_NONE] = NULL,
	[MEMBER_GRANT_API] = "api",
	[MEMBER_GRANT_PUBLIC] = "public",
	[MEMBER_GRANT_TOKEN] = "token",
};

static enum member_grant grant_of(const json_t *v)
{
	const char *s = json_string_value(v);
	unsigned int i;

	for (i = MEMBER_GRANT_API;
	     s && i < TL_ARRAY_SIZE(tl_member_grant_names); i++) {
		if (strcmp(tl_member_grant_names[i], s) == 0)
			return (enum member_grant)i;
	}
	return MEMBER_GRANT_NONE;
}

static int load_identity(struct member_object *o, const json_t *v)
{
	const char *s = json_string_value(v);
	struct identity id;

	if (!s)
		return 0;
	/* A pinned identity that cannot be read must not become none. */
	if (tl_identity_parse(&id, tl_bytes_from_str(s)) ||
	    !tl_address_equal(id.addr, o->address))
		return -EINVAL;
	o->has_identity = true;
	memcpy(o->pub, id.pub, sizeof(o->pub));
	tl_identity_wipe(&id);
	return 0;
}

static int load_rest(struct member_object *o, const json_t *row)
{
	int64_t revision = int_of(row, "revision", 0);
	const char *token;
	int err;

	o->authorized = bool_of(row, "authorized", false);
	o->revision = (uint64_t)TL_MAX(revision, 0);
	o->creation_ms = int_of(row, "creationTime", 0);
	o->last_authorized_ms = int_of(row, "lastAuthorizedTime", 0);
	o->last_deauthorized_ms = int_of(row, "lastDeauthorizedTime", 0);
	o->version = (struct member_version){
		.major = int_of(row, "vMajor", -1),
		.minor = int_of(row, "vMinor", -1),
		.revision = int_of(row, "vRev", -1),
		.protocol = int_of(row, "vProto", -1),
	};
	o->grant =
		grant_of(json_object_get(row, "lastAuthorizedCredentialType"));
	token = json_string_value(
		json_object_get(row, "lastAuthorizedCredential"));
	err = token ? replace_text(&o->token, token) : 0;
	return err ? err : load_identity(o, json_object_get(row, "identity"));
}

/* Any JSON that could be a row. */
static int load_any(struct member_object **op, struct network_id network,
		    struct address address, struct bytes text)
{
	json_t *row = tl_json_parse(text);
	struct member_object *o = NULL;
	struct object_error why;
	int err = -EINVAL;

	if (json_is_object(row))
		err = tl_member_object_new(&o, network, address, 0);
	if (!err)
		err = apply(o, row, &why);
	if (!err)
		err = load_rest(o, row);
	json_decref(row);
	if (err) {
		tl_member_object_free(o);
		return err;
	}
	*op = o;
	return 0;
}

int tl_member_object_load(struct member_object **op, struct network_id network,
			  struct address address, struct bytes text)
{
	struct member_object *o;
	int r = tl_member_object_new(&o, network, address, 0);

	if (r)
		return r;
	r = tl_member_row_read(o, text);
	if (r == MEMBER_ROW_READ) {
		*op = o;
		return 0;
	}
	tl_member_object_free(o);
	return r == MEMBER_ROW_OTHER ? load_any(op, network, address, text) : r;
}
