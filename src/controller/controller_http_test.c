/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/fixture.h"

#include <errno.h>

#include "harness.h"

#define NET "/controller/network/1e80fd6eb40000a1"
#define MEMBER NET "/member/cc85670443"

static const char *get(struct fixture *f, const char *path)
{
	return fixture_http(f, "GET", path, "", 200);
}

static const char *post(struct fixture *f, const char *path, const char *body)
{
	return fixture_http(f, "POST", path, body, 200);
}

TEST(http_status)
{
	struct fixture *f = fixture_new();

	CHECK_STR(get(f, "/controller"),
		  "{\n\t\"controller\": true,\n\t\"apiVersion\": 4,\n"
		  "\t\"clock\": 1795378430000,\n\t\"databaseReady\": true\n"
		  "}\n");
	fixture_free(f);
}

TEST(http_create_at_random)
{
	struct fixture *f = fixture_new();
	const char *text = post(f, "/controller/network", "{}");

	CHECK(strstr(text, "\"objtype\":\"network\""));
	CHECK(strstr(text, "\"revision\":1,"));
	CHECK(strstr(text, "\"id\":\"1e80fd6eb4"));
	text = post(f, "/controller/network/1e80fd6eb4______",
		    "{\"name\":\"n\"}");
	CHECK(strstr(text, "\"name\":\"n\""));
	CHECK(strstr(text, "\"revision\":1,"));
	CHECK_STR(fixture_http(f, "POST",
			       "/controller/network/1e80fd6eb5______", "{}",
			       400),
		  "");
	/* [ 18 characters, comma, 18 characters ] */
	CHECK_EQ(strlen(get(f, "/controller/network")), 39);
	fixture_free(f);
}

TEST(http_fresh_network_is_the_example)
{
	static const char want[] =
		"{\"authTokens\":[null],\"authorizationEndpoint\":\"\","
		"\"capabilities\":[],\"clientId\":\"\","
		"\"creationTime\":1795378430000,\"dns\":[],"
		"\"enableBroadcast\":true,\"id\":\"1e80fd6eb40000a1\","
		"\"ipAssignmentPools\":[],\"mtu\":2800,\"multicastLimit\":32,"
		"\"name\":\"\",\"nwid\":\"1e80fd6eb40000a1\","
		"\"objtype\":\"network\",\"private\":true,"
		"\"remoteTraceLevel\":0,\"remoteTraceTarget\":null,"
		"\"revision\":1,\"routes\":[],"
		"\"rules\":[{\"not\":false,\"or\":false,"
		"\"type\":\"ACTION_ACCEPT\"}],\"rulesSource\":\"\","
		"\"ssoEnabled\":false,\"tags\":[],"
		"\"v4AssignMode\":{\"zt\":false},\"v6AssignMode\":{"
		"\"6plane\":false,\"rfc4193\":false,\"zt\":false}}";
	struct fixture *f = fixture_new();

	CHECK_STR(post(f, NET, "{}"), want);
	CHECK_STR(get(f, NET), want);
	CHECK_STR(get(f, "/controller/network/1E80FD6EB40000A1"), want);
	CHECK_STR(fixture_http(f, "PUT", NET, "{}", 200), want);
	CHECK_STR(fixture_http(f, "DELETE", NET, "", 200), want);
	CHECK_STR(fixture_http(f, "GET", NET, "", 404), "");
	CHECK_STR(fixture_http(f, "DELETE", NET, "", 404), "");
	CHECK_STR(get(f, "/controller/network"), "[]");
	fixture_free(f);
}

TEST(http_members)
{
	struct fixture *f = fixture_new();
	const char *text;

	fixture_http(f, "POST", MEMBER, "{}", 404);
	fixture_http(f, "GET", NET "/member", "", 404);
	post(f, NET, "{}");
	CHECK_STR(get(f, NET "/member"), "{}");
	fixture_http(f, "GET", MEMBER, "", 404);
	text = post(f, MEMBER, "{\"authorized\":true,\"name\":\"a\"}");
	CHECK(strstr(text, "\"authorized\":true"));
	CHECK(strstr(text, "\"lastAuthorizedCredentialType\":\"api\""));
	CHECK(strstr(text, "\"lastAuthorizedTime\":1795378430000"));
	CHECK(strstr(text, "\"revision\":1,"));
	CHECK(!strstr(text, "identity"));
	post(f, MEMBER, "{\"name\":\"a\"}");
	post(f, MEMBER, "{\"name\":\"b\"}");
	post(f, NET "/member/0123456789", "{}");
	CHECK_STR(get(f, NET "/member"), "{\"0123456789\":1,\"cc85670443\":2}");
	text = fixture_http(f, "DELETE", MEMBER, "", 200);
	CHECK(strstr(text, "\"name\":\"b\""));
	fixture_http(f, "DELETE", MEMBER, "", 404);
	CHECK_STR(get(f, NET "/member"), "{\"0123456789\":1}");
	fixture_free(f);
}

