/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/network_object.h"

#include <errno.h>

#include "base/alloc.h"
#include "controller/json.h"
#include "harness.h"
#include "wire/rules.h"

#define NOW 1795374723965

static const struct network_id net = { 0x7ee85fb0c98cd908 };
static struct object_error why;

static int merge(struct network_object **op, const struct network_object *old,
		 const char *text)
{
	json_t *body = tl_json_parse(tl_bytes_from_str(text));
	int err;

	CHECK(body);
	err = tl_network_object_merge(op, old, body, &why);
	json_decref(body);
	return err;
}

/* A new network after a POST of @text. */
static struct network_object *posted(const char *text)
{
	struct network_object *base;
	struct network_object *o;

	CHECK_EQ(tl_network_object_new(&base, net, NOW), 0);
	CHECK_EQ(merge(&o, base, text), 0);
	tl_network_object_free(base);
	return o;
}

/* What a POST of @text is refused with. */
static const char *refused(const char *text)
{
	struct network_object *base;
	struct network_object *o;

	CHECK_EQ(tl_network_object_new(&base, net, NOW), 0);
	CHECK_EQ(merge(&o, base, text), -EINVAL);
	tl_network_object_free(base);
	return why.text;
}

static void check_field(const struct network_object *o, const char *key,
			const char *want)
{
	char *text = tl_json_print(json_object_get(o->doc, key));

	CHECK(text);
	CHECK_STR(text, want);
	tl_free(text);
}

TEST(network_object_fresh_from_nothing)
{
	/* api.md 3.2 */
	static const char want[] =
		"{\"authTokens\":[null],\"authorizationEndpoint\":\"\","
		"\"capabilities\":[],\"clientId\":\"\","
		"\"creationTime\":1795374723965,\"dns\":[],"
		"\"enableBroadcast\":true,\"id\":\"7ee85fb0c98cd908\","
		"\"ipAssignmentPools\":[],\"mtu\":2800,\"multicastLimit\":32,"
		"\"name\":\"\",\"nwid\":\"7ee85fb0c98cd908\","
		"\"objtype\":\"network\",\"private\":true,"
		"\"remoteTraceLevel\":0,\"remoteTraceTarget\":null,"
		"\"revision\":1,\"routes\":[],"
		"\"rules\":[{\"not\":false,\"or\":false,"
		"\"type\":\"ACTION_ACCEPT\"}],\"rulesSource\":\"\","
		"\"ssoEnabled\":false,\"tags\":[],"
		"\"v4AssignMode\":{\"zt\":false},\"v6AssignMode\":{"
		"\"6plane\":false,\"rfc4193\":false,\"zt\":false}}";
	struct network_object *o = posted("{}");
	char *text = tl_json_print(o->doc);

	CHECK_STR(text, want);
	CHECK_EQ(o->n_rules, 1);
	CHECK_EQ(o->rules.n, 2);
	CHECK(o->is_private && o->has_broadcast);
	CHECK_EQ(o->max_delta_ms, 1800000);
	tl_free(text);
	tl_network_object_free(o);
}

TEST(network_object_example_of_the_api)
{
	struct network_object *o = posted(
		"{\"name\":\"lab\",\"private\":true,\"ipAssignmentPools\":"
		"[{\"ipRangeStart\":\"10.77.0.1\",\"ipRangeEnd\":"
		"\"10.77.0.254\"}],\"routes\":[{\"target\":\"10.77.0.0/24\","
		"\"via\":null},{\"target\":\"0.0.0.0/0\",\"via\":"
		"\"10.77.0.5\"}],\"v4AssignMode\":\"zt\",\"v6AssignMode\":"
		"{\"6plane\":true},\"rules\":[{\"type\":\"ACTION_ACCEPT\"}],"
		"\"dns\":{\"domain\":\"x.test\",\"servers\":"
		"[\"10.77.0.9\"]}}");

	CHECK_STR(o->name, "lab");
	CHECK(o->assigns_v4 && o->assigns_6plane);
	CHECK(!o->assigns_rfc4193 && !o->assigns_v6);
	CHECK_EQ(o->n_pools, 1);
	CHECK_EQ(o->pools[0].end.ip[3], 254);
	CHECK_EQ(o->n_routes, 2);
	CHECK_EQ(o->routes[0].target.port, 24);
	CHECK(tl_endpoint_is_nil(&o->routes[0].via));
	CHECK_EQ(o->routes[1].via.ip[3], 5);
	CHECK_STR(o->dns.domain, "x.test");
	CHECK_EQ(o->dns.servers[0].ip[3], 9);
	CHECK(tl_endpoint_is_nil(&o->dns.servers[1]));
	check_field(o, "rules", "[{\"type\":\"ACTION_ACCEPT\"}]");
	check_field(o, "v4AssignMode", "{\"zt\":true}");
	tl_network_object_free(o);
}

