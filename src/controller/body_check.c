/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/body_check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "controller/body_types.h"
#include "controller/json.h"

static int refuse(struct object_error *why, const char *format, ...)
	TL_PRINTF(2, 3);

static int refuse(struct object_error *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return -EINVAL;
}

static bool get_endpoint(struct endpoint *out, const json_t *v)
{
	const char *s = json_string_value(v);

	return s && tl_endpoint_parse(out, s) == 0 && out->family != 0;
}

/* An ID or a value of 32 bits, as a number or in decimal digits. */
static bool is_u32(const json_t *v)
{
	int64_t n = tl_json_int(v, -1);

	return n >= 0 && n <= UINT32_MAX;
}

/* Nothing, or something empty, which clears it. */
static bool is_unset(const json_t *v)
{
	return !v || json_is_null(v) ||
	       (json_is_string(v) && !json_string_length(v));
}

/* 0 bits where none are given would be everything, which nobody means. */
static bool has_bits(const json_t *v)
{
	return strchr(json_string_value(v), '/') != NULL;
}

static int check_route(const json_t *v, size_t i, struct object_error *why)
{
	const json_t *via = json_object_get(v, "via");
	const json_t *net = json_object_get(v, "target");
	struct endpoint target;
	struct endpoint gateway;

	if (!get_endpoint(&target, net) || !has_bits(net) ||
	    target.port > 8 * tl_endpoint_ip_len(&target))
		return refuse(why,
			      "routes[%zu].target: not a network such as "
			      "10.0.0.0/24",
			      i);
	if (is_unset(via))
		return 0;
	if (!get_endpoint(&gateway, via))
		return refuse(why, "routes[%zu].via: not an address", i);
	return 0;
}

static int check_pool(const json_t *v, size_t i, struct object_error *why)
{
	struct endpoint start;
	struct endpoint end;

	if (!get_endpoint(&start, json_object_get(v, "ipRangeStart")))
		return refuse(why,
			      "ipAssignmentPools[%zu].ipRangeStart: not an "
			      "address",
			      i);
	if (!get_endpoint(&end, json_object_get(v, "ipRangeEnd")))
		return refuse(why,
			      "ipAssignmentPools[%zu].ipRangeEnd: not an "
			      "address",
			      i);
	if (start.family != end.family)
		return refuse(why,
			      "ipAssignmentPools[%zu]: one end is IPv4, the "
			      "other IPv6",
			      i);
	if (memcmp(start.ip, end.ip, tl_endpoint_ip_len(&start)) > 0)
		return refuse(why,
			      "ipAssignmentPools[%zu]: it ends before it "
			      "begins",
			      i);
	return 0;
}

/* What the rules' own parser, which also reads what is stored, lets pass. */
static int check_rule(const json_t *v, const char *list, size_t i,
		      struct object_error *why)
{
	static const char *const booleans[] = { "not", "or", "little" };
	const json_t *net = json_object_get(v, "ip");
	size_t k;

	if (json_is_string(net) && !has_bits(net))
		return refuse(why,
			      "%s[%zu].ip: not a network such as 10.0.0.0/24",
			      list, i);
	for (k = 0; k < TL_ARRAY_SIZE(booleans); k++) {
		const json_t *b = json_object_get(v, booleans[k]);

		if (b && !tl_body_is_bool(b))
			return refuse(why, "%s[%zu].%s: not true or false",
				      list, i, booleans[k]);
	}
	return 0;
}

static int check_rules(const json_t *rules, const char *list,
		       struct object_error *why)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < json_array_size(rules); i++)
		err = check_rule(json_array_get(rules, i), list, i, why);
	return err;
}

static int check_capability(const json_t *v, size_t i, struct object_error *why)
{
	const json_t *is_default = json_object_get(v, "default");
	char list[48];

	if (!is_u32(json_object_get(v, "id")))
		return refuse(why,
			      "capabilities[%zu].id: not a number of 32 bits",
			      i);
	if (is_default && !tl_body_is_bool(is_default))
		return refuse(
			why, "capabilities[%zu].default: not true or false", i);
	snprintf(list, sizeof(list), "capabilities[%zu].rules", i);
	return check_rules(json_object_get(v, "rules"), list, why);
}

static int check_tag(const json_t *v, size_t i, struct object_error *why)
{
	const json_t *value = json_object_get(v, "default");

	if (!is_u32(json_object_get(v, "id")))
		return refuse(why, "tags[%zu].id: not a number of 32 bits", i);
	if (!is_unset(value) && !json_is_boolean(value) && !is_u32(value))
		return refuse(why, "tags[%zu].default: not a number of 32 bits",
			      i);
	return 0;
}

static int check_server(const json_t *v, size_t i, struct object_error *why)
{
	struct endpoint e;

	return get_endpoint(&e, v)
		       ? 0
		       : refuse(why, "dns.servers[%zu]: not an address", i);
}

static int check_each(const json_t *list,
		      int (*check)(const json_t *v, size_t i,
				   struct object_error *why),
		      struct object_error *why)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < json_array_size(list); i++)
		err = check(json_array_get(list, i), i, why);
	return err;
}

static int check_target(const json_t *body, struct object_error *why)
{
	const json_t *v = json_object_get(body, "remoteTraceTarget");
	const char *s = json_string_value(v);
	struct address a;

	if (is_unset(v))
		return 0;
	if (!s || tl_address_parse(&a, tl_bytes_from_str(s)))
		return refuse(why, "remoteTraceTarget: not a node's address");
	return 0;
}

int tl_body_check_network(const json_t *body, struct object_error *why)
{
	const json_t *dns = json_object_get(body, "dns");
	int err = tl_body_types_network(body, why);

	if (!err)
		err = check_each(json_object_get(body, "routes"), check_route,
				 why);
	if (!err)
		err = check_each(json_object_get(body, "ipAssignmentPools"),
				 check_pool, why);
	if (!err)
		err = check_each(json_object_get(body, "capabilities"),
				 check_capability, why);
	if (!err)
		err = check_each(json_object_get(body, "tags"), check_tag, why);
	if (!err)
		err = check_rules(json_object_get(body, "rules"), "rules", why);
	if (!err)
		err = check_each(json_object_get(dns, "servers"), check_server,
				 why);
	return err ? err : check_target(body, why);
}

static int check_member_tag(const json_t *v, size_t i, struct object_error *why)
{
	if (json_array_size(v) == 2 && is_u32(json_array_get(v, 0)) &&
	    is_u32(json_array_get(v, 1)))
		return 0;
	return refuse(why,
		      "tags[%zu]: not a pair of id and value, of 32 bits each",
		      i);
}

static int check_member_capability(const json_t *v, size_t i,
				   struct object_error *why)
{
	return is_u32(v) ? 0
			 : refuse(why,
				  "capabilities[%zu]: not a number of 32 bits",
				  i);
}

static int check_ip(const json_t *v, size_t i, struct object_error *why)
{
	struct endpoint e;

	return get_endpoint(&e, v)
		       ? 0
		       : refuse(why, "ipAssignments[%zu]: not an address", i);
}

int tl_body_check_member(const json_t *body, struct object_error *why)
{
	int err = tl_body_types_member(body, why);

	if (!err)
		err = check_each(json_object_get(body, "tags"),
				 check_member_tag, why);
	if (!err)
		err = check_each(json_object_get(body, "capabilities"),
				 check_member_capability, why);
	if (!err)
		err = check_each(json_object_get(body, "ipAssignments"),
				 check_ip, why);
	return err ? err : check_target(body, why);
}