TEST(http_lists_of_everything)
{
	struct fixture *f = fixture_new();
	json_t *j;
	json_t *m;

	post(f, NET, "{\"private\":false}");
	post(f, "/controller/network/1e80fd6eb40000a0", "{}");
	fixture_request(f, 0xa1, &f->members[0], NULL);
	post(f, NET "/member/0123456789", "{}");
	j = json_loads(get(f, "/unstable/controller/network"), 0, NULL);
	CHECK_EQ(json_integer_value(json_object_get(json_object_get(j, "meta"),
						    "networkCount")),
		 2);
	CHECK_STR(json_string_value(json_object_get(
			  json_array_get(json_object_get(j, "data"), 0), "id")),
		  "1e80fd6eb40000a0");
	m = json_object_get(json_array_get(json_object_get(j, "data"), 1),
			    "meta");
	CHECK_EQ(
		json_integer_value(json_object_get(m, "authorizedMemberCount")),
		1);
	CHECK_EQ(json_integer_value(json_object_get(m, "totalMemberCount")), 2);
	json_decref(j);
	j = json_loads(get(f, "/unstable" NET "/member"), 0, NULL);
	m = json_object_get(j, "meta");
	CHECK_EQ(json_integer_value(json_object_get(m, "authorizedCount")), 1);
	CHECK_EQ(json_integer_value(json_object_get(m, "totalCount")), 2);
	m = json_array_get(json_object_get(j, "data"), 0);
	CHECK_STR(json_string_value(json_object_get(m, "id")), "0123456789");
	CHECK(json_is_false(json_object_get(m, "online")));
	CHECK(json_is_null(json_object_get(m, "physicalAddress")));
	m = json_array_get(json_object_get(j, "data"), 1);
	CHECK(json_is_true(json_object_get(m, "online")));
	CHECK_EQ(json_integer_value(json_object_get(m, "lastSeen")), f->now);
	CHECK_STR(json_string_value(json_object_get(m, "physicalAddress")),
		  "192.0.2.7/9993");
	json_decref(j);
	fixture_http(f, "GET",
		     "/unstable/controller/network/1e80fd6eb40000a9/member", "",
		     404);
	fixture_free(f);
}

TEST(http_bad_bodies)
{
	struct fixture *f = fixture_new();
	const char *text;

	text = fixture_http(f, "POST", "/controller/network", "", 400);
	CHECK(strstr(text, "\"error\":400"));
	fixture_http(f, "POST", NET, "{", 400);
	fixture_http(f, "POST", NET, "[]", 400);
	text = fixture_http(f, "POST", NET, "{\"rules\":[{\"type\":\"X\"}]}",
			    400);
	CHECK_STR(text, "{\"description\":\"rules[0]: unknown type \\\"X\\\"\","
			"\"error\":400}");
	fixture_http(f, "GET", NET, "", 404); /* nothing was made */
	post(f, NET, "{}");
	fixture_http(f, "POST", NET, "{\"rules\":[{}]}", 400);
	fixture_http(f, "POST", MEMBER, "{\"ipAssignments\":[1]}", 400);
	fixture_http(f, "POST", MEMBER, "nonsense", 400);
	fixture_http(f, "GET", MEMBER, "", 404);
	CHECK_EQ(tl_store_memory_rows(f->memory), 1);
	fixture_free(f);
}

TEST(http_foreign_networks_are_not_made)
{
	struct fixture *f = fixture_new();

	fixture_http(f, "POST", "/controller/network/1234567890000001", "{}",
		     400);
	fixture_http(f, "POST", "/controller/network/1e80fd6eb4000000", "{}",
		     400);
	fixture_free(f);
}