TEST(network_object_revision_counts_changes_only)
{
	struct network_object *a = posted("{\"name\":\"a\"}");
	struct network_object *b;
	struct network_object *c;

	CHECK_EQ(a->revision, 1);
	CHECK_EQ(merge(&b, a,
		       "{\"name\":\"a\",\"id\":\"x\",\"revision\":9,"
		       "\"creationTime\":1,\"ssoEnabled\":true}"),
		 0);
	CHECK_EQ(b->revision, 1);
	check_field(b, "creationTime", "1795374723965");
	check_field(b, "ssoEnabled", "false");
	CHECK_EQ(merge(&c, b, "{\"mtu\":1400}"), 0);
	CHECK_EQ(c->revision, 2);
	CHECK_EQ(c->mtu, 1400);
	CHECK_STR(c->name, "a");
	tl_network_object_free(a);
	tl_network_object_free(b);
	tl_network_object_free(c);
}

TEST(network_object_values_are_forced_into_range)
{
	struct network_object *o =
		posted("{\"mtu\":70000,\"multicastLimit\":-4,"
		       "\"certificateTimeoutWindowSize\":1,"
		       "\"remoteTraceTarget\":\"xyz\",\"private\":\"0\","
		       "\"enableBroadcast\":0,\"name\":5}");

	CHECK_EQ(o->mtu, 10000);
	CHECK_EQ(o->multicast_limit, 0);
	CHECK_EQ(o->max_delta_ms, 300000);
	CHECK(!o->is_private && !o->has_broadcast);
	CHECK_STR(o->name, "5");
	check_field(o, "remoteTraceTarget", "null");
	tl_network_object_free(o);
	o = posted("{\"mtu\":1,\"certificateTimeoutWindowSize\":99999999}");
	CHECK_EQ(o->mtu, 1280);
	CHECK_EQ(o->max_delta_ms, 7200000);
	tl_network_object_free(o);
}

/* As in the reference: pages post whole objects back, with what they have not
 * filled in as null. */
TEST(network_object_null_is_the_default_but_of_lists)
{
	struct network_object *o = posted(
		"{\"private\":false,\"mtu\":1400,\"multicastLimit\":3,"
		"\"name\":\"n\",\"rules\":[{\"type\":\"ACTION_DROP\"}],"
		"\"routes\":[{\"target\":\"10.0.0.0/8\"}],\"tags\":"
		"[{\"id\":1}],\"capabilities\":[{\"id\":1}],"
		"\"dns\":{\"domain\":\"a.b\"},\"authTokens\":{\"t\":0},"
		"\"v4AssignMode\":\"zt\",\"v6AssignMode\":\"zt\","
		"\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.1\","
		"\"ipRangeEnd\":\"10.0.0.9\"}],\"remoteTraceLevel\":2,"
		"\"remoteTraceTarget\":\"1122334455\",\"rulesSource\":\"x\"}");
	struct network_object *next;
	json_t *nulls = json_object();
	const char *key;
	json_t *v;

	json_object_foreach(o->doc, key, v)
	{
		json_object_set_new(nulls, key, json_null());
	}
	CHECK_EQ(tl_network_object_merge(&next, o, nulls, &why), 0);
	CHECK(next->is_private && !next->has_broadcast);
	CHECK_EQ(next->mtu, 2800);
	CHECK_EQ(next->multicast_limit, 32);
	CHECK_EQ(next->trace_level, 0);
	CHECK_EQ(next->trace_target.v, 0);
	CHECK(!next->assigns_v4 && !next->assigns_v6);
	CHECK_STR(next->name, "");
	check_field(next, "authTokens", "[null]");
	check_field(next, "rulesSource", "\"\"");
	json_object_foreach(o->doc, key, v)
	{
		if (json_is_array(v) || strcmp(key, "dns") == 0)
			CHECK(json_equal(v, json_object_get(next->doc, key)));
	}
	json_decref(nulls);
	tl_network_object_free(next);
	tl_network_object_free(o);
}

TEST(network_object_assign_modes_as_text)
{
	struct network_object *o = posted("{\"v4AssignMode\":\"none\","
					  "\"v6AssignMode\":"
					  "\"rfc4193,6plane\"}");

	CHECK(!o->assigns_v4);
	CHECK(o->assigns_rfc4193 && o->assigns_6plane && !o->assigns_v6);
	tl_network_object_free(o);
	o = posted("{\"v6AssignMode\":\"zt\"}");
	CHECK(!o->assigns_rfc4193 && !o->assigns_6plane && o->assigns_v6);
	tl_network_object_free(o);
	/* A word must be whole. */
	o = posted("{\"v6AssignMode\":\"ztx,6planes\"}");
	CHECK(!o->assigns_v6 && !o->assigns_6plane);
	tl_network_object_free(o);
}

