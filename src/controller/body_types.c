/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/body_types.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "controller/json.h"
#include "wire/netconf.h"

enum type {
	TYPE_BOOL,
	TYPE_U32,
	TYPE_TIME, /* ms; nothing below 0 */
	TYPE_TEXT,
	TYPE_LIST,
	TYPE_MODE, /* an object of booleans, or a text */
	TYPE_DNS, /* an object, or the empty list that stands for none */
	TYPE_TOKENS, /* an object of times, or [null], which stands for none */
};

struct typed {
	const char *name;
	enum type type;
};

static const struct typed network_fields[] = {
	{ "authTokens", TYPE_TOKENS },
	{ "capabilities", TYPE_LIST },
	{ "certificateTimeoutWindowSize", TYPE_TIME },
	{ "dns", TYPE_DNS },
	{ "enableBroadcast", TYPE_BOOL },
	{ "ipAssignmentPools", TYPE_LIST },
	{ "mtu", TYPE_U32 },
	{ "multicastLimit", TYPE_U32 },
	{ "name", TYPE_TEXT },
	{ "oneTimeTokens", TYPE_TOKENS },
	{ "private", TYPE_BOOL },
	{ "remoteTraceLevel", TYPE_U32 },
	{ "routes", TYPE_LIST },
	{ "rules", TYPE_LIST },
	{ "rulesSource", TYPE_TEXT },
	{ "tags", TYPE_LIST },
	{ "v4AssignMode", TYPE_MODE },
	{ "v6AssignMode", TYPE_MODE },
};

static const struct typed member_fields[] = {
	{ "activeBridge", TYPE_BOOL },
	{ "authenticationExpiryTime", TYPE_TIME },
	{ "authorized", TYPE_BOOL },
	{ "capabilities", TYPE_LIST },
	{ "ipAssignments", TYPE_LIST },
	{ "name", TYPE_TEXT },
	{ "noAutoAssignIps", TYPE_BOOL },
	{ "remoteTraceLevel", TYPE_U32 },
	{ "ssoExempt", TYPE_BOOL },
	{ "tags", TYPE_LIST },
};

bool tl_body_is_bool(const json_t *v)
{
	const char *s = json_string_value(v);

	if (s)
		return *s && strchr("tT1fF0", *s);
	return json_is_null(v) || json_is_boolean(v) ||
	       (json_is_number(v) && json_number_value(v) >= 0);
}

static bool is_count(const json_t *v, int64_t max)
{
	int64_t n = tl_json_int(v, -1);

	return json_is_null(v) || (n >= 0 && n <= max);
}

static bool is_text(const json_t *v)
{
	return json_is_null(v) || json_is_string(v) || json_is_number(v) ||
	       json_is_boolean(v);
}

static bool is_list(const json_t *v)
{
	return json_is_null(v) || json_is_array(v);
}

static bool is_empty(const json_t *list)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		if (!json_is_null(json_array_get(list, i)))
			return false;
	}
	return is_list(list);
}

static int refuse(struct object_error *why, const char *name, const char *of,
		  const char *what)
{
	snprintf(why->text, sizeof(why->text), "%s%s%s: %s", name,
		 *of ? "." : "", of, what);
	return -EINVAL;
}

static int check_mode(const json_t *v, const char *name,
		      struct object_error *why)
{
	static const char *const keys[] = { "zt", "rfc4193", "6plane" };
	size_t i;

	if (json_is_null(v) || json_is_string(v))
		return 0;
	if (!json_is_object(v))
		return refuse(why, name, "", "neither an object nor a text");
	for (i = 0; i < TL_ARRAY_SIZE(keys); i++) {
		const json_t *mode = json_object_get(v, keys[i]);

		if (mode && !tl_body_is_bool(mode))
			return refuse(why, name, keys[i], "not true or false");
	}
	return 0;
}

static int check_dns(const json_t *v, const char *name,
		     struct object_error *why)
{
	const json_t *domain = json_object_get(v, "domain");
	const json_t *servers = json_object_get(v, "servers");

	if (!json_is_object(v) && !is_empty(v))
		return refuse(why, name, "", "not an object");
	if (domain && !json_is_string(domain) && !json_is_null(domain))
		return refuse(why, name, "domain", "not a text");
	if (servers && !is_list(servers))
		return refuse(why, name, "servers", "not an array");
	/* What cannot be issued. */
	if (json_string_length(domain) >= NETCONF_DOMAIN_SIZE)
		return refuse(why, name, "domain", "more than 127 bytes");
	if (json_array_size(servers) > NETCONF_MAX_DNS_SERVERS)
		return refuse(why, name, "servers", "more than 4 entries");
	return 0;
}

/* The tokens themselves are not repeated: an answer may be logged. */
static int check_tokens(const json_t *v, const char *name,
			struct object_error *why)
{
	const char *token;
	json_t *until;

	if (!json_is_object(v) && !is_empty(v))
		return refuse(why, name, "", "not an object");
	json_object_foreach((json_t *)(uintptr_t)v, token, until)
	{
		if (json_is_null(until))
			continue;
		if (!json_is_number(until) || !is_count(until, INT64_MAX))
			return refuse(why, name, "",
				      "the time of a token is not a whole "
				      "number from 0");
	}
	return 0;
}

static int check(const struct typed *f, const json_t *v,
		 struct object_error *why)
{
	switch (f->type) {
	case TYPE_BOOL:
		return tl_body_is_bool(v)
			       ? 0
			       : refuse(why, f->name, "", "not true or false");
	case TYPE_U32:
		return is_count(v, UINT32_MAX)
			       ? 0
			       : refuse(why, f->name, "",
					"not a whole number from 0 to "
					"4294967295");
	case TYPE_TIME:
		return is_count(v, INT64_MAX)
			       ? 0
			       : refuse(why, f->name, "",
					"not a whole number of ms from 0");
	case TYPE_TEXT:
		return is_text(v) ? 0 : refuse(why, f->name, "", "not a text");
	case TYPE_LIST:
		return is_list(v) ? 0
				  : refuse(why, f->name, "", "not an array");
	case TYPE_MODE:
		return check_mode(v, f->name, why);
	case TYPE_DNS:
		return check_dns(v, f->name, why);
	case TYPE_TOKENS:
		return check_tokens(v, f->name, why);
	}
	return 0;
}

static int check_all(const struct typed *fields, size_t n, const json_t *body,
		     struct object_error *why)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < n; i++) {
		const json_t *v = json_object_get(body, fields[i].name);

		if (v)
			err = check(&fields[i], v, why);
	}
	return err;
}

int tl_body_types_network(const json_t *body, struct object_error *why)
{
	return check_all(network_fields, TL_ARRAY_SIZE(network_fields), body,
			 why);
}

int tl_body_types_member(const json_t *body, struct object_error *why)
{
	return check_all(member_fields, TL_ARRAY_SIZE(member_fields), body,
			 why);
}