TEST(http_unknown_paths_and_methods)
{
	static const char *const paths[] = {
		"",
		"/",
		"controller",
		"/controllers",
		"/controller/",
		"/controller/network/",
		"/controller/network/1e80fd6eb40000a",
		"/controller/network/1e80fd6eb40000a1/",
		"/controller/network/1e80fd6eb40000a1/members",
		"/controller/network/1e80fd6eb40000a1/member/",
		"/controller/network/1e80fd6eb40000a1/member/cc8567044",
		"/controller/network/1e80fd6eb40000a1/member/cc85670443/x",
		"/controller/network/1e80fd6eb4_____",
		"/controller/network/1e80fd6eb4______/member",
		"/unstable",
		"/unstable/controller",
		"/unstable/controller/network/1e80fd6eb40000a1",
		"/unstable/controller/network/1e80fd6eb4______",
		"/unstable" MEMBER,
		"//controller",
	};
	struct fixture *f = fixture_new();
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(paths); i++) {
		CHECK(!tl_controller_has_path(paths[i]));
		fixture_http(f, "GET", paths[i], "", 404);
	}
	CHECK(tl_controller_has_path("/controller"));
	CHECK(tl_controller_has_path(MEMBER));
	fixture_http(f, "PATCH", "/controller", "", 404);
	fixture_http(f, "POST", "/controller", "{}", 404);
	fixture_http(f, "DELETE", "/controller/network", "", 404);
	fixture_http(f, "GET", "/controller/network/1e80fd6eb4______", "", 404);
	fixture_http(f, "POST", NET "/member", "{}", 404);
	fixture_http(f, "HEAD", "/controller", "", 200);
	fixture_free(f);
}

TEST(http_reserved_addresses_are_no_members)
{
	struct fixture *f = fixture_new();

	post(f, NET, "{}");
	fixture_http(f, "POST", NET "/member/0000000000", "{}", 404);
	fixture_http(f, "POST", NET "/member/ff00000001", "{}", 404);
	fixture_free(f);
}

static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

TEST(controller_http_lists_members_by_page)
{
	static const char all[] =
		"/unstable/controller/network/1e80fd6eb40000a1/member";
	struct fixture *f = fixture_new();
	const char *text;
	char path[200];
	unsigned int i;

	fixture_http(f, "POST", NET, "{}", 200);
	for (i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), "%s/member/%010x", NET, 16 + i);
		fixture_http(f, "POST", path, "{}", 200);
	}
	CHECK_EQ(count_of(fixture_http(f, "GET", all, "", 200), "\"id\""), 10);
	snprintf(path, sizeof(path), "%s?limit=4", all);
	text = fixture_http(f, "GET", path, "", 200);
	CHECK_EQ(count_of(text, "\"id\""), 4);
	CHECK(strstr(text, "\"id\":\"0000000013\""));
	CHECK(strstr(text, "\"totalCount\":10"));
	snprintf(path, sizeof(path), "%s?limit=4&after=0000000017", all);
	text = fixture_http(f, "GET", path, "", 200);
	CHECK_EQ(count_of(text, "\"id\""), 2);
	CHECK(strstr(text, "\"id\":\"0000000018\""));
	snprintf(path, sizeof(path), "%s/member?after=0000000016", NET);
	CHECK_STR(fixture_http(f, "GET", path, "", 200),
		  "{\"0000000017\":1,\"0000000018\":1,\"0000000019\":1}");
	snprintf(path, sizeof(path), "%s?limit=0", all);
	CHECK(strstr(fixture_http(f, "GET", path, "", 400), "\"limit: "));
	snprintf(path, sizeof(path), "%s?limit=3&after=1e80fd6eb40000a1", all);
	CHECK(strstr(fixture_http(f, "GET", path, "", 400), "\"after: "));
	snprintf(path, sizeof(path), "%s?first=3", all);
	fixture_http(f, "GET", path, "", 400);
	fixture_free(f);
}

TEST(controller_http_lists_networks_by_page)
{
	static const char ids[] = "/controller/network";
	static const char objects[] = "/unstable/controller/network";
	struct fixture *f = fixture_new();
	const char *text;
	char path[200];
	unsigned int i;

	for (i = 1; i <= 6; i++) {
		snprintf(path, sizeof(path), "%s/1e80fd6eb400000%u", ids, i);
		fixture_http(f, "POST", path, "{}", 200);
	}
	snprintf(path, sizeof(path), "%s?limit=2", ids);
	CHECK_STR(get(f, path), "[\"1e80fd6eb4000001\",\"1e80fd6eb4000002\"]");
	snprintf(path, sizeof(path), "%s?after=1E80FD6EB4000004&limit=9", ids);
	CHECK_STR(get(f, path), "[\"1e80fd6eb4000005\",\"1e80fd6eb4000006\"]");
	snprintf(path, sizeof(path), "%s?after=1e80fd6eb4000006", ids);
	CHECK_STR(get(f, path), "[]");
	snprintf(path, sizeof(path), "%s?limit=1&after=1e80fd6eb4000002",
		 objects);
	text = get(f, path);
	CHECK_EQ(count_of(text, "\"objtype\""), 1);
	CHECK(strstr(text, "\"id\":\"1e80fd6eb4000003\""));
	CHECK(strstr(text, "\"meta\":{\"networkCount\":6}"));
	snprintf(path, sizeof(path), "%s?after=1e80fd6eb4", ids);
	CHECK(strstr(fixture_http(f, "GET", path, "", 400), "\"after: "));
	snprintf(path, sizeof(path), "%s?limit=1000000", objects);
	CHECK(strstr(fixture_http(f, "GET", path, "", 400), "\"limit: "));
	fixture_free(f);
}