TEST(network_object_useless_entries_are_left_out)
{
	struct network_object *o = posted(
		"{\"routes\":[{\"target\":\"x\"},{\"target\":\"10.0.0.0/8\","
		"\"via\":\"::1\"},{\"target\":\"10.0.0.0/33\"},7],"
		"\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.1\","
		"\"ipRangeEnd\":\"fd00::1\"},{\"ipRangeStart\":\"10.0.0.1\"}],"
		"\"dns\":{\"domain\":\"a.b\",\"servers\":[\"x\",\"::1\"]},"
		"\"authTokens\":{\"a\":0,\"b\":-1,\"c\":\"5\",\"d\":99}}");

	check_field(o, "routes", "[{\"target\":\"10.0.0.0/8\",\"via\":null}]");
	check_field(o, "ipAssignmentPools", "[]");
	check_field(o, "dns", "{\"domain\":\"a.b\",\"servers\":[\"::1\"]}");
	check_field(o, "authTokens", "{\"a\":0,\"d\":99}");
	tl_network_object_free(o);
}

TEST(network_object_tokens_expire)
{
	struct network_object *o =
		posted("{\"authTokens\":{\"ever\":0,\"until\":1000}}");

#define ADMITS(t, now) tl_network_object_admits(o, tl_bytes_from_str(t), now)
	CHECK(ADMITS("ever", 5000));
	CHECK(ADMITS("until", 999));
	CHECK(!ADMITS("until", 1000));
	CHECK(!ADMITS("eve", 1));
	CHECK(!ADMITS("everx", 1));
	CHECK(!ADMITS("", 1));
#undef ADMITS
	tl_network_object_free(o);
	o = posted("{\"authTokens\":{\"\":0}}");
	CHECK(!tl_network_object_admits(o, tl_bytes(NULL, 0), 1));
	tl_network_object_free(o);
}

TEST(network_object_default_of_a_tag_is_a_number)
{
	struct network_object *o =
		posted("{\"tags\":[{\"id\":1,\"default\":true},{\"id\":2,"
		       "\"default\":false},{\"id\":3,\"default\":\"12\"}]}");

	check_field(o, "tags",
		    "[{\"default\":1,\"id\":1},{\"default\":null,\"id\":2},"
		    "{\"default\":12,\"id\":3}]");
	CHECK(o->tags[0].has_default && o->tags[0].value == 1);
	tl_network_object_free(o);
}

TEST(network_object_lists_are_sorted_and_the_last_wins)
{
	struct network_object *o = posted(
		"{\"tags\":[{\"id\":9,\"default\":1},{\"id\":3},{\"id\":9,"
		"\"default\":null},{\"id\":5,\"default\":7}],"
		"\"capabilities\":[{\"id\":2,\"default\":true,\"rules\":"
		"[{\"type\":\"ACTION_DROP\"}]},{\"id\":1},{\"id\":2,"
		"\"rules\":[{\"type\":\"ACTION_ACCEPT\"}]}]}");

	check_field(o, "tags",
		    "[{\"default\":null,\"id\":3},{\"default\":7,\"id\":5},"
		    "{\"default\":null,\"id\":9}]");
	CHECK_EQ(o->n_tags, 3);
	CHECK(!o->tags[0].has_default && o->tags[1].has_default);
	CHECK_EQ(o->tags[1].value, 7);
	CHECK_EQ(o->n_capabilities, 2);
	CHECK_EQ(o->capabilities[1].id, 2);
	CHECK(!o->capabilities[1].is_default);
	CHECK_EQ(o->capabilities[1].rules.at[0], RULE_ACCEPT);
	CHECK(tl_network_object_find_capability(o, 1));
	CHECK(!tl_network_object_find_capability(o, 3));
	tl_network_object_free(o);
}

TEST(network_object_bad_rules_are_named)
{
	CHECK_STR(refused("{\"rules\":[{\"type\":\"ACTION_DROP\"},"
			  "{\"type\":\"FOO\"}]}"),
		  "rules[1]: unknown type \"FOO\"");
	CHECK_STR(refused("{\"rules\":5}"), "rules: not an array");
	CHECK_STR(refused("{\"rules\":[{\"type\":\"MATCH_MAC_DEST\"}]}"),
		  "rules[0]: bad \"mac\" of MATCH_MAC_DEST");
	CHECK_STR(refused("{\"capabilities\":[{\"id\":1},{\"id\":2,\"rules\":"
			  "[{\"type\":\"BAR\"}]}]}"),
		  "capabilities[1].rules[0]: unknown type \"BAR\"");
}

