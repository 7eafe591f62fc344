/* SPDX-License-Identifier: Apache-2.0 */
/* member_text.c - a member as JSON, keys in ascending order */
#include <string.h>

#include "controller/member_object.h"
#include "controller/text.h"

static void put_key(struct text *t, const char *key)
{
	tl_text_put(t, ",\"");
	tl_text_put(t, key);
	tl_text_put(t, "\":");
}

static void put_int(struct text *t, const char *key, int64_t v)
{
	put_key(t, key);
	tl_text_put_int(t, v);
}

static void put_bool(struct text *t, const char *key, bool v)
{
	put_key(t, key);
	tl_text_put_bool(t, v);
}

static void put_string(struct text *t, const char *key, const char *v)
{
	put_key(t, key);
	tl_text_put_string(t, v);
}

static void put_capabilities(struct text *t, const struct member_object *o)
{
	size_t i;

	put_key(t, "capabilities");
	tl_text_put(t, "[");
	for (i = 0; i < o->n_capabilities; i++) {
		tl_text_put(t, i ? "," : "");
		tl_text_put_int(t, o->capabilities[i]);
	}
	tl_text_put(t, "]");
}

static void put_ips(struct text *t, const struct member_object *o)
{
	char text[ENDPOINT_TEXT_SIZE];
	size_t i;

	put_key(t, "ipAssignments");
	tl_text_put(t, "[");
	for (i = 0; i < o->n_ips; i++) {
		tl_text_put(t, i ? "," : "");
		tl_text_put_string(t, tl_endpoint_print_ip(text, &o->ips[i]));
	}
	tl_text_put(t, "]");
}

static void put_tags(struct text *t, const struct member_object *o)
{
	size_t i;

	put_key(t, "tags");
	tl_text_put(t, "[");
	for (i = 0; i < o->n_tags; i++) {
		tl_text_put(t, i ? ",[" : "[");
		tl_text_put_int(t, o->tags[i].id);
		tl_text_put(t, ",");
		tl_text_put_int(t, o->tags[i].value);
		tl_text_put(t, "]");
	}
	tl_text_put(t, "]");
}

static void put_identity(struct text *t, const struct member_object *o)
{
	char text[IDENTITY_TEXT_SIZE];
	struct identity id = { .addr = o->address };

	if (!o->has_identity)
		return;
	memcpy(id.pub, o->pub, sizeof(id.pub));
	put_string(t, "identity", tl_identity_print(text, &id, false));
}

static void put_address(struct text *t, const char *key, struct address a)
{
	char text[ADDRESS_TEXT_SIZE];

	put_string(t, key, a.v ? tl_address_print(text, a) : NULL);
}

static void put_grant(struct text *t, const struct member_object *o)
{
	put_string(t, "lastAuthorizedCredential", o->token);
	put_string(t, "lastAuthorizedCredentialType",
		   tl_member_grant_names[o->grant]);
	put_int(t, "lastAuthorizedTime", o->last_authorized_ms);
	put_int(t, "lastDeauthorizedTime", o->last_deauthorized_ms);
}

static void put_state(struct text *t, const struct member_state *state)
{
	char text[ENDPOINT_TEXT_SIZE];

	put_bool(t, "online", state->is_online);
	put_string(t, "physicalAddress",
		   state->from.family ? tl_endpoint_print(text, &state->from)
				      : NULL);
}

static void put_rest(struct text *t, const struct member_object *o)
{
	put_int(t, "remoteTraceLevel", (int64_t)o->trace_level);
	put_address(t, "remoteTraceTarget", o->trace_target);
	put_int(t, "revision", (int64_t)o->revision);
	put_bool(t, "ssoExempt", o->sso_exempt);
	put_tags(t, o);
	put_int(t, "vMajor", o->version.major);
	put_int(t, "vMinor", o->version.minor);
	put_int(t, "vProto", o->version.protocol);
	put_int(t, "vRev", o->version.revision);
}

void tl_member_object_put(struct text *t, const struct member_object *o,
			  const struct member_state *state)
{
	char network[NETWORK_ID_TEXT_SIZE];

	tl_text_put(t, "{\"activeBridge\":");
	tl_text_put_bool(t, o->active_bridge);
	put_address(t, "address", o->address);
	put_int(t, "authenticationExpiryTime", o->auth_expiry_ms);
	put_bool(t, "authorized", o->authorized);
	put_capabilities(t, o);
	put_int(t, "creationTime", o->creation_ms);
	put_address(t, "id", o->address);
	put_identity(t, o);
	put_ips(t, o);
	put_grant(t, o);
	if (state)
		put_int(t, "lastSeen", state->seen_ms);
	if (o->name)
		put_string(t, "name", o->name);
	put_bool(t, "noAutoAssignIps", o->no_auto_ips);
	put_string(t, "nwid", tl_network_id_print(network, o->network));
	put_string(t, "objtype", "member");
	if (state)
		put_state(t, state);
	put_rest(t, o);
	tl_text_put(t, "}");
}

char *tl_member_object_text(const struct member_object *o)
{
	struct text t = { 0 };

	tl_member_object_put(&t, o, NULL);
	return tl_text_take(&t);
}

static void put_set_int(struct text *t, const char *key, int64_t v,
			int64_t otherwise)
{
	if (v != otherwise)
		put_int(t, key, v);
}

static void put_set_bool(struct text *t, const char *key, bool v)
{
	if (v)
		put_bool(t, key, v);
}

static void put_set_string(struct text *t, const char *key, const char *v)
{
	if (v)
		put_string(t, key, v);
}

static void put_set_lists(struct text *t, const struct member_object *o)
{
	if (o->n_capabilities)
		put_capabilities(t, o);
	if (o->n_ips)
		put_ips(t, o);
	if (o->n_tags)
		put_tags(t, o);
	if (o->trace_target.v)
		put_address(t, "remoteTraceTarget", o->trace_target);
}

/* The defaults are those of tl_member_object_load(). */
char *tl_member_object_row(const struct member_object *o)
{
	struct text t = { 0 };

	tl_text_put(&t, "{\"revision\":");
	tl_text_put_int(&t, (int64_t)o->revision);
	put_set_bool(&t, "activeBridge", o->active_bridge);
	put_set_int(&t, "authenticationExpiryTime", o->auth_expiry_ms, 0);
	put_set_bool(&t, "authorized", o->authorized);
	put_set_int(&t, "creationTime", o->creation_ms, 0);
	put_identity(&t, o);
	put_set_string(&t, "lastAuthorizedCredential", o->token);
	put_set_string(&t, "lastAuthorizedCredentialType",
		       tl_member_grant_names[o->grant]);
	put_set_int(&t, "lastAuthorizedTime", o->last_authorized_ms, 0);
	put_set_int(&t, "lastDeauthorizedTime", o->last_deauthorized_ms, 0);
	put_set_string(&t, "name", o->name);
	put_set_bool(&t, "noAutoAssignIps", o->no_auto_ips);
	put_set_int(&t, "remoteTraceLevel", (int64_t)o->trace_level, 0);
	put_set_bool(&t, "ssoExempt", o->sso_exempt);
	put_set_lists(&t, o);
	put_set_int(&t, "vMajor", o->version.major, -1);
	put_set_int(&t, "vMinor", o->version.minor, -1);
	put_set_int(&t, "vProto", o->version.protocol, -1);
	put_set_int(&t, "vRev", o->version.revision, -1);
	tl_text_put(&t, "}");
	return tl_text_take(&t);
}