TEST(controller_http_changes_many_members_at_once)
{
	static const char all[] =
		"/unstable/controller/network/1e80fd6eb40000a1/member";
	struct fixture *f = fixture_new();
	size_t writes;

	fixture_http(f, "POST", all, "{\"members\":[]}", 404);
	fixture_http(f, "POST", NET, "{}", 200);
	fixture_http(f, "POST", MEMBER, "{\"name\":\"old\"}", 200);
	CHECK_STR(fixture_http(f, "POST", all,
			       "{\"members\":[{\"id\":\"cc85670443\","
			       "\"authorized\":true},{\"id\":\"0000000011\","
			       "\"name\":\"new\"}]}",
			       200),
		  "{\"meta\":{\"changedCount\":2,\"count\":2}}");
	CHECK(strstr(fixture_http(f, "GET", MEMBER, "", 200),
		     "\"name\":\"old\""));
	CHECK(strstr(fixture_http(f, "GET", MEMBER, "", 200),
		     "\"authorized\":true"));
	/* One that is wrong, and nothing is changed. */
	writes = tl_store_memory_writes(f->memory);
	CHECK(strstr(fixture_http(f, "POST", all,
				  "{\"members\":[{\"id\":\"cc85670443\","
				  "\"authorized\":false},{\"id\":"
				  "\"0000000011\",\"tags\":[[1]]}]}",
				  400),
		     "members[1].tags[0]"));
	CHECK(strstr(fixture_http(f, "POST", all,
				  "{\"members\":[{\"authorized\":true}]}", 400),
		     "members[0].id"));
	CHECK(strstr(fixture_http(f, "POST", all,
				  "{\"members\":[{\"id\":\"ff00000001\"}]}",
				  400),
		     "members[0].id"));
	CHECK(strstr(fixture_http(f, "POST", all, "{\"members\":7}", 400),
		     "members"));
	CHECK_EQ(tl_store_memory_writes(f->memory), writes);
	CHECK(strstr(fixture_http(f, "GET", MEMBER, "", 200),
		     "\"authorized\":true"));
	fixture_free(f);
}

TEST(controller_http_deletes_many_members_at_once)
{
	static const char all[] =
		"/unstable/controller/network/1e80fd6eb40000a1/member";
	struct fixture *f = fixture_new();

	fixture_http(f, "DELETE", all, "{\"members\":[]}", 404);
	fixture_http(f, "POST", NET, "{}", 200);
	fixture_http(f, "POST", MEMBER, "{\"authorized\":true}", 200);
	fixture_http(f, "POST", NET "/member/0000000011", "{}", 200);
	fixture_http(f, "POST", NET "/member/0000000012", "{}", 200);
	/* One that is wrong, or nothing named, and nothing is deleted. */
	fixture_http(f, "DELETE", all, "", 400);
	CHECK(strstr(fixture_http(f, "DELETE", all, "{}", 400), "members: "));
	CHECK(strstr(fixture_http(f, "DELETE", all,
				  "{\"members\":[\"0000000011\",7]}", 400),
		     "members[1]: "));
	CHECK(strstr(fixture_http(f, "DELETE", all,
				  "{\"members\":[\"ff00000001\"]}", 400),
		     "members[0]: "));
	CHECK_EQ(count_of(get(f, NET "/member"), ":1"), 3);
	CHECK_STR(fixture_http(f, "DELETE", all,
			       "{\"members\":[\"CC85670443\",\"0123456789\","
			       "\"0000000012\",\"0000000012\"]}",
			       200),
		  "{\"data\":[{\"deleted\":true,\"id\":\"cc85670443\"},"
		  "{\"deleted\":false,\"id\":\"0123456789\",\"why\":"
		  "\"not a member\"},{\"deleted\":true,\"id\":"
		  "\"0000000012\"},{\"deleted\":false,\"id\":"
		  "\"0000000012\",\"why\":\"not a member\"}],"
		  "\"meta\":{\"count\":4,\"deletedCount\":2}}");
	CHECK_STR(get(f, NET "/member"), "{\"0000000011\":1}");
	CHECK_EQ(tl_store_memory_rows(f->memory), 2);
	CHECK_STR(fixture_http(f, "DELETE", all, "{\"members\":[]}", 200),
		  "{\"data\":[],\"meta\":{\"count\":0,\"deletedCount\":0}}");
	fixture_free(f);
}

