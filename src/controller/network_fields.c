/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/network_fields.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/json.h"
#include "controller/rules_json.h"

static bool get_endpoint(struct endpoint *out, const json_t *v)
{
	const char *s = json_string_value(v);

	return s && tl_endpoint_parse(out, s) == 0 && out->family != 0;
}

static json_t *ip_text(const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_SIZE];

	return json_string(tl_endpoint_print_ip(text, e));
}

/* Appends @item, consumed. False, with @array released, if that fails. */
static bool append(json_t **array, json_t *item)
{
	if (json_array_append_new(*array, item) == 0)
		return true;
	json_decref(*array);
	*array = NULL;
	return false;
}

static json_t *route_json(const json_t *v)
{
	char text[ENDPOINT_TEXT_SIZE];
	struct endpoint target;
	struct endpoint via;

	if (!get_endpoint(&target, json_object_get(v, "target")) ||
	    target.port > 8 * tl_endpoint_ip_len(&target))
		return json_null();
	tl_endpoint_print(text, &target);
	if (!get_endpoint(&via, json_object_get(v, "via")) ||
	    via.family != target.family)
		return json_pack("{s:s,s:n}", "target", text, "via");
	return json_pack("{s:s,s:o}", "target", text, "via", ip_text(&via));
}

static json_t *pool_json(const json_t *v)
{
	struct endpoint start;
	struct endpoint end;

	if (!get_endpoint(&start, json_object_get(v, "ipRangeStart")) ||
	    !get_endpoint(&end, json_object_get(v, "ipRangeEnd")) ||
	    start.family != end.family)
		return json_null();
	return json_pack("{s:o,s:o}", "ipRangeEnd", ip_text(&end),
			 "ipRangeStart", ip_text(&start));
}

/* All entries of @v for which @one makes something other than null. */
static json_t *each(const json_t *v, json_t *(*one)(const json_t *v))
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i < json_array_size(v); i++) {
		json_t *item = one(json_array_get(v, i));

		if (json_is_null(item))
			continue;
		append(&array, item);
	}
	return array;
}

json_t *tl_field_routes(const json_t *v)
{
	return each(v, route_json);
}

json_t *tl_field_pools(const json_t *v)
{
	return each(v, pool_json);
}

static json_t *server_json(const json_t *v)
{
	struct endpoint e;

	return get_endpoint(&e, v) ? ip_text(&e) : json_null();
}

json_t *tl_field_dns(const json_t *v)
{
	const json_t *domain = json_object_get(v, "domain");

	if (!json_is_object(v))
		return json_array();
	return json_pack("{s:o,s:o}", "domain",
			 json_is_string(domain)
				 ? json_string(json_string_value(domain))
				 : json_string(""),
			 "servers",
			 each(json_object_get(v, "servers"), server_json));
}

static int64_t id_of(const json_t *item)
{
	return json_integer_value(json_object_get(item, "id"));
}

/* Put @item, consumed, in its place by id, or in the place of an equal one. */
static bool insert_by_id(json_t **array, json_t *item)
{
	size_t n = json_array_size(*array);
	int64_t id = id_of(item);
	size_t i = 0;
	int err;

	if (!item) {
		json_decref(*array);
		*array = NULL;
		return false;
	}
	while (i < n && id_of(json_array_get(*array, i)) < id)
		i++;
	if (i < n && id_of(json_array_get(*array, i)) == id)
		err = json_array_set_new(*array, i, item);
	else
		err = json_array_insert_new(*array, i, item);
	if (err) {
		json_decref(*array);
		*array = NULL;
	}
	return !err;
}

static json_t *id_json(const json_t *v)
{
	return json_integer((uint32_t)tl_json_int(json_object_get(v, "id"), 0));
}

static json_t *tag_json(const json_t *v)
{
	const json_t *value = json_object_get(v, "default");
	int64_t number = tl_json_int(value, -1);

	if (!json_is_number(value) && !json_is_true(value) &&
	    !(json_is_string(value) && number >= 0))
		return json_pack("{s:n,s:o}", "default", "id", id_json(v));
	return json_pack("{s:I,s:o}", "default", (json_int_t)(uint32_t)number,
			 "id", id_json(v));
}

json_t *tl_field_tags(const json_t *v)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i < json_array_size(v); i++) {
		const json_t *tag = json_array_get(v, i);

		if (json_is_object(tag))
			insert_by_id(&array, tag_json(tag));
	}
	return array;
}