static void write_text(struct writer *w, const char *text)
{
	tl_write_bytes(w, tl_bytes_from_str(text));
}

/* A POST of @n copies of @entry under @key. */
static char *many(const char *key, const char *entry, size_t n)
{
	size_t room = n * (strlen(entry) + 1) + strlen(key) + 16;
	char *text = calloc(1, room);
	struct writer w = tl_writer(tl_buffer(text, room - 1));

	CHECK(text);
	write_text(&w, "{\"");
	write_text(&w, key);
	write_text(&w, "\":[");
	for (; n > 0; n--) {
		write_text(&w, entry);
		write_text(&w, n > 1 ? "," : "]}");
	}
	CHECK(tl_writer_ok(&w));
	return text;
}

TEST(network_object_too_long_lists_are_refused)
{
	static const struct {
		const char *key;
		const char *entry;
		size_t max;
	} cases[] = {
		{ "rules", "{\"type\":\"ACTION_DROP\"}", 1024 },
		{ "routes", "{\"target\":\"10.0.0.0/8\"}", 128 },
		{ "tags", "{\"id\":1}", 128 },
		{ "capabilities", "{\"id\":1}", 128 },
		{ "ipAssignmentPools", "{}", NETWORK_MAX_POOLS },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(cases); i++) {
		char *fits = many(cases[i].key, cases[i].entry, cases[i].max);
		char *over =
			many(cases[i].key, cases[i].entry, cases[i].max + 1);

		tl_network_object_free(posted(fits));
		CHECK(strstr(refused(over), "more than"));
		free(fits);
		free(over);
	}
}

TEST(network_object_survives_the_store)
{
	struct network_object *a = posted(
		"{\"name\":\"x\",\"private\":false,\"mtu\":1400,\"tags\":"
		"[{\"id\":1,\"default\":2}],\"capabilities\":[{\"id\":4,"
		"\"rules\":[{\"type\":\"ACTION_TEE\",\"address\":"
		"\"1122334455\",\"length\":7}]}],\"rulesSource\":\"accept;\","
		"\"certificateTimeoutWindowSize\":600000,"
		"\"v6AssignMode\":\"rfc4193\",\"authTokens\":{\"t\":5}}");
	char *text = tl_json_print(a->doc);
	struct network_object *b;
	char *again;

	CHECK_EQ(tl_network_object_load(&b, net, tl_bytes_from_str(text)), 0);
	again = tl_json_print(b->doc);
	CHECK_STR(again, text);
	CHECK_EQ(b->revision, a->revision);
	tl_free(text);
	tl_free(again);
	tl_network_object_free(a);
	tl_network_object_free(b);
}

TEST(network_object_damaged_row_is_refused)
{
	struct network_object *o;

	CHECK_EQ(tl_network_object_load(&o, net, tl_bytes_from_str("[]")),
		 -EINVAL);
	CHECK_EQ(tl_network_object_load(&o, net, tl_bytes_from_str("{")),
		 -EINVAL);
	CHECK_EQ(tl_network_object_load(
			 &o, net,
			 tl_bytes_from_str("{\"rules\":[{\"type\":\"?\"}]}")),
		 -EINVAL);
}

TEST(network_object_name_is_cut_between_characters)
{
	char body[200] = "";
	struct writer w = tl_writer(tl_buffer(body, sizeof(body) - 1));
	struct network_object *o;
	size_t i;

	write_text(&w, "{\"name\":\"");
	for (i = 0; i < 64; i++)
		write_text(&w, "\xc3\xa9"); /* 128 bytes in all */
	write_text(&w, "\"}");
	o = posted(body);
	CHECK_EQ(strlen(o->name), 126);
	tl_network_object_free(o);
}

TEST(network_object_every_allocation_may_fail)
{
	static const char text[] =
		"{\"tags\":[{\"id\":1}],\"capabilities\":[{\"id\":4,\"rules\":"
		"[{\"type\":\"ACTION_DROP\"}]}],\"routes\":[{\"target\":"
		"\"10.0.0.0/8\"}]}";
	struct network_object *base;
	struct network_object *o;
	json_t *body = tl_json_parse(tl_bytes_from_str(text));
	int n;
	int err = -ENOMEM;

	CHECK_EQ(tl_network_object_new(&base, net, NOW), 0);
	for (n = 0; err == -ENOMEM; n++) {
		tl_alloc_fail_after(n);
		err = tl_network_object_merge(&o, base, body, &why);
		tl_alloc_fail_after(-1);
	}
	CHECK_EQ(err, 0);
	CHECK(n > 5);
	tl_network_object_free(o);
	tl_network_object_free(base);
	json_decref(body);
}