TEST(controller_http_deletes_none_that_the_store_keeps)
{
	static const char all[] =
		"/unstable/controller/network/1e80fd6eb40000a1/member";
	struct fixture *f = fixture_new();
	const char *text;

	fixture_http(f, "POST", NET, "{}", 200);
	fixture_http(f, "POST", MEMBER, "{}", 200);
	fixture_http(f, "POST", NET "/member/0000000011", "{}", 200);
	tl_store_memory_break(f->memory, -ENOSPC);
	text = fixture_http(f, "DELETE", all,
			    "{\"members\":[\"cc85670443\",\"0000000011\"]}",
			    500);
	CHECK(strstr(text, "the disk is full"));
	tl_store_memory_break(f->memory, 0);
	CHECK_EQ(count_of(get(f, NET "/member"), ":1"), 2);
	fixture_free(f);
}

/* A member that was refused has said what it runs. */
TEST(controller_http_member_has_its_version_with_its_next_request)
{
	struct fixture *f = fixture_new();

	post(f, NET, "{}");
	fixture_request(f, 0xa1, &f->members[0], NULL);
	CHECK_EQ(f->error, ERROR_NETWORK_ACCESS_DENIED);
	CHECK(strstr(post(f, MEMBER, "{\"authorized\":true}"),
		     "\"vMajor\":-1,\"vMinor\":-1,"));
	f->now += 10000;
	fixture_request(f, 0xa1, &f->members[0], NULL);
	CHECK(strstr(get(f, MEMBER),
		     "\"vMajor\":1,\"vMinor\":14,\"vProto\":12,\"vRev\":1"));
	/* Over a restart, and while it is not authorized. */
	fixture_start(f);
	CHECK(strstr(post(f, MEMBER, "{\"authorized\":false}"),
		     "\"vMajor\":1,\"vMinor\":14,\"vProto\":12,\"vRev\":1"));
	fixture_free(f);
}

TEST(controller_counts_what_is_changed)
{
	struct fixture *f = fixture_new();
	const struct controller_counts *n = tl_controller_counts(f->c);

	post(f, NET, "{}");
	post(f, NET, "{}"); /* nothing */
	post(f, NET, "{\"name\":\"n\"}");
	CHECK_EQ(n->networks, 2);
	post(f, MEMBER, "{}");
	CHECK_EQ(n->authorized, 0);
	post(f, MEMBER, "{\"authorized\":true}");
	post(f, MEMBER, "{\"authorized\":true,\"name\":\"m\"}");
	CHECK_EQ(n->members, 3);
	CHECK_EQ(n->authorized, 1);
	CHECK_EQ(n->deauthorized, 0);
	post(f, MEMBER, "{\"authorized\":false}");
	CHECK_EQ(n->deauthorized, 1);
	post(f, MEMBER, "{\"authorized\":true}");
	fixture_http(f, "DELETE", MEMBER, "", 200);
	CHECK_EQ(n->members, 6);
	CHECK_EQ(n->authorized, 2);
	CHECK_EQ(n->deauthorized, 2);
	fixture_http(f, "DELETE", NET, "", 200);
	CHECK_EQ(n->networks, 3);
	CHECK_EQ(tl_controller_waiting(f->c), 0);
	fixture_free(f);
}

TEST(controller_counts_what_is_to_be_sent)
{
	struct fixture *f = fixture_new();

	post(f, NET, "{\"private\":false}");
	fixture_request(f, 0xa1, &f->members[0], NULL);
	fixture_request(f, 0xa1, &f->members[1], NULL);
	CHECK_EQ(tl_controller_waiting(f->c), 0);
	post(f, NET, "{\"mtu\":1400}");
	CHECK_EQ(tl_controller_waiting(f->c), 2);
	f->now += CONTROLLER_PACE_MS;
	fixture_settle(f);
	CHECK_EQ(tl_controller_waiting(f->c), 0);
	fixture_free(f);
}