json_t *tl_field_capabilities(const json_t *v, char *why, size_t why_size)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i < json_array_size(v); i++) {
		const json_t *cap = json_array_get(v, i);
		const json_t *given = json_object_get(cap, "rules");
		bool is_default =
			tl_json_bool(json_object_get(cap, "default"), false);
		char name[48];
		json_t *rules;

		if (!json_is_object(cap))
			continue;
		snprintf(name, sizeof(name), "capabilities[%zu].rules", i);
		rules = given ? tl_field_rules(given, RULES_MAX_CAPABILITY,
					       name, why, why_size)
			      : json_array();
		insert_by_id(&array,
			     json_pack("{s:b,s:o,s:o}", "default", is_default,
				       "id", id_json(cap), "rules", rules));
	}
	return array;
}

static void explain(char *why, size_t size, const char *name,
		    const struct rules_json_error *err)
{
	if (strcmp(err->field, "rules") == 0)
		snprintf(why, size, "%s: not an array", name);
	else if (strcmp(err->field, "type") == 0)
		snprintf(why, size, "%s[%zu]: unknown type \"%s\"", name,
			 err->index, err->type);
	else
		snprintf(why, size, "%s[%zu]: bad \"%s\" of %s", name,
			 err->index, err->field, err->type);
}

json_t *tl_field_rules(const json_t *v, size_t max, const char *name, char *why,
		       size_t why_size)
{
	struct rule *rules = tl_alloc_array(max, sizeof(*rules));
	struct rules_json_error wrong;
	json_t *array = NULL;
	size_t n = 0;
	int err;

	if (!rules)
		return NULL;
	err = tl_rules_from_json(rules, max, &n, v, &wrong);
	if (err == -EINVAL)
		explain(why, why_size, name, &wrong);
	else if (err == -E2BIG)
		snprintf(why, why_size, "%s: more than %zu entries", name, max);
	else
		array = tl_rules_to_json(rules, n);
	tl_free(rules);
	return array;
}

void tl_field_get_route(struct route *out, const json_t *v)
{
	memset(out, 0, sizeof(*out));
	if (!get_endpoint(&out->target, json_object_get(v, "target")))
		return;
	if (get_endpoint(&out->via, json_object_get(v, "via")))
		out->via.port = 0;
}

void tl_field_get_pool(struct endpoint *start, struct endpoint *end,
		       const json_t *v)
{
	memset(start, 0, sizeof(*start));
	memset(end, 0, sizeof(*end));
	if (!get_endpoint(start, json_object_get(v, "ipRangeStart")) ||
	    !get_endpoint(end, json_object_get(v, "ipRangeEnd")))
		start->family = 0;
	start->port = 0;
	end->port = 0;
}

void tl_field_get_dns(struct netconf_dns *out, const json_t *v)
{
	const json_t *servers = json_object_get(v, "servers");
	const char *domain = json_string_value(json_object_get(v, "domain"));
	size_t n = domain ? strlen(domain) : 0;
	size_t i;

	memset(out, 0, sizeof(*out));
	/* A longer one would be another domain: rather none. */
	if (n < sizeof(out->domain) && n > 0)
		memcpy(out->domain, domain, n);
	for (i = 0; i < NETCONF_MAX_DNS_SERVERS; i++) {
		if (get_endpoint(&out->servers[i], json_array_get(servers, i)))
			out->servers[i].port = 0;
	}
}

int tl_field_compile_rules(struct bytes *out, unsigned int *n, const json_t *v)
{
	size_t count = json_array_size(v);
	struct rule *rules = tl_alloc_array(count, sizeof(*rules));
	uint8_t *raw = tl_alloc(count * RULE_WIRE_MAX);
	struct rules_json_error wrong;
	struct writer w;
	int err = -ENOMEM;

	if (rules && raw)
		err = tl_rules_from_json(rules, count, &count, v, &wrong);
	if (!err) {
		w = tl_writer(tl_buffer(raw, count * RULE_WIRE_MAX));
		err = tl_rules_build(&w, rules, count);
	}
	tl_free(rules);
	if (err) {
		tl_free(raw);
		return err;
	}
	*out = tl_bytes(raw, w.n);
	*n = (unsigned int)count;
	return 0;
}

void tl_field_free_rules(struct bytes *rules)
{
	tl_free((void *)(uintptr_t)rules->at);
	*rules = tl_bytes(NULL, 0);
}
